"""Our parser held against two others, field by field, on all emails that set-up fetches.

Where the two others agree with each other and not with us, we are in the minority: rare, and each time for a reason
that is written down here. Where one of them fails or all three differ there is no majority.
"""

import random
import re
from collections import Counter

from odoo.addons.concord_inbox import mime

from . import other_parsers
from .samples import email, multipart
from .test_bodies import PLAIN, names

#: Of each field, at least so many per cent of the emails are read as the majority reads them.
LEAST = 99.5

_PAGE = re.compile(rb"\n\r?\n\s*(?:<!doctype\s+html\b|<html\b)", re.IGNORECASE)
#: Reasons that hold for many: a name, and whether it applies to (field, source, ours, theirs).
RULES = {
    "a page of HTML sent as plain text is shown as the page, and its text is what it says": (
        lambda field, source, _ours, _theirs: field in ("text", "html") and bool(_PAGE.search(source))
    ),
    "a date that lacks a year or has a zone that there is not is read as far as it can be": (
        lambda field, _source, ours, theirs: field == "date" and bool(ours) and (not theirs or theirs.year < 1970)
    ),
    "what an S/MIME signature wraps is read": (
        lambda field, source, ours, theirs: field == "text" and b"pkcs7-mime" in source and ours and not theirs
    ),
}
#: The end of an email's name, and its field -> why we read it otherwise.
KEPT = {TABLE}


def compared(emails):
    """How often each field was (agreed, in the minority, without a majority), and each minority with its email."""
    counts, minorities = Counter(), []
    for name, source in emails:
        seen = {parser: read(source) for parser, read in other_parsers.PARSERS.items()}
        ours, first, second = seen["ours"], seen["standard"], seen["fast"]
        for field in other_parsers.FIELDS:
            others = [one[field] for one in (first, second) if one is not None]
            if ours[field] in others:
                counts[field, "agree"] += 1
            elif len(others) == 2 and others[0] == others[1]:
                counts[field, "minority"] += 1
                minorities.append((name, source, field, ours[field], others[0]))
            else:
                counts[field, "open"] += 1
    return counts, minorities


def reason(name, source, field, ours, theirs):
    """Why we read it otherwise; None: nobody has said."""
    for why, applies in RULES.items():
        if applies(field, source, ours, theirs):
            return why
    return next((why for (end, of), why in KEPT.items() if of == field and name.endswith(end)), None)


def test_we_read_what_the_majority_reads(corpus_emails, foreign_emails, thorough):
    """All of them with `--thorough`; else all of other projects' that are small, and some of the public corpus."""
    emails = [one for one in foreign_emails if thorough or len(one[1]) < 50_000]
    emails += corpus_emails if thorough else random.Random(9).sample(corpus_emails, 600)
    counts, minorities = compared(emails)
    unexplained = []
    for case in minorities:
        why = reason(*case)
        if not why:
            unexplained.append((case[0], case[2], str(case[3])[:200], str(case[4])[:200]))
    shares = {}
    for field in other_parsers.FIELDS:
        agree, minority = counts[field, "agree"], counts[field, "minority"]
        shares[field] = 100 * agree / (agree + minority)
        print(f"{field}: {agree} agree, {minority} do not, {counts[field, 'open']} without a majority")
    print(Counter(reason(*case) for case in minorities))
    assert unexplained == []
    total = sum(counts[field, "agree"] for field in other_parsers.FIELDS)
    assert 100 * total / (total + len(minorities)) >= LEAST
    # Of a share of the emails one field may be a little less.
    assert min(shares.values()) >= (LEAST if thorough else LEAST - 1.5), shares


def test_the_comparison_sees_differences():
    body, field = multipart("mixed", PLAIN, "Content-Type: image/png; name=a.png\r\n\r\nabc")
    source = email(body, field)
    ours, standard, fast = (read(source) for read in other_parsers.PARSERS.values())
    assert ours == standard == fast and names(mime.parse(source)) == ["a.png"]
    assert ours["sizes"] == (3,) and ours["text"] == ["Hello"] and ours["from"] == ("anna@example.org",)
    other = other_parsers.fast(source.replace(b"Hello", b"Other").replace(b"a.png", b"b.png"))
    assert {name for name in other_parsers.FIELDS if other[name] != ours[name]} == {"text", "names"}
