"""Our parser held against two others, field by field, on all emails that set-up fetches.

Where the two others agree with each other and not with us, we are in the minority: rare, and each time for a reason
that is written down here. Where one of them fails or all three differ there is no majority.
"""

import random
from collections import Counter

from odoo.addons.concord_inbox import mime

from . import other_parsers
from .samples import email, multipart
from .test_bodies import PLAIN, names

#: Of each field, at least so many per cent of the emails are read as the majority reads them.
LEAST = 99.5
#: The one class of emails that is counted for itself besides: who sends a page under the wrong name, or under none,
#: wanted it to be seen as a page. The others show its tags.
PAGE = "a page of HTML that was sent as plain text is shown as a page"

#: Reasons that hold for many: a name, and whether it applies to (field, source, ours, theirs).
RULES = {
    PAGE: lambda field, source, _ours, _theirs: field in ("text", "html") and bool(other_parsers.page_as_text(source)),
    "a date that lacks a year or has a zone that there is not is read as far as it can be": (
        lambda field, _source, ours, theirs: field == "date" and bool(ours) and (not theirs or theirs.year < 1970)
    ),
    "what an S/MIME signature wraps is read": (
        lambda field, source, ours, theirs: field == "text" and b"pkcs7-mime" in source and ours and not theirs
    ),
}
#: The end of an email's name, and its field -> why we read it otherwise.
KEPT = {
    (
        "message_with_many_multiparts.eml",
        "text",
    ): "an alternative within an alternative: its HTML is shown, and the first text is the text",
    ("email_issue_82.eml", "text"): "so damaged that it is hardly UTF-8 any more",
    ("payload-utf8-wrong.txt", "text"): "a binary file within the text, of which nothing is UTF-8",
    ("unicode_issue.txt", "text"): "a multipart of which no part can be found is shown as the text that it is",
    ("no-message-collected.msg", "text"): "a multipart of which no part can be found is shown as the text that it is",
    ("msg_17.txt", "text"): "a multipart of which no part can be found is shown as the text that it is",
    ("msg_25.txt", "text"): "a multipart of which no part can be found is shown as the text that it is",
    ("msg_41.txt", "text"): "a multipart of which no part can be found is shown as the text that it is",
    ("msg_31.txt", "text"): "the boundary is another one than declared: we find it",
    ("mail_malformed_3", "text"): "the boundary is another one than declared: we find it",
    ("mail_malformed_3", "html"): "the boundary is another one than declared: we find it",
    ("mail_malformed_1", "names"): "files behind the end of a multipart within, which has the same boundary, are found",
    ("mail_malformed_1", "text"): "two multiparts of one boundary: it shows text and HTML",
    ("msg_10.txt", "text"): "text and HTML that follow each other are both the text; the others count plain parts only",
    ("msg_15.txt", "names"): "files behind the end of a multipart within, which has the same boundary, are found",
    ("msg_15.txt", "sizes"): "files behind the end of a multipart within, which has the same boundary, are found",
    ("bad-header-wrap.raw", "names"): "a line of the header that is not indented does not end it",
    ("msg_39.txt", "sizes"): "files behind the end of a multipart within, which has the same boundary, are found",
    ("msg_39.txt", "names"): "files behind the end of a multipart within, which has the same boundary, are found",
    ("msg_15.txt", "text"): "text and HTML that follow each other are both the text; the others count plain parts only",
    (
        "mail_test_14",
        "text",
    ): "text and HTML that follow each other are both the text; the others count plain parts only",
    ("epilogue-sample.raw", "sizes"): "what follows the end of a file in base64 was added on the way, and is dropped",
    ("barren-content-type.raw", "sizes"): "an empty part without a name is no file",
    ("spam-2/48", "from"): "without a From, the sender is who is said to have sent it",
    ("hard-ham-1/188", "text"): "uuencoded files are taken out of the text",
    ("hard-ham-1/188", "names"): "uuencoded files are taken out of the text",
    ("hard-ham-1/188", "sizes"): "uuencoded files are taken out of the text",
    ("hard-ham-1/219", "text"): "valid UTF-8 wins over a declared Latin charset",
    ("spam-2/668", "text"): "of ==3D the first sign stands for itself, and the second is encoded",
    ("spam-1/125", "text"): "text and HTML that follow each other are both the text; the others count plain parts only",
    ("spam-2/677", "text"): "text and HTML that follow each other are both the text; the others count plain parts only",
    (
        "spam-2/1204",
        "text",
    ): "text and HTML that follow each other are both the text; the others count plain parts only",
    ("spam-1/466", "text"): "the boundary is another one than declared: we find it",
    ("spam-1/466", "html"): "the boundary is another one than declared: we find it",
    ("spam-2/1209", "text"): "the boundary is another one than declared: we find it",
    ("spam-2/1209", "html"): "the boundary is another one than declared: we find it",
    ("spam-2/203", "text"): "Content-Type without a semicolon before its parameter is understood",
    ("spam-2/203", "sizes"): "Content-Type without a semicolon before its parameter is understood",
    ("easy-ham-2/720", "names"): "an embedded email is called .eml, by which programs know it",
    ("easy-ham-1/62", "sizes"): "text/enriched beside the plain text is another rendition of it, and no file",
    ("easy-ham-1/66", "sizes"): "text/enriched beside the plain text is another rendition of it, and no file",
    ("easy-ham-2/1176", "sizes"): "winmail.dat holds the look of the text and no files: it is none",
    ("easy-ham-2/1387", "sizes"): "winmail.dat holds the look of the text and no files: it is none",
}


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
    """All of them with `--thorough`, else a share of them."""
    rng = random.Random(9)
    emails = foreign_emails if thorough else rng.sample([one for one in foreign_emails if len(one[1]) < 20_000], 150)
    emails = [*emails, *(corpus_emails if thorough else rng.sample(corpus_emails, 250))]
    counts, minorities = compared(emails)
    unexplained = []
    for case in minorities:
        why = reason(*case)
        if not why:
            unexplained.append((case[0], case[2], str(case[3])[:200], str(case[4])[:200]))
    pages = Counter(case[2] for case in minorities if reason(*case) == PAGE)
    shares = {}
    for field in other_parsers.FIELDS:
        agree, minority = counts[field, "agree"], counts[field, "minority"]
        shares[field] = 100 * agree / (agree + minority - pages[field])
        print(
            f"{field}: {agree} agree, {minority} do not ({pages[field]} of these are pages), {counts[field, 'open']}"
            f" without a majority; {100 * agree / (agree + minority):.2f} %, pages apart {shares[field]:.2f} %"
        )
    print(Counter(other_parsers.page_as_text(case[1]) for case in minorities if reason(*case) == PAGE))
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
