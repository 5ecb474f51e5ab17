"""Emails for `./dev/benchmark lists`, made by the database itself: spread as in mailboxes that were used for years.

A million of them take a few minutes: they are made in sets, their texts of pieces that are made once, and the indexes
once all are there. Triggers do not run meanwhile; what they would have kept is made by the statements of the models.
"""

import contextlib
from collections.abc import Iterator

from odoo.tools import SQL

#: How the emails are spread over the folders of an account: role or name -> share in thousandths.
FOLDERS = {"inbox": 450, "sent": 150, "archive": 250, "Clients": 100, "2019": 30, "Travel": 15, "junk": 4, "trash": 1}
#: Emails are spread over these accounts, of which the measured user reads the first and the shared ones: thousandths.
ACCOUNTS = {"own": 300, "sales": 250, "support": 150, "others": 300}
#: The folder that was put away: all of its emails are older than anything else in it.
OLD = "2019"
#: Different words in all emails, of which a few are in nearly all of them (Zipf's law).
VOCABULARY = 20_000
#: Texts are made of so many pieces, of 5 to 45 words each.
PIECES = 20_000
#: Emails made in one statement; conversations of three do not reach over its end.
STEP = 99_999
#: Emails for each person who writes.
EMAILS_EACH = 10

_TABLES = (
    *("inbox_conversation", "inbox_message", "inbox_message_folder_rel", "inbox_message_copy", "inbox_participant"),
    *("inbox_message_res_partner_rel", "inbox_message_search"),
)

# Shares are of hashes, so that the same number makes the same email.
_WORD = """(ARRAY['ka','lo','mi','ne','pu','ra','si','to','vu','we','xa','yo','ze','bo','cu','di','fe','ga','hi','ju'])
    [1 + {n} %% 20]
    || (ARRAY['rt','ln','st','mb','nd','ck','rp','ff'])[1 + ({n} / 20) %% 8]
    || (ARRAY['a','e','i','o','u','an','er','is','on','us'])[1 + ({n} / 160) %% 10]
    || CASE WHEN {n} >= 1600 THEN ({n} / 1600)::text ELSE '' END"""

_PIECES = f"""
CREATE TEMP TABLE piece AS
  SELECT id, text, setweight(to_tsvector('simple', text), 'D') AS vector
    FROM (SELECT id, (SELECT string_agg({_WORD.format(n="w")}, ' ' ORDER BY i)
                        FROM (SELECT i, least(%(words)s - 1, floor(exp(ln(%(words)s) * (
                                     (hashint8extended(id * 1000 + i, 5) & 1048575) / 1048576.0)::float8)) - 1)::int w
                                FROM generate_series(1, 5 + id %% 41) i) drawn) AS text
            FROM generate_series(0, %(pieces)s - 1) id) made
"""  # noqa: S608 (constants alone are put in)

# `h` says most of what an email is like; `n / 3` which conversation it belongs to, if it is no single one.
_MADE = """
CREATE TEMP TABLE made AS
  WITH number AS (
      SELECT n, (hashint8extended(n / 3, 1) & 1048575) * 1000 / 1048576 AS a,
             (hashint8extended(n, 2) & 1048575) * 1000 / 1048576 AS f,
             power(((hashint8extended(n / 3, 3) & 1048575) / 1048576.0)::float8, 2) AS age,
             (hashint8extended(n, 4) & 1073741823) AS h,
             (hashint8extended(n, 6) & 1073741823) AS p
        FROM generate_series(%(first)s::bigint, %(last)s::bigint) n)
SELECT n, h, account, folder, is_sent,
       date_trunc('second', timestamp '2026-01-01' - n %% 3 * interval '3 hours'
           - (CASE WHEN is_old THEN 2500 ELSE 0 END + age * 2400) * interval '1 day') AS date,
       one.text || ' ' || two.text || ' ' || three.text || ' ' || four.text AS text,
       one.vector || two.vector || three.vector || four.vector AS vector,
       initcap(split_part(two.text, ' ', 1)) || ' ' || split_part(two.text, ' ', 2) || ' '
           || split_part(two.text, ' ', 3) AS subject
  FROM number JOIN place ON a >= a_low AND a < a_high AND f >= f_low AND f < f_high
  JOIN piece one ON one.id = p %% %(pieces)s
  JOIN piece two ON two.id = (p / 7) %% %(pieces)s
  JOIN piece three ON three.id = (p / 49) %% %(pieces)s
  JOIN piece four ON four.id = (p / 343) %% %(pieces)s
"""

