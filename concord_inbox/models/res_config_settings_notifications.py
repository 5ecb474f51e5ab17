"""General Settings → Inbox: whether Google and Microsoft tell of new email, and where."""

import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..adapters.oauth import PROVIDERS
from . import notification_settings
from .inbox_provider_client import CALLBACKS

_SYSTEM = "base.group_system"

# https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
_TOPIC = re.compile(r"projects/[a-z][a-z0-9.:-]{4,61}[a-z0-9]/topics/[A-Za-z][\w.~+%-]{2,254}", re.ASCII)
_SERVICE_ACCOUNT = re.compile(r"[\w.-]+@[\w-]+(\.[\w-]+)*\.gserviceaccount\.com", re.ASCII)


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    # Not `config_parameter`, which cannot store that it is off.
    inbox_notify_gmail = fields.Boolean("Google tells of new email at once", groups=_SYSTEM)
    inbox_google_topic = fields.Char("Topic", config_parameter=notification_settings.TOPIC, groups=_SYSTEM)
    inbox_google_push_account = fields.Char(
        "Service account", config_parameter=notification_settings.PUSH_ACCOUNT, groups=_SYSTEM
    )
    inbox_google_push_address = fields.Char("Push address", compute="_compute_inbox_notifications", groups=_SYSTEM)
    inbox_google_notify_state = fields.Char(compute="_compute_inbox_notifications", groups=_SYSTEM)
    inbox_notify_outlook = fields.Boolean("Microsoft tells of new email at once", groups=_SYSTEM)
    inbox_microsoft_notify_address = fields.Char(
        "Address of notifications", compute="_compute_inbox_notifications", groups=_SYSTEM
    )
    inbox_microsoft_notify_state = fields.Char(compute="_compute_inbox_notifications", groups=_SYSTEM)

    def _compute_inbox_notifications(self):
        subscriptions = self.env["inbox.subscription"]
        for settings in self:
            settings.inbox_google_push_address = notification_settings.address(self.env, "gmail")
            settings.inbox_microsoft_notify_address = notification_settings.address(self.env, "outlook")
            for kind, name in CALLBACKS.items():
                settings[f"inbox_{name}_notify_state"] = subscriptions._summary(kind)

    @api.constrains("inbox_notify_gmail", "inbox_notify_outlook", "inbox_google_topic", "inbox_google_push_account")
    def _check_inbox_notifications(self):
        for settings in self:
            topic, account = _stripped(settings.inbox_google_topic), _stripped(settings.inbox_google_push_account)
            if topic and not _TOPIC.fullmatch(topic):
                raise ValidationError(
                    self.env._(
                        "Inbox: “%s” is no full name of a topic. It looks like projects/my-project/topics/my-topic.",
                        topic,
                    )
                )
            if account and not _SERVICE_ACCOUNT.fullmatch(account):
                raise ValidationError(
                    self.env._(
                        "Inbox: “%s” is no service account. It looks like "
                        "pubsub-push@my-project.iam.gserviceaccount.com.",
                        account,
                    )
                )
            if settings.inbox_notify_gmail and not (topic and account):
                raise ValidationError(
                    self.env._(
                        "Inbox: for Google to tell of new email, enter the topic that Gmail publishes to and the "
                        "service account of its push subscription."
                    )
                )
            on = notification_settings.kinds(self.env)
            for kind in CALLBACKS:
                # When it is switched on: what becomes of the address later must not keep other settings from being
                # saved, and is told with the subscriptions.
                if settings[f"inbox_notify_{kind}"] and kind not in on:
                    settings._check_inbox_is_reachable(kind)

    def _check_inbox_is_reachable(self, connection_type):
        # A stand-in is where this Odoo is.
        if self.env["inbox.provider.client"]._base(connection_type):
            return
        address = notification_settings.address(self.env, connection_type)
        if not notification_settings.is_reachable(address):
            raise ValidationError(
                self.env._(
                    "Inbox: %(provider)s cannot tell of new email at %(address)s: the address has to be reachable from "
                    "the Internet and begin with https://. Its first part is the system parameter web.base.url.",
                    provider=PROVIDERS[connection_type].NAME,
                    address=address,
                )
            )

    @api.model
    def get_values(self):
        on = notification_settings.kinds(self.env)
        return super().get_values() | {f"inbox_notify_{kind}": kind in on for kind in CALLBACKS}

    def set_values(self):
        for name in ("inbox_google_topic", "inbox_google_push_account"):
            if self[name] != _stripped(self[name]):
                self[name] = _stripped(self[name])
        result = super().set_values()
        parameters = self.env["ir.config_parameter"].sudo()
        before = notification_settings.kinds(self.env)
        for kind, parameter in notification_settings.SWITCHES.items():
            parameters.set_param(parameter, "1" if self[f"inbox_notify_{kind}"] else "0")
        if before or notification_settings.kinds(self.env):
            self.env["inbox.subscription"]._attend_soon()
        return result


def _stripped(text):
    """What was pasted, without what came along with it."""
    return (text or "").strip() or False
