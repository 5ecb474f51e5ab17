"""Accounts, people and emails for tests of models."""

from odoo.tests import TransactionCase, tagged

GROUPS = {
    "employee": "base.group_user",
    "inbox_user": "concord_inbox.group_inbox_user",
    "shared_user": "concord_inbox.group_shared_inbox",
    "manager": "concord_inbox.group_inbox_manager",
    "system": "base.group_system",
    "portal": "base.group_portal",
    "public": "base.group_public",
}


@tagged("post_install", "-at_install")
class InboxCase(TransactionCase):
    """One shared account and one personal account of `owner`, each with a linked and an unlinked email."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # What these tests store is small, and need not be in files.
        cls.env["ir.config_parameter"].set_param("ir_attachment.location", "db")
        cls.users = {name: cls.make_user(name, group) for name, group in GROUPS.items()}
        cls.users["owner"] = cls.make_user("owner", "concord_inbox.group_inbox_user")
        # A system administrator has no right to the inbox merely by being one.
        cls.customer = cls.env["res.partner"].create({"name": "Ada Customer", "email": "ada@customer.example"})
        cls.shared = cls.make_account("sales@northlight.example", account_type="shared")
        cls.personal = cls.make_account("owner@northlight.example", user_id=cls.users["owner"].id)
        cls.records = {}
        for kind, account in (("shared", cls.shared), ("personal", cls.personal)):
            folder = cls.env["inbox.folder"].create(
                {"account_id": account.id, "name": "INBOX", "path": "INBOX", "role": "inbox", "is_active": True}
            )
            cls.records[f"{kind} account"] = account
            cls.records[f"{kind} folder"] = folder
            for linked in (True, False):
                partners = cls.customer if linked else cls.env["res.partner"]
                prefix = f"{kind} {'linked' if linked else 'unlinked'}"
                cls.records |= {
                    f"{prefix} {name}": record for name, record in cls.make_message(account, folder, partners).items()
                }

    @classmethod
    def make_strangers(cls):
        """Two users of another company, one of whom may read shared accounts there."""
        elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        for name, group in (
            ("stranger", "base.group_user"),
            ("foreign_shared", "concord_inbox.group_shared_inbox"),
        ):
            cls.users[name] = cls.make_user(name, group)
            cls.users[name].write({"company_ids": [(6, 0, elsewhere.ids)], "company_id": elsewhere.id})

    @classmethod
    def make_user(cls, name, group):
        return (
            cls.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": name,
                    "login": f"{name}_inbox_test",
                    "email": f"{name}@northlight.example",
                    "group_ids": [(6, 0, cls.env.ref(group).ids)],
                }
            )
        )

    @classmethod
    def make_account(cls, email, **values):
        return cls.env["inbox.account"].create(
            {
                "email": email,
                "password": "secret",
                "imap_host": "127.0.0.1",
                "smtp_host": "127.0.0.1",
                "state": "connected",
                "connected_at": "2026-01-01 00:00:00",
                "sync_since": "2026-01-01 00:00:00",
                **values,
            }
        )

    @classmethod
    def make_message(cls, account, folder, partners, **values):
        """Return an email with everything that hangs on it, by name."""
        conversation = cls.env["inbox.conversation"].create({"account_id": account.id, "subject": "Offer"})
        message = cls.env["inbox.message"].create(
            {
                "account_id": account.id,
                "conversation_id": conversation.id,
                "subject": "Offer",
                "body_text": "Dear all",
                "date": "2026-01-02 03:04:05",
                "partner_ids": [(6, 0, partners.ids)],
                "folder_ids": [(6, 0, folder.ids)],
                **values,
            }
        )
        participant = cls.env["inbox.participant"].create(
            {
                "inbox_message_id": message.id,
                "role": "from",
                "email": "ada@customer.example",
                "email_normalized": "ada@customer.example",
                "partner_id": partners.id,
            }
        )
        attachment = cls.env["ir.attachment"].create(
            {"name": "offer.txt", "raw": b"offer", "res_model": "inbox.message", "res_id": message.id}
        )
        copy = cls.env["inbox.message.copy"].create(
            {"inbox_message_id": message.id, "folder_id": folder.id, "uid": 2**32 - message.id}
        )
        quarantine = cls.env["inbox.quarantine"].create(
            {"account_id": account.id, "folder_id": folder.id, "uid": message.id, "source": b"eA==", "reason": "odd"}
        )
        return {
            "conversation": conversation,
            "message": message,
            "participant": participant,
            "attachment": attachment,
            "copy": copy,
            "quarantine": quarantine,
        }
