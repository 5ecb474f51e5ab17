"""What else lies in a mailbox: automatic replies, bounces, spam, what was thrown away, drafts."""

from datetime import timedelta
from email.utils import format_datetime

from .clock import in_zone
from .conversations import chain
from .mime import Mail, digest
from .people import DOMAIN, PEOPLE
from .post import Post
from .records import records

# who, mailbox, thread and email (from 0) that set it off, working days ago, time, subject, text
_AWAY = records("""
priya | hanna | reading-room | 7 | 31 | 08:59 | Automatic reply: Validity of Q-2019
    Thank you for your email. I'm on annual leave until Monday week. For anything urgent please write to Samuel
    Okafor.
katrin | sales | mueller-fyr | 3 | 49 | 11:31 | Abwesenheitsnotiz: Nachbestellung Fyr 28
    Vielen Dank für Ihre Nachricht. Ich bin bis Ende der Woche auf der Messe und lese E-Mails nur abends. In
    dringenden Fällen hilft Ihnen Herr Groß gerne weiter.
helene | tomas | facture-3344 | 0 | 11 | 10:37 | Réponse automatique : Relance : facture INV-3344
    Bonjour, je suis absente ce matin et vous répondrai dès mon retour. La comptabilité est joignable par
    téléphone.
naoki | sales | tokyo-fair | 1 | 19 | 10:06 | 自動返信: 東京の展示会についてのご相談
    お問い合わせありがとうございます。

    本日は出張のため、お返事が遅れる場合がございます。

    山本 直樹
layla | sales | dubai-lobby | 3 | 40 | 11:36 | رد تلقائي: طلب عرض أسعار لبهو فندق في دبي
    شكرًا على رسالتكم. أنا في إجازة حتى يوم الأحد، وسأرد عليكم فور عودتي.
beatriz | tomas | costa-samples | 3 | 20 | 09:34 | Out of office: Terrace lamps for Porto: samples
    I am at the vineyard, where there is no signal and no regret. Rui reads my email until Thursday.
""")

# mailbox, days ago, time, name, address, subject, text
_SPAM = records("""
sales | 1 | 02:14 | Account Security | security@mailbox-upgrade.test | Your mailbox is 99.8% full!!!
    Dear user, your mailbox will be closed in 24 hours. Confirm your password at
    https://mailbox-upgrade.test/login now.
sales | 2 | 03:33 | SEO Gary | gary@rank-rocket.test | I looked at your website and I have bad news
    Hi there, your site is on page 7 for the word 'lamp'. I can bring it to page 1 in 14 days. Shall I call you?
sales | 5 | 11:20 | Prince of Lumina | prince@royal-inheritance.test | Urgent and confidental offer
    Dearest friend, I have 18,000,000 in a chest and no key. Your lamps were recommended to me. Kindly send your
    bank details.
sales | 9 | 23:59 | Cheap LED Factory | boss@cheap-led-factory.test | LED 0.02 each MOQ 1,000,000
    Hello dear, we are leading manufactory of LED. Best price. Fast shipping. Please reply you interest.
sales | 15 | 04:41 | Northlight Finance | finance@north-light.test | New bank account of Northlight AB
    Dear customer, from today our bank account is abroad. Please pay all open invoices to the new account.
    Regards, Finance.
hanna | 3 | 05:27 | Miracle Sleep | hello@miracle-sleep.test | Sleep 9 hours in 4
    Doctors hate this pillow. Order three, pay two: https://miracle-sleep.test/now
hanna | 19 | 02:50 | HR Department | hr@payroll-update.test | Salary adjustment: action required
    Open the form to receive your new salary: https://payroll-update.test/form
tomas | 4 | 00:12 | Crypto Claudia | claudia@moon-coin.test | Tomas, you have been chosen
    Only 12 people in your city know about this coin. Be number 13.
tomas | 12 | 03:03 | Lotería Mundial | premios@loteria-mundial.test | ¡Felicidades! Su número ha ganado
    Usted ha ganado 850.000 euros en un sorteo en el que no ha participado. Responda hoy mismo.
""")

