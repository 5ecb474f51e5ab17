"""A whole mail provider: a submission server in front of a Dovecot, which delivers among its own users."""

import smtplib
from collections.abc import Callable

from aiosmtpd.smtp import Envelope

from .dovecot import Dovecot


def delivers_to(dovecot: Dovecot, *, saves_sent: bool = False, sent: str = "Sent") -> Callable[[Envelope, str], None]:
    """For `submission.Submission(keep=…)`: recipients that have a mailbox on `dovecot` get the email by LMTP; the
    others live elsewhere, and it is not delivered any further.

    :param saves_sent: keep a copy in the sender's folder `sent`, too, as Gmail and others do.
    """

    def keep(envelope: Envelope, user: str) -> None:
        for recipient in dict.fromkeys(envelope.rcpt_tos):
            if dovecot.has_user(recipient):
                # One by one: LMTP answers for each recipient, of which smtplib reads the first answer only.
                deliver(dovecot, envelope.mail_from, recipient, envelope.original_content)
        if saves_sent:
            dovecot.append(user, sent, [envelope.original_content], flags=("\\Seen",))

    return keep


def deliver(dovecot: Dovecot, sender: str, recipient: str, source: bytes) -> None:
    """Put an email into a mailbox as a mail server does; `sender` is empty for a delivery report."""
    with smtplib.LMTP(dovecot.host, dovecot.ports["lmtp"], local_hostname="localhost") as lmtp:
        lmtp.sendmail(sender, recipient, source)
