"""Signing in at Google and Microsoft with a browser: the settings, the first time, a refusal, Re-Connect; and that both
then tell this Odoo, a real one, of new email.
"""

import contextlib
import os
import re
import unittest.mock

import pytest
from playwright.sync_api import Page, expect

from tests.adapters.gmail import email
from tests.servers.google import Google
from tests.servers.microsoft import Microsoft

from . import steps

PASSWORD = "secret of the provider"
NEW = "/odoo/action-concord_inbox.action_connect_personal/new"
FORM = re.compile(r"/odoo/inbox-accounts/\d+")
#: What the browser's console says of our pages that tell why it did not work.
REFUSED = "status of 400"


class World(steps.Served):
    """Odoo, with both providers as they are set up by a system administrator."""

    def __init__(self, stack, folder):
        self.fakes = {"gmail": stack.enter_context(Google()), "outlook": stack.enter_context(Microsoft())}
        urls = {
            "CONCORD_INBOX_GOOGLE_URL": self.fakes["gmail"].url,
            "CONCORD_INBOX_MICROSOFT_URL": self.fakes["outlook"].url,
        }
        stack.enter_context(unittest.mock.patch.dict(os.environ, urls))
        super().__init__(stack, folder)
        admin = self.session("admin")
        admin("ir.config_parameter", "set_param", "web.base.url", self.url)
        google, microsoft = self.fakes.values()
        #: A browser asks every server for its icon.
        self.icons = tuple(f"{fake.url}/favicon.ico" for fake in self.fakes.values())
        values = {
            "inbox_google_client_id": google.client_id,
            "inbox_google_client_secret": google.client_secret,
            "inbox_microsoft_client_id": microsoft.client_id,
            "inbox_microsoft_client_secret": microsoft.client_secret,
            # Whatever is here before an hour has passed was told of.
            "inbox_poll_seconds": 3600,
            "inbox_notify_gmail": True,
            "inbox_notify_outlook": True,
            "inbox_google_push_account": "push@concord-project.iam.gserviceaccount.com",
        }
        values["inbox_google_topic"] = google.pubsub.add_topic(
            endpoint=f"{self.url}/concord_inbox/notify/google", account=values["inbox_google_push_account"]
        )
        admin("res.config.settings", "execute", [admin("res.config.settings", "create", values)])
        google.redirect_uris.add(f"{self.url}/concord_inbox/sign_in/google")
        microsoft.redirect_uris.add(f"{self.url}/concord_inbox/sign_in/microsoft")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with contextlib.ExitStack() as stack:
        found = World(stack, tmp_path_factory.mktemp("sign_in"))
        yield found
        assert [fake.violations for fake in found.fakes.values()] == [[], []]


