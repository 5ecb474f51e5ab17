"""The demo's Google and Microsoft, a process of their own: `python -m dev.providers URL`, run by `./run`.

Stand-ins of the tests, with one mailbox each. What is sent from one to the other arrives there, and both tell Odoo of
new email, as they do where an Odoo is reachable from the Internet. They keep nothing: when they end, everybody is
signed out, and the next time the mailboxes are as they were at first. How to reach them is written to
`.dev/providers.json` when they answer.
"""

import json
import signal
import sys
import threading
from datetime import UTC, datetime

from dev import demo_mail, paths
from dev.postman import Postman
from tests.servers.google import Google
from tests.servers.microsoft import Microsoft

STATE = paths.DEV / "providers.json"
PASSWORD = "northlight"  # noqa: S105 (the servers listen on this machine alone)
#: connection type -> whom one signs in as. What is sent stays in the stand-in, though these domains are real ones.
USERS = {"gmail": "northlight.demo@gmail.com", "outlook": "northlight.demo@outlook.com"}
#: The variable that leads Odoo to each.
VARIABLES = {"gmail": "CONCORD_INBOX_GOOGLE_URL", "outlook": "CONCORD_INBOX_MICROSOFT_URL"}
#: For whom what Google posts is signed.
PUSH_ACCOUNT = "push@concord-project.iam.gserviceaccount.com"
#: Seconds between two looks for what was sent.
EVERY = 1
#: Whose emails of the demo lie in these mailboxes.
OWNER = f"hanna@{demo_mail.DOMAIN}"


def main(url: str) -> int:
    """Serve until SIGTERM or SIGINT.

    :param url: where Odoo will be reached.
    """
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    with Google() as google, Microsoft() as microsoft:
        google.redirect_uris.add(f"{url}/concord_inbox/sign_in/google")
        microsoft.redirect_uris.add(f"{url}/concord_inbox/sign_in/microsoft")
        google.add_user(USERS["gmail"], PASSWORD)
        microsoft.add_user(USERS["outlook"], PASSWORD)
        _fill(google.mailbox(USERS["gmail"]), microsoft.mailbox(USERS["outlook"]))
        topic = google.pubsub.add_topic(endpoint=f"{url}/concord_inbox/notify/google", account=PUSH_ACCOUNT)
        postman = Postman(google, microsoft, USERS["gmail"], USERS["outlook"])
        fakes = {"gmail": google, "outlook": microsoft}
        state = {
            "variables": {VARIABLES[kind]: fake.url for kind, fake in fakes.items()},
            "clients": {
                kind: {"client_id": fake.client_id, "client_secret": fake.client_secret} for kind, fake in fakes.items()
            },
            "settings": {
                "inbox_notify_gmail": True,
                "inbox_notify_outlook": True,
                "inbox_google_topic": topic,
                "inbox_google_push_account": PUSH_ACCOUNT,
            },
        }
        STATE.write_text(json.dumps(state))
        print("ready", flush=True)
        while not done.wait(EVERY):
            postman.go_round()
    return 0


def _fill(gmail, outlook) -> None:
    now = datetime.now(UTC)
    for mail in demo_mail.build(now.date(), now=now):
        if mail.mailbox != OWNER or mail.folder not in ("INBOX", "Sent"):
            continue
        is_read = "\\Seen" in mail.flags
        label, folder = ("INBOX", "inbox") if mail.folder == "INBOX" else ("SENT", "sentitems")
        labels = (label,) if is_read else (label, "UNREAD")
        gmail.deliver(mail.source, labels, received=mail.internal_date.timestamp())
        outlook.add(mail.source, folder, received=mail.internal_date.astimezone(UTC), is_read=is_read)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
