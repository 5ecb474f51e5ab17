"""Whether everything is there: each account is compared with its server once a day, and mended where it differs.

One cron takes the due accounts one after the other. Each is due at a time of the day of its own, so that a thousand
accounts are spread over the day. An account that takes longer than the cron may run goes on where it stopped.
"""

import logging
from collections import Counter
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_datetime

from ..adapters.errors import AdapterError
from ..sync import counters, repair
from ..sync.lease import LeaseLostError, in_transaction

_logger = logging.getLogger(__name__)

DAY = 24 * 3600
#: Seconds until the next try when an account could not be checked.
RETRY = 3600
#: Coprime to a day's seconds: accounts with neighbouring ids are checked at times far apart.
STRIDE = 53_423


class _TimeUp(Exception):  # noqa: N818 (no error: the rest is done next time)
    """The cron's share of time is used up; everything so far is committed."""


class InboxAccount(models.Model):
    _inherit = "inbox.account"

    last_check = fields.Datetime(readonly=True, copy=False, help="When it was last compared with its server, whole.")
    check_result = fields.Selection(
        [
            ("complete", "Complete"),
            ("repaired", "Repaired"),
            ("different", "Incomplete"),
            ("unknown", "Could not be checked"),
        ],
        readonly=True,
        copy=False,
    )
    check_difference_count = fields.Integer(readonly=True, copy=False, help="What the last check found.")
    check_error = fields.Char(readonly=True, copy=False, help="Why the last check could not be done.")
    check_summary = fields.Char("Completeness", compute="_compute_check_summary")
    next_check = fields.Datetime(readonly=True, copy=False, index=True)
    is_check_wanted = fields.Boolean(
        default=False, readonly=True, copy=False, help="Somebody asked for it: all Message-IDs are compared."
    )
    # Of a check that has begun: the number of the day it began, and for each folder done what was found and left.
    check_progress = fields.Json(readonly=True, copy=False, groups=fields.NO_ACCESS)

    @api.depends("state", "last_check", "check_result", "check_difference_count", "check_error", "is_check_wanted")
    @api.depends_context("lang", "tz", "uid")
    def _compute_check_summary(self):
        for account in self:
            account.check_summary = account._check_sentence()

    def _check_sentence(self):
        if self.state == "draft":
            return False
        if self.is_check_wanted and self.state == "connected":
            return self.env._("Is being checked…")
        date = format_datetime(self.env, self.last_check, dt_format="short") if self.last_check else ""
        count = self.check_difference_count
        match self.check_result:
            case "complete":
                return self.env._("Complete as of %s", date)
            case "repaired" if count == 1:
                return self.env._("One difference found and repaired on %s", date)
            case "repaired":
                return self.env._("%(count)s differences found and repaired on %(date)s", count=count, date=date)
            case "different":
                return self.env._(
                    "Not complete: %(count)s differences were found on %(date)s, and not all could be repaired. It is"
                    " tried again by itself.",
                    count=count,
                    date=date,
                )
            case "unknown" if date:
                return self.env._(
                    "Could not be checked: %(reason)s Last checked on %(date)s.", reason=self.check_error, date=date
                )
            case "unknown":
                return self.env._("Could not be checked: %s", self.check_error)
        return self.env._("Not checked yet")

    def action_check_now(self):
        """Have these accounts compared with their servers and mended, in the background."""
        self.check_access("write")
        if any(account.state != "connected" for account in self):
            raise UserError(self.env._("Connect the account first."))
        self.sudo().write({"is_check_wanted": True, "next_check": fields.Datetime.now(), "check_progress": False})
        self.env.ref("concord_inbox.ir_cron_check").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The account is compared with the mail server in the background."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _cron_check(self):
        """Check accounts that are due until there are none, or the cron's time is up."""
        cron = self.env["ir.cron"]
        in_transaction(self.env, lambda: counters.compact(self.env))
        busy = []  # accounts that another process was at when this one tried
        while account := self.search(
            self._check_domain() & Domain("id", "not in", busy), order="is_check_wanted desc, next_check, id", limit=1
        ):

            def progress(done=0):
                waiting = self.search_count(self._check_domain() & Domain("id", "not in", busy))
                return cron._commit_progress(done, remaining=waiting)

            if not account._check(progress):
                busy.append(account.id)
            if progress(1) <= 0:
                return
        if busy:
            self.env.ref("concord_inbox.ir_cron_check")._trigger(fields.Datetime.now() + timedelta(minutes=1))
            self.env.cr.commit()

    @api.model
    def _check_domain(self):
        # Not before the first synchronisation is over, nor while the server is in trouble, unless somebody asks for it.
        due = Domain("next_check", "=", False) | Domain("next_check", "<=", fields.Datetime.now())
        ready = Domain("last_sync", "!=", False) & Domain("failure_count", "=", 0)
        return Domain("state", "=", "connected") & due & (ready | Domain("is_check_wanted", "=", True))

    def _check(self, progress=lambda: float("inf")) -> bool:
        """Compare this account with its server and mend it, committing as it goes; what goes wrong is written down.

        :param progress: commits, and returns the seconds that are left.
        :return: False when another process was at the account, so that nothing was done.
        """
        self.ensure_one()
        wanted = self.is_check_wanted
        begun = self._begun_check()
        folders = begun["folders"]

        def after_folder(folder_id, found, left):
            folders[str(folder_id)] = [found, left]
            self.check_progress = {**begun, "folders": dict(folders)}

        def between_folders():
            if progress() <= 0:
                raise _TimeUp

        try:
            repaired = repair.run(
                self,
                turn=None if wanted else begun["day"],
                done={int(folder): left for folder, (_found, left) in folders.items()},
                after_folder=after_folder,
                between_folders=between_folders,
            )
        except _TimeUp:
            return True
        except LeaseLostError:
            self.env.cr.rollback()
            return False
        except Exception as error:
            self.env.cr.rollback()
            if not isinstance(error, (AdapterError, UserError)):
                _logger.exception("Account %s could not be checked", self.id)
            outcome = self._failed_check(error)
        else:
            if repaired is None:
                return False
            outcome = self._finished_check(repaired, folders.values())

        def write():
            self.invalidate_recordset(["is_check_wanted"])
            # Who asked for it meanwhile gets another one.
            if wanted or not self.is_check_wanted:
                self.write({**outcome, "is_check_wanted": False})
            else:
                self.write({name: value for name, value in outcome.items() if name != "next_check"})

        in_transaction(self.env, write)
        return True

    def _begun_check(self) -> dict:
        """The check that was begun and not finished; a new one if there is none, or one that says nothing of now."""
        today = int(fields.Datetime.now().timestamp()) // DAY
        begun = self.check_progress
        return begun if begun and begun["day"] >= today - 1 else {"day": today, "folders": {}}

    def _finished_check(self, repaired: repair.Repaired, folders) -> dict:
        """The fields that say how a check ended; `folders`: what was found and left in each."""
        inner = repaired.found.inner
        found = sum(found for found, _left in folders) + inner.count
        left = sum(left for _found, left in folders) + repaired.left.inner.count
        if found:
            # Numbers alone: not even the names of somebody's folders belong in a log.
            kinds = Counter(inner.counts)
            for report in repaired.found.folders:
                kinds.update(report.counts)
            _logger.warning(
                "Account %s: %d differences from the mail server found, %d left: %s", self.id, found, left, dict(kinds)
            )
        return {
            "last_check": fields.Datetime.now(),
            "check_result": "different" if left else "repaired" if found else "complete",
            "check_difference_count": left or found,
            "check_error": False,
            "check_progress": False,
            "next_check": self._in_an_hour() if left else self._next_check_time(),
        }

    def _failed_check(self, error: Exception) -> dict:
        # Whether the account is still good is for its synchronisation to decide.
        _logger.info("Account %s could not be checked: %s", self.id, error)
        return {"check_result": "unknown", "check_error": self._explain(error), "next_check": self._in_an_hour()}

    def _in_an_hour(self):
        return fields.Datetime.now() + timedelta(seconds=RETRY)

    def _next_check_time(self):
        """When this account is next due: at its time of the day, half a day ahead at least."""
        earliest = fields.Datetime.now() + timedelta(seconds=DAY // 2)
        midnight = earliest.replace(hour=0, minute=0, second=0, microsecond=0)
        due = midnight + timedelta(seconds=self.id * STRIDE % DAY)
        return due if due >= earliest else due + timedelta(seconds=DAY)