class Way:
    """One provider, as somebody sees it in the browser."""

    def __init__(self, world: World, kind: str, address: str):
        self.world, self.kind, self.address = world, kind, address
        self.name = {"gmail": "Google", "outlook": "Microsoft"}[kind]
        world.fakes[kind].add_user(address, PASSWORD)

    def new_account(self, page: Page):
        """Type the address into the empty form, and wait until it is known where its mailbox is."""
        page.locator("div[name=email] input").fill(self.address)
        page.locator("div[name=email] input").press("Tab")
        expect(page.locator(f"div[name=connection_type] input[data-value={self.kind}]")).to_be_checked()
        expect(page.locator("div[name=imap_host]")).not_to_be_visible()
        expect(page.locator("div[name=password]")).to_have_count(0)

    def go(self, page: Page):
        page.get_by_role("button", name=f"Sign in with {self.name}").click()
        self.arrive(page)

    def arrive(self, page: Page):
        """Wait until the browser is at the provider."""
        expect(page).to_have_url(re.compile(re.escape(self.world.fakes[self.kind].url)))

    def identify(self, page: Page, address: str = ""):
        email = page.get_by_label("Email", exact=True)
        expect(email).to_have_value(self.address)
        if address:
            email.fill(address)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Next" if self.kind == "gmail" else "Sign in", exact=True).click()

    def allow(self, page: Page):
        page.get_by_role("button", name="Continue" if self.kind == "gmail" else "Accept", exact=True).click()

    def refuse(self, page: Page):
        page.get_by_role("button", name="Cancel", exact=True).click()

    def is_told_of(self) -> bool:
        """Whether the provider tells of this mailbox, as far as Odoo knows."""
        [(count,)] = self.world.query(
            """SELECT count(*) FROM inbox_subscription JOIN inbox_account account ON account.id = account_id
                WHERE account.email = %s AND state = 'connected' AND expires_at > now() AT TIME ZONE 'UTC'
                  AND attend_at > now() AT TIME ZONE 'UTC'""",
            self.address,
        )
        return count == 1

    def is_idle(self) -> bool:
        """Whether the account is not looked at, and will not be for long."""
        [(idle,)] = self.world.query(
            """SELECT lease_token IS NULL AND next_sync > now() AT TIME ZONE 'UTC' + interval '30 minutes'
                 FROM inbox_account WHERE email = %s""",
            self.address,
        )
        return bool(idle)

    def receive(self, subject: str) -> list[int]:
        """An email arrives; what Odoo answers to being told."""
        fake, source = self.world.fakes[self.kind], email(subject=subject, to=self.address)
        if self.kind == "gmail":
            fake.mailbox(self.address).deliver(source)
            return [fake.push(self.address)]
        fake.mailbox(self.address).add(source, "inbox")
        return fake.graph.subscriptions.tell(self.address)

    def has(self, subject: str) -> bool:
        return bool(self.world.query("SELECT id FROM inbox_message WHERE subject = %s", subject))


@pytest.mark.parametrize(("kind", "address"), [("gmail", "anna@gmail.com"), ("outlook", "anna@outlook.com")])
def test_refusal_sign_in_and_re_connect(world, kind, address):
    way = Way(world, kind, address)
    with world.page("personal", NEW, allowed=(REFUSED, *world.icons)) as page:
        way.new_account(page)
        way.go(page)
        way.identify(page)
        way.refuse(page)
        expect(page.get_by_role("alert")).to_contain_text("You did not allow access")
        page.get_by_role("link", name="Go back").click()
        expect(page).to_have_url(FORM)
        expect(page.locator("button[name=action_show_connection_test]")).not_to_be_visible()
        way.go(page)
        if kind == "gmail":  # Microsoft remembers who signed in
            way.identify(page)
        way.allow(page)
        expect(page).to_have_url(FORM)
        expect(page.locator(".o_inbox_signed_in")).to_contain_text(address)
        page.locator("button[name=action_show_connection_test]:visible").click()
        expect(page.locator(".o_inbox_connection_test .alert-success")).to_contain_text("Receiving and sending work")
        page.locator(".o_inbox_connection_test .btn-primary").click()
        expect(page.locator(".o_arrow_button_current")).to_have_text("Connected")

        # What was granted is taken back, as the next run finds.
        world.fakes[kind].revoke(address)
        world.change(
            """UPDATE inbox_account SET state = 'auth_failed', trouble = 'authentication', last_error = 'signed out'
                WHERE email = %s""",
            address,
        )
        page.reload()
        expect(page.locator(".alert-danger")).to_contain_text("Press Re-Connect to sign in again")
        expect(page.locator(".alert-danger")).not_to_contain_text("Enter the new password")
        page.get_by_role("button", name="Re-Connect").click()
        way.arrive(page)
        if kind == "gmail":
            way.identify(page)
        way.allow(page)
        expect(page).to_have_url(FORM)
        expect(page.locator(".o_arrow_button_current")).to_have_text("Connected")

        # The provider asked this Odoo whether the address is its own, and tells it of new email from now on.
        steps.eventually(way.is_told_of)
        page.reload()
        expect(page.locator(".o_inbox_notified")).to_contain_text(f"{way.name} tells of new email at once")
        steps.eventually(way.is_idle)
        assert way.receive(f"Told by {way.name}") == [204 if kind == "gmail" else 202]
        steps.eventually(lambda: way.has(f"Told by {way.name}"))


