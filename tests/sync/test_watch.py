"""`odoo inbox_watch` as an administrator runs it: an email that arrives makes its account due within seconds."""

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time

import psycopg2
import pytest
from odoo.addons.concord_inbox.sync.watch import LOGIN_EVERY, LOGINS_PER_HOST

from dev import databases, environment, paths
from dev.bench import watch as bench
from tests.servers.dovecot import Dovecot

from .common import PASSWORD, email

#: Seconds from delivery until the account is due, at most: well under one, but a machine that does much else is slow.
SOON = 30.0
USERS = ("anna@northlight.example", "bert@northlight.example")
DUE = "next_sync <= now() AT TIME ZONE 'UTC'"


def query(database, statement, *values):
    """Run one statement and return its rows, if it has any."""
    with contextlib.closing(psycopg2.connect(dbname=database)) as connection:
        connection.autocommit = True
        with connection.cursor() as cr:
            cr.execute(statement, values)
            return cr.fetchall() if cr.description else []


def settings(server, user, **changes):
    return {
        "email": user,
        "account_type": "shared",
        "password": PASSWORD,
        "imap_host": "127.0.0.1",
        "imap_port": server.ports["imaps"],
        "imap_encryption": "ssl",
        "allow_insecure_certificate": True,
        **changes,
    }


