"""The browser's part of `./dev/screenshots`: `python -m dev.pictures_browser URL`, while the demo is served there."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from dev import paths, programs

PICTURES = paths.ROOT / "docs" / "pictures"
DESKTOP = {"width": 1360, "height": 850}
PHONE = {"width": 390, "height": 844}


def main(url: str) -> int:
    """Take all pictures; the exit status."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    chromium = next(filter(None, (shutil.which(name, path=programs.SEARCH) for name in ("chromium", "google-chrome"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            # Root may not use the sandbox; there is no display; nothing is to be fetched from elsewhere.
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        try:
            page = browser.new_page(viewport=DESKTOP, locale="en-US", base_url=url)
            _log_in(page, "hanna")
            _inbox(page)
            _email(page)
            _contact(page)
            _account(page)
            phone = browser.new_page(viewport=PHONE, has_touch=True, locale="en-US", base_url=url)
            _log_in(phone, "hanna")
            _phone(phone)
        finally:
            browser.close()
    return 0


def _log_in(page: Page, user: str) -> None:
    page.goto("/web/login")
    page.fill("input[name=login]", user)
    page.fill("input[name=password]", user)
    page.click("button[type=submit]")
    page.wait_for_selector(".o_main_navbar")


def _open_app(page: Page, *entries: str) -> None:
    """Choose the app Inbox, then one entry of its menu after the other."""
    page.locator(".o_navbar_apps_menu button").click()
    page.locator(".o-dropdown--menu").get_by_role("menuitem", name="Inbox", exact=True).click()
    page.wait_for_selector(".o_data_row")
    for entry in entries:
        page.locator(".o_menu_sections").get_by_text(entry, exact=True).click()


def _id_of(page: Page, model: str, name: str) -> int:
    """The database id of the record of `model` that bears `name`."""
    call = {"model": model, "method": "search", "args": [[["name", "=", name]]], "kwargs": {"limit": 1}}
    answer = page.request.post(
        f"/web/dataset/call_kw/{model}/search", data={"jsonrpc": "2.0", "method": "call", "params": call}
    )
    return answer.json()["result"][0]


def _picture(page: Page, name: str) -> None:
    # The web client keeps a connection open, so the network is never idle: pictures and fonts are waited for instead.
    page.wait_for_function("[...document.images].every(image => image.complete) && document.fonts.status === 'loaded'")
    page.wait_for_timeout(1000)  # animations, and avatars that come late
    target = PICTURES / f"{name}.png"
    page.screenshot(path=target)
    print(target.relative_to(Path.cwd()) if target.is_relative_to(Path.cwd()) else target)


def _inbox(page: Page) -> None:
    _open_app(page)
    _picture(page, "inbox")


def _email(page: Page) -> None:
    page.locator(".o_data_row td.o_data_cell[name=subject]").first.click()
    page.wait_for_selector(".o_form_view iframe")
    _picture(page, "email")


def _contact(page: Page) -> None:
    page.goto(f"/odoo/res.partner/{_id_of(page, 'res.partner', 'Elin Sandberg')}")
    page.get_by_role("tab", name="Emails").click()
    page.wait_for_selector(".tab-pane.active .o_data_row")
    _picture(page, "contact")


def _account(page: Page) -> None:
    _open_app(page, "Manage accounts")
    page.wait_for_selector(".o_breadcrumb:has-text('accounts')")
    page.locator(".o_data_row td.o_data_cell", has_text="Hanna Lindqvist").first.click()
    page.wait_for_selector(".o_form_view")
    _picture(page, "account")


def _phone(page: Page) -> None:
    page.goto("/odoo/inbox")
    email = page.locator(".o_kanban_record:not(.o_kanban_ghost)").first
    email.wait_for()
    _picture(page, "inbox-phone")
    email.click()
    page.wait_for_selector(".o_form_view iframe")
    _picture(page, "email-phone")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
