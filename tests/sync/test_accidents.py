"""Random schedules with accidents: whatever happens, both sides hold the same when it quiets down."""

import contextlib
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from dev import databases, postgres
from tests.servers.dovecot import Dovecot
from tests.servers.provider import delivers_to
from tests.servers.rough import RoughProxy
from tests.servers.rough_smtp import RoughSmtp
from tests.servers.submission import Submission

from .forked_odoo import Odoo
from .schedule import Schedule, Shape

SHAPES = {
    "full": {},
    "no MOVE": {"hide": ("MOVE",)},
    "no UIDPLUS": {"hide": ("MOVE", "UIDPLUS")},
    "no CONDSTORE": {"hide": ("CONDSTORE", "QRESYNC"), "mail_format": "maildir"},
}
#: Failures after which it is enough.
ENOUGH = 5


@pytest.fixture(scope="module")
def shapes():
    with contextlib.ExitStack() as stack:
        found = []
        for name, settings in SHAPES.items():
            server = stack.enter_context(Dovecot(**settings))
            proxy = stack.enter_context(RoughProxy(server.ports["imap"]))
            hidden = settings.get("hide", ())
            # One provider in four saves what it sends.
            saves, users = name == "no MOVE", {}
            submission = stack.enter_context(Submission(users, keep=delivers_to(server, saves_sent=saves)))
            smtp = stack.enter_context(RoughSmtp(submission.port))
            can = {"can_move": "MOVE" not in hidden, "can_expunge": "UIDPLUS" not in hidden, "saves_sent": saves}
            found.append(Shape(name, server, proxy, submission, smtp, users, **can))
        yield found


def test_random_schedules_with_accidents(shapes, thorough):
    with databases.another() as database, Odoo(database, os.environ) as odoo:
        _live_through(shapes, odoo, range(200) if thorough else range(4))


@pytest.mark.thorough
def test_the_database_restarts(shapes):
    with tempfile.TemporaryDirectory(prefix="cluster-") as folder:
        Path(folder).chmod(0o755)
        with postgres.Restartable(Path(folder)) as cluster:
            database = databases.copy_to(cluster.variables)
            with Odoo(database, {**os.environ, **cluster.variables}) as odoo:
                _live_through(shapes, odoo, range(1000, 1040), cluster.restart)


def _live_through(shapes: list[Shape], odoo: Odoo, seeds: range, restart_database: Callable[[], None] | None = None):
    """Schedules with `seeds`; CONCORD_SEEDS ("120" or "100:150") names others."""
    if chosen := os.environ.get("CONCORD_SEEDS"):
        first, _, end = chosen.partition(":")
        seeds = range(int(first), int(end or int(first) + 1))
    counts: Counter = Counter()
    failures: list[str] = []
    started = time.monotonic()
    for seed in seeds:
        # More than half of them on a server that can do all.
        shape = shapes[0] if seed % 2 else shapes[seed // 2 % len(shapes)]
        try:
            Schedule(seed, shape, odoo, counts, restart_database).run()
        except AssertionError as error:
            failures.append(str(error))
            print(f"E         {error}", flush=True)
            if len(failures) == ENOUGH:
                break
        print(f"{seed}: {time.monotonic() - started:.0f} s, {len(failures)} failed", flush=True)
    print(f"{dict(counts)} in {time.monotonic() - started:.0f} s")
    assert not failures, f"{len(failures)} of {counts['schedules']} schedules failed:\n\n" + "\n\n".join(failures)
