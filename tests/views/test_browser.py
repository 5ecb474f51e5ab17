# ruff: noqa: E501 (emails and pages stand as they are written)
"""The screens in a real browser, upon emails that came from a real server."""

import base64
import email.message
import email.policy
import http.server
import threading

from odoo import Command
from odoo.addons.concord_inbox import mime
from odoo.tests import HttpCase, tagged

from tests.mime.vectors import ADDRESSED, SCRIPTS
from tests.servers.dovecot import Dovecot
from tests.servers.submission import Submission
from tests.sync.common import PASSWORD

from .steps import imap_settings

USER = "anna@northlight.example"
TRACKER = "https://tracker.example/pixel.gif"

#: Whose mailbox has the one email in which everything is shown that can be.
READER = "reader@northlight.example"
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
INNER = b"From: Ben <ben@x.example>\r\nSubject: Inner one\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<p>Deep words</p>"
INVITATION = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Visit of the works\r\n"
    "DTSTART:20240704T073000Z\r\nDTEND:20240704T090000Z\r\nLOCATION:Room 1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def everything():
    """An email with all that a reader may come across."""
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"] = "Ada Customer <ada@customer.example>"
    message["To"] = READER
    message["Subject"] = "Everything"
    message["Message-ID"] = "<everything@x>"
    message["X-Odd"] = "=?utf-8?q?Gr=C3=BC=C3=9Fe?="
    message.set_content("Plain")
    message.add_alternative(
        f'<p id="own">My answer</p><img src="{TRACKER}" width="1" height="1"><img src="https://shop.example/logo.png">'
        '<a id="lies" href="https://evil.example/">https://bank.example/</a>'
        '<div>On Monday, Ben wrote:</div><blockquote type="cite">old words</blockquote>',
        subtype="html",
    )
    message.add_attachment(PIXEL, maintype="image", subtype="gif", filename="dot.gif")
    message.add_attachment("<script>1</script>", subtype="html", filename="page.html")
    message.add_attachment(email.message_from_bytes(INNER, policy=email.policy.SMTP))
    message.add_attachment(INVITATION, subtype="calendar", filename="invite.ics")
    return message.as_bytes()


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
        cls.smtp = cls.enterClassContext(Submission({USER: PASSWORD, READER: PASSWORD}))
        plain = f"From: Bob <bob@else.example>\r\nTo: {USER}\r\nSubject: Plain one\r\n\r\nJust text\r\n".encode()
        cls.server.append(USER, "INBOX", [HTML_EMAIL, plain])
        cls.server.add_user(READER, PASSWORD)
        cls.server.append(READER, "INBOX", [everything()])
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

    def make_account(self, email=USER):
        account = self.env["inbox.account"].create(
            imap_settings(
                self.server,
                email,
                name="Anna's mail",
                user_id=self.user.id,
                smtp_host="127.0.0.1",
                smtp_port=self.smtp.port,
                smtp_encryption="none",
            )
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

    def test_everything_that_is_shown_of_an_email(self):
        account = self.make_account(READER)
        message = self.env["inbox.message"].search([("account_id", "=", account.id)])
        menu = '(await one(".o_inbox_answer .o_inbox_answer_more")).click();'
        self.run_in_browser(
            f"/odoo/inbox/{message.id}",
            "const text = async (selector, open) => {",
            '    const frame = await one(open || ".o_inbox_email .o_inbox_frame");',
            "    return wait(() => frame.contentDocument?.querySelector(selector), selector);",
            "};",
            # History is folded, and what folds it works without scripts.
            'const fold = await text("details.concord-fold");',
            'assert(!fold.open && fold.textContent.includes("old words"), "folded");',
            'fold.querySelector("summary").click();',
            'assert(fold.open, "opens");',
            # A link that is not what it says.
            'assert((await text("#lies")).title === "https://evil.example/", "the true address");',
            'await text(".concord-leads");',
            # Pictures, and whom one trusts.
            'await one(".o_inbox_trackers", "1 tracking pixel kept out");',
            '(await one(".o_inbox_trust")).click();',
            "await text('img[src=\"https://shop.example/logo.png\"]');",
            f'assert(!(await text("body")).innerHTML.includes("{TRACKER}"), "never");',
            '(await one(".o_inbox_distrust")).click();',
            'await one(".o_inbox_trust");',
            # Files: looked at, opened, downloaded.
            'await one(".o_inbox_files_all");',
            'await one(".o_inbox_file", "page.html");',
            'assert(!(await one(".o_inbox_file", "page.html")).querySelector(".o_inbox_file_download"), "download only");',
            'await one(".o_inbox_file .o_inbox_file_risk");',
            '(await one(".o_inbox_file_open", "dot.gif")).click();',
            'await one(".o-FileViewer img");',
            '(await one(".o-FileViewer [aria-label=Close], .o-FileViewer-headerButton .fa-times")).click();',
            '(await one(".o_inbox_file_open", ".eml")).click();',
            'await wait(() => [...document.querySelectorAll(".modal .o_inbox_frame")].some('
            '(el) => el.contentDocument?.body?.textContent.includes("Deep words")), "the attached email");',
            'assert((await one(".modal-title", "Inner one")), "its subject");',
            'document.querySelector(".modal .btn-close").click();',
            'await wait(() => !document.querySelector(".modal"), "closed");',
            'await one(".o_inbox_event", "Visit of the works");',
            # The original, fetched from the mail server.
            menu,
            '(await one(".dropdown-item", "Show original")).click();',
            'await one(".modal .o_inbox_source", "Message-ID: <everything@x>");',
            'document.querySelector(".modal .btn-close").click();',
            'await wait(() => !document.querySelector(".modal"), "closed");',
            menu,
            '(await one(".dropdown-item", "Show headers")).click();',
            'await one(".modal tr", "Grüße");',
            'document.querySelector(".modal .btn-close").click();',
            'await wait(() => !document.querySelector(".modal"), "closed");',
            # Paper.
            menu,
            '(await one(".dropdown-item", "Print")).click();',
            'const paper = await one(".o_inbox_print");',
            'const page = await wait(() => paper.contentDocument?.querySelector(".concord-email") && paper.contentDocument, "paper");',
            'assert(page.body.textContent.includes("old words") && !page.querySelector("details"), "nothing is folded");',
            'assert(page.querySelector("h1").textContent === "Everything", "the subject");',
        )
        self.env.invalidate_all()
        self.assertFalse(self.env["inbox.trusted.sender"].search([]))

    def test_strangers_run_nothing_and_load_nothing(self):
        """The published vectors and those of emails, in the frame and beside it; whatever is asked for is counted."""
        asked = []

        class Counting(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                self.send_response(204)
                self.end_headers()

            do_POST = do_HEAD = do_OPTIONS = do_GET  # noqa: N815 (the names are the library's)

            def log_message(self, *_args):
                """Nobody reads it."""

        listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting)
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        self.addCleanup(listening.server_close)
        self.addCleanup(listening.shutdown)
        host = f"127.0.0.1:{listening.server_port}"

        def armed(html):
            for call in ("alert(1)", "alert('XSS')", "alert('XSS');"):
                html = html.replace(call, "(top.hacked=1)")
            return html.replace("evil.example", host).replace("\0", "")

        scripts, addressed = (list(map(armed, some)) for some in (SCRIPTS, ADDRESSED))
        vectors = scripts + addressed
        contexts = (
            "",
            "<table><tr><td>",
            "<style>p{}</style><p>",
            "<div title='",
            "<!-- ",
            "<svg>",
            "<math>",
            "<select><option>",
            "<pre>",
        )
        bodies = [
            "".join(mime.sanitize(context + vector) for context in contexts for vector in scripts),
            "".join(map(mime.sanitize, addressed)),
            mime.sanitize("".join(vectors)),
            mime.sanitize("".join(reversed(vectors))),
            # Even if nothing were sanitised, the policy of the page holds.
            *("".join(vectors[start::5]) for start in range(5)),
        ]
        account = self.env["inbox.account"].create({"email": USER, "user_id": self.user.id, "state": "connected"})
        messages = self.env["inbox.message"].create(
            [
                {"account_id": account.id, "subject": f"Vectors {number}", "body_html": body}
                for number, body in enumerate(bodies)
            ]
        )
        self.env["ir.attachment"].create(
            {
                "name": "x", "raw": b"<script>top.hacked=1</script>", "mimetype": "text/html", "inbox_content_id": "x",
                "res_model": "inbox.message", "res_id": messages[0].id,
            }
        )  # fmt: skip
        urls = [f"/concord_inbox/message/{message.id}/body" for message in messages]
        urls += [f"/concord_inbox/print?ids={message.id}" for message in messages]
        sandbox = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
        self.run_in_browser(
            "/odoo/inbox",
            "window.alert = window.print = () => { window.dialogs = (window.dialogs || 0) + 1; };",
            "const shown = async (attributes) => {",
            "    const frame = document.createElement('iframe');",
            "    for (const [name, value] of Object.entries(attributes)) frame.setAttribute(name, value);",
            "    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));",
            "    document.body.append(frame);",
            "    await loaded;",
            "    return frame;",
            "};",
            f"for (const url of {urls!r}) for (const sandbox of [{sandbox!r}, null]) {{",
            "    const frame = await shown(sandbox ? { src: url, sandbox } : { src: url });",
            "    const page = frame.contentDocument;",
            '    assert(page && page.URL.endsWith(url) && page.body.childNodes.length, "stays where it is: " + url);',
            "    for (const element of page.querySelectorAll('*')) {",
            '        for (const type of ["mouseover", "focus", "load", "error", "toggle", "begin", "animationstart"])',
            "            element.dispatchEvent(new Event(type));",
            "    }",
            '    assert(frame.contentDocument === page, "went elsewhere: " + url);',
            "    frame.remove();",
            "}",
            'assert(!window.hacked && !window.dialogs, "something ran");',
            # Both would be noticed.
            f"await shown({{ srcdoc: '<img src=http://{host}/control><script>top.hacked=2</script>' }});",
            'await wait(() => window.hacked === 2, "what runs is noticed");',
            # The picture of the control is there once its frame is.
        )
        self.assertEqual(asked, ["/control"])
