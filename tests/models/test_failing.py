"""What goes wrong with an account, on real servers: who is told, how often, and that nothing is lost."""

import base64
import errno
import os
import tempfile
import unittest.mock
from datetime import timedelta

from odoo import fields
from odoo.addons.base.models import ir_attachment
from odoo.tools import mute_logger

from dev.ports import free_port
from tests.servers.dovecot import Dovecot
from tests.servers.scripted import ScriptedImap
from tests.servers.tls import make_certificate
from tests.sync.common import SyncCase, email

TYPE = "concord_inbox.mail_activity_type_account"


class FailingCase(SyncCase):
    def setUp(self):
        super().setUp()
        self.owner = self.make_user("Olga")
        self.account = self.connect(account_type="personal", user_id=self.owner.id)

    def make_user(self, name, group="concord_inbox.group_inbox_user", **values):
        return (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": name,
                    "login": f"{name.lower()}_failing",
                    "email": f"{name.lower()}@northlight.example",
                    "group_ids": [(6, 0, self.env.ref(group).ids)],
                    **values,
                }
            )
        )

    def run_in_vain(self, account=None):
        """Run once; return the error, which there must be."""
        account = account or self.account
        [outcome] = account._sync().values()
        self.env.invalidate_all()
        self.assertTrue(outcome.error)
        return outcome.error

    def notices(self, user):
        """What Odoo told `user` about email accounts."""
        return self.env["mail.message"].search(
            [("notified_partner_ids", "in", user.partner_id.ids), ("message_type", "=", "user_notification")]
        )

    def activities(self, user, account=None):
        """The activities that `user` finds in the systray."""
        groups = self.env["res.users"].with_user(user)._get_activity_groups()
        found = (
            self.env["mail.activity"]
            .with_user(user)
            .search([("res_model", "=", "inbox.account"), ("user_id", "=", user.id)])
        )
        shown = sum(group["total_count"] for group in groups if group["model"] == "inbox.account")
        self.assertEqual(shown, len(found))
        return found

    def attention(self, user):
        return {one["id"]: one for one in self.env["inbox.account"].with_user(user).get_attention()}

    def assert_told(self, user, times=1, activities=1):
        self.assertEqual((len(self.notices(user)), len(self.activities(user))), (times, activities))


