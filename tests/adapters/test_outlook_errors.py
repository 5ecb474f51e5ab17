"""What may stand between an Outlook mailbox and us, as the errors that the account's owner can do something about."""

import pytest
from odoo.addons.concord_inbox.adapters import errors
from odoo.addons.concord_inbox.adapters.outlook import batch

from tests.servers.microsoft.graph import failure
from tests.servers.microsoft.web import Response, drop, hang

from .outlook import Tokens, folder, look


def refused(adapter, kind=errors.AdapterError):
    with pytest.raises(kind) as refusal:
        adapter.folders()
    return refusal.value


def test_an_expired_token_is_renewed_once_and_nobody_notices(outlook):
    outlook.deliver(2)
    adapter = outlook.adapter()
    inbox = folder(adapter)
    outlook.service.expire(outlook.email)
    assert len(look(adapter, inbox)[0].arrived) == 2 and outlook.tokens.renewed == 1


def test_a_second_refusal_wants_somebody_to_sign_in(outlook):
    adapter = outlook.adapter()
    outlook.service.fail("batch", failure(401, "InvalidAuthenticationToken", "Token is revoked."), times=2)
    error = refused(adapter, errors.AuthenticationError)
    assert error.reason == "refused" and "revoked" in error.details["server_text"] and outlook.tokens.renewed == 1
    outlook.tokens.revoked = True
    outlook.service.expire(outlook.email)
    assert refused(adapter, errors.AuthenticationError).reason == "expired"


def test_no_error_bears_the_token(outlook):
    token = outlook.tokens.token()
    outlook.service.fail("batch", lambda request: failure(400, "BadRequest", request.headers["authorization"]))
    assert token not in str(refused(outlook.adapter())) and token not in repr(refused.__dict__)


@pytest.mark.parametrize(
    ("scopes", "reason"),
    [(("User.Read",), "no_access"), (("Mail.ReadWrite.Shared",), "no_access")],
)
def test_a_token_that_does_not_allow_it(outlook, scopes, reason):
    adapter = outlook.adapter(tokens=Tokens(outlook.service, outlook.email, scopes=scopes))
    assert refused(adapter, errors.AuthenticationError).reason == reason


def test_a_mailbox_that_is_not_there(outlook):
    outlook.service.directory.find(outlook.email).mailbox = False
    assert refused(outlook.adapter(), errors.AuthenticationError).reason == "no_mailbox"
    assert refused(outlook.adapter("nobody@example.com"), errors.AuthenticationError).reason == "no_mailbox"
    outlook.service.directory.find(outlook.email).mailbox = True
    outlook.service.fail("mailFolders/delta", failure(404, "ResourceNotFound", "Resource could not be discovered."))
    assert refused(outlook.adapter(), errors.AuthenticationError).reason == "no_mailbox"


def test_a_shared_mailbox_is_opened_by_its_members_alone(outlook):
    outlook.service.add_shared("info@example.com", members=[outlook.email])
    outlook.service.add_shared("board@example.com", members=["boss@example.com"])
    outlook.service.mailbox("info@example.com").add(b"Subject: shared\r\n\r\nHello\r\n")
    adapter = outlook.adapter("info@example.com")
    [piece] = look(adapter)
    [[raw]] = adapter.fetch(folder(adapter), piece.arrived)
    assert b"shared" in raw.source and look(adapter, cursor=piece.cursor) == []
    assert refused(outlook.adapter("board@example.com"), errors.AuthenticationError).reason == "no_access"


@pytest.mark.parametrize(
    ("answer", "kind", "wait"),
    [
        (failure(429, "TooManyRequests", "", {"Retry-After": "37"}), errors.ThrottledError, 37),
        (failure(503, "serviceNotAvailable", "", {"Retry-After": "8"}), errors.ThrottledError, 8),
        (failure(504, "UnknownError", "", {"Retry-After": "9"}), errors.ThrottledError, 9),
        (failure(429, "ApplicationThrottled", ""), errors.ThrottledError, None),
        (failure(502, "BadGateway", ""), errors.TemporaryError, None),
        (Response.html("<h1>Proxy</h1>", 500), errors.TemporaryError, None),
        (Response.html("<h1>Sign in to the hotel</h1>"), errors.ProtocolError, None),
        (Response.redirect("https://elsewhere.example.com/"), errors.ProtocolError, None),
        (Response.json([]), errors.ProtocolError, None),
        (Response.json({"responses": []}), errors.ProtocolError, None),
        (drop, errors.NetworkError, None),
    ],
)
def test_what_heals_and_what_does_not(outlook, answer, kind, wait):
    outlook.service.fail("batch", answer)
    error = refused(outlook.adapter(), kind)
    assert getattr(error, "retry_after", None) == wait
    # Nothing of it lasts.
    assert outlook.adapter().folders()


