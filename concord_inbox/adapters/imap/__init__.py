"""IMAP (RFC 3501, 9051) for reading and changing, and SMTP's side of an account, behind `base.Adapter`.

`session` holds the connection, `login` lets it in, `wire` speaks on it, `responses` reads what comes back and `faults`
what went wrong. Reading: `listing` finds the folders, `changes` follows one of them and `sources` brings the messages.
Changing: `writing` is for keywords and deletion, `moving` for moves and copies, `appending` for new messages, `folders`
for the folders themselves; `retrying` finds what an attempt before has done.
"""

from .adapter import ImapAdapter

__all__ = ["ImapAdapter"]
