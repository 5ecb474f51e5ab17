"""The card and the pages of records where quotations and invoices are installed, in a browser.

What is shown there is tested by `tests/models/with_apps.py` each time; this is about the screens.
"""

import contextlib

import pytest
from playwright.sync_api import expect

from dev import databases
from tests.sync.common import email
from tests.views import steps

from .live import SHARED, World, row

pytestmark = pytest.mark.thorough


class WorldWithApps(World):
    make_database = staticmethod(databases.with_apps)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with contextlib.ExitStack() as stack:
        yield WorldWithApps(stack, tmp_path_factory.mktemp("apps"))


def test_a_quotation_on_the_card_and_back(world):
    call = world.session("admin")
    partner = call("res.partner", "create", {"name": "Ada", "email": "ada@apps.example"})
    product = call("product.product", "create", {"name": "Lamp", "list_price": 40})
    line = [0, 0, {"product_id": product, "product_uom_qty": 2}]
    order = call("sale.order", "create", {"partner_id": partner, "order_line": [line]})
    [values] = call("sale.order", "read", [order], ["name"])
    name, subject = values["name"], f"About {values['name']}"
    world.deliver(SHARED, email(subject, sender="Ada <ada@apps.example>"))
    steps.eventually(lambda: world.query("SELECT id FROM inbox_message WHERE subject = %s", subject))
    for login in ("shared", "admin"):
        with world.page(login, viewport={"width": 1680, "height": 900}) as page:
            row(page, subject).first.click()
            card = page.locator(".o_inbox_card")
            expect(card.locator(".o_inbox_card_contact")).to_contain_text("Ada")
            kinds = card.get_by_role("group", name="Link to").get_by_role("button")
            if login == "shared":
                # No rights to sales: nothing of them is there, and nothing breaks.
                expect(kinds.filter(has_text="Quotation or order")).to_have_count(0)
                expect(card.get_by_text(name, exact=True)).to_have_count(0)
                continue
            expect(kinds.filter(has_text="Quotation or order")).to_have_count(1)
            expect(card.get_by_text("Open business")).to_be_visible()
            suggestion = card.locator(".o_inbox_card_suggestion", has_text=name)
            expect(suggestion).to_contain_text("Its number is in the subject")
            suggestion.get_by_role("button", name="Link", exact=True).click()
            card.locator(".o_inbox_card_document").get_by_role("button", name=name).click()
            page.locator(".o_inbox_chatter_toggle").click()
            expect(page.locator(".o_inbox_chatter_email")).to_contain_text(subject)
            page.goto(f"/odoo/res.partner/{partner}")
            page.locator(".o_notebook .nav-link", has_text="Emails").click()
            expect(page.locator(".o_inbox_record_emails .o_data_row")).to_have_count(1)
