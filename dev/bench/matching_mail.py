"""Emails of a made-up sales office, each labelled with the contacts and the deals that a salesperson would put it to.

The labels follow from the story that each scene tells, and not from what the addon does: where a person would know
better than any rule that looks at addresses, the label is what the person would say.
"""

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

US, ALIAS, DOMAIN = "sales@northlight.example", "info@northlight.example", "northlight.example"
COLLEAGUES = {"Anna Berger": f"anna@{DOMAIN}", "Tom Weiss": f"tom@{DOMAIN}"}
INBOX, SENT, JUNK = "INBOX", "Sent", "Junk"
#: Days that the emails reach back.
DAYS = 20

_FIRST = (
    "Ada Ben Carla David Edith Farid Greta Hugo Ines Jonas Kira Liam Mona Nils Olga Paul Rosa Sami Tara Viktor".split()
)
_LAST = (
    "Archer Brandt Costa Dahl Egger Fischer Grant Hansen Ivanov Jensen Keller Lopez Meyer Novak Olsen Peters".split()
)
_FIRMS = "Harbour Cedar Summit Willow Granite Beacon Orchard Lantern Meadow Anchor Falcon Juniper".split()
_PLACES = "lobby,reading room,bar,stairs,spa,terrace,meeting rooms,hallway,garden,restaurant".split(",")
_THINGS = "Lamps,Spotlights,Pendant lights,Wall lights,Emergency lights,Dimmers".split(",")
_SMALL = "Question,A short question,Next week,Thank you,Delivery,Colours,Can you call me?,Samples".split(",")


@dataclass(frozen=True)
class Contact:
    """`company` is another contact's key."""

    key: str
    name: str
    email: str
    company: str = ""
    is_company: bool = False
    further: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deal:
    """`state`: open, won, lost, or "won later", when the first emails are here and the others are not."""

    key: str
    name: str
    contact: str = ""
    address: str = ""
    state: str = "open"


@dataclass(frozen=True)
class Email:
    """`is_late`: it comes after the deals that are won later."""

    kind: str
    message_id: str
    source: bytes
    folder: str
    is_late: bool
    contacts: frozenset[str]
    deals: frozenset[str]


@dataclass
class World:
    """What the database holds before the emails come, and the emails."""

    chance: random.Random
    now: datetime
    contacts: list[Contact] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)
    emails: list[Email] = field(default_factory=list)
    kind: str = ""

    def __post_init__(self):
        self.numbers = itertools.count(1)

    # ------------------------------------------------------------ who and what there is

    def name(self) -> str:
        return f"{self.chance.choice(_FIRST)} {self.chance.choice(_LAST)}"

    def domain(self) -> str:
        return f"{self.chance.choice(_FIRMS).lower()}{next(self.numbers)}.example"

    def company(self, **values) -> Contact:
        domain = self.domain()
        name = f"{domain.partition('.')[0].capitalize()} Ltd"
        return self._contact(**{"name": name, "email": f"office@{domain}", "is_company": True, **values})

    def person(self, company: Contact | None = None, **values) -> Contact:
        name = values.pop("name", None) or self.name()
        domain = company.email.partition("@")[2] if company else self.domain()
        email = f"{name.replace(' ', '.').lower()}@{domain}"
        return self._contact(**{"name": name, "email": email, "company": company.key if company else "", **values})

    def _contact(self, **values) -> Contact:
        self.contacts.append(Contact(key=f"c{next(self.numbers)}", **values))
        return self.contacts[-1]

    def deal(self, contact: Contact | None = None, **values) -> Deal:
        key = f"d{next(self.numbers)}"
        values = {"name": self.topic(), "contact": contact.key if contact else "", **values}
        self.deals.append(Deal(key=key, **values))
        return self.deals[-1]

    def topic(self) -> str:
        return f"{self.chance.choice(_THINGS)} for the {self.chance.choice(_PLACES)} {next(self.numbers)}"

    # ------------------------------------------------------------ what is written

    def email(self, sender: str, to=US, subject="", about=(), contacts=(), body="", answers="", **more) -> str:
        """Write one; its Message-ID.

        :param about: the deals that it belongs to; `contacts`: the contacts.
        :param answers: the Message-ID that it answers.
        :param more: `cc`, `headers` (a dict), `folder`, `is_late`.
        """
        number = next(self.numbers)
        message_id = f"<{number}@{sender.rpartition('@')[2].strip('>')}>"
        email = EmailMessage()
        email["From"] = sender
        email["To"] = to
        if more.get("cc"):
            email["Cc"] = more["cc"]
        email["Subject"] = subject or self.chance.choice(_SMALL)
        minutes = DAYS * 24 * 60 - number
        email["Date"] = format_datetime(self.now - timedelta(minutes=minutes))
        email["Message-ID"] = message_id
        if answers:
            email["In-Reply-To"] = email["References"] = answers
        for name, value in more.get("headers", {}).items():
            email[name] = value
        email.set_content(body or "Good morning,\n\nplease see above.\n\nKind regards\n")
        self.emails.append(
            Email(
                self.kind,
                message_id,
                email.as_bytes(policy=email.policy.clone(linesep="\r\n")),
                more.get("folder", INBOX),
                more.get("is_late", False),
                frozenset(one.key for one in contacts),
                frozenset(one.key for one in about),
            )
        )
        return message_id


