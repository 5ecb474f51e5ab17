"""The three panes in a real browser, upon real processes: Dovecot, Odoo with its slots, `odoo inbox_watch`."""

import contextlib
import re

import pytest
from odoo.addons.concord_inbox import mime
from playwright.sync_api import expect

from dev.ports import free_port
from tests.sync.common import ago, email

from .live import PERSONAL, ROW, SHARED, World, row
from .steps import SOON, eventually, fits, search

OPENED = ".o_inbox_reading_pane"
EMAIL = ".o_inbox_email"
#: A library that Debian's package lacks, and a remark of the browser about how Odoo's own wiping works.
NOT_OURS = ("selfie_segmentation", "Ignored attempt to cancel a touchmove")
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


#: Emails that are not yet as the mail server has them after a test.
NOT_AS_AT_FIRST = """
    SELECT message.id FROM inbox_message message WHERE orphaned_at IS NULL
       AND (is_read OR is_starred OR is_changed OR NOT EXISTS (
            SELECT 1 FROM inbox_message_folder_rel rel JOIN inbox_folder folder ON folder.id = rel.folder_id
             WHERE rel.message_id = message.id AND folder.path IN ('INBOX', 'Kunden')))
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with contextlib.ExitStack() as stack:
        yield World(stack, tmp_path_factory.mktemp("panes"))


@pytest.fixture(autouse=True)
def as_at_first(world):
    """Everything in the inbox, unread and without a star; the settings as they come."""
    yield
    # What the test did last may be on its way still, shown before it was done: then it comes after this, which is to be
    # done once more.
    for patience in (10, 20, 60):
        eventually(lambda: not world.query("SELECT 1 FROM inbox_message WHERE is_changed AND NOT is_deleted"))
        put_back(world)
        with contextlib.suppress(AssertionError):
            # Otherwise rows would move while the next test counts them.
            eventually(lambda: not world.query(NOT_AS_AT_FIRST), seconds=patience)
            return
    raise AssertionError(world.query(NOT_AS_AT_FIRST))


def put_back(world):
    """As another mail program does it."""
    for user in (SHARED, PERSONAL):
        client = world.server.client(user)
        for _flags, _delimiter, name in client.list_folders():
            client.select_folder(name)
            if uids := client.search():
                client.remove_flags(uids, ["\\Seen", "\\Flagged"])
                if name not in ("INBOX", "Kunden"):
                    client.move(uids, "INBOX")
        client.shutdown()
    world.change("DELETE FROM res_users_settings")


@contextlib.contextmanager
def inbox(world, login="shared", url="/odoo/inbox", **options):
    """The inbox in a browser in which nothing goes wrong unnoticed."""
    options.setdefault("viewport", {"width": 1440, "height": 900})
    with world.page(login, url, allowed=NOT_OURS, **options) as page:
        yield page


def prefer(world, login, **settings):
    """Set what `login` likes, as another browser of the same user does."""
    with world.page(login) as page:
        for name, value in settings.items():
            page.evaluate(
                "([name, value]) => odoo.loader.modules.get('@web/core/user').user.setUserSettings(name, value)",
                [f"inbox_{name}", value],
            )


def on_server(world, subject, user=SHARED):
    """Folder -> the flags of the email with this subject, as the mail server has it."""
    client = world.server.client(user)
    found = {}
    for _flags, _delimiter, name in client.list_folders():
        client.select_folder(name, readonly=True)
        for uid in client.search(["SUBJECT", subject]):
            found[name] = {flag.decode() for flag in client.get_flags([uid])[uid]} - {"\\Recent"}
    client.shutdown()
    return found


def node(page, name):
    return page.locator(".o_inbox_node").filter(has=page.get_by_text(name, exact=True))


def unread(page):
    counter = page.locator(".o_search_panel .active .o_search_panel_counter")
    expect(counter).to_have_text(re.compile(r"^\d+$"))
    return int(counter.text_content())


def notification(page, text):
    return page.locator(".o_notification", has_text=text)


def undo(page):
    page.locator(".o_notification").get_by_role("button", name="Undo").last.click()


def select_page(page):
    """Tick all rows that are shown; a list that is loading anew would untick them."""
    box = page.locator("thead .o_list_record_selector input")
    button = page.get_by_role("button", name="Mark as read").first

    def is_selected():
        if not box.is_checked():
            box.click()
        return button.is_visible()

    eventually(is_selected)


def press(page, *keys):
    page.locator("body").evaluate("() => document.activeElement?.blur()")
    for key in keys:
        page.keyboard.press(key)


def test_reading_marks_as_read_and_closes_nothing(world):
    with inbox(world) as page:
        expect(row(page, "Before 01")).to_have_class(re.compile("fw-bold"), timeout=SOON)
        before = unread(page)
        row(page, "Before 01").click()
        expect(page.frame_locator(f"{OPENED} iframe").get_by_text("Good morning")).to_be_visible(timeout=SOON)
        expect(row(page, "Before 01")).to_have_attribute("aria-current", "true")
        expect(row(page, "Before 01")).not_to_have_class(re.compile("fw-bold"), timeout=SOON)
        expect(page.locator(".o_search_panel .active .o_search_panel_counter")).to_have_text(
            str(before - 1), timeout=SOON
        )
        eventually(lambda: on_server(world, "Before 01"), {"INBOX": {"\\Seen"}})
        # Whoever marks it as unread means it, though it is still open.
        page.locator(OPENED).get_by_role("button", name="Mark as unread").click()
        expect(row(page, "Before 01")).to_have_class(re.compile("fw-bold"), timeout=SOON)
        eventually(lambda: on_server(world, "Before 01"), {"INBOX": set()})
        expect(row(page, "Before 01")).to_have_class(re.compile("fw-bold"))


def test_without_an_account(world):
    # Out of this user's sight.
    world.change("UPDATE inbox_account SET account_type = 'personal', user_id = 2 WHERE id = %s", world.shared)
    try:
        with inbox(world) as page:
            expect(page.locator(".o_view_nocontent")).to_contain_text("Connect your first account", timeout=SOON)
            page.locator(".o_view_nocontent a").click()
            expect(page.locator("div[name=email] input")).to_be_visible(timeout=SOON)
    finally:
        world.change("UPDATE inbox_account SET account_type = 'shared', user_id = NULL WHERE id = %s", world.shared)


def test_read_only_when_i_say_so(world):
    prefer(world, "shared", mark_read="never")
    with inbox(world) as page:
        row(page, "Before 01").click()
        expect(page.locator(f"{OPENED} {EMAIL}")).to_be_visible(timeout=SOON)
        page.wait_for_timeout(3000)
        expect(row(page, "Before 01")).to_have_class(re.compile("fw-bold"))
        page.locator(OPENED).get_by_role("button", name="Mark as read").click()
        expect(row(page, "Before 01")).not_to_have_class(re.compile("fw-bold"), timeout=SOON)
        eventually(lambda: on_server(world, "Before 01"), {"INBOX": {"\\Seen"}})


def test_a_star_is_seen_at_once_and_by_others(world):
    with inbox(world) as page, inbox(world, "other") as other:
        expect(row(other, "Before 02")).to_be_visible(timeout=SOON)
        row(page, "Before 02").get_by_role("button", name="Star").click()
        expect(row(page, "Before 02").locator(".fa-star")).to_be_visible()
        expect(row(other, "Before 02").locator(".fa-star")).to_be_visible(timeout=SOON)
        eventually(lambda: on_server(world, "Before 02"), {"INBOX": {"\\Flagged"}})
        node(other, "Starred").click()
        expect(other.locator(".o_data_row")).to_have_count(1, timeout=SOON)


def test_dragging_onto_a_folder(world):
    with inbox(world) as page:
        for subject in ("Before 01", "Before 03"):
            row(page, subject).hover()
            row(page, subject).locator(".o_list_record_selector input").check()
        row(page, "Before 03").drag_to(node(page, "Kunden"))
        expect(notification(page, "2 emails moved to “Kunden”")).to_be_visible(timeout=SOON)
        expect(row(page, "Before 01")).to_have_count(0)
        eventually(lambda: list(on_server(world, "Before 03")), ["Kunden"])
        undo(page)
        expect(row(page, "Before 01")).to_be_visible(timeout=SOON)
        eventually(lambda: list(on_server(world, "Before 03")), ["INBOX"])
        # An account is no folder.
        row(page, "Before 04").drag_to(node(page, SHARED))
        expect(row(page, "Before 04")).to_be_visible()


def test_the_button_that_moves(world):
    with inbox(world) as page:
        # From one to another with shift: those between as well.
        for subject, modifiers in (("Before 05", []), ("Before 08", ["Shift"])):
            row(page, subject).hover()
            row(page, subject).locator(".o_list_record_selector input").click(modifiers=modifiers)
        expect(page.locator(".o_data_row_selected")).to_have_count(4)
        expect(page.locator(".o_data_row_selected", has_text=re.compile("Before 0[5678]"))).to_have_count(4)
        page.get_by_role("button", name="Move to…").click()
        # All folders are there from the start: nothing is being replaced.
        page.locator(".o_command", has_text="Kunden").click()
        expect(row(page, "Before 05")).to_have_count(0)
        expect(notification(page, "4 emails moved to “Kunden”")).to_be_visible()
        undo(page)
        expect(row(page, "Before 06")).to_be_visible()


def test_what_was_found_is_marked(world):
    world.deliver(SHARED, email("A würfel of glass", message_id="<found@x>", body="Its price? The WURFEL costs seven."))
    with inbox(world) as page:
        expect(row(page, "würfel")).to_be_visible()
        expect(page.locator(".o_data_row mark")).to_have_count(0)
        search(page, "wurf")
        expect(page.locator(".o_data_row")).to_have_count(1)
        expect(row(page, "of glass").locator(".o_inbox_subject_text mark")).to_have_text("würfel")
        expect(row(page, "of glass").locator(".o_inbox_snippet mark")).to_have_text("WURFEL")
        row(page, "of glass").click()
        frame = page.frame_locator(f"{OPENED} iframe")
        expect(frame.locator("mark")).to_have_text("WURFEL")
        page.locator(".o_facet_remove").click()
        expect(row(page, "Before 01")).to_be_visible()
        expect(page.locator(".o_data_row mark")).to_have_count(0)
        # Whatever is opened next was not searched for.
        row(page, "of glass").click()
        expect(frame.get_by_text("costs seven")).to_be_visible()
        expect(frame.locator("mark")).to_have_count(0)


def test_many_at_once_and_undo(world):
    for number in range(45):
        world.deliver(SHARED, email(f"Many {number:02}", message_id=f"<many{number}@x>", date=ago(days=2)))
    eventually(lambda: len(world.query("SELECT 1 FROM inbox_message WHERE starts_with(subject, 'Many ')")) == 45)
    [(total,)] = world.query(
        """SELECT count(DISTINCT conversation_id) FROM inbox_message message
             JOIN inbox_message_folder_rel rel ON rel.message_id = message.id
             JOIN inbox_folder folder ON folder.id = rel.folder_id
            WHERE folder.path = 'INBOX' AND folder.account_id = %s""",
        world.shared,
    )
    with inbox(world) as page:
        expect(page.locator(".o_pager_limit")).to_have_text(str(total), timeout=SOON)
        select_page(page)
        page.locator(".o_select_domain, .o_list_select_domain").first.click()
        requests = []
        page.on("request", lambda request: requests.append(1) if "bulk_apply" in request.url else None)
        page.get_by_role("button", name="Archive", exact=True).first.click()
        expect(notification(page, f"{total} emails moved to “Archive”")).to_be_visible(timeout=SOON)
        expect(page.locator(".o_view_nocontent")).to_contain_text("Inbox zero", timeout=SOON)
        assert len(requests) == 1
        undo(page)
        expect(page.locator(".o_pager_limit")).to_have_text(str(total), timeout=SOON)
        select_page(page)
        page.get_by_role("button", name="Mark as read").first.click()
        expect(notification(page, "40 emails marked as read")).to_be_visible(timeout=SOON)
        undo(page)
        expect(page.locator(".o_data_row.fw-bold")).to_have_count(40, timeout=SOON)


def test_a_conversation(world):
    first = email("Stairs", message_id="<stairs1@x>", body="How many steps?", date=ago(seconds=3))
    second = email("Re: Stairs", message_id="<stairs2@x>", sender="Bob Builder <bob@else.example>", body="Seventeen.",
                   headers=["References: <stairs1@x>"], date=ago(seconds=2))  # fmt: skip
    world.deliver(SHARED, first, second)
    with inbox(world) as page:
        line = row(page, "Stairs")
        expect(line).to_have_count(1, timeout=SOON)
        expect(line.locator(".o_inbox_people")).to_contain_text("Ada Customer, Bob Builder", timeout=SOON)
        expect(line.locator(".o_inbox_count")).to_have_text("2")
        line.click()
        # Both are unread, so both are open.
        expect(page.locator(f"{OPENED} .o_inbox_email_open")).to_have_count(2, timeout=SOON)
        marked = page.locator(f"{OPENED} {EMAIL}").nth(1).frame_locator("iframe").locator("body")
        expect(marked).to_contain_text("Seventeen", timeout=SOON)
        marked.evaluate("element => { element.dataset.mark = 'same'; }")
        third = email("Re: Stairs", message_id="<stairs3@x>", body="Thank you!",
                      headers=["In-Reply-To: <stairs2@x>"])  # fmt: skip
        world.deliver(SHARED, third)
        expect(page.locator(f"{OPENED} {EMAIL}")).to_have_count(3, timeout=SOON)
        expect(row(page, "Stairs").locator(".o_inbox_count")).to_have_text("3", timeout=SOON)
        expect(marked).to_have_attribute("data-mark", "same")
        # The one that just came is read in a moment, too.
        expect(row(page, "Stairs")).not_to_have_class(re.compile("fw-bold"), timeout=SOON)
    with inbox(world) as page:
        eventually(lambda: on_server(world, "Stairs"), {"INBOX": {"\\Seen"}})
        row(page, "Stairs").click()
        # Read before: the newest is open.
        expect(page.locator(f"{OPENED} .o_inbox_email_open")).to_have_count(1, timeout=SOON)
        older = page.locator(f"{OPENED} {EMAIL} header").first
        expect(older).to_have_attribute("aria-expanded", "false")
        older.press("Enter")
        expect(page.locator(f"{OPENED} .o_inbox_email_open")).to_have_count(2)
        expect(page.locator(f"{OPENED} {EMAIL}").first.frame_locator("iframe").get_by_text("How many")).to_be_visible()
        page.get_by_role("button", name="Accounts and settings").click()
        page.get_by_role("menuitemcheckbox", name="Group into conversations").click()
        expect(row(page, "Stairs")).to_have_count(3, timeout=SOON)
    # It is remembered.
    with inbox(world) as page:
        expect(row(page, "Stairs")).to_have_count(3, timeout=SOON)


def test_the_keys(world):
    with inbox(world) as page:
        rows = page.locator(".o_data_row")
        expect(rows.first).to_be_visible(timeout=SOON)
        subjects = [rows.nth(at).locator(".o_inbox_subject_text").text_content() for at in range(4)]
        cursor = page.locator(".o_inbox_cursor .o_inbox_subject_text")
        press(page, "j")
        expect(cursor).to_have_text(subjects[0])
        press(page, "j")
        expect(cursor).to_have_text(subjects[1])
        press(page, "k", "o")
        expect(page.locator(f"{OPENED} h2")).to_contain_text(subjects[0], timeout=SOON)
        press(page, "j")
        expect(page.locator(f"{OPENED} h2")).to_contain_text(subjects[1], timeout=SOON)
        # Also for whoever has clicked into the text.
        page.frame_locator(f"{OPENED} iframe").locator("body").click()
        page.keyboard.press("s")
        expect(page.locator(".o_inbox_cursor .fa-star")).to_be_visible(timeout=SOON)
        press(page, "e")
        expect(notification(page, "Email moved to “Archive”")).to_be_visible(timeout=SOON)
        expect(page.locator(f"{OPENED} h2")).to_contain_text(subjects[2], timeout=SOON)
        undo(page)
        expect(row(page, subjects[1])).to_have_count(1, timeout=SOON)
        press(page, "u")
        expect(page.locator(f"{OPENED} {EMAIL}")).to_have_count(0)
        press(page, "x")
        expect(page.locator(".o_data_row_selected")).to_have_count(1)
        press(page, "Shift+I")
        expect(page.locator(".o_data_row_selected")).not_to_have_class(re.compile("fw-bold"), timeout=SOON)
        press(page, "Shift+U")
        expect(page.locator(".o_data_row_selected")).to_have_class(re.compile("fw-bold"), timeout=SOON)
        press(page, "#")
        expect(notification(page, "Email moved to “Trash”")).to_be_visible(timeout=SOON)
        undo(page)
        expect(row(page, subjects[2])).to_have_count(1, timeout=SOON)
        press(page, "?")
        expect(page.locator(".o_inbox_help")).to_contain_text("Next conversation")
        page.keyboard.press("Escape")
        expect(page.locator(".o_inbox_help")).to_have_count(0)
        press(page, "g", "s")
        expect(page.locator(".o_search_panel .active")).to_contain_text("Starred", timeout=SOON)
        press(page, "g", "a")
        expect(page.locator(".o_search_panel .active")).to_contain_text("All inboxes", timeout=SOON)
        press(page, "g", "i")
        expect(page.locator(".o_search_panel .active")).to_contain_text("Inbox", timeout=SOON)
        press(page, "/")
        expect(page.locator(".o_searchview_input")).to_be_focused()
        # Whoever types means letters.
        page.keyboard.type("xje")
        expect(page.locator(".o_searchview_input")).to_have_value("xje")
        expect(page.locator(".o_data_row_selected")).to_have_count(0)
        page.keyboard.press("Escape")


def test_moving_by_the_keyboard_alone(world):
    # The newest, in no conversation with others.
    world.deliver(SHARED, email("By keys", message_id="<keys@x>", date=ago(seconds=-60)))
    with inbox(world) as page:
        expect(page.locator(".o_data_row").first).to_contain_text("By keys")
        # Nor is anything else done first: the keys are for the emails as soon as these are there.
        page.keyboard.press("j")
        expect(page.locator(".o_inbox_cursor")).to_contain_text("By keys")
        page.keyboard.press("v")
        # Nobody waits for the palette: what is typed before it is there is for it, and archives nothing ("e").
        page.keyboard.type("kunden")
        expect(page.locator(".o_command").first).to_contain_text("Kunden")
        expect(page.locator(".o_command_palette input").first).to_have_value("kunden")
        page.keyboard.press("Enter")
        expect(notification(page, "Email moved to “Kunden”")).to_be_visible()
        eventually(lambda: list(on_server(world, "By keys")), ["Kunden"])
        undo(page)
        expect(row(page, "By keys")).to_be_visible()


def test_folding_by_the_keyboard_alone(world):
    with inbox(world) as page:
        expect(row(page, "Before 01")).to_be_visible(timeout=SOON)
        inbox_node = page.locator(".o_inbox_node.active")
        inbox_node.focus()
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowLeft")
        expect(page.locator(".o_inbox_account_node")).to_have_attribute("aria-expanded", "false")
        expect(node(page, "Kunden")).to_have_count(0)
    # What is folded stays so, but for where one is.
    with inbox(world) as page:
        node(page, "All inboxes").click()
        page.reload()
        expect(page.locator(".o_inbox_account_node")).to_be_visible(timeout=SOON)


def test_the_command_palette(world):
    with inbox(world, url="/odoo/inbox-accounts") as page:
        page.keyboard.press("Control+k")
        page.locator(".o_command_palette input").fill("Kunden")
        # What is found replaces the whole list, and a click on a line that is being replaced is nobody's.
        found = page.locator(".o_command", has_text="Go to folder")
        expect(found).to_have_count(1)
        found.click()
        expect(page.locator(".o_search_panel .active")).to_contain_text("Kunden", timeout=SOON)
        expect(row(page, "A client's")).to_be_visible(timeout=SOON)
        page.wait_for_url(re.compile(r"/odoo/inbox(\?|$)"))
        page.keyboard.press("Control+k")
        page.locator(".o_command_palette input").fill("Synchronise email")
        expect(page.locator(".o_command")).to_have_count(1)
        page.locator(".o_command", has_text="Synchronise email now").click()
        expect(notification(page, "Synchronising")).to_be_visible(timeout=SOON)


#: How much lighter the text of a page is than what is behind it: negative for dark on light.
LIGHTER = """() => {
    const light = (color) => color.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3;
    const { color, backgroundColor } = getComputedStyle(document.body);
    return light(color) - light(backgroundColor);
}"""


def test_the_dark_mode_of_an_email(world):
    """One with colours of its own stays on white paper; one without follows what is around it."""
    labels = mime.Labels("Show quoted text", "Show signature", "leads to %s")
    shown = {
        "plain": mime.document("", "Hello\n\nOn Monday, Ben wrote:\n> old", {}, False, labels=labels),
        "html": mime.document(mime.sanitize("<p>Hello</p>"), "", {}, False, labels=labels),
        "coloured": mime.document(mime.sanitize("<p style='color:#333'>Hello</p>"), "", {}, False, labels=labels),
    }
    for scheme, lighter in (("dark", {"plain", "html"}), ("light", set())):
        context = world.browser.new_context(color_scheme=scheme)
        page = context.new_page()
        for name, document in shown.items():
            page.set_content(document)
            contrast = page.evaluate(LIGHTER)
            assert abs(contrast) > 180, (scheme, name, contrast)
            assert (contrast > 0) == (name in lighter), (scheme, name, contrast)
        context.close()


def test_size_and_place_of_the_pane_are_remembered(world):
    with inbox(world) as page:
        line = page.get_by_role("separator", name="Size of the list")
        expect(line).to_be_visible(timeout=SOON)
        box = line.bounding_box()
        with page.expect_response(re.compile("set_res_users_settings")):
            page.mouse.move(box["x"], 400)
            page.mouse.down()
            page.mouse.move(box["x"] + 150, 400, steps=4)
            page.mouse.up()
        eventually(lambda: abs(line.bounding_box()["x"] - box["x"] - 150) < 15)
        moved = line.bounding_box()["x"]
    with inbox(world) as page:
        line = page.get_by_role("separator", name="Size of the list")
        expect(line).to_be_visible(timeout=SOON)
        eventually(lambda: abs(line.bounding_box()["x"] - moved) < 8)
        page.get_by_role("button", name="Accounts and settings").click()
        with page.expect_response(re.compile("set_res_users_settings")):
            page.get_by_role("menuitemradio", name="Reading pane below").click()
        expect(line).to_have_attribute("aria-orientation", "horizontal")
        row(page, "Before 01").click()
        expect(page.locator(f"{OPENED} {EMAIL}")).to_be_visible(timeout=SOON)
    with inbox(world) as page:
        expect(page.locator(".o_inbox_area_below")).to_be_visible(timeout=SOON)
        page.get_by_role("button", name="Accounts and settings").click()
        page.get_by_role("menuitemradio", name="No reading pane").click()
        row(page, "Before 01").click()
        expect(page.locator(f".o_form_view {EMAIL}")).to_be_visible(timeout=SOON)
        expect(page.locator(OPENED)).to_have_count(0)
        press(page, "u")
        expect(row(page, "Before 01")).to_be_visible(timeout=SOON)


def test_the_settings_form(world):
    with inbox(world) as page:
        page.get_by_role("button", name="Accounts and settings").click()
        page.get_by_role("menuitem", name="Settings", exact=True).click()
        page.locator(".modal").get_by_label("Single emails").check()
        page.locator(".modal").get_by_label("Below").check()
        page.locator(".modal .o_form_button_save").click()
        expect(page.locator(".modal")).to_have_count(0, timeout=SOON)
        expect(page.locator(".o_inbox_area_below")).to_be_visible(timeout=SOON)
        page.get_by_role("button", name="Accounts and settings").click()
        page.locator(".o_inbox_menu").get_by_role("menuitem", name="Manage accounts").click()
        # Where the menu was there is a column's name now, and what it means would cover the first row.
        page.mouse.move(0, 0)
        page.locator(".o_data_row", has_text=SHARED).locator("td[name=email]").click()
        # From an account to its emails, under the address of the inbox.
        page.locator(".oe_stat_button", has_text="Emails").click()
        expect(row(page, "Before 01")).to_be_visible()
        expect(page.locator(".o_search_panel .active")).to_contain_text(SHARED)
        page.wait_for_url(re.compile(r"/inbox(\?|$)"))


def swipe(page, locator, by):
    """A finger that moves sideways over an element, once that stands still."""
    locator.tap(trial=True)
    box = locator.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)

    def touch(kind, *points):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at, "y": y} for at in points]})

    touch("touchStart", x)
    for step in range(1, 9):
        touch("touchMove", x + by * step / 8)
    touch("touchEnd")


def test_on_a_phone(world):
    with inbox(world, **PHONE) as page:
        card = page.locator(".o_kanban_record", has_text="Before 01")
        expect(card).to_be_visible(timeout=SOON)
        fits(page, 360)
        swipe(page, card, 170)
        expect(notification(page, "moved to “Archive”")).to_be_visible(timeout=SOON)
        expect(card).to_have_count(0)
        undo(page)
        expect(card).to_be_visible(timeout=SOON)
        swipe(page, card, -170)
        expect(notification(page, "moved to “Trash”")).to_be_visible(timeout=SOON)
        undo(page)
        expect(card).to_be_visible(timeout=SOON)
        card.tap()
        expect(page.frame_locator(f"{EMAIL} iframe").get_by_text("Good morning")).to_be_visible(timeout=SOON)
        fits(page, 360)
        page.locator(
            ".o_back_button, .o_breadcrumb_back, .breadcrumb-item a, .o_mobile_sticky .oi-arrow-left"
        ).first.click()
        expect(card).to_be_visible(timeout=SOON)
        page.locator(".o_search_panel .o-dropdown").first.tap()
        page.locator(".o_inbox_node", has_text="Kunden").tap()
        expect(page.locator(".o_kanban_record", has_text="A client's")).to_be_visible(timeout=SOON)


def test_the_address_of_an_email(world):
    with inbox(world) as page:
        row(page, "Before 07").click()
        page.wait_for_url(re.compile(r"email=\d+"))
        address = page.url
        page.reload()
        expect(page.locator(f"{OPENED} h2")).to_contain_text("Before 07")
        expect(row(page, "Before 07")).to_have_attribute("aria-current", "true")
        press(page, "u")
        page.wait_for_url(re.compile(r"/odoo/inbox$"))
        # One that lies elsewhere is shown where it lies.
        node(page, "Kunden").click()
        row(page, "A client's").click()
        page.wait_for_url(re.compile(r"email=\d+"))
        elsewhere = page.url
    with inbox(world, "other", elsewhere) as page:
        expect(page.locator(f"{OPENED} h2")).to_contain_text("A client's")
        expect(page.locator(".o_search_panel .active")).to_contain_text("Kunden")
    with inbox(world, "other", elsewhere, **PHONE) as page:
        expect(page.locator(".o_form_view h2")).to_contain_text("A client's")
    # Somebody who does not see the account.
    with inbox(world, "personal", address) as page:
        expect(page.locator(".modal")).to_contain_text("You cannot read this email")
        page.locator(".modal").get_by_role("button").last.click()
        expect(page.locator(EMAIL)).to_have_count(0)
        page.wait_for_url(re.compile(r"^(?!.*email=)"))
        # The address that it has where it fills the page; and one that nobody has.
        filling = re.sub(r"\?email=", "/", address)
        for lost in (filling, re.sub(r"\d+$", "987654321", filling)):
            page.goto(lost)
            expect(page.locator(".modal")).to_contain_text("You cannot read this email")
            page.locator(".modal").get_by_role("button").last.click()
            expect(page.locator(".modal")).to_have_count(0)
            page.wait_for_url(re.compile(r"/odoo/inbox$"))
            expect(page.locator(ROW).first).to_be_visible()


def test_an_account_that_was_lost_is_not_seen_again(world):
    with inbox(world) as page:
        expect(row(page, "Before 01")).to_be_visible()
        world.change("UPDATE inbox_account SET account_type = 'personal', user_id = 2 WHERE id = %s", world.shared)
        try:
            # Whatever the page shows, for however short a time.
            page.add_init_script(
                """window.seen = "";
                new MutationObserver(() => { window.seen += document.body?.innerText || ""; })
                    .observe(document, {childList: true, subtree: true, characterData: true});"""
            )
            page.reload()
            expect(page.locator(".o_view_nocontent")).to_be_visible()
            expect(page.locator(".o_view_nocontent")).to_contain_text("the inbox lets you see them")
            seen = page.evaluate("window.seen")
            assert "the inbox lets you see them" in seen
            for lost in (SHARED, "Kunden", "Before 01"):
                assert lost not in seen
        finally:
            world.change("UPDATE inbox_account SET account_type = 'shared', user_id = NULL WHERE id = %s", world.shared)


#: Remembers what the browser is asked to show outside of the page. Odoo's own push service does without it.
NOTIFIED = """() => {
    window.notified = [];
    odoo.loader.modules.get("@web/core/browser/browser").browser.Notification = class {
        static permission = "granted";
        constructor(title, options) {
            this.told = {title, body: options.body, closed: false};
            notified.push(this.told);
        }
        close() { this.told.closed = true; }
    };
}"""


def count_in(page):
    return page.locator(".o_inbox_systray .o_inbox_systray_count")


def test_at_the_top_of_every_page(world):
    prefer(world, "personal", notify=True)
    with inbox(world, "personal", "/odoo/inbox-accounts") as page:
        page.evaluate(NOTIFIED)
        icon = page.locator(".o_inbox_systray")
        count = count_in(page)
        expect(count).to_be_visible()
        before = int(count.text_content())
        world.deliver(
            PERSONAL,
            email("Lunch?", message_id="<lunch@x>", sender="Bob Builder <bob@else.example>", body="At noon, secretly."),
            (email("Seen elsewhere", message_id="<elsewhere@x>"), ["\\Seen"], None),
        )
        expect(count).to_have_text(str(before + 1))
        eventually(
            lambda: page.evaluate("window.notified"), [{"title": "Bob Builder", "body": "Lunch?", "closed": False}]
        )
        icon.click()
        latest = page.locator(".o_inbox_systray_email")
        expect(latest.filter(has_text="Seen elsewhere")).to_have_count(1)
        expect(latest.filter(has_text="Lunch?")).to_have_class(re.compile("o_inbox_unread"))
        latest.filter(has_text="Lunch?").click()
        expect(page.locator(f"{OPENED} h2")).to_contain_text("Lunch?")
        # It is read here, so it is no news.
        expect(count).to_have_text(str(before))
        eventually(lambda: [told["closed"] for told in page.evaluate("window.notified")], [True])
        # Whoever looks at the inbox sees it there.
        world.deliver(PERSONAL, email("Dinner?", message_id="<dinner@x>"))
        expect(row(page, "Dinner?")).to_be_visible()
        expect(count).to_have_text(str(before + 1))
        assert len(page.evaluate("window.notified")) == 1
    prefer(world, "personal", notify=False)
    with inbox(world, "personal", "/odoo/inbox-accounts") as page:
        page.evaluate(NOTIFIED)
        expect(count_in(page)).to_have_text(str(before + 1))
        world.deliver(PERSONAL, email("Supper?", message_id="<supper@x>"))
        expect(count_in(page)).to_have_text(str(before + 2))
        assert not page.evaluate("window.notified")


def test_what_the_server_refuses_is_taken_back(world):
    with inbox(world) as page:
        expect(row(page, "Before 01")).to_be_visible(timeout=SOON)
        # An administrator takes away the right while the click is on its way: the browser cannot know.
        taken = []

        def take_away(route):
            if not taken:
                taken.append(world.shared)
                world.change("UPDATE inbox_account SET account_type = 'personal', user_id = 2 WHERE id = %s", *taken)
            route.continue_()

        page.route("**/bulk_apply", take_away)
        try:
            row(page, "Before 01").get_by_role("button", name="Star").click()
            expect(notification(page, "Not done")).to_be_visible(timeout=SOON)
        finally:
            world.change("UPDATE inbox_account SET account_type = 'shared', user_id = NULL WHERE id = %s", world.shared)


def test_without_a_connection(world):
    away = ("ERR_INTERNET_DISCONNECTED", "ConnectionLostError")
    with world.page("shared", allowed=away, viewport={"width": 1440, "height": 900}) as page:
        expect(row(page, "Before 01")).to_be_visible(timeout=SOON)
        expect(row(page, "Before 01").locator(".fa-star-o")).to_be_visible(timeout=SOON)
        page.context.set_offline(True)
        row(page, "Before 01").get_by_role("button", name="Star").click()
        expect(notification(page, "nothing was changed")).to_be_visible(timeout=SOON)
        page.context.set_offline(False)
        expect(row(page, "Before 01").locator(".fa-star-o")).to_be_visible(timeout=SOON)


def test_a_mail_server_that_is_away(world):
    with inbox(world) as page:
        expect(row(page, "Before 01")).to_be_visible(timeout=SOON)
        # Nobody listens there.
        world.change("UPDATE inbox_account SET imap_port = %s WHERE id = %s", free_port(), world.shared)
        try:
            page.get_by_role("button", name="Accounts and settings").click()
            page.get_by_role("menuitem", name="Sync now").click()
            expect(page.locator(".o_inbox_account_node .o_inbox_health")).to_be_visible(timeout=2 * SOON)
            # What one does meanwhile waits.
            row(page, "Before 01").get_by_role("button", name="Star").click()
            expect(row(page, "Before 01").locator(".fa-star")).to_be_visible(timeout=SOON)
        finally:
            port = world.server.ports["imap"]
            world.change("UPDATE inbox_account SET imap_port = %s WHERE id = %s", port, world.shared)
        page.get_by_role("button", name="Accounts and settings").click()
        page.get_by_role("menuitem", name="Sync now").click()
        expect(page.locator(".o_inbox_account_node .o_inbox_health")).to_have_count(0, timeout=2 * SOON)
        eventually(lambda: on_server(world, "Before 01"), {"INBOX": {"\\Flagged"}}, seconds=60)
