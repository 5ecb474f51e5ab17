"""Emails are written and sent in a real browser, and arrive at a real mail server."""

import contextlib
import re

import pytest
from playwright.sync_api import expect

from tests.views import steps
from tests.views.steps import SOON, eventually
from tests.views.writing import ADA, BEN, LIST, PERSONAL, World, html_of, question_id

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SMALLEST = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with contextlib.ExitStack() as stack:
        yield World(stack, tmp_path_factory.mktemp("compose"))


def answer(page, topic, how):
    """Open the question about `topic` beside the list and press a button below it; the window in which to write."""
    page.locator(".o_data_row", has_text=topic).first.locator("td[name=subject]").click()
    page.locator(".o_inbox_reading_pane .o_inbox_frame").wait_for()
    page.locator(".o_inbox_answer").get_by_role("button", name=how, exact=True).click()
    return steps.window(page)


def test_a_new_email_is_written_and_arrives(world):
    with world.page("personal") as page:
        pane = steps.compose(page)
        steps.address(pane, "to", "dora@elsewhere.example")
        steps.address(pane, "cc", ADA)
        steps.address(pane, "bcc", "quiet@elsewhere.example")
        steps.subject(pane, "Our new catalogue")
        steps.write(pane, "Good morning Dora")
        pane.locator(".o_inbox_file_input").set_input_files(
            {"name": "catalogue.txt", "mimeType": "text/plain", "buffer": b"forty pages"}
        )
        expect(pane.locator(".o_inbox_attachment[data-name='catalogue.txt']")).to_be_visible()
        steps.saved(pane)
        steps.send(pane)
        steps.leave(page)
        envelope, message = world.arrived("Our new catalogue")
        expect(page.locator(".o_inbox_leaving_item[data-stage=sent]")).to_be_visible(timeout=2 * SOON)
    assert envelope.mail_from == PERSONAL
    assert sorted(envelope.rcpt_tos) == [ADA, "dora@elsewhere.example", "quiet@elsewhere.example"]
    assert "quiet" not in str(message)
    assert message["To"] == "dora@elsewhere.example"
    assert "Good morning Dora" in html_of(message)
    assert "Good morning Dora" in message.get_body(("plain",)).get_content()
    [attachment] = message.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content()) == ("catalogue.txt", "forty pages")


def test_an_answer_has_the_quotation_and_goes_to_who_wrote(world):
    with world.page("personal") as page:
        pane = answer(page, "chairs", "Reply")
        steps.expect_chips(pane, ADA)
        expect(pane.locator(".o_inbox_unfold")).to_be_visible()
        expect(pane.locator(".o_inbox_subject_input")).to_have_value("Re: When can you deliver chairs?")
        # The email that is answered stays in sight.
        expect(page.locator(".o_inbox_reading_pane .o_inbox_frame")).to_be_visible()
        read, window = page.locator(".o_inbox_reading_pane"), page.locator(".o_inbox_compose_window")
        eventually(lambda: sum(window.bounding_box()[name] for name in ("x", "width")) <= read.bounding_box()["x"])
        steps.write(pane, "On Monday.")
        pane.press("Control+Enter")
        steps.leave(page)
    _envelope, message = world.arrived("Re: When can you deliver chairs?")
    assert message["In-Reply-To"] == question_id(PERSONAL, "chairs")
    html = html_of(message)
    assert html.index("On Monday.") < html.index("forty")
    is_answered = "SELECT is_answered FROM inbox_message WHERE message_id = %s"
    eventually(lambda: world.query(is_answered, question_id(PERSONAL, "chairs")), [(True,)])


def test_an_answer_to_all_with_the_quotation_unfolded(world):
    with world.page("personal") as page:
        pane = answer(page, "tables", "Reply all")
        steps.expect_chips(pane, ADA, BEN)
        steps.expect_chips(pane, "carol@customer.example", field="cc")
        pane.locator(".o_inbox_unfold").click()
        expect(pane.locator(".o_inbox_written")).to_contain_text("forty")
        steps.subject(pane, "Re: All of you")
        steps.write(pane, "To all: on Tuesday.")
        steps.saved(pane)
        steps.write(pane, "Once more: ")
        steps.saved(pane)
        steps.send(pane)
        steps.leave(page)
    _envelope, message = world.arrived("Re: All of you")
    assert html_of(message).count("forty") == 1
    assert "Once more: To all: on Tuesday." in html_of(message)


