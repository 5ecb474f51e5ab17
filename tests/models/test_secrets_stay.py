"""A password is in no log line, no error, no answer to a browser and no column of the database."""

import base64
import contextlib
import logging

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from tests.servers.scripted import ScriptedImap, ScriptedSmtp
from tests.servers.submission import Submission
from tests.sync.common import SyncCase, email

#: One that IMAP takes as it is, and one that is neither ASCII nor without quotation marks.
PASSWORDS = ("Geheim-Nadel-7391", 'Nadelöhr "7391" \\ tief')


def forms(user, password):
    """The password as it might be found: plain, quoted, as JSON or Python write it, in base64."""
    texts = {password, password.replace("\\", "\\\\").replace('"', '\\"'), ascii(password)[1:-1], repr(password)[1:-1]}
    texts |= {repr(password.encode())[2:-1]}
    for plain in (password, f"\0{user}\0{password}"):
        texts.add(base64.b64encode(plain.encode()).decode())
    return texts


class Everything(logging.Handler):
    """Keeps all that any logger says, whatever its level."""

    def __init__(self):
        super().__init__(logging.NOTSET)
        self.lines = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record):
        self.lines.append(self.format(record))


@contextlib.contextmanager
def everything_logged():
    handler = Everything()
    names = [None, *(name for name, one in logging.root.manager.loggerDict.items() if isinstance(one, logging.Logger))]
    loggers = [logging.getLogger(name) for name in names]
    before = [(logger, logger.level, logger.propagate, logger.disabled) for logger in loggers]
    others = logging.root.handlers[:]
    logging.root.handlers[:] = [handler]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
        logger.propagate, logger.disabled = True, False
    try:
        yield handler.lines
    finally:
        logging.root.handlers[:] = others
        for logger, level, propagate, disabled in before:
            logger.setLevel(level)
            logger.propagate, logger.disabled = propagate, disabled


class _Scan:
    def assert_nowhere(self, secrets, texts, where):
        found = [text[:300] for text in texts for secret in secrets if secret in text]
        self.assertFalse(found, where)

    def assert_not_in_database(self, env, secrets):
        """No text of any row of any table contains one of `secrets`."""
        env.flush_all()
        env.cr.execute(
            """SELECT table_name, column_name FROM information_schema.columns
                WHERE table_schema = 'public'
                  AND data_type IN ('text', 'character varying', 'json', 'jsonb', 'bytea', 'ARRAY')
                  AND table_name IN (SELECT relname FROM pg_class WHERE relkind = 'r')"""
        )
        columns = env.cr.fetchall()
        self.assertIn(("inbox_account", "password_encrypted"), columns)
        self.assertIn(("bus_bus", "message"), columns)
        patterns = [*secrets, *(secret.encode().hex() for secret in secrets)]
        for table, column in columns:
            env.cr.execute(
                f"""SELECT count(*) FROM "{table}" WHERE EXISTS (
                        SELECT FROM unnest(%s) secret WHERE position(secret IN "{column}"::text) > 0)""",
                [patterns],
            )
            self.assertEqual(env.cr.fetchone()[0], 0, f"{table}.{column}")


