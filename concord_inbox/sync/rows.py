"""Rows written past the ORM: the narrow tables that get several rows for every email."""

from odoo.sql_db import BaseCursor
from odoo.tools import SQL
from psycopg2.extras import execute_values


def insert(cr: BaseCursor, table: str, columns: tuple[str, ...], rows: list[tuple], *, unless_exists=False) -> None:
    """Insert `rows` in one statement per thousand.

    :param unless_exists: leave out silently what a unique index refuses.
    """
    if not rows:
        return
    head = SQL("INSERT INTO %s (%s)", SQL.identifier(table), SQL(", ").join(map(SQL.identifier, columns)))
    tail = " ON CONFLICT DO NOTHING" if unless_exists else ""
    execute_values(cr._obj, f"{head.code} VALUES %s{tail}", rows, page_size=1000)