def test_an_answer_without_the_quotation(world):
    with world.page("personal") as page:
        pane = answer(page, "lamps", "Reply")
        pane.locator(".o_inbox_remove_quote").click()
        steps.subject(pane, "Re: No quotation")
        steps.write(pane, "Short.")
        steps.send(pane)
        steps.leave(page)
    _envelope, message = world.arrived("Re: No quotation")
    assert "forty" not in html_of(message)


def test_what_is_forwarded_brings_its_files(world):
    with world.page("personal") as page:
        pane = answer(page, "shelves", "Forward")
        expect(pane.locator(".o_inbox_attachment[data-name='plan.pdf']")).to_be_visible()
        steps.address(pane, "to", "dora@elsewhere.example")
        steps.send(pane)
        steps.leave(page)
    _envelope, message = world.arrived("Fwd: When can you deliver shelves?")
    [attachment] = message.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content()) == ("plan.pdf", b"%PDF-1.4 plan")
    assert "forty" in html_of(message)


PASTE = """(el) => {
    const bytes = Uint8Array.from(atob(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    ), (c) => c.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], "dot.png", { type: "image/png" }));
    el.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }));
}"""


def test_a_pasted_picture_is_in_the_text(world):
    with world.page("personal") as page:
        pane = steps.compose(page)
        steps.address(pane, "to", ADA)
        steps.subject(pane, "A picture")
        steps.write(pane, "See: ")
        pane.locator(".o_inbox_written").evaluate(PASTE)
        picture = pane.locator(".o_inbox_written img:not(.o_inbox_uploading)")
        expect(picture).to_have_count(1)
        assert picture.evaluate("(img) => img.decode().then(() => img.naturalWidth)") == 1
        steps.send(pane)
        steps.leave(page)
    _envelope, message = world.arrived("A picture")
    [picture] = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in html_of(message)
    assert not [part for part in message.walk() if part.get_content_disposition() == "attachment"]


def test_addresses_are_completed_and_wrong_ones_are_seen_before_sending(world):
    with world.page("personal") as page:
        pane = steps.compose(page)
        typed = pane.locator(".o_inbox_recipients[data-name=to] input")
        typed.press_sequentially("ada cust")
        expect(pane.locator(".o_inbox_options [role=option]").first).to_contain_text(ADA)
        typed.press("Enter")
        steps.expect_chips(pane, ADA)
        typed.press_sequentially("nobody at all,")
        wrong = pane.locator(".o_inbox_chip_wrong")
        expect(wrong).to_have_count(1)
        steps.subject(pane, "Wrong")
        steps.write(pane, "Text")
        steps.send(pane)
        expect(page.locator(".o_inbox_check [data-code=bad_address]")).to_be_visible()
        expect(page.locator(".o_inbox_send_anyway")).to_have_count(0)
        page.locator(".o_inbox_back").click()
        # Two strokes: the first marks, the second takes away.
        typed.press("Backspace")
        typed.press("Backspace")
        expect(wrong).to_have_count(0)
        typed.evaluate(
            """(el) => {
                const clipboardData = new DataTransfer();
                const people = ['"Doe, Jane" <jane@doe.example>; joe@doe.example', "ada@customer.example"];
                clipboardData.setData("text/plain", people.join("\\n"));
                el.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
            }"""
        )
        expect(pane.locator(".o_inbox_recipients[data-name=to] .o_inbox_chip")).to_have_count(3)
        steps.expect_chips(pane, ADA, "jane@doe.example", "joe@doe.example")
        expect(pane.locator(".o_inbox_chip", has_text="Doe, Jane")).to_be_visible()
        steps.saved(pane)
        pane.locator(".o_inbox_discard").click()


