"""Turns the written threads into emails: ids, references, quotes, attachments, and who got which copy."""

from datetime import datetime, timedelta

from . import documents, pictures
from .clock import in_zone
from .mime import Mail, digest
from .model import Pdf, Person, Pic, Thread, Turn
from .people import MAILBOXES, PEOPLE
from .post import Post
from .text import Written, as_html, as_text, paragraphs, signature
from .threads_architects import THREADS as ARCHITECTS
from .threads_fr_de import THREADS as FRENCH_AND_GERMAN
from .threads_hotels import THREADS as HOTELS
from .threads_ja_ar import THREADS as JAPANESE_AND_ARABIC
from .threads_shops import THREADS as SHOPS
from .threads_strangers import THREADS as STRANGERS
from .threads_team import THREADS as TEAM

THREADS = (*HOTELS, *ARCHITECTS, *SHOPS, *STRANGERS, *TEAM, *FRENCH_AND_GERMAN, *JAPANESE_AND_ARABIC)

_AGENTS = {
    "gmail": {},
    "outlook": {"X-Mailer": "Microsoft Outlook 16.0"},
    "apple": {"X-Mailer": "Apple Mail (2.3774)"},
    "plain": {"User-Agent": "Mutt/2.2.9"},
}


def add(post: Post) -> None:
    """All threads into `post`."""
    for thread in THREADS:
        _Conversation(post, thread).run()


class _Conversation:
    """One thread on its way into the mailboxes."""

    def __init__(self, post: Post, thread: Thread):
        self.post = post
        self.thread = thread
        self.written: list[Written] = []
        self.moments: list[datetime] = []
        self.signed: set[str] = set()

    def run(self) -> None:
        for index, turn in enumerate(self.thread.turns):
            self._turn(index, turn)

    def _turn(self, index: int, turn: Turn) -> None:
        account, _, signer_key = turn.who.partition("/")
        writer = PEOPLE[account]
        signer = PEOPLE[signer_key or account]
        moment = in_zone(self._moment(index, turn), writer.tz)
        mail, written = self._mail(index, turn, writer, signer, moment)
        self.written.append(written)
        if account in MAILBOXES:
            self.post.keep(mail, account, flags=("\\Seen",) if not turn.star else ("\\Seen", "\\Flagged"))
        for key in dict.fromkeys([*turn.to, *turn.cc]):
            if key in MAILBOXES and key != account:
                self.post.receive(mail, key, self.thread.folder.get(key, "INBOX"), self._flags(index, turn, key))

    def _moment(self, index: int, turn: Turn) -> datetime:
        """When the turn was written; never before the one that precedes it."""
        clock = self.post.clock
        day = clock.working_day(self.thread.start - turn.day)
        second = int(digest(self.thread.key, str(index))[:4], 16) % 60
        moment = clock.at(day, turn.time, second)
        if self.moments and moment <= self.moments[-1]:
            moment = self.moments[-1] + timedelta(seconds=20)
        self.moments.append(moment)
        return moment

    def _mail(self, index: int, turn: Turn, writer: Person, signer: Person, moment: datetime) -> tuple[Mail, Written]:
        thread = self.thread
        lang = signer.lang if signer.lang != "en" else thread.lang
        parent = turn.parent
        quoted = None if parent is None else self.written[parent]
        message_id = _message_id(thread.key, index, writer)
        subject = _subject(thread.subject, quoted is not None, signer)
        headers = dict(_AGENTS[signer.client])
        if parent is not None:
            headers = chain(thread.key, parent) | headers

        blocks = paragraphs(turn.text, lang, moment)
        # People sign in full when they first write into a thread, later just with their name.
        first_time = signer.key not in self.signed
        self.signed.add(signer.key)
        sign = signature(signer) if first_time else []
        inline, files = self._files(turn, message_id, moment)
        cids = {name: cid for cid, name, _data in inline}
        logo = f"logo.{digest(message_id)[:12]}@{writer.domain}" if sign and signer.key == "tomas" else None
        wrap = signer.client in ("gmail", "plain") and lang not in ("ja", "ar")
        quote = quoted if quoted and signer.client != "plain" else None
        text = as_text(blocks, sign, wrap, quote, signer)
        # Mutt users write text only, unless there is a picture to show.
        page, quotable = as_html(blocks, sign, quote, signer, lang, cids, logo)
        if logo:
            inline.append((logo, "image001.png", pictures.draw("logo", 0)))
        mail = Mail(
            sender=(writer.name, writer.email),
            to=_pairs(turn.to),
            cc=_pairs(turn.cc),
            subject=subject,
            date=moment,
            message_id=message_id,
            text=text,
            html=page if signer.client != "plain" or inline else "",
            headers=headers,
            inline=inline,
            files=files,
            charset=signer.charset,
        )
        to = "; ".join(f"{name} <{email}>" for name, email in mail.to)
        return mail, Written(writer, moment, to, subject, text, quotable)

    def _files(self, turn: Turn, message_id: str, moment: datetime) -> tuple[list, list]:
        inline, files = [], []
        for item in turn.files:
            if isinstance(item, Pdf):
                files.append((documents.filename(item), "application/pdf", documents.content(item, moment.date())))
            elif isinstance(item, Pic) and f"[[{item.name}]]" in turn.text:
                cid = f"{digest(message_id, item.name)[:16]}@{PEOPLE[turn.who.partition('/')[0]].domain}"
                inline.append((cid, item.name, pictures.content(item)))
            else:
                files.append((item.name, "image/png", pictures.content(item)))
        return inline, files

    def _flags(self, index: int, turn: Turn, mailbox: str) -> tuple[str, ...]:
        """The flags of the copy that `mailbox` received."""
        later = enumerate(self.thread.turns)
        answered = any(
            at > index and other.who.partition("/")[0] == mailbox and other.parent == index for at, other in later
        )
        days_ago = self.thread.start - turn.day
        if answered:
            flags = ["\\Seen", "\\Answered"]
        elif turn.unread is not None:
            flags = [] if turn.unread else ["\\Seen"]
        elif days_ago > 3:
            flags = ["\\Seen"]
        else:
            flags = list(self.post.seen(days_ago, share_of_recent=0.5))
        # The star is set by the account the email was addressed to.
        if turn.star and mailbox == turn.to[0]:
            flags.append("\\Flagged")
        return tuple(flags)


