"""One email by SMTP, to servers of every mood: for certain sent, for certain not sent, or honestly unknown."""

import io
import random
import tempfile
import time
from dataclasses import replace

import pytest
from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.adapters.base import Delivery, Endpoint, Envelope, Refusal, Settings
from odoo.addons.concord_inbox.adapters.errors import (
    AdapterError,
    AuthenticationError,
    DeliveryUnknownError,
    InvalidInputError,
    NetworkError,
    ProtocolError,
    SendRefusedError,
    TemporaryError,
    ThrottledError,
)

from tests.adapters.common import message, settings
from tests.servers.proxy import Proxy
from tests.servers.rough import Accident
from tests.servers.rough_smtp import COMMANDS, END, TEXT, RoughSmtp, any_accident
from tests.servers.scripted import ScriptedSmtp
from tests.servers.submission import Incident, Submission
from tests.servers.tcp import server_context
from tests.servers.tls import make_certificate

USERS = {"anna": "secret"}
ANNA, BEN, CARL = "anna@example.com", "ben@example.com", "carl@example.com"
#: A server of this script takes everything, up to DATA.
SCRIPT = {
    "EHLO": "250-hello\r\n250-SIZE 1000\r\n250 AUTH PLAIN",
    "AUTH": "235 yes",
    "DATA": "354 go on",
    ".": "250 kept",
}


def to_server(server, encryption: str = "none", **changes) -> Settings:
    # Nothing listens at the incoming side: sending must not need it.
    values = {"patience": 10.0, "last_patience": 10.0, **changes}
    return replace(settings(1, **values), outgoing=Endpoint("127.0.0.1", server.port, encryption))


def send(
    server, *recipients: str, source=b"", sender: str = ANNA, utf8=False, encryption="none", **changes
) -> Delivery:
    envelope = Envelope(sender, recipients or (BEN,), source or message(), utf8)
    with open_adapter("imap", to_server(server, encryption, **changes)) as adapter:
        return adapter.send(envelope)


@pytest.fixture
def server():
    with Submission(USERS) as server:
        yield server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("tls"))


# ------------------------------------------------------------------- it arrives


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize(("encryption", "option"), [("ssl", "context"), ("starttls", "starttls"), ("none", None)])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_what_is_sent_arrives(certificate, monkeypatch, encryption, option, mechanism, pipelining):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    options = {option: server_context(certificate)} if option else {}
    with Submission(USERS, mechanisms=(mechanism,), pipelining=pipelining, **options) as server:
        delivery = send(server, BEN, CARL, encryption=encryption)
    assert delivery == Delivery(frozenset({BEN, CARL}), {}, "2.0.0 kept as 1", size_limit=32 * 1024 * 1024)
    (envelope,) = server.envelopes
    assert envelope.mail_from == ANNA
    assert envelope.rcpt_tos == [BEN, CARL]
    assert envelope.original_content == message()
    assert envelope.mail_options == [f"SIZE={len(message())}"]


def test_no_server_for_sending_takes_it_without_login():
    with Submission(USERS, mechanisms=()) as server, pytest.raises(AuthenticationError) as caught:
        send(server)
    assert caught.value.reason == "no_mechanism"
    assert not server.envelopes


def test_a_wrong_password(server):
    with pytest.raises(AuthenticationError):
        send(server, password="wrong")
    assert not server.envelopes


SOURCES = {
    "dots": b"A: b\r\n\r\n.\r\n..\r\n.x\r\nx.\r\n.\r\n",
    "a dot in the end": b"A: b\r\n\r\nx\r\n.",
    "a dot in the beginning": b".A: b\r\n\r\nx\r\n",
    "no line end": b"A: b\r\n\r\nlast",
    "empty": b"\r\n",
    "8 bits": "A: b\r\n\r\nGrüße €\r\n".encode(),
    "odd line ends": b"A: b\n\rx\r\r\n.\n.\r\r",
    "a second email": b"A: b\r\n\r\nx\n.\nMAIL FROM:<x@example.com>\r\n",
}


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 64 * 1024])
@pytest.mark.parametrize("name", SOURCES)
def test_every_byte_arrives(server, monkeypatch, name, piece):
    from odoo.addons.concord_inbox.adapters.smtp import wire_form

    monkeypatch.setattr(wire_form, "PIECE", piece)
    source = SOURCES[name]
    lines = source.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    send(server, source=source)
    send(server, source=io.BytesIO(source))
    whole = lines if lines.endswith(b"\r\n") else lines + b"\r\n"
    assert server.sources() == [whole, whole]