def test_a_draft_survives_a_closed_browser(world):
    with world.page("personal") as page:
        pane = steps.compose(page)
        steps.address(pane, "to", ADA)
        steps.subject(pane, "To be continued")
        steps.write(pane, "First half")
        steps.saved(pane)
    with world.page("personal") as page:
        expect(page.locator(".o_inbox_compose_window")).to_have_count(0)
        page.locator(".o_search_panel_label", has_text="Drafts").last.click()
        page.locator(".o_data_row", has_text="To be continued").locator("td[name=subject]").click()
        pane = steps.window(page)
        steps.expect_chips(pane, ADA)
        expect(pane.locator(".o_inbox_written")).to_contain_text("First half")
        pane.locator(".o_inbox_written").press("Control+Home")
        pane.locator(".o_inbox_written").press_sequentially("Second half, ")
        # Loaded anew before it was saved.
        page.reload()
        pane = steps.window(page)
        expect(pane.locator(".o_inbox_written")).to_contain_text("Second half, First half")
        pane.locator(".o_inbox_discard").click()
        page.locator(".o_notification button", has_text="Undo").click()
        pane = steps.window(page)
        expect(pane.locator(".o_inbox_written")).to_contain_text("Second half, First half")
        pane.locator(".o_inbox_discard").click()
        # Left before the time to undo is over: it is thrown away all the same.
        page.goto("/odoo/inbox-accounts")
        eventually(lambda: all(gone for (gone,) in world.rows_of("To be continued", "is_deleted")))


def test_without_a_connection_nothing_is_lost(world):
    with world.page("personal", allowed=("ERR_INTERNET_DISCONNECTED", "Failed to load resource")) as page:
        pane = steps.compose(page)
        steps.subject(pane, "In a tunnel")
        steps.saved(pane)
        page.context.set_offline(True)
        steps.write(pane, "Written in the tunnel")
        pane.locator(".o_inbox_saving[data-state=waiting]").wait_for()
        page.context.set_offline(False)
        steps.saved(pane)
    assert "Written in the tunnel" in world.rows_of("In a tunnel", "draft_html")[0][0]


def test_another_window_saved_meanwhile(world):
    with world.page("personal") as page, world.page("personal") as other:
        pane = steps.compose(page)
        steps.subject(pane, "Two windows")
        steps.saved(pane)
        other.reload()
        other.locator(".o_search_panel_label", has_text="Drafts").last.click()
        other.locator(".o_data_row", has_text="Two windows").locator("td[name=subject]").click()
        second = steps.window(other)
        steps.write(second, "From the second")
        steps.saved(second)
        steps.write(pane, "From the first")
        expect(pane.locator(".o_inbox_conflict")).to_be_visible()
        pane.locator(".o_inbox_conflict .btn-primary").click()
        steps.saved(pane)
        steps.write(second, "Again. ")
        second.locator(".o_inbox_conflict .btn-secondary").click()
        expect(second.locator(".o_inbox_written")).to_contain_text("From the first")


def test_sending_is_undone(world):
    with world.page("personal") as page:
        pane = steps.compose(page)
        steps.address(pane, "to", ADA)
        steps.subject(pane, "Too hasty")
        steps.write(pane, "Wait")
        steps.send(pane)
        expect(page.locator(".o_inbox_compose_window")).to_have_count(0)
        page.locator(".o_inbox_undo").click()
        pane = steps.window(page)
        steps.expect_chips(pane, ADA)
        expect(pane.locator(".o_inbox_written")).to_contain_text("Wait")
        eventually(lambda: world.rows_of("Too hasty", "state"), [("draft",)])
    assert not [one for one in world.smtp.envelopes if b"Too hasty" in one.content]


def test_it_is_sent_later(world):
    with world.page("personal", timezone_id="Asia/Tokyo") as page:
        pane = steps.compose(page)
        steps.address(pane, "to", ADA)
        steps.subject(pane, "In good time")
        steps.write(pane, "Later")
        pane.locator(".o_inbox_send_more").click()
        page.locator(".o_inbox_send_menu .o_inbox_preset").first.click()
        expect(page.locator(".o_inbox_leaving_item[data-stage=scheduled]")).to_be_visible()
        eventually(lambda: world.rows_of("In good time", "state"), [("scheduled",)])
        [[draft]] = world.rows_of("In good time", "id")
        page.evaluate(
            "id => odoo.__WOWL_DEBUG__.root.env.services['concord_inbox.compose'].open({ draft_id: id })", draft
        )
        pane = steps.window(page)
        expect(pane.locator(".o_inbox_scheduled")).to_be_visible()
        pane.locator(".o_inbox_scheduled button").click()
        expect(pane.locator(".o_inbox_scheduled")).to_have_count(0)
        expect(page.locator(".o_inbox_leaving_item")).to_have_count(0)
        eventually(lambda: world.rows_of("In good time", "state"), [("draft",)])
        pane.locator(".o_inbox_send_more").click()
        page.locator(".o_inbox_schedule_other").click()
        page.locator(".o_inbox_schedule .btn-primary").click()
        expect(page.locator(".o_inbox_leaving_item[data-stage=scheduled]")).to_be_visible()
    eventually(lambda: world.rows_of("In good time", "state"), [("scheduled",)])