def says(contact: Contact, address: str = "") -> str:
    return f"{contact.name} <{address or contact.email}>"


# ---------------------------------------------------------------- the scenes


def plain(world):
    ada = world.person(world.company())
    deal = world.deal(ada)
    first = world.email(says(ada), subject=deal.name, contacts=[ada], about=[deal])
    world.email(US, says(ada), f"Re: {deal.name}", [deal], [ada], answers=first, folder=SENT)
    world.email(says(ada), contacts=[ada], about=[deal])


def no_deal(world):
    ada = world.person(world.company())
    world.email(says(ada), contacts=[ada])
    world.email(US, says(ada), contacts=[ada], folder=SENT)


def written_first(world):
    ada = world.person(world.company())
    deal = world.deal(ada)
    first = world.email(US, says(ada), f"Our offer: {deal.name}", [deal], [ada], folder=SENT)
    world.email(says(ada), US, f"Re: Our offer: {deal.name}", [deal], [ada], answers=first)


def tag(world):
    ada = world.person(world.company())
    local, _at, domain = ada.email.partition("@")
    address = f"{local}+{world.chance.choice(('offers', 'lamps', 'crm'))}@{domain}"
    world.email(says(ada, address), contacts=[ada], about=[world.deal(ada)])


def gmail(world):
    name = world.name()
    local = f"{name.replace(' ', '.').lower()}{next(world.numbers)}"
    ada = world.person(name=name, email=f"{local}@gmail.com")
    address = f"{local.replace('.', '')}@{world.chance.choice(('gmail.com', 'googlemail.com'))}"
    world.email(says(ada, address), contacts=[ada], about=[world.deal(ada)])


def further(world):
    ada = world.person(world.company(), further=(f"private{next(world.numbers)}@gmx.net",))
    world.email(says(ada, ada.further[0]), contacts=[ada], about=[world.deal(ada)])


def unknown_address(world):
    """A salesperson knows the name, and the deal by its subject; the address is nowhere."""
    ada = world.person(world.company())
    deal = world.deal(ada)
    address = f"{ada.name.replace(' ', '').lower()}{next(world.numbers)}@gmx.net"
    world.email(says(ada, address), subject=f"Re: {deal.name}", contacts=[ada], about=[deal])


def office_and_person(world):
    office = world.company()
    ada = world.person(office, email=office.email)
    world.email(says(ada), contacts=[ada], about=[world.deal(ada)])


