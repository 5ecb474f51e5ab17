"""The demo's correspondence: as many emails as promised, whole, in every language, and never from the future."""

import email
import email.policy
import email.utils
import io
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from PIL import Image
from pypdf import PdfReader

from dev import demo_mail
from dev.demo_mail.conversations import THREADS
from dev.demo_mail.people import PEOPLE

# Weekdays, a weekend, both sides of the change to summer time, leap day, turn of the year.
DAYS = [date(2026, 11, 24), date(2026, 3, 29), date(2027, 1, 1), date(2028, 2, 29), date(2026, 8, 9)]
RESERVED = re.compile(r"(^|\.)(example|test|example\.(com|org|net))$")


@cache
def mails(day=DAYS[0], seed=7):
    return demo_mail.build(day, seed)


@cache
def parsed(day=DAYS[0]):
    return [email.message_from_bytes(mail.source, policy=email.policy.default) for mail in mails(day)]


def body(message, kind="plain"):
    part = message.get_body((kind,))
    return part.get_content() if part else ""


def leaves():
    for mail, message in zip(mails(), parsed(), strict=True):
        for part in message.walk():
            if not part.is_multipart():
                yield mail, message, part


@pytest.mark.parametrize("day", DAYS)
def test_count_dates_and_ids(day):
    all_mails = mails(day)
    assert 280 <= len(all_mails) <= 340
    end = datetime(day.year, day.month, day.day, tzinfo=UTC)
    seen = set()
    for mail, message in zip(all_mails, parsed(day), strict=True):
        assert mail.internal_date.tzinfo and end - timedelta(days=167) < mail.internal_date <= end
        written = message["Date"].datetime
        assert written <= mail.internal_date < written + timedelta(minutes=1)
        key = (mail.mailbox, mail.folder, message["Message-ID"])
        assert key not in seen, key
        seen.add(key)
    assert all_mails[0].internal_date < end - timedelta(days=120)
    ages = Counter((end - mail.internal_date).days // 30 for mail in all_mails)
    assert ages[0] > ages[1] > ages[3]
    inbox = [mail for mail in all_mails if mail.folder == "INBOX" and mail.internal_date > end - timedelta(days=2)]
    assert len(inbox) >= 6


@pytest.mark.parametrize("hour", [0, 5, 7, 8, 9, 12, 17, 23])
def test_nothing_is_later_than_now(hour):
    now = datetime(2026, 11, 24, hour, 1, tzinfo=UTC)
    result = demo_mail.build(now.date(), now=now)
    assert max(mail.internal_date for mail in result) <= now
    inbox = [mail for mail in result if mail.folder == "INBOX"]
    assert now - inbox[-1].internal_date < timedelta(hours=14)
    recent = [mail for mail in inbox if now - mail.internal_date < timedelta(days=2)]
    assert len(recent) >= 6


def test_deterministic():
    assert demo_mail.build(DAYS[0]) == mails()
    other = demo_mail.build(DAYS[0], seed=8)
    assert other != mails()
    assert Counter((mail.mailbox, mail.folder) for mail in other) == Counter(
        (mail.mailbox, mail.folder) for mail in mails()
    )


@pytest.mark.parametrize("day", DAYS[:3])
def test_sources_are_correct(day):
    for mail, message in zip(mails(day), parsed(day), strict=True):
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\0", mail.source), message["Subject"]
        assert max(map(len, mail.source.split(b"\r\n"))) <= 998
        header = mail.source.partition(b"\r\n\r\n")[0]
        assert header.isascii()
        assert all(len(line) <= 78 for line in header.split(b"\r\n"))
        assert all(len(word) <= 75 for word in re.findall(rb"=\?[^?]+\?.\?[^?]*\?=", header))
        names = [pair for name in ("From", "To", "Cc") for pair in email.utils.getaddresses([str(message[name] or "")])]
        assert all(RESERVED.search(address.rpartition("@")[2]) for _name, address in names)
        for part in message.walk():
            assert not part.defects, (message["Subject"], part.get_content_type(), part.defects)
            for name, value in part.items():
                assert not getattr(value, "defects", ()), (message["Subject"], name, value.defects)
            if not part.is_multipart():
                part.get_content()
                assert not part.defects, (message["Subject"], part.defects)
        for name in ("Message-ID", "References", "In-Reply-To", "List-Unsubscribe", "List-Id"):
            # A long token that was folded into an encoded word would no longer be found by anybody.
            raw = re.search(rf"^{name}:(.*(?:\r\n[ \t].*)*)".encode(), header, re.MULTILINE)
            assert not raw or b"=?" not in raw[1]


def test_compat32_parses_without_defects_too():
    for mail in mails():
        message = email.message_from_bytes(mail.source)
        assert not any(part.defects for part in message.walk())


def test_threads_link():
    assert len(THREADS) >= 25
    copies = defaultdict(list)
    for mail, message in zip(mails(), parsed(), strict=True):
        copies[message["Message-ID"]].append((mail, message))
    answers = 0
    for mail, message in zip(mails(), parsed(), strict=True):
        if not message["In-Reply-To"]:
            continue
        references = message["References"].split()
        assert references[-1] == message["In-Reply-To"] and len(set(references)) == len(references)
        for reference in references:
            assert reference in copies
            assert copies[reference][0][0].internal_date < mail.internal_date
        answers += 1
    assert answers > 120
    longest = max(len(message.get("References", "").split()) for message in parsed())
    assert longest >= 8
    # Several accounts hold one email, with one Message-ID and one text.
    shared = [group for group in copies.values() if len({mail.mailbox for mail, _message in group}) > 1]
    assert len(shared) > 25
    for group in shared:
        assert len({body(message) for _mail, message in group}) == 1


def test_answered_emails_bear_the_flag():
    sent = [(m.mailbox, p["In-Reply-To"]) for m, p in zip(mails(), parsed(), strict=True) if m.folder == "Sent"]
    for mail, message in zip(mails(), parsed(), strict=True):
        if (mail.mailbox, message["Message-ID"]) in sent and mail.folder != "Sent":
            assert "\\Answered" in mail.flags


def test_quoting():
    replies = [body(m) for f, m in zip(mails(), parsed(), strict=True) if m["In-Reply-To"] and f.folder != "Junk"]
    assert sum("\n> " in text for text in replies) > 40
    assert any("\n>> " in text for text in replies)
    for line in ("a écrit :", "Gesendet: ", "wrote:", "差出人: ", "كتب", "Sent: "):
        assert any(line in text for text in replies), line
    assert not any("{+" in text or "[[" in text for text in map(body, parsed()))


@pytest.mark.parametrize(
    ("pattern", "least"),
    [
        ("[぀-ヿ]", 15),
        ("[؀-ۿ]", 12),
        (r"\b(?:bonjour|nous|votre)\b", 12),
        (r"\b(?:und|wir|nicht)\b", 12),
        (r"\bthe\b", 150),
    ],
)
def test_languages(pattern, least):
    assert sum(bool(re.search(pattern, body(message), re.IGNORECASE)) for message in parsed()) >= least


def test_charsets_vary():
    charsets = {part.get_content_charset() for _mail, _message, part in leaves()}
    assert {"utf-8", "iso-8859-1", "windows-1252", "iso-2022-jp", "windows-1256"} <= charsets


def test_attachments():
    pdfs, pictures = 0, 0
    for _mail, message, part in leaves():
        kind = part.get_content_type()
        if kind == "application/pdf":
            pdfs += 1
            assert part.get_content().startswith(b"%PDF-") and part.get_filename().endswith(".pdf")
            assert len(PdfReader(io.BytesIO(part.get_content())).pages) == 1
            assert len(part.get_content()) < 20_000
        elif kind == "image/png":
            pictures += 1
            with Image.open(io.BytesIO(part.get_content())) as image:
                image.verify()
            if cid := part["Content-ID"]:
                assert f"cid:{cid[1:-1]}" in body(message, "html")
        if part.get_content_disposition() == "attachment":
            assert part.get_filename()
    assert pdfs > 25 and pictures > 15
    names = {part.get_filename() for _mail, _message, part in leaves()}
    assert {
        "お見積書 Q-2044.pdf",
        "مخطط البهو.png",
        "Bestellung B-10472 (Müller).pdf",
        "élévation chambre 12.png",
    } <= names


def test_inline_pictures_are_referenced_once():
    for message in parsed():
        wanted = re.findall(r"cid:([^\"]+)", body(message, "html"))
        have = [part["Content-ID"][1:-1] for part in message.walk() if part["Content-ID"]]
        assert sorted(wanted) == sorted(have)


def test_pdf_tells_what_the_email_says():
    message = next(m for m in parsed() if any(p.get_filename() == "Quote Q-2041.pdf" for p in m.iter_attachments()))
    content = next(part for part in message.iter_attachments()).get_content()
    text = PdfReader(io.BytesIO(content)).pages[0].extract_text()
    assert "84" in text and "14,568.00" in text and "Hotel Aurora Group" in text


def test_kinds_of_mail():
    newsletters = [m for m in parsed() if m["List-Unsubscribe"] and "<table" in body(m, "html")]
    assert len(newsletters) >= 20
    for message in newsletters:
        assert message["List-Id"] and 'src="https://' in body(message, "html") and "style=" in body(message, "html")
    assert sum("List-Post" in m for m in parsed()) >= 3
    calendars = [part for _mail, _message, part in leaves() if part.get_content_type() == "text/calendar"]
    assert {part.get_param("method") for part in calendars} == {"REQUEST", "REPLY", "CANCEL"}
    for part in calendars:
        event = part.get_payload(decode=True).decode()
        assert event.startswith("BEGIN:VCALENDAR\r\n") and event.endswith("END:VCALENDAR\r\n")
        assert all(len(line.encode()) <= 75 for line in event.split("\r\n"))
        assert f"METHOD:{part.get_param('method')}\r\n" in event
    assert sum(m["Auto-Submitted"] == "auto-replied" and m["Precedence"] == "auto_reply" for m in parsed()) >= 5
    bounces = [m for m in parsed() if m.get_content_type() == "multipart/report"]
    assert len(bounces) == 2
    for message in bounces:
        kinds = [part.get_content_type() for part in message.iter_parts()]
        assert kinds == ["text/plain", "message/delivery-status", "message/rfc822"]
        assert message["Return-Path"] == "<>"
    assert sum(bool(m["Reply-To"]) for m in parsed()) >= 5


def test_folders_and_flags():
    accounts = {account["email"]: account for account in demo_mail.ACCOUNTS}
    used = defaultdict(set)
    for mail in mails():
        assert mail.folder in accounts[mail.mailbox]["folders"]
        used[mail.mailbox].add(mail.folder)
    for address, folders in used.items():
        parents = {path.rpartition("/")[0] for path in accounts[address]["folders"]}
        assert set(accounts[address]["folders"]) - folders <= parents | {"Archive"}
    assert {"Kunden/Müller", "Clients/Été 2026", "取引先"} <= used["sales@northlight.example"]
    flags = Counter(flag for mail in mails() for flag in mail.flags)
    assert min(flags["\\Seen"], flags["\\Flagged"], flags["\\Answered"], flags["\\Draft"]) >= 4
    unread = [mail for mail in mails() if mail.folder == "INBOX" and "\\Seen" not in mail.flags]
    assert 15 < len(unread) < 60
    for folder, flag in (("Drafts", "\\Draft"), ("Junk", "$Junk")):
        assert all(flag in mail.flags for mail in mails() if mail.folder == folder)


def test_address_book():
    companies = {company["name"]: company for company in demo_mail.COMPANIES}
    assert len(companies) == 15 and 36 <= len(demo_mail.CONTACTS) <= 44
    emails = [contact["email"] for contact in demo_mail.CONTACTS]
    assert len(set(emails)) == len(emails)
    assert all(contact["company"] in companies and all(contact.values()) for contact in demo_mail.CONTACTS)
    assert len(demo_mail.LEADS) >= 12 and all(lead["partner_email"] in emails for lead in demo_mail.LEADS)
    logins = {account["login"] for account in demo_mail.ACCOUNTS}
    assert all(lead["login"] in logins for lead in demo_mail.LEADS)
    assert [account["type"] for account in demo_mail.ACCOUNTS] == ["shared", "personal", "personal"]
    senders = {message["From"].addresses[0].addr_spec for message in parsed()}
    assert len(senders & set(emails)) > 30
    # Everybody who was invented for the demo has something to say in it.
    silent = {key for key, person in PEOPLE.items() if person.email not in senders}
    assert silent <= {"emi", "nadia", "luc", "sales"}


def test_reserved_domains_only():
    texts = ["\n".join(str(value) for part in message.walk() for value in part.values()) for message in parsed()]
    for _mail, _message, part in leaves():
        if part.get_content_maintype() == "text":
            texts.append(part.get_content())
    for text in texts:
        for domain in re.findall(r"(?:https?://|[\w+.-]@)([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)", text):
            assert RESERVED.search(domain.lower()), domain
