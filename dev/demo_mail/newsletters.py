"""Newsletters, with tables, inline CSS, pictures from afar and a tracking pixel."""

import html
from dataclasses import dataclass
from datetime import timedelta

from .mime import Mail, digest
from .people import PEOPLE
from .post import Post
from .records import records


@dataclass(frozen=True, slots=True)
class Letter:
    """A newsletter. Each issue takes the next three of `items`: (headline, text); the first headline is the subject.

    :param days: days between issues; `first`: age in days of the newest one; `count`: how many there are.
    """

    name: str
    sender: str
    mailbox: str
    folder: str
    time: str
    first: int
    days: int
    count: int
    colour: str
    greeting: str
    leave: str
    items: list[tuple[str, ...]]


_LETTERS = (
    Letter(
        "Lumen Weekly",
        "editors@lumenweekly.example",
        "sales",
        "Newsletters",
        "06:30",
        1,
        7,
        7,
        "#1f3a4d",
        "Good morning. Three things about light, in four minutes.",
        "Unsubscribe",
        records("""
Why museums are turning the lights down
    Fifty lux used to be a rule for paper. More and more curators extend it to whole rooms, and visitors stay
    longer.
The return of the pleated shade
    Two makers in Lyon cannot keep up with orders. We asked them who buys pleats today: people under thirty.
Flicker, measured at last
    A new standard puts a number on what everybody feels in a badly dimmed room.
A village that switched off
    Between midnight and five the street lamps of Ystervik rest. The burglars did not come; the owls did.
What a lumen costs in Lisbon
    Our yearly comparison of energy prices for hotels, from Porto to Pärnu.
Five desks, five lamps
    Writers show where they write and complain about the reflection on their screens.
Brass is up again
    Copper pulls it along. Workshops that bought in advance may smile until spring.
Interview: the man who repairs lighthouses
    “People think it is about the lamp. It is about the lens, and about the stairs.”
Dim to warm explained
    Why some lamps glow like a candle at ten percent and others look ill.
"""),
    ),
    Letter(
        "Nordic Trade Journal",
        "news@nordictrade.example",
        "tomas",
        "INBOX",
        "07:15",
        3,
        14,
        6,
        "#6b2d2d",
        "Your fortnightly briefing on trade to and from the North.",
        "Manage your subscription",
        records("""
Container rates fall for the third month
    Gothenburg to the US West Coast is back to the level of two years ago. Carriers take ships out to stop it.
New origin rules for Norway
    Glass and ceramics need the country of origin on every line of the invoice.
Japan: furniture imports up four percent
    Small series made by hand do best; buyers ask for stories as much as for prices.
Rail instead of road to Cologne
    A night train takes pallets again, three times a week.
Trade fairs: who still goes?
    Stands become smaller, conversations longer. A survey among 240 makers.
"""),
    ),
    Letter(
        "Retail Pulse",
        "hello@retailpulse.example",
        "sales",
        "Newsletters",
        "12:00",
        5,
        14,
        4,
        "#3d2f63",
        "What shops sold, returned and learned.",
        "Unsubscribe from this list",
        records("""
Returns: the box is the product
    A third of returned lamps were fine until the parcel was opened.
The quiet comeback of the shop window
    Three independents on why they stopped discounting and started decorating.
Under £100
    The price that every buyer asks for and few makers can reach: how two of them did.
Colours of next season
    Rust, plum, and a green that photographs badly and sells well.
"""),
    ),
    Letter(
        "La lettre des métiers d'art",
        "lettre@metiersdart.example",
        "sales",
        "Newsletters",
        "09:00",
        9,
        28,
        4,
        "#7a4b12",
        "Chaque mois, trois ateliers, trois histoires.",
        "Se désabonner",
        records("""
À Saint-Étienne, le laiton se travaille encore à la main
    Portrait d'un repousseur sur métaux qui forme ses deux filles au tour.
Le verre soufflé cherche ses apprentis
    Vingt places ouvertes à la rentrée, sept candidats : que se passe-t-il ?
Éclairer sans éblouir
    Une architecte d'intérieur raconte comment elle choisit la hauteur d'une suspension.
Exposition : l'abat-jour dans tous ses états
    Au musée des tissus, deux cents ans de plis, de perles et de papier.
"""),
    ),
    Letter(
        "Fachbrief Licht & Raum",
        "redaktion@lichtundraum.example",
        "tomas",
        "INBOX",
        "08:00",
        13,
        30,
        3,
        "#2f4a36",
        "Das Wichtigste für den Leuchtenhandel, einmal im Monat.",
        "Abbestellen",
        records("""
Was Kundinnen vor dem Kauf fragen
    Auf Platz eins: Ist die Leuchte dimmbar? Auf Platz zwei: Wer repariert sie?
Neue Kennzeichnung für Leuchtmittel
    Ab dem nächsten Quartal gehört das Etikett auch auf die Internetseite.
Zu Besuch in einer Gürtlerei
    Drei Generationen, eine Werkbank und sehr viel Messing.
"""),
    ),
    Letter(
        "照明デザイン通信",
        "news@shomei-tsushin.example",
        "tomas",
        "Export/日本",
        "06:00",
        18,
        32,
        3,
        "#20324f",
        "今月の灯りの話題を三つお届けします。",
        "配信停止はこちら",
        records("""
旅館の灯りはなぜ低いのか
    床に近い光が生む落ち着きについて、三人の設計者に聞きました。
北欧の手仕事、日本の暮らし
    真鍮と麻の照明が静かな人気を集めています。
春の展示会、出展社が決定
    今年は海外から四十社が参加します。
"""),
    ),
    Letter(
        "The Hotelier's Letter",
        "letter@hotelierletter.example",
        "hanna",
        "Reading",
        "10:00",
        2,
        21,
        3,
        "#4d4423",
        "One idea for your rooms, one for your lobby, one for yourself.",
        "Unsubscribe",
        records("""
The bedside test
    Lie down in your own rooms for an evening. You will change the lamp within the week.
Lobbies without a desk
    Guests love it, until the queue forms around a tablet.
What guests photograph
    The bath, the breakfast, and the lamp. In that order.
Sleep, sold separately
    Dark curtains pay for themselves in fourteen months.
"""),
    ),
)

