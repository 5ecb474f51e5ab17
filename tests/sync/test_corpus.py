"""The public corpus, 6,046 real emails, end to end: all of them stored, as `inbox_verify` finds by command line."""

import json
import subprocess
import sys

import psycopg2
import pytest

from dev import corpus, databases, environment, paths
from tests.servers.dovecot import Dovecot

from .common import PASSWORD, USER


@pytest.fixture(scope="module")
def database():
    """The name of a database with the corpus in it, while its mail server runs."""
    corpus.ensure()
    with Dovecot() as server, databases.another() as name:
        server.add_user(USER, PASSWORD)
        for group in corpus.groups():
            server.append(USER, group, corpus.emails(group))
        settings = {
            "email": USER,
            "account_type": "shared",
            "password": PASSWORD,
            "imap_host": "127.0.0.1",
            "imap_port": server.ports["imap"],
            "imap_encryption": "none",
        }
        command = [sys.executable, "-m", "tests.sync.killed", name, json.dumps(settings), "0", "0", "0"]
        done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        yield name


def query(database, statement):
    """Run one statement and return its rows, if it has any."""
    connection = psycopg2.connect(dbname=database)
    try:
        with connection, connection.cursor() as cr:
            cr.execute(statement)
            return cr.fetchall() if cr.description else []
    finally:
        connection.close()


def verify(database, *options):
    """Run the command as an administrator does."""
    command = environment.odoo_command("inbox_verify", "-d", database, *options)
    return subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, timeout=300, check=False)


def test_all_of_it_is_stored(database):
    [(copies, quarantined, errors)] = query(
        database,
        """SELECT (SELECT count(*) FROM inbox_message_copy), (SELECT count(*) FROM inbox_quarantine),
                  (SELECT count(*) FROM inbox_account WHERE last_error IS NOT NULL)""",
    )
    assert (copies + quarantined, errors) == (corpus.COUNT, 0)
    assert quarantined == 0
    # Not an empty shell: hardly any email of the corpus has no text, sender or date.
    [(empty,)] = query(
        database,
        """SELECT count(*) FROM inbox_message
            WHERE coalesce(content_text, '') = '' OR email_from IS NULL OR date IS NULL OR conversation_id IS NULL""",
    )
    assert empty < 0.01 * corpus.COUNT


def test_the_command_finds_no_difference_and_then_every_damage(database):
    done = verify(database)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(": same") == 11 - 2  # all folders but Trash and Junk
    assert "DIFFERENT" not in done.stdout
    [(uid, path)] = query(
        database,
        """DELETE FROM inbox_message_copy copy USING inbox_folder folder
            WHERE folder.id = copy.folder_id AND copy.id = (SELECT max(id) FROM inbox_message_copy)
        RETURNING copy.uid, folder.path""",
    )
    done = verify(database)
    assert done.returncode == 1
    assert f"only on the server: id {uid}" in done.stdout
    assert f"{path}: " in done.stdout
    assert PASSWORD not in done.stdout + done.stderr
    done = verify(database, "--repair")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{path}: mending 1" in done.stdout
    assert verify(database).returncode == 0


def test_the_command_says_what_it_cannot_do(database):
    query(database, "UPDATE inbox_account SET imap_port = 1")
    done = verify(database)
    assert done.returncode == 2
    assert "could not be compared" in done.stdout
    done = subprocess.run(
        environment.odoo_command("inbox_verify", "-d", database, "-a", "nobody@example.com"),
        cwd=paths.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "no connected account nobody@example.com" in done.stderr
