"""`./dev/screenshots`: the pictures in docs/, taken from the running product with the demo's emails."""

import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from . import paths, serve, steps

PICTURES = paths.ROOT / "docs" / "pictures"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
USER = "hanna"


def main(arguments: list[str]) -> int:
    """Serve the demo and take all pictures into docs/pictures, or into the folder given; the exit status."""
    folder = Path(arguments[0]) if arguments else PICTURES
    folder.mkdir(parents=True, exist_ok=True)
    return serve.main(["--for", "screenshots"], lambda url: take(url, folder))


def take(url: str, folder: Path) -> None:
    """Take all pictures from the demo served at `url`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        for name, viewport in (("", DESKTOP), ("-phone", PHONE)):
            page = _logged_in(browser, url, viewport)
            for title, shoot in _SHOTS.items():
                shoot(page, url)
                # Odoo's transitions, and pictures inside of emails.
                page.wait_for_timeout(800)
                page.screenshot(path=folder / f"{title}{name}.png")
                steps.say(f"Took {title}{name}.png")
            page.close()
        browser.close()


def _logged_in(browser: Browser, url: str, viewport: dict) -> Page:
    page = browser.new_page(viewport=viewport)
    page.goto(f"{url}/web/login")
    page.fill("input[name=login]", USER)
    page.fill("input[name=password]", USER)
    page.click("button[type=submit]")
    page.wait_for_selector(".o_main_navbar", timeout=120_000)
    return page


def _inbox(page: Page, url: str) -> None:
    page.goto(f"{url}/odoo/inbox")
    page.wait_for_selector(".o_data_row, .o_kanban_record:not(.o_kanban_ghost)")


def _email(page: Page, url: str) -> None:
    _inbox(page, url)
    page.locator(".o_data_row td[name=subject], .o_kanban_record:not(.o_kanban_ghost)").first.click()
    page.wait_for_selector(".o_inbox_frame")


def _accounts(page: Page, url: str) -> None:
    page.goto(f"{url}/odoo/inbox-accounts")
    page.wait_for_selector(".o_data_row, .o_kanban_record:not(.o_kanban_ghost)")


def _account(page: Page, url: str) -> None:
    _accounts(page, url)
    page.locator(".o_data_row td[name=email], .o_kanban_record:not(.o_kanban_ghost)").first.click()
    page.wait_for_selector(".o_form_view")


def _contact(page: Page, url: str) -> None:
    page.goto(f"{url}/odoo/contacts?debug=0")
    page.wait_for_selector(".o_kanban_record:not(.o_kanban_ghost)")
    page.fill(".o_searchview_input", "Aurora")
    page.keyboard.press("Enter")
    page.wait_for_timeout(1000)
    page.locator(".o_kanban_record:not(.o_kanban_ghost)").first.click()
    page.wait_for_selector(".o_form_view")
    page.locator("a[name=inbox_emails]").click()
    page.wait_for_selector("[name=inbox_message_ids] .o_data_row, [name=inbox_message_ids] .o_kanban_record")


_SHOTS: dict[str, Callable[[Page, str], None]] = {
    "inbox": _inbox,
    "email": _email,
    "accounts": _accounts,
    "account": _account,
    "contact": _contact,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
