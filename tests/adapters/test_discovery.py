"""From an address to server settings: every way to find them, and what strangers may not make of it."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from odoo.addons.concord_inbox.adapters import allowed, discovery
from odoo.addons.concord_inbox.adapters.base import Endpoint, Settings
from odoo.addons.concord_inbox.adapters.discovery import (
    address,
    autoconfig,
    autodiscover,
    background,
    documents,
    names,
    providers,
    searching,
    usual_names,
)

from dev.ports import free_port
from tests.servers import https
from tests.servers.names import NameServer, zone
from tests.servers.scripted import ScriptedImap, ScriptedSmtp, Silent
from tests.servers.tcp import TcpServer, server_context
from tests.servers.tls import make_certificate

DOMAIN = "firm.example"
MAILBOX = address.Mailbox(f"anna@{DOMAIN}", "anna", DOMAIN, DOMAIN)
AUTOCONFIG = f"autoconfig.{DOMAIN}/mail/config-v1.1.xml"
WELL_KNOWN = f"{DOMAIN}/.well-known/autoconfig/mail/config-v1.1.xml"
AUTODISCOVER = f"autodiscover.{DOMAIN}/autodiscover/autodiscover.xml"


def server(kind: str, host: str, port: int, socket_type: str, username: str = "%EMAILADDRESS%") -> str:
    """A server in a document of Mozilla's format."""
    direction = "incoming" if kind in ("imap", "pop3") else "outgoing"
    return (
        f'<{direction}Server type="{kind}"><hostname>{host}</hostname><port>{port}</port>'
        f"<socketType>{socket_type}</socketType><username>{username}</username></{direction}Server>"
    )


def config(*servers: str) -> bytes:
    """A document in Mozilla's format."""
    provider = f'<emailProvider id="x"><domain>{DOMAIN}</domain>{"".join(servers)}</emailProvider>'
    return f'<?xml version="1.0"?><clientConfig version="1.1">{provider}</clientConfig>'.encode()


GOOD = config(
    server("pop3", "pop.firm.example", 995, "SSL"),
    server("imap", "plain.firm.example", 143, "plain"),
    server("imap", "start.firm.example", 143, "STARTTLS"),
    server("imap", "in.firm.example", 993, "SSL"),
    server("smtp", "out.%EMAILDOMAIN%", 587, "STARTTLS"),
)

EXCHANGE = b"""<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">
 <Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"><Account>
  <AccountType>email</AccountType><Action>settings</Action>
  <Protocol><Type>POP3</Type><Server>pop.firm.example</Server><Port>995</Port></Protocol>
  <Protocol><Type>IMAP</Type><Server>ex.firm.example</Server><Port>993</Port><SSL>on</SSL><LoginName>anna17</LoginName></Protocol>
  <Protocol><Type>SMTP</Type><Server>ex.firm.example</Server><Port>587</Port><Encryption>TLS</Encryption></Protocol>
 </Account></Response></Autodiscover>"""


class World:
    """A piece of the Internet on this machine: names, a web server with a good certificate, mail servers."""

    def __init__(self, names_: NameServer, web: https.Https):
        self.names = names_
        self.web = web
        self.dialled: list[tuple] = []

    @property
    def exception(self) -> str:
        """What an administrator writes to allow this machine's web server."""
        return f"127.0.0.1:{self.web.port}"

    def add(self, *hosts: str, domain: str = DOMAIN, **records) -> None:
        self.names.records |= zone(domain, *hosts, **records)

    def search(self, text: str = MAILBOX.address, **arguments) -> discovery.Proposal:
        return discovery.search(discovery.parse_address(text), **{"allowed_hosts": (self.exception,), **arguments})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    hosts = [DOMAIN, f"*.{DOMAIN}", "elsewhere.example", "xn--bcher-kva.example", "autoconfig.xn--bcher-kva.example"]
    return make_certificate(tmp_path_factory.mktemp("discovery"), hosts)


