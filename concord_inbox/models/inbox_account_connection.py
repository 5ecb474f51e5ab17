"""Connecting an account: the test, the choice of folders, and what happens when the server says no."""

from odoo import fields, models
from odoo.exceptions import UserError

from ..adapters import ADAPTERS, open_adapter
from ..adapters.errors import AdapterError
from ..sync import contacts, folders
from . import error_messages


class InboxAccount(models.Model):
    _inherit = "inbox.account"

    def action_test_connection(self):
        """Log in for reading and for sending, and bring the folders; raise a `UserError` that says what to change."""
        self.ensure_one()
        self.check_access("write")
        self._test_connection()
        works = self.env._("Receiving and sending work.")
        if not self.smtp_host:
            works = self.env._("Receiving works. Without an SMTP server nothing can be sent.")
        then = self.env._("Choose the active folders, then connect the account.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": works if self.state == "connected" else f"{works} {then}",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_connect(self):
        """Start, or start again, to synchronise the account; the first time its period is fixed."""
        for account in self:
            account.check_access("write")
            if account.state == "connected":
                continue
            account._test_connection()
            now = fields.Datetime.now()
            values = {"state": "connected", "last_error": False, "failure_count": 0}
            if not account.sync_since:
                values |= {"sync_since": account._cut_off(now), "connected_at": now}
            account.sudo().write(values)
            account.sudo()._sync_soon()
            # A mailbox's own address is nobody's contact from now on: see `sync/contacts.py`.
            contacts.relink(self.env, account.mapped("email_normalized"))
        return True

    def action_reconnect(self):
        """Open the account's form, to enter what changed, test, choose the folders and connect again."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
            "name": self.env._("Re-Connect %s", self.name),
        }

    def action_pause(self):
        """Stop synchronising; everything stays, and connecting again goes on where it stopped."""
        self.check_access("write")
        self.sudo().filtered(lambda account: account.state == "connected").state = "paused"
        return True

    def action_open_quarantine(self):
        """Open the emails of this account that could not be stored."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("concord_inbox.action_quarantine")
        action["domain"] = [("account_id", "=", self.id)]
        return action

    def _test_connection(self):
        self.ensure_one()
        if self.connection_type not in ADAPTERS:
            raise UserError(
                self.env._(
                    "%s accounts cannot be connected yet in this version. Choose the connection type IMAP.",
                    dict(self._fields["connection_type"]._description_selection(self.env))[self.connection_type],
                )
            )
        missing = [
            self._fields[name]._description_string(self.env)
            for name in ("imap_host", "imap_port", *(("smtp_port",) if self.smtp_host else ()))
            if not self[name]
        ]
        if not self.has_password:
            missing.append(self._fields["password"]._description_string(self.env))
        if missing:
            raise UserError(self.env._("Please fill in: %s.", ", ".join(missing)))
        try:
            with open_adapter(self.connection_type, self._adapter_settings()) as adapter:
                listed = adapter.check_incoming()
                # An account without a server for sending is one to read.
                if self.smtp_host:
                    adapter.check_outgoing()
        except AdapterError as error:
            raise UserError(self._explain(error)) from error
        folders.merge(self.sudo(), listed)

    def _explain(self, error: Exception) -> str:
        """What went wrong, for whoever looks after the account, in their language when nobody is asking right now."""
        if isinstance(error, UserError):
            return error.args[0]
        reader = self.sudo().user_id or self.create_uid
        env = self.with_context(lang=reader.lang).env if self.env.su and reader else self.env
        if isinstance(error, AdapterError):
            return error_messages.explain(env, error)
        return env._("Something unexpected went wrong (%s). It is tried again by itself.", type(error).__name__)

    def _authentication_failed(self, error: AdapterError):
        """Switch the account off and tell its owner, or the inbox managers for a shared one, once."""
        self.ensure_one()
        if self.state == "auth_failed":
            return
        sentence = self._explain(error)
        self.write({"state": "auth_failed", "last_error": sentence})
        if self.account_type == "personal":
            readers = self.user_id
        else:
            readers = self.env.ref("concord_inbox.group_inbox_manager").all_user_ids
        self.env["mail.thread"].message_notify(
            partner_ids=readers.filtered(lambda user: user.active and not user.share).partner_id.ids,
            subject=self.env._("Email account %s needs to be connected again", self.name),
            body=sentence,
        )
