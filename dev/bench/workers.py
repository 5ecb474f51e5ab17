"""Several cron workers at once, each a process of its own as Odoo's are, upon one database."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import odoo.tools
import psycopg2

from dev import paths
from dev.bench import slot_worker


def prepare(database: str, settings: list[dict]) -> None:
    """Make accounts with these settings, due to be synchronised."""
    odoo.tools.config.parse_config(["-d", database, "--log-level=critical"], setup_logging=True)
    slot_worker.make(database, settings)


def work(database: str, count: int, seconds: float | None = None) -> list[dict]:
    """What each worker tells (`slot_worker`), and of the first as `connections` how many the database had meanwhile."""
    command = [sys.executable, "-m", "dev.bench.slot_worker", database, *([str(seconds)] if seconds else [])]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = [subprocess.Popen(command, cwd=paths.ROOT, **pipes) for _number in range(count)]
    try:
        for worker in workers:
            if worker.stdout.readline() != "ready\n":
                raise SystemExit("A worker did not start.")
        for worker in workers:
            worker.stdin.write("go\n")
            worker.stdin.flush()
        with ThreadPoolExecutor(count) as pool:
            answers = [pool.submit(worker.communicate) for worker in workers]
            connections = _most_connections(database, lambda: all(answer.done() for answer in answers))
            told = [json.loads(answer.result()[0].splitlines()[-1]) for answer in answers]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    told[0]["connections"] = connections
    return told


def _most_connections(database: str, is_done: Callable[[], bool]) -> int:
    most, connection = 0, psycopg2.connect(dbname="postgres")
    try:
        connection.autocommit = True
        while not is_done():
            with connection.cursor() as cr:
                cr.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", (database,))
                most = max(most, cr.fetchone()[0])
            time.sleep(0.5)
    finally:
        connection.close()
    return most
