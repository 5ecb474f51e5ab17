"""The ends that an account can come to: disconnected, handed over to another user, deleted with or without its emails.

A run of the sync may be at work meanwhile, in another process. `_stop_runs()` takes the account from it.
"""

from odoo import Command, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..sync import conversations, links, live
from ..sync.states import EXCHANGED


class InboxAccount(models.Model):
    _inherit = "inbox.account"

    active = fields.Boolean(
        default=True,
        readonly=True,
        copy=False,
        help="No: the account was deleted, and only emails that are linked to contacts or other documents were kept.",
    )
    pause_reason = fields.Selection(
        [
            ("neutralized", "The database was copied"),
            ("archived", "The owner's user was archived"),
            ("handed_over", "It was handed over"),
        ],
        "Paused because",
        readonly=True,
        copy=False,
        help="Empty: somebody disconnected it.",
    )

    # ------------------------------------------------------------ disconnect

    def action_disconnect(self):
        """Stop synchronising; everything stays, and connecting again goes on where it stopped.

        An account that signed in at its provider signs out there: what was allowed is taken back.
        """
        self.check_access("write")
        self.sudo()._pause(False)
        self.sudo()._forget_sign_in()
        return True

    def _pause(self, reason):
        """Stop these accounts, unless they are stopped already.

        :param reason: one of `pause_reason`, or False.
        """
        running = self.filtered(lambda account: account.state in ("connected", "auth_failed"))
        if running:
            running._stop_runs()
            running._trouble_is_over()
            running.write({"state": "paused", "pause_reason": reason, "last_error": False, "failing_since": False})
            live.tell(self.env, running.ids)

    def _stop_runs(self):
        """Lock these accounts, and have a run that is at work roll back what it was about to commit.

        Every commit of a run writes the account's row first. So either this finds the row as this transaction knows
        it, and nothing was stored since; or PostgreSQL refuses, and the request is tried again from its start.
        """
        self.flush_recordset()
        self.env.cr.execute(SQL("SELECT id FROM inbox_account WHERE id = ANY(%s) ORDER BY id FOR UPDATE", self.ids))
        self.env.cr.execute(
            SQL("UPDATE inbox_account SET lease_token = NULL, lease_until = NULL WHERE id = ANY(%s)", self.ids)
        )
        self.invalidate_recordset(["lease_token", "lease_until"])

    # ------------------------------------------------------------ delete

    def action_delete(self):
        """Ask what shall become of the emails, then delete the account."""
        self.ensure_one()
        self.check_access("unlink")
        return self.env["inbox.account.delete"]._open(self.env._("Delete %s", self.name), account_id=self.id)

    def unlink(self):
        """Delete the accounts with all of their emails."""
        # Through the ORM: a cascade in the database would leave attachments, notes and activities behind.
        self.check_access("unlink")
        owned = self.sudo()
        addresses = owned.mapped("email_normalized") + owned.identity_ids.mapped("email_normalized")
        owned._stop_runs()
        owned._forget_sign_in()
        for account in owned:
            live.send(account)  # while it is known to whom
        for model in ("inbox.quarantine", "inbox.message", "inbox.conversation", "inbox.folder"):
            self.env[model].sudo().search([("account_id", "in", owned.ids)]).unlink()
        result = super().unlink()
        links.relink(self.env, addresses)
        return result

    def _linked_domain(self):
        """The emails of these accounts that stay on the pages of contacts and documents when only those are kept."""
        kept = Domain("account_id", "in", self.ids) & Domain("state", "in", EXCHANGED)
        # What the user deleted for good, and the server was not told yet, is not wanted.
        documents = Domain("conversation_id.link_ids", "any", Domain("is_undone", "!=", True))
        return kept & (Domain("partner_ids", "!=", False) | documents) & Domain("is_deleted", "=", False)

    def _delete_but_linked(self):
        """Delete these accounts with their secrets, folders and emails, but for those that are linked.

        The row stays, archived, for those emails to belong to: what colleagues see of them depends on it.
        """
        self._stop_runs()
        self._forget_sign_in()
        self._trouble_is_over()
        model = self.env["inbox.message"]
        kept = model.search(self._linked_domain())
        kept.write(
            {
                "is_gone": True,
                "is_changed": False,
                "uploading_to_id": False,
                "is_uploaded": False,
                "orphaned_at": False,
                "moved_to_id": False,
                "source": False,
                "folder_ids": [Command.clear()],
            }
        )
        self.env["inbox.quarantine"].search([("account_id", "in", self.ids)]).unlink()
        model.search([("account_id", "in", self.ids), ("id", "not in", kept.ids)]).unlink()
        conversations.refresh(self.env, self.env["inbox.conversation"].search([("account_id", "in", self.ids)]).ids)
        self.folder_ids.unlink()
        self.env["res.users"].with_context(active_test=False).search(
            [("inbox_primary_account_id", "in", self.ids)]
        ).inbox_primary_account_id = False
        live.tell(self.env, self.ids)
        self.write(
            {
                "active": False,
                "state": "paused",
                "pause_reason": False,
                "password_encrypted": False,
                "username": False,
                "last_error": False,
                "failing_since": False,
                "next_sync": False,
            }
        )

    # ------------------------------------------------------------ hand over

    def _check_can_be_handed_over(self):
        """Only a manager, and only the personal account of a user who was archived, is passed on."""
        if not self.env.user.has_group("concord_inbox.group_inbox_manager"):
            raise AccessError(self.env._("Only inbox administrators hand over accounts."))
        for account in self.sudo():
            if account.account_type != "personal" or account.user_id.active:
                raise AccessError(self.env._("Only accounts of users who were archived can be handed over."))
            if not account.active:
                raise UserError(self.env._("This account was deleted; there is nothing to hand over."))

    def _hand_over(self, user):
        """Give this account, with all that is in it, to `user`, and record that; the caller has checked who may.

        The password goes: it is the former owner's. Synchronising waits until the new one has entered the mailbox's.
        """
        self.ensure_one()
        self._stop_runs()
        self._forget_sign_in()
        self._trouble_is_over()
        former = self.user_id
        if former.inbox_primary_account_id == self:
            former.inbox_primary_account_id = False
        values = {"user_id": user.id, "password_encrypted": False, "last_error": False, "failing_since": False}
        if self.state != "draft":
            values |= {"state": "paused", "pause_reason": "handed_over"}
        if self.company_id not in user.company_ids:
            values["company_id"] = user.company_id.id
        self.write(values)
        self.env["inbox.account.log"]._record(self, "handed_over", former=former, new=user)
        live.tell(self.env, self.ids)
        words = self.with_context(lang=user.lang).env
        names = {"manager": self.env.user.name, "former": former.name}
        self.env["mail.thread"].message_notify(
            partner_ids=user.partner_id.ids,
            subject=words._("Email account %s is yours now", self.name),
            body=words._(
                "%(manager)s handed over the email account of %(former)s to you. You find it in your inbox; press "
                "Re-Connect and sign in to the mailbox to go on receiving and sending.",
                **names,
            )
            if self.connection_type != "imap"
            else words._(
                "%(manager)s handed over the email account of %(former)s to you. You find it in your inbox; enter the "
                "mailbox's password and press Re-Connect to go on receiving and sending.",
                **names,
            ),
        )
