"""Folders, moves and their undoing in a real browser."""

from odoo import Command
from odoo.tests import HttpCase, tagged

from tests.servers.dovecot import Dovecot
from tests.sync.common import PASSWORD, ago, email

from .steps import imap_settings

#: What the steps use: `one()` waits for an element, `gone()` for there being none, `menu()` opens ⚙ and chooses.
TOOLS = """
    const wait = async (find, what) => {
        for (let tries = 0; tries < 1200; tries++) {
            const found = find();
            if (found) return found;
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        throw new Error("not found: " + what);
    };
    const all = (selector, text) => [...document.querySelectorAll(selector)].filter(
        (el) => el.checkVisibility() && (!text || el.textContent.includes(text))
    );
    const one = (selector, text) => wait(() => all(selector, text)[0], selector + " " + (text || ""));
    const gone = (selector, text) => wait(() => !all(selector, text)[0], "no " + selector + " " + (text || ""));
    const click = async (selector, text) => (await one(selector, text)).click();
    const type = (el, value) => {
        el.value = value;
        el.dispatchEvent(new Event("input", { bubbles: true }));
        el.dispatchEvent(new Event("change", { bubbles: true }));
    };
    const menu = async (text) => {
        await click(".o_cp_action_menus button");
        await click(".o_inbox_folder_item", text);
    };
    const choose = async (text) => {
        await click(".o_search_panel .o_search_panel_label", text);
        await one(".o_search_panel .active", text);
    };
    const undo = () => click(".o_notification button", "Undo");
    const rows = (count) => wait(() => all(".o_data_row").length === count, count + " rows");
"""


