"""Whatever happens in an Outlook mailbox, and however Graph tells it: what is stored of a folder is what it holds."""

import contextlib
from contextlib import ExitStack
from datetime import timedelta
from unittest import mock

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo.addons.concord_inbox.adapters.base import Envelope
from odoo.addons.concord_inbox.adapters.errors import AdapterError, CursorLostError
from odoo.addons.concord_inbox.adapters.outlook import batch, changes

from tests.servers.microsoft import Microsoft
from tests.servers.microsoft.graph import failure
from tests.servers.microsoft.web import Response, drop

from .common import message
from .outlook import NOW, Outlook, folder, look

SINCE = NOW - timedelta(days=30)
FOLDERS = ("Inbox", "Archive")

THINGS = st.sampled_from(
    """arrive arrive arrive arrive-old read move move copy purge delete look look look-in-part expire
    expire-between""".split()
)
HABITS = st.fixed_dictionaries(
    {
        "page_cap": st.integers(1, 4),
        "pauses": st.booleans(),
        "repeats": st.booleans(),
        "fresh_links": st.booleans(),
        "limit": st.sampled_from((3, 5000)),
    }
)


class Mirror:
    """What a database would hold of the folders, brought there by nothing but what the adapter tells."""

    def __init__(self, adapter, since):
        self.adapter = adapter
        self.since = since
        self.cursors = dict.fromkeys(FOLDERS)
        self.held: dict[str, dict] = {path: {} for path in FOLDERS}

    def look(self, path, pieces=10_000, between=lambda: None):
        """Take so many pieces of what a look tells; each is stored with its cursor."""
        held = self.held[path]
        for number, piece in enumerate(
            self.adapter.changes(folder(self.adapter, path), self.cursors[path], self.since)
        ):
            held.update({copy.remote_id: copy.keywords for copy in piece.arrived})
            for gone in piece.vanished:
                held.pop(gone, None)
            if piece.present is not None:
                self.held[path] = held = {one: words for one, words in held.items() if one in piece.present}
            self.cursors[path] = piece.cursor
            if number + 1 == pieces:
                return
            between()


def expected(outlook, path, since):
    """What the folder holds, as the mailbox itself has it."""
    return {
        one.id: frozenset({"seen"} if one.values["isRead"] else ())
        for one in outlook.mailbox.inside(outlook.mailbox.folder(path.lower()).id)
        if not since or one.values["receivedDateTime"] >= since.strftime("%Y-%m-%dT%H:%M:%SZ")
    }


def once(action):
    """A function that does it when it is called for the first time."""
    left = [action]
    return lambda: left.pop()() if left else None


def happen(outlook, mirror, thing, draw, number):
    """Let one thing happen in the mailbox."""
    mailbox, path = outlook.mailbox, draw(st.sampled_from(FOLDERS))
    inside = [one for name in FOLDERS for one in mailbox.inside(mailbox.folder(name.lower()).id)]
    if thing.startswith("arrive"):
        age = timedelta(days=40) if thing == "arrive-old" else timedelta(minutes=60 - number)
        mailbox.add(message(number), path.lower(), received=NOW - age)
    elif thing.startswith("look"):
        mirror.look(path, draw(st.integers(1, 3)) if "part" in thing else 10_000)
    elif thing == "expire":
        outlook.delta.expire()
    elif thing == "expire-between":
        # While the folder is compared from its start, too: then the next look begins again.
        with contextlib.suppress(CursorLostError):
            mirror.look(path, between=once(outlook.delta.expire))
    elif inside:
        one = draw(st.sampled_from(inside))
        other = mailbox.folder(path.lower())
        if thing == "read":
            one.values["isRead"] = not one.values["isRead"]
            mailbox.touch(one)
        elif thing in ("move", "delete"):
            mailbox.move(one, other if thing == "move" else mailbox.known("deleteditems"))
        elif thing == "copy":
            mailbox.copy(one, other)
        else:
            mailbox.remove(one)


