"""How far the first synchronisation has come, while it runs."""

from odoo.addons.concord_inbox.sync import live
from odoo.addons.concord_inbox.sync.pull import FolderPull

from tests.sync.common import SyncCase, email


class TestProgress(SyncCase):
    def test_while_it_runs_and_afterwards(self):
        self.append("INBOX", *(email(f"Mail {number}", message_id=f"<{number}@x>") for number in range(1200)))
        self.append("Projects", *(email(f"Project {number}", message_id=f"<p{number}@x>") for number in range(3)))
        account = self.connect(active=False)
        self.assertTrue(account.is_catching_up)
        self.assertEqual(account.progress_text, "Looking at the mailbox…")
        seen = []
        subjects = []
        finish = FolderPull._finish

        def watch(pull, changes, arrived):
            finish(pull, changes, arrived)
            account.invalidate_recordset()
            panel = self.env["inbox.message"].search_panel_select_range("folder_id")["values"]
            node = next(value for value in panel if value["id"] == -account.id)
            seen.append((account.progress_done, account.progress_total, account.progress_text, node["progress"]))
            subjects.append(set(self.messages(account).mapped("subject")))
            if arrived:
                self.assertIn(account.id, self.env.cr.precommit.data.get(live.TYPE, ()), "the browsers are told")

        self.patch(FolderPull, "_finish", watch)
        self.sync(account)
        self.assertGreater(len(seen), 3, "several pieces")
        inbox = [row for row in seen if row[1] == 1200]
        self.assertEqual([row[0] for row in inbox], sorted(row[0] for row in inbox))
        done, _total, text, panel = inbox[0]
        self.assertTrue(0 < done < 1200)
        self.assertIn(f"{done:,} of 1,200 emails", text)
        self.assertIn("more folders", text)
        self.assertEqual(panel, {"percent": done * 100 // 1200, "text": text})
        # The newest first: what is here already are the last that arrived.
        self.assertEqual(subjects[0], {f"Mail {number}" for number in range(1200 - done, 1200)})
        account.invalidate_recordset()
        self.assertFalse(account.is_catching_up)
        self.assertFalse(account.progress_text)
        self.assertEqual(account.folder_ids.mapped("remaining_count"), [0] * len(account.folder_ids))

    def test_the_last_word_reaches_the_browsers(self):
        account = self.connect(active=False)
        told = []
        self.patch(live, "send", lambda one: told.append(one.id))
        self.sync(account)
        self.assertIn(account.id, told, "an empty mailbox is done, too")
        told.clear()
        self.sync(account)
        self.assertFalse(told, "and nothing is told when nothing changed")

    def test_a_run_that_nobody_waits_for_is_no_first_one(self):
        account = self.make_account()
        self.assertFalse(account.is_catching_up)
        account = self.connect()
        self.sync(account)
        self.append("INBOX", email("Later"))
        self.assertFalse(account.is_catching_up)
