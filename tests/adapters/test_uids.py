"""Sets of UIDs as ranges."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.concord_inbox.adapters.imap.responses import ParseError
from odoo.addons.concord_inbox.adapters.imap.uids import HIGHEST, Uids

RANGES = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 9)).map(lambda pair: (pair[0], sum(pair))))


def expanded(ranges) -> set[int]:
    return {uid for first, last in ranges for uid in range(first, last + 1)}


@given(RANGES, st.sets(st.integers(1, 75)), st.integers(1, 70), st.integers(1, 70))
def test_is_a_set(ranges, others, first, last):
    uids, wanted = Uids(ranges), expanded(ranges)
    assert uids == wanted
    assert list(uids) == sorted(wanted)
    assert list(reversed(uids)) == sorted(wanted, reverse=True)
    assert len(uids) == len(wanted)
    assert {uid for uid in range(80) if uid in uids} == wanted
    assert uids.without(others) == wanted - others
    assert uids.within(first, last) == {uid for uid in wanted if first <= uid <= last}
    assert Uids.read(uids.text()) == wanted
    assert Uids.of(wanted).text() == uids.text()


def test_ranges_are_joined():
    assert Uids([(5, 6), (1, 3), (4, 4), (2, 9), (12, 12)]).text() == b"1:9,12"


def test_what_servers_write():
    assert Uids.read(b"4,10:8,1") == {1, 4, 8, 9, 10}
    assert Uids.read(b"") == set()
    assert Uids.read(b"1:4294967295", 5, 7) == {5, 6, 7}
    assert len(Uids.read(b"1:4294967295")) == HIGHEST
    assert Uids.listed(b" 3 1  2 99", 1, 50) == {1, 2, 3}
    # More than a UID can be.
    assert Uids.listed(b"99999999999999999999999") == set()


@pytest.mark.parametrize("text", [b"x", b"1:*", b"(1)", b"1 2"])
def test_what_is_no_set(text):
    with pytest.raises(ParseError):
        Uids.read(text)


@pytest.mark.parametrize("separator", [b",", b" "])
def test_many_uids_without_a_single_range_take_little_room(separator):
    text = separator.join(b"%d" % uid for uid in range(4_000_000_000, 4_000_040_000, 2))
    tracemalloc.start()
    try:
        uids = (Uids.read if separator == b"," else Uids.listed)(text)
        missing = uids.without({4_000_000_000})
        assert (len(uids), len(missing)) == (20_000, 19_999)
        assert sum(1 for _uid in reversed(uids.within(4_000_000_002, 4_000_039_990))) == 19_995
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
