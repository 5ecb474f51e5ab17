"""`./dev/benchmark lists [--count N]`: milliseconds of the server for lists, conversations and search, upon N emails.

Each operation is what the browser's request runs, as a user, with nothing remembered from the one before: the fields
are those of the views. The baseline of the ratios is the cheapest thing that a request can ask: reading one email by
its id, in the same run. The clock counts what others do on the machine as well; where the system tells (Linux), the
seconds of CPU that Odoo and PostgreSQL took are measured beside it, and it is those that are held against the target.
"""

import argparse
import os
import platform
import random
import sys
import time
from datetime import UTC, datetime

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from dev.bench import lists_mail, measuring
from dev.bench.lists_mail import word

PAGE = 40
#: The view counts so many emails for its pager.
COUNTED = 200
#: 95 of 100 requests take at most so many milliseconds.
TARGETS = {"list": 60, "search": 150}


def main(database: str, *arguments: str) -> int:
    """Print the table, write it into docs/benchmarks.md if asked to; the exit status."""
    parser = argparse.ArgumentParser(prog="./dev/benchmark lists")
    parser.add_argument("--count", type=int, default=50_000, help="emails")
    parser.add_argument("--times", type=int, default=20, help="how often each operation is measured")
    parser.add_argument("--only", help="measure only the operations whose name has this in it")
    parser.add_argument("--explain", action="store_true", help="print the plan of the slowest statement of each")
    parser.add_argument("--write", action="store_true", help="write the table into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    odoo.tools.config.parse_config(["-d", database, "--log-level=error"], setup_logging=True)
    registry = Registry(database)
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        user, folders = make(env, options.count)
        env.cr.commit()
    with registry.cursor() as cr:
        env = api.Environment(cr, user, {})
        table = _measure(env, folders, options)
    text = _table(table, options)
    print(text)
    if options.write:
        measuring.write("lists", text)
    return 0


def make(env, count: int) -> tuple[int, dict[str, int]]:
    """The accounts, users and emails, unless the database has them; the measured user and his folders by name."""
    user = env["res.users"].search([("login", "=", "reader_bench")])
    if user:
        own = env["inbox.account"].search([("user_id", "=", user.id)])
        return user.id, {folder.path: folder.id for folder in own.folder_ids}
    started = time.monotonic()
    groups = [env.ref("concord_inbox.group_shared_inbox").id, env.ref("base.group_user").id]
    users = env["res.users"].with_context(no_reset_password=True).create(
        [{"name": name, "login": f"{name}_bench", "group_ids": [(6, 0, groups)]} for name in ("reader", "other")]
    )  # fmt: skip
    owners = {"own": users[0], "others": users[1]}
    accounts = {
        name: env["inbox.account"].create(
            {
                "email": f"{name}@northlight.example",
                **({"user_id": owners[name].id} if name in owners else {"account_type": "shared"}),
                "state": "connected",
                "connected_at": "2025-01-01 00:00:00",
                "sync_since": "2018-01-01 00:00:00",
            }
        )
        for name in lists_mail.ACCOUNTS
    }
    roles = dict(env["inbox.folder"]._fields["role"].selection)
    folders = {
        (account.id, name): env["inbox.folder"].create(
            {"account_id": account.id, "name": name, "path": name, "role": name if name in roles else False,
             "is_active": True}
        ).id
        for account in accounts.values() for name in lists_mail.FOLDERS
    }  # fmt: skip
    lists_mail.make(env, {name: account.id for name, account in accounts.items()}, folders, count)
    print(f"{count:,} emails made in {time.monotonic() - started:.0f} s", flush=True)
    with env.registry.cursor() as cr:
        cr._cnx.autocommit = True
        cr.execute("VACUUM ANALYZE")
    return users[0].id, {name: folders[accounts["own"].id, name] for name in lists_mail.FOLDERS}


# ------------------------------------------------------------ what is measured


def _measure(env, folders: dict[str, int], options) -> list[tuple]:
    """(name, kind, median and 95th percentile by the clock, the same of CPU, most and least queries) of each."""
    rng = random.Random(1)  # noqa: S311 (no secret)
    cpu = measuring.Cpu(env.cr)
    result = []
    for name, kind, work in operations(env, folders, rng):
        if options.only and options.only not in name and kind != "base":
            continue
        work()  # what is cached for all users is, as in a server that runs
        times, busy, queries = [], [], []
        for _ in range(options.times):
            env.invalidate_all()
            env.transaction.clear()
            before, started, used = env.cr.sql_log_count, time.perf_counter(), cpu()
            work()
            busy.append(1000 * (cpu() - used))
            times.append(1000 * (time.perf_counter() - started))
            queries.append(env.cr.sql_log_count - before)
        env.cr.rollback()
        row = (name, kind, *measuring.spread(times), *measuring.spread(busy), max(queries), min(queries))
        result.append(row)
        print(
            f"{name:44} {row[2]:8.1f} {row[3]:8.1f} ms, CPU {row[4]:8.1f} {row[5]:8.1f} ms {row[6]:4} queries",
            flush=True,
        )
        if options.explain:
            measuring.explain(env, work)
        env.cr.rollback()
    return result


def operations(env, folders: dict[str, int], rng):
    messages = env["inbox.message"]
    inbox = [("is_in_inbox", "=", True)]
    some = messages.search([("folder_id", "in", [folders["inbox"]])], limit=2000).ids

    columns = measuring.fields_of(env, "inbox_message_view_list")
    pane = measuring.fields_of(env, "inbox_message_view_form")

    def page(domain, offset=0, together=False):
        asked = messages.with_context(inbox_conversations=True) if together else messages
        return lambda: asked.web_search_read(
            [*inbox, *domain], columns, offset=offset, limit=PAGE, order="date desc, id desc", count_limit=COUNTED + 1
        )

    def search(text, *domain, together=False):
        return page([("search_query", "ilike", text), *domain], together=together)

    together = messages.with_context(inbox_conversations=True)
    yield "one email by its id (baseline)", "base", lambda: messages.browse(rng.choice(some)).read(["subject"])
    yield "folder: the inbox", "list", page([("folder_id", "in", [folders["inbox"]])])
    yield "folder: a small one", "list", page([("folder_id", "in", [folders["Travel"]])])
    yield "folder: an old one", "list", page([("folder_id", "in", [folders["2019"]])])
    yield "folder: the inbox, page 100", "list", page([("folder_id", "in", [folders["inbox"]])], 99 * PAGE)
    yield (
        "folder: unread in the inbox",
        "list",
        page([("folder_id", "in", [folders["inbox"]]), ("is_read", "=", False)]),
    )
    yield "account: all folders of one", "list", page([("folder_id", "in", [-messages.browse(some[0]).account_id.id])])
    yield "all accounts", "list", page([])
    yield "all accounts, page 100", "list", page([], 99 * PAGE)
    yield "conversations: the inbox", "list", page([("folder_id", "in", [folders["inbox"]])], together=True)
    yield (
        "conversations: the inbox, page 100",
        "list",
        page([("folder_id", "in", [folders["inbox"]])], 99 * PAGE, together=True),
    )
    yield (
        "conversations: unread in the inbox",
        "list",
        page([("folder_id", "in", [folders["inbox"]]), ("is_read", "=", False)], together=True),
    )
    yield "conversations: all accounts", "list", page([], together=True)
    yield "panel: folders and counters", "list", lambda: messages.search_panel_select_range("folder_id")
    yield "conversation: in the reading pane", "list", lambda: together.browse(rng.choice(some)).web_read(pane)
    yield "recipients: “p”", "list", lambda: messages.compose_recipients("p")
    yield "recipients: “person12”", "list", lambda: messages.compose_recipients("person12")
    yield "recipients: “Person 123”", "list", lambda: messages.compose_recipients("Person 123")
    yield "recipients: nobody", "list", lambda: messages.compose_recipients("qqqq")
    unread = messages.search([("folder_id", "in", [folders["inbox"]]), ("is_read", "=", False)], limit=5000).ids
    yield "bulk: 40 marked as read", "list", lambda: _bulk(env, [unread.pop() for _one in range(PAGE)])
    typed = word(3000)
    for length in range(2, len(typed) + 1):
        yield f"search: “{typed[:length]}”, as one types", "search", search(typed[:length])
    yield "search: a word in nearly all", "search", search(word(0))
    yield "search: a word in some", "search", search(word(300))
    yield "search: a word in few", "search", search(word(15_000))
    yield "search: two words", "search", search(f"{word(40)} {word(90)}")
    yield "search: a phrase", "search", search(f'"{word(0)} {word(1)}"')
    yield "search: from:, is:, after:", "search", search("from:person123 is:read after:2020-01-01")
    yield "search: nothing is found", "search", search("qqqqqq")
    yield "search: in one folder", "search", search(word(300), ("folder_id", "in", [folders["inbox"]]))
    yield "search: few, in one folder", "search", search(word(15_000), ("folder_id", "in", [folders["inbox"]]))
    yield "search: in a small folder", "search", search(word(40), ("folder_id", "in", [folders["Travel"]]))
    yield "search: conversations", "search", search(word(300), together=True)
    yield (
        "search: conversations in one folder",
        "search",
        search(word(300), ("folder_id", "in", [folders["inbox"]]), together=True),
    )


def _bulk(env, ids: list[int]) -> None:
    done = env["inbox.message"].bulk_apply("read", {"ids": ids})
    assert done["count"] == len(ids)
    env.flush_all()


# ------------------------------------------------------------ what is told


def _table(rows: list[tuple], options) -> str:
    baseline = rows[0][4]
    load = os.getloadavg()[1]
    lines = [
        f"{datetime.now(UTC).date()}, `./dev/benchmark lists --count {options.count} --times {options.times}`,"
        f" {options.count:,} emails, Python {platform.python_version()}, {platform.machine()},"
        f" {os.cpu_count()} cores, of which {load:.1f} were asked for",
        "",
        "| operation | clock: median (ms) | 95th percentile | CPU: median | 95th percentile | times the baseline"
        " | queries | target |",
        "| --- | --: | --: | --: | --: | --: | --: | --: |",
    ]
    for name, kind, median, p95, busy, busy95, most, least in rows:
        target = TARGETS.get(kind)
        verdict = "" if target is None else f"{target}" if busy95 <= target else f"**{target}: missed**"
        queries = f"{most}" if most == least else f"{least}-{most}"
        figures = " | ".join(f"{figure:.1f}" for figure in (median, p95, busy, busy95, busy / baseline))
        lines.append(f"| {name} | {figures} | {queries} | {verdict} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
