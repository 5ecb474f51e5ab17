"""The customer beside the conversation, the conversations beside the customer, and what comes with an email, in a
browser."""

import contextlib
import io
import re
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from playwright.sync_api import expect
from reportlab.pdfgen.canvas import Canvas

from tests.sync.common import ago, email
from tests.views import steps

from .live import SHARED, World, listens, row

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
        steps.call(page, "crm.team", "create", {"name": "Lamp team"})
        head, stranger = card.locator(".o_inbox_card_head"), card.locator(".o_inbox_card_stranger")

        def is_unfolded():
            # Where there is little room it is folded, and how much there is turns out with time.
            if head.is_visible() and head.get_attribute("aria-expanded") == "false":
                head.click()
            return stranger.is_visible()

        steps.eventually(is_unfolded)
        expect(stranger).to_contain_text("Nora New")
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
        # The line in the list says so, too.
        expect(row(page, "About the offer").locator(".o_inbox_tag")).to_have_text(["Nora New", "About the offer"])
        # Undone, and back by its notice.
        document.locator(".o_inbox_card_unlink").click()
        expect(document).to_have_count(0)
        page.locator(".o_notification").last.get_by_role("button", name="Undo").click()
        expect(document).to_have_count(1)
        # Whatever else it is about, two clicks away.
        card.get_by_role("group", name="Link to").get_by_role("button", name="Contact").click()
        dialog.locator(".o_data_row", has_text="Nora New").click()
        expect(document).to_have_count(2)
        document.nth(1).locator(".o_inbox_card_unlink").click()
        expect(document).to_have_count(1)
        # So is what is not among the usual kinds, by its name.
        card.get_by_role("button", name="Anything else").click()
        page.locator(".o_command_palette_search input").fill("Lamp team")
        page.locator(".o_command", has_text="Lamp team · Sales Team").click()
        expect(document).to_have_count(2)
        document.nth(1).locator(".o_inbox_card_unlink").click()
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


def test_emails_among_the_messages_of_a_contact(world):
    """By preference, each at its time, and not asked for before."""
    sender = "Cleo Chat <cleo@chat.example>"
    world.deliver(SHARED, email("Older than the contact", sender=sender, date=ago(hours=1)))
    steps.eventually(lambda: world.query("SELECT id FROM inbox_message WHERE subject = 'Older than the contact'"))
    with world.page("admin") as page:
        partner = steps.call(page, "res.partner", "create", {"name": "Cleo", "email": "cleo@chat.example"})
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"/odoo/res.partner/{partner}")
        chatter = page.locator(".o-mail-Chatter")
        expect(chatter.locator(".o-mail-Message")).to_have_count(1)
        assert not [url for url in asked if "/inbox.message/search_read" in url]
        toggle = chatter.locator(".o_inbox_chatter_toggle")
        toggle.click()
        emails = chatter.locator(".o_inbox_chatter_email")
        expect(emails).to_have_count(1)
        world.deliver(SHARED, email("Newer than the contact", sender=sender))
        expect(emails).to_have_count(2)
        order = chatter.locator(".o_inbox_chatter_email, .o-mail-Message")
        expect(order.nth(0)).to_contain_text("Newer than the contact")
        expect(order.nth(1)).to_contain_text("Contact created")
        expect(order.nth(2)).to_contain_text("Older than the contact")
        # It is remembered.
        page.reload()
        expect(toggle).to_have_attribute("aria-pressed", "true")
        expect(emails).to_have_count(2)
        assert not world.query("SELECT id FROM mail_message WHERE subject = 'Newer than the contact'")
        contact = page.url
        emails.first.get_by_role("button", name="Newer than the contact").click()
        expect(page.locator(".o_inbox_form .o_inbox_email_open")).to_have_count(1)
        # The address follows what is shown a moment later: without it there is nowhere to go back from.
        expect(page).not_to_have_url(contact)
        page.go_back()
        toggle.click()
        expect(emails).to_have_count(0)
        expect(chatter.locator(".o-mail-Message")).to_have_count(1)


