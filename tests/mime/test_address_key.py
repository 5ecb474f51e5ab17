"""Which addresses are of one mailbox."""

import pytest
from odoo.addons.concord_inbox.mime.address_key import KeyRules, address_key

BOTH, PLUS, DOTS, NONE = KeyRules(), KeyRules(gmail_dots=False), KeyRules(plus=False), KeyRules(False, False)


@pytest.mark.parametrize(
    ("address", "rules", "key"),
    [
        ("ada@x.example", BOTH, "ada@x.example"),
        ("ada+news@x.example", BOTH, "ada@x.example"),
        ("ada+news+more@x.example", BOTH, "ada@x.example"),
        ("ada+news@x.example", DOTS, "ada+news@x.example"),
        ("+49123@x.example", BOTH, "+49123@x.example"),
        ("a.da@x.example", BOTH, "a.da@x.example"),
        ("a.da@gmail.com", BOTH, "ada@gmail.com"),
        ("a.da+x@googlemail.com", BOTH, "ada@gmail.com"),
        ("a.da+x@googlemail.com", PLUS, "a.da@googlemail.com"),
        ("a.da+x@googlemail.com", DOTS, "ada+x@gmail.com"),
        ("a.da+x@googlemail.com", NONE, "a.da+x@googlemail.com"),
        ("a.da@mail.gmail.com", BOTH, "a.da@mail.gmail.com"),
        ("...@gmail.com", BOTH, "...@gmail.com"),
        ("no-reply@x.example", BOTH, ""),
        ("bounces+ada=x.example@y.example", BOTH, ""),
        ("", BOTH, ""),
    ],
)
def test_key(address, rules, key):
    assert address_key(address, rules) == key


@pytest.mark.parametrize("rules", [BOTH, PLUS, DOTS, NONE])
@pytest.mark.parametrize("address", ["a.d+a@gmail.com", "x+y+z@a.example", "+x+@b.example", "ö.ä+ü@googlemail.com"])
def test_a_key_is_its_own_key(address, rules):
    key = address_key(address, rules)
    assert address_key(key, rules) == key
