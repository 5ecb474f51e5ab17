"""The post office of the demo: puts finished emails into the mailboxes."""

from datetime import timedelta
from random import Random

from .clock import Clock, in_zone
from .mime import Mail, delivered
from .model import DemoMail
from .people import MAILBOXES


class Post:
    """Collects the emails in `mails`.

    :param clock: tells the days.
    :param rng: decides what nobody wrote down, such as who read which newsletter.
    """

    def __init__(self, clock: Clock, rng: Random):
        self.clock = clock
        self.rng = rng
        self.mails: list[DemoMail] = []

    def receive(
        self, mail: Mail, mailbox: str, folder: str = "INBOX", flags: tuple[str, ...] = (), bounce: str | None = None
    ) -> None:
        """`mail` arrives in `folder` of the account with the key `mailbox`, some seconds after it was written.

        :param bounce: the envelope's sender where it is not the author; '' for a bounce.
        """
        address = MAILBOXES[mailbox]
        sender = mail.sender[1]
        moment = in_zone(mail.date + timedelta(seconds=self.rng.randint(1, 9)), "Europe/Stockholm")
        source = delivered(
            mail.source(), address, moment, sender.partition("@")[2], sender if bounce is None else bounce
        )
        self.mails.append(DemoMail(address, folder, flags, moment, source))

    def keep(self, mail: Mail, mailbox: str, folder: str = "Sent", flags: tuple[str, ...] = ("\\Seen",)) -> None:
        """The copy of a `mail` written from the account with the key `mailbox`."""
        self.mails.append(DemoMail(MAILBOXES[mailbox], folder, flags, mail.date, mail.source()))

    def seen(self, days_ago: int, share_of_recent: float = 0.35) -> tuple[str, ...]:
        r"""``\Seen`` for most of what is older than a few days, and for `share_of_recent` of the rest."""
        return ("\\Seen",) if self.rng.random() < (0.93 if days_ago > 4 else share_of_recent) else ()
