"""`./dev/benchmark watch [--connections N] [--server dovecot]`: what it takes to watch N mailboxes with one process."""

import argparse
import contextlib
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2

from dev import environment, paths
from dev.bench.idle_server import IdleServer
from tests.servers.dovecot import Dovecot
from tests.servers.tcp import server_context
from tests.servers.tls import make_certificate

PATIENCE = 180  # seconds until something that does not happen fails the benchmark
RENEW_AFTER = 60  # seconds, for seeing how renewals are spread; 14 minutes in real life
DOWN = 3  # seconds that the server is away for
LOGINS = 12  # threads for them: see sync/watch.py
TICK = os.sysconf("SC_CLK_TCK")


def main(database: str, *arguments: str) -> int:
    """Print the figures; the exit status."""
    parser = argparse.ArgumentParser(prog="./dev/benchmark watch")
    parser.add_argument("--connections", type=int, default=500)
    parser.add_argument("--server", choices=("own", "dovecot"), default="own", help="own: dev/bench/idle_server.py")
    parser.add_argument("--idle", type=float, default=60, help="seconds of which the idle CPU is the mean")
    options = parser.parse_args(arguments)
    measured = measure_dovecot if options.server == "dovecot" else measure
    for name, value in measured(database, options.connections, options.idle):
        print(f"{name:58} {value}", flush=True)
    return 0


def measure(
    database: str, connections: int, idle: float = 60, *, renewing: bool = True
) -> Iterator[tuple[str, float | str]]:
    """Watch `connections` mailboxes of a server of our own; yields the name and the value of each figure.

    :param database: has the addon, and no account.
    :param idle: seconds of which the idle CPU is the mean.
    :param renewing: also wait for all of them to begin IDLE anew, a minute.
    """
    users = [f"user{number}@example.com" for number in range(connections)]
    with tempfile.TemporaryDirectory() as folder, _watching(database) as empty:
        server = IdleServer(server_context(make_certificate(folder)))
        server.start()
        # It starts them once Odoo is loaded.
        _until(lambda: _threads(empty) > LOGINS)
        before = _memory(empty)
        _make_accounts(database, server.port, users)
        _end(empty)
        with _watching(database) as process:
            yield from _connecting(server, connections)
            yield from _taking(process, before, connections, database)
            _forget(database)
            yield from _idling(process, idle)
            yield from _waking(server, database, users)
            yield from _restarting(server, connections)
            _end(process)
        if renewing:
            with _watching(database, RENEW_AFTER) as process:
                _until(lambda: server.waiting == connections)
                yield from _renewing(server, connections)
                _end(process)
        server.stop()


def measure_dovecot(database: str, connections: int, idle: float = 60) -> Iterator[tuple[str, float | str]]:
    """As `measure()`, upon Dovecot: what its processes wait for takes inotify instances, where there are enough."""
    users = [f"user{number}@example.com" for number in range(connections)]
    limits = f"service imap {{\n  process_limit = {connections + 50}\n}}\n"
    limits += f"service imap-login {{\n  client_limit = {4 * connections + 200}\n}}\n"
    with Dovecot(settings=limits) as server:
        for user in users:
            server.add_user(user, "secret")
        _make_accounts(database, server.ports["imaps"], users)
        started = time.monotonic()
        with _watching(database) as process:
            _until(lambda: len(server.doveadm("who", "-1").splitlines()) - 1 >= connections)
            yield "seconds until all are connected, with the start", round(time.monotonic() - started, 1)
            yield from _taking(process, None, connections, database)
            time.sleep(5)
            _forget(database)
            yield from _idling(process, idle)
            latencies = []
            for user in random.sample(users, min(20, connections)):
                told = time.monotonic()
                server.append(user, "INBOX", [b"Subject: x\r\n\r\nx\r\n"])
                latencies.append(_until(lambda user=user: _due(database, user)) - told)
            yield from _spread("seconds from delivery until the account is due", latencies)
            _end(process)


# ------------------------------------------------------------------ figures


def _connecting(server: IdleServer, connections: int) -> Iterator[tuple[str, float | str]]:
    _until(lambda: server.waiting == connections)
    yield "connections", connections
    yield "seconds from the first login until all are connected", round(time.monotonic() - server.logins[0], 1)
    yield "logins within one second, at most", _busiest(server.logins)


def _taking(process, before: float | None, connections: int, database: str) -> Iterator[tuple[str, float | str]]:
    memory = _memory(process)
    yield "memory (MB)", round(memory)
    if before is not None:
        yield "of which without any account (MB)", round(before)
        yield "a connection more takes (kB)", round((memory - before) * 1024 / connections)
    yield "threads", _threads(process)
    yield "file descriptors", len(os.listdir(f"/proc/{process.pid}/fd"))
    yield "database connections", _database_connections(database)


