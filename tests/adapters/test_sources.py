"""Fetching the sources of messages: bytes, bounds, and what servers cannot hand out."""

import re
from datetime import UTC, datetime

import pytest
from odoo.addons.concord_inbox import mime
from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.adapters.base import RemoteCopy, RemoteFolder
from odoo.addons.concord_inbox.adapters.errors import (
    CursorLostError,
    MessageUnavailableError,
    NetworkError,
    TemporaryError,
    ThrottledError,
)
from odoo.addons.concord_inbox.adapters.imap import sources, wire

from tests.adapters.common import inbox, message, named, settings
from tests.servers.proxy import Proxy
from tests.servers.scripted import ScriptedImap

BOX = RemoteFolder("Box", "Box", status={"uidvalidity": 7})
EXAMINED = "* 9 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 10] x"


def copies(*uids: int, size: int = 10) -> list[RemoteCopy]:
    return [RemoteCopy(uid, frozenset(), size, datetime(2026, 1, 1, tzinfo=UTC)) for uid in uids]


def arrived(adapter, folder=None):
    return [copy for piece in adapter.changes(folder or inbox(adapter), None, None) for copy in piece.arrived]


def content(source) -> bytes:
    return source if isinstance(source, bytes) else source.read()


def fetched(adapter, folder, wanted) -> dict[int, bytes]:
    return {raw.remote_id: content(raw.source) for group in adapter.fetch(folder, wanted) for raw in group}


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


def test_header_blocks_have_the_fingerprint_of_the_whole(any_mailbox):
    rows = [
        message(1, size=100_000),
        b"Subject: \xff\xfe raw\r\nX-Long: a\r\n\tfolded\r\n line\r\n\r\n\x80\x81 body\r\n\r\nmore",
        b'Subject: {5}\r\nX: ) "quotes" {3}\r\n\r\nbody\r\n',
        b"Subject: header alone\r\n",
        b"Subject: header alone, unfinished",
        b"Subject: no body\r\n\r\n",
        b"Subject: empty lines\r\n\r\n\r\n\r\n",
        b"Subject: a line that is no field\r\nno field\r\nTo: a@example.com\r\n\r\nbody",
        b"From somebody Mon Jan  1 00:00:00 2026\r\nSubject: of an mbox\r\n\r\nbody",
        b"Subject: a line of blanks\r\n \r\nTo: a@example.com\r\n\r\nbody",
        b"\r\nSubject: after an empty line\r\n\r\nbody",
        *(message(n) for n in range(400)),
    ]
    any_mailbox.append("INBOX", rows)
    adapter = any_mailbox.adapter()
    folder = inbox(adapter)
    wanted = arrived(adapter)
    sizes = {copy.remote_id: copy.size for copy in wanted}
    whole = fetched(adapter, folder, wanted)
    blocks = {raw.remote_id: raw.source for group in adapter.header_blocks(folder, wanted) for raw in group}
    assert blocks.keys() == whole.keys()
    for uid, block in blocks.items():
        assert whole[uid].startswith(block.rstrip(b"\r\n"))
        expected = mime.fingerprint(mime.header_of(whole[uid]), sizes[uid])
        assert mime.fingerprint(mime.header_of(block), sizes[uid]) == expected, whole[uid][:200]
    assert "seen" not in set().union(*(copy.keywords for copy in arrived(adapter)))


def test_header_blocks_of_what_vanished_are_left_out(mailbox):
    uids = mailbox.append("INBOX", [message(n) for n in range(3)])
    adapter = mailbox.adapter()
    folder = inbox(adapter)
    wanted = arrived(adapter)
    mailbox.client.select_folder("INBOX")
    mailbox.client.delete_messages(uids[:1])
    mailbox.client.expunge()
    assert {raw.remote_id for group in mailbox.adapter().header_blocks(folder, wanted) for raw in group} == set(
        uids[1:]
    )
    assert list(adapter.header_blocks(folder, [])) == []


@pytest.mark.parametrize("refusal", ["{tag} NO cannot read it", None])
def test_header_blocks_that_are_refused_are_left_out(refusal):
    def fetch(command):
        uids = wanted_uids(command)
        return refusal if 5 in uids else rows_of(uids).replace("BODY[]", "BODY[HEADER]")

    with scripted(fetch) as server, open_adapter("imap", settings(server.port)) as adapter:
        found = [raw.remote_id for group in adapter.header_blocks(BOX, copies(*range(1, 10))) for raw in group]
        assert sorted(found) == [1, 2, 3, 4, 6, 7, 8, 9]
        assert all("BODY.PEEK[HEADER]" in command for command in server.commands if command.startswith("UID FETCH"))


