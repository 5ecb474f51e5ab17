"""Following a folder: first sync, news, keywords, deletions, and what happens when the process dies in between."""

import random
import time
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.adapters.errors import CursorLostError, FolderGoneError
from odoo.addons.concord_inbox.adapters.imap import changes as changes_module

from tests.adapters.common import inbox, message, named
from tests.adapters.store import Store, on_server, visible

NOW = datetime(2026, 3, 10, 12, 0, 0, tzinfo=UTC)


def test_first_sync_reports_everything_newest_first(any_mailbox, monkeypatch):
    monkeypatch.setattr(changes_module, "LARGEST_PIECE", changes_module.PIECE)
    uids = any_mailbox.append("INBOX", [message(n) for n in range(450)], flags=("\\Seen", "Work"), date=NOW)
    store = Store()
    assert store.sync(any_mailbox.adapter()) == 3
    assert sorted(store.copies) == uids
    assert [len(piece.arrived) for piece in store.pieces] == [200, 200, 50]
    assert [piece.remaining for piece in store.pieces] == [250, 50, 0]
    assert {piece.total for piece in store.pieces} == {450}
    order = [copy.remote_id for piece in store.pieces for copy in piece.arrived]
    assert order == sorted(uids, reverse=True)
    copy = store.pieces[0].arrived[0]
    assert copy.keywords == {"seen", "work"}
    assert copy.internal_date == NOW
    assert copy.size == len(message(449))
    assert store.cursor["backfill"] is None


@pytest.mark.parametrize(
    ("seconds", "sizes"),
    [
        # As many as three seconds are enough for, no more than twice as many as before.
        (0.001, [200, 400, 800, 600, 500]),
        (0.01, [200, *[300] * 6, 300, 200]),
        (0.1, [*[200] * 12, 100]),
    ],
)
def test_pieces_of_a_first_sync_grow_as_long_as_they_go_quickly(mailbox, monkeypatch, seconds, sizes):
    """Whoever stores 1,000, 100 or 10 emails a second."""
    mailbox.append("INBOX", [message(n) for n in range(2500)])
    clock, store = [0.0], Store()
    monkeypatch.setattr(changes_module, "time", SimpleNamespace(monotonic=lambda: clock[0], time=time.time))
    adapter = mailbox.adapter()
    for piece in adapter.changes(inbox(adapter), None, None):
        store.apply(piece)
        clock[0] += seconds * len(piece.arrived)
    # The first 2,000 are described together, and so the last piece of these may be a smaller one.
    assert [len(piece.arrived) for piece in store.pieces] == sizes


def test_first_sync_of_an_empty_folder_leaves_a_cursor(any_mailbox):
    adapter, store = any_mailbox.adapter(), Store()
    assert store.sync(adapter) == 1
    assert store.copies == {}
    assert store.sync(adapter) == 0
    any_mailbox.append("INBOX", [message()])
    assert store.sync(adapter) == 1
    assert len(store.copies) == 1


def test_nothing_is_marked_as_read(any_mailbox):
    any_mailbox.append("INBOX", [message(n) for n in range(5)])
    adapter = any_mailbox.adapter()
    folder = inbox(adapter)
    for piece in adapter.changes(folder, None, None):
        assert sum(len(group) for group in adapter.fetch(folder, piece.arrived)) == 5
    assert set(on_server(any_mailbox.client).values()) == {frozenset()}


def test_cutoff_is_exact_to_the_second_in_every_zone(any_mailbox):
    rows = []
    for hours in (-12, -5, 0, 9, 14):
        zone = timezone(timedelta(hours=hours))
        rows += [(message(), (), (NOW + timedelta(seconds=offset)).astimezone(zone)) for offset in (-1, 0, 1)]
    uids = any_mailbox.append("INBOX", rows)
    store = Store()
    store.sync(any_mailbox.adapter(), since=NOW)
    assert sorted(store.copies) == [uid for uid, row in zip(uids, rows, strict=True) if row[2] >= NOW]