def _idling(process, seconds: float) -> Iterator[tuple[str, float | str]]:
    started, before = time.monotonic(), _cpu(process)
    time.sleep(seconds)
    share = (_cpu(process) - before) / (time.monotonic() - started)
    yield "CPU while nothing happens (% of a core)", round(100 * share, 2)


def _waking(server: IdleServer, database: str, users: list[str]) -> Iterator[tuple[str, float | str]]:
    latencies = []
    for user in random.sample(users, min(20, len(users))):
        told = time.monotonic()
        server.push(user)
        latencies.append(_until(lambda user=user: _due(database, user)) - told)
    yield from _spread("seconds from the server's word until the account is due", latencies)
    time.sleep(1.5)
    _forget(database)
    told = time.monotonic()
    for user in users:
        server.push(user)
    _until(lambda: _count_due(database) == len(users))
    yield "seconds until all are due when all have news at once", round(time.monotonic() - told, 2)


def _restarting(server: IdleServer, connections: int) -> Iterator[tuple[str, float | str]]:
    server.stop()
    time.sleep(DOWN)
    server.logins.clear()
    started = time.monotonic()
    server.start()
    _until(lambda: server.waiting == connections)
    yield "after a restart: seconds until all are back", round(time.monotonic() - started, 1)
    yield "after a restart: logins within one second, at most", _busiest(server.logins)


def _renewing(server: IdleServer, connections: int) -> Iterator[tuple[str, float | str]]:
    server.renewals.clear()
    _until(lambda: len(server.renewals) >= connections)
    yield f"renewing every {RENEW_AFTER} s: renewals within one second, at most", _busiest(server.renewals)
    yield f"renewing every {RENEW_AFTER} s: connections lost", connections - server.waiting


def _spread(name: str, values: list[float]) -> Iterator[tuple[str, float | str]]:
    low, middle, high = min(values), statistics.median(values), max(values)
    yield name, f"{low:.2f} / {middle:.2f} / {high:.2f} (min / median / max of {len(values)})"


def _busiest(moments: list[float]) -> int:
    return max(Counter(int(moment - moments[0]) for moment in moments).values())


# ------------------------------------------------------------------ processes, database


@contextlib.contextmanager
def _watching(database: str, renew_after: float | None = None) -> Iterator[subprocess.Popen]:
    command = environment.odoo_command("inbox_watch", "-d", database, "--log-level=warn")
    if renew_after:
        command = [sys.executable, "-m", "dev.bench.watch_accounts", database, "--renew", str(renew_after)]
    process = subprocess.Popen(command, cwd=paths.ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _end(process: subprocess.Popen) -> None:
    process.terminate()
    process.wait(30)


def _make_accounts(database: str, port: int, users: list[str]) -> None:
    command = [sys.executable, "-m", "dev.bench.watch_accounts", database, str(port), *users]
    subprocess.run(command, cwd=paths.ROOT, check=True)
    _forget(database)


def _query(database: str, statement: str, *values) -> list[tuple]:
    with contextlib.closing(psycopg2.connect(dbname=database)) as connection:
        connection.autocommit = True
        with connection.cursor() as cr:
            cr.execute(statement, values)
            return cr.fetchall() if cr.description else []


def _forget(database: str) -> None:
    """As if all had been synchronised just now."""
    _query(database, "UPDATE inbox_account SET next_sync = now() AT TIME ZONE 'UTC' + interval '1 hour'")


def _due(database: str, user: str) -> bool:
    due = "SELECT next_sync <= now() AT TIME ZONE 'UTC' FROM inbox_account WHERE email = %s"
    return _query(database, due, user)[0][0]


def _count_due(database: str) -> int:
    return _query(database, "SELECT count(*) FROM inbox_account WHERE next_sync <= now() AT TIME ZONE 'UTC'")[0][0]


def _database_connections(database: str) -> int:
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
    return _query(database, others, database)[0][0]


def _memory(process: subprocess.Popen) -> float:
    """Resident, in MB."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0)


def _threads(process: subprocess.Popen) -> int:
    return len(os.listdir(f"/proc/{process.pid}/task"))


def _cpu(process: subprocess.Popen) -> float:
    """Seconds used so far."""
    numbers = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / TICK


def _until(condition: Callable[[], bool]) -> float:
    """When `condition()` holds (`time.monotonic()`).

    :raises TimeoutError: it does not.
    """
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.02)
    return time.monotonic()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
