"""`./dev/benchmark links [--emails N] [--contacts N]`: seconds until links follow contacts that come, change, go.

The emails are of 30,000 people, so with the defaults a third of the people become contacts.
"""

import argparse
import os
import platform
import sys
import time
from datetime import UTC, datetime

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import SQL

from dev.bench import measuring

PEOPLE, COMPANIES = 30_000, 3000
ACCOUNTS = 4
#: Emails made in one statement, and contacts in one `create()`, as Odoo's import does.
STEP, IMPORTED = 99_999, 1000


def main(database: str, *arguments: str) -> int:
    """Print the table, write it into docs/benchmarks.md if asked to; the exit status."""
    parser = argparse.ArgumentParser(prog="./dev/benchmark links")
    parser.add_argument("--emails", type=int, default=1_000_000)
    parser.add_argument("--contacts", type=int, default=10_000)
    parser.add_argument("--write", action="store_true", help="write the table into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    odoo.tools.config.parse_config(["-d", database, "--log-level=error"], setup_logging=True)
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        make(env, options.emails)
        rows = list(_measure(env, options.contacts))
    text = _table(rows, options)
    print(text)
    if options.write:
        measuring.write("links", text)
    return 0


def make(env, count: int) -> None:
    """Make so many emails, and commit them."""
    started = time.monotonic()
    accounts = env["inbox.account"].create(
        [
            {"email": f"box{n}@northlight.example", "account_type": "shared", "state": "connected",
             "connected_at": "2025-01-01 00:00:00"}
            for n in range(ACCOUNTS)
        ]
    )  # fmt: skip
    env["inbox.relink"]._cron_relink()
    for first in range(0, count, STEP):
        for statement in (
            "DROP TABLE IF EXISTS made",
            SQL(
                """CREATE TEMP TABLE made AS
                   SELECT nextval('inbox_message_id_seq') AS id, n, n / 3 AS thread,
                          'box' || n / 3 %% %(accounts)s AS box,
                          (%(ids)s::int[])[1 + n / 3 %% %(accounts)s] AS account, hashint8(n) & 1048575 AS h,
                          timestamp '2026-01-01' - n * interval '1 minute' AS date
                     FROM generate_series(%(first)s::bigint, %(last)s::bigint) n""",
                accounts=ACCOUNTS,
                ids=accounts.ids,
                first=first,
                last=min(first + STEP, count) - 1,
            ),
            """INSERT INTO inbox_conversation (account_id, subject, last_date, message_count, unread_count)
               SELECT account, 'bench ' || thread, max(date), count(*), 0 FROM made GROUP BY account, thread""",
            """INSERT INTO inbox_message (id, account_id, conversation_id, message_id, subject, date, received_date,
                                          content_text, is_read, direction, state, size, visibility, fingerprint,
                                          is_changed, is_deleted, is_gone)
               SELECT made.id, account, conversation.id, '<' || n || '@bench.example>', 'Offer ' || n, date, date,
                      repeat('Good morning. ', 20), true, 'in', 'received', 2000, 'everything', n, false, false, false
                 FROM made JOIN inbox_conversation conversation
                   ON conversation.account_id = account AND conversation.subject = 'bench ' || thread""",
            SQL(
                """INSERT INTO inbox_participant (inbox_message_id, role, email, email_normalized, address_key)
                   SELECT id, role, address, address, address
                     FROM made CROSS JOIN LATERAL (VALUES
                          ('from', 'person' || h %% %(people)s || '@company' || h %% %(companies)s || '.example'),
                          ('to', box || '@northlight.example'),
                          ('cc', CASE WHEN n %% 3 = 0 THEN 'person' || (h + n) %% %(people)s || '@company'
                                                       || (h + n) %% %(companies)s || '.example' END))
                          part(role, address)
                    WHERE address IS NOT NULL""",
                people=PEOPLE,
                companies=COMPANIES,
            ),
        ):
            env.cr.execute(statement)
        env.cr.commit()
    with env.registry.cursor() as cr:
        cr._cnx.autocommit = True
        cr.execute("VACUUM ANALYZE")
    print(f"{count:,} emails made in {time.monotonic() - started:.0f} s", flush=True)


def _measure(env, count: int):
    """(what is done, seconds of the user's transactions, those of the job by the clock and of CPU, its longest
    transaction, links after)."""
    people = [
        {"name": f"Person {n}", "email": f"person{n}@company{n % COMPANIES}.example"}
        for n in range(0, PEOPLE, PEOPLE // count or 1)
    ][:count]
    contacts = env["res.partner"]

    def bring():
        nonlocal contacts
        for first in range(0, len(people), IMPORTED):
            contacts += env["res.partner"].create(people[first : first + IMPORTED])
            env.cr.commit()

    def move():
        contacts.invalidate_recordset()
        for contact in contacts[:20]:
            contact.email = f"new-{contact.email}"

    def add():
        env["inbox.partner.address"].create(
            [{"partner_id": one.id, "email": one.email.removeprefix("new-")} for one in contacts[:20]]
        )

    yield _timed(env, f"{len(people):,} contacts are imported", bring)
    yield _timed(env, "20 of them get another address", move)
    yield _timed(env, "the former one as a further address of these", add)
    yield _timed(env, "all are archived", lambda: contacts.write({"active": False}))


def _timed(env, what: str, work) -> tuple:
    from odoo.addons.concord_inbox.sync import links

    started = time.monotonic()
    work()
    env.cr.commit()
    cpu = measuring.Cpu(env.cr)
    done, used = time.monotonic(), cpu()
    longest, apply = 0.0, links.apply

    def timed(*arguments):
        nonlocal longest
        begun = time.monotonic()
        apply(*arguments)
        longest = max(longest, time.monotonic() - begun)

    links.apply = timed
    try:
        env["inbox.relink"]._cron_relink()
        env.cr.commit()
    finally:
        links.apply = apply
    seconds, used = time.monotonic() - done, cpu() - used
    [(count,)] = env.execute_query(SQL("SELECT count(*) FROM inbox_message_res_partner_rel"))
    print(f"{what}: {done - started:.1f} s + {seconds:.1f} s (CPU: {used:.1f} s), {count:,} links", flush=True)
    return what, done - started, seconds, used, longest, count


def _table(rows: list[tuple], options) -> str:
    server = platform.processor() or platform.machine()
    lines = [
        f"{datetime.now(UTC).date()}, `./dev/benchmark links --emails {options.emails} --contacts {options.contacts}`,"
        f" Python {platform.python_version()}, {server}, {os.cpu_count()} cores, of which {os.getloadavg()[2]:.1f} were"
        " asked for",
        "",
        "| what | the change itself (s) | until all links have followed (s) | of these CPU (s)"
        " | longest transaction (s) | links then |",
        "| --- | --: | --: | --: | --: | --: |",
    ]
    lines += [
        f"| {what} | {change:.1f} | {job:.1f} | {used:.1f} | {longest:.2f} | {count:,} |"
        for what, change, job, used, longest, count in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
