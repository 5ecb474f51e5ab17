"""`odoo inbox_rotate_key` as an administrator runs it."""

import contextlib
import os
import subprocess
import time

import psycopg2
import pytest
from cryptography.fernet import Fernet, InvalidToken

from dev import databases, environment, paths

ACCOUNTS = 1000
LATE = 700  # an account of a later batch
OLD, NEW, LOST = (Fernet.generate_key() for _number in range(3))


@pytest.fixture
def connection():
    """A database with accounts whose passwords were encrypted with the key OLD."""
    with databases.another() as name, contextlib.closing(psycopg2.connect(dbname=name)) as connection:
        connection.autocommit = True
        with connection.cursor() as cr:
            for number in range(ACCOUNTS):
                cr.execute(
                    """INSERT INTO inbox_account (name, email, account_type, company_id, connection_type, sync_from,
                                                  record_visibility, state, password_encrypted)
                       SELECT %(email)s, %(email)s, 'shared', min(id), 'imap', '1_month',
                              'everything', 'draft', %(token)s
                         FROM res_company""",
                    {
                        "email": f"user{number}@northlight.example",
                        "token": Fernet(OLD).encrypt(f"secret{number}".encode()).decode(),
                    },
                )
        yield connection


def query(connection, statement):
    with connection.cursor() as cr:
        cr.execute(statement)
        return cr.fetchall()


def tokens(connection):
    rows = query(connection, "SELECT email, password_encrypted FROM inbox_account ORDER BY id")
    assert len(rows) == ACCOUNTS
    return [(email.removeprefix("user").partition("@")[0], token.encode()) for email, token in rows]


def count_made_with(connection, key):
    """How many secrets are encrypted with `key`; each that is must be the right one."""
    count = 0
    for number, token in tokens(connection):
        with contextlib.suppress(InvalidToken):
            assert Fernet(key).decrypt(token) == f"secret{number}".encode()
            count += 1
    return count


def command(connection, data_dir, *options):
    return environment.odoo_command(
        "inbox_rotate_key", "-d", connection.info.dbname, *options, f"--data-dir={data_dir}"
    )


def rotate(connection, data_dir, *options, keys=None):
    done = subprocess.run(
        command(connection, data_dir, *options),
        cwd=paths.ROOT,
        env=_variables(keys),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    for key in (OLD, NEW, LOST):
        assert key.decode() not in done.stdout + done.stderr
    assert "secret" not in done.stdout + done.stderr
    return done


def _variables(keys):
    return {**os.environ, "CONCORD_INBOX_KEY": ",".join(key.decode() for key in keys or ())}


def test_all_are_encrypted_again_and_a_second_time_changes_nothing(connection, tmp_path):
    done = rotate(connection, tmp_path, keys=(NEW, OLD))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{ACCOUNTS} now, 0 before" in done.stdout
    assert count_made_with(connection, NEW) == ACCOUNTS
    before = tokens(connection)
    done = rotate(connection, tmp_path, keys=(NEW, OLD))
    assert f"0 now, {ACCOUNTS} before" in done.stdout
    assert tokens(connection) == before
    # The old one may go.
    assert rotate(connection, tmp_path, keys=(NEW,)).returncode == 0
    # With a key that fits nothing all is left as it is.
    done = rotate(connection, tmp_path, keys=(LOST,))
    assert done.returncode == 1
    assert "inbox.account" in done.stdout
    assert tokens(connection) == before


def test_killed_in_the_middle(connection, tmp_path):
    # Somebody is at an account of a later batch: there the command waits, and is killed.
    [(late,)] = query(connection, f"SELECT id FROM inbox_account ORDER BY id OFFSET {LATE} LIMIT 1")
    with contextlib.closing(psycopg2.connect(dbname=connection.info.dbname)) as other, other.cursor() as cr:
        cr.execute("SELECT id FROM inbox_account WHERE id = %s FOR UPDATE", [late])
        process = subprocess.Popen(
            command(connection, tmp_path), cwd=paths.ROOT, env=_variables((NEW, OLD)), stdout=subprocess.DEVNULL
        )
        try:
            started = time.monotonic()
            while count_made_with(connection, NEW) < LATE:
                assert process.poll() is None
                assert time.monotonic() - started < 120
                time.sleep(0.05)
        finally:
            process.kill()
            process.wait()
    assert count_made_with(connection, NEW) == LATE
    assert count_made_with(connection, OLD) == ACCOUNTS - LATE
    done = rotate(connection, tmp_path, keys=(NEW, OLD))
    assert f"{ACCOUNTS - LATE} now, {LATE} before" in done.stdout
    assert count_made_with(connection, NEW) == ACCOUNTS


def test_the_key_file(connection, tmp_path):
    key_file = tmp_path / "concord_inbox.key"
    done = rotate(connection, tmp_path)
    assert done.returncode == 2, "without any key"
    key_file.write_bytes(OLD)
    done = rotate(connection, tmp_path, "--new-key")
    assert done.returncode == 0, done.stdout + done.stderr
    new, old = key_file.read_bytes().split()
    assert old == OLD
    assert new.decode() not in done.stdout
    assert count_made_with(connection, new) == ACCOUNTS
    key_file.write_bytes(new)
    assert rotate(connection, tmp_path).returncode == 0
    done = rotate(connection, tmp_path, "--new-key", keys=(NEW, new))
    assert done.returncode == 2
    assert "without --new-key" in done.stdout