def test_what_may_be_wrong_is_asked_once(world):
    with world.page("personal") as page:
        pane = steps.compose(page)
        steps.address(pane, "to", ADA)
        steps.write(pane, "You find it attached")
        steps.send(pane)
        expect(page.locator(".o_inbox_check [data-code=empty_subject]")).to_be_visible()
        expect(page.locator(".o_inbox_check [data-code=forgotten_attachment]")).to_be_visible()
        page.locator(".o_inbox_back").click()
        steps.subject(pane, "Nothing attached")
        steps.send(pane)
        page.locator(".o_inbox_send_anyway").click()
        steps.leave(page)
    world.arrived("Nothing attached")


def test_another_sender_brings_another_signature(world):
    team = "team@northlight.example"
    for name, address, signature in (
        ("Miss Anna", PERSONAL, "<p>Anna, personally</p>"),
        ("The team", team, "<p>The whole team</p>"),
    ):
        world.change(
            """INSERT INTO inbox_identity (account_id, name, email, email_normalized, signature, sequence, is_default)
               SELECT id, %s, %s, %s, %s, 5, FALSE FROM inbox_account WHERE email = %s""",
            name, address, address, signature, PERSONAL,
        )  # fmt: skip
    with world.page("personal") as page:
        pane = steps.compose(page)
        steps.address(pane, "to", ADA)
        written = pane.locator(".o_inbox_written")
        for name, signature in (("Miss Anna", "Anna, personally"), ("The team", "The whole team")):
            pane.locator(".o_inbox_from_button").click()
            page.locator(".o_inbox_identity", has_text=name).click()
            expect(written).to_contain_text(signature)
        expect(written).not_to_contain_text("personally")
        steps.subject(pane, "From the team")
        steps.write(pane, "Dear Ada")
        steps.send(pane)
        steps.leave(page)
    envelope, message = world.arrived("From the team")
    assert (envelope.mail_from, message["From"]) == (team, f"The team <{team}>")
    assert html_of(message).count("The whole team") == 1


BUTTONS_OUTSIDE = """(el, width) => [...el.querySelectorAll("button")].filter((button) => {
    const { left, right } = button.getBoundingClientRect();
    return button.checkVisibility() && (left < 0 || right > width);
}).map((button) => button.outerHTML)"""


def test_the_toolbar_works_before_one_has_been_in_the_text(world):
    with world.page("personal") as page:
        pane = steps.compose(page)
        toolbar = pane.locator(".o_inbox_toolbar_row")
        expect(toolbar.locator("[name=bold]")).to_be_visible()
        shown = toolbar.locator("[name]").count()
        toolbar.locator("[name=bold]").click()
        page.keyboard.type("Loud")
        expect(pane.locator(".o_inbox_written strong")).to_have_text("Loud")
        # Nothing comes or goes once one is there.
        expect(toolbar.locator("[name]")).to_have_count(shown)
        pane.locator(".o_inbox_discard").click()


def test_a_name_is_found_though_one_does_not_wait_for_it(world):
    """Enter before the completions are there takes the likeliest of them; who is nobody stays to be corrected."""
    with world.page("personal") as page:
        pane = steps.compose(page)
        typed = pane.locator(".o_inbox_recipients[data-name=to] input")
        held, is_open = [], []
        page.route("**/compose_recipients", lambda route: route.continue_() if is_open else held.append(route))
        typed.press_sequentially("ada cust")
        typed.press("Enter")
        expect(typed).to_have_value("")
        typed.press_sequentially("nobody at all")
        typed.press("Tab")
        expect(typed).to_have_value("")
        eventually(lambda: page.evaluate("1") and held)
        expect(pane.locator(".o_inbox_chip")).to_have_count(0)
        is_open.append(True)
        for one in held:
            one.continue_()
        expect(pane.locator(".o_inbox_chip")).to_have_count(2)
        expect(pane.locator(".o_inbox_chip").first).to_have_attribute("data-email", ADA)
        expect(pane.locator(".o_inbox_chip_wrong")).to_have_count(1)
        pane.locator(".o_inbox_discard").click()