# mailbox, days ago, time, name, address, subject, text
_TRASH = records("""
sales | 6 | 09:30 | Office Plants United | green@officeplants.example | Your ficus misses you
    It is time to renew your plant care plan. The ficus in the showroom was last watered by us in spring.
sales | 17 | 14:00 | Expo Stands | offers@expostands.example | Stand builders near you
    Three stand builders would like to make you an offer for Milan.
hanna | 8 | 12:44 | Astrid Berg | astrid@northlight.example | Who took my calliper?
    The one with the red handle. I know that it was somebody from upstairs.

    Astrid
hanna | 22 | 18:20 | Gym at the Quay | hello@quaygym.example | We have not seen you since January
    Come back and train one month for free.
tomas | 8 | 12:44 | Astrid Berg | astrid@northlight.example | Who took my calliper?
    The one with the red handle. I know that it was somebody from upstairs.

    Astrid
tomas | 30 | 07:00 | Miles & More Miles | news@milesandmore-miles.example | Your miles expire soon
    You have 312 miles left. They are worth one coffee, without milk.
""")

# mailbox, thread and email (from 0) that it answers, working days ago, time, to, subject, text; - for nothing
_DRAFTS = records("""
sales | dubai-lobby | 4 | 1 | 17:10 | omar layla | Re: طلب عرض أسعار لبهو فندق في دبي
    الأستاذ عمر المحترم،

    شكرًا على الخبر السار. بخصوص الخصم، تحدثت مع الإدارة و
hanna | glasgow | 0 | 1 | 17:48 | fiona callum | Re: A second Cask Room
    Fiona, Callum,

    that door! I can come on Friday of next week. Before that, could you find out whether the hooks in the ridge
    are
tomas | - | 0 | 2 | 16:55 | beatriz | Batteries: four years?
    Cara Beatriz,

    four years is a long time in the salt, but
tomas | - | 0 | 33 | 11:15 | jack | -
    Hi Jack, one idea for next season:
""")


def add(post: Post) -> None:
    """All of it into `post`."""
    for row in _AWAY:
        _away(post, *row)
    for row in _SPAM:
        _stray(post, "Junk", "$Junk", *row)
    for row in _TRASH:
        _stray(post, "Trash", "\\Seen", *row)
    for row in _DRAFTS:
        _draft(post, *row)
    _bounce(
        post,
        "tomas",
        43,
        "11:26",
        "j.rowan",
        "oakline.example",
        "Spare parts for the Fyr",
        "Hi Jack,\n\nthe list of spare parts that you asked for on the phone: sockets, wires, canopies. All on stock.\n\nTomás\n",
    )
    _bounce(
        post,
        "hanna",
        5,
        "09:41",
        "aoife.brennan",
        "verdigris.example",
        "Moss, week two",
        "Aoife, the first four are in the vinegar. It smells like chips.\n\nHanna\n",
    )


def _away(
    post: Post, who: str, mailbox: str, thread: str, index: int, ago: int, time: str, subject: str, text: str
) -> None:
    """An automatic reply (RFC 3834), which names what set it off."""
    person = PEOPLE[who]
    mail = Mail(
        sender=(person.name, person.email),
        to=[(PEOPLE[mailbox].name, PEOPLE[mailbox].email)],
        subject=subject,
        date=in_zone(post.clock.at(post.clock.working_day(ago), time, 59), person.tz),
        message_id=f"<auto-{digest(who, subject)[:16]}@{person.domain}>",
        text=text + "\n",
        charset=person.charset,
        headers={
            **chain(thread, index),
            "Auto-Submitted": "auto-replied",
            "X-Auto-Response-Suppress": "All",
            "Precedence": "auto_reply",
        },
    )
    post.receive(mail, mailbox, flags=("\\Seen",), bounce="")


