"""Text whose charset is declared rightly, wrongly, strangely or not at all."""

import base64

import pytest
from odoo.addons.concord_inbox.mime import charsets

from .samples import read


@pytest.mark.parametrize(
    ("text", "codec", "declared"),
    [
        ("Grüße", "utf-8", "utf-8"),
        ("Grüße", "utf-8", "UTF8"),
        ("Grüße", "latin-1", "iso-8859-1"),
        ("“Grüße” – 5 €", "cp1252", "iso-8859-1"),  # what they say and what they mean
        ("Grüße aus München", "utf-8", "iso-8859-1"),
        ("Grüße aus München", "utf-8", "us-ascii"),
        ("Grüße aus München", "utf-8", ""),
        ("Grüße aus München", "utf-8", "x-unknown"),
        ("\ufeffGrüße".removeprefix("\ufeff"), "utf-8-sig", "utf-8"),
        ("Привет, как дела?", "koi8-r", "koi8-r"),
        ("Привет, как дела?", "cp1251", "windows-1251"),
        ("Привет, как дела?", "cp1251", "cp-1251"),
        ("您好，谢谢。镕", "gb18030", "gb2312"),
        ("您好，謝謝。", "big5", "big5"),
        ("請問①", "cp932", "shift_jis"),
        ("日本語", "iso2022_jp", "iso-2022-jp"),
        ("日本語のメールです", "iso2022_jp", "us-ascii"),
        ("한글 안녕하세요", "cp949", "ks_c_5601-1987"),
        ("שלום", "iso8859-8", "iso-8859-8-i"),
        ("สวัสดี", "cp874", "tis-620"),
        ("Hi Mom -☺-!", "utf-7", "unicode-1-1-utf-7"),
        ("Grüße", "utf-16", "utf-16"),
        ("Grüße", "utf-16", ""),
        # Nobody said anything: found out.
        ("Привет, как дела? Мы отправили вам счет за услуги.", "cp1251", ""),
        ("Привет, как дела? Мы отправили вам счет за услуги.", "koi8-r", "us-ascii"),
        ("您好,请查收附件中的发票,如有问题请随时与我们联系,谢谢。", "gb18030", ""),
        ("いつもお世話になっております。請求書を添付いたします。", "cp932", "utf-8"),
        ("Bonjour, voici la facture demandée, merci de régler dès que possible.", "latin-1", ""),
        ("It’s “quoted” – that’s all", "cp1252", ""),
        ("Grüße", "latin-1", "utf-8"),
    ],
)
def test_decode(text, codec, declared):
    assert charsets.decode(text.encode(codec), declared)[0] == text


def test_one_damaged_character_does_not_change_the_charset():
    data = "Grüße aus München und Köln".encode() + b" \xff end"
    text, defect = charsets.decode(data, "utf-8")
    assert text == "Grüße aus München und Köln \ufffd end"
    assert defect


@pytest.mark.parametrize(
    "name",
    ["hex", "rot13", "zip", "idna", "punycode", "unicode_escape", "undefined", "a" * 1000, "é", "../x", "\0", "mbcs"],
)
def test_names_that_are_no_charsets(name):
    assert charsets.codec_of(name) == ""
    assert charsets.decode(b"abc", name)[0] == "abc"


def test_declared_by_the_html():
    html = '<html><head><meta charset="koi8-r"></head><body>Привет</body></html>'.encode("koi8-r")
    assert read(html, "Content-Type: text/html").text == "Привет"
    html = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251"><p>Привет</p>'.encode("cp1251")
    assert read(html, "Content-Type: text/html").text == "Привет"


def test_nothing_unstorable_is_left():
    message = read(b"a\x00b\x1bc\r\nd", "Subject: =?utf-16?B?2AA=?=")
    assert message.text == "abc\nd"
    assert "\0" not in message.subject
    message.subject.encode()


JAPANESE, CHINESE, KOREAN = "お世話になっております", "您好，世界，谢谢您", "안녕하세요 감사합니다"
RUSSIAN = "Добрый день, спасибо за письмо"


@pytest.mark.parametrize(
    ("text", "charset", "declared"),
    [
        (JAPANESE, "shift_jis", ""),
        (JAPANESE, "shift_jis", "us-ascii"),
        (JAPANESE, "euc-jp", "iso-2022-jp"),
        (JAPANESE, "euc-jp", "iso-8859-1"),
        ("①㈱です", "cp932", "iso-2022-jp"),
        (CHINESE, "gbk", "iso-8859-1"),
        ("您好，世界，謝謝您的來信", "big5", "gb2312"),
        (KOREAN, "euc-kr", "iso-8859-1"),
        (RUSSIAN, "cp1251", "iso-8859-1"),
        (RUSSIAN, "cp1251", "koi8-r"),
        (RUSSIAN, "koi8-r", "windows-1251"),
        (f"Grüße {CHINESE}", "utf-8", "gb2312"),
        (f"Grüße {KOREAN}", "utf-8", "ks_c_5601-1987"),
        (RUSSIAN, "utf-8", "koi8-r"),
        (JAPANESE, "utf-8", "shift_jis"),
    ],
)
def test_a_wrong_name_is_seen_through(text, charset, declared):
    """As programs do that know one charset and call everything by it; in the text and in the subject."""
    data = text.encode(charset)
    assert charsets.decode(data, declared)[0] == text
    if declared:
        word = f"=?{declared}?B?{base64.b64encode(data).decode()}?="
        assert read("x", f"Subject: {word}").subject == text


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("Ääkköset: äiti söi öylättiä yöllä, hääyöaie", "iso-8859-1"),
        ("ÄÖÜäöüß ÄÖÜäöüß ÀÂÇÉÈÊËÎÏÔ", "iso-8859-1"),
        ("·······································", "iso-8859-1"),
        ("¸.·´¯`·.¸¸.·´¯`·.¸ »»»»»»»» ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ", "iso-8859-1"),
        ("Þórður át ýsu í gær og fékk æði", "iso-8859-1"),
        ("СПАСИБО ЗА ПИСЬМО", "koi8-r"),
        ("спасибо за письмо, iPhone", "koi8-r"),
        ("кВт", "windows-1251"),
        ("銀行帳戶", "gb18030"),
        ("ภาษาไทย", "tis-620"),
        ("مرحبا بالعالم", "windows-1256"),
    ],
)
def test_a_right_name_is_believed(text, charset):
    assert charsets.decode(text.encode(charset), charset) == (text, "")


def test_japanese_characters_of_windows_in_iso_2022_jp():
    data = b"\x1b$B-!-j\x1b(B \x1b(I1234\x1b(B end"
    assert charsets.decode(data, "iso-2022-jp") == ("①㈱ ｱｲｳｴ end", "")


def test_raw_escapes_in_a_header():
    assert read("x", b"Subject: " + JAPANESE.encode("iso-2022-jp")).subject == JAPANESE


def test_names_of_charsets_in_quotes_and_with_more_behind():
    for name in ('"utf-8"', "'utf-8'", "utf-8; format=flowed", "utf-8*de"):
        assert read("x", f"Subject: =?{name}?Q?Gr=C3=BC=C3=9Fe?=").subject == "Grüße"
