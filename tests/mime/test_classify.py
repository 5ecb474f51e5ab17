"""Whether a person wrote."""

import pytest

from .samples import read


@pytest.mark.parametrize(
    "field",
    [
        "List-Id: <a.example>",
        "List-Unsubscribe: <mailto:x@example.org>",
        "Precedence: bulk",
        "Precedence: LIST",
        "Feedback-ID: 1",
    ],
)
def test_bulk(field):
    message = read(b"x", field)
    assert message.is_bulk
    assert not message.is_automatic


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (["List-Unsubscribe: <mailto:x@x>", "List-Id: <news.x>"], True),
        (["List-Unsubscribe: <mailto:x@x>", "Precedence: bulk"], True),
        (["List-Unsubscribe: <mailto:x@x>", "List-Id: <news.x>", "List-Post: NO"], True),
        (["List-Unsubscribe: <mailto:x@x>"], False),  # a person who writes with a sales program
        (["Precedence: bulk"], False),  # a person who answers with a ticket program
        (["List-Id: <a.x>"], False),
        (["List-Unsubscribe: <mailto:x@x>", "List-Id: <a.x>", "List-Post: <mailto:a@x.example>"], False),
        (["List-Unsubscribe: <mailto:x@x>", "Precedence: list", "X-Google-Group-Id: 1"], False),
        (["List-Unsubscribe: <mailto:x@x>", "List-Id: <a.x>", "In-Reply-To: <a@x>"], False),
    ],
)
def test_newsletter(fields, expected):
    assert read(b"x", *fields).is_newsletter is expected


@pytest.mark.parametrize(
    "field",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; owner-email=x",
        "X-Autoreply: yes",
        "Precedence: auto_reply",
        "X-Auto-Response-Suppress: All",
        "From: Mail Delivery Subsystem <MAILER-DAEMON@example.org>",
        "Subject: Automatic reply: Offer",
        "Subject: =?utf-8?Q?R=C3=A9ponse_automatique_:_Offre?=",
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=x",
    ],
)
def test_automatic(field):
    assert read(b"x", field).is_automatic


@pytest.mark.parametrize(
    "field", ["Auto-Submitted: no", "Precedence: normal", "Subject: My office", "Return-Path: <a@example.org>"]
)
def test_a_person(field):
    message = read(b"x", field)
    assert not message.is_automatic
    assert not message.is_bulk
