"""Moves undone before and after the server knows of them; what the server refuses for good is told to its author."""

import json
import tempfile
from pathlib import Path

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools.translate import code_translations

from tests.servers.dovecot import Dovecot
from tests.sync.common import PASSWORD, SyncCase, ago, email


class UserCase(SyncCase):
    def make_user(self, name, group="concord_inbox.group_shared_inbox", **values):
        return self.env["res.users"].create(
            {"name": name, "login": name, "group_ids": [Command.set(self.env.ref(group).ids)], **values}
        )

    def of(self, subject, account=None):
        return self.messages(account or self.account).filtered(lambda message: message.subject == subject)

    def on_server(self, path):
        client = self.client()
        client.select_folder(path, readonly=True)
        rows = client.fetch(client.search(), ["ENVELOPE"])
        return sorted(row[b"ENVELOPE"].subject.decode() for row in rows.values())


@tagged("post_install", "-at_install")
class TestUndo(UserCase):
    def setUp(self):
        super().setUp()
        self.append("INBOX", *[email(f"N{n}", message_id=f"<{n}@x>") for n in range(5)], date=ago(days=3))
        self.other = self.client()
        self.other.create_folder("Clients")
        self.account = self.connect()
        self.sync(self.account)
        self.anna = self.make_user("anna")

    def undo(self, action, user=None):
        self.assertEqual(action["tag"], "concord_inbox.moved")
        # As the browser gives it back.
        former = json.loads(json.dumps(action["params"]["former"]))
        return self.env["inbox.message"].with_user(user or self.anna).action_undo_move(former)

    def test_before_the_server_knows(self):
        recording = self.server.record(self.mail_user)
        messages = self.messages(self.account).with_user(self.anna)
        for act in (
            messages.action_archive_email,
            messages.action_trash,
            messages.action_spam,
            lambda: messages.action_move(self.folder(self.account, "Clients")),
        ):
            action = act()
            self.assertIn("5 emails", action["params"]["message"])
            self.assertFalse(self.messages(self.account, "INBOX"))
            self.assertFalse(self.undo(action))
            self.assertEqual(len(self.messages(self.account, "INBOX")), 5)
        self.sync(self.account)
        self.assertEqual(len(self.on_server("INBOX")), 5)
        self.assertNotIn(b" MOVE ", b"".join(path.read_bytes() for path in recording.glob("*.in")))

    def test_after_the_server_knows(self):
        message = self.of("N1").with_user(self.anna)
        action = message.action_archive_email()
        self.assertEqual(action["params"]["message"], "Email moved to “Archive”.")
        self.sync(self.account)
        self.assertEqual(self.on_server("Archive"), ["N1"])
        self.assertFalse(self.undo(action))
        self.sync(self.account)
        self.assertEqual(self.on_server("Archive"), [])
        self.assertIn("N1", self.on_server("INBOX"))
        self.assertEqual(self.of("N1"), message)
        self.assertEqual(message.folder_ids.path, "INBOX")

    def test_several_folders(self):
        self.other.select_folder("INBOX")
        self.other.copy(self.other.search(["SUBJECT", "N0"]), "Clients")
        self.sync(self.account)
        both, one = self.of("N0").with_user(self.anna), self.of("N1").with_user(self.anna)
        self.assertEqual(len(both.folder_ids), 2)
        action = (both | one).action_trash()
        self.sync(self.account)
        self.assertEqual(self.on_server("Clients"), [])
        self.undo(action)
        self.sync(self.account)
        self.sync(self.account)
        self.assertEqual(self.on_server("Clients"), ["N0"])
        self.assertEqual(len(self.on_server("INBOX")), 5)
        self.assertEqual(self.on_server("Trash"), [])
        self.assertEqual(set(both.folder_ids.mapped("path")), {"INBOX", "Clients"})

    def test_the_window_that_asks_where_to(self):
        message = self.of("N0").with_user(self.anna)
        window = self.env["inbox.move"].with_user(self.anna).with_context(**message.action_choose_folder()["context"])
        move = window.create({"folder_id": self.folder(self.account, "Clients").id})
        action = move.action_move()
        self.assertEqual(message.folder_ids.path, "Clients")
        self.undo(action)
        self.assertEqual(message.folder_ids.path, "INBOX")

    def test_nothing_to_do(self):
        message = self.of("N0").with_user(self.anna)
        action = message.action_move(self.folder(self.account, "INBOX"))
        self.assertEqual(action["params"], {"message": "Already in “Inbox”.", "former": []})
        self.assertFalse(message.is_changed)

    def test_a_folder_or_an_email_that_went_since(self):
        clients = self.folder(self.account, "Clients")
        self.of("N0").action_move(clients)
        self.of("N1").action_move(clients)
        self.sync(self.account)
        action = self.messages(self.account, "Clients").with_user(self.anna).action_archive_email()
        self.of("N1").action_delete()
        self.assertEqual(self.undo(action)["params"]["type"], "warning")
        self.assertEqual(self.of("N0").folder_ids, clients)
        action = self.of("N0").with_user(self.anna).action_archive_email()
        self.sync(self.account)
        clients._delete(to_trash=True)
        with self.assertRaisesRegex(UserError, "not here any more"):
            self.undo(action)

    def test_into_a_folder_that_is_not_followed(self):
        self.folder(self.account, "Trash").write({"is_active": False, "cursor": False})
        first, second = self.of("N0").with_user(self.anna), self.of("N1").with_user(self.anna)
        action = first.action_trash()
        self.assertIn("not among the active folders", action["params"]["message"])
        self.assertFalse(self.undo(action))
        self.assertEqual(first.folder_ids.path, "INBOX")
        action = second.action_trash()
        self.sync(self.account)
        self.assertEqual(self.on_server("Trash"), ["N1"])
        self.assertFalse(self.undo(action), "it is remembered for a day")
        self.sync(self.account)
        self.assertEqual(self.on_server("Trash"), [])
        self.assertEqual(second.folder_ids.path, "INBOX")

    def test_what_a_browser_may_make_up(self):
        self.server.add_user("second@northlight.example", PASSWORD)
        second = self.make_account(email="second@northlight.example", username="second@northlight.example")
        self._list_folders(second)
        private = self.make_account(
            email="third@northlight.example", account_type="personal", user_id=self.make_user("owner").id
        )
        hidden = self.env["inbox.folder"].create({"account_id": private.id, "name": "X", "path": "X"})
        messages = self.env["inbox.message"].with_user(self.anna)
        own, folder = self.of("N0").id, self.folder(self.account, "Clients").id
        with self.assertRaises(UserError):
            messages.action_undo_move([{"messages": [own], "folders": second.folder_ids[:1].ids}])
        with self.assertRaises(AccessError):
            messages.action_undo_move([{"messages": [own], "folders": hidden.ids}])
        for nonsense in (
            None,
            3,
            "x",
            [3],
            [{}],
            [{"messages": ["x"], "folders": []}],
            [{"messages": 3, "folders": 4}],
        ):
            with self.subTest(nonsense=nonsense), self.assertRaises(UserError):
                messages.action_undo_move(nonsense)
        for group in ("base.group_user", "concord_inbox.group_inbox_user"):
            stranger = self.make_user(f"stranger of {group}", group)
            with self.assertRaises(AccessError):
                self.env["inbox.message"].with_user(stranger).action_undo_move(
                    [{"messages": [own], "folders": [folder]}]
                )
        self.assertEqual(self.of("N0").folder_ids.path, "INBOX")

    def test_many_at_once_are_few_queries(self):
        self.append("INBOX", *[email(f"M{n}", message_id=f"<m{n}@x>") for n in range(600)], date=ago(days=1))
        self.sync(self.account)
        messages = self.messages(self.account, "INBOX").with_user(self.anna)
        self.assertEqual(len(messages), 605)
        with self.assertQueryCount(60):
            action = messages.action_archive_email()
            self.env.flush_all()
        self.assertEqual(len(self.messages(self.account, "Archive")), 605)
        with self.assertQueryCount(60):
            self.undo(action)
            self.env.flush_all()
        self.assertEqual(len(self.messages(self.account, "INBOX")), 605)