def _stray(
    post: Post,
    folder: str,
    flag: str,
    mailbox: str,
    ago: int,
    time: str,
    name: str,
    email: str,
    subject: str,
    text: str,
) -> None:
    mail = Mail(
        sender=(name, email),
        to=[(PEOPLE[mailbox].name, PEOPLE[mailbox].email)],
        subject=subject,
        date=post.clock.at(post.clock.today - timedelta(days=ago), time, 9),
        text=text + "\n",
        message_id=f"<{digest(subject)[:20]}@{email.partition('@')[2]}>",
    )
    if folder == "Junk":
        mail.headers["X-Spam-Flag"] = "YES"
        mail.html = f'<html><body bgcolor="#ffffcc"><font size="4" color="#cc0000">{text}</font></body></html>\n'
    post.receive(mail, mailbox, folder, (flag,))


def _draft(
    post: Post, mailbox: str, thread: str, index: int, ago: int, time: str, to: str, subject: str, text: str
) -> None:
    owner = PEOPLE[mailbox]
    mail = Mail(
        sender=(owner.name, owner.email),
        to=[(PEOPLE[key].name, PEOPLE[key].email) for key in to.split()],
        subject="" if subject == "-" else subject,
        headers={} if thread == "-" else chain(thread, index),
        date=post.clock.at(post.clock.working_day(ago), time, 2),
        text=text + "\n",
        message_id=f"<draft-{digest(mailbox, text)[:16]}@{DOMAIN}>",
    )
    post.keep(mail, mailbox, "Drafts", ("\\Seen", "\\Draft"))


_DSN = """\
From: Mail Delivery System <MAILER-DAEMON@mx.{own}>
To: {sender}
Subject: Undelivered Mail Returned to Sender
Date: {date}
Message-ID: <{mark}@mx.{own}>
In-Reply-To: {original_id}
References: {original_id}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
 boundary="=_{mark}"

This is a MIME-encapsulated message.

--=_{mark}
Content-Type: text/plain; charset=us-ascii
Content-Description: Notification

This is the mail system at host mx.{own}.

I'm sorry to have to inform you that your message could not be delivered
to one recipient. It is attached below.

<{recipient}>: host mail.{domain}[192.0.2.25] said: 550 5.1.1
    <{recipient}>: Recipient address rejected: User unknown
    (in reply to RCPT TO command)

--=_{mark}
Content-Type: message/delivery-status
Content-Description: Delivery report

Reporting-MTA: dns; mx.{own}
Arrival-Date: {date}

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.{domain}
Diagnostic-Code: smtp; 550 5.1.1 <{recipient}>: User unknown

--=_{mark}
Content-Type: message/rfc822
Content-Description: Undelivered Message

{original}
--=_{mark}--
"""


class _Bounce(Mail):
    """A delivery report (RFC 3464), which `Mail` cannot express; `text` is the whole source with LF line ends."""

    def source(self) -> bytes:
        return self.text.replace("\r\n", "\n").replace("\n", "\r\n").encode("ascii")


def _bounce(post: Post, mailbox: str, ago: int, time: str, local: str, domain: str, subject: str, text: str) -> None:
    """An email to an address that does not exist, and what comes back half a minute later."""
    owner = PEOPLE[mailbox]
    date = post.clock.at(post.clock.working_day(ago), time)
    recipient = f"{local}@{domain}"
    sent = Mail(
        sender=(owner.name, owner.email),
        to=[("", recipient)],
        subject=subject,
        date=date,
        text=text,
        message_id=f"<{digest(subject)[:20]}@{DOMAIN}>",
    )
    post.keep(sent, mailbox)
    back = date + timedelta(seconds=30)
    # The report is pure ASCII: the name of its addressee and the body of the original are encoded or left out.
    original = sent.source().decode("latin-1").partition("\r\n\r\n")[0]
    source = _DSN.format(
        own=DOMAIN,
        sender=owner.email,
        date=format_datetime(back),
        mark=digest(recipient)[:18],
        recipient=recipient,
        domain=domain,
        original_id=sent.message_id,
        original=original + "\n",
    )
    report = _Bounce(
        sender=("Mail Delivery System", f"MAILER-DAEMON@mx.{DOMAIN}"),
        to=[("", owner.email)],
        subject="Undelivered Mail Returned to Sender",
        date=back,
        message_id=f"<{digest(recipient)[:18]}@mx.{DOMAIN}>",
        text=source,
    )
    post.receive(report, mailbox, flags=("\\Seen",), bounce="")