_PART = """(VALUES ('from', 'f', h %% %(people)s), ('to', 't', n %% 40), ('cc', 'c', (h + n) %% %(people)s))
           part(role, letter, who)"""

#: As sync/search_text.py has it; only its positions are simpler.
_PEOPLE = f"""
    (SELECT string_agg(format('''person'':1B ''%%s/person'':1B ''%%s'':2B ''%%s/%%s'':2B '
                              '''person%%s'':4B ''%%s/person%%s'':4B '
                              '''company%%s'':5B ''%%s/company%%s'':5B ''example'':6B ''%%s/example'':6B',
                              letter, who, letter, who, who, letter, who, who %% 700, letter, who %% 700, letter), ' ')
       FROM {_PART})::tsvector"""  # noqa: S608

_ROWS = (
    # Three emails of four belong to a conversation of three, the others stand alone.
    """INSERT INTO inbox_conversation (id, account_id, subject, last_date, message_count, unread_count)
       SELECT %(id)s + n / 3, account, min(subject), max(date), count(*), count(*) FILTER (WHERE h %% 20 = 0)
         FROM made GROUP BY account, n / 3""",
    """INSERT INTO inbox_message (id, account_id, conversation_id, message_id, subject, date, received_date, email_from,
                                  correspondent, content_text, content_snippet, content_html, is_read, is_starred,
                                  is_answered, direction, state, has_attachment, size, visibility, fingerprint,
                                  is_changed, is_deleted, is_gone)
       SELECT %(id)s + n, account, %(id)s + n / 3, '<' || n || '@bench.example>', subject, date, date,
              'Person ' || h %% %(people)s || ' <person' || h %% %(people)s || '@company'
                  || h %% %(people)s %% 700 || '.example>',
              'Person ' || h %% %(people)s, text, left(text, 200),
              '<p>' || replace(text, ' ka', '</p><p>ka') || '</p>',
              h %% 20 <> 0, h %% 50 = 0, h %% 7 = 0, CASE WHEN is_sent THEN 'out' ELSE 'in' END,
              CASE WHEN is_sent THEN 'sent' ELSE 'received' END, h %% 10 = 0, 2000 + h %% 65536, 'everything', n,
              false, false, false
         FROM made ORDER BY n""",
    "INSERT INTO inbox_message_folder_rel (message_id, folder_id, date) SELECT %(id)s + n, folder, date FROM made",
    """INSERT INTO inbox_message_copy (inbox_message_id, folder_id, uid, seen, flagged, answered, draft)
       SELECT %(id)s + n, folder, n + 1, h %% 20 <> 0, h %% 50 = 0, h %% 7 = 0, false FROM made""",
    f"""INSERT INTO inbox_participant (inbox_message_id, role, name, email, email_normalized, address_key, partner_id)
       SELECT %(id)s + n, part.role, 'Person ' || part.who, address, address, address, partner.id
         FROM made CROSS JOIN LATERAL {_PART}
   CROSS JOIN LATERAL (SELECT 'person' || part.who || '@company' || part.who %% 700 || '.example' AS address) written
    LEFT JOIN res_partner partner ON partner.email_normalized = address""",  # noqa: S608
    """INSERT INTO inbox_message_res_partner_rel (message_id, partner_id)
       SELECT DISTINCT inbox_message_id, partner_id FROM inbox_participant
        WHERE partner_id IS NOT NULL AND inbox_message_id BETWEEN %(id)s + %(first)s AND %(id)s + %(last)s""",
    f"""INSERT INTO inbox_message_search (inbox_message_id, vector, account_id, date)
       SELECT %(id)s + n, setweight(to_tsvector('simple', subject), 'A') || {_PEOPLE} || vector, account, date
         FROM made""",  # noqa: S608
)


