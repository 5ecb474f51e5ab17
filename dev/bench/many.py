"""`./dev/benchmark many [--accounts N] [--emails N] [--write]`: many accounts synchronised for the first time at once.

By 1, 2 and 4 cron workers, each a process with its own registry, as the workers of one Odoo are or those of several
upon one database.
"""

import argparse
import sys
from itertools import pairwise

from dev import databases
from dev.bench import mailboxes, measuring, workers
from tests.servers.dovecot import Dovecot

WORKERS = (1, 2, 4)


def main(database: str, *arguments: str) -> int:
    """Print the table, write it into docs/benchmarks.md if asked to; the exit status."""
    parser = argparse.ArgumentParser(prog="./dev/benchmark many")
    parser.add_argument("--accounts", type=int, default=50)
    parser.add_argument("--emails", type=int, default=2000, help="of each account")
    parser.add_argument("--write", action="store_true", help="write the table into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    users = [mailboxes.address(f"box{number}") for number in range(options.accounts)]
    rows = []
    with Dovecot() as server:
        for number, user in enumerate(users):
            mailboxes.fill(server, user, mailboxes.generated(options.emails, seed=number))
        settings = [mailboxes.settings(user, server.ports["imap"]) for user in users]
        for count in WORKERS:
            with databases.another() as name:
                workers.prepare(name, settings)
                rows.append(_row(count, workers.work(name, count), options))
            print(rows[-1], flush=True)
    text = "\n".join(
        [
            measuring.conditions(f"many --accounts {options.accounts} --emails {options.emails}"),
            "",
            "| workers | seconds | emails a second | by each worker | first and last account done after (s) |"
            " two at one account | database connections |",
            "| --: | --: | --: | --: | --: | --: | --: |",
            *rows,
        ]
    )
    print(text)
    if options.write:
        measuring.write("many", text)
    return 0


def _row(count: int, told: list[dict], options) -> str:
    runs = [run for one in told for run in one["runs"]]
    begin = min(started for _account, started, *_rest in runs)
    seconds = max(ended for _account, _started, ended, *_rest in runs) - begin
    brought = sum(messages for *_times, messages, _late in runs)
    if brought != options.accounts * options.emails:
        raise SystemExit(f"{brought} emails were brought.")
    visits: dict[int, list] = {}
    for account, started, ended, *_rest in runs:
        visits.setdefault(account, []).append((started, ended))
    done = sorted(max(ended for _started, ended in own) - begin for own in visits.values())
    twice = sum(after[0] < before[1] for own in visits.values() for before, after in pairwise(sorted(own)))
    each = ", ".join(f"{sum(messages for *_times, messages, _late in one['runs']):,}" for one in told)
    return (
        f"| {count} | {seconds:.1f} | {brought / seconds:,.0f} | {each} | {done[0]:.1f}, {done[-1]:.1f} | {twice} |"
        f" {told[0]['connections']} |"
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
