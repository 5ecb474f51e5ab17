"""Random schedules with accidents: whatever happens, both sides hold the same when it quiets down."""

import contextlib
import os
import tempfile
from pathlib import Path

import pytest

from dev import databases, postgres
from tests.servers.dovecot import Dovecot
from tests.servers.provider import delivers_to
from tests.servers.rough import RoughProxy
from tests.servers.rough_smtp import RoughSmtp
from tests.servers.submission import Submission

from .campaign import live_through
from .forked_odoo import Odoo
from .world_imap import ImapWorld

WORLDS = {
    "full": {},
    "no MOVE": {"hide": ("MOVE",)},
    "no UIDPLUS": {"hide": ("MOVE", "UIDPLUS")},
    "no CONDSTORE": {"hide": ("CONDSTORE", "QRESYNC"), "mail_format": "maildir"},
}


@pytest.fixture(scope="module")
def worlds():
    with contextlib.ExitStack() as stack:
        found = []
        for name, settings in WORLDS.items():
            server = stack.enter_context(Dovecot(**settings))
            proxy = stack.enter_context(RoughProxy(server.ports["imap"]))
            hidden = settings.get("hide", ())
            # One provider in four saves what it sends.
            saves, users = name == "no MOVE", {}
            submission = stack.enter_context(Submission(users, keep=delivers_to(server, saves_sent=saves)))
            smtp = stack.enter_context(RoughSmtp(submission.port))
            can = {"can_move": "MOVE" not in hidden, "can_expunge": "UIDPLUS" not in hidden, "saves_sent": saves}
            found.append(ImapWorld(name, server, proxy, submission, smtp, users, **can))
        yield found


def test_random_schedules_with_accidents(worlds, thorough):
    with databases.another() as database, Odoo(database, os.environ) as odoo:
        live_through(worlds, odoo, range(200) if thorough else range(4))


@pytest.mark.thorough
def test_the_database_restarts(worlds):
    with tempfile.TemporaryDirectory(prefix="cluster-") as folder:
        Path(folder).chmod(0o755)
        with postgres.Restartable(Path(folder)) as cluster:
            database = databases.copy_to(cluster.variables)
            with Odoo(database, {**os.environ, **cluster.variables}) as odoo:
                live_through(worlds, odoo, range(1000, 1040), cluster.restart)
