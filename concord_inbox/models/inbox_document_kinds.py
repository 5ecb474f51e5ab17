"""The kinds of documents that conversations are linked to by hand: whatever has a chatter here, whichever apps are
installed."""

from odoo import api, models, tools

# What is extended here must be there before: Odoo goes by the order of the imports.
from . import inbox_conversation_link  # noqa: F401

#: Kinds that emails are about most often, in this order; the others follow by their names.
USUAL = ("crm.lead", "res.partner", "sale.order", "account.move", "purchase.order", "project.task", "helpdesk.ticket")
#: What has a chatter, and is no document: mailboxes and their conversations, chats, lists of addresses, and what is set
#: up once.
NO_DOCUMENTS = ("inbox.", "discuss.", "mail.", "phone.", "base.", "ir.")
#: Documents that a search by name tells, of one kind and of all.
OF_A_KIND, OF_ALL = 5, 60


class InboxConversation(models.Model):
    _inherit = "inbox.conversation"

    @api.model
    @tools.ormcache()
    def _kinds(self):
        """The names of the models whose records are documents, the usual ones first."""
        thread = self.env.registry["mail.thread"]
        found = [
            name
            for name, model in self.env.registry.items()
            if issubclass(model, thread)
            and model._auto
            and not (model._abstract or model._transient or name.startswith(NO_DOCUMENTS))
        ]
        return tuple(sorted(found, key=lambda name: (USUAL.index(name) if name in USUAL else len(USUAL), name)))

    @api.model
    def _readable_kinds(self):
        """`[{model, name, is_usual}]` of those that the user may read, the usual ones first, then by their names."""
        names = {
            "crm.lead": self.env._("Deal"),
            "res.partner": self.env._("Contact"),
            "sale.order": self.env._("Quotation or order"),
            "account.move": self.env._("Invoice"),
            "purchase.order": self.env._("Purchase order"),
            "project.task": self.env._("Task"),
            "helpdesk.ticket": self.env._("Ticket"),
        }
        names = {name: names.get(name) for name in self._kinds() if self.env[name].has_access("read")}
        others = self.env["ir.model"].sudo().search_fetch([("model", "in", [*names])], ["model", "name"])
        names |= {kind.model: kind.name for kind in others if not names[kind.model]}
        kinds = [{"model": model, "name": name, "is_usual": model in USUAL} for model, name in names.items()]
        return sorted(kinds, key=lambda kind: (not kind["is_usual"], not kind["is_usual"] and kind["name"].casefold()))

    @api.model
    def find_documents(self, text):
        """`[{res_model, res_id, name, kind}]`: documents of all kinds with such a name that the user may read."""
        text = (text or "").strip()
        found = []
        for kind in self._readable_kinds() if text else ():
            model = self.env[kind["model"]]
            if len(found) < OF_ALL and model._rec_name:
                found += [
                    {"res_model": kind["model"], "res_id": number, "name": name, "kind": kind["name"]}
                    for number, name in model.name_search(text, limit=OF_A_KIND)
                ]
        return found[:OF_ALL]