@pytest.fixture
def world(monkeypatch, certificate) -> Iterator[World]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    # A busy machine must not decide what is found.
    monkeypatch.setattr(searching, "LIFETIME", 60.0)
    monkeypatch.setattr(documents, "LIFETIME", 30.0)
    monkeypatch.setattr(names, "LIFETIME", 30.0)
    monkeypatch.setattr(usual_names, "PATIENCE", 10.0)
    closed = free_port()
    monkeypatch.setattr(usual_names, "PORTS", {"imap": ((closed, "ssl"),), "smtp": ((closed, "ssl"),)})
    with ExitStack() as stack:
        web = stack.enter_context(https.Https(server_context(certificate)))
        monkeypatch.setattr(documents, "HTTPS_PORT", web.port)
        world = World(stack.enter_context(NameServer()), web)
        stack.enter_context(world.names.installed())
        connect = socket.socket.connect

        def noted(self, where):
            world.dialled.append(where)
            return connect(self, where)

        monkeypatch.setattr(socket.socket, "connect", noted)
        yield world


def found(proposal: discovery.Proposal) -> tuple:
    return proposal.source, proposal.incoming, proposal.outgoing, proposal.username


# ------------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("anna@firm.example", "firm.example"),
        (" Anna@Firm.Example. ", "firm.example"),
        ("anna@bücher.example", "xn--bcher-kva.example"),
        ("anna@例え.テスト", "xn--r8jz45g.xn--zckzah"),
        ("ännä@firm.example", "firm.example"),
        ('"a@b"@firm.example', "firm.example"),
    ],
)
def test_addresses(text, domain):
    assert discovery.parse_address(text).ascii_domain == domain


@pytest.mark.parametrize(
    "text",
    [
        *("", "anna", "@firm.example", "anna@", "a b@firm.example", "anna@-x.example", "anna@a..b", "anna@x/y"),
        *("anna@[127.0.0.1]", "anna@127.0.0.1", "anna@[::1]", "anna@x\r\ny", "anna@x:443", f"{'a' * 400}@x.example"),
    ],
)
def test_what_no_servers_can_be_found_for(text):
    assert discovery.parse_address(text) is None


