"""What happens to emails is seen in an open browser: upon real processes, as `./run` starts them.

Dovecot tells `odoo inbox_watch`, a slot synchronises, Odoo's bus tells the browser.
"""

import contextlib
import re
import time

import pytest
from playwright.sync_api import expect

from tests.sync.common import email

from .live import PERSONAL, SHARED, World, row
from .steps import eventually


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with contextlib.ExitStack() as stack:
        yield World(stack, tmp_path_factory.mktemp("live"))


def test_a_new_email_appears_by_itself(world):
    with world.page("shared") as page:
        expect(row(page, "Before 29")).to_be_visible()
        counter = page.locator(".o_search_panel .active .o_search_panel_counter")
        expect(counter).to_have_text(re.compile(r"^\d+$"))
        before = int(counter.text_content())
        world.deliver(SHARED, email("It came by itself"))
        started = time.monotonic()
        expect(row(page, "It came by itself")).to_be_visible()
        print(f"seen {time.monotonic() - started:.2f} s after delivery")
        expect(counter).to_have_text(str(before + 1))
        assert page.evaluate("window.told") and all(
            told == {"account_id": world.shared} for told in page.evaluate("window.told")
        )


def test_selection_scroll_and_page_stay(world):
    with world.page("shared", viewport={"width": 1200, "height": 500}) as page:
        expect(row(page, "Before 29")).to_be_visible()
        chosen = row(page, "Before 20")
        chosen.locator(".o_list_record_selector").click()
        row(page, "Before 22").locator(".o_list_record_selector").click()
        expect(page.locator(".o_data_row_selected")).to_have_count(2)
        chosen.scroll_into_view_if_needed()
        # Whatever it is that scrolls around the rows.
        scroller = page.evaluate_handle(
            """() => {
                let found = document.querySelector(".o_data_row");
                while (found && !found.scrollTop) {
                    found = found.parentElement;
                }
                return found || document.scrollingElement;
            }"""
        )
        scroller.evaluate("element => { element.scrollTop += 40; }")
        mark = "element => { element.dataset.mark = 'same'; return element.getBoundingClientRect().top; }"
        top = chosen.evaluate(mark)
        assert scroller.evaluate("element => element.scrollTop") > 100
        world.deliver(SHARED, email("While something is selected"))
        expect(row(page, "While something is selected")).to_be_attached()
        expect(page.locator(".o_data_row_selected")).to_have_count(2)
        expect(chosen).to_have_attribute("data-mark", "same")
        eventually(lambda: abs(chosen.evaluate("element => element.getBoundingClientRect().top") - top) < 3)


def test_what_others_do_is_seen_and_nobody_is_disturbed(world):
    with world.page("shared") as page, world.page("other") as other:
        for each in (page, other):
            expect(row(each, "Before 29")).to_be_visible()
        row(other, "Before 29").locator(".o_list_record_selector").click()
        other.locator(".o_control_panel button[name=action_star]").click()
        expect(row(page, "Before 29").locator("[name=is_starred] .fa-star")).to_be_visible()
        # A dialog is open: the list waits.
        row(page, "Before 28").locator(".o_list_record_selector").click()
        page.locator(".o_control_panel button[name=action_choose_folder]").click()
        expect(page.locator(".modal")).to_be_visible()
        told = page.evaluate("window.told.length")
        world.deliver(SHARED, email("While a dialog is open"))
        page.wait_for_function(f"window.told.length > {told}")
        page.wait_for_timeout(1500)
        expect(row(page, "While a dialog is open")).to_have_count(0)
        page.keyboard.press("Escape")
        expect(row(page, "While a dialog is open")).to_be_visible()