def test_a_large_one_from_a_file(server):
    source = message(size=20 * 1024 * 1024)
    with tempfile.TemporaryFile() as file:
        file.write(source)
        send(server, source=file)
    assert server.sources() == [source]


@pytest.mark.parametrize("pipelining", [True, False])
def test_many_recipients(pipelining):
    recipients = [f"user{number}@example.com" for number in range(500)]
    with Submission(USERS, pipelining=pipelining) as server:
        delivery = send(server, *recipients, *recipients[:10])
    assert delivery.accepted == set(recipients)
    assert server.envelopes[0].rcpt_tos == recipients


def test_the_size_limit():
    for limit in (0, 5000):
        with Submission(USERS, size_limit=limit) as server, open_adapter("imap", to_server(server)) as adapter:
            assert adapter.size_limit() == limit


def test_8_bits_are_announced_where_the_server_knows_them():
    source = "A: b\r\n\r\nGrüße\r\n".encode()
    for eight_bit in (True, False):
        with Submission(USERS, eight_bit=eight_bit) as server:
            send(server, source=source)
        assert ("BODY=8BITMIME" in server.envelopes[0].mail_options) == eight_bit
        assert server.sources() == [source]


# ------------------------------------------------------- addresses beyond ASCII


def test_addresses_beyond_ascii(server):
    delivery = send(server, "zoë@müller.example", sender="jürgen@example.com")
    (envelope,) = server.envelopes
    assert envelope.smtp_utf8
    assert (envelope.mail_from, envelope.rcpt_tos) == ("jürgen@example.com", ["zoë@müller.example"])
    assert delivery.accepted == {"zoë@müller.example"}


def test_headers_beyond_ascii(server):
    send(server, source="Subject: Grüße\r\n\r\nx\r\n".encode(), utf8=True)
    assert server.envelopes[0].smtp_utf8
    assert "BODY=8BITMIME" in server.envelopes[0].mail_options


@pytest.mark.parametrize("way", [{"sender": "zoë@example.com"}, {"utf8": True}, {"recipient": "zoë@example.com"}])
def test_a_server_that_knows_ascii_only(way):
    recipient = way.pop("recipient", BEN)
    with Submission(USERS, utf8=False) as server, pytest.raises(SendRefusedError) as caught:
        send(server, BEN, recipient, **way)
    assert caught.value.reason == "no_utf8"
    assert not server.envelopes


def test_a_domain_beyond_ascii_goes_everywhere():
    with Submission(USERS, utf8=False) as server:
        delivery = send(server, "info@müller.example")
    assert server.envelopes[0].rcpt_tos == ["info@xn--mller-kva.example"]
    assert delivery.accepted == {"info@müller.example"}


@pytest.mark.parametrize(
    "address",
    [
        *("a\r\nb@example.com", "a\nb@example.com", "a\0b@example.com", "a\x85\r@b"),
        *("a> NOTIFY=NEVER <b@example.com", "a b@c", '"a b" c@example.com', '"a>"x"@example.com', '"a"b@c> SIZE=1'),
    ],
)
@pytest.mark.parametrize("place", ["sender", "recipient"])
def test_what_is_no_address_never_reaches_the_wire(address, place):
    sender, recipient = (address, BEN) if place == "sender" else (ANNA, address)
    with ScriptedSmtp(SCRIPT) as server:
        with pytest.raises(InvalidInputError) as caught:
            send(server, BEN, recipient, sender=sender)
        assert server.commands == []
    assert caught.value.reason in ("control_character", "bad_address")


