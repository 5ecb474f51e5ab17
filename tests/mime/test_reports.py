"""Delivery reports as mail systems write them, and what only looks like one."""

import io
import time

import pytest
from odoo.addons.concord_inbox.mime import delivery_report, parse

from .samples import email, multipart, part

DAEMON = "From: Mail Delivery System <MAILER-DAEMON@mx.example.org>"
ORIGINAL = (
    "From: anna@example.org\r\nTo: ben@example.com\r\nMessage-ID: <orig@example.org>\r\nSubject: Hi\r\n\r\nHello\r\n"
)
STATUS = (
    "Reporting-MTA: dns; mx.example.org\r\nX-Postfix-Queue-ID: 1\r\n\r\n"
    "Final-Recipient: rfc822; ben@example.com\r\nOriginal-Recipient: rfc822;ben@example.com\r\nAction: failed\r\n"
    "Status: 5.1.1\r\nRemote-MTA: dns; mx.example.com\r\n"
    "Diagnostic-Code: smtp; 550 5.1.1 <ben@example.com>:\r\n    Recipient address rejected: User unknown\r\n"
)


def report(status: str, returned: str = ORIGINAL, *fields: str, kind: str = "message/rfc822", text: str = "x") -> bytes:
    body, content_type = multipart(
        "report",
        part("text/plain", text),
        part("message/delivery-status", status),
        part(kind, returned),
        parameters="; report-type=delivery-status",
    )
    return email(body, content_type, *(fields or (DAEMON,)))


def summary(source: bytes) -> list[tuple[str, str, str, str]]:
    found = delivery_report(source)
    return [(r.email, r.action, r.status, r.diagnostic) for r in found.recipients] if found else []


def test_standard_report():
    found = delivery_report(report(STATUS))
    assert [(r.email, r.action, r.status, r.final) for r in found.recipients] == [
        ("ben@example.com", "failed", "5.1.1", "")
    ]
    assert found.recipients[0].diagnostic == "550 5.1.1 <ben@example.com>: Recipient address rejected: User unknown"
    assert found.original_message_id == "<orig@example.org>"
    assert found.original_recipient == "ben@example.com"


def test_the_same_of_a_file_and_of_what_was_parsed():
    source = report(STATUS)
    assert delivery_report(io.BytesIO(source)) == delivery_report(source) == delivery_report(parse(source))


@pytest.mark.parametrize("kind", ["text/rfc822-headers", "message/rfc822-headers", "message/global", "message/rfc822"])
def test_returned_in_every_form(kind):
    headers_only = ORIGINAL.partition("\r\n\r\n")[0] + "\r\n"
    assert delivery_report(report(STATUS, headers_only, kind=kind)).original_message_id == "<orig@example.org>"


@pytest.mark.parametrize("action", ["failed", "delayed", "delivered", "relayed", "expanded"])
def test_actions(action):
    status = STATUS.replace("Action: failed", f"Action: {action}").replace("5.1.1\r\nR", "2.0.0\r\nR")
    assert [(r.action, r.status) for r in delivery_report(report(status)).recipients] == [(action, "2.0.0")]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("Action: failed", "Action: Failed (permanent)"), ("ben@example.com", "failed")),
        (("Action: failed\r\n", ""), ("ben@example.com", "failed")),
        (("Status: 5.1.1", "Status: 5.1.1 (bad destination mailbox address)"), ("ben@example.com", "failed")),
        (("Original-Recipient: rfc822;ben@example.com\r\n", ""), ("ben@example.com", "failed")),
        (("Final-Recipient: rfc822; ben@", "Final-Recipient: RFC822; <BEN@"), ("ben@example.com", "failed")),
        (("Final-Recipient: rfc822; ", "Final-Recipient: "), ("ben@example.com", "failed")),
        (
            ("Original-Recipient: rfc822;ben@", r"Original-Recipient: utf-8;b\x{E4}n@"),
            ("bän@example.com", "failed"),
        ),
        (("\r\n\r\nFinal", "\r\n\r\n\r\nFinal"), ("ben@example.com", "failed")),
    ],
)
def test_odd_status_fields(change, expected):
    assert change[0] in STATUS
    assert summary(report(STATUS.replace(*change)))[0][:2] == expected