@pytest.mark.parametrize("hours", [-12, 0, 14])
def test_cutoff_around_midnight(mailbox, hours):
    midnight = datetime(2026, 3, 1, tzinfo=timezone(timedelta(hours=hours)))
    rows = [(message(), (), midnight + timedelta(seconds=offset)) for offset in range(-2, 3)]
    mailbox.append("INBOX", rows)
    store = Store()
    store.sync(mailbox.adapter(), since=midnight)
    assert len(store.copies) == 3


def test_cutoff_holds_for_later_arrivals_too(any_mailbox):
    store, adapter = Store(), any_mailbox.adapter()
    any_mailbox.append("INBOX", [message()], date=NOW)
    store.sync(adapter, since=NOW)
    any_mailbox.append("INBOX", [message(2)], date=NOW - timedelta(days=1))
    new = any_mailbox.append("INBOX", [message(3)], date=NOW + timedelta(days=1))
    store.sync(adapter, since=NOW)
    assert len(store.copies) == 2
    assert new[0] in store.copies
    # What was left out counts all the same, else every run would believe that something was deleted.
    assert store.sync(adapter, since=NOW) == 0


def test_first_sync_goes_on_where_it_was_killed(any_mailbox):
    uids = any_mailbox.append("INBOX", [message(n) for n in range(1100)], date=NOW)
    store = Store()
    while store.cursor is None or store.cursor["backfill"] is not None:
        assert store.sync(any_mailbox.adapter(), since=NOW, stop_after=1) == 1
    assert sorted(store.copies) == uids
    assert len(store.pieces) <= 7


def test_news_come_before_the_rest_of_the_first_sync(any_mailbox):
    any_mailbox.append("INBOX", [message(n) for n in range(500)])
    store = Store()
    store.sync(any_mailbox.adapter(), stop_after=1)
    new = any_mailbox.append("INBOX", [message(n) for n in range(3)])
    client = any_mailbox.client
    client.select_folder("INBOX")
    oldest, newest = 1, new[0] - 1
    client.delete_messages([oldest, newest])
    client.expunge()
    client.add_flags([2, newest - 1], ["\\Flagged"])
    store.sync(any_mailbox.adapter())
    assert [copy.remote_id for copy in store.pieces[1].arrived] == sorted(new, reverse=True)
    assert store.copies == on_server(client)
    assert store.cursor["backfill"] is None
    assert store.sync(any_mailbox.adapter()) == 0


def test_news_in_great_numbers(any_mailbox):
    store = Store()
    any_mailbox.append("INBOX", [message(1)])
    store.sync(any_mailbox.adapter())
    any_mailbox.append("INBOX", [message(n) for n in range(2, 700)])
    assert store.sync(any_mailbox.adapter(), stop_after=2) == 2
    assert len(store.copies) == 401
    store.sync(any_mailbox.adapter())
    assert store.copies == on_server(any_mailbox.client)
    assert store.sync(any_mailbox.adapter()) == 0


def test_keywords_and_deletions(any_mailbox):
    uids = any_mailbox.append("INBOX", [message(n) for n in range(10)])
    store, client = Store(), any_mailbox.client
    store.sync(any_mailbox.adapter())
    client.select_folder("INBOX")
    client.add_flags(uids[0], ["\\Seen", "\\Flagged", "$Forwarded"])
    client.add_flags(uids[1], ["\\Answered", "\\Draft", "\\Seen"])
    client.delete_messages(uids[4:6])
    client.expunge()
    any_mailbox.append("INBOX", [message(11)])
    assert store.sync(any_mailbox.adapter()) == 1
    assert store.copies == on_server(client)
    assert store.copies[uids[0]] == {"seen", "flagged", "$forwarded"}
    client.select_folder("INBOX")
    client.remove_flags(uids[0], ["\\Seen"])
    store.sync(any_mailbox.adapter())
    assert store.copies == on_server(client)
    assert store.sync(any_mailbox.adapter()) == 0