def test_quoted_addresses(server):
    delivery = send(server, '"a b>c"@example.com', sender='"x\\"y"@example.com')
    assert delivery.accepted == {'"a b>c"@example.com'}


def test_nobody(server):
    with open_adapter("imap", to_server(server)) as adapter, pytest.raises(SendRefusedError) as caught:
        adapter.send(Envelope(ANNA, (), message()))
    assert caught.value.reason == "no_recipients"
    assert server.connections == 0


def test_an_account_without_a_server_for_sending():
    with open_adapter("imap", settings(1)) as adapter:
        with pytest.raises(SendRefusedError) as caught:
            adapter.send(Envelope(ANNA, (BEN,), message()))
        assert adapter.size_limit() == 0
    assert (caught.value.reason, caught.value.field) == ("no_server", "smtp_host")


# -------------------------------------------------------------------- refusals


def test_the_sender_is_refused(server):
    server.refused_senders[ANNA] = "553 5.7.1 not yours"
    with pytest.raises(SendRefusedError) as caught:
        send(server)
    assert caught.value.reason == "sender_refused"
    assert caught.value.details["server_text"] == "5.7.1 not yours"
    assert not server.envelopes


def test_the_sender_is_refused_for_now(server):
    server.refused_senders[ANNA] = "451 4.3.0 in 2 minutes, please"
    with pytest.raises(TemporaryError) as caught:
        send(server)
    assert (caught.value.reason, caught.value.retry_after) == ("unavailable", 120)
    assert not server.envelopes


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize(
    ("answer", "permanent", "wait"),
    [
        ("550 5.1.1 no such user", True, None),
        ("450 4.2.0 Greylisted, try again in 300 seconds", False, 300.0),
        ("552 too many recipients", False, None),
        ("452 4.5.3 too many recipients", False, None),
    ],
)
def test_one_recipient_is_refused(pipelining, answer, permanent, wait):
    with Submission(USERS, pipelining=pipelining) as server:
        server.refused_recipients[CARL] = answer
        delivery = send(server, CARL, BEN)
    assert delivery.accepted == {BEN}
    assert delivery.rejected == {CARL: Refusal(int(answer[:3]), answer[4:], permanent, wait)}
    assert [envelope.rcpt_tos for envelope in server.envelopes] == [[BEN]]


@pytest.mark.parametrize("pipelining", [True, False])
def test_all_recipients_are_refused(pipelining):
    with Submission(USERS, pipelining=pipelining) as server:
        server.refused_recipients = {BEN: "550 5.1.1 no such user", CARL: "550 5.1.1 nor this one"}
        with pytest.raises(SendRefusedError) as caught:
            send(server, BEN, CARL)
    assert caught.value.reason == "recipients_refused"
    assert caught.value.details["rejected"][CARL] == Refusal(550, "5.1.1 nor this one", True)
    assert not server.envelopes


def test_all_recipients_are_refused_some_for_now(server):
    server.refused_recipients = {BEN: "550 5.1.1 no such user", CARL: "450 4.2.0 come back in 00:05:00"}
    with pytest.raises(TemporaryError) as caught:
        send(server, BEN, CARL)
    assert caught.value.retry_after == 300
    assert {address: refusal.is_permanent for address, refusal in caught.value.details["rejected"].items()} == {
        BEN: True,
        CARL: False,
    }
    assert not server.envelopes


def test_greylisting_ends(server):
    server.greylist = 1
    with pytest.raises(TemporaryError) as caught:
        send(server)
    assert caught.value.retry_after == 300
    assert send(server).accepted == {BEN}
    assert len(server.envelopes) == 1


