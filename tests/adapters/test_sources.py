"""Fetching the sources of messages: bytes, bounds, and what servers cannot hand out."""

import re
from datetime import UTC, datetime

import pytest
from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.adapters.base import RemoteCopy, RemoteFolder
from odoo.addons.concord_inbox.adapters.errors import (
    CursorLostError,
    MessageUnavailableError,
    NetworkError,
    TemporaryError,
    ThrottledError,
)
from odoo.addons.concord_inbox.adapters.imap import sources

from tests.adapters.common import inbox, message, named, settings
from tests.servers.proxy import Proxy
from tests.servers.scripted import ScriptedImap

BOX = RemoteFolder("Box", "Box", status={"uidvalidity": 7})
EXAMINED = "* 9 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 10] x"


def copies(*uids: int, size: int = 10) -> list[RemoteCopy]:
    return [RemoteCopy(uid, frozenset(), size, datetime(2026, 1, 1, tzinfo=UTC)) for uid in uids]


def arrived(adapter, folder=None):
    return [copy for piece in adapter.changes(folder or inbox(adapter), None, None) for copy in piece.arrived]


def fetched(adapter, folder, wanted) -> dict[int, bytes]:
    return {raw.remote_id: raw.source for group in adapter.fetch(folder, wanted) for raw in group}


def test_sources_are_what_the_server_has_byte_for_byte(any_mailbox):
    odd = [
        message(1, size=100_000),
        b"Subject: \xff\xfe raw\r\n\r\n\x80\x81 body without final line break",
        b'Subject: {5}\r\n\r\n) "quotes" (and) parentheses {3}\r\nA001 OK no answer\r\n* 1 FETCH (UID 1)\r\n',
        b"\r\n\r\n",
    ]
    uids = any_mailbox.append("INBOX", odd)
    adapter = any_mailbox.adapter()
    folder = inbox(adapter)
    assert fetched(adapter, folder, arrived(adapter)) == dict(zip(uids, odd, strict=True))


def test_message_id_headers(any_mailbox):
    before = any_mailbox.append("INBOX", [message(n) for n in range(3)], date=datetime(2025, 1, 1, tzinfo=UTC))
    plain = b"Subject: none\r\n\r\nHello\r\n"
    uids = any_mailbox.append("INBOX", [plain] + [message(n) for n in range(3)])
    adapter = any_mailbox.adapter()
    folder = inbox(adapter)
    found = [row for batch in adapter.headers(folder, datetime(2026, 1, 1, tzinfo=UTC)) for row in batch]
    assert [uid for uid, _header in found] == sorted(uids, reverse=True)
    headers = {uid: header.strip() for uid, header in found}
    assert headers[uids[0]] == b""
    assert headers[uids[1]] == b"Message-ID: <0@example.com>"
    assert len([row for batch in adapter.headers(folder, None) for row in batch]) == len(before) + len(uids)


def test_message_id_headers_where_one_is_refused():
    def fetch(command):
        uids = wanted_uids(command)
        row = "* {0} FETCH (UID {0} BODY[HEADER.FIELDS (MESSAGE-ID)] {{4}}\r\nabcd)\r\n"
        return "{tag} NO no" if 2 in uids else "".join(row.format(uid) for uid in uids)

    with scripted(fetch, **{"UID SEARCH": "* SEARCH 1 2 3"}) as server:
        with open_adapter("imap", settings(server.port)) as adapter:
            assert list(adapter.headers(BOX, None)) == [[(3, b"abcd"), (2, b""), (1, b"abcd")]]


def test_groups_are_bounded(mailbox, monkeypatch):
    monkeypatch.setattr(sources, "GROUP_BYTES", 100_000)
    mailbox.append("INBOX", [message(n) for n in range(450)] + [message(n, 60_000) for n in range(4)])
    mailbox.append("INBOX", [message(1, 300_000)])
    adapter = mailbox.adapter()
    folder = inbox(adapter)
    groups = [[len(raw.source) for raw in group] for group in adapter.fetch(folder, arrived(adapter))]
    assert sum(len(group) for group in groups) == 455
    assert all(len(group) <= 200 for group in groups)
    assert all(sum(group) <= 100_000 or len(group) == 1 for group in groups)


