"""Addresses as they are written, and the form in which they are compared."""

import pytest
from odoo import tools
from odoo.addons.concord_inbox.mime import addresses, is_no_reply, normalize_address

from .samples import read


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@example.org", [("", "a@example.org")]),
        ("<a@example.org>", [("", "a@example.org")]),
        ("Anna <a@example.org>", [("Anna", "a@example.org")]),
        ('"Doe, John" <j@example.org>', [("Doe, John", "j@example.org")]),
        ("Doe, John <j@example.org>", [("Doe, John", "j@example.org")]),
        (r'"a \"quoted\" name" <j@example.org>', [('a "quoted" name', "j@example.org")]),
        ("a@example.org (Anna)", [("Anna", "a@example.org")]),
        ("a@example.org, Ben <b@example.org>", [("", "a@example.org"), ("Ben", "b@example.org")]),
        ("a@example.org; b@example.org", [("", "a@example.org"), ("", "b@example.org")]),
        ("<a@example.org> <b@example.org>", [("", "a@example.org"), ("", "b@example.org")]),
        ("a@example.org <a@example.org>", [("", "a@example.org")]),
        ("'a@example.org' <a@example.org>", [("", "a@example.org")]),
        ("Anna a@example.org", [("Anna", "a@example.org")]),
        ("team: a@example.org, Ben <b@example.org>;", [("", "a@example.org"), ("Ben", "b@example.org")]),
        ("undisclosed-recipients:;", []),
        ("<undisclosed-recipients:;>", []),
        ("", []),
        (",, ,a@example.org,", [("", "a@example.org")]),
        ("=?utf-8?Q?J=C3=BCrgen?= <j@example.org>", [("Jürgen", "j@example.org")]),
        ('"=?utf-8?Q?J=C3=BCrgen?=" <j@example.org>', [("Jürgen", "j@example.org")]),
        ("=?utf-8?Q?Doe,_J?= <j@example.org>", [("Doe, J", "j@example.org")]),
        ("=?utf-8?Q?J_=28x=29?= <j@example.org>", [("J (x)", "j@example.org")]),
        ("=?utf-8?Q?J_=3Cj=40example.org=3E?=", [("J", "j@example.org")]),
        ('"a b"@example.org', [("", '"a b"@example.org')]),
        ("<mailto:a@example.org>", [("", "a@example.org")]),
        ("<@relay.example,@other.example:a@example.org>", [("", "a@example.org")]),
        ('"unclosed <a@example.org>', [("unclosed", "a@example.org")]),
        ("root", [("", "root")]),
        ("a@example.org\r\n\t, b@example.org", [("", "a@example.org"), ("", "b@example.org")]),
        ("Ünal <ü@exämple.org>", [("Ünal", "ü@exämple.org")]),
    ],
)
def test_parse(value, expected):
    assert [(address.name, address.email) for address in addresses.parse(value)] == expected


def test_roles():
    message = read(b"x", "To: a@example.org", "Cc: b@example.org", "Bcc: c@example.org", "Reply-To: d@example.org")
    assert [(address.role, address.email) for address in message.addresses] == [
        ("from", "anna@example.org"),
        ("to", "a@example.org"),
        ("cc", "b@example.org"),
        ("bcc", "c@example.org"),
        ("reply_to", "d@example.org"),
    ]


def test_each_address_once_a_role():
    message = read(b"x", "To: a@example.org, A <A@example.org>", "To: b@example.org")
    assert [address.email for address in message.addresses if address.role == "to"] == [
        "a@example.org",
        "b@example.org",
    ]


def test_sender_where_from_is_missing():
    message = read(b"x", "From:", "Sender: s@example.org")
    assert [address.email for address in message.addresses if address.role == "from"] == ["s@example.org"]


def test_many_addresses():
    message = read(b"x", "To: " + ",\r\n ".join(f"a{number}@example.org" for number in range(5000)))
    assert len(message.addresses) == addresses.MAX_ADDRESSES


ODD = """A@B.c|a@b|é@x.com|É@X.COM|a@MÜLLER.de|foo bar@x.com|a@b.c, d@e.f|<a@b.c>|Name <A@b.c>|@x.com|foo@|a@@b.c||root
"a b"@x.com|a@b.c (x)|a;b@c.d|"x"@y.z|o'neil@x.com|a@[1.2.3.4]|a..b@c.d|a@b.c.|.a@b.c|a b|a@b c@d|x"y@z.w|a@b_c.de|a@-b
(c)a@b.c|a\\@b.c|a@b:c|mailto:a@b.c|a,b@c.d|a@b.c>|[a@b.c]|İ@x.com|a@İ.com|a@x.com |a @x.com|a@ x.com| a@x.com|a=b@c.d
a/b@c.d|#a@b.c|a@b#c|a@b.c#|a@é.com|a@.com|a@b..c|'a@b.c'|a+tag@b.c|A_B@C.D|a@b.c,|,a@b.c|a@b.c;
Ä <ä@b.c>|a@b.c d@e.f"""


@pytest.mark.parametrize("text", [text for line in ODD.split("\n") for text in line.split("|")])
def test_normalised_as_odoo_does(text):
    assert normalize_address(text) == (tools.email_normalize(text) or "")


@pytest.mark.parametrize(
    "address",
    [
        "noreply@x",
        "no-reply@x",
        "no_reply@x",
        "do-not-reply@x",
        "donotreply@x",
        "noreply+abc@x",
        "notifications-noreply@x",
        "mailer-daemon@x",
        "postmaster@x",
        "bounce@x",
        "bounces+123=a=b.c@x",
        "bounce-77@x",
        "srs0=abc=x=y.z=user@x",
        "prvs=123=a@x",
        "ne-pas-repondre@x",
        "nicht-antworten@x",
        "keineantwort@x",
        "accountsnoreply@x",
        "msprvs1=abc=bounces@x",
    ],
)
def test_no_reply(address):
    assert is_no_reply(address)


@pytest.mark.parametrize(
    "address", ["anna@x", "reply@x", "norbert@x", "info@x", "bouncer@x", "nora.reply@x", "sales@noreply.example", "x"]
)
def test_somebody_reads(address):
    assert not is_no_reply(address)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@example.org (Anna (the) Great)", [("Anna (the) Great", "a@example.org")]),
        ("Anna <<a@example.org>>", [("Anna", "a@example.org")]),
        ("Anna [a@example.org]", [("Anna", "a@example.org")]),
        ("Anna <a@[192.0.2.1]>", [("Anna", "a@[192.0.2.1]")]),
        ("a@[192.0.2.1]", [("", "a@[192.0.2.1]")]),
        ("Anna Lee (a@example.org)", [("Anna Lee", "a@example.org")]),
        ("Anna <a at example.org>", [("Anna", "a at example.org")]),
    ],
)
def test_brackets_of_all_kinds(value, expected):
    assert [(one.name, one.email) for one in addresses.parse(value)] == expected