def word(number: int) -> str:
    """The word of that rank: 0 is the most frequent one."""
    starts = "ka lo mi ne pu ra si to vu we xa yo ze bo cu di fe ga hi ju".split()
    middles = "rt ln st mb nd ck rp ff".split()
    ends = "a e i o u an er is on us".split()
    text = starts[number % 20] + middles[number // 20 % 8] + ends[number // 160 % 10]
    return text + (str(number // 1600) if number >= 1600 else "")


def people(count: int) -> int:
    """How many different people write `count` emails; a third of them are contacts."""
    return max(5000, count // EMAILS_EACH)


def make(env, accounts: dict, folders: dict, count: int) -> None:
    """Make `count` emails with all that belongs to them; commits.

    :param accounts: name in `ACCOUNTS` -> id; :param folders: (account's id, name in `FOLDERS`) -> id.
    """
    _place(env, accounts, folders)
    env.cr.execute(
        SQL(
            """INSERT INTO res_partner (name, complete_name, email, email_normalized, active, is_company, type)
               SELECT 'Person ' || n, 'Person ' || n, address, address, true, false, 'contact'
                 FROM generate_series(0, %s, 3) n
           CROSS JOIN LATERAL (SELECT 'person' || n || '@company' || n %% 700 || '.example' AS address) written""",
            people(count) - 1,
        )
    )
    env.cr.execute("UPDATE res_partner SET commercial_partner_id = id WHERE commercial_partner_id IS NULL")
    env.cr.execute(SQL(_PIECES, words=VOCABULARY, pieces=PIECES))
    env.cr.execute("ANALYZE piece, res_partner")
    with _in_bulk(env):
        for first in range(0, count, STEP):
            last = min(first + STEP, count) - 1
            env.cr.execute("DROP TABLE IF EXISTS made")
            env.cr.execute(SQL(_MADE, first=first, last=last, pieces=PIECES))
            for statement in _ROWS:
                env.cr.execute(SQL(statement, id=1, first=first, last=last, people=people(count)))
            env.cr.commit()


def _place(env, accounts: dict, folders: dict) -> None:
    """Say where emails shall lie."""
    env.cr.execute(
        """CREATE TEMP TABLE place (account int, a_low int, a_high int, f_low int, f_high int, folder int,
                                    is_old bool, is_sent bool)"""
    )
    a_low = 0
    for name, a_share in ACCOUNTS.items():
        f_low = 0
        for folder, f_share in FOLDERS.items():
            account = accounts[name]
            row = (account, a_low, a_low + a_share, f_low, f_low + f_share, folders[account, folder])
            env.cr.execute(SQL("INSERT INTO place VALUES %s", (*row, folder == OLD, folder == "sent")))
            f_low += f_share
        a_low += a_share


@contextlib.contextmanager
def _in_bulk(env) -> Iterator[None]:
    """Without indexes, triggers and foreign keys for the time of the `with`; commits."""
    cr = env.cr
    cr.execute(
        """SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
            WHERE indrelid = ANY(%s::regclass[])
              AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)""",
        [list(_TABLES)],
    )
    indexes = cr.fetchall()
    cr.execute("SET session_replication_role = replica; SET maintenance_work_mem = '1GB'")
    for name, _definition in indexes:
        cr.execute(f"DROP INDEX {name}")
    cr.commit()
    yield
    for _name, definition in indexes:
        cr.execute(definition)
    for table in _TABLES:
        if not table.endswith("_rel"):
            name = SQL.identifier(table)
            cr.execute(SQL("SELECT setval(pg_get_serial_sequence(%s, 'id'), max(id)) FROM %s", table, name))
    cr.execute("RESET session_replication_role; RESET maintenance_work_mem")
    cr.commit()