def test_too_large_is_known_before_anything_is_told():
    with ScriptedSmtp(SCRIPT) as server:
        with pytest.raises(SendRefusedError) as caught:
            send(server, source=message(size=2000))
        assert not any(command.startswith(("MAIL", "DATA")) for command in server.commands)
    assert caught.value.reason == "too_large"
    assert (caught.value.details["size"], caught.value.details["limit"]) == (len(message(size=2000)), 1000)


@pytest.mark.parametrize("at", ["MAIL", "DATA", "."])
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("552 5.3.4 message too big", "too_large"),
        ("552 Message size exceeds fixed limit", "too_large"),
        ("554 5.6.0 looks like spam", None),
        ("550 5.6.7 address needs SMTPUTF8", "no_utf8"),
    ],
)
def test_refusals_for_good(at, answer, reason):
    with ScriptedSmtp({**SCRIPT, at: answer}) as server, pytest.raises(SendRefusedError) as caught:
        send(server)
    assert caught.value.reason == reason or caught.value.reason == (
        "sender_refused" if at == "MAIL" else "content_refused"
    )
    assert caught.value.details["server_text"] == answer[4:]


@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize(
    ("answer", "kind", "wait"),
    [
        ("451 4.3.0 out of order", TemporaryError, None),
        ("450 4.7.1 Rate limit exceeded, retry after 1 hour", ThrottledError, 3600),
        ("550 5.4.5 Daily user sending limit exceeded.", ThrottledError, 3600),
        ("421 4.3.2 shutting down", TemporaryError, None),
    ],
)
def test_refusals_for_now(at, answer, kind, wait):
    with ScriptedSmtp({**SCRIPT, at: answer}) as server, pytest.raises(TemporaryError) as caught:
        send(server)
    assert not isinstance(caught.value, NetworkError)
    if at != "RCPT":
        assert (type(caught.value), caught.value.retry_after) == (kind, wait)


