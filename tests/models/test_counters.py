"""The counters of folders are what counting would say, whatever happens, also when two do something at once."""

import contextlib
import random

import psycopg2
from odoo import Command
from odoo.addons.concord_inbox.sync import counters
from odoo.exceptions import AccessError
from odoo.tests import tagged
from psycopg2.errors import DeadlockDetected, LockNotAvailable, SerializationFailure

from dev import databases

from .common import InboxCase

COUNTED = """
    SELECT folder.id, count(message.id) FILTER (WHERE message.is_read IS NOT TRUE), count(message.id)
      FROM inbox_folder folder
 LEFT JOIN inbox_message_folder_rel rel ON rel.folder_id = folder.id
 LEFT JOIN inbox_message message ON message.id = rel.message_id
  GROUP BY folder.id
"""
KEPT = """
    SELECT folder.id, coalesce(sum(unread), 0), coalesce(sum(total), 0)
      FROM inbox_folder folder LEFT JOIN inbox_folder_count kept ON kept.folder_id = folder.id GROUP BY folder.id
"""
BESIDE = """
    SELECT count(*) FROM inbox_message_folder_rel rel JOIN inbox_message message ON message.id = rel.message_id
     WHERE (rel.is_read, rel.date) IS DISTINCT FROM (coalesce(message.is_read, false), message.date)
"""


