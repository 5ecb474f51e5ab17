"""What happens when an account stops working, and when it works again.

Whoever looks after it is told once and gets one activity, which is done by itself when the account works again; the
inbox shows a banner meanwhile. Only a refused login switches an account off. Whatever else goes wrong is tried again:
a certificate that nobody can trust is told at once, a full mailbox too, everything else after a day.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..adapters import errors
from ..sync import live

ACTIVITY_TYPE = "concord_inbox.mail_activity_type_account"

#: How long an account fails before its owner is told, and the least time between two notices of the same trouble: a
#: server of which one half works is met working and failing in turns.
PATIENCE = timedelta(days=1)

#: What no amount of trying again heals; somebody has to do something.
_TROUBLES = [
    ((errors.AuthenticationError,), "authentication"),
    ((errors.CertificateError,), "certificate"),
    ((errors.HostNotAllowedError, errors.InvalidInputError), "settings"),
    ((errors.AppConfigurationError,), "application"),
]


class InboxAccount(models.Model):
    _name = "inbox.account"
    _inherit = ["inbox.account", "mail.thread", "mail.activity.mixin"]

    failing_since = fields.Datetime(
        readonly=True, copy=False, help="When the first of the failures was that have gone on ever since."
    )
    trouble = fields.Selection(
        [
            ("authentication", "The login is refused"),
            ("certificate", "The server's certificate is not trusted"),
            ("settings", "The settings do not fit"),
            ("application", "The installation is not set up for this provider"),
            ("full", "The mailbox is full"),
            ("long", "Not reached for a long time"),
        ],
        readonly=True,
        copy=False,
        help="What somebody has to do something about.",
    )
    trouble_text = fields.Char(readonly=True, copy=False)
    trouble_since = fields.Datetime(readonly=True, copy=False)
    # What was told last, and when: outlives the trouble, which may come back a minute later.
    told_trouble = fields.Char(readonly=True, copy=False)
    told_at = fields.Datetime(readonly=True, copy=False)

    # ------------------------------------------------------------ called by the sync, in its transaction

    def _authentication_failed(self, error: errors.AuthenticationError):
        """Switch the account off: its login was refused."""
        self.ensure_one()
        if self.state == "connected":
            self.write({"state": "auth_failed", "last_error": self._explain(error), "failing_since": False})
            self._has_trouble("authentication", error)

    def _failed(self, error: Exception) -> dict:
        """Note that a run failed; return further values to write with it."""
        self.ensure_one()
        now = fields.Datetime.now()
        since = self.failing_since or now
        kind = next((kind for types, kind in _TROUBLES if isinstance(error, types)), None)
        if kind or since <= now - PATIENCE:
            self._has_trouble(kind or "long", error)
        return {"last_error": self._explain(error), "failing_since": since}

    def _worked(self):
        """Note that a run went well: what was the matter is over."""
        self.ensure_one()
        # A run goes well with a full mailbox too, as long as nothing is put there.
        if self.trouble != "full" or self.trouble_since < fields.Datetime.now() - PATIENCE:
            self._trouble_is_over()

    def _mailbox_is_full(self, error: errors.QuotaError):
        """Note that the server had no room for what it was asked to keep."""
        self._has_trouble("full", error)

    def _has_trouble(self, kind, error):
        now = fields.Datetime.now()
        if (kind == "long" and self.trouble not in (False, "full")) or kind == self.trouble != "full":
            return  # known already, and in more detail
        if self.trouble != kind:
            live.tell(self.env, self.ids)
        self.write({"trouble": kind, "trouble_text": self._explain(error), "trouble_since": now})
        always = kind in ("authentication", "application")  # for the latter, see `_tell_administrators`
        if always or self.told_trouble != kind or self.told_at < now - PATIENCE:
            self.write({"told_trouble": kind, "told_at": now})
            self._tell_trouble(error)

    def _trouble_is_over(self):
        """The activities about what was the matter are done, and the banner goes away."""
        troubled = self.filtered("trouble")
        if troubled:
            troubled._trouble_activities().action_archive()
            troubled.write({"trouble": False, "trouble_text": False, "trouble_since": False})
            live.tell(self.env, troubled.ids)

    # ------------------------------------------------------------ telling

    def _caretakers(self):
        """Who looks after the account: the owner of a personal one, else the inbox managers of its company."""
        self.ensure_one()
        if self.account_type == "personal":
            users = self.user_id
        else:
            managers = self.env.ref("concord_inbox.group_inbox_manager").sudo().all_user_ids
            users = managers.filtered(lambda user: self.company_id in user.company_ids)
        return users.filtered(lambda user: user.active and not user.share)

    def _tell_trouble(self, error):
        """One message and one activity for each of those who look after the account, each in their own language.

        What is wrong with the installation is told to those who can set it right, once for all accounts.
        """
        self._trouble_activities().action_archive()
        if self.trouble == "application":
            self.env["inbox.provider.client"]._tell_administrators(self.connection_type, error)
            return
        for user in self._caretakers():
            account = self.with_context(lang=user.lang, mail_activity_quick_update=True)
            summary, sentence = account._trouble_summary(), account._explain(error, user.lang)
            account.activity_schedule(ACTIVITY_TYPE, summary=summary, note=sentence, user_id=user.id)
            account.env["mail.thread"].message_notify(partner_ids=user.partner_id.ids, subject=summary, body=sentence)

    def _trouble_summary(self):
        _ = self.env._
        if self.trouble == "authentication":
            return _("Email account %s needs to be connected again", self.name)
        if self.trouble == "full":
            return _("The mailbox of the email account %s is full", self.name)
        return _("Email account %s needs attention", self.name)

    def _trouble_activities(self):
        activity_type = self.env.ref(ACTIVITY_TYPE, raise_if_not_found=False)
        return (
            self.env["mail.activity"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("activity_type_id", "in", activity_type.ids if activity_type else []),
                ]
            )
        )

    # ------------------------------------------------------------ the banner

    @api.model
    def get_attention(self):
        """What the inbox's banner shows: the accounts that the user reads and somebody has to do something about.

        :return: a list of ``{"id", "name", "kind", "is_off", "sentence", "is_editable"}``.
        """
        if not self.has_access("read"):
            return []
        accounts = self.search(self._attention_domain())
        return [
            {
                "id": account.id,
                "name": account.name,
                "kind": account._attention_kind(),
                "is_off": account.state != "connected",
                "sentence": account._attention_sentence(),
                "is_editable": account.is_editable,
            }
            for account in accounts.sorted(lambda account: not account.is_primary)
        ]

    @api.model
    def _attention_domain(self):
        return (
            Domain("state", "=", "auth_failed")
            | Domain("state", "=", "connected") & Domain("trouble", "!=", False)
            | Domain("state", "=", "paused") & Domain("pause_reason", "!=", False)
        )

    def _attention_kind(self):
        self.ensure_one()
        return self.pause_reason if self.state == "paused" else self.trouble or "authentication"

    def _attention_sentence(self):
        _ = self.env._
        if self.state == "paused":
            signs_in = self.connection_type != "imap"
            return {
                "neutralized": _("It was switched off because this is a copy of a database, and its password is gone."),
                "archived": _("It was switched off while its owner's user was archived."),
                "handed_over": _("It was handed over. Sign in to the mailbox to go on receiving and sending.")
                if signs_in
                else _("It was handed over. Enter the mailbox's password to go on receiving and sending."),
            }[self.pause_reason]
        return self.trouble_text or self.last_error or ""
