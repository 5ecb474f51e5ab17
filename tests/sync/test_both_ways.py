"""Random life on both sides at once: when it quiets down, both hold the same folders, emails and flags."""

import os
import random

from odoo.tests import tagged

from .common import PASSWORD, SyncCase, ago, email

FOLDERS = ("INBOX", "Archive", "Clients", "Clients/Éva", "Trash")


@tagged("post_install", "-at_install")
class TestBothWays(SyncCase):
    def test_random_schedules(self):
        schedules = 200 if os.environ.get("CONCORD_THOROUGH") else 12
        first = int(os.environ.get("CONCORD_SEED", "0"))
        for seed in range(first, first + schedules):
            with self.subTest(seed=seed):
                self.mail_user = f"seed{seed}@northlight.example"
                self.server.add_user(self.mail_user, PASSWORD)
                client = self.server.client(self.mail_user)
                for path in FOLDERS:
                    if not client.folder_exists(path):
                        client.create_folder(path)
                client.logout()
                self.account = self.connect()
                self.number = 0
                self.run_schedule(random.Random(seed))

    def run_schedule(self, chance):
        for _number in range(chance.randrange(2, 12)):
            # What lies in the trash from the start is left out.
            self.deliver(chance, FOLDERS[:-1])
        self.sync(self.account)
        for _step in range(chance.randrange(3, 12)):
            for _action in range(chance.randrange(1, 6)):
                chance.choice((self.act_here, self.act_there))(chance)
            if chance.random() < 0.5:
                self.sync(self.account)
        for _quiet in range(3):
            self.sync(self.account)
        self.assert_same()

    # ------------------------------------------------------------ what people do

    def act_here(self, chance):
        messages = self.messages(self.account).filtered(lambda message: not message.is_deleted)
        if not messages:
            return
        chosen = messages.browse(chance.sample(messages.ids, min(len(messages), chance.choice((1, 1, 1, 3)))))
        folder = self.folder(self.account, chance.choice(FOLDERS))
        act = chance.choice(
            (
                chosen.action_mark_read,
                chosen.action_mark_unread,
                chosen.action_star,
                chosen.action_unstar,
                chosen.action_archive_email,
                chosen.action_trash,
                lambda: chosen.action_move(folder),
                lambda: chosen.action_move(folder),
                chosen[0].action_delete,
            )
        )
        act()

    def act_there(self, chance):
        client = self.server.client(self.mail_user)
        folder = chance.choice(FOLDERS)
        what = chance.choice(("deliver", "deliver", "flag", "flag", "move", "copy", "delete"))
        if what == "deliver":
            self.deliver(chance)
        else:
            client.select_folder(folder)
            uids = client.search()
            if uids:
                chosen = chance.sample(uids, min(len(uids), chance.choice((1, 1, 2))))
                if what == "flag":
                    change = chance.choice((client.add_flags, client.remove_flags))
                    change(chosen, [chance.choice(("\\Seen", "\\Flagged", "\\Answered"))])
                elif what == "move":
                    client.move(chosen, chance.choice(FOLDERS))
                elif what == "copy":
                    client.copy(chosen, chance.choice([path for path in FOLDERS if path != folder]))
                else:
                    client.delete_messages(chosen)
                    client.uid_expunge(chosen)
        client.logout()

    def deliver(self, chance, folders=FOLDERS):
        self.number += 1
        source = email(f"N{self.number}", message_id=f"<{self.number}@both>")
        self.append(chance.choice(folders), source, date=ago(days=chance.randrange(3)))

    # ------------------------------------------------------------ what must be true then

    def assert_same(self):
        client = self.server.client(self.mail_user)
        there = {}
        for path in FOLDERS:
            client.select_folder(path, readonly=True)
            rows = client.fetch(client.search(), ["FLAGS", "ENVELOPE"]) if client.search() else {}
            for uid, row in rows.items():
                flags = set(row[b"FLAGS"])
                there[path, uid] = (
                    row[b"ENVELOPE"].message_id.decode(),
                    b"\\Seen" in flags,
                    b"\\Flagged" in flags,
                    b"\\Answered" in flags,
                )
        client.logout()
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT folder.path, copy.uid, message.message_id, copy.seen, copy.flagged, copy.answered
                 FROM inbox_message_copy copy JOIN inbox_message message ON message.id = copy.inbox_message_id
                 JOIN inbox_folder folder ON folder.id = copy.folder_id WHERE folder.account_id = %s""",
            [self.account.id],
        )
        here = {(path, uid): tuple(rest) for path, uid, *rest in self.env.cr.fetchall()}
        self.assertEqual(here, there)
        # What is shown agrees with the copies, and nothing waits any more.
        self.env.cr.execute(
            """SELECT message.subject FROM inbox_message message
            LEFT JOIN (SELECT inbox_message_id, bool_and(seen) AS seen, bool_or(flagged) AS flagged,
                              array_agg(DISTINCT folder_id ORDER BY folder_id) AS folders
                         FROM inbox_message_copy GROUP BY inbox_message_id) word ON word.inbox_message_id = message.id
            LEFT JOIN (SELECT message_id, array_agg(folder_id ORDER BY folder_id) AS folders
                         FROM inbox_message_folder_rel GROUP BY message_id) shown ON shown.message_id = message.id
                WHERE message.account_id = %s
                  AND (message.is_changed OR message.is_deleted OR word.seen IS NULL
                       OR message.is_read <> word.seen OR message.is_starred <> word.flagged
                       OR shown.folders IS DISTINCT FROM word.folders)""",
            [self.account.id],
        )
        self.assertFalse(self.env.cr.fetchall())
        doubled = [key for key in self.identities(there) if self.identities(there).count(key) > 1]
        self.assertEqual(len(self.messages(self.account)), len(set(self.identities(there))), doubled)

    @staticmethod
    def identities(there):
        return [row[0] for row in there.values()]
