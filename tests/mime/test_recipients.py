"""Addresses that are written to."""

import pytest
from odoo.addons.concord_inbox.mime import ComposeError, is_address, needs_smtputf8, parse_addresses, wire_address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("a@b.example", "a@b.example"),
        ("a@b.example, c@d.example;e@f.example\ng@h.example", "a@b.example|c@d.example|e@f.example|g@h.example"),
        ('"Doe, John" <j@d.example>, Anna <a@b.example>', "Doe, John j@d.example|Anna a@b.example"),
        ("Doe, John <j@d.example>; Roe, Jane <r@d.example>", "Doe, John j@d.example|Roe, Jane r@d.example"),
        ("Anna <a@b.example>\r\nBen\tc@d.example", "Anna a@b.example|?Ben|c@d.example"),
        ("a@b.example a@c.example", "a@b.example|a@c.example"),
        ("nobody, a@b.example", "?nobody|a@b.example"),
        ("a@b", "?a@b"),
        ("A@B.example, a@b.example", "A@B.example"),
        ("mailto:a@b.example", "a@b.example"),
        ("jürgen@müller.example；李 <li@例え.example>", "jürgen@müller.example|李 li@例え.example"),
        ("\u200ba@b.example\u202c", "a@b.example"),
        ("<a@b.example>, <c@d.example>,", "a@b.example|c@d.example"),
    ],
)
def test_pasted_lists(text, expected):
    found = parse_addresses(text)
    shown = (("" if entry.is_valid else "?") + f"{entry.name} {entry.email}".strip() for entry in found)
    assert "|".join(shown) == expected


def test_a_long_list():
    text = "; ".join(f"Person {n} <p{n}@example.com>" for n in range(1500))
    assert len(parse_addresses(text)) == 1500


@pytest.mark.parametrize(
    "email",
    ["a@b.example", "a.b+c@b.example", "o'neil@b.example", '"a b"@b.example', "a@[192.0.2.1]", "a@[IPv6:2001:db8::1]",
     "ü@b.example", "a@müller.example", "a..b@docomo.example", "root@localhost", "a_b@c_d.example"],
)  # fmt: skip
def test_addresses(email):
    assert is_address(email)


@pytest.mark.parametrize(
    "email",
    ["", "a", "@b.example", "a@", "a@b", "a b@c.example", "a@b c.example", "a@b..example", "a@-b.example",
     "a@b.example.", "a,b@c.example", "<a@b.example>", "a@b.example\n", "a\0@b.example", "a@1.2.3.4", "a@b@c.example",
     "x" * 65 + "@b.example", "a@" + "b" * 64 + ".example", "a@" + "b." * 130 + "example", 'a"b@c.example',
     "a@b.ex\u200bample"],
)  # fmt: skip
def test_no_addresses(email):
    assert not is_address(email)
    with pytest.raises(ComposeError) as error:
        wire_address(email, "cc")
    assert (error.value.reason, error.value.field, error.value.value) == ("bad_address", "cc", email)


def test_wire():
    assert wire_address("Anna@MÜLLER.example") == "Anna@xn--mller-kva.example"
    assert wire_address("Anna@Example.ORG") == "Anna@example.org"
    assert wire_address("jürgen@müller.example") == "jürgen@müller.example"
    assert needs_smtputf8(["a@b.example", "jürgen@b.example"])
    assert not needs_smtputf8(["a@müller.example"])
