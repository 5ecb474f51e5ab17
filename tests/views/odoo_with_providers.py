"""`python -m tests.views.odoo_with_providers ARGUMENTS`: Odoo, in which Gmail and Outlook accounts can be connected.

What is not in the registry of adapters gets one that signs in, has an empty inbox and sends nothing.
"""

import sys

from odoo.cli import main
from odoo.modules import initialize_sys_path
from odoo.tools import config


class _Empty:
    has_uids = False

    def __init__(self, settings):
        self._settings = settings

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        pass

    def folders(self):
        from odoo.addons.concord_inbox.adapters.base import RemoteFolder

        self._settings.tokens.token()
        return [RemoteFolder("INBOX", "INBOX", role="inbox", total=0)]

    def check_incoming(self, tell):
        folders = self.folders()
        tell("login", {"user": self._settings.username})
        tell("folders", {"count": len(folders)})
        return folders

    def check_outgoing(self, tell):
        tell("login", {"user": self._settings.username})

    def identities(self):
        return []

    def changes(self, *_arguments, **_more):
        return iter(())

    def size_limit(self):
        return None


def _register():
    from odoo.addons.concord_inbox.adapters import ADAPTERS

    for kind in ("gmail", "outlook"):
        ADAPTERS.setdefault(kind, _Empty)


if __name__ == "__main__":
    config.parse_config(sys.argv[1:], setup_logging=False)
    initialize_sys_path()
    _register()
    main()
