"""The customer beside the conversation, and the conversations beside the customer, in a browser."""

import contextlib
import re

import pytest
from playwright.sync_api import expect

from tests.sync.common import email
from tests.views import steps

from .live import SHARED, World, row

CARD = ".o_inbox_card"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with contextlib.ExitStack() as stack:
        yield World(stack, tmp_path_factory.mktemp("card"))


@contextlib.contextmanager
def reading(world, subject, **options):
    """The email with this subject, opened beside the list by the administrator; its card."""
    with world.page("admin", viewport={"width": 1680, "height": 900}, **options) as page:
        row(page, subject).first.click()
        card = page.locator(CARD)
        expect(card).to_be_visible()
        yield page, card


def test_from_a_stranger_to_a_deal_and_back(world):
    sender = "Nora New <nora@new.example>"
    world.deliver(SHARED, email("About the offer", sender=sender, message_id="<offer@new.example>"))
    with reading(world, "About the offer") as (page, card):
        if card.locator(".o_inbox_card_head").is_visible():
            card.locator(".o_inbox_card_head").click()
        expect(card.locator(".o_inbox_card_stranger")).to_contain_text("Nora New")
        card.get_by_role("button", name="Create contact").click()
        expect(card.locator(".o_inbox_card_contact")).to_contain_text("Nora New")
        turn = card.locator(".o_inbox_card_turn")
        expect(turn).to_contain_text("Waiting for our answer")
        turn.get_by_role("button", name="No answer needed").click()
        turn.get_by_role("button", name="It needs one after all").click()
        expect(turn).to_contain_text("Waiting for our answer")
        card.get_by_role("button", name="Create deal").click()
        dialog = page.locator(".modal")
        expect(dialog.locator("[name=name] textarea, [name=name] input").first).to_have_value("About the offer")
        dialog.get_by_role("button", name="Save").first.click()
        document = card.locator(".o_inbox_card_document")
        expect(document).to_contain_text("About the offer")
        expect(document).to_contain_text("By hand")
        # Undone, and back by its notice.
        document.locator(".o_inbox_card_unlink").click()
        expect(document).to_have_count(0)
        page.locator(".o_notification").last.get_by_role("button", name="Undo").click()
        expect(document).to_have_count(1)
        card.get_by_role("button", name="Log note").first.click()
        card.locator("textarea").fill("She is in a hurry")
        card.locator("form button[type=submit]").click()
        expect(card.locator("textarea")).to_have_count(0)
        # What she writes next is about the same deal, also on its page.
        answer = email("Re: About the offer", sender=sender, headers=["References: <offer@new.example>"])
        world.deliver(SHARED, answer)
        document.get_by_role("button", name="About the offer").click()
        page.locator(".o_notebook .nav-link", has_text="Emails").click()
        listed = page.locator(".o_inbox_record_emails .o_data_row")
        expect(listed).to_have_count(1)
        expect(listed.first).to_contain_text("Re: About the offer")
        world.deliver(SHARED, email("Another one", sender=sender))
        # By itself: it is the only open deal of this contact.
        expect(listed).to_have_count(2)
        expect(listed.first).to_contain_text("Another one")
        listed.first.locator("td[name=subject]").click()
        opened = page.locator(".o_inbox_form .o_inbox_email_open").first
        expect(opened.locator("time")).to_have_text(re.compile(r"\d:\d\d"))


def test_emails_on_the_contacts_page(world):
    with world.page("admin") as page:
        partner = steps.call(page, "res.partner", "create", {"name": "Ada", "email": "ada@customer.example"})
        page.goto(f"/odoo/res.partner/{partner}")
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        expect(page.locator("button[name=action_open_inbox_messages]")).to_be_visible()
        assert not [url for url in asked if "/inbox.message/web" in url], "a closed tab asks for no emails"
        page.locator(".o_notebook .nav-link", has_text="Emails").click()
        expect(page.locator(".o_inbox_record_emails .o_data_row").first).to_be_visible()
        page.get_by_role("button", name="Search and see all").click()
        expect(page.locator(".o_breadcrumb")).to_contain_text("Emails with")