def wait_until(condition, seconds):
    """Seconds until `condition()` holds; fails after `seconds`."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, condition
        time.sleep(0.02)
    return time.monotonic() - started


class World:
    """A server, a database with one account for each of `USERS`, and the watching process."""

    def __init__(self, server, database, log):
        self.server = server
        self.database = database
        self.log = log
        command = [
            sys.executable,
            "-m",
            "tests.sync.watched",
            database,
            *(json.dumps(settings(server, u)) for u in USERS),
        ]
        done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        self.accounts = dict(zip(USERS, json.loads(done.stdout.splitlines()[-1]), strict=True))
        self.process = None

    def start(self):
        with self.log.open("w") as log:
            command = environment.odoo_command(
                "inbox_watch", "-d", self.database, "--every=2", "--log-handler=odoo.addons:DEBUG"
            )
            self.process = subprocess.Popen(command, cwd=paths.ROOT, stdout=log, stderr=log)

    def stop(self, number=signal.SIGTERM):
        """Seconds that it takes to end."""
        started = time.monotonic()
        self.process.send_signal(number)
        assert self.process.wait(SOON) == 0, self.log.read_text()[-3000:]
        return time.monotonic() - started

    def is_due(self, user):
        [(due,)] = query(self.database, f"SELECT {DUE} FROM inbox_account WHERE id = %s", self.accounts[user])
        return due

    def forget(self):
        """As if all had been synchronised just now, and were looked at again in an hour."""
        query(self.database, "DELETE FROM ir_cron_trigger")
        query(self.database, "UPDATE inbox_account SET next_sync = now() AT TIME ZONE 'UTC' + interval '1 hour'")

    def settle(self, *users):
        """Until these are watched, which makes each due once."""
        for user in users:
            wait_until(lambda user=user: self.is_due(user), 30)
        time.sleep(1.2)
        self.forget()

    def delivered(self, user):
        """Deliver, and return whether the account is due soon afterwards."""
        self.server.append(user, "INBOX", [email()])
        time.sleep(3)
        return self.is_due(user)

    def deliver(self, user):
        """Seconds from delivery until the account is due and a slot is woken."""
        self.server.append(user, "INBOX", [email()])
        seconds = wait_until(lambda: self.is_due(user), SOON)
        assert query(self.database, "SELECT 1 FROM ir_cron_trigger")
        return seconds


@pytest.fixture
def world(tmp_path):
    with Dovecot() as server, databases.another() as database:
        for user in USERS:
            server.add_user(user, PASSWORD)
        world = World(server, database, tmp_path / "watch.log")
        world.forget()
        world.start()
        try:
            yield world
        finally:
            world.process.kill()
            world.process.wait()
        log = world.log.read_text()
        assert "Traceback" not in log, log
        assert PASSWORD not in log and "ssword" not in log.replace("password", "")


def test_watching(world):
    anna, bert = USERS
    world.settle(anna, bert)
    for user in USERS:
        seconds = world.deliver(user)
        print(f"due {seconds:.2f} s after delivery")
        assert not all(world.is_due(other) for other in USERS)
        time.sleep(1.1)
        world.forget()

    # Somebody else reads an email.
    client = world.server.client(anna)
    client.select_folder("INBOX")
    client.add_flags([1], ["\\Seen"])
    wait_until(lambda: world.is_due(anna), SOON)
    client.shutdown()
    world.forget()

    # Nothing is held while nothing happens: no connection is in a transaction, once what was begun is done.
    def is_quiet():
        open_ones = query(
            world.database,
            "SELECT pid, state FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            world.database,
        )
        return len(open_ones) <= 2 and {state for _pid, state in open_ones} <= {"idle"}

    wait_until(is_quiet, SOON)

    # An account that another transaction is changing is waited for, and keeps nobody else waiting.
    with contextlib.closing(psycopg2.connect(dbname=world.database)) as other:
        other.cursor().execute("SELECT 1 FROM inbox_account WHERE id = %s FOR UPDATE", [world.accounts[anna]])
        world.server.append(anna, "INBOX", [email()])
        world.deliver(bert)
        assert not world.is_due(anna)
    wait_until(lambda: world.is_due(anna), SOON)

    # The server goes away and comes back.
    time.sleep(1.1)
    world.forget()
    world.server.restart()
    world.settle(anna, bert)
    world.deliver(anna)
    assert world.stop() < 20


def test_a_burst_is_one_trigger_a_second(world):
    anna, bert = USERS
    world.settle(anna, bert)
    started = time.monotonic()
    for _number in range(20):
        world.server.append(anna, "INBOX", [email()])
        time.sleep(0.1)
    time.sleep(1.5)
    [(triggers,)] = query(world.database, "SELECT count(*) FROM ir_cron_trigger")
    assert 1 <= triggers <= time.monotonic() - started + 1
    assert world.stop(signal.SIGINT) < 20


def test_a_short_interval_holds_without_any_news(world):
    anna, bert = USERS
    world.settle(anna, bert)
    query(world.database, "DELETE FROM ir_config_parameter WHERE key = 'concord_inbox.poll_seconds'")
    query(world.database, "INSERT INTO ir_config_parameter (key, value) VALUES ('concord_inbox.poll_seconds', '15')")
    # This is how Odoo tells other processes of a changed parameter.
    query(world.database, "INSERT INTO orm_signaling_stable DEFAULT VALUES")
    query(world.database, "UPDATE inbox_account SET next_sync = now() AT TIME ZONE 'UTC'")
    wait_until(lambda: query(world.database, "SELECT 1 FROM ir_cron_trigger"), 30)


def test_accounts_that_come_change_and_go(world):
    anna, bert = USERS
    world.settle(anna, bert)
    server = world.server

    def connections(user):
        return sum(user in line for line in server.doveadm("who", "-1").splitlines())

    assert connections(anna) == connections(bert) == 1
    change = "UPDATE inbox_account SET {} WHERE id = %s"
    query(world.database, change.format("state = 'paused'"), world.accounts[anna])
    query(
        world.database,
        change.format("imap_port = %s, imap_encryption = 'none'"),
        server.ports["imap"],
        world.accounts[bert],
    )
    wait_until(lambda: connections(anna) == 0, SOON)
    wait_until(lambda: world.is_due(bert), SOON)  # its connection is another one
    assert connections(bert) == 1

    # Connected again, while the other's password has changed on the server: that one is left alone until it is told.
    server.add_user(bert, "other")
    query(world.database, change.format("state = 'connected'"), world.accounts[anna])
    query(world.database, change.format("imap_host = 'localhost'"), world.accounts[bert])
    wait_until(lambda: connections(anna) == 1, SOON)
    wait_until(lambda: "not watched until its settings change" in world.log.read_text(), SOON)
    assert connections(bert) == 0
    query(world.database, "DELETE FROM inbox_account WHERE id = %s", world.accounts[anna])
    wait_until(lambda: connections(anna) == 0, SOON)
    assert world.log.read_text().count("not watched until its settings change") == 1
    assert world.stop() < 20


def test_all_folders_and_what_happens_to_them(world):
    """Dovecot has NOTIFY: a message that a rule puts elsewhere, or another client moves, is news as well."""
    anna, bert = USERS
    world.settle(anna, bert)
    world.server.append(anna, "Sent", [email()])
    wait_until(lambda: world.is_due(anna), SOON)
    time.sleep(1.1)
    world.forget()
    client = world.server.client(anna)
    client.select_folder("Sent")
    client.move([1], "Drafts")
    wait_until(lambda: world.is_due(anna), SOON)
    time.sleep(1.1)
    world.forget()
    client.create_folder("Clients")
    wait_until(lambda: world.is_due(anna), SOON)
    client.shutdown()
    assert not world.is_due(bert)


def test_the_database_goes_and_comes_back(world):
    """As when PostgreSQL is restarted: every connection is cut, and new ones are refused for a while."""
    anna, bert = USERS
    world.settle(anna, bert)
    query("postgres", f'ALTER DATABASE "{world.database}" ALLOW_CONNECTIONS false')
    query("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", world.database)
    world.server.append(anna, "INBOX", [email()])
    wait_until(lambda: "cannot be" in world.log.read_text(), 30)
    query("postgres", f'ALTER DATABASE "{world.database}" ALLOW_CONNECTIONS true')
    # What was told meanwhile is not forgotten.
    wait_until(lambda: world.is_due(anna), 30)
    time.sleep(1.1)
    world.forget()
    wait_until(lambda: world.delivered(bert), 30)
    assert world.stop() < 20


class Slot:
    """What synchronises: a process that takes whatever is due."""

    def __init__(self, database):
        self.runs = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.sync.watched", database, "--slot"],
            cwd=paths.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout.readline() == "ready\n"
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self._process.stdout:
            self.runs.append(tuple(json.loads(line)))

    def quiet(self, seconds=4):
        """The runs until none came for `seconds`; they are forgotten here."""
        count = -1
        while count != len(self.runs):
            count = len(self.runs)
            time.sleep(seconds)
        runs, self.runs = self.runs, []
        return runs

    def stop(self):
        self._process.stdin.close()
        assert self._process.wait(20) == 0


def test_own_changes_wake_once(world):
    """A push from here is news to the watch: one look finds nothing, writes nothing, and all is quiet."""
    anna, bert = USERS
    world.settle(anna, bert)
    world.server.append(anna, "INBOX", [email(f"N{n}", message_id=f"<{n}@x>") for n in range(5)])
    slot = Slot(world.database)
    try:
        assert sum(messages for _account, messages, _told, _error in slot.quiet()) == 5
        change = "UPDATE inbox_message SET is_changed = true, {} WHERE account_id = %s"
        move = """UPDATE inbox_message_folder_rel rel SET folder_id = target.id
                    FROM inbox_folder target, inbox_message message
                   WHERE message.id = rel.message_id AND message.subject = 'N0'
                     AND target.account_id = message.account_id AND target.path = 'Archive'"""
        for statements in (
            [change.format("is_read = true")],
            [change.format("is_starred = true, is_read = false")],
            [change.format("is_starred = true"), move],
        ):
            recording = world.server.record(anna)
            before = set(recording.glob("*.in"))
            with contextlib.closing(psycopg2.connect(dbname=world.database)) as connection:
                with connection, connection.cursor() as cr:
                    for statement in statements:
                        cr.execute(statement, [world.accounts[anna]] if "%s" in statement else None)
            runs = slot.quiet()
            # The server may tell of it in two parts, more than a second apart.
            assert 1 <= len(runs) <= 3, runs
            assert {error for *_rest, error in runs} == {""}
            assert all(messages == 0 for _account, messages, _told, _error in runs)
            # All but the first are echoes: one round trip, and nothing for the browsers.
            assert not any(told for _account, _messages, told, _error in runs[1:])
            sessions = sorted(set(recording.glob("*.in")) - before, key=lambda path: path.stat().st_mtime)
            if runs[1:]:
                said = sessions[-1].read_bytes()
                assert b" LIST " in said
                assert not any(word in said for word in (b"SELECT", b"EXAMINE", b"FETCH", b"STORE"))
    finally:
        slot.stop()


@pytest.mark.thorough
def test_many_mailboxes_in_one_process():
    """A share of what `./dev/benchmark watch` measures with 500."""
    with databases.another() as database:
        figures = dict(bench.measure(database, 40, idle=5, renewing=False))
    print(*figures.items(), sep="\n")
    assert figures["connections"] == 40
    assert figures["threads"] <= 20
    assert figures["file descriptors"] <= 40 + 20
    assert figures["database connections"] <= 2
    # One begins every 50 ms; those under way may get through together.
    for when in ("", "after a restart: "):
        assert figures[f"{when}logins within one second, at most"] <= 1 / LOGIN_EVERY + LOGINS_PER_HOST + 1
