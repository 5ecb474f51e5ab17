"""`python -m tests.sync.measured DATABASE SETTINGS`: synchronise one account, and tell how much memory that took.

Loads Odoo first. Prints, as JSON, in kB the resident memory before the run and at its highest during it, how long it
took, and what the database holds then.
"""

import json
import re
import sys
import time
from pathlib import Path

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from .killed import connected


def memory(name: str) -> int:
    """``VmRSS``, ``VmHWM``, ... of this process in kB."""
    return int(re.search(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text())[1])


def main(database: str, settings: str) -> None:
    odoo.tools.config.parse_config(["-d", database, "--log-level=critical"], setup_logging=True)
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        account = connected(env, json.loads(settings))
        cr.commit()
        # From here on the highest value counts.
        Path("/proc/self/clear_refs").write_text("5")
        before = memory("VmRSS")
        started = time.monotonic()
        account._sync()
        cr.commit()
        seconds, highest = time.monotonic() - started, memory("VmHWM")
        messages = env["inbox.message"].search([])
        attachments = messages.attachment_ids
        result = {
            "before": before,
            "highest": highest,
            "seconds": seconds,
            "errors": account.last_error,
            "messages": len(messages),
            "quarantined": [
                [quarantined.reason, quarantined.with_context(bin_size=True).source.decode()]
                for quarantined in env["inbox.quarantine"].search([])
            ],
            "attachments": [[item.file_size, item.checksum, item._full_path(item.store_fname)] for item in attachments],
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
