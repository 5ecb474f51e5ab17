"""Killed at any moment and run again: the database is the same as if nothing had happened."""

import json
import random
import subprocess
import sys

import pytest

from dev import databases, paths
from tests.servers.dovecot import Dovecot

from .common import PASSWORD, USER, email

#: Enough for a run to last many times as long as a killed one may.
MESSAGES = 1500
WORDS = ("offer", "invoice", "lamp", "delivery", "question", "thanks", "order", "meeting")


@pytest.fixture(scope="module")
def server():
    """A mailbox with threads, several folders, attachments and emails of people who become contacts."""
    chance = random.Random(1)
    with Dovecot() as dovecot:
        dovecot.add_user(USER, PASSWORD)
        known: list[str] = []
        for path, share in (("INBOX", 0.6), ("Clients/Été", 0.3), ("Sent", 0.1)):
            rows = []
            for number in range(int(MESSAGES * share)):
                message_id = f"<{path.encode().hex()}{number}@x>"
                references = chance.sample(known, min(len(known), chance.choice((0, 0, 1, 2))))
                source = email(
                    " ".join(chance.sample(WORDS, 3)),
                    sender=f"Person {chance.randrange(60)} <p{chance.randrange(60)}@people.example>",
                    message_id=message_id,
                    body="\r\n".join(chance.choices(WORDS, k=200)),
                    headers=[f"References: {' '.join(references)}"] if references else (),
                )
                flags = chance.choice(((), ("\\Seen",), ("\\Seen", "\\Flagged")))
                rows.append((source, flags, None))
                known.append(message_id)
            dovecot.append(USER, path, rows)
        yield dovecot


def run(server, kills: int, seed: int, seconds: float) -> dict:
    """Synchronise into a fresh database and return what it holds."""
    settings = {
        "email": USER,
        "account_type": "shared",
        "password": PASSWORD,
        "imap_host": "127.0.0.1",
        "imap_port": server.ports["imap"],
        "imap_encryption": "none",
        "create_contact": True,
    }
    with databases.another() as database:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.sync.killed",
                database,
                json.dumps(settings),
                str(kills),
                str(seed),
                str(seconds),
            ],
            cwd=paths.ROOT,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_killed_at_random_moments(server, thorough):
    undisturbed = run(server, 0, 0, 0)
    assert undisturbed["counts"][1] == MESSAGES
    assert undisturbed["counts"][2] == 0
    for seed in range(4 if thorough else 1):
        killed = run(server, 60 if thorough else 24, seed, undisturbed["seconds"])
        assert killed["died"] >= 20, "the kills came too late to prove anything"
        assert killed["status"] == 0
        assert killed["errors"] == [[None]]
        assert killed["counts"] == undisturbed["counts"]
        assert killed["content"] == undisturbed["content"]
