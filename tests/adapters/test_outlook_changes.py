"""What happened in a folder of an Outlook mailbox, however Graph chooses to tell it."""

from datetime import timedelta

import pytest
from odoo.addons.concord_inbox.adapters.errors import CursorLostError, FolderGoneError
from odoo.addons.concord_inbox.adapters.outlook import changes as changes_module

from .common import message
from .outlook import NOW, arrived, folder, look


def test_the_first_look_brings_all_newest_first_with_what_graph_knows(outlook):
    ids = outlook.deliver(3)
    outlook.mailbox.add(message(9), is_read=True, flagged=True, categories=("Red category",), received=NOW)
    adapter = outlook.adapter()
    [piece] = look(adapter)
    assert [copy.remote_id for copy in piece.arrived][1:] == ids[::-1]
    newest = piece.arrived[0]
    assert newest.keywords == {"seen", "flagged", "red_category"}
    assert newest.internal_date == NOW and newest.email_id == newest.remote_id and newest.thread_id
    # Exchange's own number grows with each flag: only as much of it is told as does not.
    assert newest.size == 0
    assert piece.total == 4 and piece.remaining == 0 and not piece.vanished and piece.present is None


def test_pages_come_one_by_one_and_each_cursor_goes_on_behind_it(outlook):
    ids = outlook.deliver(7)
    outlook.delta.page_cap = 3
    adapter = outlook.adapter()
    pieces = look(adapter)
    assert [len(piece.arrived) for piece in pieces] == [3, 3, 1] and [piece.remaining for piece in pieces] == [4, 1, 0]
    assert arrived(pieces) == ids[::-1]
    # A process that died after the first piece goes on with the second.
    assert arrived(look(adapter, cursor=pieces[0].cursor)) == ids[3::-1]
    assert look(adapter, cursor=pieces[-1].cursor) == []


@pytest.mark.parametrize("habit", ["pauses", "repeats", "fresh_links"])
def test_what_graph_may_do_with_pages_loses_and_invents_nothing(outlook, habit):
    ids = outlook.deliver(7)
    outlook.delta.page_cap = 2
    setattr(outlook.delta, habit, True)
    adapter = outlook.adapter()
    pieces = look(adapter)
    assert set(arrived(pieces)) == set(ids)
    [new] = outlook.deliver(1, first=8)
    outlook.mailbox.remove(outlook.mailbox.messages[ids[0]])
    later = look(adapter, cursor=pieces[-1].cursor)
    assert arrived(later) == [new] and frozenset().union(*(piece.vanished for piece in later)) == {ids[0]}
    assert arrived(look(adapter, cursor=later[-1].cursor)) == []


def test_flags_moves_and_deletions_are_told_by_the_folders_they_concern(outlook):
    ids = outlook.deliver(4)
    adapter = outlook.adapter()
    inbox, archive = folder(adapter), folder(adapter, "Archive")
    there, here = look(adapter, archive)[-1].cursor, look(adapter, inbox)[-1].cursor
    messages = outlook.mailbox.messages
    messages[ids[0]].values["isRead"] = True
    outlook.mailbox.touch(messages[ids[0]])
    outlook.mailbox.move(messages[ids[1]], outlook.mailbox.known("archive"))
    outlook.mailbox.remove(messages[ids[2]])
    # Away and back again: it never vanished.
    outlook.mailbox.move(messages[ids[3]], outlook.mailbox.known("archive"))
    outlook.mailbox.move(messages[ids[3]], outlook.mailbox.known("inbox"))
    [piece] = look(adapter, inbox, here)
    assert {copy.remote_id: copy.keywords for copy in piece.arrived} == {ids[0]: {"seen"}, ids[3]: set()}
    assert piece.vanished == {ids[1], ids[2]}
    [moved] = look(adapter, archive, there)
    # The id stays what it was, which is how it is known again.
    assert arrived([moved]) == [ids[1]] and moved.vanished <= {ids[3]}


def test_what_is_told_as_removed_is_asked_for_before_it_counts_as_gone(outlook):
    ids = outlook.deliver(2)
    adapter = outlook.adapter()
    inbox = folder(adapter)
    cursor = look(adapter, inbox)[-1].cursor
    # Told as removed by mistake, as a walk does that was begun before the email came back.
    log = outlook.mailbox.known("inbox").log
    log.append((outlook.mailbox.now(), ids[0], True))
    assert [piece.vanished for piece in look(adapter, inbox, cursor)] == [frozenset()]


