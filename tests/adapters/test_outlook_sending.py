"""Emails sent through Outlook: each once, as whom one may, whatever their size."""

import base64
import email
import hashlib
import tempfile
from concurrent.futures import ThreadPoolExecutor

import pytest
from odoo.addons.concord_inbox.adapters import errors
from odoo.addons.concord_inbox.adapters.base import Envelope
from odoo.addons.concord_inbox.adapters.outlook import drafting

from tests.servers.microsoft.graph import failure
from tests.servers.microsoft.web import Response, drop, hang

from .outlook import folder, look

SOURCE = (
    b"From: Anna <anna@example.com>\r\nTo: Bob <bob@example.com>\r\nCc: c@elsewhere.example\r\nSubject: Offer\r\n"
    b"Message-ID: <m1@example.com>\r\nReferences: <q@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n"
    b"\r\nHello\r\n"
)
RECIPIENTS = ("bob@example.com", "c@elsewhere.example")


def envelope(source=SOURCE, sender="anna@example.com", recipients=RECIPIENTS) -> Envelope:
    return Envelope(sender, tuple(recipients), source)


@pytest.fixture
def small_requests(monkeypatch):
    """A tenth of what fits into a request in truth, so that large emails need not be that large."""
    monkeypatch.setattr(drafting, "LARGEST", 290_000)
    monkeypatch.setattr(drafting, "SESSION", 280_000)


@pytest.fixture
def bob(outlook):
    """Somebody who gets email."""
    outlook.service.add_user("bob@example.com")
    return outlook.service.mailbox("bob@example.com")


def got(mailbox, folder="inbox"):
    return [message.source for message in mailbox.inside(mailbox.known(folder).id)]


def with_files(*files: tuple[str, bytes, str], text: bytes = b"See the files.") -> bytes:
    """An email with files: name, content, Content-ID."""
    parts = [b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + text + b"\r\n"]
    for name, content, content_id in files:
        disposition = "inline" if content_id else "attachment"
        head = (
            f'--b\r\nContent-Type: application/pdf; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
            f'Content-Disposition: {disposition}; filename="{name}"\r\n'
        )
        head += f"Content-ID: <{content_id}>\r\n" if content_id else ""
        parts.append(head.encode() + b"\r\n" + base64.encodebytes(content).replace(b"\n", b"\r\n"))
    head = SOURCE.partition(b"Content-Type:")[0] + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    return head + b"".join(parts) + b"--b--\r\n"


def test_an_email_goes_out_once_and_lies_among_what_was_sent(outlook, bob):
    adapter = outlook.adapter()
    begun = []
    delivery = adapter.send(envelope(), lambda: begun.append(len(got(bob))))
    assert delivery.accepted == set(RECIPIENTS) and begun == [0], "it is told before anybody gets it"
    [source] = got(bob)
    assert b"References: <q@example.com>" in source and b"Message-ID: <m1@example.com>" in source
    assert [address for address, _source in outlook.service.graph.delivered] == ["c@elsewhere.example"]
    sent = folder(adapter, "Sent Items")
    _cursor, [copy] = adapter.find(sent, "<m1@example.com>")
    assert (copy.email_id, copy.thread_id) == (delivery.email_id, delivery.thread_id)
    assert adapter.describe(sent, {}, [delivery.email_id]) == [copy]
    assert copy.keywords == {"seen"} and got(outlook.mailbox, "drafts") == []
    assert adapter.size_limit() == 0


def test_blind_recipients_get_it_and_nobody_sees_them(outlook, bob):
    outlook.service.add_user("eve@example.com")
    adapter = outlook.adapter()
    with tempfile.TemporaryFile() as file:
        file.write(SOURCE)
        adapter.send(envelope(file, recipients=(*RECIPIENTS, "eve@example.com")))
    [to_bob], [to_eve] = got(bob), got(outlook.service.mailbox("eve@example.com"))
    assert to_bob == to_eve and b"eve" not in to_bob
    [kept] = got(outlook.mailbox, "sentitems")
    assert b"Bcc: eve@example.com" in kept


