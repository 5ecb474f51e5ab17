"""The Gmail adapter and the sign-in against an emulator by others (npm's `@inbox-zero/emulate` 0.4.5).

Our own stand-in says what we understood of Google's documents; this one, what others did. What it lacks:

- of Gmail: getProfile, uploads, batches with Content-IDs and bodies, ids as Google has them (made up for, see
  `tests/servers/emulate.py`); a historyId that is too old: there is none; any bearer is accepted, so that nothing is
  shown of tokens that end;
- of Microsoft: delta queries, MIME and ``$value`` of messages. The Outlook adapter lists folders by a delta query and
  reads emails by ``$value``, so that nothing of it can run; the sign-in can.
"""

import contextlib

import pytest
from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.adapters.base import Envelope, Settings
from odoo.addons.concord_inbox.adapters.oauth import Client, google, microsoft

from dev.ports import free_port
from tests.servers.emulate import CLIENT_ID, CLIENT_SECRET, REDIRECT, Emulate

from .gmail import email, named

pytestmark = pytest.mark.thorough
ANNA = "anna@example.com"


@pytest.fixture(scope="module")
def emulate():
    with Emulate(free_port(), ANNA) as server:
        yield server


@pytest.fixture(scope="module")
def client(emulate):
    return Client(CLIENT_ID, CLIENT_SECRET, base=emulate.url)


@pytest.fixture(scope="module")
def signed_in(emulate, client):
    begun = google.begin(client, REDIRECT, "a state", ANNA)
    return google.finish(client, begun.flow, emulate.sign_in(begun.url))


class Token:
    def __init__(self, token):
        self._token = token

    def token(self, refused=""):
        return self._token


@pytest.fixture
def opened(emulate, signed_in):
    """Opens a new session: one asks for the history once."""
    settings = Settings(ANNA, ANNA, tokens=Token(signed_in.credentials.access_token), api=emulate.url)
    with contextlib.ExitStack() as stack:
        yield lambda: stack.enter_context(open_adapter("gmail", settings))


@pytest.fixture
def adapter(opened):
    return opened()


def look(adapter, path, cursor=None):
    """Copies that arrived, what vanished, keywords, and the cursor, after a look."""
    arrived, vanished, words = {}, set(), {}
    for piece in adapter.changes(named(adapter, path), cursor, None):
        arrived |= {copy.remote_id: copy for copy in piece.arrived}
        vanished |= set(piece.vanished)
        words |= piece.keywords
        cursor = piece.cursor
    return arrived, vanished, words, cursor


def test_signing_in_with_pkce(emulate, client, signed_in):
    assert signed_in.address == ANNA
    renewed = google.refresh(client, signed_in.credentials)
    assert renewed.access_token != signed_in.credentials.access_token
    begun = google.begin(client, REDIRECT, "a state", ANNA)
    answer = emulate.sign_in(begun.url)
    # Whoever stole the code has not the verifier.
    with pytest.raises(Exception, match="failed"):
        google.finish(client, {**begun.flow, "verifier": "x" * 64}, answer)


def test_signing_in_at_microsoft_with_pkce():
    with Emulate(free_port(), ANNA, "microsoft") as server:
        # What it publishes of itself names its own address.
        client = Client(CLIENT_ID, CLIENT_SECRET, base=server.own)
        begun = microsoft.begin(client, REDIRECT, "a state", ANNA)
        found = microsoft.finish(client, begun.flow, server.sign_in(begun.url))
        assert found.address == ANNA
        assert microsoft.refresh(client, found.credentials).access_token != found.credentials.access_token


def test_labels_are_made_renamed_and_deleted(adapter):
    made = adapter.create_folder("Work")
    assert {"INBOX", "Sent", "Drafts", "Trash", "Spam", "Work"} <= {folder.path for folder in adapter.folders()}
    renamed = adapter.rename_folder(made, "Arbeit")
    assert named(adapter, "Arbeit").status["label"] == renamed.status["label"]
    adapter.delete_folder(named(adapter, "Arbeit"))
    assert "Arbeit" not in {folder.path for folder in adapter.folders()}


def test_what_is_put_there_is_listed_fetched_marked_moved_and_deleted(opened):
    opened().create_folder("Clients")
    *_rest, before = look(opened(), "INBOX")
    adapter = opened()
    one = adapter.append(named(adapter, "INBOX"), None, email(41), frozenset({"seen"}))
    adapter = opened()
    arrived, _vanished, _words, cursor = look(adapter, "INBOX", before)
    assert {copy.remote_id: copy.keywords for copy in arrived.values()} == {one: {"seen"}}
    [[raw]] = adapter.fetch(named(adapter, "INBOX"), arrived.values())
    content = raw.source if isinstance(raw.source, bytes) else raw.source.read()
    assert b"Subject: number 41" in content
    written = adapter.set_keywords(named(adapter, "INBOX"), cursor, [one], frozenset({"flagged"}), frozenset({"seen"}))
    assert written.confirmed == {one}
    arrived, _vanished, words, cursor = look(opened(), "INBOX", cursor)
    assert (words.get(one) or arrived[one].keywords) == {"flagged"}
    adapter = opened()
    assert adapter.move(named(adapter, "INBOX"), cursor, [one], named(adapter, "Clients")).ids == {one: one}
    _arrived, vanished, *_rest = look(opened(), "INBOX", cursor)
    assert vanished == {one}
    adapter = opened()
    arrived, _vanished, _words, cursor = look(adapter, "Clients")
    assert set(arrived) == {one}
    adapter.delete(named(adapter, "Clients"), cursor, [one], everywhere=True)
    assert look(opened(), "Clients")[0] == {}


def test_a_draft_is_put_there_and_taken_away(opened):
    adapter = opened()
    one = adapter.append(named(adapter, "Drafts"), None, email(42), frozenset({"draft"}))
    adapter = opened()
    arrived, _vanished, _words, cursor = look(adapter, "Drafts")
    assert one in arrived
    assert adapter.delete(named(adapter, "Drafts"), cursor, [one]).gone == {one}
    assert one not in look(opened(), "Drafts")[0]


def test_sent_into_the_conversation_that_it_answers(opened):
    adapter = opened()
    first = adapter.send(Envelope(ANNA, ("bob@example.com",), email(43)))
    named_in = "In-Reply-To: <43@example.com>\r\nReferences: <43@example.com>\r\n"
    answer = email(44, subject="Re: number 43", extra=named_in)
    second = adapter.send(Envelope(ANNA, ("bob@example.com",), answer, thread_id=first.thread_id))
    assert second.thread_id == first.thread_id
    assert {first.email_id, second.email_id} <= set(look(opened(), "Sent")[0])


def test_whom_the_account_may_send_as(adapter):
    assert ANNA in [identity.email for identity in adapter.identities()]
