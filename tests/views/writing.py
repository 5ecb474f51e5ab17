"""Where emails are written and sent: a mail server, a submission server, two accounts, a contact and a deal."""

import contextlib
import email.message
import email.policy
import email.utils

from tests.servers.dovecot import Dovecot
from tests.servers.submission import Submission
from tests.sync.common import PASSWORD
from tests.views import steps
from tests.views.steps import eventually

SHARED, PERSONAL = "sales@northlight.example", "anna@northlight.example"
ADA, BEN, LIST = "ada@customer.example", "ben@customer.example", "talk@lists.example"
#: Each answered by one test, so that none finds the answer of another in its conversation.
TOPICS = ("chairs", "tables", "lamps", "shelves", "benches", "stools")


class World(steps.Served):
    """The user `personal` has an account, and does not read the shared one.

    Attributes: `server`, `smtp`; `contact` and `deal`, ids of Ada and of what one sells her, with a file.
    """

    def __init__(self, stack: contextlib.ExitStack, folder):
        self.server = stack.enter_context(Dovecot())
        self.smtp = stack.enter_context(Submission({SHARED: PASSWORD, PERSONAL: PASSWORD}))
        for user in (SHARED, PERSONAL):
            self.server.add_user(user, PASSWORD)
            self.server.append(user, "INBOX", [question(user, topic) for topic in TOPICS])
        self.server.append(PERSONAL, "INBOX", [invitation(PERSONAL)])
        super().__init__(
            stack,
            folder,
            self._settings(SHARED, account_type="shared", name="Sales"),
            self._settings(PERSONAL, account_type="personal", name="Anna's mail", login="personal"),
        )
        self._begin_to_sell()

    def _settings(self, user, **more):
        smtp = {"smtp_host": "127.0.0.1", "smtp_port": self.smtp.port, "smtp_encryption": "none"}
        return steps.imap_settings(self.server, user, **smtp, **more)

    def _begin_to_sell(self):
        """A contact and a deal, with a file and a template for each."""
        admin = self.session("admin")
        [[_model, group]] = self._references("sales_team.group_sale_salesman_all_leads")
        [user] = admin("res.users", "search", [("login", "=", "personal")])
        admin("res.users", "write", [user], {"group_ids": [(4, group)]})
        [self.contact] = admin("res.partner", "create", [{"name": "Ada Customer", "email": ADA}])
        deal = {"name": "Forty chairs", "type": "opportunity", "partner_id": self.contact, "user_id": user}
        [self.deal] = admin("crm.lead", "create", [deal])
        file = {"res_model": "crm.lead", "res_id": self.deal, "datas": "Zm91ciB3YWxscw==", "mimetype": "text/plain"}
        admin("ir.attachment", "create", [file | {"name": "hall.txt"}, file | {"name": "cellar.txt"}])
        templates = {
            "crm.lead": ("Offer", "For {{ object.partner_id.name }}", '<p>We offer <t t-out="object.name"/>.</p>'),
            "res.partner": ("Welcome", "Welcome {{ object.name }}", '<p>Dear <t t-out="object.name"/>,</p>'),
        }
        for model, (name, subject, body) in templates.items():
            [model_id] = admin("ir.model", "search", [("model", "=", model)])
            values = {"name": name, "model_id": model_id, "subject": subject, "body_html": body}
            admin("mail.template", "create", [values])

    def _references(self, xml_id):
        module, _dot, name = xml_id.partition(".")
        return self.query("SELECT model, res_id FROM ir_model_data WHERE module = %s AND name = %s", module, name)

    def arrived(self, text):
        """The email with `text` in its subject, as the submission server got it."""

        def find():
            for envelope in self.smtp.envelopes:
                message = email.message_from_bytes(envelope.content, policy=email.policy.default)
                if text in message["Subject"]:
                    return envelope, message
            return None

        return eventually(find)

    def rows_of(self, subject, column):
        return self.query(f"SELECT {column} FROM inbox_message WHERE subject = %s ORDER BY id", subject)


def question_id(user, topic) -> str:
    return f"<{topic}.{user.partition('@')[0]}@customer.example>"


def question(user, topic) -> bytes:
    """An email with a file, to several people and by a mailing list; that about stools can be left, and is signed."""
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"] = f"Ada Customer <{ADA}>"
    message["To"] = f"{user}, Ben Customer <{BEN}>"
    message["Cc"] = "Carol Customer <carol@customer.example>"
    message["Subject"] = f"When can you deliver {topic}?"
    message["Message-ID"] = question_id(user, topic)
    message["Date"] = email.utils.localtime()
    message["List-Post"] = f"<mailto:{LIST}>"
    message.set_content("We need forty of them.\n")
    link = f"mailto:{BEN}?subject=Colours%20of%20{topic}&amp;body=Which%20ones%3F"
    message.add_alternative(f"<p>We need <b>forty</b> of them. <a href='{link}'>Ask Ben</a></p>", subtype="html")
    message.add_attachment(b"%PDF-1.4 plan", maintype="application", subtype="pdf", filename="plan.pdf")
    if topic == "stools":
        message["List-Unsubscribe"] = f"<mailto:{LIST}?subject=leave>, <https://shop.example@lists.example/leave?who=1>"
        message.add_attachment(b"signed", maintype="application", subtype="pgp-signature", filename="signature.asc")
    return message.as_bytes()


def invitation(user) -> bytes:
    """Ada invites `user`; as a rendition of the text, as calendars send it."""
    calendar = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:visit-1\r\nSEQUENCE:2\r\n"
        "SUMMARY:Visit of the hall\r\nDTSTART:20300704T073000Z\r\nDTEND:20300704T090000Z\r\n"
        f"ORGANIZER;CN=Ada Customer:mailto:{ADA}\r\nATTENDEE;CN=Anna;RSVP=TRUE:mailto:{user}\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"] = f"Ada Customer <{ADA}>"
    message["To"] = user
    message["Subject"] = "Invitation: Visit of the hall"
    message["Message-ID"] = "<visit@customer.example>"
    message["Date"] = email.utils.localtime()
    message.set_content("Please come.\n")
    message.add_alternative(calendar, subtype="calendar", params={"method": "REQUEST"})
    return message.as_bytes()


def html_of(message) -> str:
    return message.get_body(("html",)).get_content()