def test_what_is_older_than_the_limit_is_left_out(outlook):
    outlook.mailbox.add(message(1), received=NOW - timedelta(days=40))
    ids = outlook.deliver(3)
    adapter = outlook.adapter()
    since = NOW - timedelta(days=30)
    pieces = look(adapter, since=since)
    assert arrived(pieces) == ids[::-1] and pieces[-1].total == 4
    outlook.mailbox.add(message(2), received=NOW - timedelta(days=35))
    assert arrived(look(adapter, cursor=pieces[-1].cursor, since=since)) == []


def test_a_folder_with_more_than_graph_tells_with_a_limit_is_walked_without_one(outlook, monkeypatch):
    monkeypatch.setattr(changes_module, "LIMIT", 5)
    outlook.delta.limit, outlook.delta.page_cap = 5, 4
    old = outlook.mailbox.add(message(99), received=NOW - timedelta(days=40)).id
    ids = outlook.deliver(9)
    adapter = outlook.adapter()
    since = NOW - timedelta(days=30)
    pieces = look(adapter, since=since)
    assert arrived(pieces)[:5] == ids[:3:-1], "the newest come first all the same"
    assert set(arrived(pieces)) == set(ids)
    # What was beyond the limit is followed, too.
    outlook.mailbox.remove(outlook.mailbox.messages[ids[0]])
    outlook.mailbox.touch(outlook.mailbox.messages[ids[1]])
    outlook.mailbox.touch(outlook.mailbox.messages[old])
    [piece] = look(adapter, cursor=pieces[-1].cursor, since=since)
    assert arrived([piece]) == [ids[1]] and piece.vanished == {ids[0]}


@pytest.mark.parametrize("interrupted", [False, True])
def test_a_link_that_expired_has_the_folder_compared_and_nothing_fetched(outlook, interrupted):
    ids = outlook.deliver(5)
    outlook.delta.page_cap = 2
    adapter = outlook.adapter()
    inbox = folder(adapter)
    pieces = look(adapter, inbox)
    cursor = pieces[0 if interrupted else -1].cursor
    outlook.mailbox.remove(outlook.mailbox.messages[ids[0]])
    outlook.delta.expire()
    pieces = look(adapter, inbox, cursor)
    assert pieces[-1].present == set(ids[1:]) and all(piece.present is None for piece in pieces[:-1])
    # Should the process die before the end, the comparison begins again.
    again = look(adapter, inbox, pieces[0].cursor)
    assert again[-1].present == set(ids[1:])
    assert look(adapter, inbox, again[-1].cursor) == []
    assert outlook.count("$value") == 0


def test_a_link_that_expires_while_its_pages_are_read_has_the_folder_compared(outlook):
    ids = outlook.deliver(5)
    outlook.delta.page_cap = 2
    adapter = outlook.adapter()
    walk = adapter.changes(folder(adapter), None, None)
    next(walk)
    outlook.delta.expire()
    assert list(walk)[-1].present == set(ids)


def test_a_folder_of_the_same_name_made_anew_is_another_one(outlook):
    outlook.mailbox.add_folder("Offers")
    outlook.deliver(2, "Offers")
    adapter = outlook.adapter()
    before = folder(adapter, "Offers")
    cursor = look(adapter, before)[-1].cursor
    outlook.mailbox.delete_folder(outlook.mailbox.folder("Offers"))
    with pytest.raises(FolderGoneError):
        look(adapter, before, cursor)
    outlook.mailbox.add_folder("Offers")
    ids = outlook.deliver(1, "Offers", first=7)
    after = folder(adapter, "Offers")
    assert not adapter.could_be(after, cursor)
    [piece] = look(adapter, after, cursor)
    assert piece.present == set(ids)
    with pytest.raises(CursorLostError):
        adapter.present(after, cursor, ids)


def test_a_limit_further_back_brings_what_is_older(outlook):
    old = outlook.mailbox.add(message(99), received=NOW - timedelta(days=40)).id
    ids = outlook.deliver(2)
    adapter = outlook.adapter()
    cursor = look(adapter, since=NOW - timedelta(days=30))[-1].cursor
    pieces = look(adapter, cursor=cursor, since=NOW - timedelta(days=90))
    assert set(arrived(pieces)) == {old, *ids} == pieces[-1].present