def test_what_vanished_meanwhile_is_left_out(any_mailbox):
    uids = any_mailbox.append("INBOX", [message(n) for n in range(10)])
    adapter = any_mailbox.adapter()
    folder = inbox(adapter)
    wanted = arrived(adapter)
    any_mailbox.client.select_folder("INBOX")
    any_mailbox.client.delete_messages(uids[2:5])
    any_mailbox.client.expunge()
    assert set(fetched(any_mailbox.adapter(), folder, wanted)) == set(uids) - set(uids[2:5])
    gone = [copy for copy in wanted if copy.remote_id in uids[2:5]]
    assert fetched(any_mailbox.adapter(), folder, gone) == {}


def test_nothing_to_fetch_costs_nothing(mailbox):
    with Proxy(mailbox.server.ports["imap"]) as proxy:
        adapter = open_adapter("imap", settings(proxy.port, user=mailbox.user))
        assert list(adapter.fetch(RemoteFolder("INBOX", "INBOX"), [])) == []
        assert proxy.connections == 0


def test_left_half_way_the_connection_goes_on(any_mailbox):
    any_mailbox.append("INBOX", [message(n, 5000) for n in range(1000)])
    any_mailbox.append(f"{any_mailbox.prefix}Other", [message()])
    adapter = any_mailbox.adapter()
    folder = inbox(adapter)
    wanted = arrived(adapter)
    for _group in adapter.fetch(folder, wanted):
        break
    assert inbox(adapter).status["messages"] == 1000
    next(adapter.fetch(folder, wanted))
    other = named(adapter, f"{any_mailbox.prefix}Other")
    assert list(fetched(adapter, other, arrived(adapter, other)).values()) == [message()]
    run = adapter.fetch(folder, wanted)
    next(run)
    run.close()
    assert fetched(adapter, folder, wanted[:3]).keys() == {copy.remote_id for copy in wanted[:3]}


def test_changes_and_sources_by_turns(any_mailbox):
    rows = [message(n) for n in range(1300)]
    uids = any_mailbox.append("INBOX", rows)
    adapter, found = any_mailbox.adapter(), {}
    folder = inbox(adapter)
    for piece in adapter.changes(folder, None, None):
        found |= fetched(adapter, folder, piece.arrived)
    assert found == dict(zip(uids, rows, strict=True))


def test_uids_of_another_time_are_refused(mailbox):
    mailbox.append("INBOX", [message()])
    adapter = mailbox.adapter()
    folder = inbox(adapter)
    stale = RemoteFolder("INBOX", "INBOX", status={**folder.status, "uidvalidity": 1})
    with pytest.raises(CursorLostError):
        list(adapter.fetch(stale, copies(1)))


def test_connection_cut_in_the_middle_is_made_again(mailbox):
    rows = [message(n, 20_000) for n in range(60)]
    uids = mailbox.append("INBOX", rows)
    with (
        Proxy(mailbox.server.ports["imap"]) as proxy,
        open_adapter("imap", settings(proxy.port, user=mailbox.user)) as adapter,
    ):
        folder = inbox(adapter)
        wanted = arrived(adapter)
        # Every connection ends after 700 kB, which is less than the group has.
        proxy.cut_after = 700_000
        assert fetched(adapter, folder, wanted) == dict(zip(uids, rows, strict=True))
        assert proxy.connections > 1


def test_a_server_that_is_gone_is_the_networks_fault(mailbox):
    mailbox.append("INBOX", [message(n, 20_000) for n in range(60)])
    with Proxy(mailbox.server.ports["imap"]) as proxy:
        adapter = open_adapter("imap", settings(proxy.port, user=mailbox.user))
        folder = inbox(adapter)
        wanted = arrived(adapter)
        proxy.cut_after = 5000
        with pytest.raises(NetworkError):
            list(adapter.fetch(folder, wanted))


def until_error(adapter, wanted) -> tuple[dict[int, bytes], MessageUnavailableError]:
    found: dict[int, bytes] = {}
    try:
        for group in adapter.fetch(BOX, wanted):
            found |= {raw.remote_id: raw.source for raw in group}
    except MessageUnavailableError as error:
        return found, error
    raise AssertionError("no error")


def scripted(fetch, **more):
    return ScriptedImap({"EXAMINE": EXAMINED, "UID FETCH": fetch, **more})


def wanted_uids(command: str) -> list[int]:
    uids = []
    for part in re.search(r"FETCH ([\d,:]+)", command)[1].split(","):
        first, _, last = part.partition(":")
        uids += range(int(first), int(last or first) + 1)
    return uids


def rows_of(uids) -> str:
    return "".join(f"* {uid} FETCH (UID {uid} BODY[] {{4}}\r\nm{uid:03})\r\n" for uid in uids)


