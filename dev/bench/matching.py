"""`./dev/benchmark matching [--emails N] [--seed N]`: how many emails find their contact and their deal, and how many
find a wrong one, by kind of email; upon emails that are labelled with what a salesperson would say."""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import odoo.tools
from odoo import SUPERUSER_ID, Command, api
from odoo.modules.registry import Registry

from dev import paths
from dev.bench import matching_mail
from tests.servers.dovecot import Dovecot
from tests.sync.common import PASSWORD
from tests.sync.killed import connected

REPORT = paths.ROOT / "docs" / "matching.md"
BEGIN, END = "<!-- matching: begin -->", "<!-- matching: end -->"


@dataclass
class Score:
    """Links that are as they should be, that should not be there, and that are missing; `offered`: missing ones that
    the card offers with one click."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    offered: int = 0

    def add(self, found: set, wanted: set) -> None:
        self.right += len(found & wanted)
        self.wrong += len(found - wanted)
        self.missed += len(wanted - found)

    def plus(self, other: "Score") -> "Score":
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return Score(*(one + another for one, another in pairs))

    @property
    def precision(self) -> float | None:
        """None: nothing was linked."""
        linked = self.right + self.wrong
        return self.right / linked if linked else None

    @property
    def recall(self) -> float | None:
        """None: nothing was to be linked."""
        wanted = self.right + self.missed
        return self.right / wanted if wanted else None


@dataclass
class Row:
    """What became of the emails of one kind."""

    kind: str
    emails: int = 0
    contacts: Score = field(default_factory=Score)
    deals: Score = field(default_factory=Score)


def prepare(env, account, world: matching_mail.World) -> dict[str, int]:
    """Create all that is there before the emails; key of contacts and deals -> id."""
    env.company.partner_id.email = f"office@{matching_mail.DOMAIN}"
    env["res.users"].with_context(no_reset_password=True).create(
        [{"name": name, "login": email, "email": email} for name, email in matching_mail.COLLEAGUES.items()]
    )
    env["inbox.identity"].create({"account_id": account.id, "email": matching_mail.ALIAS, "name": "Northlight"})
    env["inbox.blocked.address"].create([{"name": name, "user_id": False} for name in world.blocked])
    ids = {}
    for are_companies in (True, False):
        some = [one for one in world.contacts if one.is_company == are_companies]
        created = env["res.partner"].create(
            [
                {
                    "name": one.name,
                    "email": one.email,
                    "is_company": one.is_company,
                    "parent_id": ids.get(one.company, False),
                    "inbox_address_ids": [Command.create({"email": address}) for address in one.further],
                }
                for one in some
            ]
        )
        ids |= dict(zip((one.key for one in some), created.ids, strict=True))
    deals = env["crm.lead"].create(
        [
            {
                "name": one.name,
                "type": "opportunity",
                "partner_id": ids.get(one.contact, False),
                **({"email_from": one.address} if one.address else {}),
            }
            for one in world.deals
        ]
    )
    ids |= dict(zip((one.key for one in world.deals), deals.ids, strict=True))
    _in_state(env, world, ids, "won").action_set_won()
    _in_state(env, world, ids, "lost").action_set_lost()
    return ids


def win(env, world: matching_mail.World, ids: dict[str, int]) -> None:
    """Win the deals that are won between the two halves of the emails."""
    _in_state(env, world, ids, "won later").action_set_won()


def _in_state(env, world, ids, state):
    return env["crm.lead"].browse(ids[one.key] for one in world.deals if one.state == state)


def measure(env, account, world: matching_mail.World, ids: dict[str, int]) -> list[Row]:
    """Compare what the database says with the labels, by kind."""
    emails = env["inbox.message"].with_context(active_test=False)
    stored = {one.message_id: one for one in emails.search([("account_id", "=", account.id)])}
    rows: dict[str, Row] = {}
    for email in world.emails:
        row = rows.setdefault(email.kind, Row(email.kind))
        row.emails += 1
        message = stored[email.message_id]
        row.contacts.add(set(message.partner_ids.ids), {ids[key] for key in email.contacts})
        links = message.conversation_id.link_ids.filtered(lambda link: not link.is_undone)
        found = set(links.filtered(lambda link: link.res_model == "crm.lead").mapped("res_id"))
        wanted = {ids[key] for key in email.deals}
        row.deals.add(found, wanted)
        if wanted - found:
            offered = {one["res_id"] for one in message.inbox_card()["suggestions"] if one["res_model"] == "crm.lead"}
            row.deals.offered += len((wanted - found) & offered)
    return list(rows.values())


def total(rows: list[Row], kind: str = "all") -> Row:
    """The sum of these rows."""
    found = Row(kind)
    for row in rows:
        found = Row(kind, found.emails + row.emails, found.contacts.plus(row.contacts), found.deals.plus(row.deals))
    return found


def run(env, account, world: matching_mail.World, append: Callable, sync: Callable) -> list[Row]:
    """Have the emails of `world` synchronised, and measure.

    :param append: puts emails into a folder on the server: `(folder, sources)`.
    :param sync: synchronises the account.
    """
    ids = prepare(env, account, world)
    for number, half in enumerate(matching_mail.halves(world)):
        if number:
            win(env, world, ids)
        for folder, emails in half.items():
            if emails:
                append(folder, [one.source for one in emails])
        env.flush_all()
        sync()
    return measure(env, account, world, ids)


def table(rows: list[Row]) -> str:
    """The rows in Markdown, and their sum."""
    lines = [
        "| emails | number | contacts: precision | recall | deals: precision | recall | missed, but offered |",
        "| --- | --: | --: | --: | --: | --: | --: |",
    ]
    for row in [*rows, total(rows, "**all**")]:
        numbers = (row.contacts.precision, row.contacts.recall, row.deals.precision, row.deals.recall)
        offered = f"{row.deals.offered} of {row.deals.missed}" if row.deals.missed else ""
        lines.append(f"| {row.kind} | {row.emails} | {' | '.join(map(_percent, numbers))} | {offered} |")
    return "\n".join(lines)


def _percent(part: float | None) -> str:
    return "–" if part is None else f"{part:.1%}".replace(".0%", "%")


def main(database: str, *arguments: str) -> int:
    """Print the table, write it into docs/matching.md if asked to; the exit status."""
    parser = argparse.ArgumentParser(prog="./dev/benchmark matching")
    parser.add_argument("--emails", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="write the table into docs/matching.md")
    options = parser.parse_args(arguments)
    odoo.tools.config.parse_config(["-d", database, "--log-level=error"], setup_logging=True)
    world = matching_mail.make(options.emails, options.seed, datetime.now(UTC))
    with Dovecot() as server, Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        server.add_user(matching_mail.US, PASSWORD)
        account = connected(
            env,
            {
                "email": matching_mail.US,
                "account_type": "shared",
                "password": PASSWORD,
                "imap_host": "127.0.0.1",
                "imap_port": server.ports["imap"],
                "imap_encryption": "none",
                "sync_from": "1_month",
            },
        )
        account.folder_ids.filtered("is_selectable").is_active = True
        cr.commit()

        def sync():
            cr.commit()
            account._sync()
            cr.commit()
            env.invalidate_all()

        started = time.monotonic()
        rows = run(env, account, world, lambda folder, some: server.append(matching_mail.US, folder, some), sync)
        print(f"{len(world.emails)} emails in {time.monotonic() - started:.0f} s")
    command = f"./dev/benchmark matching --emails {options.emails} --seed {options.seed}"
    text = f"{datetime.now(UTC).date()}, `{command}`\n\n{table(rows)}"
    print(text)
    if options.write:
        page = REPORT.read_text()
        before, _begin, rest = page.partition(BEGIN)
        _old, _end, after = rest.partition(END)
        REPORT.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
