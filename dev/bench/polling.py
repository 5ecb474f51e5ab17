"""`./dev/benchmark polling [--write]`: what it costs that nothing has changed, or little has.

Polls of one account with 10 to 1,000 folders; after flags, new and moved emails of another client; and how busy two
cron workers are with many accounts that are polled every minute.
"""

import argparse
import statistics
import sys
import time
from itertools import chain

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from dev import databases
from dev.bench import mailboxes, measuring, workers
from tests.servers.dovecot import Dovecot
from tests.servers.proxy import Proxy
from tests.servers.wire import quote
from tests.sync.killed import connected

FOLDERS = (10, 100, 1000)
EMAILS = 10_000
WORKERS = 2


def main(database: str, *arguments: str) -> int:
    """Print the tables, write them into docs/benchmarks.md if asked to; the exit status."""
    parser = argparse.ArgumentParser(prog="./dev/benchmark polling")
    parser.add_argument("--times", type=int, default=10, help="how often each poll is measured")
    parser.add_argument("--accounts", type=int, default=1000, help="how many are polled every minute")
    parser.add_argument("--minutes", type=float, default=3, help="how long they are")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    odoo.tools.config.parse_config(["-d", database, "--log-level=critical"], setup_logging=True)
    lines = [
        measuring.conditions(f"polling --accounts {options.accounts}"),
        "",
        "| poll | seconds, median | longest | CPU, median (ms) | round trips after login |",
        "| --- | --: | --: | --: | --: |",
    ]
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        for row in chain(_unchanged(env, options.times), _changed(env, options.times)):
            print(row, flush=True)
            lines.append(row)
    lines += ["", *_many(options)]
    text = "\n".join(lines)
    print(text)
    if options.write:
        measuring.write("polling", text)
    return 0


def _unchanged(env, times: int):
    for name, hide in (("", ()), (", without LIST-STATUS", ("LIST-STATUS",))):
        with Dovecot(hide=hide) as server, Proxy(server.ports["imap"]) as proxy:
            for count in FOLDERS:
                user = mailboxes.address(f"folders{count}{len(hide)}")
                server.add_user(user, mailboxes.PASSWORD)
                with server.wire(user) as wire:
                    for number in range(count):
                        wire.command(b"CREATE " + quote(f"Folder {number}"))
                account = _account(env, user, proxy.port)
                yield _row(f"{count:,} folders, nothing changed{name}", account, proxy, [lambda: None] * times)


def _changed(env, times: int):
    user = mailboxes.address("changed")
    with Dovecot() as server, Proxy(server.ports["imap"]) as proxy:
        mailboxes.fill(server, user, mailboxes.generated(EMAILS))
        account = _account(env, user, proxy.port)
        numbers = iter(range(10**9))

        def flags(count: int):
            with server.wire(user) as wire:
                wire.command(b"SELECT INBOX")
                sign = b"+" if next(numbers) % 2 else b"-"
                wire.command(b"UID STORE 1:%d %sFLAGS.SILENT (\\Flagged)" % (count, sign))

        def new(count: int):
            emails = mailboxes.generated(count, seed=next(numbers))
            mailboxes.fill(server, user, [(_renamed(source, next(numbers)), *rest) for source, *rest in emails])

        def moved(count: int):
            with server.wire(user) as wire:
                there, target = (b"INBOX", b"Archive") if next(numbers) % 2 else (b"Archive", b"INBOX")
                if there == b"Archive" and not moves:
                    there, target = target, there
                moves.append(there)
                wire.command(b"SELECT " + there)
                wire.command(b"MOVE 1:%d %s" % (count, target))

        moves: list[bytes] = []
        for count in (1, 100, EMAILS):
            yield _row(f"{count:,} flags changed", account, proxy, [lambda count=count: flags(count)] * times)
        for count in (1, 100):
            yield _row(f"{count:,} new", account, proxy, [lambda count=count: new(count)] * times)
        yield _row("1,000 moved", account, proxy, [lambda: moved(1000)] * 2)


def _renamed(source: bytes, number: int) -> bytes:
    return source.replace(b"@bench.example>", b".%d@bench.example>" % number)


def _account(env, user: str, port: int):
    account = connected(env, mailboxes.settings(user, port))
    account.folder_ids.filtered("is_selectable").is_active = True
    env.cr.commit()
    for _time in range(2):
        _synchronise(account)
    return account


def _synchronise(account) -> None:
    outcome = account._sync()[account.id]
    if outcome.error:
        raise SystemExit(f"The synchronisation failed: {outcome.error}")
    account.env.cr.commit()
    account.env.invalidate_all()


def _row(name: str, account, proxy: Proxy, changes: list) -> str:
    seconds, busy, turns = [], [], []
    cpu = measuring.Cpu(account.env.cr)
    for change in changes:
        change()
        begun, used, started = proxy.turns, cpu(), time.perf_counter()
        _synchronise(account)
        seconds.append(time.perf_counter() - started)
        busy.append(1000 * (cpu() - used))
        # Of login and listing, the first is nothing of the poll's.
        turns.append(proxy.turns - begun - 1)
    return (
        f"| {name} | {statistics.median(seconds):.3f} | {max(seconds):.3f} | {statistics.median(busy):.1f} |"
        f" {max(turns)} |"
    )


def _many(options) -> list[str]:
    users = [mailboxes.address(f"many{number}") for number in range(options.accounts)]
    with Dovecot() as server, databases.another() as name:
        for user in users:
            mailboxes.fill(server, user, mailboxes.generated(3))
        workers.prepare(name, [mailboxes.settings(user, server.ports["imap"]) for user in users])
        workers.work(name, WORKERS)  # the first synchronisation
        told = workers.work(name, WORKERS, 60 * options.minutes)
    runs = [run for one in told for run in one["runs"]]
    late = sorted(run[4] for run in runs)
    cpu = sum(one["odoo"] + one["postgres"] for one in told)
    return [
        f"{options.accounts:,} accounts, each due every minute, {WORKERS} cron workers, {options.minutes:g} minutes:"
        f" {len(runs) / options.minutes:,.0f} polls a minute, {100 * cpu / 60 / options.minutes:.0f} % of one core"
        f" (starting the workers included; of it PostgreSQL"
        f" {100 * sum(one['postgres'] for one in told) / 60 / options.minutes:.0f}),"
        f" {told[0]['connections']} database connections, late by {statistics.median(late):.1f} s in the median and by"
        f" {late[int(0.95 * len(late))]:.1f} s at most of 95 in 100."
    ]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
