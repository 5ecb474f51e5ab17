"""Emails of an Outlook mailbox flagged, moved, copied, deleted and put there."""

from datetime import timedelta

import pytest
from odoo.addons.concord_inbox.adapters.errors import FolderGoneError, QuotaError, ThrottledError
from odoo.addons.concord_inbox.adapters.outlook import batch

from tests.servers.microsoft.graph import failure

from .common import message
from .outlook import NOW, arrived, folder, look


def keywords(adapter, where, cursor, ids):
    return {copy.remote_id: set(copy.keywords) for copy in adapter.describe(where, cursor, ids)}


def begin(outlook, path="Inbox"):
    """An adapter, a folder of it and the folder's cursor."""
    adapter = outlook.adapter()
    where = folder(adapter, path)
    return adapter, where, look(adapter, where)[-1].cursor


def test_flags_and_categories_both_ways(outlook):
    ids = outlook.deliver(2)
    adapter, inbox, cursor = begin(outlook)
    written = adapter.set_keywords(inbox, cursor, ids, frozenset({"seen", "flagged", "answered", "offer", "draft"}))
    assert written.confirmed == set(ids) and written.unsupported == {"draft"} and written.cursor == cursor
    assert keywords(adapter, inbox, cursor, ids) == {one: {"seen", "flagged", "answered", "offer"} for one in ids}
    adapter.set_keywords(inbox, cursor, ids[:1], remove=frozenset({"seen", "flagged", "answered", "offer"}))
    assert keywords(adapter, inbox, cursor, ids)[ids[0]] == set()
    # What was written is told as it is, and brings nothing new.
    [piece] = look(adapter, inbox, cursor)
    assert {copy.remote_id: copy.keywords for copy in piece.arrived} == {
        ids[0]: set(),
        ids[1]: {"seen", "flagged", "answered", "offer"},
    }


def test_what_is_so_already_is_not_written_and_what_is_gone_does_no_harm(outlook):
    ids = outlook.deliver(2, is_read=True)
    adapter, inbox, cursor = begin(outlook)
    outlook.mailbox.remove(outlook.mailbox.messages[ids[1]])
    outlook.count()
    assert adapter.set_keywords(inbox, cursor, ids, frozenset({"seen"})).confirmed == set(ids)
    assert outlook.count() == 1


def test_that_an_email_was_answered_is_not_given_up_for_that_it_was_forwarded(outlook):
    answered, other = outlook.deliver(2)
    adapter, inbox, cursor = begin(outlook)
    adapter.set_keywords(inbox, cursor, [answered], frozenset({"answered"}))
    adapter.set_keywords(inbox, cursor, [answered, other], frozenset({"$forwarded"}))
    assert keywords(adapter, inbox, cursor, [answered, other]) == {answered: {"answered"}, other: {"$forwarded"}}


def test_categories_with_spaces_are_kept_by_whoever_writes_others(outlook):
    one = outlook.mailbox.add(message(), categories=("Red Category", "Seen")).id
    adapter, inbox, cursor = begin(outlook)
    assert keywords(adapter, inbox, cursor, [one]) == {one: {"red_category", "category_seen"}}
    adapter.set_keywords(inbox, cursor, [one], frozenset({"offer", "red_category"}), frozenset({"category_seen"}))
    assert outlook.mailbox.messages[one].values["categories"] == ["Red Category", "offer"]


def test_moving_keeps_ids_and_leaves_alone_what_others_moved(outlook):
    ids = outlook.deliver(3)
    adapter, inbox, cursor = begin(outlook)
    archive = folder(adapter, "Archive")
    outlook.mailbox.move(outlook.mailbox.messages[ids[1]], outlook.mailbox.known("junkemail"))
    moved = adapter.move(inbox, cursor, [*ids, "AAkALg-unknown="], archive)
    assert moved.ids == {ids[0]: ids[0], ids[2]: ids[2]} and moved.gone == {ids[1], "AAkALg-unknown="}
    assert arrived(look(adapter, archive)) == [ids[2], ids[0]]
    # Tried again because nobody knows how it ended: it came about.
    again = adapter.move(inbox, cursor, ids, archive, again=True)
    assert again.ids == moved.ids and again.gone == {ids[1]}


