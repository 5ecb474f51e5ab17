"""The panel of accounts and folders at the left of the emails."""

from odoo import api, models
from odoo.tools import SQL

from ..sync.states import UNSENT, WAITING

#: What is to leave, in the order in which it is shown, and the states that belong to it.
UNSENT_NODES = {"drafts": ("draft",), "scheduled": WAITING, "failed": ("failed",)}


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    @api.model
    def search_panel_select_range(self, field_name, **kwargs):
        """For `folder_id`: the accounts that the user reads, primary first, and below each its folders as a tree.

        An account is the node with the negative of its id; `__count` is the number of unread emails. Nodes with a word
        as id are for all accounts together: `domain` says which emails they show, or `action` what they open.
        """
        if field_name != "folder_id":
            return super().search_panel_select_range(field_name, **kwargs)
        accounts = self._own_accounts()
        nodes = [*self._panel_of_all(accounts)]
        troubled = accounts.filtered_domain(accounts._attention_domain())
        for account in accounts:
            folders = account.folder_ids.filtered("is_active")
            shown = folders
            while parents := shown.parent_id - shown:
                shown |= parents
            nodes.append(
                {
                    "id": -account.id,
                    "display_name": account.name,
                    "parent_id": False,
                    "state": account.state,
                    "health": account._health_for_panel(account in troubled),
                    "needs_attention": account in troubled,
                    "progress": account._progress_for_panel(),
                    "is_editable": account.is_editable and account.state == "connected",
                    "is_reconnectable": account.is_editable,
                    "__count": sum(folders.filtered(lambda folder: folder.role == "inbox").mapped("unread_count")),
                }
            )
            nodes += [
                {
                    "id": folder.id,
                    "display_name": folder.display_name,
                    "parent_id": folder.parent_id.id or -account.id,
                    "account_id": account.id,
                    "role": folder.role,
                    "color": folder.color,
                    "is_editable": folder.is_editable,
                    "is_target": folder.is_selectable,
                    "__count": folder.unread_count,
                }
                for folder in shown.sorted(lambda folder: (folder.sequence, folder.path))
            ]
        return {"parent_field": "parent_id", "values": nodes}

    @api.model
    def _panel_of_all(self, accounts):
        """The nodes that are for all accounts; but for what is starred, only those that hold something."""
        _ = self.env._
        if not accounts:
            return
        yield self._panel_node("starred", _("Starred"), domain=[("is_starred", "=", True)])
        labels = {"drafts": _("Drafts"), "scheduled": _("Scheduled"), "failed": _("Not sent")}
        counts = self._count_unsent(accounts)
        for name, states in UNSENT_NODES.items():
            if count := sum(counts.get(state, 0) for state in states):
                yield self._panel_node(name, labels[name], count, domain=[("state", "in", states)])
        if count := self.env["inbox.quarantine"].search_count([]):
            action = "concord_inbox.action_quarantine"
            yield self._panel_node("quarantine", _("Quarantine"), count, action=action)

    @api.model
    def _panel_node(self, name, label, count=0, **values):
        return {"id": name, "display_name": label, "parent_id": False, "role": name, "__count": count, **values}

    @api.model
    def _count_unsent(self, accounts) -> dict[str, int]:
        """State -> emails of these accounts."""
        self.flush_model(["state", "is_deleted", "draft_version", "author_id", "folder_ids"])
        return dict(
            self.env.execute_query(
                # As `is_in_inbox` has it.
                SQL(
                    """SELECT state, count(*) FROM inbox_message message
                        WHERE account_id = ANY(%s) AND state IN %s
                          AND is_deleted IS NOT TRUE
                          AND (state <> 'draft' OR draft_version > 0 AND author_id IS NOT NULL
                               OR EXISTS (SELECT FROM inbox_message_folder_rel rel
                                            JOIN inbox_folder folder ON folder.id = rel.folder_id
                                           WHERE rel.message_id = message.id AND folder.is_active))
                     GROUP BY state""",
                    accounts.ids,
                    UNSENT,
                )
            )
        )


class InboxAccount(models.Model):
    _inherit = "inbox.account"

    def _health_for_panel(self, is_troubled: bool) -> dict | bool:
        """What is said at the account's name: `kind` and `text`; False: all is well."""
        self.ensure_one()
        if self.state == "auth_failed" or is_troubled:
            return {"kind": "reconnect", "text": self._attention_sentence() or self.env._("Needs attention")}
        if self.state == "paused":
            return {"kind": "paused", "text": self.env._("Disconnected: nothing is received or sent.")}
        if self.failure_count:
            return {
                "kind": "offline",
                "text": self.last_error
                or self.env._("The mail server cannot be reached. It is tried again by itself."),
            }
        return False