def test_a_server_that_refuses_all_header_blocks_is_not_asked_for_long():
    with scripted("{tag} NO not today") as server, open_adapter("imap", settings(server.port)) as adapter:
        assert list(adapter.header_blocks(BOX, copies(*range(1, 2001)))) == []
        assert len(server.commands) < 100


def test_an_inventory_and_its_message_ids(any_mailbox):
    before = any_mailbox.append("INBOX", [message(n) for n in range(3)], date=datetime(2025, 1, 1, tzinfo=UTC))
    plain = b"Subject: none\r\n\r\nHello\r\n"
    uids = any_mailbox.append("INBOX", [plain] + [message(n) for n in range(3)])
    any_mailbox.client.select_folder("INBOX")
    any_mailbox.client.add_flags(uids[1:2], ["\\Flagged"])
    adapter = any_mailbox.adapter()
    folder = inbox(adapter)
    found = [copy for batch in adapter.inventory(folder, None, datetime(2026, 1, 1, tzinfo=UTC)) for copy in batch]
    assert [copy.remote_id for copy in found] == sorted(uids, reverse=True)
    assert {copy.remote_id for copy in found if "flagged" in copy.keywords} == {uids[1]}
    assert found[-1].size == len(plain)
    headers = {uid: header.strip() for uid, header in adapter.message_ids(folder, [*uids, 4_000_000]).items()}
    assert headers.keys() == set(uids)
    assert headers[uids[0]] == b""
    assert headers[uids[1]] == b"Message-ID: <0@example.com>"
    everything = [copy for batch in adapter.inventory(folder, None, None) for copy in batch]
    assert len(everything) == len(before) + len(uids)
    [uidvalidity] = {piece.cursor["uidvalidity"] for piece in adapter.changes(folder, None, None)}
    stale = {"uidvalidity": uidvalidity + 1, "uidnext": 1}
    with pytest.raises(CursorLostError):
        list(adapter.inventory(folder, stale, None))


def test_message_ids_where_one_is_refused():
    def fetch(command):
        uids = wanted_uids(command)
        row = "* {0} FETCH (UID {0} BODY[HEADER.FIELDS (MESSAGE-ID)] {{4}}\r\nabcd)\r\n"
        return "{tag} NO no" if 2 in uids else "".join(row.format(uid) for uid in uids)

    with scripted(fetch) as server:
        with open_adapter("imap", settings(server.port)) as adapter:
            assert adapter.message_ids(BOX, [1, 2, 3]) == {3: b"abcd", 2: b"", 1: b"abcd"}


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