@pytest.mark.parametrize(
    ("host", "ascii_form"),
    [
        ("Imap.Firm.Example.", "imap.firm.example"),
        ("imap.bücher.example", "imap.xn--bcher-kva.example"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("192.0.2.1", "192.0.2.1"),
        *((bad, None) for bad in ("", "a b", "x" * 64, "a..b", "imap.x:993", "https://x", "x@y", "a\r\nb", "é" * 80)),
    ],
)
def test_hosts_in_documents(host, ascii_form):
    assert address.ascii_host(host) == ascii_form


# ----------------------------------------------------------------- the table


def test_the_table_is_sound():
    rows = json.loads(Path(providers.__file__).with_name("providers.json").read_text())
    domains = [domain for row in rows for domain in row.get("domains", ())]
    exchangers = [suffix for row in rows for suffix in row.get("mx", ())]
    assert len(domains) == len(set(domains)) and len(exchangers) == len(set(exchangers))
    for row in rows:
        assert row["name"] and (row.get("domains") or row.get("mx"))
        assert row.keys() <= {"name", "domains", "mx", "imap", "smtp", "type", "username", "hint", "url"}
        assert row.get("type", "imap") in ("imap", "gmail", "outlook")
        assert row.get("username", "local") == "local"
        assert row.get("hint", "bridge") in discovery.proposal.HINTS
        assert row.get("url", "https://").startswith("https://")
        assert ("imap" in row) == ("smtp" in row) == (row.get("hint") != "no_imap")
        for service, ports in (("imap", {993: "ssl", 1143: "starttls"}), ("smtp", {465: "ssl", 587: "starttls"})):
            if service in row and row["hint" if "hint" in row else "name"] != "bridge":
                host, port, encryption = row[service]
                assert ports[port] == encryption
                assert host == "{mx}" or address.ascii_host(host) == host
        for domain in row.get("domains", ()):
            assert address.ascii_host(domain.lstrip(".")) == domain.lstrip(".")


@pytest.mark.parametrize(
    ("text", "kind", "host", "username", "hint"),
    [
        ("Anna@GMail.com", "gmail", "imap.gmail.com", "", "app_password"),
        ("anna@outlook.de", "outlook", "outlook.office365.com", "", "no_password"),
        ("anna@firm.onmicrosoft.com", "outlook", "outlook.office365.com", "", "no_password"),
        ("anna@gmx.de", "imap", "imap.gmx.net", "", "enable_imap"),
        ("anna.b@free.fr", "imap", "imap.free.fr", "anna.b", ""),
        ("anna@icloud.com", "imap", "imap.mail.me.com", "", "app_password"),
    ],
)
def test_providers_by_name_are_known_without_the_network(monkeypatch, text, kind, host, username, hint):
    monkeypatch.setattr(socket, "getaddrinfo", None)
    proposal = discovery.known(discovery.parse_address(text))
    assert (proposal.connection_type, proposal.incoming.host) == (kind, host)
    assert (proposal.username, proposal.hint, proposal.source) == (username, hint, "provider")
    assert discovery.search(discovery.parse_address(text)) == proposal


@pytest.mark.parametrize("text", ["anna@notgmail.com", "anna@mail.gmail.com.example", "anna@onmicrosoft.com"])
def test_names_that_look_alike(text):
    assert discovery.known(discovery.parse_address(text)) is None


# ------------------------------------------------------------ what domains publish


def test_autoconfig(world):
    world.add("autoconfig", "autodiscover", "")
    world.web.documents |= {AUTOCONFIG: GOOD, WELL_KNOWN: config(), AUTODISCOVER: EXCHANGE}
    proposal = world.search("anna+sales@firm.example")
    assert found(proposal) == (
        "autoconfig",
        Endpoint("in.firm.example", 993, "ssl"),
        Endpoint("out.firm.example", 587, "starttls"),
        "",
    )
    assert proposal.why == f"autoconfig.{DOMAIN}"
    request = next(request for request in world.web.requests if request.host.startswith("autoconfig."))
    assert (request.method, request.query) == ("GET", "emailaddress=anna%2Bsales%40firm.example")


def test_autoconfig_at_the_well_known_place(world):
    world.add("")
    world.web.documents[WELL_KNOWN] = GOOD
    assert world.search().incoming == Endpoint("in.firm.example", 993, "ssl")


def test_a_document_of_an_international_domain(world):
    world.add("autoconfig", domain="xn--bcher-kva.example")
    world.web.documents["autoconfig.xn--bcher-kva.example/mail/config-v1.1.xml"] = config(
        server("imap", "imap.%EMAILDOMAIN%", 993, "SSL"), server("smtp", "[2001:db8::1]", 465, "SSL")
    )
    proposal = world.search("änna@bücher.example")
    assert proposal.incoming.host == "imap.xn--bcher-kva.example"
    assert proposal.outgoing.host == "2001:db8::1"
    assert "%C3%A4nna%40b%C3%BCcher.example" in world.web.requests[0].query


@pytest.mark.parametrize(
    ("form", "username"),
    [("%EMAILADDRESS%", ""), ("%EMAILLOCALPART%", "anna"), ("firm-%EMAILLOCALPART%", "firm-anna"), ("", "")],
)
def test_user_names(form, username):
    root = documents.parse(config(server("imap", "x.example", 993, "SSL", form)))
    assert autoconfig.read(root, MAILBOX, "").username == username


@pytest.mark.parametrize(
    ("servers", "incoming"),
    [
        (["143 plain"], (143, "none")),
        (["143 plain", "143 STARTTLS"], (143, "starttls")),
        (["99999 SSL", "0 SSL", "x SSL", "²³ SSL", "143 unknown", "1143 starttls"], (1143, "starttls")),
        (["4 SSL", "5 SSL"], (4, "ssl")),
        (["99999 SSL"], None),
    ],
)
def test_the_best_of_several_servers(servers, incoming):
    servers = [server("imap", "x.example", *text.split()) for text in servers]
    proposal = autoconfig.read(documents.parse(config(*servers)), MAILBOX, "")
    assert (proposal and (proposal.incoming.port, proposal.incoming.encryption)) == incoming


@pytest.mark.parametrize(
    ("host", "kind"),
    [("imap.gmail.com", "gmail"), ("outlook.office365.com", "outlook"), ("x.office365.com.example", "imap")],
)
def test_documents_that_lead_to_google_and_microsoft(host, kind):
    root = documents.parse(config(server("imap", host, 993, "SSL")))
    assert autoconfig.read(root, MAILBOX, "").connection_type == kind


def test_autodiscover(world):
    world.add("autodiscover")
    world.web.documents[AUTODISCOVER] = EXCHANGE
    assert found(world.search()) == (
        "autodiscover",
        Endpoint("ex.firm.example", 993, "ssl"),
        Endpoint("ex.firm.example", 587, "starttls"),
        "anna17",
    )
    request = world.web.requests[0]
    assert request.method == "POST" and b"<EMailAddress>anna@firm.example</EMailAddress>" in request.body


def test_autodiscover_that_wants_a_login_is_left_alone(world):
    world.add("autodiscover")
    world.web.documents[AUTODISCOVER] = (401, "")
    assert world.search().source == "guess"
    assert len(world.web.requests) == 1


@pytest.mark.parametrize(
    ("inner", "encryption"),
    [
        ("<Port>993</Port>", "ssl"),
        ("", "ssl"),
        ("<Port>143</Port><SSL>on</SSL>", "starttls"),
        ("<Port>143</Port><SSL>off</SSL>", "none"),
        ("<Port>143</Port><SSL>off</SSL><Encryption>TLS</Encryption>", "starttls"),
        ("<Port>9930</Port><Encryption>SSL</Encryption>", "ssl"),
    ],
)
def test_the_encryptions_of_autodiscover(inner, encryption):
    protocol = f"<Protocol><Type>IMAP</Type><Server>x.example</Server>{inner}</Protocol>"
    root = documents.parse(f"<A><Response><Account>{protocol}</Account></Response></A>".encode())
    assert autodiscover.read(root, MAILBOX, "").incoming.encryption == encryption


# --------------------------------------------------------------- the name service


def test_srv_records(world):
    world.add(MX=["10 mx.other.example."])
    world.names.records |= {
        f"_imaps._tcp.{DOMAIN}": {
            "SRV": ["20 0 993 second.example.", "10 1 9993 Third.example.", "10 5 993 First.example."]
        },
        f"_imap._tcp.{DOMAIN}": {"SRV": ["0 0 143 start.example."]},
        f"_submissions._tcp.{DOMAIN}": {"SRV": ["0 0 0 ."]},
        f"_submission._tcp.{DOMAIN}": {"SRV": ["0 0 587 send.example."]},
    }
    assert found(world.search()) == (
        "srv",
        Endpoint("first.example", 993, "ssl"),
        Endpoint("send.example", 587, "starttls"),
        "",
    )


@pytest.mark.parametrize(
    ("exchanger", "kind", "incoming"),
    [
        ("aspmx.l.google.com", "gmail", "imap.gmail.com"),
        ("ALT1.ASPMX.L.GOOGLE.com", "gmail", "imap.gmail.com"),
        ("firm-example.mail.protection.outlook.com", "outlook", "outlook.office365.com"),
        ("firm-example.x-v1.mx.microsoft", "outlook", "outlook.office365.com"),
        ("mx00.ionos.de", "imap", "imap.ionos.de"),
        ("w0123456.kasserver.com", "imap", "w0123456.kasserver.com"),
        ("in1-smtp.messagingengine.com", "imap", "imap.fastmail.com"),
    ],
)
def test_who_takes_the_mail(world, exchanger, kind, incoming):
    world.add(MX=["20 other.example.", f"10 {exchanger}."])
    proposal = world.search()
    assert (proposal.source, proposal.connection_type, proposal.incoming.host) == ("mx", kind, incoming)


def test_who_holds_the_mail_counts_more_than_what_the_web_host_publishes(world):
    world.add("autoconfig", "", MX=["10 aspmx.l.google.com."])
    world.web.documents[AUTOCONFIG] = GOOD
    assert world.search().connection_type == "gmail"
    world.add("autoconfig", "", MX=["10 mx00.ionos.de."])
    assert world.search().incoming.host == "in.firm.example"


def test_a_domain_without_mail(world):
    world.add(MX=["0 ."])
    assert world.search() == usual_names.guess(MAILBOX)


# ---------------------------------------------------------------- the usual names


def test_the_usual_names_at_which_a_server_answers(world, monkeypatch, certificate):
    world.add("mail", "smtp")
    context = server_context(certificate)
    with ScriptedImap(context=context) as imap, ScriptedSmtp({}) as smtp, Silent() as silent:
        ports = {"imap": ((silent.port, "ssl"), (imap.port, "ssl")), "smtp": ((smtp.port, "starttls"),)}
        monkeypatch.setattr(usual_names, "PORTS", ports)
        monkeypatch.setattr(usual_names, "PATIENCE", 2.5)
        exceptions = tuple(f"127.0.0.1:{each.port}" for each in (imap, smtp, silent))
        assert found(world.search(allowed_hosts=exceptions)) == (
            "probe",
            Endpoint("mail.firm.example", imap.port, "ssl"),
            Endpoint("smtp.firm.example", smtp.port, "starttls"),
            "",
        )
        assert imap.commands == [] and smtp.commands == [], "nothing is said to them"


def test_a_certificate_that_is_not_trusted_is_better_than_nothing(world, monkeypatch, tmp_path, certificate):
    world.add("imap", "mail")
    bad = server_context(make_certificate(tmp_path, self_signed=True))
    with ScriptedImap(context=bad) as first, ScriptedImap(context=server_context(certificate)) as second:
        exceptions = tuple(f"127.0.0.1:{each.port}" for each in (first, second))
        monkeypatch.setattr(
            usual_names, "PORTS", usual_names.PORTS | {"imap": ((first.port, "ssl"), (second.port, "ssl"))}
        )
        assert world.search(allowed_hosts=exceptions).incoming.port == second.port
        monkeypatch.setattr(usual_names, "PORTS", usual_names.PORTS | {"imap": ((first.port, "ssl"),)})
        assert world.search(allowed_hosts=exceptions).incoming.port == first.port


def test_nothing_is_known(world):
    proposal = discovery.search(discovery.parse_address("anna@bücher.example"))
    assert proposal.source == "guess"
    assert (proposal.incoming.host, proposal.outgoing.host) == ("imap.bücher.example", "smtp.bücher.example")


def test_nobody_answers_in_time(world, monkeypatch):
    """A name service that is gone, a web server that takes connections and says nothing: there is an end to it."""
    world.add("autoconfig")
    world.names.mute |= {f"_imaps._tcp.{DOMAIN}", DOMAIN}
    monkeypatch.setattr(searching, "LIFETIME", 0.5)
    with Silent() as silent:
        monkeypatch.setattr(documents, "HTTPS_PORT", silent.port)
        proposal = world.search(allowed_hosts=(f"127.0.0.1:{silent.port}",))
    assert proposal.source == "guess"


def test_what_answered_in_time_counts(world, monkeypatch):
    world.add("autoconfig", MX=["10 mx00.ionos.de."])
    hold = threading.Event()
    world.web.documents[AUTOCONFIG] = lambda _connection: hold.wait(60)
    monkeypatch.setattr(searching, "LIFETIME", 5.0)
    proposal = world.search()
    hold.set()
    assert proposal.incoming.host == "imap.ionos.de"


# ----------------------------------------------------------- strangers' documents


def refused(world: World, url: str = f"https://{AUTOCONFIG}", **changes) -> None:
    with pytest.raises(documents.NoDocumentError):
        documents.fetch(settings(world, **changes), url)


def settings(world: World, **changes) -> Settings:
    values = {"allowed_hosts": (world.exception,), **changes}
    return Settings(email="", username="", password="", incoming=Endpoint("", 0, "none"), **values)


def test_redirections_are_followed(world):
    world.add("autoconfig", "a", "b")
    world.web.documents |= {
        AUTOCONFIG: (302, f"https://a.{DOMAIN}/1"),
        f"a.{DOMAIN}/1": (301, f"//b.{DOMAIN}:443/2?x=y"),
        f"b.{DOMAIN}/2": (307, "3"),
        f"b.{DOMAIN}/3": GOOD,
    }
    assert documents.fetch(settings(world), f"https://{AUTOCONFIG}").tag == "clientConfig"
    world.web.documents[f"b.{DOMAIN}/3"] = (302, "4")
    world.web.documents[f"b.{DOMAIN}/4"] = GOOD
    refused(world)


@pytest.mark.parametrize(
    "target",
    [
        "http://firm.example/",
        "https://firm.example:993/",
        "https://firm.example:8443/x",
        "https://firm.example:0/",
        "https://firm.example:99999/",
        "https://anna:secret@firm.example/",
        "https://firm.example/a b",
        "https://firm.example/ä",
        "https://[::1",
        "ftp://firm.example/",
        "gopher://firm.example:443/",
        "file:///etc/passwd",
    ],
)
def test_redirections_to_what_is_not_plain_https(world, target):
    world.add("autoconfig", "")
    world.web.documents[AUTOCONFIG] = (302, target)
    refused(world)
    assert len(world.web.requests) == 1


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.2", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:169.254.169.254]", "10.0.0.1"),
        *("0.0.0.0", "[64:ff9b::7f00:1]", "[fe80::1]", "localhost", "inside.example", "inside6.example"),
    ],
)
@pytest.mark.parametrize("is_manager", [False, True])
def test_redirections_into_the_own_network(world, host, is_manager):
    """Not for an administrator either: it is the stranger who names the address."""
    world.add("autoconfig")
    world.names.records |= {"inside.example": {"A": ["192.168.1.1"]}, "inside6.example": {"AAAA": ["fd00::1"]}}
    world.web.documents[AUTOCONFIG] = (302, f"https://{host}/latest/meta-data")
    # This machine's web server is at a public address, as far as the first hop is concerned.
    refused(
        world,
        allow_any_address=is_manager,
        allowed_hosts=() if is_manager else (f"autoconfig.{DOMAIN}:{world.web.port}",),
    )
    dialled = {where[0] for where in world.dialled if where[1] == world.web.port}
    assert dialled == {"127.0.0.1"}
    assert len(world.web.requests) == 1