@tagged("post_install", "-at_install")
class TestCounters(InboxCase):
    def setUp(self):
        super().setUp()
        self.inbox = self.records["shared folder"]
        self.folders = self.inbox
        for name in ("Clients", "Suppliers", "Old"):
            self.folders |= self.inbox.copy({"name": name, "path": name, "role": False, "is_active": True})
        self.random = random.Random(7)

    def make(self, count=3):
        return self.env["inbox.message"].create(
            [
                {
                    "account_id": self.shared.id,
                    "subject": "Counted",
                    "date": f"2026-02-{self.random.randint(1, 28):02} 00:00:00",
                    "is_read": self.random.choice([True, False]),
                    "folder_ids": [Command.set(self.some(self.folders).ids)],
                }
                for _number in range(count)
            ]
        )

    def some(self, records):
        return records.browse(self.random.sample(records.ids, self.random.randint(0, min(len(records), 4))))

    def assert_right(self, *what):
        self.env.flush_all()
        self.env.cr.execute(COUNTED)
        counted = sorted(self.env.cr.fetchall())
        self.env.cr.execute(KEPT)
        self.assertEqual(sorted(self.env.cr.fetchall()), counted, what)
        self.env.cr.execute(BESIDE)
        self.assertEqual(self.env.cr.fetchone(), (0,), what)
        self.assertFalse(counters.wrong(self.env, self.shared.id), what)

    def test_after_every_kind_of_change(self):
        def statement(text):
            def work(emails):
                self.env.cr.execute(text, {"emails": emails.ids, "folder": self.random.choice(self.folders.ids)})
                self.env.invalidate_all()

            return work

        changes = {
            "arrive": lambda _emails: self.make(),
            "read": lambda emails: emails.action_mark_read(),
            "unread": lambda emails: emails.action_mark_unread(),
            "date": lambda emails: emails.write({"date": "2026-03-01 00:00:00"}),
            "move": lambda emails: emails.action_move(self.random.choice(self.folders)),
            "folders": lambda emails: emails.write({"folder_ids": [Command.set(self.some(self.folders).ids)]}),
            "delete": lambda emails: emails.action_delete(),
            "gone": lambda emails: emails.unlink(),
            "bulk": lambda emails: emails.bulk_apply(self.random.choice(["read", "unread"]), {"ids": emails.ids}),
            "flip": statement("UPDATE inbox_message SET is_read = is_read IS NOT TRUE WHERE id = ANY(%(emails)s)"),
            "unknown": statement("UPDATE inbox_message SET is_read = NULL, date = NULL WHERE id = ANY(%(emails)s)"),
            "found": statement(
                """INSERT INTO inbox_message_folder_rel (message_id, folder_id)
                   SELECT unnest(%(emails)s), %(folder)s ON CONFLICT DO NOTHING"""
            ),
            "lost": statement("DELETE FROM inbox_message_folder_rel WHERE folder_id = %(folder)s"),
            "moved": statement(
                """UPDATE inbox_message_folder_rel rel SET folder_id = %(folder)s
                    WHERE message_id = ANY(%(emails)s)
                      AND NOT EXISTS (SELECT FROM inbox_message_folder_rel other
                                       WHERE other.message_id = rel.message_id AND other.folder_id <> rel.folder_id)"""
            ),
            "put together": lambda _emails: counters.compact(self.env),
        }
        self.make(12)
        self.assert_right("made")
        for number in range(90):
            name = self.random.choice(list(changes))
            emails = self.env["inbox.message"].search([("account_id", "=", self.shared.id)])
            changes[name](self.some(emails))
            self.assert_right(number, name)

    def test_a_folder_or_an_account_goes(self):
        self.make(10)
        self.folders[1].unlink()
        self.folders = self.folders.exists()
        self.assert_right("folder")
        self.env.cr.execute("DELETE FROM inbox_account WHERE id = %s", [self.personal.id])
        self.env.invalidate_all()
        self.assert_right("account")

    def test_what_is_shown(self):
        emails = self.make(10)
        emails.write({"is_read": False, "folder_ids": [Command.set(self.folders[1].ids)]})
        folder = self.folders[1].with_user(self.users["shared_user"])
        self.assertEqual(folder.unread_count, 10)
        emails[:3].with_user(self.users["shared_user"]).action_mark_read()
        folder.invalidate_recordset()
        self.assertEqual(folder.unread_count, 7)
        unread = [("folder_id", "in", folder.ids), ("is_read", "=", False)]
        messages = self.env["inbox.message"].with_user(self.users["shared_user"])
        self.assertEqual(set(messages.search(unread, order="date desc, id desc").ids), set(emails[3:].ids))
        self.assertEqual(messages.search_count(unread), 7)

    def test_what_went_wrong_is_found_and_mended(self):
        emails = self.make(10)
        self.env.flush_all()
        emails[:4].write({"folder_ids": [Command.set(self.folders[2].ids)]})
        self.env.flush_all()
        self.env.cr.execute("INSERT INTO inbox_folder_count (folder_id, unread, total) VALUES (%s, 3, 5)",
                            [self.folders[1].id])  # fmt: skip
        self.env.cr.execute("SET LOCAL session_replication_role = replica")
        self.env.cr.execute("UPDATE inbox_message SET is_read = NOT is_read WHERE id = %s", [emails[0].id])
        self.env.cr.execute("SET LOCAL session_replication_role = DEFAULT")
        self.assertEqual(counters.wrong(self.env, self.shared.id), sorted(self.folders[1:3].ids))
        counters.mend(self.env, self.shared.id)
        self.assert_right("mended")

    def test_nobody_reads_what_they_are_made_of(self):
        self.make(3)
        for name, user in self.users.items():
            with self.subTest(name), self.assertRaises(AccessError):
                self.env["inbox.folder.count"].with_user(user).search([])

    def test_as_many_queries_for_many(self):
        """Of lists, of conversations, of the panel."""
        messages = self.env["inbox.message"].with_user(self.users["shared_user"])

        def queries(work):
            work()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            work()
            return self.env.cr.sql_log_count - before

        columns = {name: {} for name in ("subject", "snippet", "is_read", "thread_people", "thread_unread_count")}
        domain = [("is_in_inbox", "=", True), ("folder_id", "=", self.inbox.id)]
        together = messages.with_context(inbox_conversations=True)
        order = {"order": "date desc, id desc", "limit": 40, "count_limit": 201}
        works = {
            "list": lambda: messages.web_search_read(domain, columns, **order),
            "unread": lambda: messages.web_search_read([*domain, ("is_read", "=", False)], columns, **order),
            "conversations": lambda: together.web_search_read(domain, columns, **order),
            "search": lambda: together.web_search_read([*domain, ("search_query", "ilike", "off")], columns, **order),
            "threads": lambda: together.web_search_read(domain, {"thread_ids": {"fields": {"subject": {}}}}, **order),
            "panel": lambda: messages.search_panel_select_range("folder_id"),
        }

        def pairs(count):
            for number in range(count):
                made = self.make_message(self.shared, self.inbox, self.customer, date=f"2026-02-01 00:00:{number:02}")
                twin = {"conversation_id": made["conversation"].id, "folder_ids": [Command.set(self.inbox.ids)]}
                made["message"].copy(twin)

        pairs(2)
        few = {name: queries(work) for name, work in works.items()}
        pairs(28)
        self.assertEqual(len(works["conversations"]()["records"]), 32)
        self.assertEqual(works["list"]()["length"], 62)
        for name, work in works.items():
            # What is looked up once, and only if there is any of it, may come on top; nothing for each email.
            self.assertLessEqual(queries(work), few[name] + 4, name)