def test_what_is_moved_or_copied_is_known_by_its_header_block(outlook):
    [one] = outlook.deliver(1)
    adapter, inbox, cursor = begin(outlook)
    [[before]] = adapter.header_blocks(inbox, adapter.describe(inbox, cursor, [one]))
    archive = folder(adapter, "Archive")
    copied = adapter.copy(inbox, cursor, [one], archive).ids[one]
    adapter.set_keywords(inbox, cursor, [one], frozenset({"flagged", "answered"}))
    copies = adapter.describe(archive, {}, [copied])
    [[after]] = adapter.header_blocks(archive, copies)
    assert copied != one and after.source == before.source
    assert copies[0].size == adapter.describe(inbox, cursor, [one])[0].size
    assert copies[0].internal_date == adapter.describe(inbox, cursor, [one])[0].internal_date


def test_copying_again_makes_no_second_copy(outlook):
    ids = outlook.deliver(3)
    adapter, inbox, cursor = begin(outlook)
    archive = folder(adapter, "Archive")
    # One like it lay there before.
    outlook.mailbox.copy(outlook.mailbox.messages[ids[2]], outlook.mailbox.known("archive"))
    target_cursor = look(adapter, archive)[-1].cursor
    first = adapter.copy(inbox, cursor, ids[:2], archive, target_cursor)
    again = adapter.copy(inbox, cursor, ids, archive, target_cursor, again=True)
    assert {one: again.ids[one] for one in ids[:2]} == first.ids and again.ids[ids[2]] not in first.ids.values()
    assert len(outlook.mailbox.inside(outlook.mailbox.known("archive").id)) == 4


def test_a_target_that_is_gone_and_a_full_mailbox(outlook):
    ids = outlook.deliver(2)
    adapter, inbox, cursor = begin(outlook)
    gone = adapter.create_folder("Gone")
    adapter.delete_folder(gone)
    with pytest.raises(FolderGoneError):
        adapter.move(inbox, cursor, ids, gone)
    outlook.mailbox.quota = 1
    with pytest.raises(QuotaError) as refusal:
        adapter.copy(inbox, cursor, ids, folder(adapter, "Archive"))
    assert refusal.value.reason == "over_quota" and refusal.value.done.ids == {}


def test_a_move_that_stops_half_way_says_how_far_it_came(outlook, monkeypatch):
    monkeypatch.setattr(batch, "SIZE", 2)
    ids = outlook.deliver(4)
    adapter, inbox, cursor = begin(outlook)
    archive = folder(adapter, "Archive")
    outlook.service.fail(
        f"{ids[3]}/move".replace("=", "%3D"), failure(429, "ApplicationThrottled", "", {"Retry-After": "90"})
    )
    with pytest.raises(ThrottledError) as refusal:
        adapter.move(inbox, cursor, ids, archive)
    assert refusal.value.retry_after == 90 and set(refusal.value.done.ids) == set(ids[:3])


@pytest.mark.parametrize("lacks", [False, True])
@pytest.mark.parametrize("path", ["Deleted Items", "Archive"])
def test_deleting_for_good_takes_nothing_that_lies_elsewhere(outlook, lacks, path):
    outlook.service.graph.lacks_permanent_delete = lacks
    ids = outlook.deliver(3, path)
    adapter, where, cursor = begin(outlook, path)
    outlook.mailbox.move(outlook.mailbox.messages[ids[1]], outlook.mailbox.known("inbox"))
    removed = adapter.delete(where, cursor, ids)
    assert removed.gone == set(ids) and not removed.refused
    assert arrived(look(adapter, "Inbox")) == [ids[1]]
    assert arrived(look(adapter, "Deleted Items")) == arrived(look(adapter, path)) == []


def test_a_refusal_of_one_email_is_told_of_it_alone(outlook):
    ids = outlook.deliver(3)
    adapter, inbox, cursor = begin(outlook)
    one = ids[1].replace("=", "%3D")
    refusal = failure(403, "ErrorAccessDenied", "Access is denied.")
    outlook.service.fail(f"PATCH .*{one}", refusal)
    written = adapter.set_keywords(inbox, cursor, ids, frozenset({"seen"}))
    assert written.refused == {ids[1]} and written.confirmed == {ids[0], ids[2]} and "denied" in written.server_text
    outlook.service.fail(f"POST .*{one}/move", refusal)
    moved = adapter.move(inbox, cursor, ids, folder(adapter, "Archive"))
    assert moved.refused == {ids[1]} and set(moved.ids) == {ids[0], ids[2]}
    outlook.service.fail(f"POST .*{one}/permanentDelete", refusal)
    assert adapter.delete(inbox, cursor, ids).refused == {ids[1]}


