"""`odoo inbox_watch -d NAME`: have mail servers tell of new email, so that it is here within seconds.

Odoo wants file, class and command to bear the same name, and loads this file outside of the addon's package.
"""

import argparse
import signal
import sys

from odoo.cli import Command
from odoo.modules.registry import Registry
from odoo.tools import config


class inbox_watch(Command):  # noqa: N801
    """Watch the email accounts of a database and have them synchronised when something arrives"""

    def run(self, args):
        """Watch until SIGTERM or Ctrl-C; exit with 0."""
        parser = argparse.ArgumentParser(prog=self.prog, description=self.__doc__)
        parser.add_argument("-d", "--database", required=True, help="the database")
        parser.add_argument(
            "--every",
            type=float,
            default=30,
            metavar="SECONDS",
            help="how often to look for accounts that were added or changed (default: 30)",
        )
        options, rest = parser.parse_known_args(args)
        config.parse_config(["-d", options.database, *rest], setup_logging=True)
        if "inbox.account" not in Registry(options.database):
            sys.exit(f"Concord Inbox is not installed in the database {options.database}.")
        # Imported here: this file is loaded before Odoo knows the addon.
        from odoo.addons.concord_inbox.sync.watch import Watcher

        watcher = Watcher(options.database, max(options.every, 1))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: watcher.stop())
        watcher.run()