def test_from_a_deal_with_its_template_and_its_files(world):
    with world.page("personal", f"/odoo/crm.lead/{world.deal}") as page:
        page.locator("button[name=action_compose]").click()
        pane = steps.window(page)
        steps.expect_chips(pane, ADA)
        pane.locator(".o_inbox_template").click()
        page.locator(".o_inbox_template_menu [role=menuitem]", has_text="Offer").click()
        expect(pane.locator(".o_inbox_written")).to_contain_text("We offer Forty chairs.")
        expect(pane.locator(".o_inbox_subject_input")).to_have_value("For Ada Customer")
        pane.locator(".o_inbox_documents").click()
        page.locator(".o_inbox_document", has_text="hall.txt").locator("input").check()
        page.locator(".modal-footer .btn-primary").click()
        expect(pane.locator(".o_inbox_attachment[data-name='hall.txt']")).to_be_visible()
        steps.write(pane, "Dear Ada, ")
        steps.send(pane)
        steps.leave(page)
        _envelope, message = world.arrived("For Ada Customer")
        page.reload()
        page.locator("button[name=action_open_inbox_messages]").click()
        expect(page.locator(".o_data_row", has_text="For Ada Customer")).to_be_visible()
    assert "Dear Ada, We offer Forty chairs." in html_of(message)
    [attachment] = message.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content()) == ("hall.txt", "four walls")


def test_from_a_contact_with_its_template(world):
    with world.page("personal", f"/odoo/res.partner/{world.contact}") as page:
        page.locator(".o_notebook_headers a[name=inbox_emails]").click()
        page.get_by_role("button", name="Send email from inbox").click()
        pane = steps.window(page)
        steps.expect_chips(pane, ADA)
        pane.locator(".o_inbox_template").click()
        page.locator(".o_inbox_template_menu input").fill("welc")
        page.locator(".o_inbox_template_menu [role=menuitem]", has_text="Welcome").click()
        expect(pane.locator(".o_inbox_written")).to_contain_text("Dear Ada Customer,")
        expect(pane.locator(".o_inbox_subject_input")).to_have_value("Welcome Ada Customer")
        pane.locator(".o_inbox_discard").click()


def test_sent_and_archived(world):
    with world.page("personal") as page:
        pane = answer(page, "benches", "Reply")
        # What is begun is no email of the conversation yet; once it is saved, it is one, what it quotes folded away.
        expect(page.locator(".o_inbox_thread .o_inbox_email")).to_have_count(1)
        steps.write(pane, "Never.")
        steps.saved(pane)
        draft = page.locator(".o_inbox_thread .o_inbox_email", has_text="Draft")
        expect(draft).to_have_count(1)
        text = draft.frame_locator("iframe").locator("body")
        expect(text).to_contain_text("Never.")
        expect(text.get_by_text("forty")).to_be_hidden()
        expect(text.locator("details.concord-fold")).to_contain_text("forty")
        pane.locator(".o_inbox_send_more").click()
        page.locator(".o_inbox_send_archive").click()
        steps.leave(page)
        world.arrived("Re: When can you deliver benches?")
        expect(page.locator(".o_data_row", has_text="benches")).to_have_count(0, timeout=2 * SOON)
    where = """SELECT path FROM inbox_message_copy copy JOIN inbox_folder folder ON folder.id = folder_id
                 JOIN inbox_message message ON message.id = inbox_message_id WHERE message_id = %s"""
    eventually(lambda: world.query(where, question_id(PERSONAL, "benches")) == [("Archive",)])