@pytest.mark.parametrize("record", [{"A": ["127.0.0.1"]}, {"AAAA": ["::ffff:127.0.0.1"]}, {"A": ["169.254.169.254"]}])
def test_a_domain_that_lies_in_the_own_network(world, record):
    hosts = ("autoconfig", "autodiscover", "imap", "mail", "smtp")
    world.names.records |= {f"{host}.{DOMAIN}": record for host in hosts} | {DOMAIN: record}
    world.web.documents[AUTOCONFIG] = GOOD
    assert world.search(allowed_hosts=()).source == "guess"
    # Exceptions for mail servers are none for web servers.
    assert world.search(allowed_hosts=("127.0.0.0/8", "169.254.0.0/16")).source == "guess"
    assert world.web.requests == []
    assert not [where for where in world.dialled if where[1] == world.web.port]


def test_an_administrator_may_look_into_the_own_network(world):
    world.add("autoconfig")
    world.web.documents[AUTOCONFIG] = GOOD
    assert world.search(allow_any_address=True, allowed_hosts=()).source == "autoconfig"


def test_a_name_that_changes_its_mind(world, monkeypatch):
    """DNS rebinding: the address that was found good is the one dialled, and a redirection is judged anew."""
    world.names.records[f"autoconfig.{DOMAIN}"] = {"A": [["127.0.0.1"], ["127.0.0.2"]]}
    world.web.documents[AUTOCONFIG] = (302, f"https://{AUTOCONFIG}")
    monkeypatch.setattr(documents, "is_public", lambda found: found == "127.0.0.1")
    refused(world, allowed_hosts=())
    dialled = [where[0] for where in world.dialled if where[1] == world.web.port]
    assert dialled == ["127.0.0.1"]
    assert allowed.is_public("127.0.0.1") is False


