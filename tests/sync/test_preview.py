"""The look ahead before an account is connected: what it tells, and that it leaves no trace on either side."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.addons.concord_inbox.sync import preview
from odoo.exceptions import UserError

from tests.servers.scripted import Silent
from tests.sync.common import USER, SyncCase, ago, email


class TestPreview(SyncCase):
    def setUp(self):
        super().setUp()
        self.env["res.partner"].create({"name": "Ada Customer", "email": "ada@customer.example"})
        # Not in this very second, which a connection now would count as after it.
        before = ago(minutes=5)
        self.append(
            "INBOX",
            email("One", message_id="<1@x>"),
            email("Two", sender="Bob <bob@new.example>"),
            email("List", sender="news@shop.example", headers=["List-Id: <news.shop.example>"]),
            email("Machine", sender="no-reply@new.example"),
            date=before,
        )
        self.append("INBOX", email("Long ago", sender="old@new.example"), date=ago(days=60))
        self.append("Sent", email("Mine", sender=f"Me <{USER}>", to="carl@else.example"), date=before)
        self.append("Junk", email("Win", sender="spam@spam.example"), date=before)
        self.append("Trash", email("Gone", sender="gone@new.example"), date=before)
        self.append("Projects/Größe", email("Deep", sender="dora@new.example"), date=before)

    def listed(self, **values):
        """An account whose test succeeded and that is not connected."""
        account = self.make_account(**values)
        self._list_folders(account)
        return account

    def look(self, account):
        return account.action_preview()["params"]

    def test_what_would_come(self):
        told = self.look(self.listed(create_contact=True))
        self.assertEqual(told["total"], 6)
        self.assertIn("6 emails since", told["emails"])
        numbers = {folder["name"]: folder["emails"] for folder in told["folders"]}
        self.assertEqual((numbers["INBOX"], numbers["Sent"], numbers["Projects/Größe"]), ("4", "1", "1"))
        self.assertFalse({"Junk", "Trash"} & numbers.keys())
        self.assertEqual((told["known"], told["touched"]), (1, "1 contact of yours is on these emails."))
        self.assertEqual(
            [(one["name"], one["email"]) for one in told["named"]],
            [("Bob", "bob@new.example"), ("dora@new.example", "dora@new.example")],
        )
        self.assertEqual((told["created"], told["more"]), (2, ""))
        self.assertFalse(any(folder["read"] for folder in told["folders"]))

    def test_it_tells_the_truth(self):
        account = self.listed(create_contact=True)
        told = self.look(account)
        before = self.env["res.partner"].search([])
        self.patch(type(account), "_test_connection", self._list_folders)
        account.action_connect()
        self.sync(account)
        created = self.env["res.partner"].search([]) - before
        self.assertEqual(set(created.mapped("email")), {one["email"] for one in told["named"]})
        messages = self.messages(account)
        self.assertEqual(len(messages), told["total"])
        self.assertEqual(len(messages.partner_ids - created), told["known"])

    def test_no_contact_where_none_is_wanted(self):
        told = self.look(self.listed())
        self.assertEqual((told["created"], told["named"]), (0, []))
        self.assertIn("off", told["creating"])

    def test_at_most_fifty_are_named(self):
        self.append("INBOX", *(email(f"N{number}", sender=f"n{number}@many.example") for number in range(60)))
        told = self.look(self.listed(create_contact=True))
        self.assertEqual((told["created"], len(told["named"]), told["more"]), (62, 50, "and 12 more"))
        self.assertEqual(told["named"][0]["email"], "n59@many.example", "the newest first")

    def test_only_the_newest_headers_are_read(self):
        with patch.object(preview, "NEWEST", 2):
            told = self.look(self.listed(create_contact=True))
        self.assertEqual(told["total"], 6)
        inbox = next(folder for folder in told["folders"] if folder["name"] == "INBOX")
        self.assertEqual(inbox["read"], "people of the newest 2")
        self.assertNotIn("bob@new.example", [one["email"] for one in told["named"]])

    def test_out_of_time(self):
        account = self.listed(create_contact=True)
        with patch.object(preview, "COUNTING", -1.0):
            told = self.look(account)
        self.assertIn("at least 0", told["emails"])
        with patch.object(preview, "READING", -1.0):
            told = self.look(account)
        self.assertEqual((told["total"], told["created"]), (6, 0))
        self.assertEqual({folder["read"] for folder in told["folders"]}, {"people not looked at"})

    def test_a_server_that_says_nothing(self):
        account = self.listed()
        with Silent() as silent, patch.object(preview, "WAITING", 0.5), self.assertRaises(UserError) as caught:
            account.imap_port = silent.port
            account.action_preview()
        self.assertIn("does not answer", caught.exception.args[0])

    def test_the_folders_that_were_chosen(self):
        account = self.listed(create_contact=True)
        self.folder(account, "INBOX").is_active = False
        self.folder(account, "Junk").is_active = True
        told = self.look(account)
        numbers = {folder["name"]: folder["emails"] for folder in told["folders"]}
        self.assertNotIn("INBOX", numbers)
        self.assertNotIn("Junk", numbers, "what lies there now is left out")
        # Folders that nobody has seen yet, as usual.
        account.folder_ids.unlink()
        numbers = {folder["name"]: folder["emails"] for folder in self.look(account)["folders"]}
        self.assertIn("INBOX", numbers)
        self.assertNotIn("Junk", numbers)

    def test_from_now_on(self):
        told = self.look(self.listed(sync_from="now"))
        self.assertEqual(told["total"], 0)
        self.assertIn("from now on", told["emails"])

    def test_who_sees_what(self):
        account = self.listed()
        shared = " ".join(self.look(account)["sees"])
        self.assertIn("everybody with the right to shared inboxes", shared)
        self.assertIn("stays on the pages that it is linked to", shared)
        owner = self.env.ref("base.user_admin")
        account.write({"account_type": "personal", "user_id": owner.id, "record_visibility": "subject"})
        account.keep_linked = False
        personal = " ".join(self.look(account)["sees"])
        self.assertIn(f"only you, {owner.name}", personal)
        self.assertIn("not the text", personal)
        self.assertIn("deleted here as well", personal)
        account.record_visibility = "nothing"
        self.assertIn("nothing of this account", " ".join(self.look(account)["sees"]))

    def test_nothing_is_stored_and_nothing_changed_on_the_server(self):
        account = self.listed(create_contact=True)
        self.env.flush_all()
        before = self.rows(), self.on_server()
        self.look(account)
        self.env.flush_all()
        self.assertEqual((self.rows(), self.on_server()), before)

    def test_whoever_may_not_change_the_account_may_not_look(self):
        account = self.listed()
        user = self.env["res.users"].create(
            {
                "name": "Sam",
                "login": "sam_preview",
                "group_ids": [(6, 0, self.env.ref("concord_inbox.group_shared_inbox").ids)],
            }
        )
        with self.assertRaises(Exception) as caught:
            account.with_user(user).action_preview()
        self.assertEqual(type(caught.exception).__name__, "AccessError")

    def rows(self):
        """All rows of all tables that could be touched, but what Odoo itself counts."""
        self.env.cr.execute(
            """SELECT table_name FROM information_schema.tables
                WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
                  AND (table_name LIKE 'inbox\\_%' OR table_name LIKE 'res\\_partner%'
                       OR table_name IN ('ir_attachment', 'mail_message', 'bus_bus', 'ir_cron_trigger'))"""
        )
        found = {}
        for (table,) in self.env.cr.fetchall():
            self.env.cr.execute(f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)), count(*) FROM "{table}" t')
            found[table] = self.env.cr.fetchone()
        self.assertIn("inbox_message_folder_rel", found)
        return found

    def on_server(self):
        client = self.client()
        state = {}
        for flags, _delimiter, name in client.list_folders():
            if b"\\Noselect" in flags:
                continue
            client.select_folder(name, readonly=True)
            uids = client.search()
            state[name] = uids and {
                uid: (row[b"FLAGS"], row[b"INTERNALDATE"])
                for uid, row in client.fetch(uids, ["FLAGS", "INTERNALDATE"]).items()
            }
            status = client.folder_status(name, ["MESSAGES", "UIDNEXT", "UIDVALIDITY", "RECENT", "HIGHESTMODSEQ"])
            state[name, "status"] = status
        return state


class TestPeriod(SyncCase):
    def test_now_is_the_moment_of_connecting(self):
        account = self.make_account(sync_from="now")
        self._list_folders(account)
        # Received after the account was made, and before it is connected.
        self.append("INBOX", email("Before"), date=ago(seconds=5))
        before = fields.Datetime.now()
        self.patch(type(account), "_test_connection", self._list_folders)
        account.action_connect()
        self.assertTrue(before <= account.sync_since <= fields.Datetime.now())
        self.assertEqual(account.sync_since, account.connected_at)
        self.append("INBOX", email("After"), date=ago(seconds=-1))
        self.sync(account)
        self.assertEqual(self.messages(account).mapped("subject"), ["After"])

    def test_the_period_is_fixed_by_the_rules_of_the_server(self):
        account = self.connect()
        since = account.sync_since
        for state in ("connected", "paused", "auth_failed"):
            account.state = state
            with self.assertRaises(UserError):
                account.sync_from = "6_months"
            account.sync_from = account.sync_from  # what changes nothing is no matter
        account.state = "paused"
        account.action_connect()
        self.assertEqual((account.sync_since, account.sync_from), (since, "1_month"))

    def test_a_month_is_counted_from_connecting(self):
        account = self.connect()
        self.assertLess(abs(account.sync_since - (account.connected_at - timedelta(days=30))), timedelta(days=2))
