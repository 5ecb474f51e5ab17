"""From the window into the outbox: send, send later, and take it back."""

from datetime import datetime, time, timedelta

import pytz
from odoo import api, fields, models
from odoo.exceptions import UserError


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    @api.model
    def compose_send(self, draft_id, options=None):
        """Send a draft, when the time to take it back is over, or at a time of the user's.

        :param options: ``{at: UTC string | False, archive: bool}``
        :return: ``{state, send_after, undo_seconds}``
        :raises UserError: something keeps it from being sent.
        """
        options = options or {}
        draft = self._draft(draft_id)
        draft._editable_again()
        draft._complete_foreign()
        if hindrances := [one["text"] for one in draft._warnings() if one["severity"] == "block"]:
            raise UserError("\n".join(hindrances))
        now = fields.Datetime.now()
        at = self._moment(options.get("at"))
        if at and at <= now:
            raise UserError(self.env._("This time is over already. Choose a later one, or send the email now."))
        undo = 0 if at else self.env["inbox.account"]._undo_seconds()
        draft.write(
            {
                "scheduled_date": at,
                "archive_after_send": bool(options.get("archive", draft.archive_after_send)),
                "author_id": self.env.uid,
                "put_after": False,
            }
        )
        draft._lay_into_drafts()
        # `now` is up to a second ago: nobody is promised more time than there is.
        draft._queue(at or now + timedelta(seconds=undo + 1 if undo else 0))
        return {
            "state": draft.state,
            "send_after": fields.Datetime.to_string(draft.send_after),
            "undo_seconds": undo,
        }

    @api.model
    def _moment(self, text):
        try:
            return fields.Datetime.to_datetime(text).replace(tzinfo=None, microsecond=0) if text else False
        except (ValueError, AttributeError):
            raise UserError(self.env._("“%s” is no time.", text)) from None

    @api.model
    def compose_undo(self, draft_id):
        """Take an email back that has not begun to leave; return it as `compose_open()` does.

        :raises UserError: it is too late.
        """
        draft = self._draft(draft_id)
        if draft.state != "draft" and not draft._unqueue():
            raise UserError(self.env._("It is too late: the email has begun to leave."))
        draft.scheduled_date = False
        draft._put_soon()
        return draft._for_window()

    @api.model
    def compose_leave(self, draft_id):
        """The time to take it back is over: have it sent now. Nothing if it is on its way already."""
        message = self.browse(int(draft_id)).exists()
        if not message:
            return False
        message.check_access("write")
        message = message.sudo()
        if message.state == "outgoing" and not message.sending_since and not message.send_attempts:
            message._leave_now()
        return True

    @api.model
    def compose_schedule_presets(self):
        """Times to send at: ``{label, at}``, `at` in UTC, made in the user's own zone."""
        zone = pytz.timezone(self.env.user.tz or "UTC")
        now = datetime.now(zone)
        _ = self.env._

        def at(days, hour):
            local = zone.localize(datetime.combine(now.date() + timedelta(days=days), time(hour)))
            return fields.Datetime.to_string(local.astimezone(pytz.utc).replace(tzinfo=None))

        presets = []
        if now.hour < 16:
            presets.append({"label": _("This evening"), "at": at(0, 18)})
        presets += [
            {"label": _("Tomorrow morning"), "at": at(1, 8)},
            {"label": _("Tomorrow afternoon"), "at": at(1, 13)},
        ]
        to_monday = 7 - now.weekday()
        if to_monday > 1:
            presets.append({"label": _("Monday morning"), "at": at(to_monday, 8)})
        return presets