def couple(world):
    """Two persons share an address; the name says who wrote."""
    domain = world.domain()
    ada, ben = (world.person(email=f"family@{domain}") for _ in range(2))
    writer = world.chance.choice((ada, ben))
    world.email(says(writer), contacts=[writer])


def colleagues(world):
    (anna, address), (_tom, other) = world.chance.sample(sorted(COLLEAGUES.items()), 2)
    world.email(f"{anna} <{address}>", f"{other}, {US}", "Lunch on Friday")
    world.email(f"{anna} <{address}>", US, "Holidays")


def own_alias(world):
    world.email(f"Northlight <{ALIAS}>", US, "Form on the website")
    world.email(US, ALIAS, "Fwd: Form on the website", folder=SENT)


def no_reply(world):
    firm = world.company()
    domain = firm.email.partition("@")[2]
    world.email(
        f"{firm.name} <{world.chance.choice(('no-reply', 'noreply', 'donotreply'))}@{domain}>", subject="Receipt"
    )


def newsletter(world):
    """From the very address of a company that is a contact: one would not want it on its page, nor at its deal."""
    firm = world.company()
    world.deal(firm)
    headers = {"List-Id": f"<news.{firm.email.partition('@')[2]}>", "List-Unsubscribe": "<mailto:x@x.example>"}
    world.email(says(firm), subject="News in spring", headers={**headers, "Precedence": "bulk"})


def mailing_list(world):
    """A customer's words to a list that we read are the customer's, but about none of our deals."""
    ada = world.person(world.company())
    world.deal(ada)
    team = f"light{next(world.numbers)}@lists.example"
    headers = {"List-Id": "<light.lists.example>", "List-Post": f"<mailto:{team}>"}
    world.email(says(ada), team, "[light] LED strips", contacts=[ada], headers=headers)


def group_address(world):
    """To a group address of ours, which the provider hands to each of us as a mailing list."""
    ada = world.person(world.company())
    deal = world.deal(ada)
    group = f"projects@{DOMAIN}"
    headers = {
        "List-Id": f"<projects.{DOMAIN}>",
        "List-Post": f"<mailto:{group}>",
        "List-Unsubscribe": f"<mailto:projects+unsubscribe@{DOMAIN}>",
        "Precedence": "list",
    }
    world.email(says(ada), group, contacts=[ada], about=[deal], headers=headers)