def test_an_alias_and_a_shared_mailbox_may_be_sent_as_and_strangers_may_not(outlook, bob):
    outlook.service.add_shared("info@example.com", members=[outlook.email])
    outlook.service.add_shared("read@example.com", members=[outlook.email], senders=[])
    adapter = outlook.adapter()
    adapter.send(envelope(SOURCE.replace(b"anna@", b"sales@"), "sales@example.com"))
    shared = outlook.adapter("info@example.com")
    shared.send(envelope(SOURCE.replace(b"anna@", b"info@"), "info@example.com"))
    assert len(got(bob)) == 2 and len(got(outlook.service.mailbox("info@example.com"), "sentitems")) == 1
    for sender, mailbox in (("boss@example.com", ""), ("read@example.com", "read@example.com")):
        with pytest.raises(errors.SendRefusedError) as refusal:
            outlook.adapter(mailbox).send(envelope(SOURCE.replace(b"anna@example.com", sender.encode()), sender))
        assert refusal.value.reason == "sender_refused" and "ErrorSendAsDenied" in refusal.value.details["server_text"]
        assert got(outlook.service.mailbox(mailbox or outlook.email), "drafts") == [], "nothing is left of it"
    assert len(got(bob)) == 2


def test_what_is_withdrawn_at_the_last_moment_does_not_go_out(outlook, bob):
    def withdraw():
        raise KeyError("taken back")

    with pytest.raises(KeyError):
        outlook.adapter().send(envelope(), withdraw)
    assert got(bob) == [] and got(outlook.mailbox, "drafts") == []


@pytest.mark.parametrize("is_done", [True, False])
@pytest.mark.parametrize(
    "answer", [drop, hang(1), failure(504, "UnknownError", ""), failure(500, "x", ""), Response.html("<p>Hm")]
)
def test_when_the_answer_is_lost_nobody_knows(outlook, bob, answer, is_done):
    adapter = outlook.adapter(last_patience=0.3)
    outlook.service.fail("/send", answer, after=is_done)
    with pytest.raises(errors.DeliveryUnknownError):
        adapter.send(envelope())
    assert len(got(bob)) == is_done
    # Whether it went out is seen among what was sent.
    assert len(adapter.find(folder(adapter, "Sent Items"), "<m1@example.com>")[1]) == is_done


@pytest.mark.parametrize(
    ("where", "answer", "kind", "reason"),
    [
        ("POST .*/messages$", drop, errors.NetworkError, "cut"),
        (
            "POST .*/messages$",
            failure(429, "ApplicationThrottled", "", {"Retry-After": "9"}),
            errors.ThrottledError,
            "throttled",
        ),
        ("POST .*/messages$", failure(400, "ErrorMimeContentInvalid", ""), errors.SendRefusedError, "content_refused"),
        ("POST .*/messages$", failure(507, "ErrorQuotaExceeded", ""), errors.TemporaryError, "over_limit"),
        ("/send", failure(503, "ErrorServerBusy", "", {"Retry-After": "9"}), errors.ThrottledError, "throttled"),
        ("/send", failure(400, "ErrorInvalidRecipients", ""), errors.SendRefusedError, "recipients_refused"),
        ("/send", failure(429, "ErrorExceededMessageLimit", ""), errors.TemporaryError, "over_limit"),
        ("/send", failure(413, "ErrorMessageSizeExceeded", ""), errors.SendRefusedError, "too_large"),
        ("/send", failure(403, "ErrorAccessDenied", ""), errors.AuthenticationError, "no_access"),
    ],
)
def test_what_is_refused_went_to_nobody_and_leaves_no_draft(outlook, bob, where, answer, kind, reason):
    outlook.service.fail(where, answer)
    with pytest.raises(kind) as refusal:
        outlook.adapter().send(envelope())
    assert refusal.value.reason == reason and got(bob) == [] and got(outlook.mailbox, "drafts") == []


