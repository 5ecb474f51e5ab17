"""Gmail: keywords, moves, deletion, new messages, drafts, labels, and what goes out."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from odoo.addons.concord_inbox.adapters.base import DRAFT, FLAGGED, SEEN, Envelope
from odoo.addons.concord_inbox.adapters.errors import (
    ChangeRefusedError,
    CursorLostError,
    FolderGoneError,
    InvalidInputError,
    SendRefusedError,
)

from tests.adapters.gmail import Follower, Tokens, email, named

ANSWERED = "answered"


def opened(gmail, *paths, **settings):
    """An adapter, and of each folder what it is and its cursor."""
    adapter = gmail.adapter(**settings)
    cursors = []
    for path in paths:
        follower = Follower(gmail, path)
        follower.look(adapter)
        cursors.append((named(adapter, path), follower.cursor))
    return adapter, *cursors


# ------------------------------------------------------------ keywords


@pytest.mark.parametrize("count", [1, 10, 30])
def test_keywords(gmail, count):
    ids = [gmail.box.deliver(email(number)) for number in range(count)]
    adapter, (inbox, cursor) = opened(gmail, "INBOX")
    written = adapter.set_keywords(inbox, cursor, ids, frozenset({SEEN, FLAGGED, ANSWERED}))
    assert written.confirmed == set(ids)
    assert written.unsupported == {ANSWERED}
    assert all(gmail.labels(message) == {"INBOX", "STARRED"} for message in ids)
    adapter.set_keywords(inbox, cursor, ids, frozenset(), frozenset({SEEN, FLAGGED}))
    assert all(gmail.labels(message) == {"INBOX", "UNREAD"} for message in ids)


@pytest.mark.parametrize("count", [2, 30])
def test_keywords_of_what_is_gone(gmail, google, monkeypatch, count):
    monkeypatch.setattr(google.api, "knows_unknown", True)
    ids = [gmail.box.deliver(email(number)) for number in range(count)]
    adapter, (inbox, cursor) = opened(gmail, "INBOX")
    gmail.box.remove(gmail.box.messages[ids[0]])
    written = adapter.set_keywords(inbox, cursor, ids, frozenset({SEEN}))
    assert written.confirmed >= set(ids[1:])
    assert all("UNREAD" not in gmail.labels(message) for message in ids[1:])


def test_what_is_written_is_no_news(gmail):
    ids = [gmail.box.deliver(email(number)) for number in range(3)]
    inbox = Follower(gmail, "INBOX")
    inbox.look()
    adapter = gmail.adapter()
    adapter.set_keywords(named(adapter, "INBOX"), inbox.cursor, ids, frozenset({SEEN}))
    gmail.calls()
    [piece] = inbox.look()
    assert piece.keywords == dict.fromkeys(ids, frozenset({SEEN}))
    assert not piece.arrived
    assert "messages.get" not in gmail.calls()


# ------------------------------------------------------------ moves


def test_moves(gmail):
    label = gmail.box.make_label("Work")
    ids = [gmail.box.deliver(email(number)) for number in range(5)]
    adapter, inbox, work, trash, spam, everything = opened(gmail, "INBOX", "Work", "Trash", "Spam", "All Mail")
    moved = adapter.move(*inbox, ids[:1], *work)
    assert moved.ids == {ids[0]: ids[0]}
    assert gmail.labels(ids[0]) == {"UNREAD", label.id}
    adapter.move(*inbox, ids[1:2], *trash)
    assert gmail.labels(ids[1]) == {"UNREAD", "TRASH"}
    adapter.move(*inbox, ids[2:3], *spam)
    assert gmail.labels(ids[2]) == {"UNREAD", "SPAM"}
    # Archived.
    adapter.move(*inbox, ids[3:4], *everything)
    assert gmail.labels(ids[3]) == {"UNREAD"}
    # And back.
    assert adapter.move(*everything, ids[3:4], *inbox).shown == {ids[3]}
    assert gmail.labels(ids[3]) == {"UNREAD", "INBOX"}
    adapter.move(*trash, ids[1:2], *inbox)
    assert gmail.labels(ids[1]) == {"UNREAD", "INBOX"}
    adapter.move(*spam, ids[2:3], *work)
    assert gmail.labels(ids[2]) == {"UNREAD", label.id}
    copied = adapter.copy(*inbox, ids[4:], *work)
    assert copied.ids == {ids[4]: ids[4]}
    assert gmail.labels(ids[4]) == {"UNREAD", "INBOX", label.id}
    assert adapter.copy(*inbox, ids[4:], *trash).refused == {ids[4]}


def test_many_are_moved_at_once(gmail):
    gmail.box.make_label("Work")
    ids = [gmail.box.add(email(number), ("INBOX",)).id for number in range(1500)]
    adapter = gmail.adapter()
    inbox, work = named(adapter, "INBOX"), named(adapter, "Work")
    cursor = adapter.held(inbox).cursor
    gmail.calls()
    assert set(adapter.move(inbox, cursor, ids, work).ids) == set(ids)
    assert gmail.calls() == ["history.list", "messages.batchModify", "messages.batchModify"]


def test_what_somebody_moved_is_not_moved_again(gmail):
    label, other = gmail.box.make_label("Work"), gmail.box.make_label("Other")
    ids = [gmail.box.deliver(email(number)) for number in range(3)]
    adapter, inbox, work = opened(gmail, "INBOX", "Work")
    gmail.box.change(gmail.box.messages[ids[0]], add=[other.id], remove=["INBOX"])
    gmail.box.remove(gmail.box.messages[ids[1]])
    moved = adapter.move(*inbox, ids, *work)
    assert (moved.ids, moved.gone) == ({ids[2]: ids[2]}, set(ids[:2]))
    assert gmail.labels(ids[0]) == {"UNREAD", other.id}
    # Once more, as after an answer that was lost.
    moved = gmail.adapter().move(*inbox, ids, *work, again=True)
    assert (moved.ids, moved.gone) == ({}, set(ids))
    assert gmail.labels(ids[2]) == {"UNREAD", label.id}


def test_what_was_sent_stays_sent(gmail):
    sent = gmail.box.send(email(1)).id
    received = gmail.box.deliver(email(2))
    adapter, inbox, outbox, trash = opened(gmail, "INBOX", "Sent", "Trash")
    assert adapter.move(*outbox, [sent], *inbox).shown == {sent}
    assert gmail.labels(sent) == {"SENT", "INBOX"}
    assert adapter.move(*inbox, [received], *outbox).refused == {received}
    assert adapter.move(*outbox, [sent], *trash).ids == {sent: sent}
    assert gmail.labels(sent) == {"SENT", "TRASH"}
    _adapter, outbox, trash = opened(gmail, "Sent", "Trash")
    assert adapter.move(*trash, [sent], *outbox).ids == {sent: sent}
    assert gmail.labels(sent) == {"SENT"}


def test_moves_fail_as_the_contract_has_it(gmail, google):
    work = gmail.box.make_label("Work")
    ids = [gmail.box.add(email(number), ("INBOX",)).id for number in range(1100)]
    adapter = gmail.adapter()
    inbox, target = named(adapter, "INBOX"), named(adapter, "Work")
    cursor = adapter.held(inbox).cursor
    google.fail("POST /gmail/v1/users/me/messages/batchModify", 503, skip=1)
    from odoo.addons.concord_inbox.adapters.errors import TemporaryError

    with pytest.raises(TemporaryError) as caught:
        adapter.move(inbox, cursor, ids, target)
    assert set(caught.value.done.ids) == set(ids[:1000])
    del gmail.box.labels[work.id]
    with pytest.raises(FolderGoneError) as gone:
        adapter.move(inbox, cursor, ids[1000:], target)
    assert gone.value.details["path"] == "Work"
    with pytest.raises(FolderGoneError):
        gmail.adapter().move(inbox, cursor, ids[1000:], target)
    with pytest.raises(CursorLostError):
        adapter.set_keywords(inbox, {**cursor, "label": "Label_99"}, ids, frozenset({SEEN}))
    gmail.box.forget_history()
    with pytest.raises(CursorLostError):
        gmail.adapter().held(inbox, cursor)


@pytest.mark.parametrize("count", [3, 60])
def test_an_old_cursor_still_says_what_ids_mean(gmail, count):
    """As that of a folder which nobody follows."""
    gmail.box.make_label("Work")
    ids = [gmail.box.deliver(email(number)) for number in range(count)]
    adapter, inbox, work = opened(gmail, "INBOX", "Work")
    gmail.box.change(gmail.box.messages[ids[0]], remove=["INBOX"])
    gmail.box.forget_history()
    adapter = gmail.adapter()
    assert adapter.present(*inbox, ids) == set(ids[1:])
    moved = adapter.move(*inbox, ids, *work)
    assert (set(moved.ids), moved.gone) == (set(ids[1:]), {ids[0]})
    assert gmail.labels(ids[0]) == {"UNREAD"}


# ------------------------------------------------------------ deletion


def test_deletion_from_a_label_leaves_the_email(gmail):
    label = gmail.box.make_label("Work")
    message = gmail.box.deliver(email(), ("INBOX", label.id))
    adapter, inbox, work, everything = opened(gmail, "INBOX", "Work", "All Mail")
    assert adapter.delete(*inbox, [message]).gone == {message}
    assert gmail.labels(message) == {label.id}
    assert adapter.delete(*work, [message]).gone == {message}
    assert gmail.labels(message) == set()
    assert adapter.delete(*everything, [message]).refused == {message}
    assert message in gmail.box.messages


@pytest.mark.parametrize("count", [1, 20])
def test_deletion_for_good(gmail, count):
    ids = [gmail.box.deliver(email(number)) for number in range(count)]
    thrown = [gmail.box.deliver(email(number), ("TRASH",)) for number in range(100, 100 + count)]
    back = gmail.box.deliver(email(300), ("TRASH",))
    adapter, inbox, trash = opened(gmail, "INBOX", "Trash")
    gmail.box.change(gmail.box.messages[back], remove=["TRASH"])
    assert adapter.delete(*trash, [*thrown, back]).gone == {*thrown, back}
    # What somebody took back meanwhile is left alone.
    assert set(gmail.box.messages) == {*ids, back}
    assert adapter.delete(*inbox, ids, everywhere=True).gone == set(ids)
    assert set(gmail.box.messages) == {back}


def test_deletion_that_was_not_allowed(gmail, google):
    scope = "https://www.googleapis.com/auth/gmail.modify"
    message, thrown = gmail.box.deliver(email(1)), gmail.box.deliver(email(2), ("TRASH",))
    tokens = Tokens(google, gmail.email, (scope,))
    adapter, inbox, trash = opened(gmail, "INBOX", "Trash", tokens=tokens)
    removed = adapter.delete(*inbox, [message], everywhere=True)
    assert removed.refused == {message}
    assert "insufficient authentication scopes" in removed.server_text
    assert gmail.labels(message) == {"UNREAD", "TRASH"}
    assert adapter.delete(*trash, [thrown]).refused == {thrown}


# ------------------------------------------------------------ new messages


def test_append(gmail):
    gmail.box.make_label("Work")
    then = datetime.now(UTC).replace(microsecond=0) - timedelta(days=9)
    dated = email(1, extra=f"Date: {then:%a, %d %b %Y %H:%M:%S} +0000\r\n")
    adapter, work, sent, everything = opened(gmail, "Work", "Sent", "All Mail")
    first = adapter.append(*work, dated, frozenset({SEEN, FLAGGED}), then)
    message = gmail.box.messages[first]
    assert message.source == dated
    assert gmail.labels(first) == {"Label_1", "STARRED"}
    assert message.internal_date == then.timestamp() * 1000
    second = adapter.append(*sent, email(2), frozenset({SEEN}))
    assert gmail.labels(second) == {"SENT"}
    assert gmail.labels(adapter.append(*everything, email(3))) == {"UNREAD"}
    large = email(4, size=8_000_000)
    assert gmail.box.messages[adapter.append(*work, large)].source == large


@pytest.mark.parametrize("path", ["Work", "Drafts"])
@pytest.mark.parametrize("with_cursor", [True, False])
def test_append_again(gmail, google, path, with_cursor):
    from odoo.addons.concord_inbox.adapters.errors import NetworkError

    gmail.box.make_label("Work")
    adapter, (folder, cursor) = opened(gmail, path)
    cursor = cursor if with_cursor else None
    google.fail("POST /upload/", after=True)
    with pytest.raises(NetworkError):
        adapter.append(folder, cursor, email(1))
    adapter = gmail.adapter()
    folder = named(adapter, path)
    [there] = gmail.box.messages
    assert adapter.append(folder, cursor, email(1), again=True) == there
    assert adapter.append(folder, cursor, email(2), again=True) != there
    assert len(gmail.box.messages) == 2


def test_drafts(gmail):
    adapter, (drafts, cursor) = opened(gmail, "Drafts")
    first = adapter.append(drafts, cursor, email(1), frozenset({SEEN, DRAFT, FLAGGED}))
    assert gmail.labels(first) == {"DRAFT", "STARRED"}
    assert list(gmail.box.drafts.values()) == [first]
    follower = Follower(gmail, "Drafts")
    follower.look()
    assert follower.copies == {first: {SEEN, DRAFT, FLAGGED}}
    # Another version takes its place.
    assert adapter.delete(drafts, follower.cursor, [first]).gone == {first}
    second = adapter.append(drafts, follower.cursor, email(2), frozenset({SEEN, DRAFT}))
    follower.look()
    assert follower.copies == {second: {SEEN, DRAFT}}
    assert list(gmail.box.drafts.values()) == [second]


# ------------------------------------------------------------ labels


def test_labels(gmail):
    color = {"backgroundColor": "#fb4c2f", "textColor": "#ffffff"}
    work = gmail.box.make_label("Work", color)
    gmail.box.make_label("Work/Clients/Big")
    gmail.box.make_label("Workshop", {"backgroundColor": "red;content:x"})
    adapter = gmail.adapter()
    folder = named(adapter, "Work")
    assert adapter.colors() == {"Work": "#fb4c2f"}
    made = adapter.create_folder("Öl & Gas", folder)
    assert (made.path, made.parent_path) == ("Work/Öl & Gas", "Work")
    renamed = adapter.rename_folder(folder, "Arbeit")
    assert renamed.path == "Arbeit"
    names = {label.name for label in gmail.box.labels.values() if not label.is_system}
    assert names == {"Arbeit", "Arbeit/Clients/Big", "Arbeit/Öl & Gas", "Workshop"}
    assert work.color == color
    # A node that has no label of its own.
    adapter.rename_folder(named(adapter, "Arbeit/Clients"), "Kunden")
    assert "Kunden/Big" in {label.name for label in gmail.box.labels.values()}
    # With the emails that are nowhere else.
    shared, alone = gmail.box.deliver(email(1), (work.id, "INBOX")), gmail.box.deliver(email(2), (work.id,))
    adapter.delete_folder(named(adapter, "Arbeit"))
    assert gmail.labels(shared) == {"INBOX"}
    assert alone not in gmail.box.messages
    assert {folder.path for folder in adapter.folders() if not folder.selectable} == {"Arbeit", "Kunden"}


def test_labels_that_cannot_be(gmail):
    gmail.box.make_label("Work")
    gmail.box.make_label("Work/a")
    gmail.box.make_label("Other")
    adapter = gmail.adapter()
    work = named(adapter, "Work")
    for make, reason in [
        (lambda: adapter.create_folder("other"), "exists"),
        (lambda: adapter.create_folder("Sent"), "bad_name"),
        (lambda: adapter.create_folder("a/b"), "bad_name"),
        (lambda: adapter.create_folder("x", named(adapter, "Trash")), "fixed"),
        (lambda: adapter.rename_folder(work, "Other"), "exists"),
        (lambda: adapter.rename_folder(work, "x", named(adapter, "Work/a")), "bad_name"),
        (lambda: adapter.rename_folder(named(adapter, "INBOX"), "x"), "fixed"),
        (lambda: adapter.delete_folder(named(adapter, "Sent")), "fixed"),
    ]:
        with pytest.raises(ChangeRefusedError) as caught:
            make()
        assert caught.value.reason == reason
    with pytest.raises(InvalidInputError):
        adapter.create_folder("a\r\nb")
    del gmail.box.labels[work.status["label"]]
    with pytest.raises(FolderGoneError):
        adapter.delete_folder(work)


def test_a_renamed_label_is_known_again(gmail):
    label = gmail.box.make_label("Work")
    gmail.box.deliver(email(), (label.id,))
    work = Follower(gmail, "Work")
    work.look()
    label.name = "Arbeit"
    adapter = gmail.adapter()
    folder = named(adapter, "Arbeit")
    assert adapter.could_be(folder, work.cursor)
    work.path = "Arbeit"
    assert not work.look()
    # Another label of this name is looked at from the beginning.
    del gmail.box.labels[label.id]
    other = gmail.box.make_label("Arbeit")
    message = gmail.box.deliver(email(2), (other.id,))
    work.look()
    assert set(work.copies) == {message}


# ------------------------------------------------------------ sending


def envelope(gmail, source=None, recipients=("bob@example.com",), **values):
    return Envelope(gmail.email, recipients, source or email(1), **values)


def test_send(gmail):
    begun = []
    delivery = gmail.adapter().send(envelope(gmail), lambda: begun.append(len(gmail.box.sent)))
    [sent] = gmail.box.sent
    assert begun == [0]
    assert delivery.accepted == {"bob@example.com"}
    assert (delivery.email_id, delivery.thread_id) == (sent.id, sent.thread_id)
    assert sent.source == email(1)
    assert sent.labels == {"SENT"}


def test_send_in_a_conversation(gmail):
    asked = gmail.box.deliver(email(1, subject="Offer"))
    thread = gmail.box.messages[asked].thread_id
    extra = "In-Reply-To: <1@example.com>\r\nReferences: <1@example.com>\r\n"
    adapter = gmail.adapter()
    answer = email(2, subject="Re: Offer", extra=extra)
    assert adapter.send(envelope(gmail, answer, thread_id=thread)).thread_id == thread
    # A conversation that is gone keeps nothing back.
    assert adapter.send(envelope(gmail, email(3), thread_id="abcdef")).email_id
    assert len(gmail.box.sent) == 2


def test_blind_receivers_and_files(gmail):
    recipients = ("bob@example.com", "hidden@example.com", "other@example.com")
    source = io.BytesIO(email(1, size=3_000_000))
    delivery = gmail.adapter().send(envelope(gmail, source, recipients))
    [sent] = gmail.box.sent
    assert delivery.accepted == set(recipients)
    assert sent.header("Bcc") == "hidden@example.com, other@example.com"
    assert sent.source.endswith(source.getvalue())


def test_nothing_is_sent(gmail, google):
    adapter = gmail.adapter()

    def refuse():
        raise RuntimeError("not now")

    with pytest.raises(RuntimeError):
        adapter.send(envelope(gmail), refuse)
    with pytest.raises(SendRefusedError) as caught:
        adapter.send(envelope(gmail, recipients=()))
    assert caught.value.reason == "no_recipients"
    with pytest.raises(InvalidInputError):
        adapter.send(envelope(gmail, recipients=("bob@example.com>\r\nX: y",)))
    google.fail("messages/send", 400, {"error": {"message": "Invalid To header"}})
    with pytest.raises(SendRefusedError) as caught:
        adapter.send(envelope(gmail))
    assert caught.value.reason == "recipients_refused"
    with pytest.raises(SendRefusedError) as caught:
        adapter.send(envelope(gmail, email(size=adapter.size_limit() + 1000)))
    assert caught.value.reason == "too_large"
    assert not gmail.box.sent


def test_nobody_knows_whether_it_was_sent(gmail, google):
    from odoo.addons.concord_inbox.adapters.errors import DeliveryUnknownError

    adapter = gmail.adapter()
    for status in (None, 500, 503):
        google.fail("messages/send", status, after=True)
        with pytest.raises(DeliveryUnknownError):
            adapter.send(envelope(gmail))
    assert len(gmail.box.sent) == 3


def test_identities(gmail):
    gmail.box.aliases = {"sales@example.com": ("Sales", True), "foreign@example.com": ("", False)}
    found = gmail.adapter().identities()
    assert [(one.email, one.name, one.is_default) for one in found] == [
        (gmail.email, "", True),
        ("sales@example.com", "Sales", False),
    ]
