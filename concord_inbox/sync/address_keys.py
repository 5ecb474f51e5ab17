"""Keys of addresses (mime/address_key.py) in the columns by which emails find their contacts.

The rules are settings. They are read from the database whenever keys are made, never from a process' memory: a run that
began before they were changed would go on with the old ones. After a change `refresh()` makes the keys anew, batch by
batch, and asks for the emails whose keys changed to be looked at again.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from odoo.tools import SQL

from ..mime.address_key import KeyRules, address_key

PLUS, GMAIL_DOTS = "concord_inbox.plus_addressing", "concord_inbox.gmail_dots"
#: When the rules were changed, and when a pass over all keys began that came to its end (naive, UTC).
CHANGED, DONE = "concord_inbox.address_rules_changed", "concord_inbox.address_keys_made"
#: So long after a change a transaction that began before it may still store keys made by the old rules.
LOOK_AGAIN = timedelta(minutes=30)
#: Rows that are looked at in one transaction.
BATCH = 50_000

#: table -> its column with the key.
COLUMNS = {
    "res_partner": "inbox_address_key",
    "inbox_partner_address": "address_key",
    "inbox_account": "address_key",
    "inbox_identity": "address_key",
    "inbox_participant": "address_key",
}
#: Addresses whose keys depend on the rules.
_SPECIAL = SQL("(email_normalized LIKE '%%+%%' OR email_normalized ~ '@(gmail|googlemail)[.]com$')")


def rules(env) -> KeyRules:
    """The rules as this transaction sees them; what is not set is on."""
    env["ir.config_parameter"].flush_model(["key", "value"])
    rows = env.execute_query(SQL("SELECT key, value FROM ir_config_parameter WHERE key IN (%s, %s)", PLUS, GMAIL_DOTS))
    off = {key for key, value in rows if value == "0"}
    return KeyRules(plus=PLUS not in off, gmail_dots=GMAIL_DOTS not in off)


def of(env, addresses: Iterable[str]) -> dict[str, str]:
    """Normalised address -> key, "" for those that nobody has."""
    addresses = {address for address in addresses if address}
    if not addresses:
        return {}
    known = rules(env)
    return {address: address_key(address, known) for address in addresses}


def are_due(env, now: datetime) -> bool:
    """Whether keys may be missing, or made by rules that do not hold any more."""
    parameters = dict(
        env.execute_query(SQL("SELECT key, value FROM ir_config_parameter WHERE key IN (%s, %s)", CHANGED, DONE))
    )
    if DONE not in parameters:
        return True
    changed = parameters.get(CHANGED)
    return bool(changed) and datetime.fromisoformat(parameters[DONE]) < datetime.fromisoformat(changed) + LOOK_AGAIN


def spans(env) -> Iterator[tuple[str, int]]:
    """(table, first id) of each batch of rows, for `refresh()`."""
    for table in COLUMNS:
        [(last,)] = env.execute_query(SQL("SELECT max(id) FROM %s", SQL.identifier(table)))
        for first in range(0, (last or 0) + 1, BATCH):
            yield table, first


def refresh(env, table: str, first: int) -> list[tuple[int, str, str]]:
    """Make the keys of a batch of rows anew; the caller commits.

    :return: (id, former key, key) of those that changed.
    """
    column = SQL.identifier(COLUMNS[table])
    known = rules(env)
    stale = [
        (row, key or "", now)
        for row, address, key in env.execute_query(
            SQL(
                """SELECT id, email_normalized, %(column)s FROM %(table)s
                    WHERE id >= %(first)s AND id < %(end)s AND email_normalized IS NOT NULL
                      AND (%(column)s IS NULL OR %(special)s)""",
                column=column,
                table=SQL.identifier(table),
                first=first,
                end=first + BATCH,
                special=_SPECIAL,
            )
        )
        # "" where there could be a key is the address of a mailing list.
        if (now := address_key(address, known)) != key and key != ""
    ]
    env.cr.execute(
        SQL(
            """WITH made AS (SELECT * FROM unnest(%(ids)s::int[], %(keys)s::varchar[]) AS made(id, key)),
                    locked AS (SELECT id FROM %(table)s WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE)
               UPDATE %(table)s keyed SET %(column)s = made.key
                 FROM made JOIN locked ON locked.id = made.id WHERE keyed.id = made.id""",
            table=SQL.identifier(table),
            column=column,
            ids=[row for row, _former, _key in stale],
            keys=[key for _row, _former, key in stale],
        )
    )
    return stale