@given(st.data(), st.lists(THINGS, min_size=3, max_size=14), HABITS, st.booleans())
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=settings().max_examples // 3)
def test_the_mirror_is_the_mailbox(data, things, habits, is_limited):
    with ExitStack() as stack:
        outlook = Outlook(stack.enter_context(Microsoft()), stack)
        for name, value in habits.items():
            setattr(outlook.delta, name, value)
        stack.enter_context(mock.patch.object(changes, "LIMIT", habits["limit"]))
        mirror = Mirror(outlook.adapter(), SINCE if is_limited else None)
        for number, thing in enumerate(things):
            happen(outlook, mirror, thing, data.draw, number)
        for path in FOLDERS:
            # Two looks: what happened while the first was on its way is told by the second.
            mirror.look(path)
            mirror.look(path)
            assert mirror.held[path] == expected(outlook, path, mirror.since)
        assert outlook.service.violations == []


ENVELOPE = Envelope("anna@example.com", ("bob@example.com",), message(7))


def batched(**answer) -> dict:
    """The same answer to each part of a batch."""
    return {"responses": [{"id": str(number), **answer} for number in range(20)]}


ANSWERS = st.sampled_from(
    [
        *(None, [], {}, 0, "", "x", True, {"error": None}, {"error": {"code": 5, "message": []}}),
        *({"value": None}, {"value": 1}, {"value": [None]}, {"value": [{}]}, {"value": [{"id": 1}]}),
        {"value": [{"id": None, "receivedDateTime": "x"}]},
        {"value": [], "@odata.nextLink": 5},
        {"value": [], "@odata.deltaLink": "x"},
        {"value": [], "@odata.nextLink": "//"},
        *({"responses": None}, {"responses": [None]}, {"responses": [{"id": "x"}]}),
        *(batched(), batched(status="x", body=3), batched(status=200, body=None), batched(status=200, body={"id": []})),
        batched(status=200, body={"value": 3}),
        *({"id": None}, {"id": 5, "uploadUrl": []}),
    ]
)


@given(st.data(), ANSWERS, st.integers(200, 599), st.integers(0, 3))
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=settings().max_examples // 3)
def test_whatever_is_answered_nothing_but_the_adapters_errors_comes_of_it(data, answer, status, spare):
    with ExitStack() as stack:
        outlook = Outlook(stack.enter_context(Microsoft()), stack)
        outlook.deliver(3)
        stack.enter_context(mock.patch.object(batch.time, "sleep"))
        adapter = outlook.adapter()
        inbox, archive = folder(adapter), folder(adapter, "Archive")
        [piece] = look(adapter, inbox)
        ids = [copy.remote_id for copy in piece.arrived]
        refusal = failure(status, "Odd", "", {"Retry-After": "x"})
        kind = data.draw(
            st.sampled_from((Response.json(answer, status), Response(status, {}, b"\0\xff"), refusal, drop))
        )
        outlook.service.fail("/v1.0/", kind, times=1000, spare=spare)
        action = data.draw(
            st.sampled_from(
                (
                    adapter.folders,
                    adapter.identities,
                    lambda: list(adapter.changes(inbox, None, SINCE)),
                    lambda: list(adapter.changes(inbox, piece.cursor, None)),
                    lambda: list(adapter.fetch(inbox, piece.arrived)),
                    lambda: list(adapter.fetch(inbox, piece.arrived[:1])),
                    lambda: list(adapter.header_blocks(inbox, piece.arrived)),
                    lambda: list(adapter.inventory(inbox, None, None)),
                    lambda: adapter.describe(inbox, piece.cursor, ids),
                    lambda: adapter.message_ids(inbox, ids),
                    lambda: adapter.held(inbox, piece.cursor),
                    lambda: adapter.find(inbox, "<x@y>"),
                    lambda: adapter.set_keywords(inbox, piece.cursor, ids, frozenset({"seen", "offer"})),
                    lambda: adapter.move(inbox, piece.cursor, ids, archive),
                    lambda: adapter.copy(inbox, piece.cursor, ids, archive, again=True),
                    lambda: adapter.delete(inbox, piece.cursor, ids),
                    lambda: adapter.append(archive, None, message(5), frozenset({"draft"})),
                    lambda: adapter.append(archive, None, message(5), frozenset({"seen"}), again=True),
                    lambda: adapter.create_folder("New"),
                    lambda: adapter.rename_folder(archive, "New"),
                    lambda: adapter.send(ENVELOPE),
                )
            )
        )
        with contextlib.suppress(AdapterError):
            action()
