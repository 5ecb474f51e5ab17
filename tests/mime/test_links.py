"""Where links really lead."""

import pytest
from odoo.addons.concord_inbox.mime import document, sanitize
from odoo.addons.concord_inbox.mime.links import misleading, told


@pytest.mark.parametrize(
    ("shown", "target", "host"),
    [
        ("https://bank.example/login", "https://evil.example/bank.example", "evil.example"),
        ("www.bank.example", "http://bank.example.evil.example/", "bank.example.evil.example"),
        ("bank.example", "https://evil.example", "evil.example"),
        ("Go to https://bank.example now", "https://evil.example", "evil.example"),
        ("https://bank.example@evil.example/x", "https://evil.example/x", ""),
        ("bank.example", "https://bank.example@evil.example/", "evil.example"),
        ("bаnk.example", "https://bank.example/", "bank.example"),  # with a Cyrillic letter
        ("bank.example", "https://bаnk.example/", "xn--bnk-6cd.example"),
        ("info@bank.example", "mailto:evil@evil.example?subject=x", "evil@evil.example"),
        ("info@bank.example", "mailto:Info@bank.example", ""),
        ("https://www.bank.example/", "https://bank.example/x", ""),
        ("bank.example", "https://www.bank.example/", ""),
        ("shop.bank.example", "https://bank.example/shop", ""),
        ("Click here", "https://evil.example", ""),
        ("Version 2.0.1", "https://evil.example", ""),
        ("offer.pdf and more", "https://evil.example", ""),
        ("", "https://evil.example", ""),
        ("bank.example", "http://[broken", ""),
    ],
)
def test_texts_that_are_another_address(shown, target, host):
    assert misleading(shown, target) == host


def test_the_true_address_is_the_title():
    shown = told(
        sanitize('<a title="https://bank.example" href="https://evil.example/?a=1&amp;b=2"><b title="x">Go</b></a>'),
        "leads to %s",
    )
    assert 'title="https://evil.example/?a=1&amp;b=2"' in shown
    assert shown.count("title=") == 1
    assert "⚠" not in shown
    assert "(xn--bnk-6cd.example)" in told(sanitize("<a href='https://bаnk.example/'>x</a>"), "%s")
    area = told(sanitize("<map name=m><area href='https://evil.example/' title=x alt=x></map>"), "%s")
    assert 'title="https://evil.example/"' in area and 'title="x"' not in area


def test_what_a_link_says_is_pointed_out():
    shown = document(sanitize("<a href='https://evil.example/'>https://<b>bank</b>.example</a>"), "", {}, False)
    assert '<span class="concord-leads">⚠ evil.example</span>' in shown
