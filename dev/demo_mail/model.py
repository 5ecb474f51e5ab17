"""The words in which the demo's correspondence is written down: people, threads and their turns, attached papers."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property


@dataclass(frozen=True, slots=True)
class DemoMail:
    """One email in one folder of one mailbox of the demo.

    :param mailbox: address of the account it lies in.
    :param folder: path of the folder as people write it, parts separated by ``/``.
    :param flags: IMAP system flags and keywords (RFC 9051 section 2.3.2).
    :param internal_date: when the server received it; aware.
    :param source: the whole email (RFC 5322) with CRLF line ends.
    """

    mailbox: str
    folder: str
    flags: tuple[str, ...]
    internal_date: datetime
    source: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who writes or is written to.

    :param client: the mail program, which decides how replies quote: gmail, outlook, apple or plain (text only).
    :param lang: language of that program: en, fr, de, ja or ar.
    :param tz: name of the time zone that the Date header shows.
    :param charset: of the bodies; anything but utf-8 is there because real customers still send it.
    """

    key: str
    name: str
    email: str
    function: str = ""
    company: str = ""
    phone: str = ""
    city: str = ""
    country_code: str = ""
    client: str = "gmail"
    lang: str = "en"
    tz: str = "Europe/Stockholm"
    charset: str = "utf-8"

    @property
    def domain(self) -> str:
        return self.email.partition("@")[2]


@dataclass(frozen=True, slots=True)
class Pdf:
    """A business paper to attach. `lines` are (what, quantity, price of one)."""

    kind: str  # Quote, Order confirmation, Invoice, Purchase order, Packing list, Data sheet
    number: str
    party: str
    lines: tuple[tuple[str, int, float], ...]
    currency: str = "EUR"
    issuer: str = "Northlight AB"
    filename: str = ""


@dataclass(frozen=True, slots=True)
class Pic:
    """A picture: drawn by `pictures.draw(motif, seed)`. Inline where the text says ``[[name]]``, else attached."""

    name: str
    motif: str
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """One email of a thread.

    :param who: key of the writer; ``sales/hanna`` is Hanna writing from the shared account.
    :param to, cc: keys of the receivers.
    :param day: working days after the beginning of the thread.
    :param time: ``HH:MM`` on the clock of the company.
    :param text: paragraphs; a line that ends early stays a line of its own. ``{+10}`` becomes the date ten days later.
    :param parent: index of the turn that this one answers, None for the first.
    :param unread: whether the receivers have left it unread; None: as `build` finds likely.
    """

    who: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    day: int
    time: str
    text: str
    files: tuple[Pdf | Pic, ...]
    parent: int | None
    unread: bool | None
    star: bool


@dataclass(frozen=True)
class Thread:
    """Emails that answer each other.

    :param start: working days before the day of the demo on which the first one was written.
    :param folder: mailbox (``sales``, ``hanna``, ``tomas``) -> folder into which its received copies were filed.
    :param papers: what is attached, by the name that the script uses.
    :param script: the emails. Each begins with a line whose parts are two spaces apart, such as
        ``== 3 11:20  sales/hanna > elin  cc marcus  with Q-2041  star``; see `Turn`. ``answers 2`` names the
        email (from 0) that it answers where that is not the one before; ``read`` and ``unread`` set the flag.
    """

    key: str
    subject: str
    start: int
    script: str
    papers: dict[str, Pdf | Pic] = field(default_factory=dict)
    folder: dict[str, str] = field(default_factory=dict)
    lang: str = "en"

    @cached_property
    def turns(self) -> tuple[Turn, ...]:
        """The emails of the script, in its order."""
        emails = re.split(r"^== ", self.script, flags=re.MULTILINE)[1:]
        return tuple(self._turn(index, *email.split("\n", 1)) for index, email in enumerate(emails))

    def _turn(self, index: int, head: str, text: str) -> Turn:
        when, people, *rest = head.split("  ")
        day, time = when.split()
        who, to = people.split(" > ")
        marks = {word: values for word, *values in map(str.split, rest)}
        if unknown := marks.keys() - {"cc", "with", "answers", "star", "read", "unread"}:
            raise ValueError(f"{self.key}: {unknown} in {head!r}")
        return Turn(
            who=who,
            to=tuple(to.split()),
            cc=tuple(marks.get("cc", ())),
            day=int(day),
            time=time,
            text=text,
            files=tuple(self.papers[name] for name in marks.get("with", ())),
            parent=int(marks["answers"][0]) if "answers" in marks else index - 1 if index else None,
            unread=True if "unread" in marks else False if "read" in marks else None,
            star="star" in marks,
        )