@tagged("post_install", "-at_install")
class TestFolderScreens(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = Dovecot()
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)
        cls.user = cls.env["res.users"].create(
            {
                "name": "Anna",
                "login": "anna",
                "password": "anna_password",
                "group_ids": [Command.link(cls.env.ref("concord_inbox.group_inbox_user").id)],
            }
        )

    def setUp(self):
        super().setUp()
        self.mail_user = f"{self._testMethodName}@northlight.example"
        self.server.add_user(self.mail_user, PASSWORD)
        sources = [email(f"N{n}", message_id=f"<{n}@x>", date=ago(hours=n)) for n in range(3)]
        self.server.append(self.mail_user, "INBOX", sources, date=ago(days=1))
        self.account = self.env["inbox.account"].create(
            imap_settings(self.server, self.mail_user, name="Anna's mail", user_id=self.user.id, smtp_host=False)
        )
        self.account.action_connect()
        self.account.folder_ids.is_active = True
        self.sync()

    def sync(self):
        self.env.flush_all()
        with self.registry.cursor() as cr:
            self.account.with_env(self.account.env(cr=cr))._sync()
        self.env.invalidate_all()

    def run_in_browser(self, url, *steps):
        """Open `url` as the user and go through `steps`; each is a line of JavaScript that may await."""
        lines = "\n".join(steps)
        code = f"""{TOOLS}
            (async () => {{
                {lines}
                console.log("test successful");
            }})().catch((error) => console.error(error.message));
        """
        self.browser_js(url, code, login="anna", timeout=120)
        self.env.invalidate_all()

    def paths(self):
        client = self.server.client(self.mail_user)
        self.addCleanup(client.shutdown)
        return {name for _flags, _delimiter, name in client.list_folders()}

    def test_create_rename_and_delete(self):
        self.run_in_browser(
            "/odoo/inbox",
            "await rows(3);",
            'await menu("New folder");',
            'type(await one(".modal div[name=name] input"), "inbox");',
            'await click(".modal footer button", "Create");',
            'await one(".modal", "There is a folder “inbox” already");',
            'await click(".o_error_dialog .btn-primary, .modal:has(.o_error_dialog) .btn-primary");',
            "await wait(() => all('.modal').length === 1, 'the sentence is closed');",
            'type(await one(".modal div[name=name] input"), "Größe");',
            'await click(".modal footer button", "Create");',
            'await one(".o_notification", "Folder “Größe” created");',
            'await choose("Größe");',
            'await menu("Rename “Größe”");',
            'type(await one(".modal div[name=name] input"), "Maße");',
            'await click(".modal footer button", "Rename");',
            'await one(".o_search_panel .active", "Maße");',
            'await menu("Delete “Maße”");',
            'await one(".modal", "There are no emails in it");',
            'await click(".modal footer button", "Delete folder");',
            'await gone(".o_search_panel .o_search_panel_label", "Maße");',
        )
        self.assertNotIn("Maße", self.paths())
        self.assertNotIn("Größe", self.paths())

    def test_undo_in_the_list(self):
        self.run_in_browser(
            "/odoo/inbox",
            "await rows(3);",
            'await click("thead .o_list_record_selector input");',
            'await click("button[name=action_archive_email]");',
            'await one(".o_notification", "3 emails moved to “Archive”");',
            "await rows(0);",
            "await undo();",
            "await rows(3);",
            'await gone(".o_notification");',
            'const move = "button[name=action_choose_folder]";',
            # The list may still be loading anew, which unticks what was ticked.
            "const box = () => all('.o_data_row .o_list_record_selector input')[0];",
            "await wait(() => all(move)[0] || void box()?.click(), move);",
            "await click(move);",
            'await click(".o_command", "Archive");',
            'await one(".o_notification", "Email moved to “Archive”");',
            'await gone(".modal");',
            "await rows(2);",
        )
        self.assertEqual(self.account.folder_ids.filtered(lambda one: one.role == "archive")._shown_count(), 1)

    def test_from_one_email_to_the_next(self):
        self.run_in_browser(
            "/odoo/inbox",
            'await click(".o_data_row td[name=subject]", "N1");',
            'await one(".o_form_view div[name=subject]", "N1");',
            'await click("button[name=action_trash]");',
            'await one(".o_notification", "Email moved to “Trash”");',
            'await one(".o_form_view div[name=subject]", "N2");',
            'await click("button[name=action_trash]");',
            "await rows(1);",
            "await undo();",
            "await wait(() => all('.o_data_row').length > 1, 'it is back');",
        )

    def test_emptying(self):
        self.env["inbox.message"].search([("account_id", "=", self.account.id)]).action_trash()
        self.sync()
        self.run_in_browser(
            "/odoo/inbox",
            'await choose("Trash");',
            "await rows(3);",
            'await menu("Empty “Trash”");',
            'await one(".modal", "deleted for good");',
            'await one(".modal div[name=shown_count]", "3");',
            'await click(".modal footer button", "Delete for good");',
            'await one(".o_notification", "is being emptied");',
            "await rows(0);",
        )
        self.sync()
        self.assertFalse(self.env["inbox.message"].search([("account_id", "=", self.account.id)]))

    def test_on_the_accounts_form(self):
        self.run_in_browser(
            f"/odoo/inbox-accounts/{self.account.id}",
            'await click("button[name=action_new_folder]");',
            'type(await one(".modal div[name=name] input"), "Clients");',
            'await click(".modal footer button", "Create");',
            'const row = await one("div[name=folder_ids] .o_data_row", "Clients");',
            'row.querySelector("button[name=action_rename]").click();',
            'type(await one(".modal div[name=name] input"), "Customers");',
            'await click(".modal footer button", "Rename");',
            'const renamed = await one("div[name=folder_ids] .o_data_row", "Customers");',
            'renamed.querySelector("button[name=action_delete_folder]").click();',
            'await click(".modal footer button", "Delete folder");',
            'await gone("div[name=folder_ids] .o_data_row", "Customers");',
            'const inbox = await one("div[name=folder_ids] .o_data_row", "Inbox");',
            'if (inbox.querySelector("button[name=action_rename]")) throw new Error("the inbox cannot be renamed");',
        )
