"""Emails that arrive can be searched: a few at once, many a little later."""

from odoo.addons.concord_inbox.sync import store
from odoo.tests import tagged

from .common import SyncCase, email


@tagged("post_install", "-at_install")
class TestSearchText(SyncCase):
    def found(self, text):
        return self.env["inbox.message"].search([("account_id", "=", self.account.id), ("search_query", "ilike", text)])

    def test_arriving(self):
        self.account = self.connect()
        attached = [
            "MIME-Version: 1.0",
            'Content-Type: application/pdf; name="Rechnung.pdf"',
            "Content-Disposition: attachment; filename=Rechnung.pdf",
        ]
        self.append("INBOX", email("Grüße aus Köln", headers=attached, body="JVBERg=="))
        self.append("INBOX", email("Second", sender="Boris <boris@elsewhere.example>", body="Nothing but the truth"))
        self.sync(self.account)
        self.assertEqual(self.found("grusse koln").subject, "Grüße aus Köln")
        self.assertEqual(self.found("filename:rechnung").subject, "Grüße aus Köln")
        self.assertEqual(self.found("from:boris truth").subject, "Second")

        for number in range(store.SEARCHABLE_AT_ONCE + 5):
            self.append("INBOX", email(f"Number {number}", body="one of many"))
        self.sync(self.account)
        self.env["inbox.message"]._cron_fill_search()
        self.assertEqual(len(self.found("many")), store.SEARCHABLE_AT_ONCE + 5)