def test_to_the_list_as_attachment_and_by_a_link(world):
    with world.page("personal") as page:
        pane = answer(page, "stools", "Reply to list")
        steps.expect_chips(pane, LIST)
        pane.locator(".o_inbox_discard").click()
        expect(page.locator(".o_inbox_reading_pane .o_inbox_protection")).to_have_text(
            re.compile(r"A part of this email is signed with PGP\s*\.\s*The signature is not checked here\.")
        )
        # Where it leads is told before anything is opened, by its real name.
        page.locator(".o_inbox_reading_pane .o_inbox_unsubscribe").click()
        dialog = page.locator(".modal")
        expect(dialog).to_contain_text("a page of lists.example in a new tab")
        dialog.get_by_role("button", name="Cancel").click()
        expect(dialog).to_have_count(0)
        page.locator(".o_inbox_reading_pane iframe").first.content_frame.locator("a", has_text="Ask Ben").click()
        pane = steps.window(page)
        steps.expect_chips(pane, BEN)
        expect(pane.locator(".o_inbox_subject_input")).to_have_value("Colours of stools")
        expect(pane.locator(".o_inbox_written")).to_contain_text("Which ones?")
        pane.locator(".o_inbox_discard").click()
        page.locator(".o_inbox_answer .o_inbox_answer_more").click()
        page.get_by_role("menuitem", name="Forward as attachment").click()
        pane = steps.window(page)
        expect(pane.locator(".o_inbox_attachment")).to_have_attribute("data-name", "When can you deliver stools.eml")
        expect(pane.locator(".o_inbox_unfold")).to_have_count(0)
        steps.address(pane, "to", "dora@elsewhere.example")
        steps.send(pane)
        steps.leave(page)
    _envelope, message = world.arrived("Fwd: When can you deliver stools?")
    [attachment] = message.iter_attachments()
    assert attachment.get_content_type() == "message/rfc822"
    assert attachment.get_content()["Message-ID"] == question_id(PERSONAL, "stools")
    assert b"forty" in attachment.get_content().get_body(("html",)).get_content().encode()


def test_what_the_server_refuses_is_edited_and_sent_again(world):
    with world.page("personal") as page:
        pane = steps.compose(page)
        steps.address(pane, "to", ADA)
        steps.subject(pane, "Refused at first")
        steps.write(pane, "Buy pills")
        world.smtp.refused_text = "550 5.7.1 We take no such text"
        steps.send(pane)
        steps.leave(page)
        notice = page.locator(".o_notification", has_text="Not sent: Refused at first")
        expect(notice).to_contain_text("We take no such text", timeout=2 * SOON)
        world.smtp.refused_text = ""
        notice.get_by_role("button", name="Edit and send again").click()
        pane = steps.window(page)
        expect(notice).to_have_count(0)
        expect(pane.locator(".o_inbox_failed")).to_contain_text("We take no such text")
        steps.expect_chips(pane, ADA)
        steps.write(pane, "Do not ")
        steps.send(pane)
        steps.leave(page)
    _envelope, message = world.arrived("Refused at first")
    assert "Do not Buy pills" in html_of(message)
    eventually(lambda: world.rows_of("Refused at first", "state") == [("sent",)])


def test_documents_are_written_from_through_the_account(world):
    """The user switches it on in the preferences; what is written in the chatter then leaves by the own account."""
    with world.page("personal", f"/odoo/crm.lead/{world.deal}") as page:
        page.locator(".o_user_menu button").click()
        page.locator(".o-dropdown--menu [data-menu=preferences]").click()
        dialog = page.locator(".modal")
        wish = dialog.locator("[name=inbox_sends_chatter] input")
        wish.check()
        expect(dialog.locator("[name=inbox_chatter_identity_id]")).to_be_visible()
        dialog.locator("button[name=preference_save]").click()
        expect(dialog).to_have_count(0)
        page.locator(".o-mail-Chatter-sendMessage").click()
        page.locator(".o-mail-Composer-input").fill("From the deal itself")
        page.locator(".o-mail-Composer-send").click()
        expect(page.locator(".o-mail-Message", has_text="From the deal itself")).to_be_visible()
    envelope, message = world.arrived("Forty chairs")
    assert (envelope.mail_from, envelope.rcpt_tos) == (PERSONAL, [ADA])
    assert "From the deal itself" in html_of(message)


