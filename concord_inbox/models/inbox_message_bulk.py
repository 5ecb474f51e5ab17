"""What a user does to many emails at once: one request, whatever the number, and the way back."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

#: What is set, and to what.
FLAGS = {
    "read": ("is_read", True),
    "unread": ("is_read", False),
    "star": ("is_starred", True),
    "unstar": ("is_starred", False),
}

#: What concerns a whole conversation, wherever its emails are; the others concern the email that stands for it.
WHOLE = {"read", "unstar"}

MOVES = {"archive", "trash", "spam", "inbox", "move", "delete"}


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    @api.model
    def bulk_apply(self, action, target, within=(), conversations=False, folder_id=False):
        """Do one thing to many emails.

        :param action: `read`, `unread`, `star`, `unstar`, `archive`, `trash`, `spam`, `inbox` (back to the inbox),
            `move` (to `folder_id`) or `delete` (for good).
        :param target: ``{"ids": [...]}``, or ``{"domain": [...]}`` for all that match.
        :param within: the domain of the folder that the user looks at; a conversation's emails elsewhere are not moved.
        :param conversations: each email stands for its conversation.
        :return: ``{"count", "message", "undo"}``: a sentence for the user, and what `bulk_undo()` takes (or False).
        :raises AccessError: one of the emails is not the user's own.
        :raises UserError: it cannot be done, with the reason.
        """
        messages = self._bulk_messages(action, target, Domain(within or Domain.TRUE), conversations)
        if action in FLAGS:
            return messages._bulk_flag(*FLAGS[action])
        if action == "delete":
            count = len(messages)
            messages.action_delete()
            return {"count": count, "message": self._bulk_said("delete", count), "undo": False}
        moved = {
            "archive": messages.action_archive_email,
            "trash": messages.action_trash,
            "spam": messages.action_spam,
            "inbox": lambda: messages._move_to_role("inbox"),
            "move": lambda: messages.action_move(int(folder_id)),
        }[action]()["params"]
        count = sum(len(group["messages"]) for group in moved["former"])
        return {"count": count, "message": moved["message"], "undo": count and {"former": moved["former"]}}

    @api.model
    def bulk_undo(self, undo):
        """Take back what `bulk_apply()` did, as it told.

        :return: an action that tells how it went, or False when all went well.
        """
        if not isinstance(undo, dict):
            raise UserError(self.env._("Nobody knows any more where these emails were."))
        if "former" in undo:
            return self.action_undo_move(undo["former"])
        field, value = undo.get("field"), undo.get("value")
        if field not in {name for name, _value in FLAGS.values()}:
            raise UserError(self.env._("This cannot be undone."))
        self.browse([int(message) for message in undo["ids"]]).exists().write({field: bool(value)})
        return False

    @api.model
    def _bulk_messages(self, action, target, within, conversations):
        if action not in FLAGS and action not in MOVES:
            raise UserError(self.env._("“%s” is nothing that can be done to emails.", action))
        if "domain" in target:
            messages = self.search(Domain(target["domain"]) & self._own_domain(), order="id")
        else:
            messages = self.browse([int(message) for message in target["ids"]]).exists()
            messages.check_access("write")
        if not conversations or (action in FLAGS and action not in WHOLE):
            return messages
        together = Domain("conversation_id", "in", messages._conversations_of())
        if action not in WHOLE:
            # One's own answers stay where they are unless it is their folder that is looked at.
            together &= Domain("direction", "=", "in") if within.is_true() else within
        return messages | self.search(together & self._own_domain() & Domain("is_deleted", "!=", True), order="id")

    def _standing_for(self):
        """These emails, and where conversations are looked at (see the context) what they stand for in that folder."""
        if not self.env.context.get("inbox_conversations"):
            return self
        folder = self.env.context.get("inbox_folder_id")
        within = Domain("folder_ids", "in", [folder]) if folder else Domain.TRUE
        return self._bulk_messages("move", {"ids": self.ids}, within, conversations=True)

    def _conversations_of(self) -> list[int]:
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT conversation_id FROM inbox_message WHERE id = ANY(%s) AND conversation_id IS NOT NULL",
                self.ids,
            )
        )
        return [conversation for (conversation,) in rows]

    def _bulk_flag(self, field, value):
        # These and no other columns: what thousands of emails say is not wanted here.
        self.fetch([field, "account_id", "conversation_id"])
        changed = self.filtered(lambda message: message[field] != value)
        changed.write({field: value})
        action = next(name for name, flag in FLAGS.items() if flag == (field, value))
        undo = {"field": field, "value": not value, "ids": changed.ids}
        return {
            "count": len(changed),
            "message": self._bulk_said(action, len(changed)),
            "undo": bool(changed) and undo,
        }

    @api.model
    def _bulk_said(self, action, count):
        """The sentence that tells what was done."""
        _ = self.env._
        one, many = {
            "read": (_("Marked as read."), _("%s emails marked as read.", count)),
            "unread": (_("Marked as unread."), _("%s emails marked as unread.", count)),
            "star": (_("Star added."), _("%s emails starred.", count)),
            "unstar": (_("Star removed."), _("Stars removed from %s emails.", count)),
            "delete": (_("Email deleted for good."), _("%s emails deleted for good.", count)),
        }[action]
        return one if count == 1 else many
