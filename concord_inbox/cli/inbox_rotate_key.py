"""`odoo inbox_rotate_key -d NAME`: encrypt all stored passwords with the first of the keys.

Odoo wants file, class and command to bear the same name, and loads this file outside of the addon's package.
"""

import argparse
import sys

from odoo import SUPERUSER_ID, api
from odoo.cli import Command
from odoo.modules.registry import Registry
from odoo.tools import config

DONE, SOME_LEFT, NOT_DONE = 0, 1, 2  # exit statuses


class inbox_rotate_key(Command):  # noqa: N801
    """Encrypt the stored passwords of the email accounts of a database with the first of the keys"""

    def run(self, args):
        """Print numbers, and never a key or a password; exit with 1 if a password could not be decrypted, with 2 if
        the keys are no good."""
        parser = argparse.ArgumentParser(prog=self.prog, description=self.__doc__)
        parser.add_argument("-d", "--database", required=True, help="the database")
        parser.add_argument(
            "--new-key", action="store_true", help="first make a new key, and put it in front of those in the key file"
        )
        options, rest = parser.parse_known_args(args)
        config.parse_config(["-d", options.database, "--log-level=warn", *rest], setup_logging=True)
        with Registry(options.database).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            if "inbox.account" not in env:
                sys.exit(f"Concord Inbox is not installed in the database {options.database}.")
            sys.exit(_rotate(env, options.new_key))


def _rotate(env, new_key: bool) -> int:
    # Imported here: this file is loaded before Odoo knows the addon.
    from odoo.addons.concord_inbox.models import secrets

    try:
        if new_key:
            print(f"A new key was made. The key file holds {secrets.add_key(env)} keys now; the first one encrypts.")
        result = secrets.rotate(env)
    except secrets.KeyConfiguredError:
        print(
            "The key comes from CONCORD_INBOX_KEY or concord_inbox_key. Put the new key in front of the old one there,"
            " separated by a comma, restart Odoo, and run this command without --new-key."
        )
        return NOT_DONE
    except secrets.SecretError as error:
        print(error)
        return NOT_DONE
    print(f"Encrypted with the first key: {result.done} now, {result.current} before.")
    for model, record_id in result.unreadable:
        print(f"Cannot be decrypted with any key: {model} {record_id}. The password has to be entered again.")
    return SOME_LEFT if result.unreadable else DONE
