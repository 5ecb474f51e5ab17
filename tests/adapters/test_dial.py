"""Reaching a server: addresses that may be dialled, encryption, certificates, errors that name the field."""

import socket
import time
from dataclasses import replace

import pytest
from odoo.addons.concord_inbox.adapters import allowed, dial, open_adapter
from odoo.addons.concord_inbox.adapters.base import Endpoint
from odoo.addons.concord_inbox.adapters.errors import (
    CertificateError,
    EncryptionError,
    HostNotAllowedError,
    InvalidInputError,
    NetworkError,
    ProtocolError,
)

from dev.ports import free_port
from tests.adapters.common import settings
from tests.servers.dovecot import Dovecot
from tests.servers.scripted import ScriptedImap, ScriptedSmtp, Silent
from tests.servers.tcp import server_context
from tests.servers.tls import make_certificate


def check(port: int, encryption: str, host: str = "127.0.0.1", **changes):
    values = settings(port, encryption, **changes)
    with open_adapter("imap", replace(values, incoming=Endpoint(host, port, encryption))) as adapter:
        return adapter.check_incoming()


@pytest.fixture(scope="module")
def secured():
    """A server whose certificate names localhost and not 127.0.0.1."""
    with Dovecot() as server:
        server.add_user("anna", "secret")
        yield server