def test_as_many_deleted_as_arrived(any_mailbox):
    uids = any_mailbox.append("INBOX", [message(n) for n in range(5)])
    store, client = Store(), any_mailbox.client
    store.sync(any_mailbox.adapter())
    client.select_folder("INBOX")
    client.delete_messages(uids[:2])
    client.expunge()
    any_mailbox.append("INBOX", [message(n) for n in range(2)])
    store.sync(any_mailbox.adapter())
    assert store.copies == on_server(client)


def test_everything_deleted(any_mailbox):
    uids = any_mailbox.append("INBOX", [message(n) for n in range(5)])
    store, client = Store(), any_mailbox.client
    store.sync(any_mailbox.adapter())
    client.select_folder("INBOX")
    client.delete_messages(uids)
    client.expunge()
    store.sync(any_mailbox.adapter())
    assert store.copies == {}
    assert store.sync(any_mailbox.adapter()) == 0


def test_deletion_alone_brings_no_piece_with_news(any_mailbox):
    any_mailbox.append("INBOX", [message(n) for n in range(5)])
    store, client = Store(), any_mailbox.client
    store.sync(any_mailbox.adapter())
    client.select_folder("INBOX")
    client.delete_messages([3])
    client.expunge()
    store.sync(any_mailbox.adapter())
    last = store.pieces[-1]
    if last.present is None:
        assert (last.vanished, last.bound) == ({3}, None)
    else:
        assert (last.present, last.bound) == ({1, 2, 4, 5}, 6)
    assert not last.arrived
    assert store.copies == on_server(client)


def test_many_changed_keywords_come_in_pieces(any_mailbox, monkeypatch):
    monkeypatch.setattr(changes_module, "KEYWORDS", 50)
    any_mailbox.append("INBOX", [message(n) for n in range(180)])
    store, client = Store(), any_mailbox.client
    store.sync(any_mailbox.adapter())
    client.select_folder("INBOX")
    client.add_flags(client.search("ALL"), ["\\Seen"])
    any_mailbox.append("INBOX", [message(n) for n in range(3)])
    # Killed between the pieces of one set of changes, again and again.
    while store.sync(any_mailbox.adapter(), stop_after=1):
        if store.copies == on_server(client):
            break
        if len(store.pieces) > 3:
            store.sync(any_mailbox.adapter())
    assert store.copies == on_server(client)
    assert max(len(piece.keywords) for piece in store.pieces) <= 200


def test_uidvalidity_change_reports_everything_again(any_mailbox):
    any_mailbox.append("INBOX", [message(n) for n in range(250)])
    store, client = Store(), any_mailbox.client
    store.sync(any_mailbox.adapter())
    path = f"{any_mailbox.prefix}Other"
    other = Store()
    any_mailbox.append(path, [message(n) for n in range(250)])
    adapter = any_mailbox.adapter()
    other.sync(adapter, folder=named(adapter, path))
    client.delete_folder(path)
    time.sleep(1.1)  # Dovecot makes UIDVALIDITY from the time.
    any_mailbox.append(path, [message(n) for n in range(210)])
    other.sync(adapter, folder=named(adapter, path))
    assert other.resets == 1
    assert [piece.reset for piece in other.pieces[-2:]] == [True, False]
    assert other.copies == on_server(client, path)
    assert other.sync(adapter, folder=named(adapter, path)) == 0


def test_uidvalidity_change_of_a_folder_that_became_empty(mailbox):
    mailbox.append("Other", [message()])
    store, adapter = Store(), mailbox.adapter()
    store.sync(adapter, folder=named(adapter, "Other"))
    mailbox.client.delete_folder("Other")
    time.sleep(1.1)
    mailbox.client.create_folder("Other")
    store.sync(adapter, folder=named(adapter, "Other"))
    assert (store.resets, store.copies) == (1, {})


