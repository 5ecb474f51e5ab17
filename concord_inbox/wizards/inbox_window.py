"""What the windows have in common that ask for something first."""

from odoo import api, models


class InboxWindow(models.AbstractModel):
    _name = "inbox.window"
    _description = "Window that Asks First"

    @api.model_create_multi
    def create(self, vals_list):
        windows = super().create(vals_list)
        windows._check_links()
        return windows

    def write(self, vals):
        result = super().write(vals)
        self._check_links()
        return result

    def _check_links(self):
        """A window shows the names of what it is about, which Odoo reads with all rights: refuse what is others'."""
        for name, field in self._fields.items():
            if field.relational and field.comodel_name.startswith("inbox.") and self[name]:
                self[name].check_access("read")

    @api.model
    def _open(self, title, **values):
        """Make a window and return the action that shows it."""
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": self._name,
            "res_id": self.create(values).id,
            "views": [[False, "form"]],
            "target": "new",
        }

    def _done(self, sentence):
        """Return the action that tells the user `sentence` and closes the window."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": sentence, "next": {"type": "ir.actions.act_window_close"}},
        }
