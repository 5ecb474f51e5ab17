"""The screens in a real browser, upon emails that came from a real server."""

from odoo import Command
from odoo.tests import HttpCase, tagged

from tests.servers.dovecot import Dovecot
from tests.servers.submission import Submission

PASSWORD = "secret"
USER = "anna@northlight.example"
TRACKER = "https://tracker.example/pixel.gif"

HTML_EMAIL = "\r\n".join(
    [
        "From: Ada Customer <ada@customer.example>",
        f"To: {USER}",
        "Subject: Pictures",
        "Message-ID: <pictures@x>",
        "MIME-Version: 1.0",
        "Content-Type: text/html; charset=utf-8",
        "",
        f'<h1 id="title">Hello</h1><img src="{TRACKER}"><script>parent.document.title = "hacked"</script>'
        '<a href="javascript:alert(1)" id="bad">bad</a><a href="https://customer.example" id="good">good</a>',
        "",
    ]
).encode()


@tagged("post_install", "-at_install")
class TestScreens(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = Dovecot()
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)
        cls.server.add_user(USER, PASSWORD)
        cls.smtp = cls.enterClassContext(Submission({USER: PASSWORD}))
        plain = f"From: Bob <bob@else.example>\r\nTo: {USER}\r\nSubject: Plain one\r\n\r\nJust text\r\n".encode()
        cls.server.append(USER, "INBOX", [HTML_EMAIL, plain])
        cls.server.append(USER, "Kunden/Müller", [plain.replace(b"Plain one", b"In a folder")])
        cls.user = cls.env["res.users"].create(
            {
                "name": "Anna",
                "login": "anna",
                "password": "anna_password",
                "group_ids": [
                    Command.link(cls.env.ref("concord_inbox.group_inbox_manager").id),
                    Command.link(cls.env.ref("base.group_partner_manager").id),
                ],
            }
        )
        cls.ada = cls.env["res.partner"].create({"name": "Ada Customer", "email": "ada@customer.example"})

    def make_account(self):
        account = self.env["inbox.account"].create(
            {
                "email": USER,
                "name": "Anna's mail",
                "user_id": self.user.id,
                "password": PASSWORD,
                "imap_host": "127.0.0.1",
                "imap_port": self.server.ports["imap"],
                "imap_encryption": "none",
                "smtp_host": "127.0.0.1",
                "smtp_port": self.smtp.port,
                "smtp_encryption": "none",
            }
        )
        account.action_connect()
        self.sync(account)
        return account

    def sync(self, account):
        """Synchronise with a cursor that may commit; what it commits is taken back with the test."""
        self.env.flush_all()
        with self.registry.cursor() as cr:
            account.with_env(account.env(cr=cr))._sync()
        self.env.invalidate_all()

    def run_in_browser(self, url, *steps):
        """Open `url` as the user and go through `steps`; each is a line of JavaScript that may await."""
        code = """
            const wait = async (find, what) => {
                for (let tries = 0; tries < 1200; tries++) {
                    const found = find();
                    if (found) return found;
                    await new Promise((resolve) => setTimeout(resolve, 50));
                }
                throw new Error("not found: " + what);
            };
            const one = (selector, text) => wait(
                () => [...document.querySelectorAll(selector)].find((el) => !text || el.textContent.includes(text)),
                selector + " " + (text || "")
            );
            const assert = (condition, message) => { if (!condition) throw new Error(message); };
            const type = (el, value) => {
                el.value = value;
                el.dispatchEvent(new Event("input", { bubbles: true }));
                el.dispatchEvent(new Event("change", { bubbles: true }));
            };
            (async () => {
                %s
                console.log("test successful");
            })().catch((error) => console.error(error.message));
        """
        self.browser_js(url, code % "\n".join(steps), login="anna", timeout=120)

    def test_connecting_from_the_empty_app_to_the_first_email(self):
        self.env["ir.config_parameter"].set_param("concord_inbox.poll_seconds", "1")
        self.run_in_browser(
            "/odoo/inbox-accounts",
            'await one(".o_view_nocontent", "Connect your first account");',
            '(await one(".o_list_button_add")).click();',
            f'type(await one("div[name=email] input"), "{USER}");',
            f'type(await one("div[name=password] input"), "{PASSWORD}");',
            '(await one(".o_inbox_servers_change", "Type them by hand")).click();',
            'type(await one("div[name=imap_host] input"), "127.0.0.1");',
            'type(await one("div[name=smtp_host] input"), "127.0.0.1");',
            'for (const name of ["imap_encryption", "smtp_encryption"]) {',
            "    const field = await one(`div[name=${name}]`);",
            '    const select = field.querySelector("select");',
            '    if (select) type(select, "\\"none\\"");',
            '    else { field.querySelector("input").click(); (await one(".o_select_menu_item", "None")).click(); }',
            "    await new Promise((resolve) => setTimeout(resolve, 500));",
            "}",
            f'type(await one("div[name=imap_port] input"), "{self.server.ports["imap"]}");',
            f'type(await one("div[name=smtp_port] input"), "{self.smtp.port + 1}");',
            '(await one("button[name=action_show_connection_test]")).click();',
            'await one(".o_inbox_advice", "SMTP Port");',
            'await one(".o_inbox_step[data-name=folders][data-state=done]");',
            'await one(".o_inbox_step[data-name=connect][data-state=failed]");',
            'document.querySelector(".modal .btn-primary").click();',
            'await wait(() => !document.querySelector(".modal"), "the message is closed");',
            # The form is loaded anew behind it, and folds the servers away.
            '(await one(".o_inbox_servers_change", "Change")).click();',
            f'type(await one("div[name=smtp_port] input"), "{self.smtp.port}");',
            '(await one("button[name=action_show_connection_test]")).click();',
            'await one(".modal .alert-success", "Receiving and sending work");',
            '(await one(".modal .btn-secondary", "Choose the folders first")).click();',
            'await one("div[name=folder_ids] .o_data_row", "Müller");',
            'assert((await one("[data-depth=\'1\']", "Müller")).title === "Kunden/Müller", "a tree");',
            '(await one("button[name=action_preview]")).click();',
            'await one(".o_inbox_preview", "3 emails since");',
            'await one(".o_inbox_preview", "1 contact of yours");',
            'await one(".o_inbox_preview", "only you, Anna");',
            '(await one(".modal .btn-primary", "Connect")).click();',
            'await one(".o_arrow_button_current", "Connected");',
        )
        account = self.env["inbox.account"].search([("email", "=", USER)])
        self.assertEqual((account.state, account.user_id), ("connected", self.user))
        self.sync(account)
        self.run_in_browser("/odoo/inbox", 'await one(".o_data_row", "Plain one");')

    def test_reading(self):
        account = self.make_account()
        account.with_user(self.user).is_primary = True
        self.run_in_browser(
            "/odoo/inbox",
            'const row = await one(".o_data_row", "Pictures");',
            'assert(row.classList.contains("fw-bold"), "unread stands out");',
            'assert(!document.querySelector(".o_data_row td")?.textContent.includes("In a folder"), "only the inbox");',
            'assert((await one(".o_search_panel .active")).textContent.includes("Inbox"), "primary first");',
            'await one(".o_search_panel .o_search_panel_counter", "2");',
            'row.querySelector("td[name=subject]").click();',
            'const frame = await one(".o_inbox_frame");',
            'await wait(() => frame.contentDocument?.getElementById("title"), "the text");',
            "const page = frame.contentDocument;",
            'assert(document.title !== "hacked" && !page.querySelector("script"), "no script");',
            'assert(!page.getElementById("bad")?.href?.startsWith("javascript"), "no script in a link");',
            f'assert(!page.documentElement.innerHTML.includes("{TRACKER}"), "no picture from outside");',
            'assert(frame.getAttribute("sandbox") && !frame.sandbox.contains("allow-scripts"), "sandbox");',
            'await one(".o_inbox_images", "Pictures from the Internet are not shown");',
            '(await one("button[name=action_mark_read]")).click();',
            'await one("button[name=action_mark_unread]");',
            'await one("div[name=partner_ids]", "Ada Customer");',
        )
        self.env.invalidate_all()
        read = self.env["inbox.message"].search([("account_id", "=", account.id), ("is_read", "=", True)])
        self.assertEqual(read.subject, "Pictures")

    def test_search_and_folders(self):
        self.make_account()
        self.run_in_browser(
            "/odoo/inbox",
            '(await one(".o_search_panel .o_search_panel_label", "Kunden")).click();',
            '(await one(".o_search_panel .o_search_panel_label", "Müller")).click();',
            'await one(".o_data_row", "In a folder");',
            'await wait(() => document.querySelectorAll(".o_data_row").length === 1, "one email in the folder");',
            '(await one(".o_search_panel .o_search_panel_label", "All")).click();',
            'await wait(() => document.querySelectorAll(".o_data_row").length === 2, "those of all inboxes");',
            'const input = await one(".o_searchview_input");',
            'type(input, "Just text");',
            'await one(".o_searchview_autocomplete", "Just text");',
            'input.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}));',
            'await wait(() => document.querySelectorAll(".o_data_row").length === 2, "those with the words");',
        )

    def test_a_contact_shows_its_emails(self):
        self.make_account()
        self.assertEqual(self.ada.with_user(self.user).inbox_message_count, 1)
        self.run_in_browser(
            f"/odoo/res.partner/{self.ada.id}",
            '(await one("button[name=action_open_inbox_messages]", "1"));',
            '(await one("a[name=inbox_emails]")).click();',
            'const row = await one(".o_inbox_record_emails .o_data_row", "Pictures");',
            'row.querySelector("td[name=subject]").click();',
            'await one(".o_inbox_frame");',
        )

    def test_the_page_of_an_email_is_its_readers_alone(self):
        account = self.make_account()
        message = self.env["inbox.message"].search([("account_id", "=", account.id), ("subject", "=", "Plain one")])
        url = f"/concord_inbox/message/{message.id}/body"
        self.authenticate("anna", "anna_password")
        response = self.url_open(url)
        self.assertIn("Just text", response.text)
        policy = response.headers["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("https:", policy)
        self.assertNotIn("script-src", policy.replace("script-src 'none'", ""))
        self.assertIn("https:", self.url_open(f"{url}?images=1").headers["Content-Security-Policy"])
        # Light or dark as the page around it is, and not as the browser would have pages.
        self.assertIn("color-scheme:light}", response.text)
        self.patch(type(self.env["ir.http"]), "color_scheme", lambda _self: "dark")
        self.assertIn("color-scheme:dark}", self.url_open(url).text)
        self.authenticate("admin", "admin")
        self.assertEqual(self.url_open(url).status_code, 404)
        self.authenticate(None, None)
        self.assertNotIn("Just text", self.url_open(url).text)
