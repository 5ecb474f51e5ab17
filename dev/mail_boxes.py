"""What lies in the mailboxes of the demo's mail server, and whom they belong to."""

import shutil
from datetime import UTC, datetime

from dev import corpus, demo_mail, paths, steps
from tests.servers.dovecot import Dovecot
from tests.servers.wire import quote

PASSWORD = "northlight"  # noqa: S105 (the server listens on this machine alone)
CORPUS = f"corpus@{demo_mail.DOMAIN}"
#: Takes what is sent to people who have no mailbox here, so that the demo never writes to the world.
ELSEWHERE = f"elsewhere@{demo_mail.DOMAIN}"
USERS = (*(account["email"] for account in demo_mail.ACCOUNTS), CORPUS, ELSEWHERE)

#: Changes when the mailboxes must be filled anew.
KEY = f"1 {corpus.INTEGRITY}"


def forget_if_incomplete() -> None:
    """Remove the mailboxes if filling them was interrupted, or they were filled by another version of this module."""
    if not steps.is_done("mail", KEY):
        shutil.rmtree(paths.MAIL / "dovecot", ignore_errors=True)


def fill(server: Dovecot) -> None:
    """Make the users and put the demo's emails and the corpus into their folders, once."""
    if steps.is_done("mail", KEY):
        return
    steps.say("Filling the demo's mailboxes")
    for user in USERS:
        server.add_user(user, PASSWORD)
    for account in demo_mail.ACCOUNTS:
        with server.wire(account["email"]) as wire:
            for folder in account["folders"]:
                # INBOX is always there, the standard folders are made by Dovecot.
                if folder not in ("INBOX", "Sent", "Drafts", "Trash", "Junk", "Archive"):
                    wire.command(b"CREATE " + quote(folder))
                    wire.command(b"SUBSCRIBE " + quote(folder))
    now = datetime.now(UTC)
    boxes: dict[tuple[str, str], list] = {}
    for mail in demo_mail.build(now.date(), now=now):
        row = (mail.source, mail.flags, mail.internal_date)
        boxes.setdefault((mail.mailbox, mail.folder), []).append(row)
    for (user, folder), rows in boxes.items():
        server.append(user, folder, rows)
    for group in corpus.groups():
        server.append(CORPUS, group, corpus.emails(group))
        with server.wire(CORPUS) as wire:
            wire.command(b"SUBSCRIBE " + quote(group))
    steps.mark_done("mail", KEY)
