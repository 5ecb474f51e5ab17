"""What names a copy on its server: an IMAP UID, which is a number, or elsewhere a string.

Each kind has its column, in the copies and in the quarantine. A number takes a third of the room, in an index that has
a row for every email in every folder; and numbers alone have an order, along which large folders are compared.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from odoo.tools import SQL

from ..adapters import ADAPTERS
from ..adapters.base import RemoteId


@dataclass(frozen=True, slots=True)
class Kind:
    """:param name: the column; `sql_type` is its type."""

    name: str
    sql_type: str

    @property
    def column(self) -> SQL:
        return SQL.identifier(self.name)

    def array(self, ids: Iterable[RemoteId]) -> SQL:
        """`ids` as an array to compare the column with."""
        return SQL(f"%s::{self.sql_type}[]", list(ids))


NUMBERS = Kind("uid", "int8")
STRINGS = Kind("remote_id", "text")


def kind_of(account) -> Kind:
    """How the copies of `account` are named."""
    return NUMBERS if ADAPTERS[account.connection_type].has_uids else STRINGS