def test_two_at_once():
    """Random changes in two transactions: whoever gets into the other's way tries again, and all is counted right."""
    chance = random.Random(3)
    with databases.another() as database, contextlib.ExitStack() as stack:
        both = []
        for _number in range(2):
            connection = psycopg2.connect(dbname=database)
            stack.callback(connection.close)
            connection.set_session(isolation_level="REPEATABLE READ")
            both.append(connection)
        emails, folders = _fill(both[0])
        statements = (
            "UPDATE inbox_message SET is_read = NOT is_read WHERE id = %(email)s",
            "UPDATE inbox_message SET date = date - interval '1 day' WHERE id = %(email)s",
            """INSERT INTO inbox_message_folder_rel (message_id, folder_id) VALUES (%(email)s, %(folder)s)
               ON CONFLICT DO NOTHING""",
            "DELETE FROM inbox_message_folder_rel WHERE message_id = %(email)s AND folder_id = %(folder)s",
            """DELETE FROM inbox_message_folder_rel WHERE message_id = %(email)s AND folder_id <> %(folder)s""",
        )
        refused = commits = 0
        for _step in range(300):
            connection = chance.choice(both)
            try:
                with connection.cursor() as cr:
                    # Both are this one thread: whoever would have to wait for the other gives up at once.
                    cr.execute("SET LOCAL lock_timeout = '20ms'")
                    cr.execute(
                        chance.choice(statements), {"email": chance.choice(emails), "folder": chance.choice(folders)}
                    )
                if chance.random() < 0.4:
                    connection.commit()
                    commits += 1
            except (SerializationFailure, LockNotAvailable, DeadlockDetected):
                connection.rollback()
                refused += 1
        for connection in both:
            connection.commit()
        assert refused and commits > 30, "they never met"
        with both[0].cursor() as cr:
            cr.execute(COUNTED)
            counted = sorted(cr.fetchall())
            cr.execute(KEPT)
            assert sorted(cr.fetchall()) == counted
            cr.execute(BESIDE)
            assert cr.fetchone() == (0,)


def test_two_in_one_folder_do_not_wait():
    with databases.another() as database, contextlib.ExitStack() as stack:
        one, two = (psycopg2.connect(dbname=database) for _number in range(2))
        for connection in (one, two):
            stack.callback(connection.close)
            connection.set_session(isolation_level="REPEATABLE READ")
        emails, folders = _fill(one)
        for connection, email in zip((one, two), emails, strict=False):
            with connection.cursor() as cr:
                cr.execute("SET LOCAL lock_timeout = '5s'")
                cr.execute("UPDATE inbox_message SET is_read = true WHERE id = %s", [email])
        one.commit()
        two.commit()
        with one.cursor() as cr:
            cr.execute("SELECT sum(unread) FROM inbox_folder_count WHERE folder_id = %s", [folders[0]])
            assert cr.fetchone() == (len(emails) - 2,)


def _fill(connection) -> tuple[list[int], list[int]]:
    """Two folders and six unread emails in the first one, committed; the ids of both."""
    with connection.cursor() as cr:
        cr.execute(
            """INSERT INTO inbox_account (name, email, account_type, company_id, connection_type, sync_from, state,
                                          record_visibility, active)
               SELECT 'Two', 'two@northlight.example', 'shared', id, 'imap', 'now', 'connected', 'everything', true
                 FROM res_company LIMIT 1 RETURNING id"""
        )
        [(account,)] = cr.fetchall()
        cr.execute(
            """INSERT INTO inbox_folder (account_id, name, path) SELECT %s, name, name
                 FROM unnest(ARRAY['A', 'B']) name RETURNING id""",
            [account],
        )
        folders = [folder for (folder,) in cr.fetchall()]
        cr.execute(
            """INSERT INTO inbox_message (account_id, subject, date, is_read, direction, state, visibility)
               SELECT %s, 'Counted', now(), false, 'in', 'received', 'everything' FROM generate_series(1, 6)
               RETURNING id""",
            [account],
        )
        emails = [email for (email,) in cr.fetchall()]
        cr.execute(
            "INSERT INTO inbox_message_folder_rel (message_id, folder_id) SELECT unnest(%s), %s", [emails, folders[0]]
        )
    connection.commit()
    return emails, folders