def test_redirected():
    found = delivery_report(report(STATUS.replace("Final-Recipient: rfc822; ben@", "Final-Recipient: rfc822; b2@")))
    assert (found.recipients[0].email, found.recipients[0].final) == ("ben@example.com", "b2@example.com")
    assert found.original_recipient == "ben@example.com"


def test_several_recipients():
    second = (
        STATUS.partition("\r\n\r\n")[2].replace("ben@", "eva@").replace("failed", "delayed").replace("5.1.1", "4.2.2")
    )
    assert [row[:3] for row in summary(report(f"{STATUS}\r\n{second}"))] == [
        ("ben@example.com", "failed", "5.1.1"),
        ("eva@example.com", "delayed", "4.2.2"),
    ]


def test_microsoft_365():
    status = (
        "Reporting-MTA: dns;AM0PR01.eurprd01.prod.exchangelabs.com\r\nReceived-From-MTA: dns;x\r\n\r\n"
        "Final-Recipient: rfc822;ben@example.com\r\nAction: failed\r\nStatus: 5.1.10\r\n"
        "Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found\r\n"
    )
    sender = "From: <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.onmicrosoft.com>"
    assert summary(report(status, ORIGINAL, sender)) == [
        ("ben@example.com", "failed", "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found")
    ]


def test_exchange_in_words():
    text = (
        "Delivery has failed to these recipients or groups:\n\nBen Roe (ben@example.com)<mailto:ben@example.com>\n"
        "The email address you entered couldn't be found. Please check it.\n\n"
        "Diagnostic information for administrators:\n\nOriginal message headers:\n\nMessage-ID: <orig@example.org>\n"
    )
    found = delivery_report(email(text, "From: postmaster@example.com", "Subject: Undeliverable: Hi"))
    assert [(r.email, r.action) for r in found.recipients] == [("ben@example.com", "failed")]
    assert found.recipients[0].diagnostic.startswith("The email address you entered couldn't be found")
    assert found.original_message_id == "<orig@example.org>"


