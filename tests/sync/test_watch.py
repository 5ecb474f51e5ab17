"""`odoo inbox_watch` as an administrator runs it: an email that arrives makes its account due within seconds."""

import contextlib
import json
import signal
import subprocess
import sys
import time

import psycopg2
import pytest

from dev import databases, environment, paths
from tests.servers.dovecot import Dovecot

from .common import PASSWORD, email

SOON = 3.0  # seconds from delivery until the account is due
USERS = ("anna@northlight.example", "bert@northlight.example")
DUE = "next_sync <= now() AT TIME ZONE 'UTC'"


def query(database, statement, *values):
    """Run one statement and return its rows, if it has any."""
    with contextlib.closing(psycopg2.connect(dbname=database)) as connection:
        with connection, connection.cursor() as cr:
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
        assert self.process.wait(10) == 0, self.log.read_text()[-3000:]
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

    # Nothing is held while nothing happens: no connection is in a transaction.
    open_ones = query(
        world.database,
        "SELECT pid, state FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
        world.database,
    )
    assert len(open_ones) <= 2 and {state for _pid, state in open_ones} <= {"idle"}

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
    assert world.stop() < 2


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
    assert world.stop(signal.SIGINT) < 2


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
    wait_until(lambda: connections(anna) == 0, 10)
    wait_until(lambda: world.is_due(bert), 10)  # its connection is another one
    assert connections(bert) == 1

    # Connected again, while the other's password has changed on the server: that one is left alone until it is told.
    server.add_user(bert, "other")
    query(world.database, change.format("state = 'connected'"), world.accounts[anna])
    query(world.database, change.format("imap_host = 'localhost'"), world.accounts[bert])
    wait_until(lambda: connections(anna) == 1, 10)
    wait_until(lambda: "not watched until its settings change" in world.log.read_text(), 10)
    assert connections(bert) == 0
    query(world.database, "DELETE FROM inbox_account WHERE id = %s", world.accounts[anna])
    wait_until(lambda: connections(anna) == 0, 10)
    assert world.log.read_text().count("not watched until its settings change") == 1
    assert world.stop() < 2