def test_what_lay_in_the_trash_is_left_out_for_good_and_what_is_moved_there_is_followed(outlook):
    old = outlook.deliver(3, "deleteditems")
    moved = outlook.deliver(1, "inbox", first=9)
    adapter = outlook.adapter()
    trash = folder(adapter, "Deleted Items")
    # What the first look leaves out the later ones would not.
    cursor = look(adapter, trash, since=NOW)[-1].cursor
    since = NOW - timedelta(days=30)
    outlook.mailbox.move(outlook.mailbox.messages[moved[0]], outlook.mailbox.known("deleteditems"))
    pieces = look(adapter, trash, cursor, since)
    assert arrived(pieces) == moved and pieces[-1].present is None
    outlook.delta.expire()
    [piece] = look(adapter, trash, pieces[-1].cursor, since)
    assert arrived([piece]) == [] and piece.present == {*old, *moved}


def test_a_draft_that_is_written_on_elsewhere_keeps_its_id_and_is_told_as_rewritten(outlook):
    ids = [outlook.mailbox.add(message(number), "drafts", is_draft=True, is_read=True).id for number in range(3)]
    outlook.delta.page_cap = 2
    adapter = outlook.adapter()
    drafts = folder(adapter, "Drafts")
    pieces = look(adapter, drafts)
    assert set(arrived(pieces)) == set(ids) and not any(piece.rewritten for piece in pieces)
    written, flagged = (outlook.mailbox.messages[one] for one in ids[:2])
    written.values["body"] = {"contentType": "text", "content": "More"}
    flagged.values["flag"] = {"flagStatus": "flagged"}
    for one in (written, flagged):
        outlook.mailbox.touch(one)
    [piece] = look(adapter, drafts, pieces[-1].cursor)
    assert piece.rewritten == {written.id}
    assert {copy.remote_id: copy.email_id for copy in piece.arrived} == {written.id: None, flagged.id: flagged.id}
    assert look(adapter, drafts, piece.cursor) == []
    # Also when the link expired meanwhile, however far the comparison came.
    written.values["body"] = {"contentType": "text", "content": "Still more"}
    outlook.mailbox.touch(written)
    outlook.delta.expire()
    again = look(adapter, drafts, piece.cursor)
    assert frozenset().union(*(one.rewritten for one in again)) == {written.id} and again[-1].present == set(ids)
    outlook.mailbox.remove(written)
    assert written.id not in look(adapter, drafts, again[-1].cursor)[-1].cursor["texts"]


def test_inventory_describe_and_held(outlook):
    ids = outlook.deliver(5)
    outlook.delta.page_cap = 2
    adapter = outlook.adapter()
    inbox = folder(adapter)
    cursor = look(adapter, inbox)[-1].cursor
    listed = [copy.remote_id for batch in adapter.inventory(inbox, cursor, NOW - timedelta(days=9)) for copy in batch]
    assert listed == ids[::-1]
    assert adapter.count(inbox, None) == 5 and adapter.count(inbox, NOW) == 0
    outlook.mailbox.move(outlook.mailbox.messages[ids[0]], outlook.mailbox.known("archive"))
    assert {copy.remote_id for copy in adapter.describe(inbox, cursor, [*ids[:2], "AAkALg-unknown="])} == {ids[1]}
    assert adapter.present(inbox, cursor, ids[:2]) == {ids[1]}
    assert adapter.message_ids(inbox, ids[:3]) == {
        ids[1]: b"Message-ID: <2@example.com>\r\n",
        ids[2]: b"Message-ID: <3@example.com>\r\n",
    }
    new = outlook.deliver(1, first=8)
    assert adapter.held(inbox).ids == {*ids[1:], *new}
    assert adapter.held(inbox, cursor).ids == set(ids[1:]), "what came since is not meant"
    outlook.delta.expire()
    with pytest.raises(CursorLostError):
        adapter.held(inbox, cursor)


def test_finding_by_message_id(outlook):
    outlook.mailbox.add(b"Message-ID: <o'brien@example.com>\r\n\r\nHello\r\n", "sentitems")
    outlook.deliver(2, "sentitems")
    adapter = outlook.adapter()
    sent = folder(adapter, "Sent Items")
    cursor, [copy] = adapter.find(sent, "<o'brien@example.com>")
    assert adapter.present(sent, cursor, [copy.remote_id])
    assert adapter.find(sent, "<nothing@example.com>")[1] == []