def test_daily_scan_heals_what_was_lost(any_mailbox, monkeypatch):
    uids = any_mailbox.append("INBOX", [message(n) for n in range(30)], flags=("\\Seen",))
    store, client = Store(), any_mailbox.client
    store.sync(any_mailbox.adapter())
    store.copies[uids[0]] = frozenset({"flagged"})
    store.copies[999] = frozenset()
    assert store.sync(any_mailbox.adapter()) == 0
    store.cursor["scanned"] -= changes_module.FULL_SCAN_EVERY + 1
    assert store.sync(any_mailbox.adapter()) == 1
    assert store.copies == on_server(client)
    assert store.sync(any_mailbox.adapter()) == 0


def test_bounded_scan_without_condstore(bare_mailbox, monkeypatch):
    monkeypatch.setattr(changes_module, "NEWEST", 20)
    uids = bare_mailbox.append("INBOX", [message(n) for n in range(50)])
    store, client = Store(), bare_mailbox.client
    store.sync(bare_mailbox.adapter())
    client.select_folder("INBOX")
    client.add_flags([uids[0], uids[-20], uids[-1]], ["\\Seen"])
    store.sync(bare_mailbox.adapter())
    assert set(store.pieces[-1].keywords) == set(uids[-20:])
    store.cursor["scanned"] = 0
    store.sync(bare_mailbox.adapter())
    assert store.copies == on_server(client)


@pytest.mark.parametrize("modseq", [None, 10**9])
def test_modseq_lost_or_gone_back_compares_all_keywords(mailbox, modseq):
    uids = mailbox.append("INBOX", [message(n) for n in range(20)])
    store, client = Store(), mailbox.client
    store.sync(mailbox.adapter())
    client.select_folder("INBOX")
    client.add_flags(uids[3], ["\\Flagged"])
    store.cursor["modseq"] = modseq
    mailbox.append("INBOX", [message()])
    store.sync(mailbox.adapter())
    assert store.copies == on_server(client)
    assert store.cursor["modseq"] < 10**9
    assert len(store.pieces[-1].keywords) == 20


def test_large_uids(mailbox):
    mailbox.append("Old", [message(n) for n in range(3)])
    mailbox.server.doveadm("mailbox", "update", "-u", mailbox.user, "--min-next-uid", str(2**32 - 10), "Old")
    uids = mailbox.append("Old", [message(n) for n in range(3)])
    assert max(uids) > 2**32 - 10
    adapter, store = mailbox.adapter(), Store()
    store.sync(adapter, folder=named(adapter, "Old"))
    assert sorted(store.copies) == [1, 2, 3, *uids]
    new = mailbox.append("Old", [message()])
    store.sync(adapter, folder=named(adapter, "Old"))
    assert new[0] in store.copies


def test_folder_that_is_gone(any_mailbox):
    path = f"{any_mailbox.prefix}Other"
    any_mailbox.append(path, [message()])
    adapter = any_mailbox.adapter()
    folder = named(adapter, path)
    any_mailbox.client.delete_folder(path)
    with pytest.raises(FolderGoneError) as caught:
        list(adapter.changes(folder, None, None))
    assert caught.value.reason == "gone"
    # The connection is as good as before.
    assert list(adapter.changes(inbox(adapter), None, None))


def test_copies_described_by_their_ids(any_mailbox):
    uids = any_mailbox.append("INBOX", [message(n) for n in range(5)], flags=("\\Seen",), date=NOW)
    adapter, store, client = any_mailbox.adapter(), Store(), any_mailbox.client
    store.sync(adapter)
    client.select_folder("INBOX")
    client.delete_messages(uids[0])
    client.expunge()
    client.add_flags(uids[1], ["Blue"])
    found = adapter.describe(inbox(adapter), store.cursor, [*uids[:3], 999])
    assert {copy.remote_id: copy.keywords for copy in found} == {uids[1]: {"seen", "blue"}, uids[2]: {"seen"}}
    assert {copy.internal_date for copy in found} == {NOW}
    assert adapter.describe(inbox(adapter), store.cursor, []) == []
    with pytest.raises(CursorLostError):
        adapter.describe(inbox(adapter), {**store.cursor, "uidvalidity": 5}, uids)


