"""Passwords at rest: where the key comes from, what happens without it, and that nobody is ever told a password."""

import base64
import logging
import os
import stat
import subprocess
import sys
import tempfile
import unittest.mock
from pathlib import Path

from cryptography.fernet import Fernet
from odoo.addons.concord_inbox.models import secrets
from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import config

from dev import paths
from tests.sync.common import PASSWORD, SyncCase, email

from .common import InboxCase

#: Encrypts in a process of its own, once the gate is there, so that several do it at the same moment.
ENCRYPT = """
import sys, time
from pathlib import Path
from odoo.tools import config
data_dir, gate = sys.argv[1:]
config.parse_config([f"--data-dir={data_dir}"], setup_logging=False)
import odoo.addons
from odoo.addons.concord_inbox.models import secrets
print("ready", flush=True)
while not Path(gate).exists():
    time.sleep(0.001)
print(secrets.encrypt(None, "hidden"), flush=True)
"""


def a_key() -> str:
    return Fernet.generate_key().decode()


class KeyMixin:
    """A data directory of the test's own, and no key from elsewhere."""

    def setUp(self):
        super().setUp()
        self.data_dir = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.key_file = self.data_dir / secrets.KEY_FILE
        self.use(data_dir=str(self.data_dir), concord_inbox_key="")

    def use(self, **options):
        """Set options of the configuration for this test; in capitals: variables of the environment."""
        variables = {name: value for name, value in options.items() if name.isupper()}
        self.enterContext(unittest.mock.patch.dict(os.environ, {"CONCORD_INBOX_KEY": ""} | variables))
        for name in options.keys() - variables.keys():
            self.enterContext(unittest.mock.patch.dict(config.options, {name: options[name]}))


@tagged("post_install", "-at_install")
class TestKeys(KeyMixin, TransactionCase):
    def test_the_order_of_keys(self):
        in_environment, in_configuration = a_key(), a_key()
        from_file = secrets.encrypt(self.env, "hidden")
        self.assertEqual(secrets.decrypt(self.env, from_file), "hidden")
        self.use(concord_inbox_key=in_configuration)
        token = secrets.encrypt(self.env, "hidden")
        self.assertEqual(Fernet(in_configuration).decrypt(token.encode()), b"hidden")
        self.use(CONCORD_INBOX_KEY=in_environment, concord_inbox_key=in_configuration)
        token = secrets.encrypt(self.env, "hidden")
        self.assertEqual(Fernet(in_environment).decrypt(token.encode()), b"hidden")
        with self.assertRaisesRegex(UserError, "enter the password again"):
            secrets.decrypt(self.env, from_file)

    def test_the_file_is_the_servers_alone(self):
        secrets.encrypt(self.env, "hidden")
        self.assertEqual(stat.S_IMODE(self.key_file.stat().st_mode), 0o600)
        self.assertEqual(os.listdir(self.data_dir), [secrets.KEY_FILE])

    def test_several_keys(self):
        old, new = a_key(), a_key()
        self.use(CONCORD_INBOX_KEY=old)
        token = secrets.encrypt(self.env, "hidden")
        for separator in (",", ", ", " ", "\n"):
            self.use(CONCORD_INBOX_KEY=f"{new}{separator}{old}")
            self.assertEqual(secrets.decrypt(self.env, token), "hidden")
            self.assertEqual(Fernet(new).decrypt(secrets.encrypt(self.env, "hidden").encode()), b"hidden")
        self.use(CONCORD_INBOX_KEY=new)
        with self.assertRaises(secrets.SecretError):
            secrets.decrypt(self.env, token)

    def test_a_key_that_is_none(self):
        for key in ("nonsense", a_key()[:-2], f"{a_key()},nonsense"):
            self.use(CONCORD_INBOX_KEY=key)
            with self.assertRaisesRegex(UserError, "not valid") as caught:
                secrets.encrypt(self.env, "hidden")
            self.assertNotIn(key, str(caught.exception))

    def test_where_no_file_can_be_made(self):
        # Below a file no folder can be made, not even by root.
        self.key_file.write_text("")
        self.use(data_dir=str(self.key_file / "below"))
        with self.assertLogs("odoo.addons.concord_inbox", "WARNING"), self.assertRaises(UserError) as caught:
            secrets.encrypt(self.env, "hidden")
        self.assertIn("CONCORD_INBOX_KEY", str(caught.exception))

    def test_a_key_that_is_lost_is_not_replaced_by_reading(self):
        token = secrets.encrypt(self.env, "hidden")
        self.key_file.rename(self.data_dir / "elsewhere")
        with self.assertRaises(secrets.SecretError):
            secrets.decrypt(self.env, token)
        self.assertFalse(self.key_file.exists())
        (self.data_dir / "elsewhere").rename(self.key_file)
        self.assertEqual(secrets.decrypt(self.env, token), "hidden")

    def test_processes_that_make_the_key_at_once_make_one(self):
        gate = self.data_dir / "gate"
        command = [sys.executable, "-c", ENCRYPT, str(self.data_dir), str(gate)]
        processes = [
            subprocess.Popen(command, cwd=paths.ROOT, stdout=subprocess.PIPE, text=True) for _number in range(4)
        ]
        try:
            for process in processes:
                self.assertEqual(process.stdout.readline(), "ready\n")
            gate.touch()
            tokens = [process.communicate(timeout=60)[0].strip() for process in processes]
        finally:
            for process in processes:
                process.kill()
                process.wait()
        self.assertEqual([secrets.decrypt(self.env, token) for token in tokens], ["hidden"] * 4)

    def test_a_new_key_in_front_of_the_file(self):
        token = secrets.encrypt(self.env, "hidden")
        first = self.key_file.read_text().split()
        self.assertEqual(secrets.add_key(self.env), 2)
        self.assertEqual(self.key_file.read_text().split()[1:], first)
        self.assertEqual(secrets.decrypt(self.env, token), "hidden")
        self.assertEqual(stat.S_IMODE(self.key_file.stat().st_mode), 0o600)
        self.use(CONCORD_INBOX_KEY=a_key())
        with self.assertRaises(secrets.KeyConfiguredError):
            secrets.add_key(self.env)


