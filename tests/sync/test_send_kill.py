"""Killed at any moment while it sends: each email was sent once, or it is said that nobody knows. Never twice."""

import json
import subprocess
import sys
from collections import Counter

import pytest

from dev import databases, paths
from tests.servers.dovecot import Dovecot
from tests.servers.provider import delivers_to
from tests.servers.submission import Submission

from .common import PASSWORD, USER
from .sources import message_id_of


@pytest.fixture(scope="module")
def server():
    with Dovecot() as dovecot:
        yield dovecot


@pytest.mark.parametrize("saves_sent", [False, True])
def test_killed_at_random_moments(server, thorough, saves_sent):
    user = f"{'saves' if saves_sent else 'plain'}-{USER}"
    server.add_user(user, PASSWORD)
    kills = 50 if thorough else 12
    keep = delivers_to(server, saves_sent=saves_sent)
    with Submission({user: PASSWORD}, keep=keep) as submission:
        # Slow enough that some are killed between any two steps of the dialogue.
        submission.drip = 0.0005
        result = run(server, submission, user, kills, saves_sent)
        delivered = Counter(message_id_of(source) for source in submission.sources())
    client = server.client(user)
    client.select_folder("Sent", readonly=True)
    rows = client.fetch(client.search(), ["BODY.PEEK[HEADER]"]).values()
    kept = Counter(message_id_of(row[b"BODY[HEADER]"]) for row in rows)
    client.shutdown()
    doubtful = [message_id for message_id, _state, in_doubt, *_rest in result["emails"] if in_doubt]
    print(f"{result['died']} of {kills} died at work, {len(doubtful)} perhaps sent, {len(delivered)} sent")
    assert result["died"] >= kills // 2, "the kills came too late to prove anything"
    assert len(result["emails"]) == kills + 1, "an email has several rows, or none"
    for message_id, state, in_doubt, at_rest, copies in result["emails"]:
        assert at_rest, message_id
        if in_doubt:
            assert state == "failed"
            assert delivered[message_id] <= 1, f"{message_id} was sent twice"
        else:
            assert state == "sent", f"{message_id} is {state}"
            assert delivered[message_id] == 1, f"{message_id} was sent {delivered[message_id]} times"
            assert kept[message_id] == copies == 1, f"{message_id} has {kept[message_id]} copies in Sent"
    if saves_sent:
        # Whether it went out is seen in Sent: what is in doubt was not sent.
        assert not any(delivered[message_id] for message_id in doubtful)


def run(server, submission, user: str, kills: int, saves_sent: bool) -> dict:
    """Send into a fresh database and return what it holds."""
    settings = {
        "email": USER,
        "username": user,
        "account_type": "shared",
        "password": PASSWORD,
        "imap_host": "127.0.0.1",
        "imap_port": server.ports["imap"],
        "imap_encryption": "none",
        "smtp_host": "127.0.0.1",
        "smtp_port": submission.port,
        "smtp_encryption": "none",
        # Where the server is known to save, an email in doubt is looked for during minutes.
        "saves_sent": False if saves_sent else "no",
    }
    with databases.another() as database:
        done = subprocess.run(
            [sys.executable, "-m", "tests.sync.sending_killed", database, json.dumps(settings), str(kills), "1"],
            cwd=paths.ROOT,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])