def test_a_renamed_folder_is_known_by_its_status(any_mailbox):
    prefix = any_mailbox.prefix
    any_mailbox.append(f"{prefix}Old", [message(n) for n in range(2)])
    any_mailbox.append(f"{prefix}Other", [message()])
    adapter, store = any_mailbox.adapter(), Store()
    store.sync(adapter, folder=named(adapter, f"{prefix}Old"))
    any_mailbox.append(f"{prefix}Old", [message()])
    any_mailbox.client.rename_folder(f"{prefix}Old", f"{prefix}New")
    adapter.folders()
    assert adapter.could_be(named(adapter, f"{prefix}New"), store.cursor)
    assert not adapter.could_be(named(adapter, f"{prefix}Other"), store.cursor)
    assert not adapter.could_be(named(adapter, f"{prefix}New"), {**store.cursor, "uidnext": 99})


def test_two_folders_at_once(any_mailbox):
    path = f"{any_mailbox.prefix}Other"
    any_mailbox.append("INBOX", [message(n) for n in range(2500)])
    any_mailbox.append(path, [message(n) for n in range(300)])
    adapter = any_mailbox.adapter()
    first, second = Store(), Store()
    runs = [
        (first, adapter.changes(inbox(adapter), None, None)),
        (second, adapter.changes(named(adapter, path), None, None)),
    ]
    for _turn in range(15):
        for store, run in runs:
            if piece := next(run, None):
                store.apply(piece)
    assert (len(first.copies), len(second.copies)) == (2500, 300)


def test_what_happens_meanwhile_is_found_by_the_next_run(any_mailbox):
    uids = any_mailbox.append("INBOX", [message(n) for n in range(600)])
    store, client = Store(), any_mailbox.client
    client.select_folder("INBOX")
    adapter = any_mailbox.adapter()
    for number, piece in enumerate(adapter.changes(inbox(adapter), None, None)):
        store.apply(piece)
        any_mailbox.append("INBOX", [message(number)])
        client.delete_messages([uids[-1 - number], uids[number]])
        client.expunge()
        client.add_flags([uids[-10 - number], uids[10 + number]], ["\\Flagged"])
    store.sync(any_mailbox.adapter())
    store.cursor["scanned"] = 0 if store.cursor["modseq"] is None else store.cursor["scanned"]
    store.sync(any_mailbox.adapter())
    assert store.copies == on_server(client)


def test_what_is_marked_as_deleted_counts_as_gone(any_mailbox):
    uids = any_mailbox.append("INBOX", [message(n) for n in range(6)])
    store, client = Store(), any_mailbox.client
    client.select_folder("INBOX")
    client.delete_messages(uids[:2])
    store.sync(any_mailbox.adapter())
    assert sorted(store.copies) == uids[2:]
    assert store.sync(any_mailbox.adapter()) == 0
    # One more gets the mark, one loses it, one arrives with it.
    client.delete_messages(uids[2])
    client.remove_flags(uids[0], ["\\Deleted"])
    any_mailbox.append("INBOX", [message(7)], flags=("\\Deleted",))
    look(store)
    store.sync(any_mailbox.adapter())
    assert store.copies == visible(client)
    assert sorted(store.copies) == [uids[0], *uids[3:]]
    assert store.sync(any_mailbox.adapter()) == 0
    # Removed for good by somebody, and one brought back with other keywords.
    client.select_folder("INBOX")
    client.set_flags(uids[2], ["\\Seen"])
    client.expunge()
    look(store)
    store.sync(any_mailbox.adapter())
    assert store.copies == on_server(client)
    assert store.copies[uids[2]] == {"seen"}
    assert store.cursor["hidden"] == ""
    assert store.sync(any_mailbox.adapter()) == 0