_ROW = """<tr><td style="padding:18px 28px 4px 28px"><img src="{cdn}/{picture}.jpg" alt="" width="544" height="180" \
style="display:block;border:0"></td></tr>
<tr><td style="padding:4px 28px"><h2 style="font:600 19px Georgia,serif;color:{colour};margin:8px 0">{headline}</h2>
<p style="font:15px/1.5 Georgia,serif;color:#333333;margin:0">{text}</p>
<p><a href="{link}" style="color:{colour};font:14px Arial,sans-serif">{more}</a></p></td></tr>"""

_PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{subject}</title>
<style type="text/css">@media (max-width:600px) {{ .frame {{ width:100% !important }} }}</style></head>
<body style="margin:0;background:#f2f0eb">
<div style="display:none;max-height:0;overflow:hidden">{greeting}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td align="center">
<table class="frame" role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" bgcolor="#ffffff">
<tr><td bgcolor="{colour}" style="padding:22px 28px"><img src="{cdn}/logo.png" alt="" width="40" height="40">
<span style="font:700 24px Georgia,serif;color:#ffffff">{name}</span></td></tr>
<tr><td style="padding:20px 28px 0 28px;font:italic 15px Georgia,serif;color:#555555">{greeting}</td></tr>
{rows}
<tr><td bgcolor="#f2f0eb" style="padding:20px 28px;font:12px Arial,sans-serif;color:#777777">{name} &middot;
<a href="{leave_link}" style="color:#777777">{leave}</a></td></tr>
</table></td></tr></table>
<img src="{pixel}" alt="" width="1" height="1">
</body></html>
"""


def add(post: Post) -> None:
    """All newsletters into `post`."""
    for letter in _LETTERS:
        for issue in range(letter.count):
            _issue(post, letter, issue)


def _issue(post: Post, letter: Letter, issue: int) -> None:
    """The newest issue is number 0."""
    ago = letter.first + issue * letter.days
    date = post.clock.at(post.clock.today - timedelta(days=ago), letter.time, second=7 + issue)
    domain = letter.sender.partition("@")[2]
    number = 180 - issue
    # The newest issue opens with the first item; going back, issues begin further and further down the list.
    items = [letter.items[(issue * 2 + place) % len(letter.items)] for place in range(min(3, len(letter.items)))]
    subject = items[0][0]
    mark = digest(letter.name, str(number))[:10]
    link = f"https://www.{domain}/{number}"
    leave_link = f"https://{domain}/u/{mark}"
    rows = "\n".join(
        _ROW.format(
            cdn=f"https://cdn.{domain}",
            picture=f"{number}-{place}",
            colour=letter.colour,
            more="→",
            headline=html.escape(headline),
            text=html.escape(text),
            link=f"{link}/{place}?r={mark}",
        )
        for place, (headline, text) in enumerate(items)
    )
    page = _PAGE.format(
        subject=html.escape(subject),
        greeting=html.escape(letter.greeting),
        colour=letter.colour,
        rows=rows,
        cdn=f"https://cdn.{domain}",
        name=html.escape(letter.name),
        leave=html.escape(letter.leave),
        leave_link=leave_link,
        pixel=f"https://open.{domain}/p.gif?r={mark}",
    )
    text = (
        "\n\n".join(
            [
                letter.name,
                letter.greeting,
                *(f"{h}\n{t}\n{link}/{i}" for i, (h, t) in enumerate(items)),
                f"{letter.leave}: {leave_link}",
            ]
        )
        + "\n"
    )
    owner = PEOPLE[letter.mailbox]
    mail = Mail(
        sender=(letter.name, letter.sender),
        to=[(owner.name, owner.email)],
        subject=subject,
        date=date,
        text=text,
        html=page,
        message_id=f"<{mark}.{number}@bulk.{domain}>",
        headers={
            "List-Id": f"<news.{domain}>",
            "List-Unsubscribe": f"<{leave_link}>, <mailto:leave@{domain}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Precedence": "bulk",
            "Feedback-ID": f"{number}:news:bulk",
        },
    )
    folder = "INBOX" if ago < 6 else letter.folder
    flags = post.seen(ago, share_of_recent=0.2)
    post.receive(mail, letter.mailbox, folder, flags, bounce=f"bounce-{mark}@bulk.{domain}")