DRAFT = (
    b"From: anna@example.com\r\nTo: bob@example.com\r\nBcc: eve@example.com\r\nSubject: =?utf-8?q?F=C3=BCr_Bob?=\r\n"
    b"Message-ID: <d1@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nHello\r\n"
)


def test_a_draft_is_put_among_the_drafts_once(outlook):
    adapter, drafts, cursor = begin(outlook, "Drafts")
    words = frozenset({"draft", "seen", "flagged"})
    one = adapter.append(drafts, cursor, DRAFT, words, NOW)
    assert keywords(adapter, drafts, cursor, [one]) == {one: words}
    assert adapter.message_ids(drafts, [one]) == {one: b"Message-ID: <d1@example.com>\r\n"}
    assert adapter.append(drafts, cursor, DRAFT, words, NOW, again=True) == one
    [[raw]] = adapter.fetch(drafts, adapter.describe(drafts, cursor, [one]))
    assert b"Bcc: eve@example.com" in raw.source and raw.source.endswith(b"\r\n\r\nHello\r\n")
    # A new version takes the place of the one before.
    adapter.delete(drafts, cursor, [one])
    two = adapter.append(drafts, cursor, DRAFT.replace(b"d1@", b"d2@"), frozenset({"draft"}))
    assert keywords(adapter, drafts, cursor, [one, two]) == {two: {"draft"}}


def test_a_draft_may_be_put_elsewhere(outlook):
    adapter, archive, cursor = begin(outlook, "Archive")
    one = adapter.append(archive, cursor, DRAFT, frozenset({"draft", "seen"}))
    assert keywords(adapter, archive, cursor, [one]) == {one: {"draft", "seen"}}


def test_what_was_sent_elsewhere_is_put_among_what_was_sent_and_is_no_draft(outlook):
    adapter, sent, cursor = begin(outlook, "Sent Items")
    source = (
        b"From: Anna <anna@example.com>\r\nTo: Bob <bob@example.com>, eve@example.com\r\nSubject: Offer\r\n"
        b"Message-ID: <s1@example.com>\r\nIn-Reply-To: <q@example.com>\r\nDate: Mon, 02 Nov 2026 10:00:00 +0100\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html; '
        b"charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<p>F\xc3\xbcr Bob</p>\r\n--b\r\nContent-Type: "
        b'application/pdf\r\nContent-Disposition: attachment; filename="offer.pdf"\r\nContent-Transfer-Encoding: '
        b"base64\r\n\r\nJVBERg==\r\n--b--\r\n"
    )
    when = NOW - timedelta(days=3)
    one = adapter.append(sent, cursor, source, frozenset({"seen", "answered"}), when)
    [copy] = adapter.describe(sent, cursor, [one])
    assert copy.keywords == {"seen", "answered"} and copy.internal_date == when
    assert adapter.find(sent, "<s1@example.com>")[1] == [copy]
    [[raw]] = adapter.fetch(sent, [copy])
    for part in (b"<q@example.com>", b"offer.pdf", b"JVBERg==", b"bob@example.com"):
        assert part in raw.source
    kept = outlook.mailbox.messages[one].values
    assert kept["body"]["content"].strip() == "<p>Für Bob</p>" and len(kept["toRecipients"]) == 2
    unread = adapter.append(sent, cursor, source.replace(b"s1@", b"s2@"), frozenset())
    assert keywords(adapter, sent, cursor, [unread]) == {unread: set()}


def test_a_mailbox_without_room_takes_no_draft(outlook):
    adapter, drafts, cursor = begin(outlook, "Drafts")
    outlook.mailbox.quota = 1
    with pytest.raises(QuotaError):
        adapter.append(drafts, cursor, DRAFT, frozenset({"draft"}))