@pytest.mark.parametrize("answer", [https.endless, https.endless_head, https.drip])
def test_documents_without_end(world, monkeypatch, answer):
    world.add("autoconfig")
    world.web.documents[AUTOCONFIG] = answer
    monkeypatch.setattr(documents, "LIFETIME", 2.0)
    start = time.monotonic()
    refused(world)
    # Far below what a drip of 100,000 bytes would take (5,000 seconds).
    assert time.monotonic() - start < 60


def test_a_document_that_is_too_large(world):
    world.add("autoconfig")
    filler = b"<!--" + b"x" * documents.LARGEST + b"-->"
    world.web.documents[AUTOCONFIG] = GOOD + filler
    refused(world)
    world.web.documents[AUTOCONFIG] = GOOD + filler[-documents.LARGEST + len(GOOD) :].replace(b"x", b" ").replace(
        b"-->", b""
    )
    assert documents.fetch(settings(world), f"https://{AUTOCONFIG}").tag == "clientConfig"


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "content",
    [
        f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><clientConfig>&l9;</clientConfig>',
        f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><clientConfig a="&l9;"/>',
        '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><clientConfig>&f;</clientConfig>',
        '<!DOCTYPE x SYSTEM "https://firm.example/x.dtd"><clientConfig/>',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "https://firm.example/p"> %p;]><clientConfig/>',
        "<!DOCTYPE html><html><body>Welcome</body></html>",
        "<a>" * 10000,
        *("", "nonsense", "<a>", "<a></b>", "\0"),
    ],
)
def test_documents_that_are_traps(content):
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(documents.NoDocumentError):
            documents.parse(content.encode(encoding))


