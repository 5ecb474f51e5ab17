"""Connecting an account: the test, the choice of folders, and what happens when the server says no."""

from odoo import fields, models
from odoo.exceptions import UserError

from ..adapters import open_adapter
from ..adapters.errors import AdapterError
from ..adapters.probe import Probe, probe
from ..sync import folder_lock, links
from . import error_messages, probe_words
from .secrets import SecretError


class InboxAccount(models.Model):
    _inherit = "inbox.account"

    def action_test_connection(self):
        """Log in for reading and for sending, and bring the folders; raise a `UserError` that says what to change."""
        self.ensure_one()
        self.check_access("write")
        self._test_connection()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": " ".join(self._what_works()),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_show_connection_test(self):
        """As `action_test_connection()`, but whatever the outcome, show each step to either server with its result."""
        self.ensure_one()
        self.check_access("write")
        found = self._probe()
        works, then = self._what_works()
        return {
            "type": "ir.actions.client",
            "tag": "concord_inbox.connection_test",
            "params": {
                "account_id": self.id,
                "works": not found.errors,
                "verdict": probe_words.verdict(self.env, found) if found.errors else works,
                "then": then if not found.errors else "",
                "servers": probe_words.servers(self.env, found, self.connection_type),
                "connect": "" if found.errors or self.state == "connected" else self._connect_label(),
            },
        }

    def _what_works(self) -> tuple[str, str]:
        """What a test that succeeded has proved, and what comes next."""
        works = self.env._("Receiving and sending work.")
        if not self._can_send():
            works = self.env._("Receiving works. Without an SMTP server nothing can be sent.")
        connected = self.state == "connected"
        return works, "" if connected else self.env._("Choose the active folders, then connect the account.")

    def _connect_label(self) -> str:
        return self.env._("Connect") if self.state == "draft" else self.env._("Re-Connect")

    def action_connect(self):
        """Start, or start again, to synchronise the account; the first time its period is fixed."""
        for account in self:
            account.check_access("write")
            if not account.active:
                raise UserError(self.env._("This account was deleted. Connect the mailbox as a new account."))
            if account.state == "connected" and not account.trouble:
                continue
            account._test_connection()
            now = fields.Datetime.now()
            values = {"state": "connected", "last_error": False, "failure_count": 0}
            values |= {"pause_reason": False, "failing_since": False}
            if not account.sync_since:
                values |= {"sync_since": account._cut_off(now), "connected_at": now}
            account.sudo().write(values)
            account.sudo()._trouble_is_over()
            account.sudo()._sync_soon()
            # A mailbox's own address is nobody's contact from now on: see `sync/matching.py`.
            links.relink(self.env, account.mapped("email_normalized"))
        return True

    def action_reconnect(self):
        """Open the account's form, to enter what changed, test, choose the folders and connect again; or, where the
        account signs in at its provider and has to do so again, the provider's page."""
        self.ensure_one()
        self.check_access("write")
        if self.connection_type != "imap" and (self.state == "auth_failed" or not self.is_signed_in):
            return self.action_sign_in()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
            "name": self.env._("Re-Connect %s", self.name),
        }

    def action_open_quarantine(self):
        """Open the emails of this account that could not be stored."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("concord_inbox.action_quarantine")
        action["domain"] = [("account_id", "=", self.id)]
        return action

    def _test_connection(self):
        """Try both servers and bring the folders; raise a `UserError` that says what to change."""
        if errors := self._probe().errors:
            raise UserError("\n\n".join(map(self._explain, errors))) from errors[0]

    def _probe(self) -> Probe:
        """Try both servers, and bring the folders if both work; otherwise nothing is stored.

        :raises UserError: something is missing, so that nothing could be tried.
        """
        self._check_complete()
        version = folder_lock.version(self.env, self)
        settings = self._adapter_settings()
        with open_adapter(self.connection_type, settings) as adapter:
            found = probe(adapter, settings)
            if not found.errors:
                self._merge_folders(found.folders, adapter, version)
                self._note_size_limit(found)
        return found

    def _check_complete(self):
        """Raise a `UserError` that names what must be filled in before a server can be asked."""
        self.ensure_one()
        if self.connection_type != "imap":
            self._check_signed_in()
            return
        missing = [
            self._fields[name]._description_string(self.env)
            for name in ("imap_host", "imap_port", *(("smtp_port",) if self.smtp_host else ()))
            if not self[name]
        ]
        if not self.has_password:
            missing.append(self._fields["password"]._description_string(self.env))
        if missing:
            raise UserError(self.env._("Please fill in: %s.", ", ".join(missing)))

    def _explain(self, error: Exception, lang: str | None = None) -> str:
        """What went wrong, for whoever looks after the account, in their language when nobody is asking right now.

        :param lang: for a reader of this language.
        """
        if isinstance(error, UserError):
            return error.args[0]
        reader = self.sudo().user_id or self.create_uid
        lang = lang or (reader.lang if self.env.su and reader else None)
        env = self.with_context(lang=lang).env if lang else self.env
        if isinstance(error, AdapterError):
            return error_messages.explain(env, error, self.connection_type)
        if isinstance(error, SecretError):
            return env._(error.sentence)
        if isinstance(error, UserError):
            return error.args[0]
        return env._("Something unexpected went wrong (%s). It is tried again by itself.", type(error).__name__)
