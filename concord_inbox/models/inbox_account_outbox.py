"""Who sends an account's emails, how many an hour, and what is known of its Sent folder.

A few identical crons of their own, the *send slots*, each take one account after the other that has something to send.
They are apart from the slots of the synchronisation, which a first one may keep busy for an hour.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..sync import alarm, send, send_lock
from ..sync.states import SENT, WAITING

SEND_SLOTS = 3

#: Seconds after which an email that nobody takes has the synchronisation make room, and after which no longer.
KEPT_WAITING, LONG_ENOUGH = 2, 30


class InboxAccount(models.Model):
    _inherit = "inbox.account"

    send_limit = fields.Integer(
        "Emails an hour",
        default=0,
        help="So many are sent from here in an hour at most; what is over waits. 0: as the general settings say.",
    )
    saves_sent = fields.Selection(
        [("yes", "The mail server"), ("no", "This program")],
        "Saved in Sent by",
        readonly=True,
        copy=False,
        help="Who puts what was sent into the Sent folder; found out with the first email.",
    )

    @api.constrains("send_limit")
    def _check_send_limit(self):
        for account in self:
            if account.send_limit < 0:
                raise ValidationError(self.env._("The number of emails an hour is 0 (no limit of its own) or more."))

    def write(self, vals):
        if {"smtp_host", "imap_host"} & vals.keys():
            # Another server may do it otherwise.
            self.sudo().filtered("saves_sent").saves_sent = False
        return super().write(vals)

    def _folder_of_role(self, role):
        """The account's folder with this role, followed or not; none if it has none."""
        self.ensure_one()
        return self.folder_ids.filtered(lambda folder: folder.role == role and folder.is_selectable)[:1]

    # ------------------------------------------------------------ how many an hour

    def _hold_for_limit(self):
        """Whether so many were sent within the hour that the rest has to wait; it is put off until it may leave."""
        limit = self.send_limit or self._default_send_limit()
        if not limit:
            return False
        self.env.flush_all()
        hour = timedelta(hours=1)
        rows = self.env.execute_query(
            SQL(
                """SELECT received_date FROM inbox_message
                    WHERE account_id = %s AND state IN %s AND send_attempts > 0
                      AND received_date > %s
                 ORDER BY received_date DESC LIMIT %s""",
                self.id,
                SENT,
                fields.Datetime.now() - hour,
                limit,
            )
        )
        if len(rows) < limit:
            return False
        then = rows[-1][0] + hour + timedelta(seconds=1)
        self.env.cr.execute(
            SQL(
                """UPDATE inbox_message message SET send_again_at = %s, send_error = %s WHERE account_id = %s AND %s""",
                then,
                self.env._("No more than %s emails an hour are sent from this account.", limit),
                self.id,
                send.READY,
            )
        )
        self.env["inbox.message"].invalidate_model(["send_again_at", "send_error"])
        return True

    @api.model
    def _default_send_limit(self):
        value = self.env["ir.config_parameter"].sudo().get_param("concord_inbox.send_limit")
        return int(value) if value and value.isdigit() else 0

    # ------------------------------------------------------------ the slots

    @api.model
    def _wake_sender(self, moment):
        """Have the send slots run at `moment` (naive, UTC) or a second later, once this transaction is committed."""
        for slot in self._send_slots():
            slot._trigger(moment)
        database = self.env.cr.dbname
        self.env.cr.postcommit.add(lambda: alarm.ring(database, moment))

    @api.model
    def _send_slots(self):
        # All of them: any but one may be waiting for a slow server.
        found = [
            self.env.ref(f"concord_inbox.ir_cron_send_slot_{number}", raise_if_not_found=False)
            for number in range(1, SEND_SLOTS + 1)
        ]
        return [slot.sudo() for slot in found if slot]

    @api.model
    def _cron_send_slot(self):
        """Send what is due until there is none, or the cron's time is up."""
        cron = self.env["ir.cron"]
        served, busy = [], []
        while True:
            account = self._next_to_send(served + busy)
            if not account and served:
                # Whoever has more to send than fits into a turn gets another one after all others.
                served = []
                account = self._next_to_send(busy)
            if not account:
                break
            done = send.run(account)
            if not done:
                # Another process is at it, or it was switched off, or has sent its share of the hour.
                busy.append(account.id)
            else:
                served.append(account.id)
            if cron._commit_progress(done or 0, remaining=self._count_to_send(busy)) <= 0:
                break
        self._ring_for_next()
        cron._commit_progress(remaining=self._count_to_send(busy))

    @api.model
    def _next_to_send(self, except_ids):
        rows = self._to_send(except_ids, SQL("ORDER BY min(coalesce(send_again_at, send_after)), account.id LIMIT 1"))
        return self.browse(account for (account,) in rows)

    @api.model
    def _count_to_send(self, except_ids):
        return len(self._to_send(except_ids, SQL()))

    @api.model
    def _to_send(self, except_ids, rest):
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """SELECT account.id FROM inbox_account account JOIN inbox_message message ON account_id = account.id
                    WHERE account.state = 'connected' AND account.active AND account.id <> ALL(%s)
                      AND message.state IN %s AND (%s OR %s) AND %s
                 GROUP BY account.id %s""",
                list(except_ids),
                WAITING,
                send.READY,
                send.IN_DOUBT,
                send_lock.FREE,
                rest,
            )
        )

    @api.model
    def _ring_for_next(self):
        """Be woken in time for what is due before a slot runs by itself."""
        [(moment,)] = self.env.execute_query(
            SQL(
                """SELECT min(greatest(send_after, send_again_at))
                     FROM inbox_message message JOIN inbox_account account ON account.id = account_id
                    WHERE message.state IN %(waiting)s AND account.state = 'connected'
                      AND greatest(send_after, send_again_at) > %(now)s
                      AND greatest(send_after, send_again_at) < %(now)s + %(ahead)s * interval '1 s'""",
                waiting=WAITING,
                now=send.NOW,
                ahead=alarm.HORIZON,
            )
        )
        if moment:
            self._wake_sender(alarm.next_second(moment))

    @api.model
    def _is_email_kept_waiting(self):
        """Whether an email has been due for some seconds and nobody takes it: no cron worker is free."""
        [(waiting,)] = self.env.execute_query(
            SQL(
                """SELECT EXISTS (SELECT FROM inbox_message message
                                    JOIN inbox_account account ON account.id = account_id
                                   WHERE message.state IN %(waiting)s AND account.state = 'connected'
                                     AND %(ready)s AND %(free)s
                                     AND greatest(message.send_after, message.send_again_at)
                                         BETWEEN %(now)s - %(longest)s * interval '1 s'
                                             AND %(now)s - %(shortest)s * interval '1 s')""",
                waiting=WAITING,
                ready=send.READY,
                free=send_lock.FREE,
                now=send.NOW,
                longest=LONG_ENOUGH,
                shortest=KEPT_WAITING,
            )
        )
        return waiting
