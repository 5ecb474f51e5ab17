"""Several workers send at once: each email once, and nobody waits for another account's server."""

import contextlib
import json
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from http.cookiejar import CookieJar

import psycopg2
import pytest

from dev import databases, environment, paths
from dev.ports import free_port
from tests.servers.dovecot import Dovecot
from tests.servers.submission import Incident, Submission

from .common import PASSWORD
from .sources import message_id_of

WORKERS, EMAILS = 3, 12
SLOW, QUICK = "slow@northlight.example", "quick@northlight.example"


@pytest.fixture(scope="module")
def server():
    with Dovecot() as dovecot:
        for user in (SLOW, QUICK):
            dovecot.add_user(user, PASSWORD)
        yield dovecot


def settings(server, submission, user: str, **more) -> dict:
    return {
        "email": user,
        "account_type": "shared",
        "password": PASSWORD,
        "imap_host": "127.0.0.1",
        "imap_port": server.ports["imap"],
        "imap_encryption": "none",
        "smtp_host": "127.0.0.1",
        "smtp_port": submission.port,
        "smtp_encryption": "none",
        "saves_sent": "no",
        **more,
    }


def make(database: str, *accounts: dict) -> None:
    command = [sys.executable, "-m", "tests.sync.send_slots", database, json.dumps(accounts)]
    subprocess.run(command, cwd=paths.ROOT, check=True)


@contextlib.contextmanager
def workers(database: str, count: int):
    """Processes that are ready, and begin to send together."""
    command = [sys.executable, "-m", "tests.sync.send_slots", database]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    started = [subprocess.Popen(command, cwd=paths.ROOT, **pipes) for _number in range(count)]
    try:
        for worker in started:
            assert worker.stdout.readline() == "ready\n"
        for worker in started:
            worker.stdin.write("go\n")
            worker.stdin.flush()
        yield started
    finally:
        for worker in started:
            worker.kill()
            worker.wait()


def test_each_email_once(server):
    with Submission({QUICK: PASSWORD, SLOW: PASSWORD}) as submission, databases.another() as database:
        accounts = [settings(server, submission, user, emails=EMAILS) for user in (SLOW, QUICK)]
        make(database, *accounts)
        with workers(database, WORKERS) as started:
            for worker in started:
                assert worker.communicate(timeout=120)[0] == "done\n"
        sent = Counter(map(message_id_of, submission.sources()))
        assert len(sent) == 2 * EMAILS
        assert set(sent.values()) == {1}
        assert states(database) == {"sent": 2 * EMAILS}


def test_a_slow_server_keeps_nobody_else_waiting(server):
    """It answers nothing at all, and its email is the first in the queue."""
    with (
        Submission({SLOW: PASSWORD}) as slow,
        Submission({QUICK: PASSWORD}) as quick,
        databases.another() as database,
    ):
        slow.incidents = [Incident("MAIL", "hang")]
        make(database, settings(server, slow, SLOW, emails=1), settings(server, quick, QUICK, emails=EMAILS))
        with workers(database, 2):
            quick.wait_for(EMAILS)
            assert slow.incidents[0].done
            assert not slow.envelopes
            until = time.monotonic() + 60
            while states(database) != {"sent": EMAILS, "outgoing": 1}:
                assert time.monotonic() < until, states(database)
                time.sleep(0.2)


def states(database: str) -> dict[str, int]:
    connection = psycopg2.connect(dbname=database)
    try:
        with connection.cursor() as cr:
            cr.execute("SELECT state, count(*) FROM inbox_message WHERE direction = 'out' GROUP BY state")
            return dict(cr.fetchall())
    finally:
        connection.close()


class Browser:
    """What a browser asks of Odoo."""

    def __init__(self, port: int, database: str, login: str):
        self._url = f"http://127.0.0.1:{port}"
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._post("/web/session/authenticate", {"db": database, "login": login, "password": login})

    def call(self, model: str, method: str, *arguments):
        params = {"model": model, "method": method, "args": list(arguments), "kwargs": {}}
        return self._post(f"/web/dataset/call_kw/{model}/{method}", params)

    def _post(self, path: str, params: dict):
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode()
        request = urllib.request.Request(self._url + path, body, {"Content-Type": "application/json"})
        with self._opener.open(request, timeout=60) as response:
            answer = json.load(response)
        assert "error" not in answer, answer
        return answer["result"]


def test_it_leaves_when_the_undo_time_is_over(server, tmp_path):
    """In an Odoo that has nothing else to do, without anybody who asks it to."""
    with Submission({QUICK: PASSWORD}) as submission, databases.another() as database, contextlib.ExitStack() as stack:
        account = settings(server, submission, QUICK, login="shared")
        del account["account_type"]
        account |= {"account_type": "personal"}
        command = [sys.executable, "-m", "tests.views.served", database, json.dumps(account)]
        done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, timeout=180, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        set_undo_seconds(database, 4)
        port = free_port()
        log = stack.enter_context((tmp_path / "odoo.log").open("w"))
        odoo = subprocess.Popen(
            environment.odoo_command("-d", database, f"--http-port={port}", "--workers=0", "--max-cron-threads=2"),
            cwd=paths.ROOT,
            stdout=log,
            stderr=log,
        )
        stack.callback(odoo.wait)
        stack.callback(odoo.kill)
        browser = wait_until_served(port, database)
        for number in range(2):
            draft = browser.call(
                "inbox.message",
                "compose_begin",
                {"to": ["ada@customer.example"], "subject": f"N{number}", "body": "<p>Hello</p>"},
            )
            queued = browser.call("inbox.message", "compose_send", draft["id"], {})
            began = time.monotonic()
            assert queued["undo_seconds"] == 4
            submission.wait_for(number + 1, 120)
            print(f"left after {time.monotonic() - began:.1f} s")


def set_undo_seconds(database: str, seconds: int) -> None:
    with contextlib.closing(psycopg2.connect(dbname=database)) as connection, connection, connection.cursor() as cr:
        cr.execute(
            """INSERT INTO ir_config_parameter (key, value) VALUES ('concord_inbox.undo_send_seconds', %s)
               ON CONFLICT (key) DO UPDATE SET value = excluded.value""",
            [str(seconds)],
        )


def wait_until_served(port: int, database: str) -> Browser:
    until = time.monotonic() + 120
    while True:
        try:
            return Browser(port, database, "shared")
        except OSError:
            assert time.monotonic() < until, "Odoo does not answer"
            time.sleep(0.5)