@pytest.mark.parametrize("size", [PHONE, SMALLEST], ids=["390", "360"])
def test_on_a_phone_it_fills_the_screen(world, size):
    with world.page("personal", **size) as page:
        pane = steps.compose(page)
        width, height = size["viewport"]["width"], size["viewport"]["height"]
        eventually(pane.bounding_box, {"x": 0, "y": 0, "width": width, "height": height})
        steps.fits(page, width)
        eventually(lambda: pane.evaluate(BUTTONS_OUTSIDE, width), [])
        steps.address(pane, "to", ADA)
        steps.subject(pane, f"From a phone of {width}")
        steps.write(pane, "On the way")
        steps.send(pane)
        expect(page.locator(".o_inbox_compose_window")).to_have_count(0)
        steps.leave(page)
    world.arrived(f"From a phone of {width}")


def test_windows_stay_while_one_goes_elsewhere(world):
    with world.page("personal", viewport={"width": 1440, "height": 900}) as page:
        first = steps.compose(page)
        steps.subject(first, "First of two")
        steps.compose(page)
        expect(page.locator(".o_inbox_compose_window[data-mode=docked]")).to_have_count(2)
        second = steps.window(page)
        steps.subject(second, "Second of two")
        second.locator(".o_inbox_subject_input").press("Escape")
        expect(page.locator(".o_inbox_compose_window[data-mode=minimised]")).to_have_count(1)
        page.evaluate("odoo.__WOWL_DEBUG__.root.env.services.action.doAction('base.action_partner_form')")
        page.locator(".o_kanban_view, .o_list_view").first.wait_for()
        expect(page.locator(".o_inbox_compose_window")).to_have_count(2)
        page.reload()
        expect(page.locator(".o_inbox_compose_window")).to_have_count(2)
        page.locator(".o_inbox_compose_window[data-mode=minimised] .o_inbox_restore").click()
        expect(page.locator(".o_inbox_compose_window[data-mode=docked]")).to_have_count(2)
        for _each in range(2):
            page.locator(".o_inbox_compose_window .o_inbox_discard").first.click()
        expect(page.locator(".o_inbox_compose_window")).to_have_count(0)


def test_nobody_else_opens_it(world):
    with world.page("personal") as page:
        pane = steps.compose(page)
        steps.subject(pane, "For me alone")
        steps.saved(pane)
        draft = int(pane.get_attribute("data-draft"))
    with world.page("shared") as page:
        for method, arguments in (
            ("compose_open", ()),
            ("compose_save", ({"subject": "Mine now"}, 1)),
            ("compose_send", ({},)),
            ("compose_discard", ()),
        ):
            with pytest.raises(AssertionError):
                steps.call(page, "inbox.message", method, draft, *arguments)
        file = {"name": "a", "mimeType": "text/plain", "buffer": b"a"}
        answer = page.request.post(f"/concord_inbox/draft/{draft}/attach", multipart={"ufile": file})
        assert not answer.ok
    assert world.rows_of("For me alone", "state") == [("draft",)]


def test_an_invitation_is_answered(world):
    with world.page("personal") as page:
        page.locator(".o_data_row", has_text="Visit of the hall").first.click()
        card = page.locator(".o_inbox_event")
        expect(card).to_contain_text("Visit of the hall")
        card.get_by_role("button", name="Yes").click()
        pane = steps.window(page)
        steps.expect_chips(pane, ADA)
        expect(pane.locator(".o_inbox_written")).to_contain_text("accepts the invitation “Visit of the hall”")
        steps.send(pane)
        steps.leave(page)
        world.arrived("Accepted: Visit of the hall")
        page.reload()
        page.locator(".o_data_row", has_text="Visit of the hall").first.click()
        invited = page.locator(".o_inbox_email header").first
        answered = page.locator(".o_inbox_event_answered")

        def is_told():
            # It was read, so it is folded above the answer.
            if invited.get_attribute("aria-expanded") == "false":
                invited.click()
            return answered.is_visible()

        eventually(is_told)
        expect(answered).to_have_text("You answered: accepted")
    _envelope, sent = world.arrived("Accepted: Visit of the hall")
    [part] = [one for one in sent.walk() if one.get_content_type() == "text/calendar"]
    assert part["Content-Type"].params["method"] == "REPLY"
    lines = part.get_content().replace("\r\n", "\n").split("\n")
    assert {
        "METHOD:REPLY",
        "UID:visit-1",
        "SEQUENCE:2",
        f"ATTENDEE;PARTSTAT=ACCEPTED;CN=Anna:mailto:{PERSONAL}",
    } <= set(lines)
    assert sent["In-Reply-To"] == "<visit@customer.example>"
