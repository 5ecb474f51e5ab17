"""`odoo inbox_verify -d NAME`: compare every connected account with its mail server, and mend it if that is asked for.

Odoo wants file, class and command to bear the same name, and loads this file outside of the addon's package.
"""

import argparse
import sys

from odoo import SUPERUSER_ID, api
from odoo.cli import Command
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.tools import config

SHOWN = 20  # differences printed for each folder

SAME, DIFFERENT, NOT_COMPARED = 0, 1, 2  # exit statuses


class inbox_verify(Command):  # noqa: N801
    """Compare the email accounts of a database with their mail servers, folder by folder"""

    def run(self, args):
        """Print what differs; exit with 1 if anything does (with --repair: still does), with 2 if an account could not
        be compared."""
        parser = argparse.ArgumentParser(prog=self.prog, description=self.__doc__)
        parser.add_argument("-d", "--database", required=True, help="the database")
        parser.add_argument(
            "-a", "--account", action="append", metavar="EMAIL", help="only this account; may be repeated"
        )
        parser.add_argument("--repair", action="store_true", help="mend what differs from the mail server")
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
            look = _repair if options.repair else _verify
            sys.exit(max([_try(look, account) for account in accounts], default=SAME))


def _try(look, account) -> int:
    # Imported here: this file is loaded before Odoo knows the addon.
    from odoo.addons.concord_inbox.adapters.errors import AdapterError
    from odoo.addons.concord_inbox.sync.lease import LeaseLostError

    print(f"{account.name} ({account.email})")
    try:
        status = look(account)
    except (AdapterError, UserError) as error:
        account.env.cr.rollback()
        print(f"  could not be compared: {account._explain(error)}")
        return NOT_COMPARED
    except LeaseLostError:
        status = None
    if status is None:
        print("  is being synchronised by another process; try again in a moment.")
        return NOT_COMPARED
    return status


def _verify(account) -> int | None:
    """Compare and print; return the exit status, None when another process is at this account."""
    from odoo.addons.concord_inbox.sync import verify

    report = verify.compare(account)
    if report is None:
        return None
    _print_some("folder only on the server", report.missing_folders, indent=2)
    _print_some("folder only here", report.surplus_folders, indent=2)
    for folder in report.folders:
        print(f"  {_numbers(folder)}: {'same' if folder.is_same else 'DIFFERENT'}")
        _print_differences(folder)
    _print_inner(report.inner)
    return SAME if report.is_same else DIFFERENT


def _repair(account) -> int | None:
    """Mend, print what was mended, then compare once more; return the exit status as `_verify()` does."""
    from odoo.addons.concord_inbox.sync import repair

    repaired = repair.run(account)
    if repaired is None:
        return None
    _print_some("added the folder", repaired.new_folders, indent=2)
    _print_some("removed the folder", repaired.gone_folders, indent=2)
    for folder in repaired.found.folders:
        if not folder.is_same:
            print(f"  {folder.path}: mending {folder.count}")
            _print_differences(folder)
    _print_inner(repaired.found.inner)
    if not repaired.found.count:
        print("  nothing to mend")
    print("  afterwards:")
    return _verify(account)


def _numbers(folder) -> str:
    quarantined = f", {folder.quarantined} of them in quarantine" if folder.quarantined else ""
    return f"{folder.path}: {folder.on_server} on the server, {folder.in_database} here{quarantined}"


def _print_differences(folder) -> None:
    missing = [f"id {copy.remote_id} {message_id}".rstrip() for copy, message_id in folder.missing]
    _print_some("only on the server", missing)
    _print_some("only here", [f"id {remote_id} {message_id}".rstrip() for remote_id, message_id in folder.surplus])
    _print_some(
        "another email",
        [
            f"id {copy.remote_id} {theirs} of {copy.size} bytes on the server, {ours} here"
            for copy, theirs, ours in folder.different
        ],
    )
    _print_some(
        "other keywords",
        [
            f"id {copy.remote_id} {_words(copy.keywords)} on the server, {_words(ours)} here"
            for copy, ours in folder.keywords
        ],
    )


def _words(keywords) -> str:
    return "+".join(sorted(keywords)) or "none"


def _print_inner(inner) -> None:
    for name, label in (
        ("flags", "read, starred or answered unlike their copies"),
        ("folders", "in other folders than their copies"),
        ("orphans", "without any copy"),
        ("marked", "taken for without copy"),
        ("loose", "in no conversation"),
    ):
        if count := inner.counts[name]:
            print(f"  emails {label}: {count}")
    if inner.conversations:
        print(f"  conversations that do not count their emails right: {len(inner.conversations)}")
    if inner.counters:
        print(f"  folders that do not count their emails right: {len(inner.counters)}")


def _print_some(what: str, lines: list[str], indent: int = 4) -> None:
    for line in lines[:SHOWN]:
        print(f"{' ' * indent}{what}: {line}")
    if len(lines) > SHOWN:
        print(f"{' ' * indent}{what}: {len(lines) - SHOWN} more")
