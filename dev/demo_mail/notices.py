"""What machines write: the form of the website, parcels, payments, suppliers' invoices, accounts of web services."""

import html
from datetime import timedelta

from . import documents
from .clock import in_zone
from .mime import Mail, digest
from .model import Pdf
from .people import DOMAIN, PEOPLE
from .post import Post
from .records import records

# working days ago, time, name, address, topic, text
_FORMS = records("""
0 | 16:20 | Leonie Brandt | leonie@brandt-architektur.example | Price list
    Hello, could you send us your trade price list? We plan a day clinic with 40 wall lamps.
1 | 22:14 | Oliver Byrne | oliver.byrne@post.example | Repair
    The leather pull of my Skog came off. My toddler is very strong. Can I buy a new one?
4 | 13:31 | Chiara Conti | chiara@conti-interni.example | Showroom
    Do you have a showroom in Italy, or shall I come to Milan to the fair and see everything there?
10 | 19:02 | Hiroshi Tanabe | tanabe@cafe-yukari.example | Catalogue
    I run a small cafe in Kanazawa. Please send the catalogue. Paper is best, my wife likes to draw circles on
    it.
29 | 16:20 | Pascal Renaud | pascal.renaud@post.example | Tarif
    Bonjour, quel est le prix de la suspension Dis avec un câble de six mètres ? Merci !
57 | 20:39 | Amal Haddou | amal@riad-yasmine.example | Order
    We love the Tuva for our riad in Fes. Twelve rooms, twenty-four lamps. Do you deliver to Morocco?
76 | 09:11 | Kees Bakker | kees.bakker@post.example | Repair
    My Polaris of 1994 needs a new socket. It has outlived two marriages and I would like to keep it.
""")

# working days ago, time, shipment, place, state, sentence
_PARCELS = records("""
0 | 08:05 | NL-8921 | London | Out for delivery | The driver is on the way and arrives between 10:00 and 12:00.
1 | 18:40 | NL-8921 | London | Arrived at the depot | Your consignment has reached our depot in Croydon.
3 | 15:12 | NL-8917 | Malmö | Delivered | Received by: E. SANDBERG, loading bay, 2 pallets.
9 | 17:05 | NL-8909 | Köln | Delivered | Received by: S. GROSS. Remark of the driver: NONE.
14 | 14:48 | NL-8896 | Köln | Delivered | Received by: S. GROSS. Remark of the driver: CARTON 7 DENTED.
24 | 16:30 | NL-8790 | Dubai | Delivered | Received by: O. ALMANSOURI, 9 cartons.
83 | 13:50 | NL-8731 | Bristol | Delivered | Received by: H. LOWE, 1 pallet, 1 box that smells of cinnamon.
""")

# working days ago, time, payer, reference, amount
_PAYMENTS = records("""
2 | 06:10 | The Cask Room Ltd | INV-3350 | 540.00 EUR
9 | 06:10 | Atelier Bertin | INV-3344 | 1,860.00 EUR
14 | 06:10 | Hotel Aurora Group | INV-3398 deposit | 4,370.40 EUR
50 | 06:10 | Oakline Interiors Inc | INV-3318 | 27,365.00 USD
71 | 06:10 | Leuchten Müller GmbH | INV-3297 | 3,120.00 EUR
95 | 06:10 | Studio Verdigris | INV-3251 | 890.00 EUR
""")

# working days ago, time, who, number, lines, sentence
_BILLS = (
    (
        7,
        "11:02",
        "sara",
        "F-20418",
        (("Brass rod CW510L, 40 mm, lead-free (kg)", 400, 8.9),),
        "Please find attached our invoice for the second lot. Thank you for the cinnamon buns.",
    ),
    (
        27,
        "13:40",
        "ulla",
        "OG-1190",
        (("Globe Dis 20, mouth-blown", 45, 88.0),),
        "Invoice for the 45 globes is attached. The 15 with bubbles were on the one before.",
    ),
    (
        68,
        "11:15",
        "sara",
        "F-20377",
        (("Brass rod CW510L, 40 mm, lead-free (kg)", 400, 8.9),),
        "Please find attached our invoice for the first lot. The new loading hours are 7 to 15.",
    ),
    (
        88,
        "14:05",
        "ulla",
        "OG-1151",
        (("Globe Dis 20, mouth-blown", 60, 88.0), ("Wooden mould, repair", 1, 240.0)),
        "Attached is the invoice for the last batch and for the repair of the mould. It has its crack, and keeps it.",
    ),
)

