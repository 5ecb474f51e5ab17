"""The outgoing side of an account: SMTP submission (RFC 6409), over a socket that `dial` made."""

from .delivering import Sender
from .session import check, size_limit

__all__ = ["Sender", "check", "size_limit"]
