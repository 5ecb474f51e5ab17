"""Every case against every server. `./test --thorough --server-table tests/matrix` writes `docs/servers.md`.

Without `--thorough` all cases run against a few very different servers, and a few cases against all others.
"""

import os
import re

from odoo.tests import tagged

from . import cases
from .servers import SERVERS

for _server in SERVERS:
    _name = "Test_" + re.sub(r"\W+", "_", _server.name).strip("_")
    globals()[_name] = tagged("post_install", "-at_install")(
        type(
            _name,
            (cases.Cases,),
            {
                "server_entry": _server,
                "is_thorough": bool(os.environ.get("CONCORD_THOROUGH")),
                "__doc__": _server.name,
                "__module__": __name__,
            },
        )
    )
