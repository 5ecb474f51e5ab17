"""Which parts are read and which are files."""

import base64

from odoo.addons.concord_inbox import mime
from odoo.addons.concord_inbox.mime import structure

from .samples import email, multipart, nested, part, read

PLAIN = part("text/plain", "Hello")
HTML = part("text/html", "<p>Hello <b>you</b></p>")
PNG = base64.b64decode(b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+M8AAAMBAQDJ/pLvAAAAAElFTkSuQmCC")


def picture(*fields: str, content_type: str = "image/png") -> bytes:
    return part(content_type, base64.b64encode(PNG), "Content-Transfer-Encoding: base64", *fields)


def names(message: mime.ParsedMessage) -> list[str]:
    return [attachment.name for attachment in message.attachments]


def test_plain():
    message = read("Hello\r\nworld\r\n")
    assert (message.text, message.html, message.snippet) == ("Hello\nworld", "", "Hello world")
    assert message.defects == []


def test_html_alone_gets_a_text():
    message = read("<h1>Hi</h1><p>See <a href='https://example.org/x'>this</a></p>", "Content-Type: text/html")
    assert message.text == "Hi\n\nSee this <https://example.org/x>"
    assert "<h1>Hi</h1>" in message.html


def test_alternative():
    body, field = multipart("alternative", PLAIN, HTML)
    message = read(body, field)
    assert message.text == "Hello"
    assert message.html == "<p>Hello <b>you</b></p>"
    assert message.attachments == []


def test_alternative_with_an_empty_plain_part():
    body, field = multipart("alternative", part("text/plain", "  \r\n"), HTML)
    assert read(body, field).text == "Hello you"


def test_alternative_in_the_wrong_order_and_with_a_third_rendition():
    body, field = multipart("alternative", HTML, part("text/x-amp-html", "<html amp4email>"), PLAIN)
    message = read(body, field)
    assert (message.text, message.html) == ("Hello", "<p>Hello <b>you</b></p>")
    assert message.attachments == []


def test_enriched_alone():
    assert read("<bold>Now</bold> or <<never>", "Content-Type: text/enriched").text.startswith("Now or")


def test_mixed():
    body, field = multipart(
        "mixed", PLAIN, picture('Content-Disposition: attachment; filename="p.png"'), part("text/plain", "Bye")
    )
    message = read(body, field)
    assert message.text == "Hello\n\nBye"
    (attachment,) = message.attachments
    assert (attachment.name, attachment.mimetype, attachment.content, attachment.inline) == (
        "p.png",
        "image/png",
        PNG,
        False,
    )


def test_html_with_a_plain_footer():
    body, field = multipart("mixed", HTML, part("text/plain", "-- \r\na <list>"))
    message = read(body, field)
    assert message.text == "Hello you\n\n-- \na <list>"
    assert "a &lt;list&gt;" in message.html


def test_text_with_a_name_is_a_file_unless_it_is_all():
    body, field = multipart("mixed", PLAIN, part('text/plain; name="notes.txt"', "notes"))
    assert names(read(body, field)) == ["notes.txt"]
    message = read("all there is", 'Content-Type: text/plain; name="body.txt"')
    assert (message.text, message.attachments) == ("all there is", [])
    assert names(read("x", "Content-Disposition: attachment; filename=a.txt")) == ["a.txt"]


def test_inline_picture():
    html = part("text/html", '<p>Look: <img src="cid:logo%40example"></p>')
    body, field = multipart("related", html, picture("Content-ID: <logo@example>"), picture("Content-ID: <other>"))
    message = read(body, field)
    assert [(a.content_id, a.inline, a.name) for a in message.attachments] == [
        ("logo@example", True, "attachment-1.png"),
        ("other", False, "attachment-2.png"),
    ]


def test_related_with_its_root_elsewhere():
    root = part("text/html", "<img src=cid:p>root", "Content-ID: <r>")
    body, field = multipart("related", picture("Content-ID: <p>"), root, parameters='; start="<r>"')
    message = read(body, field)
    assert message.text == "root"
    assert [a.inline for a in message.attachments] == [True]


def test_related_that_ought_to_be_alternative():
    body, field = multipart("related", PLAIN, HTML)
    message = read(body, field)
    assert (message.text, message.html) == ("Hello", "<p>Hello <b>you</b></p>")


def test_alternative_within_related_within_mixed():
    html = part("text/html", "<p>Hello</p><img src='cid:p'>")
    related = nested("related", nested("alternative", PLAIN, html), picture("Content-ID: <p>"))
    body, field = multipart(
        "mixed", related, part("application/pdf", "%PDF", 'Content-Disposition: attachment; filename="a.pdf"')
    )
    message = read(body, field)
    assert message.text == "Hello"
    assert [(a.name, a.inline) for a in message.attachments] == [("attachment-1.png", True), ("a.pdf", False)]


def test_signed():
    body, field = multipart("signed", PLAIN, part("application/pgp-signature", "-----BEGIN PGP SIGNATURE-----"))
    message = read(body, field)
    assert (message.text, names(message)) == ("Hello", ["signature.asc"])
    body, field = multipart("signed", PLAIN, part("application/pkcs7-signature", "x"))
    assert names(read(body, field)) == ["smime.p7s"]


def test_encrypted():
    body, field = multipart(
        "encrypted", part("application/pgp-encrypted", "Version: 1"), part("application/octet-stream", "x")
    )
    message = read(body, field)
    assert (message.text, names(message)) == ("", ["version.asc", "attachment-2.bin"])


def test_report():
    status = part("message/delivery-status", "Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@example.org\r\n")
    headers = part("text/rfc822-headers", "Subject: lost\r\n")
    body, field = multipart("report", PLAIN, status, headers, parameters="; report-type=delivery-status")
    message = read(body, field)
    assert message.text == "Hello"
    assert names(message) == ["delivery-status.txt", "headers.txt"]
    assert message.attachments[0].content.startswith(b"Reporting-MTA: dns; x\r\n\r\nFinal")
    assert message.is_automatic


def test_embedded_email_keeps_its_bytes():
    inner = email("inner body\r\n", "Subject: =?utf-8?Q?Angebot_f=C3=BCr/von_A?=")
    body, field = multipart("mixed", PLAIN, b"Content-Type: message/rfc822\r\n\r\n" + inner)
    message = read(body, field)
    (attachment,) = message.attachments
    assert (attachment.name, attachment.mimetype, attachment.content) == (
        "Angebot für-von A.eml",
        "message/rfc822",
        inner,
    )
    assert mime.parse(attachment.content).subject == "Angebot für/von A"


def test_embedded_email_alone_and_in_base64():
    message = read(email("inner"), "Content-Type: message/rfc822")
    assert names(message) == ["Greetings.eml"]
    assert message.text == ""
    message = read(base64.b64encode(email("x")), "Content-Type: message/rfc822", "Content-Transfer-Encoding: base64")
    assert message.attachments[0].content == email("x")


def test_digest():
    body, field = multipart(
        "digest", b"\r\n" + email("one", "Subject: First"), b"\r\n" + email("two", "Subject: Second")
    )
    assert names(read(body, field)) == ["First.eml", "Second.eml"]


def test_invitation():
    body, field = multipart(
        "alternative", PLAIN, HTML, part("text/calendar; method=REQUEST; charset=utf-8", "BEGIN:VCALENDAR")
    )
    message = read(body, field)
    (attachment,) = message.attachments
    assert (attachment.name, attachment.mimetype) == ("invite.ics", "text/calendar")
    assert message.text == "Hello"


def test_names_and_types_of_files():
    body, field = multipart(
        "mixed",
        PLAIN,
        picture("Content-Disposition: attachment; filename*=utf-8''%E2%82%AC.png"),
        picture('Content-Disposition: attachment; filename="=?utf-8?Q?=E2=82=AC.png?="'),
        picture("Content-Disposition: attachment", content_type='image/png; name="n.png"'),
        picture('Content-Disposition: attachment; filename="x.pdf"', content_type="application/octet-stream"),
        picture("Content-Disposition: attachment", content_type="nonsense"),
        picture("Content-Disposition: attachment", content_type="application/x-made-up"),
        picture("Content-Disposition: attachment; filename=\x01../a.png"),
    )
    message = read(body, field)
    assert [(a.name, a.mimetype) for a in message.attachments] == [
        ("€.png", "image/png"),
        ("€.png", "image/png"),
        ("n.png", "image/png"),
        ("x.pdf", "application/pdf"),
        ("text.txt", "text/plain"),
        ("attachment-6.bin", "application/x-made-up"),
        ("a.png", "image/png"),
    ]


def test_raw_8_bit_name():
    body, field = multipart("mixed", PLAIN, picture('Content-Disposition: attachment; filename="Märchen.png"'))
    assert names(read(body, field)) == ["Märchen.png"]
    assert names(read(body.replace("Märchen".encode(), "Märchen".encode("latin-1")), field)) == ["Märchen.png"]


def test_transfer_encodings():
    def decoded(encoding: str, body: bytes) -> str:
        return read(body, f"Content-Transfer-Encoding: {encoding}", "Content-Type: text/plain; charset=utf-8").text

    assert decoded("quoted-printable", b"Gr=C3=BC=\r\n=C3=9Fe") == "Grüße"
    assert decoded("quoted-printable", b"Gr=C3=BC=\r\r\n=C3=9Fe") == "Grüße"
    assert decoded("Quoted-Printable ", b"soft= \r\nbreak == =zz") == "softbreak == =zz"
    assert decoded("BASE64", b"R3LDvMOf\r\nZQ==") == "Grüße"
    assert decoded("base64;", b"R3LDvMOfZQ") == "Grüße"  # without its padding
    assert decoded("base64", b"R3LDvM!!OfZQ==\r\n-- \r\na footer") == "Grüße"
    assert decoded("base64", b"R3LDvMOfZQ==x") == "Grüße"
    assert decoded("7-bit", "Grüße".encode()) == "Grüße"
    assert decoded("x-uuencode", b"begin 644 x\r\n#86)C\r\n`\r\nend\r\n") == "abc"
    assert decoded('"8bit"', "Grüße".encode()) == "Grüße"


def test_flowed():
    message = read(
        "This is one \r\nparagraph.\r\n\r\n> quoted \r\n> too\r\n-- \r\nme", "Content-Type: text/plain; format=flowed"
    )
    assert message.text == "This is one paragraph.\n\n> quoted too\n-- \nme"


def test_boundary_that_is_never_closed():
    body, field = multipart("mixed", PLAIN, picture("Content-Disposition: attachment; filename=p.png"))
    message = read(body[: body.rindex(b"--=_")], field)
    assert (message.text, names(message)) == ("Hello", ["p.png"])
    assert message.defects == ["multipart without its end"] or message.defects == []


def test_boundary_other_than_declared():
    body, _field = multipart("mixed", PLAIN, picture("Content-Disposition: attachment; filename=p.png"))
    message = read(body, "Content-Type: multipart/mixed; boundary=other")
    assert (message.text, names(message)) == ("Hello", ["p.png"])
    message = read(body, "Content-Type: multipart/mixed")
    assert (message.text, names(message)) == ("Hello", ["p.png"])


def test_multipart_that_is_none():
    assert read("just text", "Content-Type: multipart/mixed; boundary=x").text == "just text"


def test_boundary_that_begins_like_another():
    inner = b"Content-Type: multipart/alternative; boundary=ab\r\n\r\n--ab\r\n\r\nHello\r\n--ab--\r\n"
    body = b"--a\r\n" + inner + b"\r\n--a\r\n\r\nBye\r\n--a--\r\n"
    assert read(body, "Content-Type: multipart/mixed; boundary=a").text == "Hello\n\nBye"


def test_empty_parts():
    body, field = multipart(
        "mixed", b"\r\n", part("application/pdf", "", "Content-Disposition: attachment; filename=e.pdf")
    )
    message = read(body, field)
    assert (message.text, names(message)) == ("", ["e.pdf"])


def test_depth_is_bounded():
    inner = PLAIN
    for number in range(100):
        inner = inner.replace(b"=_mixed", b"=_%d" % number)
        inner = nested("mixed", inner)
    message = mime.parse(b"Subject: deep\r\n" + inner)
    assert any(f"deeper than {structure.MAX_DEPTH}" in defect for defect in message.defects)
    assert message.attachments


def test_number_of_parts_is_bounded():
    body, field = multipart("mixed", *([PLAIN] * 3000))
    message = read(body, field)
    assert message.text.count("Hello") == structure.MAX_PARTS
    assert any("2000 left out" in defect for defect in message.defects)


def test_a_broken_line_of_a_header_above_base64():
    field = "Content-Transfer-Encoding: base64\r\nContent-Description: a text that\r\ngoes on"
    message = mime.parse(f"From: a@example.org\r\n{field}\r\n\r\nSGVsbG8gd29ybGQ=".encode())
    assert message.text == "Hello world" and "text before the start of base64" in message.defects
    body, declared = multipart("mixed", f"Content-Type: text/plain\r\n{field}\r\n\r\nSGVsbG8gd29ybGQ=\r\n")
    assert read(body, declared).text == "Hello world"
    # Where nothing is encoded, the empty line before the text is the one that is missing.
    plain = field.replace("base64", "7bit")
    assert mime.parse(f"{plain}\r\n\r\nSGVsbG8gd29ybGQ=".encode()).text == "goes on\n\nSGVsbG8gd29ybGQ="