QMAIL = """Hi. This is the qmail-send program at mx.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ben@example.com>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 unknown user
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.

Return-Path: <anna@example.org>
Message-ID: <orig@example.org>
From: anna@example.org
To: ben@example.com, other@example.com
"""
EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ben@example.com
    host mx.example.com [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<ben@example.com>:
    550 5.1.1 unknown user

------ This is a copy of the message, including all the headers. ------

Message-ID: <orig@example.org>
To: ben@example.com
"""
EXIM_DELAY = """This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.example.org.

The message identifier is:     1abc
The address to which the message has not yet been delivered is:

  ben@example.com
    Delay reason: Connection timed out

No action is required on your part. Delivery attempts will continue for
some time.
"""
GMAIL = """Delivery to the following recipient failed permanently:

     ben@example.com

Technical details of permanent failure:
Google tried to deliver your message, but it was rejected by the server. 550 5.1.1 User unknown

----- Original message -----

Message-ID: <orig@example.org>
To: ben@example.com
"""
GMAIL_NOW = """** Address not found **

Your message wasn't delivered to ben@example.com because the address couldn't be found, or is unable to receive mail.

The response from the remote server was:
550 5.1.1 The email account that you tried to reach does not exist.
"""
GMAIL_DELAY = """** Delivery incomplete **

There was a temporary problem delivering your message to ben@example.com. Gmail will retry for 45 more hours.
You'll be notified if the delivery fails permanently.
"""
SENDMAIL = """The original message was received at Mon, 4 Mar 2024 09:30:00 +0100
from localhost [127.0.0.1]

   ----- The following addresses had permanent fatal errors -----
<ben@example.com>
    (reason: 550 5.1.1 <ben@example.com>... User unknown)

   ----- Transcript of session follows -----
... while talking to mx.example.com.:
>>> DATA
<<< 550 5.1.1 <ben@example.com>... User unknown
"""


@pytest.mark.parametrize(
    ("text", "subject", "action", "has_id"),
    [
        (QMAIL, "failure notice", "failed", True),
        (EXIM, "Mail delivery failed: returning message to sender", "failed", True),
        (EXIM_DELAY, "Warning: message 1abc delayed 24 hours", "delayed", False),
        (GMAIL, "Delivery Status Notification (Failure)", "failed", True),
        (GMAIL_NOW, "Delivery Status Notification (Failure)", "failed", False),
        (GMAIL_DELAY, "Delivery Status Notification (Delay)", "delayed", False),
        (SENDMAIL, "Returned mail: see transcript for details", "failed", False),
    ],
)
def test_reports_in_words(text, subject, action, has_id):
    source = email(text, DAEMON, f"Subject: {subject}")
    found = delivery_report(source)
    assert [(r.email, r.action) for r in found.recipients] == [("ben@example.com", action)]
    assert found.original_message_id == ("<orig@example.org>" if has_id else "")
    assert delivery_report(parse(source)) == found
    if "550 5.1.1" in text:
        assert "550" in found.recipients[0].diagnostic
        assert found.recipients[0].status == "5.1.1"


def test_failed_recipients_field_of_exim():
    source = email(EXIM, DAEMON, "X-Failed-Recipients: ben@example.com, eva@example.com")
    assert [row[:2] for row in summary(source)] == [("ben@example.com", "failed"), ("eva@example.com", "failed")]


def test_reference_where_nothing_was_returned():
    source = email(GMAIL_NOW, DAEMON, "In-Reply-To: <orig@example.org>", "References: <orig@example.org>")
    assert delivery_report(source).original_message_id == "<orig@example.org>"


PERSON = "From: Anna <anna@example.org>"


@pytest.mark.parametrize(
    "source",
    [
        email("Hello"),
        email(QMAIL, PERSON, "Subject: Fwd: failure notice"),
        email(f"Look what came back:\n\n{EXIM}", PERSON, "Subject: Undeliverable"),
        email("I am away.\n\nben@example.com will help.", PERSON, "Auto-Submitted: auto-replied", "Return-Path: <>"),
        email("Your message could not be delivered", DAEMON, "Subject: failure"),  # says nobody's address
        email("Dear user,\nplease confirm ben@example.com", DAEMON, "Subject: Welcome"),
        email("", DAEMON),
    ],
)
def test_no_report(source):
    assert delivery_report(source) is None
    assert delivery_report(parse(source)) is None


def test_a_report_passed_on_by_a_person_is_none():
    body, content_type = multipart("mixed", part("text/plain", "Look"), part("message/rfc822", report(STATUS)))
    assert delivery_report(email(body, content_type, PERSON)) is None
    body, content_type = multipart("mixed", part("text/plain", "Look"), part("message/delivery-status", STATUS))
    assert delivery_report(email(body, content_type, PERSON)) is None


def test_a_read_receipt_is_none():
    body, content_type = multipart(
        "report",
        part("text/plain", "Your message to ben@example.com was displayed"),
        part(
            "message/disposition-notification",
            "Final-Recipient: rfc822; ben@example.com\r\nDisposition: x; displayed\r\n",
        ),
        parameters="; report-type=disposition-notification",
    )
    assert delivery_report(email(body, content_type, "From: ben@example.com", "Return-Path: <>")) is None


def test_reports_of_the_corpus(corpus_emails):
    found = {name: report for name, source in corpus_emails if (report := delivery_report(source))}
    emails = sorted(r.email for report in found.values() for r in report.recipients)
    assert emails == [
        "75@tfi.kpn.com",
        "casimir@tgsnopec.com",
        "daz@jpci.net",
        "khera@kcilink.com",
        "matt_relay@sbcglobal.net",
        "meow1p654@epoq.demon.co.uk",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "user" + "\n " * 30_000,
        "a" * 60_000,
        "a@b.c " * 10_000,
        "  a@b.c\n" * 8000,
        "<" * 60_000,
        "550 " * 15_000,
        ("x" * 100 + "\n") * 600,
        "recipient: " * 6000,
        "Ben (" * 12_000,
    ],
)
def test_hostile_text_takes_no_time(text):
    start = time.process_time()
    delivery_report(email(f"could not be delivered\n{text}", DAEMON))
    assert time.process_time() - start < 5  # 0.2 on an idle machine of 2024