@pytest.mark.parametrize(
    "content",
    [
        b"<clientConfig/>",
        b"<html/>",
        config(),
        config(server("imap", "a b", 993, "SSL")),
        config(server("imap", "x\r\ny", 993, "SSL")),
        config(server("smtp", "x.example", 465, "SSL")),
    ],
)
def test_documents_that_say_nothing(content):
    assert autoconfig.read(documents.parse(content), MAILBOX, "") is None


def test_a_certificate_that_is_not_good(world, monkeypatch, tmp_path):
    world.add("autoconfig")
    with https.Https(server_context(make_certificate(tmp_path, [f"autoconfig.{DOMAIN}"])), {AUTOCONFIG: GOOD}) as web:
        monkeypatch.setattr(documents, "HTTPS_PORT", web.port)
        refused(world, allowed_hosts=(f"127.0.0.1:{web.port}",), allow_insecure_certificate=True)
        assert web.requests == []


def test_an_answer_that_is_not_http(world, monkeypatch, certificate):
    class Babble(TcpServer):
        def serve(self, connection):
            connection.sendall(b"* OK IMAP ready\r\n")

    world.add("autoconfig")
    with Babble(server_context(certificate)) as web:
        monkeypatch.setattr(documents, "HTTPS_PORT", web.port)
        refused(world, allowed_hosts=(f"127.0.0.1:{web.port}",))