def look(store: Store) -> None:
    """Without CONDSTORE a mark changes no number that the listing tells: it is found when the newest are looked at."""
    store.cursor["looked"] = 0


def test_questions_about_what_is_marked_as_deleted(any_mailbox):
    uids = any_mailbox.append("INBOX", [message(n) for n in range(4)])
    adapter, store = any_mailbox.adapter(), Store()
    store.sync(adapter)
    any_mailbox.client.select_folder("INBOX")
    any_mailbox.client.delete_messages(uids[:2])
    folder = inbox(adapter)
    assert [copy.remote_id for batch in adapter.inventory(folder, None, None) for copy in batch] == uids[:1:-1]
    assert {copy.remote_id for copy in adapter.describe(folder, store.cursor, uids)} == set(uids[2:])
    assert adapter.present(folder, store.cursor, uids) == set(uids[2:])


def test_the_daily_scan_knows_what_is_marked_as_deleted(any_mailbox):
    uids = any_mailbox.append("INBOX", [message(n) for n in range(5)])
    store, client = Store(), any_mailbox.client
    client.select_folder("INBOX")
    client.delete_messages(uids[:2])
    store.sync(any_mailbox.adapter())
    # As a database that knows nothing of the mark.
    store.copies |= dict.fromkeys(uids[:2], frozenset())
    store.cursor["hidden"] = ""
    store.cursor["scanned"] = 0
    store.sync(any_mailbox.adapter())
    assert store.copies == visible(client)
    assert store.cursor["hidden"] == f"{uids[0]}:{uids[1]}"


def test_many_that_lose_the_mark_come_in_pieces(any_mailbox):
    any_mailbox.append("INBOX", [message(n) for n in range(450)], flags=("\\Deleted",))
    store, client = Store(), any_mailbox.client
    store.sync(any_mailbox.adapter())
    assert store.copies == {}
    client.select_folder("INBOX")
    client.remove_flags(client.search("ALL"), ["\\Deleted"])
    # Killed after each piece.
    while store.copies != visible(client):
        look(store)
        assert store.sync(any_mailbox.adapter(), stop_after=1) == 1
    assert len(store.pieces) <= 4
    store.sync(any_mailbox.adapter())
    assert (len(store.copies), store.cursor["hidden"]) == (450, "")


def test_random_life_of_a_folder(any_mailbox, thorough):
    """Whatever others do and wherever the process dies, the copies end up as they are on the server."""
    chance = random.Random(7)
    store, client = Store(), any_mailbox.client
    uids = any_mailbox.append("INBOX", [message(n) for n in range(300)])
    for _round in range(300 if thorough else 25):
        client.select_folder("INBOX")
        for _action in range(chance.randint(0, 3)):
            uids = client.search("ALL") or any_mailbox.append("INBOX", [message()])
            some = chance.sample(uids, min(len(uids), chance.choice((1, 3, 40))))
            match chance.randint(0, 5):
                case 0:
                    any_mailbox.append("INBOX", [message(n) for n in range(chance.choice((1, 5, 230)))])
                case 1:
                    client.delete_messages(some)
                    client.expunge()
                case 2:
                    client.add_flags(some, [chance.choice(("\\Seen", "\\Flagged", "Blue"))])
                case 3:
                    client.remove_flags(some, ["\\Seen", "\\Flagged"])
                case 4:
                    client.add_flags(some, ["\\Deleted"])
                case 5:
                    client.remove_flags(some, ["\\Deleted"])
        with open_adapter("imap", any_mailbox.settings) as adapter:
            store.sync(adapter, stop_after=chance.choice((0, 1, 2, None)))
    if store.cursor and store.cursor["modseq"] is None:
        # Without CONDSTORE the server does not tell of every change; the daily scan finds the rest.
        store.cursor["scanned"] = 0
    store.sync(any_mailbox.adapter())
    assert store.copies == visible(client)
    assert store.sync(any_mailbox.adapter()) == 0