@tagged("post_install", "-at_install")
class TestRefused(UserCase):
    """A server that lets its users only read “Frozen”, and put nothing into “Shut”."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        cls.rules = folder / "acl"
        cls.rules.touch()
        cls.server = Dovecot(settings=f"mail_plugins = acl\nplugin {{\n  acl = vfile:{cls.rules}:cache_secs=0\n}}")
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        super().setUp()
        self.rules.write_text("")
        self.append("INBOX", *[email(f"N{n}", message_id=f"<{n}@x>") for n in range(5)], date=ago(days=3))
        self.append("Frozen", email("Ice", message_id="<ice@x>"), date=ago(days=3))
        self.append("Shut", email("Inside", message_id="<inside@x>"), date=ago(days=3))
        self.rules.write_text("Frozen owner lr\nShut owner lrwst\n")
        self.account = self.connect()
        self.sync(self.account)
        self.anna = self.make_user("anna", "concord_inbox.group_inbox_manager")
        self.bert = self.make_user("bert")
        self.env["bus.bus"].search([]).unlink()

    def told(self):
        """Who was told what, as (partner's id, text)."""
        self.env.cr.flush()
        rows = self.env["bus.bus"].search([])
        found = []
        for row in rows:
            message = json.loads(row.message)
            if message["type"] == "simple_notification":
                self.assertTrue(message["payload"]["sticky"])
                found.append((json.loads(row.channel)[2], message["payload"]["title"], message["payload"]["message"]))
        return found

    def test_flags_of_a_folder_that_may_only_be_read(self):
        message = self.of("Ice")
        message.with_user(self.anna).action_star()
        self.of("N0").with_user(self.bert).action_star()
        self.sync(self.account)
        self.assertFalse(message.is_starred or message.is_changed)
        self.assertTrue(self.of("N0").is_starred)
        [(partner, title, text)] = self.told()
        self.assertEqual(partner, self.anna.partner_id.id)
        self.assertEqual(title, "The mail server refused a change")
        self.assertIn("“Ice”", text)
        self.assertIn("may only be read", text)
        self.sync(self.account)
        self.assertEqual(len(self.told()), 1, "told once")

    def test_moving_many_into_a_folder_that_takes_nothing(self):
        self.messages(self.account, "INBOX").with_user(self.bert).action_move(self.folder(self.account, "Shut"))
        self.sync(self.account)
        self.assertEqual(len(self.messages(self.account, "INBOX")), 5)
        [(partner, _title, text)] = self.told()
        self.assertEqual(partner, self.bert.partner_id.id)
        self.assertIn("and 2 more", text)
        self.assertIn("Shut", text)

    def test_in_the_users_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.anna.lang = "fr_FR"
        words = {
            "The mail server refused a change": "Le serveur refuse",
            "The folder “%(path)s” may only be read.": "Non",
        }
        self.patch(code_translations, "python_translations", {("concord_inbox", "fr_FR"): words})
        self.of("Ice").with_user(self.anna).action_mark_read()
        self.sync(self.account)
        [(partner, title, text)] = self.told()
        self.assertEqual((partner, title), (self.anna.partner_id.id, "Le serveur refuse"))
        self.assertIn("Non", text)

    def test_whoever_lost_the_right_learns_nothing(self):
        self.of("Ice").with_user(self.bert).action_star()
        self.bert.group_ids = self.env.ref("concord_inbox.group_inbox_user")
        self.sync(self.account)
        self.assertFalse(self.of("Ice").is_starred)
        self.assertFalse(self.told())

    def test_folders_that_the_server_does_not_let_go(self):
        frozen = self.folder(self.account, "Frozen").with_user(self.anna)
        for change in (
            lambda: frozen._rename("Thawed"),
            lambda: frozen._delete(to_trash=False),
            lambda: frozen._delete(to_trash=True),
            lambda: self.account.with_user(self.anna)._create_folder("Below", frozen),
        ):
            with self.assertRaisesRegex(UserError, "does not allow|may only be read"):
                change()
        self.assertEqual(frozen.path, "Frozen")
        self.sync(self.account)
        self.assertEqual(self.of("Ice").folder_ids, frozen.sudo())
