"""Where emails shall be: thousands changed in a few queries, what the user is told of it, and the way back."""

from collections import defaultdict
from collections.abc import Callable

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..sync import spam

Folders = frozenset[int]


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    def _want_folders(self, wanted_of: Callable[[int, Folders], Folders]) -> list[dict]:
        """Have each email in the folders `wanted_of(message, present)`; the server is told once for all of them.

        :return: of those that this changed, where they were before, as `action_undo_move()` takes it.
        """
        present = self._folders_now()
        wanted = {message: wanted_of(message, folders) for message, folders in present.items()}
        changed = {message: folders for message, folders in wanted.items() if folders != present[message]}
        if not changed:
            return []
        pairs = [(message, folder) for message, folders in changed.items() for folder in sorted(folders)]
        columns = [[message for message, _folder in pairs], [folder for _message, folder in pairs]]
        self.env.cr.execute(
            SQL(
                """DELETE FROM inbox_message_folder_rel rel
                    WHERE message_id = ANY(%s)
                      AND (message_id, folder_id) NOT IN (SELECT * FROM unnest(%s::int[], %s::int[]))""",
                list(changed),
                *columns,
            )
        )
        self.env.cr.execute(
            SQL(
                """INSERT INTO inbox_message_folder_rel (message_id, folder_id)
                   SELECT * FROM unnest(%s::int[], %s::int[]) ON CONFLICT DO NOTHING""",
                *columns,
            )
        )
        messages = self.browse(changed)
        messages.invalidate_recordset(["folder_ids"], flush=False)
        messages.sudo().modified(["folder_ids"])
        spam.follow(self.env, list(changed))
        messages._push_soon()
        former = defaultdict(list)
        for message in changed:
            former[present[message]].append(message)
        return [{"folders": sorted(folders), "messages": ids} for folders, ids in former.items()]

    def _folders_now(self) -> dict[int, Folders]:
        """The folders that each of these emails shall be in, as the database has it."""
        self.env["inbox.message"].flush_model(["folder_ids"])
        rows = self.env.execute_query(
            SQL(
                """SELECT message.id, array_remove(array_agg(rel.folder_id), NULL)
                     FROM inbox_message message
                LEFT JOIN inbox_message_folder_rel rel ON rel.message_id = message.id
                    WHERE message.id = ANY(%s) AND message.is_gone IS NOT TRUE
                 GROUP BY message.id ORDER BY message.id""",
                self.ids,
            )
        )
        return {message: frozenset(folders) for message, folders in rows}

    def _moved(self, former: list[dict], folders):
        """The action that tells the user that emails went to `folders`, and offers to put them back as they were."""
        count = sum(len(group["messages"]) for group in former)
        folder = ", ".join(sorted(set(folders.sudo().mapped("display_name"))))
        if not count:
            text = self.env._("Already in “%s”.", folder)
        elif count == 1:
            text = self.env._("Email moved to “%s”.", folder)
        else:
            text = self.env._("%(count)s emails moved to “%(folder)s”.", count=count, folder=folder)
        if not all(folders.sudo().mapped("is_active")):
            hint = self.env._("It is not among the active folders: what lies in it is not shown here.")
            text = f"{text} {hint}"
        return {
            "type": "ir.actions.client",
            "tag": "concord_inbox.moved",
            "params": {"message": text, "former": former},
        }

    @api.model
    def action_undo_move(self, former):
        """Put emails back into the folders where they were.

        :param former: what the action that moved them told, a list of ``{"folders": ids, "messages": ids}``.
        :return: an action that tells how it went, or False when all went well.
        :raises UserError: none of them is here any more, or `former` is no such list.
        """
        wanted = {}
        try:
            for group in former:
                folders = frozenset(int(folder) for folder in group["folders"])
                wanted |= dict.fromkeys((int(message) for message in group["messages"]), folders)
        except (KeyError, TypeError, ValueError):
            raise UserError(self.env._("Nobody knows any more where these emails were.")) from None
        folders = self.env["inbox.folder"].browse(set().union(*wanted.values())).exists()
        folders.check_access("read")
        account_of = {folder.id: folder.account_id for folder in folders}
        messages = self.browse(wanted).exists()
        messages.check_access("write")
        back = {}
        for message in messages.sudo():
            # A folder that was deleted since is not come back to.
            target = frozenset(folder for folder in wanted[message.id] if folder in account_of)
            if any(account_of[folder] != message.account_id for folder in target):
                raise UserError(self.env._("An email can only be moved to a folder of its own account."))
            if target and not message.is_deleted:
                back[message.id] = target
        self.browse(back)._want_folders(lambda message, _present: back[message])
        if wanted and not back:
            raise UserError(
                self.env._(
                    "These emails are not here any more: the folder that they went to, or came from, is not among the "
                    "active folders of the account."
                )
            )
        if missing := len(wanted) - len(back):
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "warning",
                    "message": self.env._("%s emails are not here any more and could not be put back.", missing),
                },
            }
        return False