def test_an_open_email_follows_and_its_frame_stays(world):
    with world.page("shared") as page:
        row(page, "Before 27").locator("td[name=subject]").click()
        frame = page.frame_locator(".o_inbox_frame")
        expect(frame.get_by_text("Good morning")).to_be_visible()
        frame.locator("body").evaluate("element => { element.dataset.mark = 'same'; }")
        expect(page.locator("button[name=action_star]")).to_be_visible()
        client = world.server.client(SHARED)
        client.select_folder("INBOX")
        [uid] = client.search(["SUBJECT", "Before 27"])
        client.add_flags([uid], ["\\Flagged"])
        expect(page.locator("button[name=action_unstar]")).to_be_visible()
        expect(frame.locator("body")).to_have_attribute("data-mark", "same")
        # Deleted elsewhere: whoever reads it may finish.
        told = page.evaluate("window.told.length")
        client.delete_messages([uid])
        client.uid_expunge([uid])
        client.shutdown()
        page.wait_for_function(f"window.told.length > {told}")
        page.wait_for_timeout(1500)
        expect(frame.locator("body")).to_have_attribute("data-mark", "same")


def test_it_is_told_to_those_who_read_the_account_alone(world):
    with world.page("shared") as shared, world.page("personal") as personal, world.page("admin") as admin:
        world.deliver(PERSONAL, email("For one alone"))
        expect(row(personal, "For one alone")).to_be_visible()
        world.deliver(SHARED, email("For the team"))
        expect(row(shared, "For the team")).to_be_visible()
        admin.wait_for_function("window.told.length > 0")
        told = {name: {one["account_id"] for one in page.evaluate("window.told")} for name, page in
                (("shared", shared), ("personal", personal), ("admin", admin))}  # fmt: skip
        assert told == {"shared": {world.shared}, "personal": {world.personal}, "admin": {world.shared}}


def test_a_burst_is_a_look_a_second(world):
    with world.page("shared") as page:
        expect(row(page, "Before 26")).to_be_visible()
        looks = []
        page.on("request", lambda request: looks.append(1) if "web_search_read" in request.url else None)
        started = time.monotonic()
        for number in range(30):
            world.deliver(SHARED, email(f"Burst {number}"))
            time.sleep(0.1)
        expect(row(page, "Burst 29")).to_be_visible()
        page.wait_for_timeout(1500)
        assert len(looks) <= time.monotonic() - started + 1, looks


def test_a_phone(world):
    with world.page("shared", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as page:
        expect(page.locator(".o_kanban_record").first).to_be_visible()
        world.deliver(SHARED, email("On the phone"))
        expect(page.locator(".o_kanban_record", has_text="On the phone")).to_be_visible()


def test_the_progress_of_the_first_synchronisation(world):
    # As a run leaves it that has its time used up; nothing happens in this folder meanwhile.
    remaining = "UPDATE inbox_folder SET remaining_count = %s WHERE account_id = %s AND path = 'Kunden'"
    [(here,)] = world.query(
        """SELECT count(*) FROM inbox_message_folder_rel rel JOIN inbox_folder folder ON folder.id = rel.folder_id
            WHERE folder.account_id = %s AND folder.is_active""",
        world.shared,
    )
    world.change(remaining, 5000, world.shared)

    def text(more):
        return f"{here + more:,} of {here + more + 5000:,} emails"

    with (
        world.page("admin", f"/odoo/inbox-accounts/{world.shared}") as form,
        world.page("admin", "/odoo/inbox-accounts") as accounts,
        world.page("shared") as inbox,
    ):
        shown = (
            form.locator(".o_inbox_catching_up .o_inbox_progress_text"),
            accounts.locator(".o_data_row .o_inbox_progress_text"),
            inbox.locator(".o_inbox_panel_progress"),
        )
        for place in shown:
            expect(place).to_have_text(text(0))
        form.locator("div[name=name] input").fill("Typed meanwhile")
        reads = []
        form.on("request", lambda request: reads.append(1) if "/inbox.account/read" in request.url else None)
        world.deliver(SHARED, email("Another one of many"))
        for place in shown:
            expect(place).to_have_text(text(1))
        assert 1 <= len(reads) <= 3, reads
        world.change(remaining, 0, world.shared)
        world.deliver(SHARED, email("The last of many"))
        for place in shown:
            expect(place).to_have_count(0)
        expect(form.locator("div[name=name] input")).to_have_value("Typed meanwhile")
        form.locator(".o_form_button_cancel").click()