def sales_program(world):
    """Written by a person, with a program that lets one unsubscribe."""
    ada = world.person(world.company())
    deal = world.deal(ada)
    headers = {"List-Unsubscribe": "<https://x.example/u>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    world.email(says(ada), contacts=[ada], about=[deal], headers=headers)


def stranger(world):
    name = world.name()
    address = f"{name.replace(' ', '.').lower()}{next(world.numbers)}@{world.chance.choice(('gmail.com', 'web.de'))}"
    world.email(f"{name} <{address}>")


def free_mail(world):
    """Customers at free-mail providers share nothing with others there."""
    ada = world.person(email=f"ada{next(world.numbers)}@gmx.net")
    deal = world.deal(ada)
    world.email(says(ada), contacts=[ada], about=[deal])
    world.email(f"{world.name()} <somebody{next(world.numbers)}@gmx.net>")


def new_person_of_a_customer(world):
    """Nobody's contact yet, and clearly of that company."""
    firm = world.company()
    world.person(firm)
    name = world.name()
    world.email(f"{name} <{name.split()[0].lower()}@{firm.email.partition('@')[2]}>", contacts=[firm])


def one_of_two_deals(world):
    """The subject says which."""
    ada = world.person(world.company())
    one, _other = world.deal(ada), world.deal(ada)
    world.email(says(ada), subject=f"Question about: {one.name}", contacts=[ada], about=[one])


def any_of_two_deals(world):
    """Nobody could tell."""
    ada = world.person(world.company())
    world.deal(ada)
    world.deal(ada)
    world.email(says(ada), contacts=[ada])


def answers(world):
    """A long conversation, the deal of which is known, among others of the same contact."""
    ada = world.person(world.company())
    deal = world.deal(ada)
    first = world.email(says(ada), subject=deal.name, contacts=[ada], about=[deal])
    second = world.email(US, says(ada), f"Re: {deal.name}", [deal], [ada], answers=first, folder=SENT)
    world.email(says(ada), US, f"Re: {deal.name}", [deal], [ada], answers=second)


def assistant_answers(world):
    """Somebody who is no contact answers for the customer."""
    ada = world.person()
    deal = world.deal(ada)
    first = world.email(US, says(ada), deal.name, [deal], [ada], folder=SENT)
    world.email(
        f"{world.name()} <assistant{next(world.numbers)}@web.de>", US, f"Re: {deal.name}", [deal], answers=first
    )


def changed_subject(world):
    ada = world.person(world.company())
    deal = world.deal(ada)
    first = world.email(says(ada), subject=deal.name, contacts=[ada], about=[deal])
    world.email(says(ada), US, "Something different", [deal], [ada], answers=first)


def forwarded_by_customer(world):
    ada = world.person(world.company())
    body = "See below.\n\n---- Forwarded message ----\nFrom: Otto <otto@builder.example>\n\nThe wall is up.\n"
    world.email(says(ada), subject="Fwd: The wall", contacts=[ada], about=[world.deal(ada)], body=body)


def forwarded_by_colleague(world):
    """A colleague hands over what a customer wrote to him."""
    ada = world.person(world.company())
    deal = world.deal(ada)
    anna, address = world.chance.choice(sorted(COLLEAGUES.items()))
    body = f"For you.\n\n---- Forwarded message ----\nFrom: {says(ada)}\nSubject: {deal.name}\n\nWhen can you come?\n"
    world.email(f"{anna} <{address}>", US, f"Fwd: {deal.name}", [deal], [ada], body)


def copy_to_another(world):
    """Two people of one customer, one of them with a deal."""
    firm = world.company()
    ada, ben = world.person(firm), world.person(firm, name=f"Ben {firm.name.split()[0]}")
    world.email(says(ada), contacts=[ada, ben], about=[world.deal(ada)], cc=says(ben))


def copy_to_another_with_a_deal(world):
    """Each of two people has a deal; it is about the one in the subject."""
    ada, ben = world.person(world.company()), world.person(world.company())
    deal, _other = world.deal(ada), world.deal(ben)
    world.email(says(ada), subject=f"Re: {deal.name}", contacts=[ada, ben], about=[deal], cc=says(ben))


def deal_of_the_company(world):
    """The deal is the company's, and whoever writes from there writes about it."""
    firm = world.company()
    ada = world.person(firm)
    deal = world.deal(firm)
    world.email(says(ada), subject=f"About: {deal.name}", contacts=[ada], about=[deal])


def deal_of_a_fellow(world):
    """Somebody of the same company writes about a deal that another one there has."""
    firm = world.company()
    ada, ben = world.person(firm), world.person(firm, name=f"Ben {firm.name.split()[0]}")
    deal = world.deal(ada)
    world.email(says(ben), subject=f"Re: {deal.name}", contacts=[ben], about=[deal])


def address_on_the_deal(world):
    """A lead that has an address and no contact."""
    address = f"{world.name().replace(' ', '.').lower()}@{world.domain()}"
    deal = world.deal(address=address)
    world.email(f"Somebody <{address}>", about=[deal])


def lost_deal(world):
    ada = world.person(world.company())
    world.deal(ada, state=world.chance.choice(("won", "lost")))
    world.email(says(ada), contacts=[ada])


def won_meanwhile(world):
    """What answers an email about a deal that was won since is still about it; what is new is not."""
    ada = world.person(world.company())
    deal = world.deal(ada, state="won later")
    first = world.email(says(ada), subject=deal.name, contacts=[ada], about=[deal])
    world.email(says(ada), US, f"Re: {deal.name}", [deal], [ada], answers=first, is_late=True)
    world.email(says(ada), contacts=[ada], is_late=True)


def out_of_office(world):
    ada = world.person(world.company())
    world.deal(ada)
    world.email(says(ada), subject="Out of office", contacts=[ada], headers={"Auto-Submitted": "auto-replied"})


def blocked(world):
    ada = world.person(world.company())
    world.deal(ada)
    world.blocked.append(ada.email)
    world.email(says(ada))


def spam(world):
    """In the spam folder, with a customer's address as its sender."""
    ada = world.person(world.company())
    world.deal(ada)
    world.email(says(ada), subject="You won", folder=JUNK)


def borrowed_name(world):
    """The name of a contact, and somebody else's address."""
    ada = world.person(world.company())
    world.deal(ada)
    world.email(says(ada, f"{ada.name.replace(' ', '.').lower()}@{world.domain()}"), subject="Urgent payment")


#: (what it is about, the scene, how many emails of a thousand)
SCENES: tuple[tuple[str, Callable[[World], None], int], ...] = (
    ("a contact with one open deal", plain, 90),
    ("a contact without a deal", no_deal, 60),
    ("written by us first", written_first, 60),
    ("an address with a tag (+)", tag, 35),
    ("other dots, or googlemail.com", gmail, 35),
    ("a further address of a contact", further, 35),
    ("an address that is nowhere yet; name and subject tell", unknown_address, 15),
    ("an address that a company and a person have", office_and_person, 20),
    ("an address that two persons have", couple, 15),
    ("between colleagues", colleagues, 50),
    ("an alias of ours", own_alias, 20),
    ("no-reply", no_reply, 40),
    ("a newsletter from a contact's own address", newsletter, 30),
    ("a contact writes to a mailing list", mailing_list, 20),
    ("by a group address of ours", group_address, 20),
    ("a contact writes with a sales program", sales_program, 10),
    ("strangers at free-mail providers", stranger, 40),
    ("customers and strangers at one free-mail provider", free_mail, 40),
    ("a new person at a customer's domain", new_person_of_a_customer, 20),
    ("two open deals, and the subject says which", one_of_two_deals, 25),
    ("two open deals, and nobody could tell", any_of_two_deals, 20),
    ("answers in a conversation about a deal", answers, 90),
    ("somebody unknown answers for the customer", assistant_answers, 30),
    ("an answer with another subject", changed_subject, 20),
    ("a customer forwards something", forwarded_by_customer, 20),
    ("a colleague forwards what a customer wrote", forwarded_by_colleague, 15),
    ("a copy to somebody of the same customer", copy_to_another, 20),
    ("a copy to somebody who has a deal, too", copy_to_another_with_a_deal, 10),
    ("the deal is the company's", deal_of_the_company, 20),
    ("the deal is somebody else's of the same company", deal_of_a_fellow, 10),
    ("a lead with an address and no contact", address_on_the_deal, 20),
    ("a contact whose deals are won or lost", lost_deal, 15),
    ("a deal that is won meanwhile", won_meanwhile, 15),
    ("out of office", out_of_office, 15),
    ("blocked", blocked, 10),
    ("spam with a contact's address", spam, 10),
    ("a contact's name with a stranger's address", borrowed_name, 10),
)


def make(count: int, seed: int, now: datetime) -> World:
    """The same world for the same `seed`, with about `count` emails, which end at `now` (with a time zone)."""
    world = World(random.Random(seed), now)  # noqa: S311
    for kind, scene, share in SCENES:
        world.kind = kind
        wanted = len(world.emails) + max(1, round(share * count / sum(share for *_rest, share in SCENES)))
        while len(world.emails) < wanted:
            scene(world)
    return world


def halves(world: World) -> Iterator[dict[str, list[Email]]]:
    """Folder -> its emails: those before some deals are won, and those after."""
    for is_late in (False, True):
        emails = [one for one in world.emails if one.is_late == is_late]
        yield {folder: [one for one in emails if one.folder == folder] for folder in (INBOX, SENT, JUNK)}
