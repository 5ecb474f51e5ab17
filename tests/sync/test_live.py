"""What is told to browsers: how often, what, and to whom."""

import json
from functools import partial

from odoo import Command
from odoo.addons.concord_inbox.sync import links, live
from odoo.tests import HttpCase, tagged

from .common import SyncCase, ago, email


def told(env, after=0):
    """(channel, payload) of each row on the bus that is about emails."""
    rows = env["bus.bus"].sudo().search([("id", ">", after)])
    messages = [(json.loads(row.channel), json.loads(row.message)) for row in rows]
    return [(channel, message["payload"]) for channel, message in messages if message["type"] == live.TYPE]


@tagged("post_install", "-at_install")
class TestTelling(SyncCase):
    def told_by(self, work):
        before = self.env["bus.bus"].sudo()._bus_last_id()
        work()
        self.env.cr.commit()
        return told(self.env, before)

    def test_a_sync_tells_once_a_piece_and_no_more_than_the_id(self):
        self.append("INBOX", *[email(f"N{n}", message_id=f"<{n}@x>") for n in range(600)])
        account = self.connect()
        self.env.cr.commit()
        rows = self.told_by(lambda: self.sync(account))
        self.assertTrue(1 <= len(rows) <= 5, len(rows))
        for channel, payload in rows:
            self.assertEqual(payload, {"account_id": account.id})
            self.assertNotIn("broadcast", channel)
        self.assertEqual(self.told_by(lambda: self.sync(account)), [], "nothing changed")

    def test_each_change_there_is_told_once(self):
        self.append("INBOX", email("A", message_id="<a@x>"), date=ago(days=3))
        account = self.connect()
        self.sync(account)
        self.env.cr.commit()
        other = self.client()
        other.select_folder("INBOX")
        for change in (
            lambda: other.add_flags([1], ["\\Seen"]),
            lambda: other.move([1], "Archive"),
            lambda: other.create_folder("New"),
            lambda: self.append("New", email("B", message_id="<b@x>")),
        ):
            change()
            self.assertTrue(1 <= len(self.told_by(lambda: self.sync(account))) <= 2)
            self.assertEqual(self.told_by(lambda: self.sync(account)), [])
        other.select_folder("Archive")
        other.delete_messages([1])
        other.uid_expunge([1])
        # That it left its folder, and that it was found in no other.
        self.assertTrue(1 <= len(self.told_by(lambda: self.sync(account))) <= 2)

    def test_a_click_and_its_way_to_the_server(self):
        self.append("INBOX", *[email(f"N{n}", message_id=f"<{n}@x>") for n in range(20)])
        account = self.connect()
        self.sync(account)
        messages = self.messages(account)
        self.env.cr.commit()
        self.assertEqual(len(self.told_by(messages.action_mark_read)), 1, "however many emails")
        self.assertEqual(len(self.told_by(lambda: self.sync(account))), 1, "they do not wait any more")
        self.assertEqual(self.told_by(lambda: self.sync(account)), [], "the echo")

    def test_links_that_follow_are_told_once_an_account_however_many(self):
        self.append("INBOX", *[email(f"N{n}", sender="ada@told.example", message_id=f"<{n}@x>") for n in range(20)])
        account = self.connect()
        self.sync(account)
        ada = self.env["res.partner"].create({"name": "Ada", "email": "ada@work.example"})
        self.env.cr.commit()
        add = partial(self.env["inbox.partner.address"].create, {"partner_id": ada.id, "email": "ada@told.example"})
        self.assertEqual([payload for _c, payload in self.told_by(add)], [{"account_id": account.id}])
        # Too many for the transaction of whoever takes it away.
        self.patch(links, "FEW_EMAILS", 5)
        self.assertEqual(self.told_by(ada.inbox_address_ids.unlink), [])
        follow = self.env["inbox.relink"]._cron_relink
        self.assertEqual([payload for _c, payload in self.told_by(follow)], [{"account_id": account.id}])
        self.assertFalse(self.messages(account).partner_ids)
        self.assertEqual(self.told_by(follow), [])

    def test_what_is_rolled_back_is_told_to_nobody(self):
        account = self.connect()
        self.env.cr.commit()

        def work():
            live.tell(self.env, account.ids)
            self.env.cr.rollback()

        self.assertEqual(self.told_by(work), [])


@tagged("post_install", "-at_install")
class TestReaders(HttpCase):
    """Through the door that browsers come in by."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        here = cls.env.company
        shared, own = "concord_inbox.group_shared_inbox", "concord_inbox.group_inbox_user"
        for login, groups, companies in (
            ("shared_one", shared, here),
            ("both_one", shared, here | cls.elsewhere),
            ("elsewhere_one", shared, cls.elsewhere),
            ("owner_one", own, here),
            ("other_one", own, here),
            ("employee_one", "base.group_user", here),
            ("portal_one", "base.group_portal", here),
        ):
            cls.env["res.users"].create(
                {
                    "name": login,
                    "login": login,
                    "password": f"{login}_password",
                    "company_id": companies[0].id,
                    "company_ids": [Command.set(companies.ids)],
                    "group_ids": [Command.set(cls.env.ref(groups).ids)],
                }
            )
        cls.users = ("shared_one", "both_one", "elsewhere_one", "owner_one", "other_one", "employee_one", "portal_one")

    def make(self, email_address, **values):
        return self.env["inbox.account"].create({"email": email_address, "imap_host": "127.0.0.1", **values})

    def who_is_told(self, account):
        before = self.env["bus.bus"].sudo()._bus_last_id()
        live.tell(self.env, account.ids)
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assertEqual(len(told(self.env, before)), 1)
        readers = set()
        for login in (*self.users, None):
            self.authenticate(login, login and f"{login}_password")
            # A string is all that a browser can ask for.
            wanted = ["broadcast", "company-1", live.TYPE, "concord_inbox"]
            arguments = {"channels": wanted, "last": before, "is_first_poll": True}
            answer = self.make_jsonrpc_request("/websocket/peek_notifications", arguments)
            if any(row["message"]["type"] == live.TYPE for row in answer["notifications"]):
                readers.add(login)
        return readers

    def test_a_personal_account_is_its_owners(self):
        owner = self.env["res.users"].search([("login", "=", "owner_one")])
        self.assertEqual(self.who_is_told(self.make("o@x.example", user_id=owner.id)), {"owner_one"})

    def test_a_shared_account_is_its_companys(self):
        here = self.make("a@x.example", account_type="shared")
        self.assertEqual(self.who_is_told(here), {"shared_one", "both_one"})
        there = self.make("b@x.example", account_type="shared", company_id=self.elsewhere.id)
        self.assertEqual(self.who_is_told(there), {"both_one", "elsewhere_one"})