def varied(size: int) -> bytes:
    """A message of `size` bytes, no two lines of which are equal."""
    lines = b"Subject: large\r\n\r\n" + b"".join(b"%09d\r\n" % n for n in range(size // 11))
    return lines + b"x" * (size - len(lines))


def test_large_messages_come_in_files(any_mailbox):
    rows = [varied(3_000_000), message(1), varied(9_000_000), varied(2_500_001), message(2)]
    uids = any_mailbox.append("INBOX", rows)
    adapter = any_mailbox.adapter()
    folder = inbox(adapter)
    raws = [raw for group in adapter.fetch(folder, arrived(adapter)) for raw in group]
    assert {raw.remote_id for raw in raws if not isinstance(raw.source, bytes)} == {uids[0], uids[2], uids[3]}
    assert {raw.remote_id: content(raw.source) for raw in raws} == dict(zip(uids, rows, strict=True))
    assert arrived(adapter)[0].keywords == frozenset()


def test_a_large_message_left_half_way(mailbox):
    mailbox.append("INBOX", [varied(5_000_000), varied(12_000_000)])
    adapter = mailbox.adapter()
    folder = inbox(adapter)
    next(adapter.fetch(folder, arrived(adapter)))
    assert len(arrived(adapter)) == 2


def test_a_large_message_goes_on_where_it_broke_off(any_mailbox):
    rows = [message(1), varied(30_000_000), message(2)]
    uids = any_mailbox.append("INBOX", rows)
    with (
        Proxy(any_mailbox.server.ports["imap"]) as proxy,
        open_adapter("imap", settings(proxy.port, user=any_mailbox.user)) as adapter,
    ):
        folder = inbox(adapter)
        wanted = arrived(adapter)
        # More cuts than connections may break.
        proxy.cut_after = 1_300_000
        assert fetched(adapter, folder, wanted) == dict(zip(uids, rows, strict=True))
        assert proxy.connections > sources.BROKEN_CONNECTIONS


def test_messages_that_are_larger_than_told_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(wire, "HELD", 1_000_000)

    def fetch(command):
        rows = [f"* {uid} FETCH (UID {uid} BODY[] {{300000}}\r\n{'x' * 300_000})\r\n" for uid in wanted_uids(command)]
        return "".join(rows)

    with scripted(fetch) as server, open_adapter("imap", settings(server.port)) as adapter:
        [group] = adapter.fetch(BOX, copies(*range(1, 11)))
        assert sum(len(raw.source) for raw in group if isinstance(raw.source, bytes)) <= 1_000_000
        assert {content(raw.source) for raw in group} == {b"x" * 300_000}


LARGE = varied(400_000)
WHOLE = "* 1 FETCH (UID 1 BODY[] {%d}\r\n%s)"


def rest(start: int, data: bytes, label: int | str | None = None) -> str:
    origin = f"<{start if label is None else label}>" if label != "" else ""
    return f"* 1 FETCH (UID 1 BODY[]{origin} {{{len(data)}}}\r\n{data.decode()})"


#: What servers make of ``BODY[]<start.length>``.
WRONG = {
    "right": lambda start: rest(start, LARGE[start:]),
    "the whole": lambda start: rest(start, LARGE, ""),
    "the part without its label": lambda start: rest(start, LARGE[start:], ""),
    "offset ignored and labelled so": lambda start: rest(start, LARGE[: len(LARGE) - start], 0),
    "the whole labelled as beginning": lambda start: rest(start, LARGE, 0),
    "offset ignored": lambda start: rest(start, LARGE[: len(LARGE) - start]),
    "counted from one": lambda start: rest(start, LARGE[start - 1 : -1]),
    "counted from minus one": lambda start: rest(start, LARGE[start + 1 :]),
    "another offset": lambda start: rest(start, LARGE[start + 100 :], start + 100),
    "short": lambda start: rest(start, LARGE[start:-1000]),
    "too long": lambda start: rest(start, LARGE[start:] + b"more"),
    "length ignored from the start": lambda start: rest(start, LARGE),
    "NIL": lambda start: f"* 1 FETCH (UID 1 BODY[]<{start}> NIL)",
    "empty": lambda start: rest(start, b""),
    "nothing": lambda start: "",
    "refused": lambda start: "{tag} NO cannot",
    "not understood": lambda start: "{tag} BAD syntax",
    "hangs up": lambda start: None,
}


@pytest.mark.parametrize("answer", WRONG.values(), ids=WRONG)
def test_servers_that_are_wrong_about_parts(answer, monkeypatch):
    monkeypatch.setattr(wire, "SPOOLED", 50_000)

    def fetch(command):
        if part := re.search(r"<(\d+)\.(\d+)>", command):
            proxy.cut_after = None
            start, length = map(int, part.groups())
            assert start + length == len(LARGE)
            return answer(start)
        return WHOLE % (len(LARGE), LARGE.decode())

    with scripted(fetch) as server, Proxy(server.port) as proxy:
        proxy.cut_after = 200_000
        with open_adapter("imap", settings(proxy.port)) as adapter:
            assert fetched(adapter, BOX, copies(1, size=12)) == {1: LARGE}
        assert any("]<" in command for command in server.commands)


def test_a_part_where_the_whole_is_asked_for():
    with scripted(rest(0, b"abcd", 0)) as server, open_adapter("imap", settings(server.port)) as adapter:
        found, error = until_error(adapter, copies(1))
        assert (found, error.details["remote_ids"]) == ({}, (1,))


def test_no_room_for_temporary_files(monkeypatch):
    monkeypatch.setattr(wire, "SPOOLED", 1000)
    with scripted(WHOLE % (len(LARGE), LARGE.decode())) as server:
        with open_adapter("imap", settings(server.port)) as adapter:
            folder = BOX
            monkeypatch.setattr("tempfile.tempdir", "/nowhere")
            with pytest.raises(TemporaryError, match="nowhere") as caught:
                list(adapter.fetch(folder, copies(1)))
            assert not isinstance(caught.value, NetworkError)