def chain(key: str, index: int) -> dict[str, str]:
    """The headers of an answer to email `index` of the thread `key`."""
    turns = next(thread for thread in THREADS if thread.key == key).turns
    ids: list[str] = []
    at: int | None = index
    while at is not None:
        ids.insert(0, _message_id(key, at, PEOPLE[turns[at].who.partition("/")[0]]))
        at = turns[at].parent
    return {"In-Reply-To": ids[-1], "References": " ".join(ids)}


def _pairs(keys: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(PEOPLE[key].name, PEOPLE[key].email) for key in keys]


def _subject(subject: str, is_reply: bool, person: Person) -> str:
    """The subject with the prefix that the program of `person` gives to a reply."""
    if not is_reply:
        return subject
    prefix = (
        "AW: "
        if (person.client, person.lang) == ("outlook", "de")
        else "RE: "
        if person.client == "outlook"
        else "Re: "
    )
    return prefix + subject


def _message_id(key: str, index: int, writer: Person) -> str:
    mark = digest(key, str(index), writer.email)
    shapes = {
        "gmail": f"<CA+{mark[:22]}@mail.{writer.domain}>",
        "outlook": f"<{mark[:8].upper()}.{mark[8:20].upper()}@{writer.domain}>",
        "apple": f"<{mark[:8]}-{mark[8:12]}-{mark[12:16]}-{mark[16:24]}@{writer.domain}>".upper().replace(
            writer.domain.upper(), writer.domain
        ),
    }
    return shapes.get(writer.client, f"<{mark[:12]}.{index}@{writer.domain}>")
