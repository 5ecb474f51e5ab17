"""The contact's side: its emails, and links that follow its address."""

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..sync import contacts


class ResPartner(models.Model):
    _inherit = "res.partner"

    inbox_message_ids = fields.Many2many(
        "inbox.message",
        "inbox_message_res_partner_rel",
        "partner_id",
        "message_id",
        "Emails",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )
    inbox_message_count = fields.Integer(compute="_compute_inbox_message_count", groups="base.group_user")

    # Every email that arrives is matched by this column.
    _inbox_email_normalized_idx = models.Index("(email_normalized) WHERE email_normalized IS NOT NULL")

    @api.depends_context("uid")
    def _compute_inbox_message_count(self):
        # Through the ORM, so that each user counts the emails that this user may read.
        counts = dict(
            self.env["inbox.message"]._read_group(
                [("partner_ids", "in", self.ids)], groupby=["partner_ids"], aggregates=["__count"]
            )
        )
        for partner in self:
            partner.inbox_message_count = counts.get(partner, 0)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_no_inbox_links(vals)
        partners = super().create(vals_list)
        contacts.relink(self.env, partners.filtered("email_normalized").mapped("email_normalized"))
        return partners

    def write(self, vals):
        self._check_no_inbox_links(vals)
        if not {"email", "active", "company_id"} & vals.keys():
            return super().write(vals)
        before = set(self.mapped("email_normalized"))
        result = super().write(vals)
        contacts.relink(self.env, (before | set(self.mapped("email_normalized"))) - {False})
        return result

    def _relink_inbox(self):
        """Follow a change of whether these are colleagues, whose emails are linked to nobody."""
        contacts.relink(self.env, self.sudo().filtered("email_normalized").mapped("email_normalized"))

    def _check_no_inbox_links(self, vals):
        # Whoever could link an email to a contact could show it to whom he likes.
        if not self.env.su and "inbox_message_ids" in vals:
            raise AccessError(self.env._("Emails are linked to contacts by their addresses alone."))

    def action_open_inbox_messages(self):
        """Open this contact's emails."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("concord_inbox.action_partner_messages")
        action["domain"] = [("partner_ids", "in", self.ids)]
        action["display_name"] = self.env._("Emails with %s", self.display_name)
        return action
