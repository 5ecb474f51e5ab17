"""The demo's stand-ins: what one mailbox sends to the other arrives, and whoever wants to know is told."""

from dev.postman import Postman
from tests.adapters.gmail import email
from tests.servers.google import Google
from tests.servers.microsoft import Microsoft

GMAIL, OUTLOOK = "demo@gmail.com", "demo@outlook.com"


def test_what_is_sent_arrives_and_is_told_of_once(monkeypatch):
    told = []
    with Google() as google, Microsoft() as microsoft:
        google.add_user(GMAIL)
        microsoft.add_user(OUTLOOK)
        monkeypatch.setattr(google, "push", told.append)
        monkeypatch.setattr(microsoft.graph.subscriptions, "tell", told.append)
        gmail, outlook = google.mailbox(GMAIL), microsoft.mailbox(OUTLOOK)
        gmail.deliver(email(subject="there before"))
        postman = Postman(google, microsoft, GMAIL, OUTLOOK)

        postman.go_round()
        assert told == []

        gmail.send(email(subject="to Outlook", to=OUTLOOK, extra="Bcc: eve@example.com\r\n"))
        microsoft.graph.delivered.append((GMAIL, email(subject="to Gmail", to=GMAIL)))
        microsoft.graph.delivered.append(("eve@example.com", email(subject="to Eve", to="eve@example.com")))
        for _round in range(2):
            postman.go_round()
        assert told == [GMAIL, OUTLOOK]
        [arrived] = outlook.messages.values()
        assert arrived.values["subject"] == "to Outlook"
        assert b"eve@" not in arrived.source
        assert {one.header("Subject") for one in gmail.messages.values() if "INBOX" in one.labels} == {
            "there before",
            "to Gmail",
        }

        gmail.send(email(subject="to oneself", to=GMAIL))
        postman.go_round()
        assert told == [GMAIL, OUTLOOK, GMAIL]