def test_another_address_is_offered(world):
    way = Way(world, "gmail", "carla@gmail.com")
    world.fakes["gmail"].add_user("carla.work@gmail.com", PASSWORD)
    world.fakes["gmail"].add_user("dora@gmail.com", PASSWORD)
    with world.page("personal", NEW, allowed=(REFUSED, *world.icons)) as page:
        way.new_account(page)
        way.go(page)
        way.identify(page, "dora@gmail.com")
        way.allow(page)
        expect(page.get_by_role("alert")).to_contain_text("You signed in as dora@gmail.com")
        page.get_by_role("button", name="Use dora@gmail.com").click()
        expect(page).to_have_url(FORM)
        expect(page.locator("div[name=email] input")).to_have_value("dora@gmail.com")
        expect(page.locator(".o_inbox_signed_in")).to_contain_text("dora@gmail.com")


def test_an_app_that_is_not_verified(world):
    """Google does not send the browser back, so the form has to say what may have happened."""
    way = Way(world, "gmail", "emma@gmail.com")
    world.fakes["gmail"].sign_in.testers = set()
    try:
        with world.page("personal", NEW, allowed=("status of 403", *world.icons)) as page:
            way.new_account(page)
            way.go(page)
            way.identify(page)
            expect(page.get_by_text("Access blocked")).to_be_visible()
            page.goto("/odoo/inbox-accounts")
            page.get_by_role("cell", name="emma@gmail.com").first.click()
            expect(page.locator(".o_inbox_sign_in_lost")).to_contain_text("the app is not verified")
    finally:
        world.fakes["gmail"].sign_in.testers = None


def test_the_way_back_needs_a_session(world):
    context = world.browser.new_context(base_url=world.url)
    with contextlib.closing(context):
        page = context.new_page()
        page.goto("/concord_inbox/sign_in/google?state=x&code=y")
        expect(page.get_by_role("alert")).to_contain_text("You are not signed in to Odoo")
        steps.authenticate(context, world.database, "personal")
        for query, said in (("", "was called without that"), ("?state=forged&code=y", "Nobody began this sign-in")):
            page.goto(f"/concord_inbox/sign_in/microsoft{query}")
            expect(page.get_by_role("alert")).to_contain_text(said)


def test_an_administrator_sets_it_up(world):
    with world.page("admin", "/odoo/settings#concord_inbox") as page:
        page.locator(".settings_tab .tab[data-key=concord_inbox]").click()
        google = page.locator("#inbox_google")
        expect(google).to_contain_text(f"{world.url}/concord_inbox/sign_in/google")
        expect(google.locator(".o_clipboard_button")).to_be_visible()
        told = page.locator("#inbox_notify_gmail")
        expect(told).to_contain_text(f"{world.url}/concord_inbox/notify/google")
        expect(told).to_contain_text("gmail-api-push@system.gserviceaccount.com")
        expect(told).to_contain_text("connected accounts")
        expect(page.locator("#inbox_notify_outlook")).to_contain_text(f"{world.url}/concord_inbox/notify/microsoft")
        secret = google.locator("div[name=inbox_google_client_secret] input")
        expect(secret).to_have_value("")
        secret.fill(world.fakes["gmail"].client_secret)
        page.locator("div[name=inbox_microsoft_tenant] input").fill(world.fakes["outlook"].tenant)
        # Settings that were saved load the whole page anew, after they have changed its address.
        page.evaluate("document.body.dataset.former = ''")
        page.locator(".o_form_button_save").click()
        expect(page.locator("body.o_web_client:not([data-former])")).to_be_attached()
        page.locator(".settings_tab .tab[data-key=concord_inbox]").click()
        expect(page.locator("div[name=inbox_microsoft_tenant] input")).to_have_value(world.fakes["outlook"].tenant)
        expect(secret).to_have_value("")
        guide = google.get_by_role("link", name="Step by step").get_attribute("href")
        beside = page.context.new_page()
        beside.goto(guide)
        expect(beside.get_by_text(f"{world.url}/concord_inbox/sign_in/microsoft")).to_be_visible()
    with contextlib.closing(world.browser.new_context(base_url=world.url)) as context:
        steps.authenticate(context, world.database, "personal")
        assert context.request.get("/concord_inbox/sign_in/guide").status in (403, 404)
