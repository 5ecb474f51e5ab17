"""Speaks to `tests.sync.forked`, an Odoo whose runs of the sync may be killed, and looks into its database."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

import psycopg2

from dev import paths


class Odoo:
    """An Odoo on `database`, from `__enter__` to `__exit__`.

    :param variables: the environment that leads to the database (PGHOST, ...).
    """

    def __init__(self, database: str, variables: Mapping[str, str]):
        self.database = database
        self._variables = dict(variables)
        self._connection = None
        self._child: int | None = None
        self._child_known = threading.Event()

    def __enter__(self) -> "Odoo":
        self._log = tempfile.NamedTemporaryFile("w+", prefix="forked-", suffix=".log")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.sync.forked", self.database],
            cwd=paths.ROOT,
            env=self._variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._answer()
        return self

    def __exit__(self, *exc_info) -> None:
        self.kill()
        self.disconnect()
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()
        self._log.close()

    def ask(self, operation: str, **arguments):
        """Have one of `forked.OPERATIONS` done; what it returns."""
        print(json.dumps([operation, arguments]), file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self):
        line = self._process.stdout.readline()
        assert line, f"Odoo ended:\n{self.log()}"
        return json.loads(line)

    def start(self, account: int, work: str = "sync") -> None:
        """Begin a run of the sync, or of what else `forked.start()` knows."""
        self._child = self.ask("start", account=account, work=work)
        self._child_known.set()

    def finish(self) -> int:
        """Wait for the run; see `forked.finish()`."""
        status = self.ask("finish", child=self._child)
        self._child_known.clear()
        return status

    def kill(self) -> None:
        """Kill the run that is under way, with SIGKILL. Until `finish()` its process id belongs to nobody else."""
        if self._child_known.wait(0):
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGKILL)

    def kill_soon(self) -> None:
        """The same from another thread, which may be faster than `start()` hears of the child."""
        self._child_known.wait(10)
        self.kill()

    def log(self) -> str:
        """What it and its children complained of so far."""
        return Path(self._log.name).read_text()

    def rows(self, query: str, *arguments) -> list[tuple]:
        """What a query finds in the database."""
        with self._cursor() as cr:
            cr.execute(query, arguments)
            return cr.fetchall()

    def execute(self, query: str, *arguments) -> None:
        """Change something in the database."""
        with self._cursor() as cr:
            cr.execute(query, arguments)

    @contextlib.contextmanager
    def _cursor(self):
        if not self._connection:
            names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
            settings = {name: self._variables.get(variable) for name, variable in names.items()}
            self._connection = psycopg2.connect(dbname=self.database, **settings)
        with self._connection as connection, connection.cursor() as cr:
            yield cr

    def disconnect(self) -> None:
        """Look into the database by another connection from now on, since it restarts."""
        if self._connection:
            self._connection.close()
        self._connection = None