def test_a_server_that_does_not_answer(outlook):
    outlook.service.fail("batch", hang(1))
    adapter = outlook.adapter(timeout=0.2)
    assert refused(adapter, errors.NetworkError).reason == "timeout"
    adapter = outlook.adapter(api="http://127.0.0.1:1")
    assert refused(adapter, errors.NetworkError).reason == "refused"
    adapter = outlook.adapter(api="http://nowhere.invalid")
    assert refused(adapter, errors.NetworkError).reason == "host_not_found"


def test_a_connection_that_was_ended_while_it_was_idle_is_made_anew_for_reading(outlook):
    outlook.deliver(1)
    adapter = outlook.adapter()
    inbox = folder(adapter)
    outlook.service.fail("delta", drop)
    assert len(look(adapter, inbox)[0].arrived) == 1


@pytest.mark.parametrize(
    "base", ["https://evil.example.com", "http://127.0.0.1:1", "{url}/v1.0/../other", "{url}.evil.example.com"]
)
def test_links_are_followed_to_graph_alone(outlook, base):
    outlook.deliver(3)
    outlook.delta.page_cap = 2
    adapter = outlook.adapter()
    inbox = folder(adapter)
    outlook.delta.base = base.format(url=outlook.service.url)
    with pytest.raises(errors.ProtocolError):
        look(adapter, inbox)


def test_a_cursor_outlives_a_change_of_the_api_s_address(outlook):
    outlook.deliver(3)
    cursor = look(outlook.adapter())[-1].cursor
    assert outlook.service.url not in str(cursor)


def test_parts_of_a_batch_that_are_refused_for_a_moment_are_asked_again_and_no_others(outlook, monkeypatch):
    waits = []
    monkeypatch.setattr(batch.time, "sleep", waits.append)
    ids = outlook.deliver(5)
    adapter = outlook.adapter()
    inbox = folder(adapter)
    busy = failure(429, "ApplicationThrottled", "MailboxConcurrency", {"Retry-After": "2"})
    outlook.service.fail("GET /v1.0/me/messages/", busy, times=3)
    outlook.count()
    assert adapter.present(inbox, {}, ids) == set(ids) and waits == [2.0] and outlook.count() == 2
    outlook.service.fail("GET /v1.0/me/messages/", busy, times=99)
    with pytest.raises(errors.ThrottledError):
        adapter.present(inbox, {}, ids)
    assert len(waits) == 1 + batch.ATTEMPTS - 1


def test_more_than_four_requests_at_a_time_are_refused_and_wait(outlook):
    adapter = outlook.adapter()
    inbox = folder(adapter)
    outlook.service.graph.busy[outlook.service.directory.find(outlook.email).id] = 4
    with pytest.raises(errors.ThrottledError) as refusal:
        look(adapter, inbox)
    assert refusal.value.retry_after == 1


def test_a_folder_that_may_not_be_opened_does_not_switch_the_account_off(outlook):
    adapter = outlook.adapter()
    inbox = folder(adapter)
    outlook.service.fail("messages/delta", failure(403, "ErrorAccessDenied", "Access is denied."))
    with pytest.raises(errors.FolderGoneError) as refusal:
        look(adapter, inbox)
    assert refusal.value.reason == "no_access"


def test_testing_a_connection_changes_nothing(outlook):
    told = []
    adapter = outlook.adapter()
    listed = adapter.check_incoming(lambda step, facts: told.append((step, facts)))
    adapter.check_outgoing()
    assert told == [("login", {"user": outlook.email}), ("folders", {"count": len(listed)})]
    writing = [one for one in outlook.service.requests if one.method != "GET" and "batch" not in one.target]
    assert writing == []
    assert adapter.watch(["Inbox"]) is None


def test_aliases_are_identities(outlook):
    found = outlook.adapter().identities()
    addresses = [outlook.email, "a.smith@example.com", "sales@example.com"]
    assert [(one.email, one.name, one.is_default) for one in found] == [
        (address, "Anna", address == outlook.email) for address in addresses
    ]
    outlook.service.add_shared("info@example.com", members=[outlook.email])
    assert [one.email for one in outlook.adapter("info@example.com").identities()] == ["info@example.com"]
