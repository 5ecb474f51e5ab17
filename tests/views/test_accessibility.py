"""Every screen can be used with a screen reader and by people who see little: axe finds no serious obstacle in it."""

import contextlib

import pytest
from playwright.sync_api import expect

from . import axe, steps
from .live import ROW, SHARED, World, row

#: Odoo's own, each of which it draws in the same way on all of its pages: what is around our screens,
FOREIGN = (
    ".o_main_navbar",
    # its search, the buttons beside it, and that which folds the panel of folders (pictures without a name),
    *(
        ".o_searchview",
        ".o_searchview_autocomplete",
        ".o_cp_switch_buttons",
        ".o_control_panel_navigation > .btn",
        ".o_search_panel > .btn",
    ),
    # the columns of each list for its boxes and for the choice of columns (boxes and a button without a name),
    *(".o_list_record_selector", ".o_optional_columns_dropdown"),
    # widgets: badges (white on its green), choices and tags (attributes that their roles do not have), boxes that only
    # show something (no label), avatars (no alternative text), the place in a list, shown for a moment (it fades),
    *(
        ".o_field_badge",
        ".o_field_selection",
        ".o_field_tags",
        "#boolean_checkbox",
        ".o-mail-Avatar",
        ".o_pager_indicator",
    ),
    # the editor's field for the size of letters (a frame without a title), and what is beside a document (pictures
    # without a name), and the tabs of a form and of the settings.
    *(".btn[name=font_size_selector]", ".o-mail-Chatter", ".o_notebook_headers", ".settings_tab"),
)
#: The same, but what is in them is ours: the panel of folders on a phone (a menu, in whose place is a tree), and the
#: entries of menus (which say that they are not selected).
AROUND = (".o_bottom_sheet_body", ".o_bottom_sheet_handle", ".o_search_panel .o-dropdown", ".o-dropdown-item")
#: Odoo's page says no language; and that a name be the text to the letter, with its commas, is an experimental rule.
OFF = ("html-has-lang", "label-content-name-mismatch")
WIDE = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with contextlib.ExitStack() as stack:
        yield World(stack, tmp_path_factory.mktemp("accessibility"))


class Looked:
    """What was found on each screen."""

    def __init__(self, page):
        self._page = page
        self._found = []

    def at(self, screen: str):
        """Look at the screen as it is now."""
        self._found += [f"{screen}: {one}" for one in axe.violations(self._page, FOREIGN, AROUND, OFF)]

    def end(self):
        assert not self._found, "\n" + "\n".join(self._found)


def test_reading_and_writing(world):
    with world.page("admin", **WIDE) as page:
        looked = Looked(page)
        expect(row(page, "Before 01")).to_be_visible()
        looked.at("inbox")
        row(page, "Before 01").click()
        expect(page.frame_locator(".o_inbox_reading_pane iframe").get_by_text("Good morning")).to_be_visible()
        looked.at("open conversation")
        page.locator(".o_searchview_input").fill("morning")
        # Enter takes what is offered, once it is.
        expect(page.locator(".o_searchview_autocomplete .focus")).to_contain_text("morning")
        looked.at("search")
        page.keyboard.press("Enter")
        expect(page.locator(".o_searchview_facet")).to_be_visible()
        looked.at("what was found")
        # Not into the field.
        page.locator("body").evaluate("() => document.activeElement?.blur()")
        page.keyboard.press("?")
        expect(page.locator(".o_inbox_help")).to_be_visible()
        looked.at("keys")
        page.keyboard.press("Escape")
        expect(page.locator(".o_inbox_help")).to_have_count(0)
        page.get_by_role("button", name="Accounts and settings").click()
        expect(page.locator(".o_inbox_menu")).to_be_visible()
        looked.at("accounts and settings")
        page.keyboard.press("Escape")
        pane = steps.compose(page)
        steps.address(pane, "to", "ada@customer.example")
        steps.address(pane, "cc", "ben@customer.example")
        steps.expect_chips(pane, "ben@customer.example", field="cc")
        looked.at("compose window")
        steps.saved(pane)
        pane.locator(".o_inbox_discard").click()
        expect(page.locator(".o_inbox_compose_window")).to_have_count(0)
        looked.end()


@pytest.mark.thorough
def test_folders_and_accounts(world):
    with world.page("admin", **WIDE) as page:
        looked = Looked(page)
        page.locator(".o_inbox_node").filter(has=page.get_by_text("Kunden", exact=True)).click()
        expect(row(page, "A client's")).to_be_visible()
        for entry in ("New folder", "Rename “Kunden”", "Delete “Kunden”"):
            page.locator(".o_cp_action_menus button").first.click()
            page.locator(".o_inbox_folder_item", has_text=entry).click()
            expect(page.locator(".modal footer button").first).to_be_visible()
            looked.at(entry)
            page.keyboard.press("Escape")
            expect(page.locator(".modal")).to_have_count(0)
        for name, path, shown in (
            ("accounts", "inbox-accounts", f"{ROW}:has-text('{SHARED}')"),
            ("account", f"inbox-accounts/{world.shared}", ".o_form_view div[name=email]"),
            ("new account", "inbox-accounts/new", ".o_form_view div[name=email]"),
            ("health", "inbox-health", ROW),
            ("quarantine", "inbox-quarantine", ".o_view_nocontent, .o_list_view"),
            ("settings", "settings#concord_inbox", "div[name=inbox_poll_seconds]"),
        ):
            page.goto(f"/odoo/{path}")
            if name == "settings":
                page.locator(".tab[data-key=concord_inbox]").click()
            expect(page.locator(shown).first).to_be_visible()
            looked.at(name)
        [(partner,)] = world.query("SELECT partner_id FROM res_users WHERE login = 'admin'")
        page.goto(f"/odoo/res.partner/{partner}")
        page.locator("a[name=inbox_emails]").click()
        expect(page.locator(".o_inbox_record_emails .o_list_view")).to_be_visible()
        looked.at("contact's emails")
        looked.end()


@pytest.mark.thorough
def test_on_a_phone(world):
    with world.page("shared", **PHONE) as page:
        looked = Looked(page)
        card = page.locator(".o_kanban_record", has_text="Before 01")
        expect(card).to_be_visible()
        looked.at("inbox")
        page.locator(".o_search_panel .o-dropdown").first.tap()
        expect(page.locator(".o_inbox_node", has_text="Kunden")).to_be_visible()
        looked.at("folders")
        page.locator(".o_inbox_node", has_text="Kunden").tap()
        page.locator(".o_kanban_record", has_text="A client's").tap()
        expect(page.frame_locator(".o_inbox_email iframe").get_by_text("Good morning")).to_be_visible()
        looked.at("open email")
        looked.end()
