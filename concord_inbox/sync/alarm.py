"""Has Odoo's cron workers look at a moment that is seconds away.

They sleep for a minute unless PostgreSQL notifies them, and a trigger in the future notifies nobody. A thread of this
process does it when the moment has come. Should the process end before that, the minute is the worst that happens: what
is due is told by the database, never by this.
"""

import logging
import threading
from datetime import UTC, datetime, timedelta

from odoo import sql_db
from odoo.addons.base.models.ir_cron import ODOO_NOTIFY_FUNCTION
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: Seconds ahead that are worth a thread: what is later is found by the jobs of every minute.
HORIZON = 75

#: Seconds after the moment, so that a clock that differs a little does not find it in the future.
LATE = 0.05

_waiting: set[tuple[str, datetime]] = set()
_lock = threading.Lock()


def ring(database: str, moment: datetime) -> None:
    """Wake the cron workers of `database` at `moment` (naive, UTC): at once if it has passed, not if it is far off."""
    seconds = (moment - datetime.now(UTC).replace(tzinfo=None)).total_seconds()
    if seconds > HORIZON:
        return
    key = (database, moment)
    with _lock:
        if key in _waiting:
            return
        _waiting.add(key)
    timer = threading.Timer(max(seconds, 0) + LATE, _notify, key)
    timer.daemon = True
    timer.name = "concord_inbox.alarm"
    timer.start()


def next_second(moment: datetime) -> datetime:
    """The first whole second that is not before `moment`: the database keeps no parts of them."""
    whole = moment.replace(microsecond=0)
    return whole if whole == moment else whole + timedelta(seconds=1)


def _notify(database: str, moment: datetime) -> None:
    with _lock:
        _waiting.discard((database, moment))
    try:
        # As `ir.cron._notifydb()` does it, which needs a cursor of that database.
        with sql_db.db_connect("postgres").cursor() as cr:
            cr.execute(SQL("SELECT %s('cron_trigger', %s)", SQL.identifier(ODOO_NOTIFY_FUNCTION), database))
    except Exception:
        _logger.warning("The cron workers could not be woken", exc_info=True)
