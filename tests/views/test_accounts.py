"""Manage accounts, Quarantine, Health and Settings in a real browser."""

from odoo import Command, fields
from odoo.tests import HttpCase, tagged

from tests.models.common import InboxCase

from .test_folders import TOOLS


@tagged("post_install", "-at_install")
class TestAccountScreens(InboxCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = cls.env["res.users"].create(
            {
                "name": "Anna",
                "login": "anna",
                "password": "anna_password",
                "signature": "<p>Anna Ansorge</p>",
                "group_ids": [
                    Command.link(cls.env.ref(name).id)
                    for name in ("concord_inbox.group_inbox_manager", "base.group_system")
                ],
            }
        )
        cls.own = cls.make_account("anna@northlight.example", name="Anna's mail", user_id=cls.anna.id)
        cls.env["inbox.folder"].create(
            {"account_id": cls.own.id, "name": "INBOX", "path": "INBOX", "role": "inbox", "is_active": True}
        )
        cls.shared.name = "Sales"
        now = fields.Datetime.now()
        (cls.own | cls.shared | cls.personal).write({"last_sync": now, "last_check": now, "check_result": "complete"})

    def run_in_browser(self, url, *steps):
        """Open `url` as Anna and go through `steps`; each is a line of JavaScript that may await."""
        lines = "\n".join(steps)
        code = f"""{TOOLS}
            (async () => {{
                {lines}
                console.log("test successful");
            }})().catch((error) => console.error(error.message));
        """
        self.env.flush_all()
        self.browser_js(url, code, login="anna", timeout=120)
        self.env.invalidate_all()

    def test_the_primary_account(self):
        self.own.with_user(self.anna).is_primary = True
        self.run_in_browser(
            "/odoo/inbox-accounts",
            'await one(".o_data_row:first-child", "Anna\'s mail");',
            'await wait(() => all(".o_data_row:first-child input[role=switch]")[0].checked, "it is on");',
            'all(".o_data_row", "Sales")[0].querySelector("input[role=switch]").click();',
            'await one(".o_data_row:first-child", "Sales");',
            'await wait(() => all("input[role=switch]").map((el) => el.checked).join() === "true,false", "one is on");',
        )
        self.assertEqual(self.anna.inbox_primary_account_id, self.shared)
        # It is the one that opens, and the first in the panel.
        self.run_in_browser(
            "/odoo/inbox",
            'await one(".o_search_panel_category_value .active", "Inbox");',
            'const first = () => all(".o_inbox_account_node")[0];',
            'await wait(() => first()?.textContent.includes("Sales"), "Sales comes first");',
        )
        self.run_in_browser(
            "/odoo/inbox-accounts",
            'await one(".o_data_row:first-child", "Sales");',
            'all(".o_data_row", "Sales")[0].querySelector("input[role=switch]").click();',
            'await wait(() => !all("input[role=switch]").some((el) => el.checked), "none is on");',
        )
        self.assertFalse(self.anna.inbox_primary_account_id)

    def test_health(self):
        self.personal.write({"state": "auth_failed", "last_error": "“Divorce”"})
        self.run_in_browser(
            "/odoo/inbox-health",
            'const row = await one(".o_data_row:first-child", "Switched off");',
            'if (/Divorce|owner@/.test(document.body.textContent)) throw new Error("too much is told");',
            'row.querySelector(".o_data_cell").click();',
            'await one(".o_notification", "only owner can open it");',
            'all(".o_data_row", "Sales")[0].querySelector(".o_data_cell").click();',
            'await one(".o_form_view .o_field_widget[name=email]", "sales@northlight.example");',
        )

    def test_settings(self):
        # What is saved makes the whole page load anew, which ends a test: what is stored is for the tests of the model.
        self.run_in_browser(
            "/odoo/settings",
            'await click(".tab[data-key=concord_inbox]");',
            'const period = await one("div[name=default_sync_from] input, div[name=default_sync_from] select");',
            "const chosen = period.selectedOptions?.[0].textContent ?? period.value;",
            'if (!chosen.includes("1 month ago")) throw new Error(`the period is ${chosen}`);',
            'type(await one("div[name=inbox_poll_seconds] input"), "5");',
            'await click(".o_form_button_save");',
            'await one(".modal", "every 15 to 86400 seconds");',
            'await click(".modal .btn-primary");',
            "await gone('.modal');",
            'await click(".o_form_button_cancel, .o_form_button_discard");',
            "await gone('.o_form_dirty');",
        )

    def test_identities_and_the_signature(self):
        self.run_in_browser(
            f"/odoo/inbox-accounts/{self.own.id}",
            'await one("div[name=signature_preview]", "Anna Ansorge");',
            'await click("div[name=identity_ids] a", "Add a line");',
            'type(await one(".modal div[name=name] input"), "Help desk");',
            'type(await one(".modal div[name=email] input"), "help@northlight.example");',
            'await click(".modal div[name=is_default] input");',
            'const editor = await one(".modal div[name=signature] .odoo-editor-editable");',
            "editor.focus();",
            'document.execCommand("insertText", false, "The help desk");',
            'await click(".modal .o_form_button_save");',
            "await gone('.modal');",
            'await one("div[name=identity_ids] .o_data_row", "help@northlight.example");',
            'await one("div[name=signature_preview]", "The help desk");',
            'await click(".o_form_button_save");',
            'await one(".o_form_saved");',
        )
        identity = self.own.identity_ids
        self.assertEqual((identity.email_normalized, identity.is_default), ("help@northlight.example", True))

    def test_quarantine(self):
        quarantined = self.env["inbox.quarantine"].create(
            {
                "account_id": self.own.id,
                "folder_id": self.own.folder_ids.id,
                "uid": 7,
                "cause": "too_large",
                "subject": "Plans",
                "email_from": "Ada",
                "size": 80_000_000,
                "reason": "It has 80.0 MB",
            }
        )
        self.run_in_browser(
            "/odoo/inbox-quarantine",
            'await click(".o_data_row .o_data_cell", "Plans");',
            'await one(".o_form_view", "It has 80.0 MB");',
            'await gone("div[name=source]");',
            'await click("button[name=action_retry]", "Fetch it anyway");',
            'await one(".o_form_view .alert", "It is being fetched");',
        )
        self.assertTrue(quarantined.retry)
        kept = self.records["shared linked quarantine"]
        self.run_in_browser(
            f"/odoo/inbox-quarantine/{kept.id}",
            'await one("div[name=source]");',
            'await click("button[name=action_retry]", "Fetch and try again");',
            'await one(".o_form_view .alert", "It is being fetched");',
        )
        self.authenticate(None, None)
        answer = self.url_open(f"/web/content/inbox.quarantine/{kept.id}/source?download=true")
        self.assertNotEqual(answer.content, b"x", "who is not logged in downloads nothing")
        self.authenticate("anna", "anna_password")
        answer = self.url_open(f"/web/content/inbox.quarantine/{kept.id}/source?download=true")
        self.assertEqual(answer.content, b"x")
        personal = self.records["personal linked quarantine"]
        answer = self.url_open(f"/web/content/inbox.quarantine/{personal.id}/source?download=true")
        self.assertNotEqual(answer.content, b"x", "a manager does not download what is somebody else's")
