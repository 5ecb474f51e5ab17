"""Gmail: labels as folders, the first look, what the history tells, and all of it without asking twice."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from odoo.addons.concord_inbox.adapters.base import DRAFT, FLAGGED, SEEN
from odoo.addons.concord_inbox.adapters.errors import FolderGoneError, MessageUnavailableError

from tests.adapters.gmail import Follower, email, named

NOW = datetime.now(UTC)


def test_labels_are_folders(gmail):
    gmail.box.make_label("Work/Clients/Big")
    gmail.box.make_label("Work")
    gmail.box.make_label("All Mail")
    folders = {folder.path: folder for folder in gmail.adapter().folders()}
    assert list(folders)[:6] == ["INBOX", "Drafts", "Sent", "Spam", "Trash", "All Mail"]
    assert [folder.role for folder in folders.values()][:6] == ["inbox", "drafts", "sent", "junk", "trash", "all"]
    assert len(folders) == 10
    assert folders["All Mail (Label_3)"].role is None
    nested = folders["Work/Clients/Big"]
    assert (nested.name, nested.parent_path, nested.selectable) == ("Big", "Work/Clients", True)
    node = folders["Work/Clients"]
    assert (node.name, node.parent_path, node.selectable, node.status) == ("Clients", "Work", False, None)
    assert list(folders).index("Work") < list(folders).index("Work/Clients") < list(folders).index("Work/Clients/Big")


def test_first_look_brings_each_email_once(gmail):
    old = gmail.box.deliver(email(0), received=(NOW - timedelta(days=40)).timestamp())
    new = [
        gmail.box.deliver(email(number), received=(NOW - timedelta(hours=200 - number)).timestamp())
        for number in range(1, 121)
    ]
    gmail.box.messages[new[0]].labels -= {"UNREAD"}
    gmail.box.messages[new[0]].labels |= {"STARRED"}
    inbox = Follower(gmail, "INBOX", NOW - timedelta(days=30))
    pieces = inbox.look()
    arrived = [copy for piece in pieces for copy in piece.arrived]
    assert [copy.remote_id for copy in arrived] == new[::-1]
    assert [piece.remaining for piece in pieces] == [70, 20, 0]
    assert all(copy.email_id == copy.remote_id and copy.thread_id and copy.size for copy in arrived)
    assert arrived[0].internal_date == (NOW - timedelta(hours=80)).replace(microsecond=0)
    assert inbox.copies[new[0]] == {SEEN, FLAGGED}
    assert inbox.copies[new[1]] == frozenset()
    assert inbox.sources[new[7]] == email(8)
    assert old not in inbox.copies
    assert gmail.quota.calls["messages.get"] == 120
    # Nothing is left to be told.
    assert not inbox.look()


def test_nothing_new_is_one_request(gmail):
    gmail.box.deliver(email())
    folders = [Follower(gmail, path) for path in ("INBOX", "Sent", "All Mail")]
    adapter = gmail.adapter()
    for folder in folders:
        folder.look(adapter)
    gmail.requests()
    adapter = gmail.adapter()
    listed = {folder.path: folder for folder in adapter.folders()}
    for folder in folders:
        assert not list(adapter.changes(listed[folder.path], folder.cursor, None))
    assert gmail.requests() == ["POST /batch/gmail/v1"]


def test_one_history_for_all_folders(gmail):
    label = gmail.box.make_label("Work")
    paths = ("INBOX", "Work", "Sent", "All Mail")
    folders = {path: Follower(gmail, path) for path in paths}
    for folder in folders.values():
        folder.look()
    messages = [gmail.box.deliver(email(number), ("INBOX", "UNREAD", label.id)) for number in range(3)]
    gmail.requests()
    gmail.calls()
    adapter = gmail.adapter()
    told = {path: folder.look(adapter) for path, folder in folders.items()}
    assert {path: len(pieces) for path, pieces in told.items()} == {"INBOX": 1, "Work": 1, "Sent": 0, "All Mail": 1}
    assert set(folders["Work"].copies) == set(folders["All Mail"].copies) == set(messages)
    calls = gmail.calls()
    assert calls.count("history.list") == 1
    # In three folders, and fetched once.
    assert calls.count("messages.get") == 3


@pytest.mark.parametrize("labels", ["then", "now", "none"])
def test_changes_by_others(gmail, google, labels):
    google.api.history_labels = labels
    label = gmail.box.make_label("Work")
    ids = [gmail.box.deliver(email(number)) for number in range(6)]
    inbox, work, trash, everything = (Follower(gmail, path) for path in ("INBOX", "Work", "Trash", "All Mail"))
    followers = (inbox, work, trash, everything)
    for folder in followers:
        folder.look()
    box = gmail.box
    box.change(box.messages[ids[0]], remove=["UNREAD"])
    box.change(box.messages[ids[1]], add=["STARRED"], remove=["UNREAD"])
    box.change(box.messages[ids[1]], add=["UNREAD"])
    box.change(box.messages[ids[2]], add=[label.id], remove=["INBOX"])
    box.change(box.messages[ids[3]], add=["TRASH"])
    box.change(box.messages[ids[4]], remove=["INBOX"])
    box.remove(box.messages[ids[5]])
    adapter = gmail.adapter()
    for folder in followers:
        folder.look(adapter)
    google.api.history_labels = "then"
    assert inbox.copies == {ids[0]: {SEEN}, ids[1]: {FLAGGED}}
    assert set(work.copies) == {ids[2]}
    assert set(trash.copies) == {ids[3]}
    assert set(everything.copies) == {ids[0], ids[1], ids[2], ids[4]}
    # Known emails were not fetched again.
    assert not work.sources
    assert not trash.sources
    for folder in followers:
        assert not folder.look()
    # Back again.
    box.change(box.messages[ids[3]], add=["INBOX"], remove=["TRASH"])
    adapter = gmail.adapter()
    for folder in followers:
        folder.look(adapter)
    assert set(inbox.copies) == {ids[0], ids[1], ids[3]}
    assert not trash.copies
    assert ids[3] in everything.copies


def test_changes_cost_nothing_for_what_is_known(gmail):
    label = gmail.box.make_label("Work")
    ids = [gmail.box.deliver(email(number)) for number in range(60)]
    inbox, work = Follower(gmail, "INBOX"), Follower(gmail, "Work")
    inbox.look()
    work.look()
    for message in ids:
        gmail.box.change(gmail.box.messages[message], add=[label.id])
    gmail.calls()
    inbox.look()
    work.look()
    assert set(work.copies) == set(ids)
    assert "messages.get" not in gmail.calls()


def test_a_first_look_goes_on_where_it_died(gmail):
    ids = [gmail.box.deliver(email(number), received=NOW.timestamp() + number) for number in range(180)]
    inbox = Follower(gmail, "INBOX")
    inbox.look(pieces=2)
    assert set(inbox.copies) == set(ids[80:])
    assert json.loads(json.dumps(inbox.cursor)) == inbox.cursor
    # What happens meanwhile is told first.
    gmail.box.change(gmail.box.messages[ids[179]], remove=["UNREAD"])
    gmail.box.remove(gmail.box.messages[ids[80]])
    gmail.box.remove(gmail.box.messages[ids[5]])
    late = gmail.box.deliver(email(500), received=NOW.timestamp() + 500)
    pieces = inbox.look()
    assert [copy.remote_id for copy in pieces[0].arrived] == [late]
    assert set(inbox.copies) == {*ids, late} - {ids[5], ids[80]}
    assert inbox.copies[ids[179]] == {SEEN}
    assert gmail.quota.calls["messages.get"] == 180
    assert not inbox.look()


def test_forgotten_history_is_made_up_for_without_fetching_again(gmail):
    label = gmail.box.make_label("Work")
    ids = [gmail.box.deliver(email(number)) for number in range(130)]
    inbox, work = Follower(gmail, "INBOX", NOW - timedelta(days=1)), Follower(gmail, "Work", NOW - timedelta(days=1))
    inbox.look()
    work.look()
    box = gmail.box
    box.change(box.messages[ids[0]], remove=["UNREAD"])
    box.change(box.messages[ids[1]], add=["STARRED"])
    box.change(box.messages[ids[2]], add=[label.id], remove=["INBOX"])
    box.remove(box.messages[ids[3]])
    new = box.deliver(email(1000))
    box.forget_history()
    gmail.calls()
    adapter = gmail.adapter()
    inbox.look(adapter)
    work.look(adapter)
    assert set(inbox.copies) == {*ids, new} - {ids[2], ids[3]}
    assert inbox.copies[ids[0]] == {SEEN}
    assert inbox.copies[ids[1]] == {FLAGGED}
    assert set(work.copies) == {ids[2]}
    assert set(inbox.sources) == {*ids, new}
    assert not work.sources
    assert gmail.calls().count("messages.get") == 1
    assert not inbox.look()
    assert not work.look()


def test_forgotten_history_and_death_on_the_way(gmail):
    ids = [gmail.box.deliver(email(number), received=NOW.timestamp() + number) for number in range(120)]
    inbox = Follower(gmail, "INBOX")
    inbox.look()
    gmail.box.remove(gmail.box.messages[ids[7]])
    more = [gmail.box.deliver(email(1000 + n), received=NOW.timestamp() + 1000 + n) for n in range(120)]
    gmail.box.forget_history()
    inbox.look(pieces=1)
    assert ids[7] not in inbox.copies
    inbox.look()
    assert set(inbox.copies) == {*ids, *more} - {ids[7]}
    assert gmail.quota.calls["messages.get"] == 240


def test_pages(gmail, google, monkeypatch):
    monkeypatch.setattr(google.api, "page_size", 7)
    monkeypatch.setattr(google.api, "empty_pages", True)
    ids = [gmail.box.deliver(email(number)) for number in range(40)]
    inbox = Follower(gmail, "INBOX")
    inbox.look()
    assert set(inbox.copies) == set(ids)
    for message in ids:
        gmail.box.change(gmail.box.messages[message], remove=["UNREAD"])
    inbox.look()
    assert set(inbox.copies.values()) == {frozenset({SEEN})}


def test_drafts_and_sent_bear_their_keywords(gmail):
    draft = gmail.box.drafts[gmail.box.make_draft(email(1))]
    drafts = Follower(gmail, "Drafts")
    drafts.look()
    assert drafts.copies == {draft: {DRAFT, SEEN}}
    gmail.box.replace_draft(next(iter(gmail.box.drafts)), email(2))
    drafts.look()
    assert set(drafts.copies) == set(gmail.box.drafts.values())
    assert len(drafts.copies) == 1


def test_a_quiet_folder_keeps_up_with_the_history(gmail, gmail_clock):
    quiet, inbox = Follower(gmail, "Sent"), Follower(gmail, "INBOX")
    quiet.look()
    inbox.look()
    before = quiet.cursor
    gmail.box.deliver(email())
    assert not quiet.look()
    gmail_clock.sleep(7 * 3600)
    [piece] = quiet.look()
    assert not piece.arrived
    assert not piece.vanished
    assert int(quiet.cursor["history"]) > int(before["history"])
    gmail_clock.sleep(7 * 3600)
    assert not quiet.look()


def test_large_emails_stay_in_files(gmail):
    large = email(1, size=3 * 1024 * 1024)
    ids = [gmail.box.deliver(large), gmail.box.deliver(email(2))]
    adapter = gmail.adapter()
    folder = named(adapter, "INBOX")
    [piece] = adapter.changes(folder, None, None)
    found = {raw.remote_id: raw.source for group in adapter.fetch(folder, piece.arrived) for raw in group}
    assert found[ids[0]].read() == large
    assert found[ids[1]] == email(2)
    [blocks] = adapter.header_blocks(folder, piece.arrived)
    assert {block.remote_id: block.source for block in blocks}[ids[0]] == large.partition(b"Hello")[0]
    assert gmail.quota.calls["messages.get"] == 2


def test_an_email_that_cannot_be_had_stops_no_other(gmail, google):
    ids = [gmail.box.deliver(email(number)) for number in range(3)]
    google.fail(f"part GET /gmail/v1/users/me/messages/{ids[1]}", 500, times=4)
    adapter = gmail.adapter()
    folder = named(adapter, "INBOX")
    [piece] = adapter.changes(folder, None, None)
    assert {copy.remote_id for copy in piece.arrived} == set(ids)
    google.fail(f"part GET /gmail/v1/users/me/messages/{ids[1]}", 400, {"error": {"message": "no"}}, times=1)
    groups = adapter.fetch(folder, piece.arrived)
    assert {raw.remote_id for raw in next(groups)} == {ids[0], ids[2]}
    with pytest.raises(MessageUnavailableError) as caught:
        next(groups)
    assert caught.value.details["remote_ids"] == [ids[1]]
    # Another time it can.
    [[raw]] = adapter.fetch(folder, [copy for copy in piece.arrived if copy.remote_id == ids[1]])
    assert raw.source == email(1)


def test_a_label_that_is_gone(gmail):
    label = gmail.box.make_label("Work")
    adapter = gmail.adapter()
    folder = named(adapter, "Work")
    del gmail.box.labels[label.id]
    for ask in (
        lambda: list(adapter.changes(folder, None, None)),
        lambda: adapter.find(folder, "<1@example.com>"),
        lambda: adapter.held(folder),
        lambda: gmail.adapter().describe(folder, {}, []),
    ):
        with pytest.raises(FolderGoneError) as caught:
            ask()
        assert caught.value.details["path"] == "Work"


def test_questions(gmail):
    label = gmail.box.make_label("Work")
    first = gmail.box.deliver(email(1), ("INBOX", "UNREAD", label.id))
    second = gmail.box.deliver(email(2), received=(NOW - timedelta(days=3)).timestamp())
    third = gmail.box.deliver(email(3), ("TRASH",))
    adapter = gmail.adapter()
    inbox, trash = named(adapter, "INBOX"), named(adapter, "Trash")
    cursor, [copy] = adapter.find(inbox, "<1@example.com>")
    assert (copy.remote_id, copy.keywords) == (first, frozenset())
    assert adapter.find(inbox, "<3@example.com>")[1] == []
    assert [copy.remote_id for copy in adapter.find(trash, "<3@example.com>")[1]] == [third]
    assert {copy.remote_id for copy in adapter.describe(inbox, cursor, [first, second, third, "abc"])} == {
        first,
        second,
    }
    assert adapter.message_ids(inbox, [first, third, "abc"]) == {first: b"Message-ID: <1@example.com>\r\n"}
    assert adapter.present(inbox, cursor, [first, third, "abc"]) == {first}
    assert adapter.held(trash).ids == {third}
    assert [copy.remote_id for batch in adapter.inventory(inbox, cursor, None) for copy in batch] == [second, first]
    assert adapter.count(inbox, None) == 2
    since = NOW - timedelta(days=1)
    assert adapter.count(inbox, since) == 1
    assert [copy.remote_id for batch in adapter.inventory(inbox, cursor, since) for copy in batch] == [first]
    late = gmail.box.deliver(email(4))
    assert adapter.held(inbox, cursor).ids == {first, second}
    assert adapter.held(inbox).ids == {first, second, late}
    assert adapter.could_be(inbox, cursor)
    assert not adapter.could_be(trash, cursor)
    assert adapter.watch() is None
