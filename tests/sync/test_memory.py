"""How much memory a synchronisation takes above the idle process, whatever the mailbox holds."""

import base64
import hashlib
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from dev import databases, paths
from tests.servers.dovecot import Dovecot

from .common import PASSWORD, USER, email

MB = 1024 * 1024
#: What issue 3 allows.
LIMIT = 250 * MB


@pytest.fixture(scope="module")
def server():
    with Dovecot() as dovecot:
        yield dovecot


def content(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


def with_attachment(number: int, size: int) -> bytes:
    """An email of about `size` bytes, nearly all of them an attachment's."""
    encoded = base64.encodebytes(content(size * 18 // 25, number)).replace(b"\n", b"\r\n")
    head = (
        f"From: Ben <ben@example.com>\r\nTo: {USER}\r\nSubject: Plans {number}\r\nMessage-ID: <{number}.{size}@x>\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHere they are.\r\n'
        "--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
        'Content-Disposition: attachment; filename="plans.pdf"\r\n\r\n'
    )
    return head.encode() + encoded + b"--b--\r\n"


def measured(server, messages, user) -> dict:
    """Synchronise a mailbox of `messages`: what `measured.py` tells, and as `taken` the bytes above the idle process."""  # noqa: E501
    server.add_user(user, PASSWORD)
    for message in messages:
        server.append(user, "INBOX", message if isinstance(message, list) else [message])
    settings = {
        "email": user,
        "account_type": "shared",
        "password": PASSWORD,
        "imap_host": "127.0.0.1",
        "imap_port": server.ports["imap"],
        "imap_encryption": "none",
    }
    with databases.another() as database:
        command = [sys.executable, "-m", "tests.sync.measured", database, json.dumps(settings)]
        done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, timeout=900, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        result = json.loads(done.stdout.splitlines()[-1])
        for size, checksum, path in result["attachments"]:
            data = Path(path).read_bytes()
            assert (len(data), hashlib.sha1(data, usedforsecurity=False).hexdigest()) == (size, checksum)
    assert not result["errors"]
    taken = (result["highest"] - result["before"]) * 1024
    print(f"{taken / MB:.0f} MB above {result['before'] / 1024:.0f} MB, {result['seconds']:.1f} s")
    return {**result, "taken": taken}


def test_one_message_of_100_mb(server):
    result = measured(server, [with_attachment(1, 100 * MB)], "large@example.com")
    assert result["taken"] < LIMIT
    expected = content(100 * MB * 18 // 25, 1)
    [(size, checksum, _path)] = result["attachments"]
    assert (size, checksum) == (len(expected), hashlib.sha1(expected, usedforsecurity=False).hexdigest())
    assert (result["messages"], result["quarantined"]) == (1, [])


def test_many_messages_of_10_mb(server, thorough):
    count = 100 if thorough else 8
    result = measured(server, (with_attachment(number, 10 * MB) for number in range(count)), "ten@example.com")
    assert result["taken"] < LIMIT
    assert (result["messages"], len(result["attachments"])) == (count, count)


def test_thousands_of_small_messages(server, thorough):
    count = 30_000 if thorough else 3000
    batch = [
        [
            email(f"Number {number}", message_id=f"<{number}@small>", body="Hello.\r\n" * 100)
            for number in range(start, start + 500)
        ]
        for start in range(0, count, 500)
    ]
    result = measured(server, batch, "small@example.com")
    assert result["taken"] < LIMIT
    assert result["messages"] == count
