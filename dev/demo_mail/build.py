"""Builds the mailboxes of the demo."""

import random
from datetime import UTC, date, datetime, time

from . import calendars, conversations, leftovers, mailing_list, newsletters, notices
from .clock import Clock
from .model import DemoMail
from .post import Post


def build(today: date, seed: int = 7, now: datetime | None = None) -> list[DemoMail]:
    """All emails of the demo, oldest first; the same for the same arguments.

    :param today: the day of the demo, in UTC. Without `now` the newest emails are those of the evening before, so that
        none is ever dated in the future.
    :param seed: varies what nobody wrote down: who has read what, seconds of delivery.
    :param now: aware. Emails of the day itself are squeezed into its hours up to `now`, from nine in the morning on.
    """
    clock = Clock(now or datetime.combine(today, time(), UTC))
    post = Post(clock, random.Random(f"{today.isoformat()}:{seed}"))
    for part in (conversations, newsletters, mailing_list, notices, calendars, leftovers):
        part.add(post)
    return sorted(post.mails, key=lambda mail: (mail.internal_date, mail.mailbox, mail.folder))
