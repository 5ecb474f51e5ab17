"""`./dev/benchmark size [--counts N,N,N] [--write]`: what grows with the emails: time of a batch, of lists, and bytes.

With so many emails in the database, each in one of its own: storing a batch of 200 parsed emails, the inbox's first
page, a search; the bytes of tables and indexes. Then, of a real mailbox that was synchronised, its bytes on the mail
server and those that it takes in the database and in the filestore.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from dev import databases, paths
from dev.bench import lists, mailboxes, measuring
from tests.servers.dovecot import Dovecot

BATCH = 200
SHOWN = ("folder: the inbox", "conversations: the inbox", "search: a word in some", "conversation: in the reading pane")


def main(database: str, *arguments: str) -> int:
    """Print the tables, write them into docs/benchmarks.md if asked to; the exit status."""
    parser = argparse.ArgumentParser(prog="./dev/benchmark size")
    parser.add_argument("--counts", default="10000,100000,1000000", help="emails in the database")
    parser.add_argument("--real", type=int, default=5000, help="emails of the mailbox that is synchronised")
    parser.add_argument("--times", type=int, default=12, help="how often each operation is measured")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--write", action="store_true", help="write the tables into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    odoo.tools.config.parse_config(["-d", database, "--log-level=critical"], setup_logging=True)
    if options.one:
        print(json.dumps(_measure(database, options.one, options.times)))
        return 0
    found = {}
    for count in map(int, options.counts.split(",")):
        with databases.another() as name:
            command = [sys.executable, "-m", "dev.bench.size", name, "--one", str(count), "--times", str(options.times)]
            done = subprocess.run(command, cwd=paths.ROOT, stdout=subprocess.PIPE, text=True, check=True)
        found[count] = json.loads(done.stdout.splitlines()[-1])
        print(count, found[count], flush=True)
    text = "\n".join([*_grown(found, options), "", *_bytes(database, options.real)])
    print(text)
    if options.write:
        measuring.write("size", text)
    return 0


def _measure(database: str, count: int, times: int) -> dict:
    registry = Registry(database)
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        user, folders = lists.make(env, count)
        cr.commit()
        result = {f"store {BATCH} emails": _store(env, folders["inbox"], times)}
        cr.execute(
            """SELECT sum(pg_table_size(oid)), sum(pg_indexes_size(oid)) FROM pg_class
                WHERE relname LIKE 'inbox\\_%' AND relkind = 'r'"""
        )
        tables, indexes = cr.fetchone()
        vacuum = time.perf_counter()
    with registry.cursor() as cr:
        cr._cnx.autocommit = True
        cr.execute("VACUUM inbox_message")
        result["bytes"] = [int(tables) / count, int(indexes) / count, time.perf_counter() - vacuum]
    with registry.cursor() as cr:
        env = api.Environment(cr, user, {})
        for name, _target, work in lists.operations(env, folders, random.Random(1)):  # noqa: S311 (the same each time)
            if name in SHOWN:
                result[name] = _median(env, work, times)
    return result


def _store(env, folder: int, times: int) -> float:
    """Milliseconds of CPU for one batch, the links and counters with it; nothing is kept."""
    from odoo.addons.concord_inbox import mime
    from odoo.addons.concord_inbox.adapters.base import RemoteCopy
    from odoo.addons.concord_inbox.sync import store

    folder = env["inbox.folder"].browse(folder)
    sources = [source for source, *_rest in mailboxes.generated(BATCH)]
    now = datetime.now(UTC)
    items = [
        store.Item(
            RemoteCopy(10**8 + number, frozenset(), len(source), now),
            mime.parse(source),
            mime.fingerprint(mime.header_of(source), len(source)),
        )
        for number, source in enumerate(sources)
    ]
    return _median(env, lambda: (store.store(env, folder, items), env.flush_all()), times)


def _median(env, work, times: int) -> float:
    work()
    env.cr.rollback()
    cpu, busy = measuring.Cpu(env.cr), []
    for _time in range(times):
        env.invalidate_all()
        env.transaction.clear()
        used = cpu()
        work()
        busy.append(1000 * (cpu() - used))
        env.cr.rollback()
    return statistics.median(busy)


def _grown(found: dict[int, dict], options) -> list[str]:
    counts = list(found)
    lines = [
        measuring.conditions(f"size --counts {options.counts}"),
        "",
        f"| CPU, median (ms) | {' | '.join(f'{count:,} emails' for count in counts)} | grown by |",
        f"| --- | {' | '.join('--:' for _count in counts)} | --: |",
    ]
    for name in found[counts[0]]:
        if name == "bytes":
            continue
        values = [found[count][name] for count in counts]
        lines.append(f"| {name} | {' | '.join(f'{value:.1f}' for value in values)} | {values[-1] / values[0]:.2f} |")
    for at, name in enumerate(("tables, bytes an email", "indexes, bytes an email", "VACUUM of the emails, s")):
        values = [found[count]["bytes"][at] for count in counts]
        lines.append(f"| {name} | {' | '.join(f'{value:,.1f}' for value in values)} | {values[-1] / values[0]:.2f} |")
    return lines


def _bytes(database: str, count: int) -> list[str]:
    user = mailboxes.address("size")
    with Dovecot() as server:
        mailboxes.fill(server, user, mailboxes.generated(count))
        on_server = sum(len(source) for source, *_rest in mailboxes.generated(count))
        settings = mailboxes.settings(user, server.ports["imap"])
        with Registry(database).cursor() as cr:
            cr.execute("SELECT pg_database_size(current_database())")
            [before] = cr.fetchone()
        command = [sys.executable, "-m", "dev.bench.one_sync", database, json.dumps(settings)]
        subprocess.run(command, cwd=paths.ROOT, stdout=subprocess.PIPE, check=True)
    with Registry(database).cursor() as cr:
        cr.execute("SELECT pg_database_size(current_database())")
        [after] = cr.fetchone()
        attachments = api.Environment(cr, SUPERUSER_ID, {})["ir.attachment"]
        files = attachments.search([("res_model", "=", "inbox.message")])
        stored = sum(
            Path(files._full_path(name)).stat().st_size for name in {one.store_fname for one in files} - {False}
        )
    return [
        f"{count:,} generated emails: {on_server / count:,.0f} bytes each on the mail server,"
        f" {(after - before) / count:,.0f} in the database and {stored / count:,.0f} in the filestore.",
    ]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