# -------------------------------------------------------------- beside the request


def wait_for(condition) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_asking_never_waits():
    searches, go = background.Searches(), threading.Event()
    begun = []

    def work():
        begun.append(1)
        go.wait(30)
        return usual_names.guess(MAILBOX)

    assert searches.ask("key", "anna", work) == discovery.PENDING
    assert searches.ask("key", "bob", work) == discovery.PENDING
    go.set()
    wait_for(lambda: searches.ask("key", "bob", work) != discovery.PENDING)
    assert searches.ask("key", "anna", work) == usual_names.guess(MAILBOX)
    assert len(begun) == 1


def test_answers_grow_old(monkeypatch):
    monkeypatch.setattr(background, "KEPT_GUESS", 0.0)
    searches, begun = background.Searches(), []

    def work():
        begun.append(1)
        return usual_names.guess(MAILBOX)

    searches.ask("key", "anna", work)
    wait_for(lambda: searches.ask("key", "anna", work) and len(begun) > 1)


def test_a_user_who_asks_for_too_much(monkeypatch):
    monkeypatch.setattr(background, "MOST_PER_OWNER", 3)
    searches = background.Searches()
    for key in range(3):
        searches.ask(key, "anna", lambda: usual_names.guess(MAILBOX))
        wait_for(lambda key=key: searches.ask(key, "anna", None) == usual_names.guess(MAILBOX))
    assert searches.ask("one more", "anna", None) == discovery.LIMITED
    assert searches.ask("one more", "bob", lambda: usual_names.guess(MAILBOX)) == discovery.PENDING


def test_few_searches_at_a_time(monkeypatch):
    monkeypatch.setattr(background, "MOST_AT_ONCE", 1)
    searches, go, begun = background.Searches(), threading.Event(), []

    def work(key):
        begun.append(key)
        go.wait(30)
        return usual_names.guess(MAILBOX)

    searches.ask("first", "anna", lambda: work("first"))
    assert searches.ask("second", "anna", lambda: work("second")) == discovery.PENDING
    assert "second" not in begun
    go.set()
    wait_for(lambda: searches.ask("second", "anna", lambda: work("second")) != discovery.PENDING)


def test_a_search_that_fails_is_not_at_work_for_ever(monkeypatch):
    monkeypatch.setattr(threading, "excepthook", lambda _arguments: None)
    searches = background.Searches()

    def fail():
        raise RuntimeError

    searches.ask("key", "anna", fail)
    wait_for(lambda: searches.ask("key", "anna", lambda: usual_names.guess(MAILBOX)) != discovery.PENDING)


def test_the_name_service_of_the_machine_is_asked():
    assert names.resolver().nameservers
