"""Content-Type and Content-Disposition with their parameters, and the names of files."""

import pytest
from odoo.addons.concord_inbox.mime import attachments, params


@pytest.mark.parametrize(
    ("value", "word", "expected"),
    [
        ("text/plain", "text/plain", {}),
        ("TEXT/Plain; CHARSET=UTF-8", "text/plain", {"charset": "UTF-8"}),
        ('a; x="y; z=1"; w=2', "a", {"x": "y; z=1", "w": "2"}),
        (r'a; x="say \"hi\""', "a", {"x": 'say "hi"'}),
        ('a; x="unclosed', "a", {"x": "unclosed"}),
        ("a; filename=two words.pdf; y=1", "a", {"filename": "two words.pdf", "y": "1"}),
        ("a;x=1;x=2", "a", {"x": "1"}),
        ("a; filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf", "a", {"filename": "Grüße.pdf"}),
        ("a; filename*=iso-8859-1'de'Gr%FC%DFe.pdf", "a", {"filename": "Grüße.pdf"}),
        ("a; filename=x.pdf; filename*=utf-8''%E2%82%AC.pdf", "a", {"filename": "€.pdf"}),
        ("a; filename*0=long; filename*1=er.pdf", "a", {"filename": "longer.pdf"}),
        ("a; filename*1=er.pdf; filename*0=long", "a", {"filename": "longer.pdf"}),
        ("a; filename*0*=utf-8''Gr%C3; filename*1*=%BC.pdf", "a", {"filename": "Grü.pdf"}),
        ("a; filename*0*=utf-8''a%20; filename*1=b.pdf", "a", {"filename": "a b.pdf"}),
        ("a; filename*=Gr%C3%BC.pdf", "a", {"filename": "Grü.pdf"}),
        ('a; filename="=?utf-8?Q?Gr=C3=BC.pdf?="', "a", {"filename": "Grü.pdf"}),
        ("a; filename==?utf-8?Q?Gr=C3=BC.pdf?=", "a", {"filename": "Grü.pdf"}),
        ("a; filename*99999999999=x", "a", {}),
        (";;;", "", {}),
        ("", "", {}),
    ],
)
def test_parse(value, word, expected):
    found_word, found = params.parse(value)
    assert found_word == word
    assert {name: text for name, text in found.items() if name in expected} == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.pdf", "a.pdf"),
        ("C:\\Documents\\a.pdf", "a.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..", ""),
        ("a\r\nb.pdf", "a b.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ('a<b>:"c|?*.pdf', "abc.pdf"),
        ("x" * 300 + ".pdf", "x" * 160 + ".pdf"),
        ("Rechnung März.pdf", "Rechnung März.pdf"),
        ("  ", ""),
    ],
)
def test_clean_name(name, expected):
    assert attachments.clean_name(name) == expected
