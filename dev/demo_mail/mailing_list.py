"""A discussion on a mailing list: the authors are people, the sender is the list (RFC 2919, RFC 2369)."""

from datetime import timedelta

from .clock import in_zone
from .mime import Mail, digest
from .post import Post
from .records import records

_LIST = "lampmakers@lists.lampguild.example"

# who, hours after the question, text
_TALK = records("""
Wren Ashby | wren@ashby-metalwork.example | 0
    Question for those who spin brass: what do you use instead of tallow these days? I have tried three
    water-based lubricants and the surface looks like an orange every time.
Piotr Zieliński | piotr@zielinski-lampy.example | 3
    Beeswax with a little mineral oil, warm. It smells like a church but it polishes off with hot water. Keep it
    away from the belt sander.
Oona Laine | oona@valopaja.example | 7
    Seconding beeswax. We tried the fancy German paste as well: good surface, but the price is for surgeons.
Wren Ashby | wren@ashby-metalwork.example | 26
    Beeswax it is, first dome came off like a mirror. The workshop does smell like a church. Nobody has
    complained, one customer hummed.
""")


def add(post: Post) -> None:
    """A talk on a mailing list that Hanna reads: authors are people, the sender is the list (RFC 2919, RFC 2369)."""
    ids: list[str] = []
    previous = ""
    start = post.clock.at(post.clock.today - timedelta(days=20), "10:20")
    for index, (name, email, hours, text) in enumerate(_TALK):
        date = in_zone(start + timedelta(hours=hours), "Europe/London")
        message_id = f"<{digest(_LIST, str(index))[:20]}@{email.partition('@')[2]}>"
        footer = f"\n_______________________________________________\nLampmakers mailing list\n{_LIST}\n"
        headers = {
            "List-Id": "Lampmakers <lampmakers.lists.lampguild.example>",
            "List-Post": f"<mailto:{_LIST}>",
            "List-Unsubscribe": "<mailto:lampmakers-leave@lists.lampguild.example>",
            "List-Archive": "<https://lists.lampguild.example/lampmakers/>",
            "Precedence": "list",
        }
        if ids:
            headers = {"In-Reply-To": ids[-1], "References": " ".join(ids), **headers}
        subject = ("Re: " if ids else "") + "[lampmakers] Lubricant for spinning brass"
        mail = Mail(
            sender=(name, email),
            to=[("Lampmakers", _LIST)],
            subject=subject,
            date=date,
            message_id=message_id,
            text=text + "\n" + previous + footer,
            headers=headers,
        )
        post.receive(
            mail, "hanna", "Reading", ("\\Seen",) if index < 3 else (), bounce=f"bounces@{_LIST.partition('@')[2]}"
        )
        ids.append(message_id)
        previous = f"\n{name} wrote:\n> {text}\n"