# mailbox, days ago, time, name, address, subject, text
_SERVICES = records("""
tomas | 1 | 09:02 | Milan Light Fair | no-reply@milanlightfair.example | Your stand C-36 is confirmed
    Corner stand, 36 square metres, hall 4. Please order electricity six weeks before the fair at the latest.
hanna | 6 | 20:11 | Fjordline Trains | noreply@fjordlinetrains.example | Your ticket to Bergen
    Seat 41, window, quiet coach. Show this email or the code in it to the conductor.
sales | 8 | 03:00 | Cloudkiln | no-reply@cloudkiln.example | Backup of northlight-files finished
    All 48,212 files are safe. Nothing to do.
tomas | 21 | 10:40 | Skyward Hotels Booking | reservations-noreply@skywardbooking.example | Your booking in Kyoto
    Two nights, one room with tatami. Free cancellation until the day before.
hanna | 33 | 12:26 | Letterbox | noreply@letterbox.example | New sign-in to your account
    Somebody signed in from Gothenburg with a new browser. If it was you, you can delete this email.
sales | 44 | 08:15 | Registry of Trade Marks | do-not-reply@trademarks.example | Renewal of NORTHLIGHT due in six months
    The fee can be paid from today. No action is needed if you have named a representative.
""")


def add(post: Post) -> None:
    """All notices into `post`."""
    for index, form in enumerate(_FORMS):
        _form(post, index, *form)
    for row in _PARCELS:
        _parcel(post, *row)
    for row in _PAYMENTS:
        _payment(post, *row)
    for row in _BILLS:
        _bill(post, *row)
    for index, row in enumerate(_SERVICES):
        _service(post, index, *row)
    for month in range(4):
        _subscription(post, month)


def _to(key: str) -> list[tuple[str, str]]:
    return [(PEOPLE[key].name, PEOPLE[key].email)]


def _table(rows: list[tuple[str, str]], title: str, colour: str) -> str:
    cells = "\n".join(
        f'<tr><td style="padding:6px 12px;color:#777777">{html.escape(label)}</td>'
        f'<td style="padding:6px 12px"><b>{html.escape(value)}</b></td></tr>'
        for label, value in rows
    )
    return (
        f'<html><body style="font-family:Arial,sans-serif"><table width="560" cellspacing="0" '
        f'style="border:1px solid #dddddd">\n<tr><td colspan="2" style="background:{colour};color:#ffffff;'
        f'padding:14px 12px;font-size:18px">{html.escape(title)}</td></tr>\n{cells}\n</table></body></html>\n'
    )


def _form(post: Post, index: int, ago: int, time: str, name: str, email: str, topic: str, text: str) -> None:
    body = f"Name: {name}\nEmail: {email}\nTopic: {topic}\n\n{text}\n\n(Sent from the contact form of the website.)\n"
    mail = Mail(
        sender=("Northlight website", f"noreply@{DOMAIN}"),
        to=_to("sales"),
        subject=f"Contact form: {topic}",
        date=post.clock.at(post.clock.working_day(ago), time, 12),
        text=body,
        message_id=f"<form-{digest(name)[:14]}@www.{DOMAIN}>",
        headers={"Reply-To": f"{name} <{email}>", "X-Form": "contact"},
    )
    flags = post.seen(ago) if index % 3 else ("\\Flagged",)
    post.receive(mail, "sales", flags=flags)


def _parcel(post: Post, ago: int, time: str, number: str, place: str, state: str, sentence: str) -> None:
    link = f"https://track.swiftlane.example/{number}"
    page = _table([("Shipment", number), ("To", place), ("State", state), ("", sentence)], "Swiftlane Cargo", "#0b4a6f")
    mail = Mail(
        sender=("Swiftlane Tracking", "noreply@swiftlane.example"),
        to=_to("sales"),
        subject=f"{number} to {place}: {state}",
        date=in_zone(post.clock.at(post.clock.working_day(ago), time, 31), "Europe/Amsterdam"),
        text=f"Shipment {number} to {place}: {state}\n\n{sentence}\n\nFollow it: {link}\n",
        html=page.replace(
            "</table>", f'<tr><td></td><td style="padding:12px"><a href="{link}">Follow it</a></td></tr></table>'
        ),
        message_id=f"<{digest(number, state)[:18]}@track.swiftlane.example>",
        headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    )
    post.receive(
        mail,
        "sales",
        "INBOX" if ago < 5 else "Suppliers/Shipping",
        post.seen(ago, 0.5),
        bounce="bounces@track.swiftlane.example",
    )


