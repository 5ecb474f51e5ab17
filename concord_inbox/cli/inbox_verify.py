"""`odoo inbox_verify -d NAME`: compare every connected account with its mail server.

Odoo wants file, class and command to bear the same name, and loads this file outside of the addon's package.
"""

import argparse
import sys

from odoo import SUPERUSER_ID, api
from odoo.cli import Command
from odoo.modules.registry import Registry
from odoo.tools import config

SHOWN = 20  # differences printed for each folder


class inbox_verify(Command):  # noqa: N801
    """Compare the email accounts of a database with their mail servers, folder by folder"""

    def run(self, args):
        """Print what differs; exit with 1 if anything does, with 2 if an account could not be compared."""
        parser = argparse.ArgumentParser(prog=self.prog, description=self.__doc__)
        parser.add_argument("-d", "--database", required=True, help="the database")
        parser.add_argument(
            "-a", "--account", action="append", metavar="EMAIL", help="only this account; may be repeated"
        )
        options, rest = parser.parse_known_args(args)
        config.parse_config(["-d", options.database, "--log-level=warn", *rest], setup_logging=True)
        with Registry(options.database).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            if "inbox.account" not in env:
                sys.exit(f"Concord Inbox is not installed in the database {options.database}.")
            accounts = env["inbox.account"].search([("state", "in", ("connected", "auth_failed", "paused"))])
            if options.account:
                accounts = accounts.filtered(lambda account: account.email in options.account)
                if missing := set(options.account) - set(accounts.mapped("email")):
                    sys.exit(f"There is no connected account {', '.join(sorted(missing))}.")
            sys.exit(max([_verify(account) for account in accounts], default=0))


def _verify(account) -> int:
    # Imported here: this file is loaded before Odoo knows the addon.
    from odoo.addons.concord_inbox.adapters.errors import AdapterError
    from odoo.addons.concord_inbox.sync import verify

    print(f"{account.name} ({account.email})")
    try:
        reports = verify.compare(account)
    except AdapterError as error:
        account.env.cr.rollback()
        print(f"  could not be compared: {account._explain(error)}")
        return 2
    if reports is None:
        print("  is being synchronised by another process; try again in a moment.")
        return 2
    for report in reports:
        verdict = "same" if report.is_same else "DIFFERENT"
        quarantined = f", {report.quarantined} of them in quarantine" if report.quarantined else ""
        print(f"  {report.path}: {report.on_server} on the server, {report.in_database} here{quarantined}: {verdict}")
        _print_some("only on the server", [f"UID {uid} {message_id}" for uid, message_id in report.missing])
        _print_some("only here", [f"UID {uid} {message_id}" for uid, message_id in report.surplus])
        _print_some(
            "another email",
            [f"UID {uid} {theirs} on the server, {ours} here" for uid, theirs, ours in report.different],
        )
    return 0 if all(report.is_same for report in reports) else 1


def _print_some(what: str, lines: list[str]) -> None:
    for line in lines[:SHOWN]:
        print(f"    {what}: {line}")
    if len(lines) > SHOWN:
        print(f"    {what}: {len(lines) - SHOWN} more")
