"""The sources of emails in an Outlook mailbox: byte for byte, in bounded groups, marked by nobody."""

import pytest
from odoo.addons.concord_inbox.adapters import http
from odoo.addons.concord_inbox.adapters.errors import (
    MessageUnavailableError,
    NetworkError,
    ProtocolError,
    ThrottledError,
)
from odoo.addons.concord_inbox.adapters.outlook import sources

from tests.servers.microsoft.graph import failure
from tests.servers.microsoft.web import Response

from .common import message
from .outlook import folder, look


def copies_in(adapter, path="Inbox"):
    where = folder(adapter, path)
    return where, [copy for piece in look(adapter, where) for copy in piece.arrived]


def read(source) -> bytes:
    return source if isinstance(source, bytes) else source.read()


def test_small_ones_come_many_at_a_time_and_large_ones_as_files(outlook):
    ids = outlook.deliver(45)
    large = outlook.mailbox.add(message(99, size=3_000_000)).id
    odd = outlook.mailbox.add(b"Subject: \xe4\r\n\r\n\0no \xff text").id
    adapter = outlook.adapter()
    inbox, copies = copies_in(adapter)
    assert {copy.remote_id: copy.size for copy in copies if copy.size} == {large: 3 * 1024 * 1024}
    outlook.count()
    groups = list(adapter.fetch(inbox, copies))
    assert outlook.count() == 4, "46 small ones are three requests"
    found = {raw.remote_id: raw.source for group in groups for raw in group}
    assert {one: read(source) for one, source in found.items()} == {
        one: outlook.mailbox.messages[one].source for one in (*ids, large, odd)
    }
    assert max(map(len, groups)) <= sources.TOGETHER and not isinstance(found[large], bytes)
    assert not any(outlook.mailbox.messages[one].values["isRead"] for one in ids)


def test_what_is_gone_is_left_out_and_what_is_refused_is_told_in_the_end(outlook):
    ids = outlook.deliver(4)
    adapter = outlook.adapter()
    inbox, copies = copies_in(adapter)
    outlook.mailbox.remove(outlook.mailbox.messages[ids[0]])
    refused = ids[2].replace("=", "%3D")
    outlook.service.fail(f"{refused}/.value", failure(400, "ErrorMimeContentConversionFailed", "Cannot be converted."))
    groups = adapter.fetch(inbox, copies)
    found = {raw.remote_id for raw in next(groups)}
    with pytest.raises(MessageUnavailableError) as error:
        next(groups)
    assert found == {ids[1], ids[3]} and error.value.details["remote_ids"] == (ids[2],)
    assert "Cannot be converted" in error.value.details["server_text"]


@pytest.mark.parametrize("wait", [0, 90])
def test_a_part_that_has_to_wait_waits_or_is_told(outlook, wait):
    ids = outlook.deliver(3)
    adapter = outlook.adapter()
    inbox, copies = copies_in(adapter)
    busy = failure(429, "ApplicationThrottled", "MailboxConcurrency", {"Retry-After": str(wait)})
    outlook.service.fail(f"{ids[1].replace('=', '%3D')}/.value", busy)
    if wait:
        with pytest.raises(ThrottledError) as error:
            list(adapter.fetch(inbox, copies))
        assert error.value.retry_after == wait
    else:
        assert {raw.remote_id for group in adapter.fetch(inbox, copies) for raw in group} == set(ids)


def test_a_source_that_is_cut_short_is_not_taken_for_whole(outlook):
    outlook.mailbox.add(message(1, size=3_000_000))
    adapter = outlook.adapter()
    inbox, copies = copies_in(adapter)

    outlook.service.fail(".value", Response(200, {"Content-Length": "3000000"}, b"x" * 5000))
    with pytest.raises(NetworkError):
        list(adapter.fetch(inbox, copies))


def test_header_blocks_are_the_beginnings_of_sources(outlook):
    outlook.deliver(2)
    outlook.mailbox.add(b"Subject: no body\r\n")
    outlook.mailbox.add(b"Subject: bare\n\nline ends\n")
    gone = outlook.mailbox.add(message(9, size=3_000_000))
    large = outlook.mailbox.add(message(8, size=3_500_000))
    adapter = outlook.adapter()
    inbox, copies = copies_in(adapter)
    outlook.mailbox.remove(gone)
    blocks = {raw.remote_id: raw.source for group in adapter.header_blocks(inbox, copies) for raw in group}
    assert len(blocks) == 5 and gone.id not in blocks
    for one, block in blocks.items():
        source = outlook.mailbox.messages[one].source
        end = min((source.find(mark) for mark in (b"\r\n\r\n", b"\n\n") if mark in source), default=len(source))
        assert block.rstrip() == source[:end].rstrip()
    assert len(blocks[large.id]) < 100


def test_an_answer_without_end_is_not_read_to_its_end(outlook, monkeypatch):
    outlook.deliver(3)
    adapter = outlook.adapter()
    monkeypatch.setattr(http, "LARGEST", 1000)
    with pytest.raises(ProtocolError):
        adapter.folders()
