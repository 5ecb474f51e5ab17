"""Telling users what the mail server refused for good, and was taken back here."""

from collections import defaultdict

from odoo import models

from . import error_messages

#: Subjects named in one notification.
NAMED = 3


class InboxAccount(models.Model):
    _inherit = "inbox.account"

    def _tell_refused(self, refused):
        """Tell each user which of their changes the server refused, and why; once this transaction is committed.

        :param refused: email's id -> `adapters.errors.AdapterError`.
        """
        full = next((error for error in refused.values() if error.reason == "over_quota"), None)
        if full:
            self._mailbox_is_full(full)
        groups = defaultdict(list)
        for message in self.env["inbox.message"].browse(sorted(refused)).exists():
            if user := message.changed_by_id:
                why = error_messages.explain(self._in_words_of(user), refused[message.id], self.connection_type)
                groups[user, why].append(message.id)
        for (user, why), ids in groups.items():
            # Whose right to the account ended meanwhile learns nothing about it any more.
            messages = self.env["inbox.message"].with_user(user).browse(ids)._filtered_access("read")
            if messages:
                env = self._in_words_of(user)
                names = ", ".join(f"“{message.display_name}”" for message in messages[:NAMED].with_env(env))
                if len(messages) > NAMED:
                    names = env._("%(names)s and %(count)s more", names=names, count=len(messages) - NAMED)
                self._notify_refused(user, env._("Taken back: %(emails)s. %(why)s", emails=names, why=why))

    def _tell_not_emptied(self, folder, user, error):
        """Tell `user` that the server did not let `folder` be emptied of everything."""
        if user and folder.with_user(user)._filtered_access("read"):
            env = self._in_words_of(user)
            why = error_messages.explain(env, error, self.connection_type)
            self._notify_refused(
                user, env._("The folder “%(folder)s” was not emptied. %(why)s", folder=folder.path, why=why)
            )

    def _in_words_of(self, user):
        return self.with_user(user).with_context(lang=user.lang).env

    def _notify_refused(self, user, sentence):
        user._bus_send(
            "simple_notification",
            {
                "type": "warning",
                "sticky": True,
                "title": self._in_words_of(user)._("The mail server refused a change"),
                "message": sentence,
            },
        )
