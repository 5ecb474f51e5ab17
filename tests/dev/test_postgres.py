"""The private cluster lives exactly as long as somebody uses it. Tried on a cluster of its own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dev import paths

USER = """
import subprocess, sys
from dev import postgres
with postgres.running() as variables:
    query = ["psql", "-d", "postgres", "-Atc", "select current_user"]
    print(subprocess.run(query, env=variables, capture_output=True, text=True, check=True).stdout.strip(), flush=True)
    sys.stdin.read()
"""


class Checkout:
    """A copy of dev/ with a `.dev` of its own."""

    def __init__(self, folder: Path):
        self.folder = folder
        shutil.copytree(paths.ROOT / "dev", folder / "dev", ignore=shutil.ignore_patterns("__pycache__", "demo_mail"))
        (folder / ".dev" / "logs").mkdir(parents=True)
        # PostgreSQL is not unpacked a second time if this machine has none of its own.
        if (paths.DEV / "debian-postgresql").exists():
            (folder / ".dev" / "debian-postgresql").symlink_to(paths.DEV / "debian-postgresql")

    def use(self) -> subprocess.Popen:
        """Start a user of the cluster; it ends when its standard input is closed."""
        variables = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        user = subprocess.Popen(
            [sys.executable, "-c", USER],
            cwd=self.folder,
            env=variables | {"PYTHONPATH": str(self.folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert user.stdout.readline() == "odoo\n"
        return user

    def processes(self) -> list[str]:
        """Command lines of servers and keepers that have to do with this checkout."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if str(self.folder) in command:
                found.append(command)
        return found

    def wait_for_end(self) -> None:
        deadline = time.monotonic() + 20
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert self.processes() == []


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


def test_the_last_user_stops_the_cluster(checkout):
    first, second = checkout.use(), checkout.use()
    first.communicate()
    assert first.returncode == 0
    assert checkout.processes(), "the second still uses it"
    second.communicate()
    # The keeper itself is done by then, and needs a moment to leave.
    servers = [command for command in checkout.processes() if "postgres_keeper" not in command]
    assert servers == [], "the last user waits for the end"
    checkout.wait_for_end()


def test_killed_users_leave_nothing_behind(checkout):
    users = [checkout.use(), checkout.use()]
    for user in users:
        user.send_signal(signal.SIGKILL)
        user.communicate()
    checkout.wait_for_end()


def test_a_killed_keeper_takes_the_server_along_and_the_next_user_starts_another(checkout):
    user = checkout.use()
    command = ["pgrep", "-f", f"postgres_keeper .*{checkout.folder}"]
    for pid in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split():
        os.kill(int(pid), signal.SIGKILL)
    user.communicate()
    checkout.wait_for_end()
    again = checkout.use()
    again.communicate()
    assert again.returncode == 0
    checkout.wait_for_end()
