"""The browser's part of `./dev/screenshots`: `python -m dev.pictures_browser URL`, while the demo is served there.

What the documents show goes to `docs/pictures/`; the same screens in other widths and colours, which somebody has to
look at before they are called good, to `.dev/pictures/`.
"""

import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from dev import mail_boxes, paths, programs

PICTURES = paths.ROOT / "docs" / "pictures"
LOOKED_AT = paths.DEV / "pictures"
DESKTOP = {"width": 1440, "height": 900}
TABLET = {"width": 1024, "height": 768}
PHONE = {"width": 390, "height": 844}
#: Milliseconds that a page is given; the machine may do much else.
PATIENCE = 60_000
INGRID = "Ingrid Solheim"


def main(url: str, *only: str) -> int:
    """Take all pictures, or those of the series named in `only`; the exit status."""
    expect.set_options(timeout=PATIENCE)
    for folder in (PICTURES, LOOKED_AT):
        folder.mkdir(parents=True, exist_ok=True)
    chromium = next(filter(None, (shutil.which(name, path=programs.SEARCH) for name in ("chromium", "google-chrome"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            # Root may not use the sandbox; there is no display; nothing is to be fetched from elsewhere.
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        try:
            for name in only or SERIES:
                user, options, work = SERIES[name]
                context = browser.new_context(locale="en-US", base_url=url, **options)
                context.set_default_timeout(PATIENCE)
                page = context.new_page()
                _log_in(page, user)
                work(page)
                context.close()
        finally:
            browser.close()
    return 0


def _desktop(page: Page) -> None:
    _inbox(page)
    _email(page)
    _compose(page)
    _search(page)
    _systray(page)
    _help(page)
    _palette(page)
    _contact(page)


def _accounts(page: Page) -> None:
    _account(page)
    _delete(page)
    _refused(page)


def _tablet(page: Page) -> None:
    _inbox(page, "-tablet")
    _email(page, "-tablet")
    _compose(page, "-tablet")
    _search(page, "-tablet")
    _systray(page, "-tablet")
    _contact(page, "-tablet")


def _dark(page: Page) -> None:
    _inbox(page, "-dark")
    _email(page, "-dark")


def _managing(page: Page) -> None:
    _administration(page)
    _signing_in(page)
    _connecting(page)


def _log_in(page: Page, user: str) -> None:
    page.goto("/web/login")
    page.fill("input[name=login]", user)
    page.fill("input[name=password]", user)
    page.click("button[type=submit]")
    page.wait_for_selector(".o_main_navbar")


def _open_app(page: Page, *entries: str) -> None:
    """The inbox, then one entry of its menu after the other."""
    # Loaded anew: rows of the view that the app's menu would replace might be taken for those of the next one.
    page.goto("/odoo/inbox")
    page.wait_for_selector(".o_data_row")
    for entry in entries:
        page.locator(".o_menu_sections").get_by_text(entry, exact=True).click()


def _call(page: Page, model: str, method: str, *args, **kwargs):
    """What a method of `model` returns to the user who is logged in."""
    call = {"model": model, "method": method, "args": args, "kwargs": kwargs}
    answer = page.request.post(
        f"/web/dataset/call_kw/{model}/{method}", data={"jsonrpc": "2.0", "method": "call", "params": call}
    )
    return answer.json()["result"]


def _id_of(page: Page, model: str, name: str) -> int:
    """The database id of the record of `model` that bears `name`."""
    return _call(page, model, "search", [["name", "=", name]], limit=1)[0]


def _picture(page: Page, name: str, suffix: str = "") -> None:
    # The web client keeps a connection open, so the network is never idle: pictures and fonts are waited for instead.
    # Those that are fetched once they come into view may never be.
    page.wait_for_function(
        "[...document.images].every((image) => image.complete || image.loading === 'lazy')"
        " && document.fonts.status === 'loaded'"
    )
    page.wait_for_timeout(1000)  # animations, and avatars that come late
    page.locator(".o_loading_indicator").wait_for(state="hidden")
    target = (LOOKED_AT if suffix else PICTURES) / f"{name}{suffix}.png"
    page.screenshot(path=target)
    print(target.relative_to(Path.cwd()) if target.is_relative_to(Path.cwd()) else target, flush=True)


def _inbox(page: Page, suffix: str = "") -> None:
    _open_app(page)
    _picture(page, "inbox", suffix)


def _open_email(page: Page, sender: str) -> None:
    page.locator(".o_data_row", has_text=sender).first.locator("td[name=subject]").click()
    page.wait_for_selector(".o_form_view iframe")


def _email(page: Page, suffix: str = "") -> None:
    """A conversation beside the list, with the customer beside it."""
    _open_app(page)
    _open_email(page, INGRID)
    page.wait_for_selector(".o_inbox_card")
    _picture(page, "email", suffix)
    head = page.locator(".o_inbox_card_head")
    if head.is_visible():
        head.click()
        _picture(page, "card", suffix or "-opened")


def _compose(page: Page, suffix: str = "") -> None:
    """An answer beside what is answered, and the times to send it at; nothing of it stays."""
    _open_app(page)
    _open_email(page, INGRID)
    page.locator(".o_inbox_answer").get_by_role("button", name="Reply", exact=True).click()
    written = page.locator(".o_inbox_written[contenteditable=true]")
    written.wait_for()
    written.press("Control+Home")
    written.press_sequentially("Dear Ingrid, we look forward to it. The samples will be there at half past nine.")
    page.wait_for_selector(".o_inbox_saving[data-state=saved]")
    _picture(page, "compose", suffix)
    page.locator(".o_inbox_send_more").click()
    page.wait_for_selector(".o_inbox_preset")
    _picture(page, "schedule", suffix)
    page.keyboard.press("Escape")
    page.locator(".o_inbox_discard").click()
    # Thrown away once it cannot be undone any more.
    page.locator(".o_notification").wait_for(state="detached")


def _search(page: Page, suffix: str = "") -> None:
    _open_app(page)
    page.locator(".o_searchview_input").fill("lamp -invoice newer_than:6m")
    page.wait_for_selector(".o_searchview_autocomplete")
    page.keyboard.press("Enter")
    page.wait_for_selector(".o_searchview_facet:has-text('newer_than')")
    page.wait_for_selector(".o_data_row mark")
    _picture(page, "search", suffix)


def _systray(page: Page, suffix: str = "") -> None:
    """News while one is elsewhere in Odoo."""
    page.goto("/odoo/crm")
    page.wait_for_selector(".o_kanban_record")
    page.locator(".o_inbox_systray").click()
    page.wait_for_selector(".o_inbox_systray_email")
    _picture(page, "systray", suffix)


def _help(page: Page) -> None:
    _open_app(page)
    page.locator(".o_data_row td[name=subject]").first.wait_for()
    page.keyboard.press("?")
    page.wait_for_selector(".o_inbox_help")
    _picture(page, "help")
    page.keyboard.press("Escape")
    page.locator(".modal").wait_for(state="detached")


def _palette(page: Page) -> None:
    _open_app(page)
    page.keyboard.press("Control+k")
    page.locator(".o_command_palette_search input").fill("inbox")
    page.wait_for_selector(".o_command:has-text('Go to folder')")
    _picture(page, "palette")
    page.keyboard.press("Escape")


def _contact(page: Page, suffix: str = "") -> None:
    page.goto(f"/odoo/res.partner/{_id_of(page, 'res.partner', 'Elin Sandberg')}")
    page.get_by_role("tab", name="Emails").click()
    page.wait_for_selector(".tab-pane.active .o_inbox_record_emails, .tab-pane.active .o_data_row")
    _picture(page, "contact", suffix)


def _account(page: Page) -> None:
    _open_app(page, "Manage accounts")
    page.wait_for_selector(".o_breadcrumb:has-text('accounts')")
    page.locator(".o_data_row td.o_data_cell", has_text="Hanna Lindqvist").first.click()
    page.wait_for_selector(".o_form_view")
    _picture(page, "account")


def _connecting(page: Page, suffix: str = "") -> None:
    """The steps of connecting: with a mailbox of the demo, by an account that is gone afterwards.

    Only an inbox manager reaches the demo's mail server, which is no public one.
    """
    names = ["email", "imap_host", "imap_port", "imap_encryption", "smtp_host", "smtp_port", "smtp_encryption"]
    [values] = _call(page, "inbox.account", "search_read", [["email", "like", "sales@"]], names, limit=1)
    del values["id"]
    values |= {"name": "Sales", "account_type": "shared", "password": mail_boxes.PASSWORD, "create_contact": True}
    [account] = _call(page, "inbox.account", "create", [{**values, "smtp_port": values["imap_port"]}])
    try:
        page.goto(f"/odoo/inbox-accounts/{account}")
        _press(page, "action_show_connection_test")
        page.wait_for_selector(".o_inbox_advice")
        _picture(page, f"connection-failed{suffix}")
        _call(page, "inbox.account", "write", [account], {"smtp_port": values["smtp_port"]})
        page.reload()
        _press(page, "action_show_connection_test")
        page.wait_for_selector(".modal .alert-success")
        _picture(page, f"connection-works{suffix}")
        page.locator(".modal-footer .btn-secondary").click()
        page.locator("div[name=folder_ids]").scroll_into_view_if_needed()
        _picture(page, f"folders{suffix}")
        page.locator(".o_content").first.evaluate("element => element.scrollTo(0, 0)")
        _press(page, "action_preview")
        page.wait_for_selector(".o_inbox_preview")
        _picture(page, f"preview{suffix}")
    finally:
        _call(page, "inbox.account", "unlink", [account])


def _press(page: Page, action: str) -> None:
    """Press a button of the form's header, which phones have in a menu."""
    button = page.locator(f"button[name={action}]:visible")
    page.wait_for_selector(".o_statusbar_buttons button")
    if not button.count():
        page.locator(".o_statusbar_buttons button[title=More]").click()
    button.first.click()


def _administration(page: Page) -> None:
    page.goto("/odoo/inbox-health")
    page.wait_for_selector(".o_data_row")
    _picture(page, "health")
    page.goto("/odoo/settings")
    page.locator(".tab[data-key=concord_inbox]").click()
    page.wait_for_selector("div[name=inbox_poll_seconds]")
    _picture(page, "settings")


def _signing_in(page: Page) -> None:
    """The first step of an account at Google, which is gone afterwards."""
    values = {"name": "Gmail", "email": "northlight.studio@gmail.com", "connection_type": "gmail"}
    [account] = _call(page, "inbox.account", "create", [{**values, "account_type": "shared"}])
    try:
        page.goto(f"/odoo/inbox-accounts/{account}")
        page.locator(".o_inbox_google").wait_for()
        _picture(page, "sign-in")
    finally:
        _call(page, "inbox.account", "unlink", [account])


def _delete(page: Page) -> None:
    page.locator("button[name=action_delete]").click()
    page.wait_for_selector(".modal div[name=email_count]")
    _picture(page, "delete")
    page.locator(".modal").get_by_role("button", name="Discard").click()
    page.locator(".modal").wait_for(state="detached")


def _refused(page: Page) -> None:
    """The account that is open gets a password that the server refuses, and its own again."""
    _reconnectable(page, "not the password")
    with page.expect_response(re.compile("action_sync_now")):
        page.locator("button[name=action_sync_now]").click()
    _open_app(page)
    page.wait_for_selector(".o_inbox_attention .alert")
    _picture(page, "banner")
    page.locator(".o_inbox_attention").get_by_role("button", name="Re-Connect").click()
    _reconnectable(page, mail_boxes.PASSWORD)
    page.locator("button[name=action_connect]:visible").click()
    page.wait_for_selector(".o_arrow_button_current:has-text('Connected')")


def _reconnectable(page: Page, password: str) -> None:
    """Enter and save `password` on the form that is open."""
    page.locator("div[name=password] input").fill(password)
    page.locator(".o_form_button_save").click()
    page.wait_for_selector(".o_form_view .o_form_saved")


def _phone(page: Page) -> None:
    page.goto("/odoo/inbox")
    email = page.locator(".o_kanban_record:not(.o_kanban_ghost)").first
    email.wait_for()
    _picture(page, "inbox-phone")
    page.locator(".o_inbox_compose").click()
    page.wait_for_selector(".o_inbox_written[contenteditable=true]")
    _picture(page, "compose-phone")
    page.locator(".o_inbox_close").click()
    page.locator(".o_kanban_record", has_text=INGRID).first.click()
    page.wait_for_selector(".o_form_view iframe")
    _picture(page, "email-phone")
    page.goto("/odoo/crm")
    page.wait_for_selector(".o_kanban_record")
    page.locator(".o_inbox_systray").click()
    page.wait_for_selector(".o_inbox_systray_email")
    _picture(page, "systray", "-phone")
    page.goto(f"/odoo/res.partner/{_id_of(page, 'res.partner', 'Elin Sandberg')}")
    page.get_by_role("tab", name="Emails").click()
    _picture(page, "contact", "-phone")


#: Name -> (whose screens, what the browser is like, what is photographed).
SERIES = {
    "desktop": ("hanna", {"viewport": DESKTOP}, _desktop),
    "dark": ("hanna", {"viewport": DESKTOP, "color_scheme": "dark"}, _dark),
    "tablet": ("hanna", {"viewport": TABLET}, _tablet),
    "phone": ("hanna", {"viewport": PHONE, "has_touch": True}, _phone),
    "managing": ("admin", {"viewport": DESKTOP}, _managing),
    "accounts": ("hanna", {"viewport": DESKTOP}, _accounts),
}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