class TestFailing(FailingCase):
    def test_a_changed_password(self):
        self.append("INBOX", email("Before"))
        self.sync(self.account)
        self.server.add_user(self.mail_user, "another")
        self.run_in_vain()
        self.assertEqual(self.account.state, "auth_failed")
        self.assert_told(self.owner)
        self.assertIn("refuses the user name or the password", self.activities(self.owner).note)
        self.assertFalse(self.account._sync(), "it is off")
        self.assert_told(self.owner)
        [banner] = self.attention(self.owner).values()
        self.assertTrue(banner["is_off"] and banner["is_editable"])
        self.assertIn("refuses the user name or the password", banner["sentence"])
        self.assertFalse(self.attention(self.make_user("Other", "concord_inbox.group_inbox_manager")))
        # Emails arrive, one goes and one is read meanwhile.
        self.append("INBOX", email("Meanwhile"), email("And another"))
        client = self.client()
        client.select_folder("INBOX")
        client.add_flags(client.search(["SUBJECT", "Before"]), ["\\Seen"])
        account = self.account.with_user(self.owner)
        self.assertEqual(account.action_reconnect()["res_id"], account.id)
        account.password = "another"
        account.action_connect()
        self.assertEqual((account.state, account.last_error, account.trouble), ("connected", False, False))
        self.assertFalse(self.attention(self.owner))
        self.assert_told(self.owner, activities=0)
        self.sync(self.account)
        self.assertEqual(sorted(self.messages(self.account).mapped("subject")), ["And another", "Before", "Meanwhile"])
        self.assertTrue(self.messages(self.account).filtered(lambda one: one.subject == "Before").is_read)
        # Once more: it is off again, and that is told again.
        self.server.add_user(self.mail_user, "a third")
        self.run_in_vain()
        self.assert_told(self.owner, times=2)

    def test_a_shared_account_is_its_companys_managers_business(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        far = {"company_id": elsewhere.id, "company_ids": [(6, 0, elsewhere.ids)]}
        manager = self.make_user("Manager", "concord_inbox.group_inbox_manager")
        colleague = self.make_user("Colleague", "concord_inbox.group_shared_inbox")
        stranger = self.make_user("Stranger", "concord_inbox.group_inbox_manager", **far)
        account = self.connect(email="info@northlight.example")
        self.server.add_user(self.mail_user, "another")
        self.run_in_vain(account)
        self.assert_told(manager)
        self.assert_told(colleague, 0, 0)
        self.assert_told(stranger, 0, 0)
        self.assert_told(self.owner, 0, 0)
        self.assertFalse(self.attention(colleague)[account.id]["is_editable"])
        self.assertTrue(self.attention(manager)[account.id]["is_editable"])
        self.assertFalse(self.attention(stranger) or self.attention(self.owner))
        account.with_user(manager).action_disconnect()
        self.assert_told(manager, activities=0)
        self.assertFalse(self.attention(manager) or self.attention(colleague))
        self.assertEqual(account.state, "paused")

    def test_a_locked_mailbox(self):
        script = {"AUTHENTICATE": "{tag} NO [AUTHORIZATIONFAILED] This account is locked"}
        with ScriptedImap(script) as locked:
            self.account.imap_port = locked.port
            self.run_in_vain()
        self.assertEqual(self.account.state, "auth_failed")
        self.assertIn(
            "has locked or switched off this mailbox", self.attention(self.owner)[self.account.id]["sentence"]
        )
        self.assert_told(self.owner)

    def test_a_user_marks_the_activity_done(self):
        self.server.add_user(self.mail_user, "another")
        self.run_in_vain()
        self.activities(self.owner).action_done()
        self.assertFalse(self.activities(self.owner))
        self.assertTrue(self.attention(self.owner), "the banner stays")

    def test_each_is_told_in_their_own_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.owner.lang = "fr_FR"
        self.server.add_user(self.mail_user, "another")
        seen = []
        self.patch(
            type(self.account), "_trouble_summary", lambda account: seen.append(account.env.context["lang"]) or "x"
        )
        self.run_in_vain()
        self.assertEqual(seen, ["fr_FR"])

    def test_a_server_that_is_away_switches_nothing_off(self):
        self.account.imap_port = free_port()
        for moved in ({}, {"imap_host": "no-such-host.invalid"}):
            self.account.write(moved)
            for _run in range(2):
                self.run_in_vain()
        self.assertEqual((self.account.state, self.account.failure_count), ("connected", 4))
        self.assertIn("does not exist", self.account.last_error)
        self.assert_told(self.owner, 0, 0)
        self.assertFalse(self.attention(self.owner))
        self.account.failing_since = fields.Datetime.now() - timedelta(days=1, minutes=1)
        for _run in range(3):
            self.run_in_vain()
        self.assertEqual(self.account.state, "connected")
        self.assert_told(self.owner)
        self.assertIn("does not exist", self.attention(self.owner)[self.account.id]["sentence"])
        self.append("INBOX", email("While it was away"))
        self.account.write({"imap_host": "127.0.0.1", "imap_port": self.server.ports["imap"]})
        self.sync(self.account)
        self.assertEqual(self.messages(self.account).mapped("subject"), ["While it was away"])
        self.assertEqual((self.account.failing_since, self.account.failure_count), (False, 0))
        self.assert_told(self.owner, activities=0)
        self.assertFalse(self.attention(self.owner))

    def test_what_comes_and_goes_is_told_once_a_day(self):
        good, bad = self.server.ports["imap"], free_port()
        for _turn in range(3):
            self.account.imap_port = bad
            self.account.failing_since = fields.Datetime.now() - timedelta(days=2)
            self.run_in_vain()
            self.account.imap_port = good
            self.sync(self.account)
        self.assert_told(self.owner, activities=0)

    def test_the_disk_of_the_filestore_is_full(self):
        self.append("INBOX", *(email(f"N{n}", headers=self.with_attachment(n)[0], body=self.with_attachment(n)[1])
                               for n in range(4)))  # fmt: skip
        with self.full_disk() as refused, mute_logger("odoo.addons.base.models.ir_attachment"):
            error = self.run_in_vain()
        self.assertTrue(refused)
        self.assertEqual((type(error).__name__, error.reason), ("TemporaryError", "disk_full"))
        self.assertIn("no room left on the disk", self.account.last_error)
        self.assertEqual(self.account.state, "connected")
        self.assertFalse(self.env["inbox.quarantine"].search([("account_id", "=", self.account.id)]))
        self.assertFalse([path for path in refused if os.path.exists(path)], "no half of a file is left")
        self.sync(self.account)
        messages = self.messages(self.account)
        self.assertEqual(sorted(messages.mapped("subject")), ["N0", "N1", "N2", "N3"])
        self.assertEqual(sorted(messages.attachment_ids.mapped("raw")), [self.with_attachment(n)[2] for n in range(4)])
        self.assertFalse(self.env["inbox.quarantine"].search([("account_id", "=", self.account.id)]))

    @staticmethod
    def with_attachment(number):
        """Headers, a body, and the bytes of the file in it."""
        data = "\r\n".join([f"file {number}"] * 2000)
        headers = ("MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"')
        body = "\r\n".join(
            ("--b", "Content-Type: text/plain", "", "Hello", "--b", "Content-Type: application/octet-stream",
             f'Content-Disposition: attachment; filename="f{number}.bin"', "", data, "--b--")
        )  # fmt: skip
        return headers, body, data.encode()

    def full_disk(self):
        """Within: what is written to the filestore goes to a device without room (the kernel's ENOSPC).

        Yields the paths that could not be written.
        """
        refused = []
        self.env.flush_all()

        def open_full(path, mode):
            file = open(path, mode)  # noqa: SIM115 (Odoo closes it)
            if mode != "wb":
                return file
            full = os.open("/dev/full", os.O_WRONLY)
            os.dup2(full, file.fileno())
            os.close(full)
            refused.append(path)
            return file

        patched = unittest.mock.patch.object(ir_attachment, "open", open_full, create=True)

        class Within:
            def __enter__(self):
                patched.start()
                return refused

            def __exit__(self, *exc_info):
                patched.stop()

        return Within()

    def test_the_disk_of_the_database_is_full(self):
        self.append("INBOX", *(email(f"N{n}") for n in range(3)))
        self.env.cr.execute(
            """CREATE FUNCTION pg_temp.full() RETURNS trigger LANGUAGE plpgsql AS
               $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$"""
        )
        self.env.cr.execute("CREATE TRIGGER full_disk BEFORE INSERT ON inbox_message EXECUTE FUNCTION pg_temp.full()")
        self.env.cr.commit()
        with mute_logger("odoo.sql_db"):
            self.assertEqual(self.run_in_vain().reason, "disk_full")
        self.assertFalse(self.env["inbox.quarantine"].search([("account_id", "=", self.account.id)]))
        self.env.cr.execute("DROP TRIGGER full_disk ON inbox_message")
        self.sync(self.account)
        self.assertEqual(sorted(self.messages(self.account).mapped("subject")), ["N0", "N1", "N2"])

    def test_other_troubles_of_a_file_are_not_hidden(self):
        attachments = self.env["ir.attachment"]
        with self.full_disk(), mute_logger("odoo.addons.base.models.ir_attachment"):
            with self.assertRaises(OSError) as caught:
                attachments.create({"name": "x", "raw": b"never seen before"})
        self.assertEqual(caught.exception.errno, errno.ENOSPC)
        self.assertEqual(attachments.create({"name": "x", "raw": b"never seen before"}).raw, b"never seen before")

    def test_the_program_alone_says_how_an_account_is(self):
        from odoo.exceptions import AccessError

        for values in ({"trouble": False}, {"active": False}, {"pause_reason": False}, {"told_at": False}):
            with self.assertRaises(AccessError):
                self.account.with_user(self.owner).write(values)


class TestFullMailbox(FailingCase):
    @classmethod
    def make_server(cls):
        return Dovecot(
            settings="""\
mail_plugins = quota
plugin {
  quota = count:User
  quota_vsizes = yes
  quota_rule = *:storage=100k
}"""
        )

    def write_draft(self, number):
        """An email written here that is larger than the room that is left."""
        values = {
            "account_id": self.account.id,
            "subject": f"Draft {number}",
            "message_id": f"<draft{number}@here>",
            "received_date": fields.Datetime.now(),
            "state": "draft",
            "is_read": True,
            "source": base64.b64encode(email(f"Draft {number}", body="x" * 200_000)),
            "folder_ids": [(6, 0, self.folder(self.account, "Drafts").ids)],
        }
        message = self.env["inbox.message"].create(values)
        message._push_soon()
        self.env.flush_all()
        return message

    def test_nothing_more_fits_in(self):
        self.append("INBOX", email("Before"))
        self.sync(self.account)
        drafts = [self.write_draft(number) for number in range(2)]
        for draft in drafts:
            draft._push_soon()
            self.sync(self.account)
        self.assertEqual(self.account.state, "connected")
        self.assert_told(self.owner)
        [banner] = self.attention(self.owner).values()
        self.assertIn("no room left in the mailbox", banner["sentence"])
        self.assertTrue(all(draft.exists() for draft in drafts), "what was written is still here")
        self.assertIn("Before", self.messages(self.account).mapped("subject"))
        # It is not over because a run went well, but when a day passed without a refusal.
        self.sync(self.account)
        self.assertTrue(self.attention(self.owner))
        self.account.trouble_since = fields.Datetime.now() - timedelta(days=1, minutes=1)
        self.sync(self.account)
        self.assertFalse(self.attention(self.owner) or self.activities(self.owner))


class TestCertificate(FailingCase):
    @classmethod
    def make_server(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.good, cls.expired = (
            make_certificate(folder, name=name, expired=name == "expired") for name in ("good", "expired")
        )
        trusted = os.path.join(folder, "trusted.pem")
        with open(trusted, "wb") as file:
            for certificate in (cls.good, cls.expired):
                file.write(certificate.authority.read_bytes())
        cls.enterClassContext(unittest.mock.patch.dict(os.environ, {"SSL_CERT_FILE": trusted}))
        return Dovecot(certificate=cls.good)

    def serve(self, certificate):
        self.server.certificate = certificate
        self.server.restart()
        self.account.imap_port = self.server.ports["imaps"]

    def test_it_expires_and_is_renewed(self):
        self.account.write({"imap_encryption": "ssl", "imap_port": self.server.ports["imaps"]})
        self.append("INBOX", email("Before"))
        self.sync(self.account)
        self.serve(self.expired)
        for _run in range(3):
            self.run_in_vain()
        self.assertEqual(self.account.state, "connected")
        self.assert_told(self.owner)
        [banner] = self.attention(self.owner).values()
        self.assertIn("has expired", banner["sentence"])
        self.assertFalse(banner["is_off"])
        self.assertEqual(self.messages(self.account).mapped("subject"), ["Before"], "nothing is purged")
        self.append("INBOX", email("Meanwhile"))
        self.serve(self.good)
        self.sync(self.account)
        self.assertEqual(sorted(self.messages(self.account).mapped("subject")), ["Before", "Meanwhile"])
        self.assert_told(self.owner, activities=0)
        self.assertFalse(self.attention(self.owner))

    def test_the_owner_accepts_it(self):
        self.account.write({"imap_encryption": "ssl", "imap_port": self.server.ports["imaps"]})
        self.serve(self.expired)
        self.run_in_vain()
        account = self.account.with_user(self.owner)
        account.allow_insecure_certificate = True
        account.action_connect()
        self.assertFalse(self.attention(self.owner) or self.activities(self.owner))
        self.sync(self.account)
        self.serve(self.good)


del FailingCase
