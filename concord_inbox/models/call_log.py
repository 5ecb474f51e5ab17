"""What a browser sends to the inbox is not in the log: Odoo writes the arguments of each call there at level DEBUG.

Nor what it sends to the settings: the providers' client secrets are among that.
"""

import logging

from odoo.models import BaseModel


class _NoArguments(logging.Filter):
    """Leaves out the arguments of calls to the models of this addon: passwords and what is searched for are there."""

    def filter(self, record):
        match record.args:
            case (BaseModel() as records, str() as method, _) if records._name.startswith(("inbox.", "res.config.")):
                record.args = (records, method, "…")
        return True


logging.getLogger("odoo.service.model").addFilter(_NoArguments())
