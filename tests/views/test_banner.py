"""An account that needs attention, in an open browser and upon real processes.

It says so by itself, and goes on after Re-Connect; so does one that is handed over.
"""

import contextlib
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.sync.common import email

from . import steps
from .live import PERSONAL, ROW, SHARED, World, row

#: Milliseconds that a browser is given to show something; a machine that does much else at the time is slow.
SOON = 120_000
BANNER = ".o_inbox_attention .alert"
STATE = ".o_statusbar_status .o_arrow_button_current"
#: A folder for pictures of what the tests see, for whoever wants to look.
PICTURES = os.environ.get("CONCORD_PICTURES")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with contextlib.ExitStack() as stack:
        yield World(stack, tmp_path_factory.mktemp("banner"))


@contextlib.contextmanager
def opened(world, login, **options):
    """The inbox in a browser of its own."""
    with world.page(login, **options) as page:
        page.set_default_timeout(SOON)
        yield page


def picture(page, name):
    if PICTURES:
        page.wait_for_timeout(700)
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


def reconnect(page, password):
    """From the banner to the account's form, with the new password."""
    page.locator(BANNER).get_by_role("button", name="Re-Connect").click()
    field = page.locator("div[name=password] input")
    field.fill(password)
    field.blur()
    page.locator("button[name=action_connect]:visible").click()
    expect(page.locator(STATE, has_text="Connected")).to_be_visible(timeout=SOON)


@pytest.mark.parametrize(("user", "login"), [(PERSONAL, "personal"), (SHARED, "admin")])
def test_a_refused_login_and_reconnect(world, user, login):
    with opened(world, login) as page, opened(world, "other") as colleague:
        expect(row(page, "Before 29")).to_be_visible(timeout=SOON)
        expect(page.locator(BANNER)).to_have_count(0)
        world.server.add_user(user, "changed")
        world.deliver(user, email(f"The one that wakes the sync of {login}"))
        # By itself, in the page that is open.
        expect(page.locator(BANNER)).to_contain_text("refuses the user name or the password", timeout=SOON)
        expect(page.locator(".o_search_panel .o_inbox_needs_attention")).to_be_visible(timeout=SOON)
        picture(page, f"banner-{login}")
        if user == SHARED:
            expect(colleague.locator(BANNER)).to_contain_text("An inbox administrator was told", timeout=SOON)
            expect(colleague.locator(BANNER).get_by_role("button")).to_have_count(0)
            picture(colleague, "banner-colleague")
        else:
            expect(colleague.locator(BANNER)).to_have_count(0)
        world.deliver(user, email(f"Meanwhile for {login}"))
        reconnect(page, "changed")
        page.goto("/odoo/inbox")
        for subject in (f"The one that wakes the sync of {login}", f"Meanwhile for {login}"):
            expect(row(page, subject)).to_have_count(1, timeout=SOON)
        expect(page.locator(BANNER)).to_have_count(0)
        expect(page.locator(".o_inbox_needs_attention")).to_have_count(0)
        expect(colleague.locator(BANNER)).to_have_count(0, timeout=SOON)


def test_on_a_phone(world):
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    world.server.add_user(PERSONAL, "changed once more")
    world.deliver(PERSONAL, email("The one that wakes the sync"))
    with opened(world, "personal", **phone) as page:
        banner = page.locator(BANNER)
        expect(banner).to_be_visible(timeout=SOON)
        steps.fits(page, 360)
        picture(page, "banner-phone")
        banner.get_by_role("button", name="Re-Connect").click()
        expect(page.locator("div[name=password] input")).to_be_visible(timeout=SOON)
        steps.fits(page, 360)
        picture(page, "form-phone")


def test_disconnecting(world):
    with opened(world, "personal") as page:
        page.goto(f"/odoo/inbox-accounts/{world.personal}")
        page.locator("button[name=action_disconnect]").click()
        dialog = page.locator(".modal")
        expect(dialog).to_contain_text("The inbox keeps showing its emails")
        picture(page, "disconnect")
        dialog.get_by_role("button", name="Disconnect").click()
        expect(page.locator(STATE, has_text="Paused")).to_be_visible(timeout=SOON)
        page.goto("/odoo/inbox")
        expect(page.locator(ROW).first).to_be_visible(timeout=SOON)
        expect(page.locator(BANNER)).to_have_count(0)
        page.goto(f"/odoo/inbox-accounts/{world.personal}")
        page.locator("div[name=password] input").fill(world.server.password(PERSONAL))
        page.locator("button[name=action_connect]:visible").click()
        expect(page.locator(STATE, has_text="Connected")).to_be_visible(timeout=SOON)


def test_a_hand_over(world):
    [(leaver,)] = world.query("SELECT id FROM res_users WHERE login = 'personal'")
    with opened(world, "admin") as page, opened(world, "other") as heir:
        expect(heir.locator(ROW).first).to_be_visible(timeout=SOON)
        steps.call(page, "res.users", "write", [leaver], {"active": False})
        page.goto("/odoo/inbox-orphaned-accounts")
        orphan = row(page, PERSONAL)
        expect(orphan).to_contain_text("Paused", timeout=SOON)
        picture(page, "orphans")
        orphan.get_by_role("button", name="Hand over").click()
        dialog = page.locator(".modal")
        expect(dialog).to_contain_text("The new owner sees everything in it")
        picture(page, "hand-over")
        dialog.locator("div[name=user_id] input").fill("other")
        page.locator(".o-autocomplete--dropdown-item", has_text=re.compile("^other$")).click()
        dialog.get_by_role("button", name="Hand over").click()
        expect(row(page, PERSONAL)).to_have_count(0, timeout=SOON)
        page.goto("/odoo/inbox-account-log")
        expect(row(page, PERSONAL)).to_contain_text("other (other)", timeout=SOON)
        picture(page, "log")
        # The new owner's open inbox says so by itself.
        expect(heir.locator(BANNER)).to_contain_text("It was handed over", timeout=SOON)
        picture(heir, "handed-over")
        world.deliver(PERSONAL, email("For the new owner"))
        reconnect(heir, world.server.password(PERSONAL))
        heir.goto("/odoo/inbox")
        expect(heir.locator(ROW).first).to_be_visible(timeout=SOON)
        picture(heir, "heir")
        heir.locator(".o_search_panel_label", has_text=PERSONAL).click()
        expect(row(heir, "For the new owner")).to_be_visible(timeout=SOON)


def test_deleting_and_keeping_what_is_linked(world):
    with opened(world, "other") as page:
        page.goto(f"/odoo/inbox-accounts/{world.personal}")
        page.locator("button[name=action_delete]").click()
        dialog = page.locator(".modal")
        expect(dialog.locator("div[name=email_count]")).not_to_have_text("0", timeout=SOON)
        picture(page, "delete")
        dialog.get_by_role("button", name=re.compile("^Delete account")).locator("visible=true").click()
        expect(page.locator(".o_notification")).to_contain_text("is deleted", timeout=SOON)
        expect(page.locator(ROW, has_text=SHARED)).to_be_visible(timeout=SOON)
        expect(page.locator(ROW, has_text=PERSONAL)).to_have_count(0)