def test_addresses_that_cannot_be_told(outlook):
    adapter = outlook.adapter()
    for recipients, kind in (
        (["bob@example.com\r\nBcc: x@example.com"], errors.InvalidInputError),
        (["bob"], errors.InvalidInputError),
        ([], errors.SendRefusedError),
    ):
        with pytest.raises(kind):
            adapter.send(envelope(recipients=recipients))
    assert outlook.count() == 0


def files_in(source: bytes) -> dict[str, str]:
    """Name -> digest of the files in a source."""
    parts = email.message_from_bytes(source).walk()
    return {
        part.get_filename(): hashlib.sha256(part.get_payload(decode=True)).hexdigest()
        for part in parts
        if part.get_filename()
    }


@pytest.mark.parametrize("as_file", [False, True])
def test_a_large_email_goes_in_pieces_and_arrives_whole(outlook, bob, as_file):
    large, other, small = b"l" * 3_200_001, b"o" * 500_000, b"s" * 2000
    source = with_files(("large.pdf", large, ""), ("other.pdf", other, ""), ("logo.pdf", small, "logo@x"))
    with tempfile.TemporaryFile() as file:
        file.write(source)
        outlook.adapter().send(envelope(file if as_file else source, recipients=(*RECIPIENTS, "eve@example.com")))
    [arrived] = got(bob)
    expected = {"large.pdf": large, "other.pdf": other, "logo.pdf": small}
    assert files_in(arrived) == {name: hashlib.sha256(content).hexdigest() for name, content in expected.items()}
    assert b"References: <q@example.com>" in arrived and b"See the files." in arrived and b"logo@x" in arrived
    assert b"eve@example.com" not in arrived
    # The largest alone was in the way.
    assert outlook.count("PUT ") == 2 and outlook.count("/attachments") == 0


def test_many_files_of_middle_size_go_one_by_one(outlook, bob, small_requests):
    files = [(f"{number}.pdf", bytes([65 + number]) * 100_000, "") for number in range(5)]
    outlook.adapter().send(envelope(with_files(*files)))
    [arrived] = got(bob)
    assert set(files_in(arrived)) == {name for name, _content, _id in files}
    assert outlook.count("PUT ") == 0


def test_what_is_too_large_is_said_and_leaves_nothing(outlook, bob, small_requests):
    outlook.service.graph.size_limit = 250_000
    for source in (with_files(("large.pdf", b"l" * 270_000, "")), with_files(text=b"x" * 400_000)):
        with pytest.raises(errors.SendRefusedError) as refusal:
            outlook.adapter().send(envelope(source))
        assert refusal.value.reason == "too_large"
    assert got(bob) == [] and got(outlook.mailbox, "drafts") == []


def test_a_large_draft_is_kept_whole_too(outlook, small_requests):
    adapter = outlook.adapter()
    drafts = folder(adapter, "Drafts")
    one = adapter.append(drafts, None, with_files(("large.pdf", b"l" * 270_000, "")), frozenset({"draft"}))
    [piece] = look(adapter, drafts)
    [[raw]] = adapter.fetch(drafts, piece.arrived)
    assert raw.remote_id == one and list(files_in(raw.source)) == ["large.pdf"]


@pytest.mark.parametrize(
    "url", ["https://evil.example.com/x", "http://outlook.office.com/x", "https://outlook.office.com.evil.example/x"]
)
def test_files_are_sent_to_microsoft_alone(outlook, small_requests, url):
    outlook.service.fail("createUploadSession", Response.json({"uploadUrl": url}, 201))
    with pytest.raises(errors.ProtocolError):
        outlook.adapter().send(envelope(with_files(("large.pdf", b"l" * 300_000, ""))))
    assert got(outlook.mailbox, "drafts") == []


def test_sending_may_go_on_beside_reading(outlook, bob):
    outlook.deliver(30)
    adapter = outlook.adapter()
    with ThreadPoolExecutor(2) as pool:
        sending = pool.submit(adapter.send, envelope())
        looking = pool.submit(look, adapter)
        assert sending.result().accepted and looking.result()
    assert len(got(bob)) == 1