def test_the_one_message_that_is_refused():
    def fetch(command):
        uids = wanted_uids(command)
        return "{tag} NO cannot read it" if 5 in uids else rows_of(uids)

    with scripted(fetch) as server, open_adapter("imap", settings(server.port)) as adapter:
        found, error = until_error(adapter, copies(*range(9, 0, -1)))
    assert found == {uid: b"m%03d" % uid for uid in range(1, 10) if uid != 5}
    assert error.details["remote_id"] == 5
    assert error.details["remote_ids"] == (5,)


def test_what_came_before_a_refusal_counts():
    def fetch(command):
        uids = wanted_uids(command)
        good = rows_of(uid for uid in uids if uid != 5)
        return good + "{tag} NO some messages could not be fetched" if 5 in uids else good

    with scripted(fetch) as server, open_adapter("imap", settings(server.port)) as adapter:
        found, _error = until_error(adapter, copies(*range(1, 10)))
        assert len(found) == 8
        assert sum(command.startswith("UID FETCH") for command in server.commands) == 1


@pytest.mark.parametrize("body", ["NIL", '""', "{0}\r\n"])
def test_a_message_without_content(body):
    def fetch(command):
        return "".join(f"* 1 FETCH (UID {uid} BODY[] {body if uid == 2 else 'x'})\r\n" for uid in wanted_uids(command))

    with scripted(fetch) as server, open_adapter("imap", settings(server.port)) as adapter:
        found, error = until_error(adapter, copies(1, 2, 3))
        assert (sorted(found), error.details["remote_ids"]) == ([1, 3], (2,))


@pytest.mark.parametrize("last_words", [None, "* BYE Internal error occurred\r\n"])
def test_the_one_message_that_ends_the_connection(last_words):
    def fetch(command):
        uids = wanted_uids(command)
        if 5 in uids:
            return last_words and last_words + "{tag} BAD"
        return rows_of(uids)

    with scripted(fetch) as server, open_adapter("imap", settings(server.port)) as adapter:
        found, error = until_error(adapter, copies(*range(1, 10)))
    assert sorted(found) == [1, 2, 3, 4, 6, 7, 8, 9]
    assert error.details["remote_ids"] == (5,)


def test_a_server_that_refuses_everything_is_not_the_messages_fault():
    with scripted("{tag} NO go away") as server, open_adapter("imap", settings(server.port)) as adapter:
        with pytest.raises(TemporaryError):
            list(adapter.fetch(BOX, copies(*range(1, 100))))


def test_throttling_is_not_bisected():
    with scripted("{tag} NO [THROTTLED] Suggested Backoff Time: 299961 milliseconds") as server:
        with open_adapter("imap", settings(server.port)) as adapter, pytest.raises(ThrottledError) as caught:
            list(adapter.fetch(BOX, copies(*range(1, 10))))
        assert caught.value.retry_after == pytest.approx(299.961)
        assert sum(command.startswith("UID FETCH") for command in server.commands) == 1


def test_unsolicited_responses_are_no_messages():
    def fetch(command):
        noise = "* 3 FETCH (FLAGS (\\Seen))\r\n* 4 FETCH (UID 77 FLAGS (\\Seen) MODSEQ (5))\r\n* 1 EXPUNGE\r\n"
        return noise + rows_of(wanted_uids(command)) + noise

    with scripted(fetch) as server, open_adapter("imap", settings(server.port)) as adapter:
        assert fetched(adapter, BOX, copies(1, 2)) == {1: b"m001", 2: b"m002"}


def test_a_server_that_answers_two_commands_at_once(monkeypatch):
    monkeypatch.setattr(sources, "GROUP_MESSAGES", 3)
    answers = iter([rows_of([1, 4, 2, 5, 3]), rows_of([6]), ""])
    with scripted(lambda _command: next(answers)) as server:
        with open_adapter("imap", settings(server.port)) as adapter:
            assert set(fetched(adapter, BOX, copies(*range(1, 10)))) == {1, 2, 3, 4, 5, 6}


def test_sets_are_compressed():
    with scripted(lambda command: rows_of(wanted_uids(command))) as server:
        with open_adapter("imap", settings(server.port)) as adapter:
            list(adapter.fetch(BOX, copies(*range(100, 0, -1), 200)))
        assert "UID FETCH 1:100,200 (UID BODY.PEEK[])" in server.commands
