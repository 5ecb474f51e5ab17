"""A real Dovecot and an account on it, for tests of the synchronisation."""

from datetime import UTC, datetime, timedelta

from odoo import SUPERUSER_ID, api
from odoo.tests import TransactionCase, tagged

from tests.servers.dovecot import Dovecot

USER = "sales@northlight.example"
PASSWORD = "pässword"


def email(
    subject="Hello",
    *,
    sender="Ada Customer <ada@customer.example>",
    to=USER,
    message_id=None,
    body="Good morning",
    date=None,
    headers=(),
) -> bytes:
    """A small email with CRLF."""
    lines = [
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject}",
        f"Date: {(date or datetime.now(UTC)).strftime('%a, %d %b %Y %H:%M:%S +0000')}",
        *([f"Message-ID: {message_id}"] if message_id else []),
        *headers,
        "",
        body,
        "",
    ]
    return "\r\n".join(lines).encode()


def ago(**delta) -> datetime:
    return datetime.now(UTC) - timedelta(**delta)


@tagged("post_install", "-at_install")
class SyncCase(TransactionCase):
    """Each test has a fresh mail user, and an environment whose commits are taken back when it ends."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.make_server()
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)

    @classmethod
    def make_server(cls):
        """The mail server of the class, not started."""
        return Dovecot()

    def setUp(self):
        super().setUp()
        self.mail_user = f"user{self._testMethodName.encode().hex()[:60]}@northlight.example"
        self.server.add_user(self.mail_user, PASSWORD)
        self.enterContext(self.enter_registry_test_mode())
        cr = self.enterContext(self.registry.cursor())
        self.env = api.Environment(cr, SUPERUSER_ID, {})

    def make_account(self, **values):
        return self.env["inbox.account"].create(
            {
                "email": USER,
                "account_type": "shared",
                "username": self.mail_user,
                "password": PASSWORD,
                "imap_host": "127.0.0.1",
                "imap_port": self.server.ports["imap"],
                "imap_encryption": "none",
                "smtp_host": "127.0.0.1",
                "smtp_port": 25,
                "smtp_encryption": "none",
                "sync_from": "1_month",
                **values,
            }
        )

    def connect(self, active=True, **values):
        """An account, connected and not yet synchronised; `active`: all folders, even trash and spam."""
        account = self.make_account(**values)
        self.patch(type(account), "_test_connection", self._list_folders)
        account.action_connect()
        if active:
            account.folder_ids.filtered("is_selectable").is_active = True
        return account

    @staticmethod
    def _list_folders(account):
        # These tests have no SMTP server; the test of both directions has its own tests.
        from odoo.addons.concord_inbox.adapters import open_adapter
        from odoo.addons.concord_inbox.sync import folders

        with open_adapter(account.connection_type, account._adapter_settings()) as adapter:
            folders.merge(account.sudo(), adapter.check_incoming(), adapter)

    def sync(self, account):
        """Run once and return the outcome; fail when the run had an error."""
        outcome = account._sync()[account.id]
        self.assertIsNone(outcome.error)
        self.env.invalidate_all()
        return outcome

    def append(self, folder, *messages, flags=(), date=None):
        return self.server.append(self.mail_user, folder, messages, flags, date)

    def client(self):
        client = self.server.client(self.mail_user)
        self.addCleanup(client.shutdown)
        return client

    def folder(self, account, path):
        return account.folder_ids.filtered(lambda folder: folder.path == path)

    def messages(self, account, path=None):
        domain = [("account_id", "=", account.id)]
        if path:
            domain.append(("folder_ids", "in", self.folder(account, path).ids))
        return self.env["inbox.message"].search(domain)

    def snapshot(self, account):
        """All that the database holds of the account, without ids and times that differ from run to run."""
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT folder.path, copy.uid, copy.seen, copy.flagged, message.message_id, message.is_read,
                      message.is_starred, message.subject, conversation.subject, conversation.message_count,
                      conversation.unread_count
                 FROM inbox_message_copy copy
                 JOIN inbox_folder folder ON folder.id = copy.folder_id
                 JOIN inbox_message message ON message.id = copy.inbox_message_id
            LEFT JOIN inbox_conversation conversation ON conversation.id = message.conversation_id
                WHERE folder.account_id = %s ORDER BY folder.path, copy.uid""",
            [account.id],
        )
        return self.env.cr.fetchall()