@tagged("post_install", "-at_install")
class TestSecretsStay(_Scan, SyncCase):
    def told(self, work):
        """What the user is told of `work`, which fails."""
        with self.assertRaises(UserError) as caught:
            work()
        return str(caught.exception)

    def test_a_life_of_an_account(self):
        for password in PASSWORDS:
            secrets = forms(self.mail_user, password)
            self.server.add_user(self.mail_user, password)
            self.server.append(self.mail_user, "INBOX", [email("Hello", message_id=f"<{len(password)}@x>")])
            with everything_logged() as lines, Submission({self.mail_user: password}) as submission:
                account = self.make_account(
                    email=f"sales{len(password)}@northlight.example", password=password, smtp_port=submission.port
                )
                told = [str(account.action_test_connection())]
                account.action_connect()
                self.assertIsNone(account._sync()[account.id].error)
                told += [
                    repr(account.read()),
                    repr(account.message_count),
                    repr(account.export_data(["email", "name"])),
                ]
                # The password is changed on the server: the account is switched off, and its manager told.
                self.server.add_user(self.mail_user, "another")
                account._sync()
                self.assertEqual(account.state, "auth_failed")
                told += [repr(account.read()), self.told(account.action_test_connection)]
                account.write({"imap_port": submission.port})
                told.append(self.told(account.action_test_connection))
                account.write({"imap_host": "nowhere.invalid"})
                told.append(self.told(account.action_test_connection))
                self.env.cr.commit()
            self.assertTrue(any("odoo.sql_db" in line for line in lines), "debug logging is on")
            self.assert_nowhere(secrets, lines, "the log")
            self.assert_nowhere(secrets, told, "an answer")
            self.assert_not_in_database(self.env, secrets)

    def test_servers_that_repeat_what_they_refuse(self):
        for password in PASSWORDS:
            secrets = forms(self.mail_user, password)
            for script in (
                {"LOGIN": lambda command: "{tag} NO cannot do " + command.replace("{", "")},
                {"LOGIN": lambda command: "{tag} BAD unknown: " + command.replace("{", "")},
                {"AUTHENTICATE": lambda command: "{tag} NO [AUTHENTICATIONFAILED] no " + command},
                {"AUTHENTICATE": lambda command: "{tag} NO [UNAVAILABLE] later: " + command},
                {"AUTHENTICATE": lambda command: "* BYE I hang up at " + command + "\r\n{tag} NO bye"},
            ):
                script.setdefault("LOGIN", "{tag} NO no")
                plain = "AUTH=PLAIN" if "AUTHENTICATE" in script else ""
                server = ScriptedImap(script, capabilities=f"IMAP4rev1 SASL-IR {plain}".strip())
                with everything_logged() as lines, server:
                    account = self.make_account(password=password, imap_port=server.port, smtp_host=False)
                    told = [self.told(account.action_test_connection)]
                    account.write({"state": "connected", "sync_since": "2026-01-01", "connected_at": "2026-01-01"})
                    account._sync()
                    self.assertTrue(account.last_error)
                    told.append(account.last_error)
                with self.subTest(password=password, script=script, told=told):
                    self.assertTrue(any(password in text or "AUTH" in text for text in server.commands))
                    self.assert_nowhere(secrets, lines, "the log")
                    self.assert_nowhere(secrets, told, "an answer")
                    self.assert_not_in_database(self.env, secrets)
                account.unlink()

    def test_a_server_for_sending_that_repeats_it(self):
        for password in PASSWORDS:
            secrets = forms(self.mail_user, password)
            token = base64.b64encode(f"\0{self.mail_user}\0{password}".encode()).decode()
            self.server.add_user(self.mail_user, password)
            script = {"EHLO": "250-x\r\n250 AUTH PLAIN", "AUTH": f"535 5.7.8 AUTH PLAIN {token}: no"}
            with everything_logged() as lines, ScriptedSmtp(script) as server:
                account = self.make_account(password=password, smtp_port=server.port)
                told = [self.told(account.action_test_connection)]
            self.assertIn("•••", told[0])
            self.assert_nowhere(secrets, lines, "the log")
            self.assert_nowhere(secrets, told, "an answer")
            self.assert_not_in_database(self.env, secrets)


@tagged("post_install", "-at_install")
class TestSecretsOfRequests(_Scan, HttpCase):
    def test_what_a_browser_sends_is_not_written_down(self):
        user = self.env["res.users"].create(
            {
                "name": "owner",
                "login": "owner_of_secrets",
                "group_ids": [(4, self.env.ref("concord_inbox.group_inbox_user").id)],
            }
        )
        self.authenticate(user.login, user.login)
        for password in PASSWORDS:
            secrets = forms("", password)
            values = {"email": f"me{len(password)}@northlight.example", "password": password}
            with everything_logged() as lines:
                answers = [
                    self.url_open(
                        f"/web/dataset/call_kw/inbox.account/{method}",
                        json={"params": {"model": "inbox.account", "method": method, "args": args, "kwargs": kwargs}},
                    ).text
                    for method, args, kwargs in (
                        ("web_save", [[], values], {"specification": {"password": {}, "has_password": {}}}),
                        ("web_save", [[], {**values, "imap_port": 70000}], {"specification": {"password": {}}}),
                        ("web_save", [[], {**values, "email": "nobody"}], {"specification": {"password": {}}}),
                        ("create", [{**values, "state": "connected"}], {}),
                        ("onchange", [[], values, ["email", "password"], {"password": {}, "imap_host": {}}], {}),
                    )
                ]
            self.assertIn('"has_password": true', answers[0])
            self.assertTrue(all('"error"' in answer for answer in answers[1:4]), answers)
            self.assert_nowhere(secrets, answers, "an answer")
            self.assert_nowhere(secrets, lines, "the log")
            self.assert_not_in_database(self.env, secrets)
