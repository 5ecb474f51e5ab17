"""IMAP (RFC 3501, 9051) for reading, and SMTP's side of an account, behind `base.Adapter`.

`session` holds the connection, `wire` speaks on it, `responses` reads what comes back and `faults` what went wrong;
`listing` finds the folders, `changes` follows one of them and `sources` brings the messages.
"""

from .adapter import ImapAdapter

__all__ = ["ImapAdapter"]