@pytest.fixture
def trusted(monkeypatch, secured):
    """The system trusts the authority of the server's certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(secured.certificate.authority))


@pytest.mark.parametrize(("encryption", "port"), [("ssl", "imaps"), ("starttls", "imap"), ("none", "imap")])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "LOCALHOST."])
@pytest.mark.usefixtures("trusted")
def test_good_connections(secured, encryption, port, host):
    assert check(secured.ports[port], encryption, host)


# ------------------------------------------------------------------ encryption


@pytest.mark.usefixtures("trusted")
def test_tls_on_a_plain_port(secured):
    with pytest.raises(EncryptionError) as caught:
        check(secured.ports["imap"], "ssl")
    assert (caught.value.reason, caught.value.field) == ("port_speaks_plain", "imap_encryption")


@pytest.mark.parametrize("encryption", ["none", "starttls"])
def test_a_tls_port_without_tls_is_told_quickly(secured, encryption):
    start = time.monotonic()
    with pytest.raises(EncryptionError) as caught:
        check(secured.ports["imaps"], encryption)
    assert (caught.value.reason, caught.value.field) == ("port_speaks_tls", "imap_encryption")
    assert time.monotonic() - start < 4


def test_starttls_that_is_not_offered_is_an_error_and_no_password_leaves():
    with ScriptedImap() as server, pytest.raises(EncryptionError) as caught:
        check(server.port, "starttls")
    assert (caught.value.reason, caught.value.field) == ("starttls_not_offered", "imap_encryption")
    assert set(server.commands) == {"CAPABILITY"}


def test_starttls_that_is_refused():
    with ScriptedImap({"STARTTLS": "{tag} NO not now"}, capabilities="IMAP4rev1 STARTTLS AUTH=PLAIN") as server:
        with pytest.raises(EncryptionError) as caught:
            check(server.port, "starttls")
    assert caught.value.reason == "starttls_not_offered"
    assert not any("AUTH" in command or "LOGIN" in command for command in server.commands)


def test_a_server_that_greets_as_if_logged_in_cannot_skip_tls():
    with ScriptedImap(greeting="* PREAUTH welcome", capabilities="IMAP4rev1 STARTTLS") as server:
        with pytest.raises(EncryptionError) as caught:
            check(server.port, "starttls")
    assert caught.value.reason == "starttls_not_offered"


def test_what_comes_before_tls_is_not_believed(tmp_path):
    """Commands and capabilities injected into the plain part (CVE-2011-0411 and its like) must not count."""
    context = server_context(make_certificate(tmp_path))
    injected = "{tag} OK go\r\n* CAPABILITY IMAP4rev1 INJECTED\r\n"
    with ScriptedImap({"STARTTLS": injected}, starttls=context) as server:
        with open_adapter("imap", settings(server.port, "starttls", allow_insecure_certificate=True)) as adapter:
            adapter.folders()
            assert "INJECTED" not in adapter._session.capabilities
        assert server.commands.count("CAPABILITY") == 3


# ---------------------------------------------------------------- certificates


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ({"expired": True}, "expired"),
        ({"not_yet_valid": True}, "not_yet_valid"),
        ({"hostnames": ["mail.example.com"]}, "wrong_name"),
        ({"hostnames": ["localhost"]}, "wrong_name"),
        ({"self_signed": True}, "self_signed"),
        ({}, "untrusted"),
    ],
)
@pytest.mark.parametrize("encryption", ["ssl", "starttls"])
def test_certificates(tmp_path, monkeypatch, shape, reason, encryption):
    certificate = make_certificate(tmp_path, **shape)
    if reason not in ("untrusted", "self_signed"):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    context = server_context(certificate)
    with ScriptedImap(**{"context" if encryption == "ssl" else "starttls": context}) as server:
        with pytest.raises(CertificateError) as caught:
            check(server.port, encryption)
        error = caught.value
        assert (error.reason, error.field) == (reason, "allow_insecure_certificate")
        assert error.details["fingerprint"] == certificate.fingerprint
        assert error.details["host"] == "127.0.0.1"
        assert not any("AUTH" in command or "LOGIN" in command for command in server.commands)
        assert check(server.port, encryption, allow_insecure_certificate=True) == []


# ------------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("host", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::808:808", True),
        ("2002:7f00:1::", False),
        ("2001:db8::1", False),
    ],
)
def test_public_addresses(host, public):
    assert allowed.is_public(host) is public


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "0x7f.1", "::ffff:127.0.0.1"]
)
def test_own_network_is_closed_to_users(host):
    with Silent() as server, pytest.raises(HostNotAllowedError) as caught:
        check(server.port, "none", host, allow_any_address=False)
    assert (caught.value.reason, caught.value.field) == ("private_address", "imap_host")


def test_other_ports_are_closed_to_users():
    with pytest.raises(HostNotAllowedError) as caught:
        check(6379, "none", "8.8.8.8", allow_any_address=False)
    assert (caught.value.reason, caught.value.field) == ("port", "imap_port")


@pytest.mark.parametrize(
    "entry", ["127.0.0.1:{port}", "127.0.0.0/8:{port}", "localhost:{port}", "LocalHost.:{port}", " 127.0.0.1:{port} "]
)
def test_exceptions_of_the_administrator(secured, entry):
    port = secured.ports["imap"]
    changes = {"allow_any_address": False, "allowed_hosts": (entry.format(port=port),)}
    host = "localhost" if "local" in entry.lower() else "127.0.0.1"
    assert check(port, "none", host, **changes)
    with pytest.raises(HostNotAllowedError):
        check(port + 1, "none", host, **changes)


@pytest.mark.parametrize("entry", ["127.0.0.1", "localhost", "10.0.0.0/8:1", "other:1", "", "::", "/", "127.0.0.1/99"])
def test_exceptions_that_do_not_fit(entry):
    with pytest.raises(HostNotAllowedError):
        check(free_port(), "none", allow_any_address=False, allowed_hosts=(entry,))


@pytest.mark.parametrize(
    ("entry", "address", "fits"),
    [
        ("10.0.0.0/8", "10.9.9.9", True),
        ("10.0.0.0/8", "11.0.0.1", False),
        ("10.0.0.0/8", "::ffff:10.0.0.1", True),
        ("fd00::/8", "fd00::5", True),
        ("fd00::5", "fd00::5", True),
        ("[fd00::5]", "fd00::5", True),
        ("mail.intranet", "10.0.0.1", True),
        ("intranet", "10.0.0.1", False),
    ],
)
def test_allow_list(entry, address, fits):
    assert allowed.AllowList([entry]).has_address("mail.intranet", address) is fits


def test_allow_list_with_ports():
    names = allowed.AllowList(["[fd00::5]:1143", "mail.intranet:2000", "10.0.0.0/8"])
    assert names.has_port("x", "fd00::5", 1143)
    assert not names.has_port("x", "fd00::5", 1144)
    assert names.has_port("mail.intranet", "1.2.3.4", 2000)
    assert not names.has_port("x", "10.0.0.1", 2000)


def test_the_name_is_asked_once_and_the_checked_address_is_dialled(monkeypatch):
    """A name server that answers differently the second time (DNS rebinding) leads nowhere."""
    answers = iter([[("203.0.113.7", 993)], [("127.0.0.1", 993)]])
    dialled = []

    def resolve(host, port, type=0):  # noqa: A002 (getaddrinfo's own name)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in next(answers)]

    def connect(self, address):
        dialled.append(address)
        raise ConnectionRefusedError(111, "refused")

    monkeypatch.setattr(dial.socket, "getaddrinfo", resolve)
    monkeypatch.setattr(dial, "is_public", lambda address: address == "203.0.113.7")
    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(NetworkError):
        check(993, "ssl", "mail.example.com", allow_any_address=False)
    assert dialled == [("203.0.113.7", 993)]


def test_only_the_permitted_ones_of_several_addresses_are_dialled(monkeypatch, secured):
    port = secured.ports["imap"]
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("127.0.0.9", "127.0.0.1")]
    monkeypatch.setattr(dial.socket, "getaddrinfo", lambda *_arguments, **_named: rows)
    assert check(port, "none", "mail.example.com", allow_any_address=False, allowed_hosts=(f"127.0.0.1:{port}",))


def test_ipv6_that_leads_nowhere_does_not_hinder(monkeypatch, secured):
    port = secured.ports["imap"]
    rows = [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", port, 0, 0)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)),
    ]
    monkeypatch.setattr(dial.socket, "getaddrinfo", lambda *_arguments, **_named: rows)
    assert check(port, "none", "mail.example.com")


# --------------------------------------------------------------- wrong servers


@pytest.mark.parametrize(
    "host", ["no-such-host.invalid", "", "a..b", "imap://x", "x" * 300, "bücher.invalid", "-", "é" * 80]
)
def test_hosts_that_do_not_exist(host):
    with pytest.raises(NetworkError) as caught:
        check(993, "ssl", host)
    assert (caught.value.reason, caught.value.field) == ("host_not_found", "imap_host")


@pytest.mark.parametrize("host", ["127.0.0.1\r\nx", "a\0b"])
def test_control_characters_in_a_host(host):
    with pytest.raises(InvalidInputError) as caught:
        check(993, "ssl", host)
    assert caught.value.field == "imap_host"


def test_international_host_names(monkeypatch):
    asked = []

    def resolve(host, port, type=0):  # noqa: A002 (getaddrinfo's own name)
        asked.append(host)
        raise socket.gaierror

    monkeypatch.setattr(dial.socket, "getaddrinfo", resolve)
    for host in ("Bücher.Example", "例え.テスト", "straße.example"):
        with pytest.raises(NetworkError):
            check(993, "ssl", host)
    assert asked == ["xn--bcher-kva.example", "xn--r8jz45g.xn--zckzah", "xn--strae-oqa.example"]


def test_nobody_listens():
    with pytest.raises(NetworkError) as caught:
        check(free_port(), "none")
    assert (caught.value.reason, caught.value.field) == ("refused", "imap_port")


@pytest.mark.parametrize("encryption", ["none", "ssl", "starttls"])
def test_silence(encryption):
    with Silent() as server, pytest.raises(NetworkError) as caught:
        check(server.port, encryption, timeout=0.5)
    assert caught.value.reason == "timeout"


def test_an_smtp_server():
    with ScriptedSmtp({}) as server, pytest.raises(ProtocolError) as caught:
        check(server.port, "none")
    assert (caught.value.reason, caught.value.field) == ("not_imap", "imap_port")
    assert caught.value.details["server_text"] == "220 hello"


def test_an_smtp_server_behind_tls(tmp_path):
    context = server_context(make_certificate(tmp_path))
    with ScriptedImap(greeting="220 smtp", context=context) as server, pytest.raises(ProtocolError) as caught:
        check(server.port, "ssl", allow_insecure_certificate=True)
    assert (caught.value.reason, caught.value.field) == ("not_imap", "imap_port")


@pytest.mark.parametrize("port", [0, 65536, 99999])
def test_ports_that_cannot_be(port):
    with pytest.raises(NetworkError):
        check(port, "none")
