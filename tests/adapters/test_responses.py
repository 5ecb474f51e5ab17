"""Reading what servers answer: tokens, dates, sets, flags."""

import contextlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.concord_inbox.adapters.imap import responses
from odoo.addons.concord_inbox.adapters.imap.wire import Answer


@pytest.mark.parametrize(
    ("pieces", "tokens"),
    [
        ([b"1 (UID 5 FLAGS (\\Seen Work))"], [b"1", [b"UID", b"5", b"FLAGS", [b"\\Seen", b"Work"]]]),
        ([b"1 (BODY[] {3}", b"a)b", b" UID 5)"], [b"1", [b"BODY[]", b"a)b", b"UID", b"5"]]),
        ([b"1 (BODY[HEADER.FIELDS (A B)] {0}", b"", b")"], [b"1", [b"BODY[HEADER.FIELDS (A B)]", b""]]),
        ([b"1 (BODY[]<0> NIL)"], [b"1", [b"BODY[]<0>", None]]),
        ([b'() "/" "a\\"b\\\\c"'], [[], b"/", b'a"b\\c']),
        ([b'() NIL "NIL"'], [[], None, b"NIL"]),
        ([b"() NIL [Gmail]/Spam"], [[], None, b"[Gmail]/Spam"]),
        ([b"(A ()(B))"], [[b"A", [], [b"B"]]]),
        ([b""], []),
    ],
)
def test_tokens(pieces, tokens):
    assert responses.parse(pieces) == tokens


@pytest.mark.parametrize("text", [b"(", b")", b'"open', b"(()", b'a"b'])
def test_what_is_no_response(text):
    with pytest.raises(responses.ParseError):
        responses.parse([text])


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5))
def test_nothing_but_parse_errors(pieces):
    with contextlib.suppress(responses.ParseError):
        responses.parse(pieces)
    list(responses.fetch_rows([pieces]))


def test_rows_of_an_answer():
    answer = Answer(
        "OK",
        "",
        "",
        {"FETCH": [(b"1 (BODY[] {1}", b"x"), b")", b"2 (UID 3)", (b"3 ({1}", b"y"), (b" {1}", b"z"), b")"]},
    )
    assert answer.rows("FETCH") == [
        [b"1 (BODY[] {1}", b"x", b")"],
        [b"2 (UID 3)"],
        [b"3 ({1}", b"y", b" {1}", b"z", b")"],
    ]
    assert answer.rows("LIST") == []


def test_rows_that_break_the_grammar_tell_their_uid():
    rows = [
        [b"1 (UID 5 FLAGS (\\Seen"],
        [b"2 (FLAGS ())"],
        [b"3 (UID 6 FLAGS () X)"],
        [b"4 (FLAGS (] UID 7)"],
        [b"nonsense"],
    ]
    assert [row[b"UID"] for row in responses.fetch_rows(rows)] == [5, 6, 7]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (b"17-Jul-1996 02:44:25 -0700", datetime(1996, 7, 17, 9, 44, 25, tzinfo=UTC)),
        (b" 1-jan-2026 00:00:00 +1400", datetime(2025, 12, 31, 10, tzinfo=UTC)),
        (b"31-Dec-2016 23:59:60 +0000", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (b"31-Feb-2026 00:00:00 +0000", responses.UNKNOWN_DATE),
        (b"01-Foo-2026 00:00:00 +0000", responses.UNKNOWN_DATE),
        (b"01-Jan-0001 00:00:00 +1400", responses.UNKNOWN_DATE),
        (b"01-Jan-2026 00:00:00 +9999", responses.UNKNOWN_DATE),
        (b"yesterday", responses.UNKNOWN_DATE),
        (None, responses.UNKNOWN_DATE),
        ([], responses.UNKNOWN_DATE),
    ],
)
def test_dates(text, moment):
    assert responses.date(text) == moment


@given(st.integers(0, 4 * 10**9), st.integers(-12, 14), st.integers(-12, 14))
def test_the_day_to_search_for_is_early_enough(moment, asked_in, stored_in):
    """Whatever zone the server writes a later message's date in, its day is not before the one that is asked for."""
    aware = datetime.fromtimestamp(moment, UTC)
    asked = responses.search_date(aware.astimezone(timezone(timedelta(hours=asked_in)))).decode()
    stored = aware.astimezone(timezone(timedelta(hours=stored_in)))
    assert datetime.strptime(asked, "%d-%b-%Y").date() <= stored.date()  # noqa: DTZ007


@pytest.mark.parametrize(
    ("uids", "text"),
    [
        ([], b""),
        ([5], b"5"),
        ([3, 1, 2], b"1:3"),
        ([1, 2, 4, 6, 7, 8], b"1:2,4,6:8"),
        ([2**32 - 1, 2**32 - 2], b"4294967294:4294967295"),
    ],
)
def test_sets(uids, text):
    assert responses.uid_set(uids) == text


@given(st.sets(st.integers(1, 2000), min_size=1))
def test_sets_there_and_back(uids):
    assert set(responses.expand_set(responses.uid_set(uids), 3000)) == uids


@pytest.mark.parametrize("text", [b"1:4294967295", b"1,2,3,4,5,6", b"x", b"", b"1:*", b"1:2:3"])
def test_sets_that_are_not_believed(text):
    with pytest.raises(responses.ParseError):
        responses.expand_set(text, 5)


def test_keywords():
    flags = [b"\\Seen", b"\\FLAGGED", b"\\Recent", b"$Forwarded", b"Caf\xc3\xa9", b"\xff", b"a\0b", [b"x"], None]
    assert responses.keywords(flags) == {"seen", "flagged", "$forwarded", "café", "\ufffd", "ab"}
    assert responses.keywords(None) == frozenset()


def test_identities():
    row = {b"UID": 1, b"EMAILID": [b"M1"], b"THREADID": None, b"X-GM-THRID": b"123", b"RFC822.SIZE": b"x"}
    copy = responses.copy_of(row)
    assert (copy.email_id, copy.thread_id, copy.size) == ("M1", "123", 0)
