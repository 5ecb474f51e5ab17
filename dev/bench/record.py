"""`./dev/benchmark record [--emails N]`: milliseconds of the server for the emails on the pages of contacts and deals.

One contact has 20,000 of the emails, a company has 1,000 contacts with theirs, and 5,000 conversations are linked to a
deal by hand. Measured are the first page of the tab, as the browser asks for it, and the count that the form asks for
once it is shown; for who reads the accounts, and for a colleague who sees the emails on these pages alone.
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

from dev.bench import links, measuring

OF_CONTACT, CONTACTS, OF_DEAL = 20_000, 1000, 5000
#: Of the view.
PAGE, COUNTED = 40, 200
#: Milliseconds for the first page.
TARGET = 100


def main(database: str, *arguments: str) -> int:
    """Print the table, write it into docs/benchmarks.md if asked to; the exit status."""
    parser = argparse.ArgumentParser(prog="./dev/benchmark record")
    parser.add_argument("--emails", type=int, default=200_000)
    parser.add_argument("--times", type=int, default=20, help="how often each operation is measured")
    parser.add_argument("--explain", action="store_true", help="print the plan of the slowest statement of each")
    parser.add_argument("--write", action="store_true", help="write the table into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    odoo.tools.config.parse_config(["-d", database, "--log-level=error"], setup_logging=True)
    registry = Registry(database)
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        links.make(env, options.emails)
        users, records = _make(env)
    with registry.cursor() as cr:
        cr._cnx.autocommit = True
        cr.execute("VACUUM ANALYZE")
    rows = []
    for name, user in users.items():
        with registry.cursor() as cr:
            rows += _measure(api.Environment(cr, user, {}), name, records, options)
    text = _table(rows, options)
    print(text)
    if options.write:
        measuring.write("record", text)
    return 0


def _make(env) -> tuple[dict[str, int], dict[str, tuple[str, int]]]:
    """(user by what the user reads, (model, id) by what it is)."""
    users = env["res.users"].with_context(no_reset_password=True)
    groups = [env.ref("base.group_user").id, env.ref("sales_team.group_sale_salesman_all_leads").id]
    shared = [*groups, env.ref("concord_inbox.group_shared_inbox").id]
    made = {
        "reads the accounts": users.create(
            {"name": "reader", "login": "reader_bench", "group_ids": [(6, 0, shared)]}
        ).id,
        "a colleague": users.create({"name": "colleague", "login": "other_bench", "group_ids": [(6, 0, groups)]}).id,
    }
    env.cr.execute(
        SQL(
            """UPDATE inbox_participant SET email = %(email)s, email_normalized = %(email)s, address_key = %(email)s
                WHERE role = 'from'
                  AND inbox_message_id IN (SELECT id FROM inbox_message ORDER BY id LIMIT %(count)s)""",
            email="busy@contact.example",
            count=OF_CONTACT,
        )
    )
    contact = env["res.partner"].create({"name": "Busy", "email": "busy@contact.example"})
    company = env["res.partner"].create({"name": "Company", "is_company": True})
    people = env["res.partner"].create(
        [
            {"name": f"Person {n}", "email": f"person{n}@company{n % links.COMPANIES}.example", "parent_id": company.id}
            for n in range(CONTACTS)
        ]
    )
    deal = env["crm.lead"].create({"name": "Deal", "type": "opportunity"})
    env.cr.execute(
        SQL(
            """INSERT INTO inbox_conversation_link (conversation_id, res_model, res_id, reason, is_undone)
               SELECT id, 'crm.lead', %s, 'by_hand', false FROM inbox_conversation ORDER BY id DESC LIMIT %s""",
            deal.id,
            OF_DEAL,
        )
    )
    env.cr.commit()
    env["inbox.relink"]._cron_relink()
    env.cr.commit()
    return made, {
        f"contact with {OF_CONTACT:,} emails": ("res.partner", contact.id),
        "contact without emails": ("res.partner", env.company.partner_id.id),
        "a contact of the company": ("res.partner", people[0].id),
        f"company with {CONTACTS:,} contacts": ("res.partner", company.id),
        f"deal with {OF_DEAL:,} conversations": ("crm.lead", deal.id),
    }


def _measure(env, reader: str, records: dict[str, tuple[str, int]], options):
    columns = measuring.fields_of(env, "inbox_message_view_list_record")
    messages = env["inbox.message"].with_context(inbox_conversations=True)
    for what, (model, number) in records.items():
        domain = [("on_record", "=", f"{model},{number}")]

        def page(domain=domain):
            return messages.web_search_read(
                domain, columns, limit=PAGE, order="date desc, id desc", count_limit=COUNTED + 1
            )

        def count(model=model, number=number):
            return env[model].browse(number).read(["inbox_message_count"])

        for operation, work in (("first page", page), ("count", count)):
            yield _one(env, f"{what}, {reader}: {operation}", work, options)


def _one(env, name: str, work, options) -> tuple:
    work()
    times, busy, queries, cpu = [], [], [], measuring.Cpu(env.cr)
    for _ in range(options.times):
        env.invalidate_all()
        env.transaction.clear()
        before, started, used = env.cr.sql_log_count, time.perf_counter(), cpu()
        work()
        busy.append(1000 * (cpu() - used))
        times.append(1000 * (time.perf_counter() - started))
        queries.append(env.cr.sql_log_count - before)
    row = (name, *measuring.spread(times), *measuring.spread(busy), max(queries))
    print(
        f"{name:70} {row[1]:8.1f} {row[2]:8.1f} ms, CPU {row[3]:8.1f} {row[4]:8.1f} ms {row[5]:4} queries", flush=True
    )
    if options.explain:
        measuring.explain(env, work)
    env.cr.rollback()
    return row


def _table(rows: list[tuple], options) -> str:
    lines = [
        f"{datetime.now(UTC).date()}, `./dev/benchmark record --emails {options.emails} --times {options.times}`,"
        f" Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, of which"
        f" {os.getloadavg()[1]:.1f} were asked for; the target, {TARGET} ms for the first page, is held against CPU",
        "",
        "| operation | clock: median (ms) | 95th percentile | CPU: median | 95th percentile | queries |",
        "| --- | --: | --: | --: | --: | --: |",
    ]
    for name, median, p95, busy, busy95, queries in rows:
        missed = " **(missed)**" if name.endswith("first page") and busy95 > TARGET else ""
        figures = " | ".join(f"{figure:.1f}" for figure in (median, p95, busy, busy95))
        lines.append(f"| {name} | {figures}{missed} | {queries} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