@pytest.mark.parametrize("at", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("answer", ["hello there", "150 what", "x" * 20000])
def test_nonsense_before_the_end(at, answer):
    with ScriptedSmtp({**SCRIPT, at: answer}) as server, pytest.raises(ProtocolError):
        send(server)


def test_a_password_that_a_server_repeats(server):
    server.refused_recipients[CARL] = "550 unknown, and your password is secret"
    delivery = send(server, BEN, CARL)
    assert delivery.rejected[CARL].text == "unknown, and your password is •••"


# ------------------------------------------------- what is certain and what not

#: Where -> whether the server has the email, and whether the client can know that nothing was sent.
CUTS = {
    "EHLO": (0, True),
    "AUTH": (0, True),
    "MAIL": (0, True),
    "RCPT": (0, True),
    "DATA": (0, True),
    "TEXT": (0, True),
    "END": (0, False),
    "STORED": (1, False),
}


@pytest.mark.parametrize("encryption", ["none", "ssl"])
@pytest.mark.parametrize("does", ["cut", "hang"])
@pytest.mark.parametrize("at", CUTS)
def test_accidents(certificate, monkeypatch, at, does, encryption):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    stored, is_known = CUTS[at]
    context = server_context(certificate) if encryption == "ssl" else None
    patience = {"timeout": 1.0, "patience": 1.0, "last_patience": 1.0} if does == "hang" else {}
    # More than what lies in the buffers on the way, for the client to see that nobody reads on.
    source = message(size=30_000_000 if at == "TEXT" else 0)
    with Submission(USERS, context=context) as server:
        server.incidents.append(Incident(at, does))
        with pytest.raises(NetworkError if is_known else DeliveryUnknownError) as caught:
            send(server, encryption=encryption, source=source, **patience)
        assert server.incidents[0].done
        assert caught.value.reason == (("cut" if does == "cut" else "timeout") if is_known else "unknown")
        assert len(server.envelopes) == stored


@pytest.mark.parametrize("at", CUTS)
@pytest.mark.parametrize("answer", ["421 4.3.2 shutting down", "451 4.3.0 later"])
def test_refused_anywhere(server, at, answer):
    server.incidents.append(Incident(at, answer))
    with pytest.raises(TemporaryError) as caught:
        send(server, source=message(size=5_000_000) if at == "TEXT" else b"")
    # While an email is on its way, the connection may be gone before the words are heard.
    if at != "TEXT" or not isinstance(caught.value, NetworkError):
        assert caught.value.details["server_text"] == answer[4:]
    assert server.incidents[0].done
    assert len(server.envelopes) == CUTS[at][0]


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize(("kind", "up"), [("cut", True), ("cut", False), ("swallow", False)])
@pytest.mark.parametrize("command", [name for name in COMMANDS if name != TEXT])
def test_the_way_breaks_off(kind, command, up, pipelining):
    # The dot, but not the end of its line; of the others, a piece.
    accident = Accident(kind, command, up=up, after=1)
    with Submission(USERS, pipelining=pipelining) as server, RoughSmtp(server.port) as proxy:
        proxy.plan = [accident]
        if command == b"QUIT":
            assert send(proxy, timeout=1.0).accepted == {BEN}
        else:
            with pytest.raises(DeliveryUnknownError if command == END else NetworkError):
                send(proxy)
        proxy.settled()
        assert accident.done
        # The dot left us, but what left did not always arrive.
        assert len(server.envelopes) == (command == b"QUIT" or (command == END and not up))


def test_what_we_say_is_true_whatever_happens(server):
    chance = random.Random(5)
    outcomes = []
    with RoughSmtp(server.port) as proxy:
        for _number in range(60):
            server.envelopes.clear()
            proxy.plan = [any_accident(chance, ("cut", "cut", "swallow", "pause", "drip"))]
            try:
                said = send(proxy, source=message(size=1000), timeout=2.0, patience=2.0, last_patience=2.0).accepted
            except AdapterError as error:
                said = type(error)
            proxy.settled()
            taken = len(server.envelopes)
            outcomes.append((said, taken))
            assert (said, taken) in [
                ({BEN}, 1),
                (NetworkError, 0),
                (DeliveryUnknownError, 0),
                (DeliveryUnknownError, 1),
            ]
    assert len(set(map(str, outcomes))) == 4, "the accidents do not differ enough to tell anything"


@pytest.mark.parametrize("at", ["EHLO", "AUTH", "MAIL", "RCPT", "DATA", ".", None])
def test_it_has_begun_when_all_but_the_dot_was_told(at):
    """Nothing that is refused before has begun."""
    told = []
    script = {**SCRIPT, at: "451 4.3.0 later"} if at else SCRIPT
    with ScriptedSmtp(script) as server, open_adapter("imap", to_server(server)) as adapter:
        envelope = Envelope(ANNA, (BEN,), message())
        if at:
            with pytest.raises(AdapterError):
                adapter.send(envelope, lambda: told.append(True))
        else:
            adapter.send(envelope, lambda: told.append(True))
    assert len(told) == (at in (".", None))


def test_what_begun_raises_keeps_the_email_back(server):
    def refuse():
        raise LookupError("taken back")

    with open_adapter("imap", to_server(server)) as adapter:
        with pytest.raises(LookupError):
            adapter.send(Envelope(ANNA, (BEN,), message()), refuse)
        assert not server.envelopes
        assert adapter.send(Envelope(ANNA, (BEN,), message())).accepted == {BEN}
    assert len(server.envelopes) == 1


def test_nonsense_in_the_end_leaves_it_unknown():
    for answer in ("hello", "354 more", "150 hm", "x" * 20000):
        with ScriptedSmtp({**SCRIPT, ".": answer}) as server, pytest.raises(DeliveryUnknownError):
            send(server)


def test_the_answer_breaks_off(server):
    class Half(ScriptedSmtp):
        def answer(self, command: str) -> bytes | None:
            return b"250-kept\r\n250 o" if command == "." else super().answer(command)

    with Half(SCRIPT) as half, pytest.raises(DeliveryUnknownError):
        send(half, last_patience=0.3)


@pytest.mark.parametrize("answer", ["500 what", None, "", "421 bye"])
def test_quit_changes_nothing(answer):
    with ScriptedSmtp({**SCRIPT, "QUIT": answer}) as server:
        assert send(server, timeout=1.0).accepted == {BEN}


def test_a_slow_server_is_waited_for(server):
    server.drip = 0.002
    assert send(server).accepted == {BEN}


def test_a_dripping_answer_has_an_end(server):
    server.drip = 0.2
    begin = time.monotonic()
    with pytest.raises(NetworkError) as caught:
        send(server, timeout=1.0)
    assert caught.value.reason == "timeout"
    assert time.monotonic() - begin < 30


def test_every_error_says_where(server):
    server.refused_senders[ANNA] = "553 no"
    with pytest.raises(AdapterError) as caught:
        send(server)
    assert (caught.value.details["host"], caught.value.details["port"]) == ("127.0.0.1", server.port)


# ------------------------------------------------------------------- several, one after the other


def test_several_go_through_one_session(server):
    """Each with its own recipients and its own letters; only the first costs a greeting and a login."""
    turns = []
    with Proxy(server.port) as proxy, open_adapter("imap", to_server(proxy)) as adapter:
        for sender in (ANNA, "ännä@example.com", ANNA, ANNA):
            before = proxy.turns
            assert adapter.send(Envelope(sender, (BEN, CARL), message(), False)).accepted == {BEN, CARL}
            turns.append(proxy.turns - before)
    assert (server.connections, server.logins) == (1, ["anna"])
    assert [envelope.smtp_utf8 for envelope in server.envelopes] == [False, True, False, False]
    assert [envelope.rcpt_tos for envelope in server.envelopes] == [[BEN, CARL]] * 4
    # EHLO, AUTH, MAIL with the recipients, DATA, the text; then RSET instead of the first two.
    assert turns == [5, 4, 4, 4]


@pytest.mark.parametrize(
    ("at", "answer"),
    [
        *((at, "cut") for at in ("MAIL", "RCPT", "DATA")),
        *((at, "421 4.7.0 no more in this session") for at in ("MAIL", "RCPT")),
        ("MAIL", "451 4.7.0 enough for one session"),
    ],
)
def test_a_session_that_ends_between_two_is_begun_anew(server, at, answer):
    """A server that has enough of a session does not keep the next email waiting, nor does anybody get it twice."""
    server.incidents = [Incident(at, answer, after=1)]
    with open_adapter("imap", to_server(server)) as adapter:
        for _number in range(3):
            assert adapter.send(Envelope(ANNA, (BEN,), message())).accepted == {BEN}
    assert server.incidents[0].done
    assert (server.connections, len(server.envelopes)) == (2, 3)


@pytest.mark.parametrize("at", ["RCPT", "DATA", "END"])
def test_an_email_that_is_refused_for_now_is_not_tried_again_at_once(server, at):
    """It is not the session that the server has enough of."""
    server.incidents = [Incident(at, "451 4.7.1 later", after=1)]
    with open_adapter("imap", to_server(server)) as adapter:
        adapter.send(Envelope(ANNA, (BEN,), message()))
        with pytest.raises(TemporaryError):
            adapter.send(Envelope(ANNA, (BEN,), message()))
    assert (server.connections, len(server.envelopes)) == (1, 1)


@pytest.mark.parametrize("at", ["TEXT", "END", "STORED"])
def test_what_has_begun_is_not_tried_again_by_itself(server, at):
    with open_adapter("imap", to_server(server)) as adapter:
        adapter.send(Envelope(ANNA, (BEN,), message()))
        server.incidents = [Incident(at, "cut")]
        with pytest.raises((DeliveryUnknownError, NetworkError) if at == "TEXT" else DeliveryUnknownError):
            adapter.send(Envelope(ANNA, (BEN,), message()))
        assert len(server.envelopes) == 1 + (at == "STORED")
        assert adapter.send(Envelope(ANNA, (BEN,), message())).accepted == {BEN}
    assert server.connections == 2
