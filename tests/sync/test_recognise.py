"""What the database holds already is not fetched again: it is known by its header."""

from odoo.tests import tagged

from .common import SyncCase, ago, email

NUMBER = 30


@tagged("post_install", "-at_install")
class TestRecognise(SyncCase):
    def setUp(self):
        super().setUp()
        self.sources = [email(f"N{n}", message_id=f"<{n}@x>", body=f"text {n} " * 50) for n in range(NUMBER)]
        self.date = ago(days=2).replace(microsecond=0)
        self.append("INBOX", *self.sources, date=self.date)
        self.other = self.client()
        self.other.create_folder("Clients")
        self.account = self.connect()
        self.sync(self.account)
        self.before = {message.id: message.write_date for message in self.messages(self.account)}
        self.recording = self.server.record(self.mail_user)

    def bodies_asked_for(self):
        said = b"".join(path.read_bytes() for path in self.recording.glob("*.in"))
        return said.count(b"BODY.PEEK[])")

    def assert_nothing_was_fetched(self, path):
        self.assertEqual(self.bodies_asked_for(), 0)
        self.assertEqual(set(self.messages(self.account).ids), set(self.before))
        self.assertEqual(len(self.messages(self.account, path)), NUMBER)
        self.sync(self.account)
        self.assertEqual(set(self.messages(self.account).ids), set(self.before))

    def test_moved_by_somebody_else(self):
        self.other.select_folder("INBOX")
        self.other.move(self.other.search(), "Clients")
        self.sync(self.account)
        self.assert_nothing_was_fetched("Clients")
        self.assertFalse(self.messages(self.account, "INBOX"))

    def test_copied_by_somebody_else(self):
        self.other.select_folder("INBOX")
        self.other.copy(self.other.search(), "Clients")
        self.sync(self.account)
        self.assert_nothing_was_fetched("Clients")
        self.assertEqual(len(self.messages(self.account, "INBOX")), NUMBER)

    def test_uidvalidity_changes(self):
        self.other.select_folder("INBOX")
        self.other.move(self.other.search(), "Clients")
        self.sync(self.account)
        cursor = self.folder(self.account, "Clients").cursor
        self.other.unselect_folder()
        self.other.delete_folder("Clients")
        self.other.create_folder("Clients")
        self.append("Clients", *self.sources, date=self.date)
        self.sync(self.account)
        self.assertNotEqual(self.folder(self.account, "Clients").cursor["uidvalidity"], cursor["uidvalidity"])
        self.assert_nothing_was_fetched("Clients")

    def test_alike_is_not_the_same(self):
        # The same second and the same size, but another email.
        twin = self.sources[0].replace(b"<0@x>", b"<9@y>")
        self.append("Clients", twin, date=self.date)
        self.sync(self.account)
        self.assertEqual(self.bodies_asked_for(), 1)
        self.assertEqual(len(self.messages(self.account)), NUMBER + 1)


@tagged("post_install", "-at_install")
class TestRenamedFolders(SyncCase):
    def setUp(self):
        super().setUp()
        self.other = self.client()
        for path in ("Clients", "Clients/Été", "Clients/Old", "Empty"):
            self.other.create_folder(path)
        self.append("Clients", email("A", message_id="<a@x>"))
        self.append("Clients/Été", email("B", message_id="<b@x>"))
        self.account = self.connect()
        self.folder(self.account, "Clients/Old").is_active = False
        self.sync(self.account)
        self.before = {folder.path: folder for folder in self.account.folder_ids}
        self.messages_before = self.messages(self.account)

    def test_a_tree_is_renamed(self):
        recording = self.server.record(self.mail_user)
        self.other.rename_folder("Clients", "Customers")
        self.sync(self.account)
        self.assertEqual(self.folder(self.account, "Customers"), self.before["Clients"])
        self.assertEqual(self.folder(self.account, "Customers/Été"), self.before["Clients/Été"])
        self.assertEqual(self.folder(self.account, "Customers/Old"), self.before["Clients/Old"])
        self.assertFalse(self.before["Clients/Old"].is_active, "the user's choice stays")
        self.assertEqual(self.before["Clients/Été"].parent_id, self.before["Clients"])
        self.assertFalse(self.folder(self.account, "Clients"))
        self.assertEqual(self.messages(self.account), self.messages_before)
        self.assertEqual(self.messages(self.account, "Customers").subject, "A")
        said = b"".join(path.read_bytes() for path in recording.glob("*.in"))
        self.assertNotIn(b"BODY.PEEK[", said)

    def test_moved_below_another(self):
        self.other.rename_folder("Clients/Été", "Empty/Été")
        self.sync(self.account)
        self.assertEqual(self.folder(self.account, "Empty/Été"), self.before["Clients/Été"])
        self.assertEqual(self.before["Clients/Été"].parent_id, self.before["Empty"])

    def test_two_change_names(self):
        self.other.rename_folder("Clients/Été", "Clients/Hiver")
        self.other.rename_folder("Empty", "Full")
        self.sync(self.account)
        self.assertEqual(self.folder(self.account, "Clients/Hiver"), self.before["Clients/Été"])
        self.assertEqual(self.folder(self.account, "Full"), self.before["Empty"])
        self.assertEqual(self.messages(self.account), self.messages_before)

    def test_deleted_and_another_made(self):
        self.other.delete_folder("Clients/Été")
        self.other.create_folder("New")
        self.append("New", email("C", message_id="<c@x>"), email("D", message_id="<d@x>"))
        self.sync(self.account)
        self.assertEqual(set(self.messages(self.account).mapped("subject")), {"A", "C", "D"})
        self.assertEqual(len(self.messages(self.account, "New")), 2)