def test_further_addresses_of_a_contact(world):
    world.deliver(SHARED, email("From home", sender="Fay <fay@home.example>"))
    steps.eventually(lambda: world.query("SELECT id FROM inbox_message WHERE subject = 'From home'"))
    with world.page("admin") as page:
        partner = steps.call(page, "res.partner", "create", {"name": "Fay Far", "email": "fay@far.example"})
        page.goto(f"/odoo/res.partner/{partner}")
        addresses = page.locator("[name=inbox_address_ids]")
        listed = page.locator(".o_inbox_record_emails .o_data_row")
        count = page.locator("button[name=action_open_inbox_messages]")
        expect(count).to_contain_text("0")
        listens(page)
        page.locator(".o_notebook .nav-link", has_text="Emails").click()
        expect(page.locator(".o_inbox_record_emails .o_list_renderer")).to_be_visible()
        addresses.locator(".o_field_x2many_list_row_add a").click()
        addresses.locator("td[name=email] input").fill("fay@home.example")
        page.locator(".o_form_button_save").click()
        # The open tab follows, and so does the number.
        expect(listed).to_have_count(1)
        expect(listed).to_contain_text("From home")
        expect(count).to_contain_text("1")
        page.reload()
        expect(count).to_contain_text("1")
        listens(page)
        page.locator(".o_notebook .nav-link", has_text="Emails").click()
        expect(listed).to_have_count(1)
        addresses.locator(".o_list_record_remove").click()
        page.locator(".o_form_button_save").click()
        expect(listed).to_have_count(0)
        expect(count).to_contain_text("0")


def test_whose_turn_it_is_among_the_deals(world):
    with world.page("admin") as page:
        partner = steps.call(page, "res.partner", "create", {"name": "Wanda", "email": "wanda@waits.example"})
        values = {"name": "Deal that waits", "type": "opportunity", "partner_id": partner, "user_id": 2}
        deal = steps.call(page, "crm.lead", "create", values)
        steps.call(page, "crm.lead", "create", {**values, "name": "Deal that does not", "partner_id": False})
        world.deliver(SHARED, email("Are you there?", sender="Wanda <wanda@waits.example>"))
        turn = "SELECT inbox_waiting_for FROM crm_lead WHERE id = %s"
        steps.eventually(lambda: world.query(turn, deal), [("us",)])
        page.goto("/odoo/crm")
        record = page.locator(".o_kanban_record", has_text="Deal that")
        expect(record).to_have_count(2)
        expect(record.locator("[aria-label='Waiting for our answer']")).to_have_count(1)
        page.locator(".o_searchview_dropdown_toggler").click()
        page.locator(".o_filter_menu").get_by_text("Emails wait for us", exact=True).click()
        expect(record).to_have_count(1)
        expect(record).to_contain_text("Deal that waits")


def with_files(subject, files):
    """An email that answers <works@works.example>, with files: name, type and content of each."""
    message = EmailMessage(policy=SMTP)
    message["From"] = "Wim Works <wim@works.example>"
    message["To"] = SHARED
    message["Subject"] = subject
    message["Date"] = ago(minutes=1)
    message["Message-ID"] = "<plan@works.example>"
    message["In-Reply-To"] = "<works@works.example>"
    message.set_content("Here is the plan of which I told you.\n\nOn Monday, Wim wrote:\n> The plan will come.\n")
    for name, mimetype, content in files:
        maintype, subtype = mimetype.split("/")
        message.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
    return message.as_bytes()


def pdf(text):
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.drawString(100, 700, text)
    canvas.save()
    return file.getvalue()


