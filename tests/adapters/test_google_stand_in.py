"""Google's own library for Python can talk to the stand-in for Gmail, and what the description lacks is refused."""

import base64
import io

import pytest
import requests
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaIoBaseUpload

from tests.adapters.gmail import email

google_credentials = pytest.importorskip("google.oauth2.credentials")


@pytest.fixture
def service(gmail, google):
    """The library, for one user."""
    credentials = google_credentials.Credentials(gmail.tokens.current)
    with build(
        "gmail",
        "v1",
        credentials=credentials,
        static_discovery=True,
        client_options={"api_endpoint": google.url},
    ) as built:
        yield built.users()


def test_googles_library_reads(gmail, service):
    gmail.box.make_label("Work")
    ids = [gmail.box.deliver(email(number)) for number in range(3)]
    assert service.getProfile(userId="me").execute()["emailAddress"] == gmail.email
    names = [label["name"] for label in service.labels().list(userId="me").execute()["labels"]]
    assert "Work" in names
    page = service.messages().list(userId="me", labelIds=["INBOX"], maxResults=2).execute()
    assert len(page["messages"]) == 2
    following = service.messages().list_next(service.messages().list(userId="me", maxResults=2), page).execute()
    assert [one["id"] for one in following["messages"]] == [ids[0]]
    raw = service.messages().get(userId="me", id=ids[1], format="raw").execute()["raw"]
    assert base64.urlsafe_b64decode(raw) == email(1)
    with pytest.raises(HttpError) as caught:
        service.messages().get(userId="me", id="abc").execute()
    assert caught.value.status_code == 404


def test_googles_library_changes(gmail, service):
    message = gmail.box.deliver(email(1))
    start = service.getProfile(userId="me").execute()["historyId"]
    body = {"ids": [message], "addLabelIds": ["STARRED"], "removeLabelIds": ["INBOX"]}
    service.messages().batchModify(userId="me", body=body).execute()
    assert gmail.labels(message) == {"STARRED", "UNREAD"}
    media = MediaIoBaseUpload(io.BytesIO(email(2)), "message/rfc822")
    insert = service.messages().insert(userId="me", body={"labelIds": ["INBOX"]}, media_body=media)
    # For uploads the library knows no other scheme.
    insert.uri = insert.uri.replace("https:", "http:")
    made = insert.execute()
    assert gmail.box.messages[made["id"]].source == email(2)
    raw = base64.urlsafe_b64encode(email(3)).decode()
    draft = service.drafts().create(userId="me", body={"message": {"raw": raw}}).execute()
    service.drafts().delete(userId="me", id=draft["id"]).execute()
    sent = service.messages().send(userId="me", body={"raw": raw}).execute()
    assert gmail.box.sent[0].id == sent["id"]
    history = service.history().list(userId="me", startHistoryId=start).execute()["history"]
    kinds = [next(key for key in record if key not in ("id", "messages")) for record in history]
    assert kinds == [
        *("labelsAdded", "labelsRemoved", "messagesAdded", "messagesAdded", "messagesDeleted", "messagesAdded"),
    ]


def test_googles_library_asks_many_things_at_once(gmail, google):
    ids = [gmail.box.deliver(email(number)) for number in range(3)]
    credentials = google_credentials.Credentials(gmail.tokens.current)
    found = {}
    with build(
        "gmail",
        "v1",
        credentials=credentials,
        static_discovery=True,
        client_options={"api_endpoint": google.url},
    ) as service:
        batch = service.new_batch_http_request(lambda name, answer, error: found.update({name: answer or error}))
        # It asks for the batch where Google is, whatever else it was told.
        batch._batch_uri = f"{google.url}/batch"
        for message in [*ids, "abc"]:
            batch.add(service.users().messages().get(userId="me", id=message, format="minimal"), request_id=message)
        batch.execute()
    assert [found[message]["id"] for message in ids] == ids
    assert found["abc"].status_code == 404


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        ("GET", "messages?colour=red", None),
        ("GET", "messages?maxResults=many", None),
        ("GET", "messages?q=a&q=b", None),
        ("GET", "history?startHistoryId=1&historyTypes=everything", None),
        ("GET", "nothing", None),
        ("POST", "labels", {"name": "x", "size": 3}),
        ("POST", "labels", {"name": 3}),
        ("POST", "messages/batchModify", {"ids": "abc"}),
        ("POST", "messages", {"raw": "!!"}),
    ],
)
def test_what_the_description_lacks_is_a_violation(gmail, google, verb, path, body):
    bearer = {"Authorization": f"Bearer {gmail.tokens.current}"}
    answer = requests.request(verb, f"{google.url}/gmail/v1/users/me/{path}", json=body, headers=bearer, timeout=30)
    assert answer.status_code in (400, 404)
    assert len(google.violations) == 1
    google.violations.clear()


def test_tokens_and_scopes_are_looked_at(gmail, google):
    address = f"{google.url}/gmail/v1/users/me/messages/send"

    def status(token):
        headers = {"Authorization": f"Bearer {token}"}
        raw = base64.urlsafe_b64encode(email()).decode()
        return requests.post(address, json={"raw": raw}, headers=headers, timeout=30).status_code

    assert status("nonsense") == 401
    assert status(google.token_for(gmail.email, ("https://www.googleapis.com/auth/gmail.readonly",))) == 403
    assert status(google.token_for(gmail.email, ("https://www.googleapis.com/auth/gmail.send",))) == 200
    other = f"{google.url}/gmail/v1/users/somebody@example.com/labels"
    bearer = {"Authorization": f"Bearer {gmail.tokens.current}"}
    assert requests.get(other, headers=bearer, timeout=30).status_code == 403
    google.revoke(gmail.email)
    assert status(gmail.tokens.current) == 401


def test_quota(gmail, google, gmail_clock):
    gmail.quota.limit = 15
    bearer = {"Authorization": f"Bearer {gmail.tokens.current}"}
    address = f"{google.url}/gmail/v1/users/me/messages"
    answers = [requests.get(address, headers=bearer, timeout=30) for _time in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json()["error"]["errors"][0]["reason"] == "rateLimitExceeded"
    gmail_clock.sleep(61)
    assert requests.get(address, headers=bearer, timeout=30).status_code == 200
    assert gmail.quota.refusals == 1
    gmail.quota.refusals = 0
