"""Several workers at once: every account synchronised, none twice at a time, no contact made twice."""

import json
import subprocess
import sys
from itertools import chain, pairwise

import psycopg2

from dev import databases, paths
from tests.servers.dovecot import Dovecot

from .common import PASSWORD, email

ACCOUNTS, MESSAGES, WORKERS = 6, 150, 3


def test_accounts_are_shared_among_workers():
    with Dovecot() as server, databases.another() as database:
        _make_accounts(server, database)
        workers = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.sync.slots", database],
                cwd=paths.ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _number in range(WORKERS)
        ]
        try:
            for worker in workers:
                assert worker.stdout.readline() == "ready\n"
            for worker in workers:
                worker.stdin.write("go\n")
                worker.stdin.flush()
            runs = [json.loads(worker.communicate(timeout=120)[0].splitlines()[-1]) for worker in workers]
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()
        counts = _counts(database)
        overlaps = subprocess.run(
            [sys.executable, "-m", "tests.sync.overlap", database], cwd=paths.ROOT, check=True, capture_output=True
        ).stdout

    at_work = [worker for worker in runs if worker]
    assert len(at_work) > 1, "one worker did all"
    by_account = {}
    for account, started, ended, messages in chain.from_iterable(runs):
        by_account.setdefault(account, []).append((started, ended, messages))
    assert len(by_account) == ACCOUNTS
    for visits in by_account.values():
        assert sum(messages for _started, _ended, messages in visits) == MESSAGES
        visits.sort()
        for (_started, ended, _messages), (next_started, _next_ended, _next_messages) in pairwise(visits):
            assert ended <= next_started, "two workers at one account"
    assert json.loads(overlaps) == {
        "the contact appears, the email is committed first": True,
        "the contact appears, the contact is committed first": True,
        "the address goes, the email is committed first": False,
        "the address goes, the contact is committed first": False,
    }
    assert counts == {"messages": ACCOUNTS * MESSAGES, "contacts": 20, "quarantined": 0}


def _sender(number: int) -> str:
    """One of twenty people, who write from their address and from it with a tag."""
    return f"p{number % 20}{'+tag' * (number // 20 % 2)}@people.example"


def _make_accounts(server: Dovecot, database: str) -> None:
    """Mailboxes in which the same twenty people write."""
    accounts = []
    for number in range(ACCOUNTS):
        user = f"box{number}@northlight.example"
        server.add_user(user, PASSWORD)
        messages = [
            email(f"Subject {n}", sender=_sender(n), to=user, message_id=f"<{number}-{n}@x>") for n in range(MESSAGES)
        ]
        server.append(user, "INBOX", messages)
        accounts.append(
            {
                "email": user,
                "account_type": "shared",
                "password": PASSWORD,
                "imap_host": "127.0.0.1",
                "imap_port": server.ports["imap"],
                "imap_encryption": "none",
                "create_contact": True,
            }
        )
    subprocess.run(
        [sys.executable, "-m", "tests.sync.slots", database, json.dumps(accounts)], cwd=paths.ROOT, check=True
    )


def _counts(database: str) -> dict:
    connection = psycopg2.connect(dbname=database)
    try:
        with connection.cursor() as cr:
            cr.execute(
                """SELECT (SELECT count(*) FROM inbox_message),
                          (SELECT count(*) FROM res_partner WHERE email_normalized LIKE '%@people.example'),
                          (SELECT count(*) FROM inbox_quarantine)"""
            )
            return dict(zip(("messages", "contacts", "quarantined"), cr.fetchone(), strict=True))
    finally:
        connection.close()