VCARD = (
    b"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Works;Wilma\r\nFN:Wilma Works\r\nORG:Works Ltd\r\nTITLE:Head of works\r\n"
    b"EMAIL:wilma@works.example\r\nTEL;TYPE=work:+49 30 123456\r\nEND:VCARD\r\n"
)
INVITATION = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:works\r\nSUMMARY:Visit\r\n"
    b"DTSTART:20240704T073000Z\r\nDTEND:20240704T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def test_what_comes_with_an_email(world):
    first = email(
        "The works", sender="Wim Works <wim@works.example>", message_id="<works@works.example>",
        body="The plan will come.", date=ago(minutes=2),
    )  # fmt: skip
    second = with_files(
        "Re: The works",
        [
            ("invite.ics", "text/calendar", INVITATION),
            ("invite.ics", "application/ics", INVITATION.replace(b"\r\n", b"\n")),
            ("plan.pdf", "application/pdf", pdf("Floor plan of the works")),
            ("wilma.vcf", "text/vcard", VCARD),
        ],
    )
    world.deliver(SHARED, first, second)
    both = "SELECT count(*) FROM inbox_message WHERE subject LIKE '%%The works'"
    steps.eventually(lambda: world.query(both), [(2,)])
    with reading(world, "The works") as (page, _card):
        pane = page.locator(".o_inbox_reading_pane")
        files = pane.locator(".o_inbox_file")
        expect(files).to_have_count(3)
        expect(files.filter(has_text="invite.ics")).to_have_count(1)
        expect(pane.locator(".o_inbox_event")).to_have_count(1)

        # The file is the email, byte for byte.
        pane.locator(".o_inbox_answer .o_inbox_answer_more").click()
        with page.expect_download() as downloading:
            page.get_by_role("menuitem", name="Download .eml").click()
        assert downloading.value.suggested_filename == "Re The works.eml"
        assert Path(downloading.value.path()).read_bytes() == second

        # A page of the PDF is drawn, with its words.
        files.filter(has_text="plan.pdf").locator(".o_inbox_file_open").click()
        viewer = page.frame_locator(".o-FileViewer iframe")
        expect(viewer.locator(".page[data-page-number='1'] canvas")).to_be_visible()
        expect(viewer.locator(".page[data-page-number='1'] .textLayer")).to_contain_text("Floor plan of the works")
        page.locator(".o-FileViewer [aria-label=Close], .o-FileViewer .fa-times").first.click()
        expect(page.locator(".o-FileViewer")).to_have_count(0)

        # What the visiting card says becomes a contact.
        pane.locator(".o_inbox_vcard").get_by_role("button", name="Create contact").click()
        dialog = page.locator(".modal")
        expect(dialog.locator("[name=name] input, [name=name] textarea").first).to_have_value("Wilma Works")
        expect(dialog.locator("[name=email] input").first).to_have_value("wilma@works.example")
        dialog.get_by_role("button", name="Save").first.click()
        expect(dialog).to_have_count(0)
        fields = ["name", "phone", "function", "company_name"]
        [wilma] = steps.call(page, "res.partner", "search_read", [["email", "=", "wilma@works.example"]], fields)
        assert [wilma[name] for name in fields] == ["Wilma Works", "+49 30 123456", "Head of works", "Works Ltd"]

        # All of the conversation on paper, with nothing folded away.
        pane.locator(".o_inbox_answer .o_inbox_answer_more").click()
        page.get_by_role("menuitem", name="Print conversation").click()
        paper = page.frame_locator(".o_inbox_print")
        emails = paper.locator(".concord-email")
        expect(emails).to_have_count(2)
        expect(emails.nth(0).locator("h1")).to_have_text("The works")
        expect(emails.nth(1).locator("h1")).to_have_text("Re: The works")
        expect(emails.nth(1)).to_contain_text("Here is the plan")
        expect(emails.nth(1)).to_contain_text("> The plan will come.")
        expect(emails.nth(1).locator(".concord-files")).to_contain_text("plan.pdf")
        expect(paper.locator("details")).to_have_count(0)
