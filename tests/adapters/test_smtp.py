"""The outgoing side of an account: a login that sends nothing, and what may be wrong with it."""

from dataclasses import replace

import pytest
from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.adapters.base import Endpoint
from odoo.addons.concord_inbox.adapters.errors import (
    AuthenticationError,
    CertificateError,
    EncryptionError,
    HostNotAllowedError,
    InvalidInputError,
    NetworkError,
    ProtocolError,
    TemporaryError,
    ThrottledError,
)

from dev.ports import free_port
from tests.adapters.common import settings
from tests.servers.scripted import ScriptedImap, ScriptedSmtp, Silent
from tests.servers.submission import Submission
from tests.servers.tcp import server_context
from tests.servers.tls import make_certificate

USERS = {"anna": "secret", "zoë": "pässwörd €"}


def check(port: int, encryption: str = "none", host: str = "127.0.0.1", **changes) -> None:
    # Nothing listens at the incoming side: the outgoing one must not need it.
    values = replace(settings(1, **changes), outgoing=Endpoint(host, port, encryption))
    with open_adapter("imap", values) as adapter:
        adapter.check_outgoing()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def trusted(monkeypatch, certificate):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))


@pytest.mark.parametrize("mechanisms", [("PLAIN",), ("LOGIN",), ("PLAIN", "LOGIN")])
@pytest.mark.parametrize("user", USERS)
def test_logins(user, mechanisms):
    with Submission(USERS, mechanisms=mechanisms) as server:
        check(server.port, user=user, password=USERS[user])
        assert server.logins == [user]
        assert server.envelopes == []


@pytest.mark.parametrize(("encryption", "option"), [("ssl", "context"), ("starttls", "starttls")])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.usefixtures("trusted")
def test_encryption(certificate, encryption, option, host):
    with Submission(USERS, **{option: server_context(certificate)}) as server:
        check(server.port, encryption, host)


@pytest.mark.parametrize(("encryption", "option"), [("ssl", "context"), ("starttls", "starttls")])
def test_certificates_that_are_not_trusted(certificate, encryption, option):
    with Submission(USERS, **{option: server_context(certificate)}) as server:
        with pytest.raises(CertificateError) as caught:
            check(server.port, encryption)
        assert (caught.value.reason, caught.value.field) == ("untrusted", "allow_insecure_certificate")
        assert caught.value.details["fingerprint"] == certificate.fingerprint
        assert server.logins == []
        check(server.port, encryption, allow_insecure_certificate=True)


def test_wrong_password():
    with Submission(USERS) as server, pytest.raises(AuthenticationError) as caught:
        check(server.port, password="wrong")
    assert (caught.value.reason, caught.value.field) == ("refused", "password")
    assert "wrong" not in str(caught.value)
    assert len(server.logins) == 2


def test_tls_on_a_plain_port():
    with Submission(USERS) as server, pytest.raises(EncryptionError) as caught:
        check(server.port, "ssl")
    assert (caught.value.reason, caught.value.field) == ("port_speaks_plain", "smtp_encryption")


@pytest.mark.parametrize("encryption", ["none", "starttls"])
def test_a_tls_port_without_tls(certificate, encryption):
    with Submission(USERS, context=server_context(certificate)) as server, pytest.raises(EncryptionError) as caught:
        check(server.port, encryption)
    assert (caught.value.reason, caught.value.field) == ("port_speaks_tls", "smtp_encryption")


def test_starttls_that_is_not_offered():
    with Submission(USERS) as server, pytest.raises(EncryptionError) as caught:
        check(server.port, "starttls")
    assert (caught.value.reason, caught.value.field) == ("starttls_not_offered", "smtp_encryption")
    assert server.logins == []


def test_login_that_wants_tls_first(certificate):
    with Submission(USERS, starttls=server_context(certificate)) as server, pytest.raises(EncryptionError) as caught:
        check(server.port, "none")
    assert (caught.value.reason, caught.value.field) == ("login_disabled", "smtp_encryption")


def test_a_server_without_login():
    with Submission(USERS, mechanisms=()) as server, pytest.raises(AuthenticationError) as caught:
        check(server.port)
    assert caught.value.reason == "no_mechanism"


EHLO = "250-hello\r\n250 AUTH PLAIN"


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        ("535 5.7.8 bad credentials", AuthenticationError, "refused"),
        (
            "534-5.7.9 Application-specific password required.\r\n534 5.7.9 see help",
            AuthenticationError,
            "app_password_needed",
        ),
        ("535 5.7.139 SmtpClientAuthentication is disabled for the Tenant", AuthenticationError, "account_disabled"),
        ("454 4.7.0 Temporary authentication failure", TemporaryError, "unavailable"),
        ("421 4.7.0 Too many login attempts", ThrottledError, "throttled"),
        ("530 5.7.0 Must issue a STARTTLS command first", EncryptionError, "login_disabled"),
        ("504 5.7.4 unrecognized authentication type", AuthenticationError, "no_mechanism"),
        ("garbage", ProtocolError, "bad_response"),
    ],
)
def test_refusals(answer, kind, reason):
    with ScriptedSmtp({"EHLO": EHLO, "AUTH": answer}) as server, pytest.raises(kind) as caught:
        check(server.port)
    assert (type(caught.value), caught.value.reason) == (kind, reason)


def test_refused_once_is_not_refused():
    answers = iter(["535 no", "235 yes"])

    class Hesitant(ScriptedSmtp):
        def serve(self, connection):
            self.script["AUTH"] = next(answers)
            super().serve(connection)

    with Hesitant({"EHLO": EHLO}) as server:
        check(server.port)


@pytest.mark.parametrize(
    ("greeting", "kind", "reason"),
    [
        ("554 go away", TemporaryError, "unavailable"),
        ("421 too busy", TemporaryError, "unavailable"),
        ("* OK IMAP", ProtocolError, "not_smtp"),
        ("+OK POP", ProtocolError, "not_smtp"),
    ],
)
def test_greetings(greeting, kind, reason):
    with ScriptedSmtp({}, greeting=greeting) as server, pytest.raises(kind) as caught:
        check(server.port)
    assert (type(caught.value), caught.value.reason) == (kind, reason)


def test_an_imap_server():
    with ScriptedImap() as server, pytest.raises(ProtocolError) as caught:
        check(server.port)
    assert (caught.value.reason, caught.value.field) == ("not_smtp", "smtp_port")


@pytest.mark.parametrize("command", ["EHLO", "AUTH"])
def test_hanging_up(command):
    with ScriptedSmtp({"EHLO": EHLO, command: None}) as server, pytest.raises(NetworkError) as caught:
        check(server.port)
    assert caught.value.reason == "cut"


def test_nobody_listens():
    with pytest.raises(NetworkError) as caught:
        check(free_port())
    assert (caught.value.reason, caught.value.field) == ("refused", "smtp_port")


def test_silence():
    with Silent() as server, pytest.raises(NetworkError) as caught:
        check(server.port, timeout=0.5)
    assert caught.value.reason == "timeout"


def test_own_network_is_closed_to_users():
    with pytest.raises(HostNotAllowedError) as caught:
        check(25, allow_any_address=False)
    assert caught.value.field == "smtp_host"


@pytest.mark.parametrize("changes", [{"user": "a\r\nb"}, {"password": "a\nb"}, {"host": "a\r\nb"}])
def test_control_characters(changes):
    with ScriptedSmtp({}) as server:
        with pytest.raises(InvalidInputError):
            check(server.port, **changes)
        assert server.commands == []