@tagged("post_install", "-at_install")
class TestNobodyIsTold(InboxCase):
    def test_every_secret_is_listed(self):
        for model, names in secrets.FIELDS.items():
            for name in names:
                field = self.env[model]._fields[name]
                self.assertTrue(field.store and not field.exportable and not field.copy, name)
        stored = [
            name for name, field in self.env["inbox.account"]._fields.items() if field.store and "password" in name
        ]
        self.assertEqual(stored, list(secrets.FIELDS["inbox.account"]))
        # Of what signs in at a provider nobody has a right to anything; the rest goes through the account.
        for model in ("inbox.account.token", "inbox.provider.client", "inbox.sign.in"):
            hidden = [name for name, field in self.env[model]._fields.items() if field.store and "encrypted" in name]
            self.assertEqual(sorted(hidden), sorted(secrets.FIELDS[model]))
            for user in self.users.values():
                for operation in ("read", "write", "create", "unlink"):
                    self.assertFalse(self.env[model].with_user(user).has_access(operation))

    def test_no_way_to_read_it(self):
        token = self.personal.password_encrypted
        self.users["owner"].group_ids += self.env.ref("base.group_allow_export")
        for user_name in ("owner", "manager", "system"):
            account = self.personal.with_user(self.users[user_name])
            for name in ("password", "password_encrypted"):
                for way in (
                    lambda account, name: account.read([name]),
                    lambda account, name: account.search_read([("id", "=", account.id)], [name]),
                    lambda account, name: account.web_read({name: {}}),
                    lambda account, name: account.export_data([name]),
                    lambda account, name: account.formatted_read_group([], [name], ["__count"]),
                    lambda account, name: account.search([(name, "like", "%")]).ids or None,
                    lambda account, name: account.search([], order=name).ids and None,
                ):
                    self.env.invalidate_all()
                    try:
                        answer = way(account, name)
                    except (AccessError, UserError, ValueError, NotImplementedError):
                        continue
                    self.assertNotIn(token, str(answer))
                    self.assertNotIn("secret", str(answer))


@tagged("post_install", "-at_install")
class TestWrongKey(KeyMixin, SyncCase):
    def test_it_is_said_in_words_and_other_accounts_go_on(self):
        self.append("INBOX", email("Hello"))
        broken, sound = self.connect(), self.connect(email="info@northlight.example", name="Info")
        good = broken.password_encrypted
        broken.password_encrypted = Fernet(Fernet.generate_key()).encrypt(b"x").decode()
        with self.assertNoLogs("odoo.addons.concord_inbox", "ERROR"):
            outcomes = (broken | sound)._sync()
        self.assertIsInstance(outcomes[broken.id].error, secrets.SecretError)
        self.assertEqual(outcomes[sound.id].messages, 1)
        # A key may be missing for a moment only: the account is not switched off.
        self.assertEqual((broken.state, broken.failure_count), ("connected", 1))
        self.assertIn("enter the password again", broken.last_error)
        self.assertFalse(sound.last_error)
        with self.assertNoLogs("odoo.addons.concord_inbox", "ERROR"):
            self.assertTrue(broken._check())
        self.assertIn("enter the password again", broken.check_error)
        with self.assertRaisesRegex(UserError, "enter the password again"):
            broken.action_sync_now() and broken._adapter_settings()
        broken.next_sync = "2100-01-01 00:00:00"
        broken.password = PASSWORD
        self.assertNotEqual(broken.password_encrypted, good)
        self.assertLess(broken.next_sync.year, 2100, "it is tried again at once")
        self.sync(broken)
        self.assertFalse(broken.last_error)

    def test_no_log_has_a_password_or_a_key(self):
        records = []
        handler = logging.Handler()
        handler.emit = lambda record: records.append(handler.format(record))
        root = logging.getLogger()
        names = ("odoo.addons.concord_inbox", "imapclient", "imaplib", "smtplib")
        loggers = [root, *map(logging.getLogger, names)]
        before = [logger.level for logger in loggers]
        root.addHandler(handler)
        try:
            for logger in loggers:
                logger.setLevel(logging.DEBUG)
            self.append("INBOX", email("Hello"))
            account = self.connect()
            self.sync(account)
            for password in ("wröng password", PASSWORD):
                account.password = password
                self.env.invalidate_all()
                account._sync()
                self.assertEqual(account.state, "connected" if password == PASSWORD else "auth_failed")
                account.state = "connected"
            account.password_encrypted = Fernet(Fernet.generate_key()).encrypt(b"x").decode()
            account._sync()
        finally:
            root.removeHandler(handler)
            for logger, level in zip(loggers, before, strict=True):
                logger.setLevel(level)
        log = "\n".join(records)
        self.assertIn(f"Account {account.id}", log)
        forms = [*self.key_file.read_text().split(), account.password_encrypted]
        for password in (PASSWORD, "wröng password"):
            raw = password.encode()
            plain = f"\0{self.mail_user}\0".encode() + raw
            forms += [password, repr(raw), base64.b64encode(raw).decode(), base64.b64encode(plain).decode()]
        for form in forms:
            self.assertNotIn(form, log)