def _payment(post: Post, ago: int, time: str, payer: str, reference: str, amount: str) -> None:
    rows = [("From", payer), ("Reference", reference), ("Amount", amount)]
    mail = Mail(
        sender=("Paybridge", "no-reply@paybridge.example"),
        to=_to("sales"),
        subject=f"You received {amount}",
        date=post.clock.at(post.clock.working_day(ago), time, 3),
        message_id=f"<{digest(reference)[:20]}@paybridge.example>",
        text="".join(f"{label}: {value}\n" for label, value in rows),
        html=_table(rows, "Payment received", "#256d4b"),
        headers={"Auto-Submitted": "auto-generated"},
    )
    post.receive(mail, "sales", "INBOX" if ago < 30 else "Archive", post.seen(ago))


def _bill(post: Post, ago: int, time: str, key: str, number: str, lines: tuple, sentence: str) -> None:
    person = PEOPLE[key]
    date = post.clock.at(post.clock.working_day(ago), time, 45)
    paper = Pdf("Invoice", number, "Northlight AB", lines, "EUR", person.company)
    mail = Mail(
        sender=(person.name, person.email),
        to=_to("sales"),
        cc=[(PEOPLE["jonas"].name, PEOPLE["jonas"].email)],
        subject=f"Invoice {number}",
        date=date,
        message_id=f"<{digest(number)[:20]}@{person.domain}>",
        text=f"Hello,\n\n{sentence}\n\nBest regards,\n{person.name}\n",
        files=[(documents.filename(paper), "application/pdf", documents.content(paper, date.date()))],
    )
    post.receive(mail, "sales", "Suppliers/Brass & Glass" if ago > 10 else "INBOX", post.seen(ago, 1.0))


def _subscription(post: Post, month: int) -> None:
    """The monthly invoice of a web service; `month` 0 is the newest."""
    ago = 16 + month * 30
    date = post.clock.at(post.clock.today - timedelta(days=ago), "04:12", month)
    paper = Pdf(
        "Invoice",
        f"CK-{7730 - month}",
        "Northlight AB",
        (("Cloudkiln Storage, 500 GB, one month", 1, 24.0),),
        issuer="Cloudkiln",
    )
    page = _table(
        [("Invoice", paper.number), ("Amount", "24.00 EUR"), ("Paid by", "Card ending in 0417")],
        "Your monthly invoice",
        "#5a3e85",
    )
    mail = Mail(
        sender=("Cloudkiln Billing", "billing-noreply@cloudkiln.example"),
        to=_to("sales"),
        subject=f"Invoice {paper.number}",
        date=date,
        message_id=f"<{digest(paper.number)[:20]}@cloudkiln.example>",
        text=f"Your invoice {paper.number} over 24.00 EUR is attached and already paid.\n",
        html=page,
        headers={"Auto-Submitted": "auto-generated"},
        files=[(documents.filename(paper), "application/pdf", documents.content(paper, date.date()))],
    )
    post.receive(mail, "sales", "Suppliers" if month else "INBOX", ("\\Seen",))


def _service(
    post: Post, index: int, key: str, ago: int, time: str, name: str, email: str, subject: str, text: str
) -> None:
    domain = email.partition("@")[2]
    page = (
        f'<html><body style="font:15px Arial,sans-serif"><img src="https://static.{domain}/logo.png" alt="{html.escape(name)}" '
        f'width="120" height="30"><p>{html.escape(text)}</p>\n<p style="color:#888888;font-size:12px">'
        f"{html.escape(name)} sent this by itself. Answers are not read.</p></body></html>\n"
    )
    mail = Mail(
        sender=(name, email),
        to=_to(key),
        subject=subject,
        text=text + "\n",
        html=page,
        date=post.clock.at(post.clock.today - timedelta(days=ago), time, 20 + index),
        message_id=f"<{digest(subject)[:22]}@{domain}>",
        headers={"Auto-Submitted": "auto-generated"},
    )
    post.receive(mail, key, "INBOX" if ago < 30 else "Archive", post.seen(ago))
