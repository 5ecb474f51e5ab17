"""What is known of the customer whose email one reads: the card beside the conversation.

Everything is read as the user; what he may not see is not there. Apps that may not be installed are asked only where
they are.
"""

import re

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL, email_normalize
from odoo.tools.misc import formatLang

from ..mime import is_no_reply
from ..sync import contacts as contacts_of
from ..sync import deals, identities

#: How many of each kind the card names.
CONTACTS, DEALS, BUSINESS, EARLIER = 4, 5, 3, 5
#: Documents that people name in a subject: model -> the field with the number.
NUMBERED = {"sale.order": "name", "account.move": "name", "purchase.order": "name", "helpdesk.ticket": "ticket_ref"}
#: What may be such a number: S00042, INV/2026/00042, #1234.
_NUMBER = re.compile(r"(?<![\w/])(?:[A-Z]{1,8}[/-]?)?\d[\d/-]{2,20}\b")


def _said(moment):
    return fields.Datetime.to_string(moment) if moment else False


class InboxMessage(models.Model):
    _inherit = "inbox.message"

    def inbox_card(self):
        """The card of the conversation of this email.

        :return: `{contacts, strangers, documents, suggestions, business, earlier, turn}`, see the methods below, and
            `kinds`: of documents that the user can link it to, see `inbox.conversation._readable_kinds()`.
        :raises AccessError: the user does not read this email's account.
        """
        self.ensure_one()
        conversation = self._conversation_of_card()
        contacts = self.env["res.partner"].browse(conversation.partner_ids.ids)._filtered_access("read")[:CONTACTS]
        documents = conversation.sudo(False)._card_documents()
        linked = {(one["res_model"], one["res_id"]) for one in documents}
        return {
            "conversation_id": conversation.id,
            "contacts": [self._card_contact(contact) for contact in contacts],
            "strangers": self._card_strangers(),
            "documents": documents,
            "suggestions": [
                one for one in self._card_suggestions(conversation) if (one["res_model"], one["res_id"]) not in linked
            ],
            "business": self._card_business(contacts),
            "earlier": self._card_earlier(contacts, conversation),
            "turn": {
                "waiting_for": conversation.waiting_for or False,
                "waiting_since": _said(conversation.waiting_since),
                "is_settled": conversation._is_settled(),
            },
            "kinds": self.env["inbox.conversation"]._readable_kinds(),
            "can_create_deal": self.env["crm.lead"].has_access("create"),
            "can_create_contact": self.env["res.partner"].has_access("create"),
        }

    def _conversation_of_card(self):
        """The conversation, as superuser.

        :raises AccessError: the user sees this email on a record alone, if at all.
        """
        self.check_access("write")
        conversation = self.sudo().conversation_id
        conversation.sudo(False).check_access("read")
        return conversation

    # ------------------------------------------------------------ people

    def _card_contact(self, contact):
        """`{id, name, email, phone, job, company: {id, name}, next, last}` of a contact."""
        company = contact.commercial_partner_id - contact
        if company and not company.has_access("read"):
            company = company.browse()
        return {
            "id": contact.id,
            "name": contact.name or contact.email or "",
            "email": contact.email or "",
            "phone": contact.phone or "",
            "job": contact.function or "",
            "company": {"id": company.id, "name": company.name} if company else False,
            **self._card_activities(contact),
        }

    @api.model
    def _card_activities(self, record):
        """`{next, last}`: what is planned for a document and what was done, each `{name, date}` or False."""
        planned = record.activity_ids.filtered("active").sorted("date_deadline")[:1]
        done = self.env["mail.message"].search(
            [("model", "=", record._name), ("res_id", "=", record.id), ("mail_activity_type_id", "!=", False)],
            limit=1,
            order="id desc",
        )
        return {
            "next": {
                "name": planned.summary or planned.activity_type_id.name or "",
                "date": fields.Date.to_string(planned.date_deadline),
            }
            if planned
            else False,
            "last": {"name": done.mail_activity_type_id.name, "date": fields.Date.to_string(done.date)}
            if done
            else False,
        }

    def _card_strangers(self):
        """`[{name, email}]`: who wrote it, or to whom it went, and is nobody's contact and none of us."""
        own = identities.own_addresses(self.sudo().account_id)
        roles = ("from", "reply_to") if self.direction == "in" else ("to", "cc")
        found = {}
        for one in self.participant_ids:
            address = one.email_normalized
            if one.role in roles and address and not one.partner_id and address not in own and not is_no_reply(address):
                found.setdefault(address, {"name": one.name or "", "email": address})
        known = self._contact_with(list(found))
        known = {*known.mapped("email_normalized"), *known.inbox_address_ids.mapped("email_normalized")}
        return [one for address, one in found.items() if address not in known][:CONTACTS]

    def inbox_create_contact(self, email):
        """Create a contact for a correspondent of this email, with the company that has that domain.

        :return: the contact's id; that of whoever has the address already.
        :raises AccessError: the user may not create contacts, or the address is not on this email.
        """
        stranger = self._stranger(email)
        address = stranger.email_normalized
        partners = self.env["res.partner"]
        if known := self._contact_with([address]):
            return known[0].id
        domain = address.rpartition("@")[2]
        company = contacts_of.companies(self.env, self.sudo().account_id, {domain}).get(domain, {})
        if company and not partners.browse(company["parent_id"]).has_access("read"):
            company = {}
        return partners.create({"name": stranger.name or stranger.email, "email": stranger.email, **company}).id

    def inbox_add_address(self, email, partner_id):
        """Say that a correspondent of this email is a contact that there is already, with another address.

        :raises AccessError: the user may not change the contact, or the address is not on this email.
        """
        stranger = self._stranger(email)
        self.env["inbox.partner.address"].create({"partner_id": partner_id, "email": stranger.email})

    def _stranger(self, email):
        """The participant of this email with that address."""
        self._conversation_of_card()
        wanted = email_normalize(email or "")
        found = self.participant_ids.filtered(lambda one: wanted and one.email_normalized == wanted)[:1]
        if not found:
            raise AccessError(self.env._("This address is not on this email."))
        return found

    def _contact_with(self, addresses):
        """The contacts, readable for the user, with one of these addresses."""
        has = Domain("email_normalized", "in", addresses) | Domain(
            "inbox_address_ids.email_normalized", "in", addresses
        )
        return self.env["res.partner"].search(has)

    # ------------------------------------------------------------ documents

    def _card_suggestions(self, conversation):
        """What the conversation may be about: open deals of its people and their companies, documents whose number its
        subject names."""
        undone = {(link.res_model, link.res_id) for link in conversation.link_ids if link.is_undone}
        found = []
        leads = self.env["crm.lead"]
        if leads.has_access("read"):
            query = deals.about(SQL("message.conversation_id = %s", conversation.id))
            ids = [lead for _conversation, lead in self.env.execute_query(query)]
            readable = leads.browse(ids).exists()._filtered_access("read").sorted("id", reverse=True)[:DEALS]
            found += [self._card_document(lead) | {"why": self.env._("Open deal")} for lead in readable]
            # Whoever writes from a company may well write about a deal of it, or of a fellow there.
            contacts = self.env["res.partner"].browse(conversation.partner_ids.ids)._filtered_access("read")
            of_company = [
                ("partner_id", "child_of", contacts.commercial_partner_id.ids),
                ("won_status", "=", "pending"),
                ("id", "not in", ids),
            ]
            room = DEALS - len(readable)
            fellows = leads.search(of_company, limit=room, order="id desc") if contacts and room else leads
            found += [self._card_document(lead) | {"why": self.env._("Open deal of the company")} for lead in fellows]
        numbers = list(dict.fromkeys(_NUMBER.findall(self.subject or "")))[:5]
        for name, field in NUMBERED.items():
            model = self.env.get(name)
            if numbers and model is not None and field in model._fields and model.has_access("read"):
                named = model.search([(field, "in", numbers)], limit=BUSINESS)
                found += [
                    self._card_document(one) | {"why": self.env._("Its number is in the subject")} for one in named
                ]
        return [one for one in found if (one["res_model"], one["res_id"]) not in undone]

    @api.model
    def _card_document(self, record):
        """`{res_model, res_id, name, kind, detail}` of a document, and its activities (`_card_activities()`)."""
        detail = []
        if record._name == "crm.lead":
            detail = [record.stage_id.name or ""]
            if record.expected_revenue:
                detail.append(formatLang(self.env, record.expected_revenue, currency_obj=record.company_currency))
            if record.won_status != "pending":
                detail = [dict(record._fields["won_status"]._description_selection(self.env))[record.won_status]]
        elif "amount_total" in record._fields and "currency_id" in record._fields:
            # Of an invoice that was sent, what matters is whether it is paid.
            field = "payment_state" if "payment_state" in record._fields and record.state == "posted" else "state"
            state = dict(record._fields[field]._description_selection(self.env)).get(record[field], "")
            detail = [state, formatLang(self.env, record.amount_total, currency_obj=record.currency_id)]
        return {
            "res_model": record._name,
            "res_id": record.id,
            "name": record.display_name,
            "kind": self.env["ir.model"]._get(record._name).name,
            "detail": " · ".join(filter(None, detail)),
            **(self._card_activities(record) if "activity_ids" in record._fields else {"next": False, "last": False}),
        }

    def _card_business(self, contacts):
        """Open quotations and unpaid invoices of these contacts and their companies, where those apps are installed."""
        partners = contacts.commercial_partner_id
        found = []
        for name, condition in (
            ("sale.order", [("state", "in", ("draft", "sent"))]),
            ("account.move", [
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("payment_state", "in", ("not_paid", "partial")),
            ]),
        ):  # fmt: skip
            model = self.env.get(name)
            if partners and model is not None and model.has_access("read"):
                domain = [("partner_id", "child_of", partners.ids), *condition]
                found += [self._card_document(one) for one in model.search(domain, limit=BUSINESS)]
        return found

    def _card_earlier(self, contacts, conversation):
        """`[{id, subject, date}]`: the newest email of earlier conversations with these contacts."""
        if not contacts:
            return []
        # The same conversation in another mailbox is no earlier one.
        these = {*conversation.message_ids.mapped("message_id")} - {False}
        domain = Domain("on_record", "in", [f"res.partner,{one.id}" for one in contacts[:1]])
        domain &= Domain("conversation_id", "!=", conversation.id)
        found, seen = [], set()
        for email in self.search(domain, limit=EARLIER * 4, order="date desc, id desc"):
            key = email.sudo().conversation_id.id or -email.id
            if key not in seen and email.message_id not in these and len(found) < EARLIER:
                seen.add(key)
                found.append(
                    {
                        "id": email.id,
                        "subject": email.display_name,
                        "date": _said(email.date),
                    }
                )
        return found

    # ------------------------------------------------------------ what one does from there

    def inbox_link(self, res_model, res_id):
        """Link the conversation of this email to a document."""
        self._conversation_of_card().sudo(False).link_document(res_model, res_id)

    def inbox_unlink(self, res_model, res_id):
        """Undo that."""
        self._conversation_of_card().sudo(False).unlink_document(res_model, res_id)

    def inbox_settle(self, is_settled=True):
        """Say that no answer is needed, or take that back."""
        conversation = self._conversation_of_card().sudo(False)
        if is_settled:
            conversation.action_settle()
        else:
            conversation.action_unsettle()

    def inbox_deal_defaults(self):
        """What a deal that is created from this email begins with."""
        conversation = self._conversation_of_card()
        contact = self.env["res.partner"].browse(conversation.partner_ids.ids)._filtered_access("read")[:1]
        strangers = self._card_strangers()
        values = {"name": self.subject or "", "user_id": self.env.uid, "type": "opportunity"}
        if contact:
            return values | {"partner_id": contact.id}
        if strangers:
            values |= {"contact_name": strangers[0]["name"], "email_from": strangers[0]["email"]}
        return values

    def inbox_save_files(self, res_model, res_id):
        """Put the files of this email on a document that its conversation is linked to.

        :return: how many; what is there already is not put there again.
        :raises AccessError: the user may not change the document.
        """
        self._conversation_of_card()
        record = self.env["inbox.conversation"]._document(res_model, res_id)
        record.check_access("write")
        there = set(
            self.env["ir.attachment"]
            .search([("res_model", "=", res_model), ("res_id", "=", res_id)])
            .mapped(lambda one: (one.name, one.checksum))
        )
        new = [one for one in self.file_ids if (one.name, one.checksum) not in there]
        for attachment in new:
            attachment.copy({"res_model": res_model, "res_id": res_id, "inbox_content_id": False})
        return len(new)

    def inbox_note(self, text):
        """Log a note about the conversation, for colleagues who read this account."""
        conversation = self._conversation_of_card().sudo(False)
        if text and text.strip():
            conversation.message_post(body=text, subtype_xmlid="mail.mt_note")


class InboxConversation(models.Model):
    _inherit = "inbox.conversation"

    def _card_documents(self):
        """The linked documents that the user may read, with why they are."""
        reasons = dict(self.env["inbox.conversation.link"]._fields["reason"]._description_selection(self.env))
        found = []
        for link in self.sudo().link_ids:
            model = self.env.get(link.res_model)
            if link.is_undone or model is None:
                continue
            record = model.browse(link.res_id).exists()
            if record and record.has_access("read"):
                document = self.env["inbox.message"]._card_document(record)
                found.append(document | {"why": reasons[link.reason]})
        return found
