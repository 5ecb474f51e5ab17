"""What other parsers do better was learned from them: see test_agreement.py for how often they agree."""

import io

import pytest
from odoo.addons.concord_inbox import mime
from odoo.addons.concord_inbox.mime import skeleton

from .samples import email, multipart, part, read


def test_renditions_that_say_different_things_are_all_shown():
    body, field = multipart(
        "alternative", part("text/plain", "One"), part("text/plain", "Two"), part("text/plain", "One ")
    )
    assert read(body, field).text == "One\n\nTwo"
    body, field = multipart(
        "alternative", part("text/plain", "One"), part("text/plain", "Two"), part("text/html", "Three")
    )
    assert read(body, field).text == "One"


def test_text_of_a_digest_is_text():
    body, field = multipart("digest", part("text/plain", "About these:"), "\r\nSubject: One\r\n\r\nText")
    message = read(body, field)
    assert message.text == "About these:"
    assert [one.name for one in message.attachments] == ["One.eml"]
    # What is attached can be read as an email of its own.
    assert mime.parse(message.attachments[0].content).subject == "One"


def test_text_that_only_claims_to_be_base64():
    message = read("Dear all, this is no base64.\r\nBut text.", "Content-Transfer-Encoding: base64")
    assert message.text == "Dear all, this is no base64.\nBut text."
    assert message.defects == ["base64 that is none"]
    footer = "SGVsbG8=\r\n-- \r\nA footer of a mailing list"
    assert read(footer, "Content-Transfer-Encoding: base64").text == "Hello"


def test_parts_after_the_end_of_a_multipart_whose_boundary_is_that_of_another_one():
    inner = "Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n\r\nOne\r\n--x--\r\n"
    body = f"--x\r\n{inner}\r\n--x\r\nContent-Type: text/plain\r\n\r\nTwo\r\n--x--\r\n"
    body += "An epilogue\r\n--x\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\nabc\r\n--x--\r\n"
    message = read(body, "Content-Type: multipart/mixed; boundary=x")
    assert message.text.split() == ["One", "Two"]
    assert [one.name for one in message.attachments] == ["a.pdf"]
    # What only looks like a part in an epilogue is none.
    assert (
        read(
            body.replace("--x\r\nContent-Type: text", "--y\r\nContent-Type: text"),
            "Content-Type: multipart/mixed; boundary=x",
        ).text
        == "One"
    )


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (b"Content-Type: text/html, charset=utf-8", "Grüße"),
        (b"Content-Type: text/html charset=utf-8", "Grüße"),
        (b"Content-Type: text/html (a page); charset=utf-8", "Grüße"),
        (b'Content-Type: "text/html"; charset=utf-8', "Grüße"),
    ],
)
def test_what_separates_a_type_from_its_parameters(field, text):
    message = read("<p>Grüße</p>", field)
    assert (message.text, message.html) == (text, f"<p>{text}</p>")


@pytest.mark.parametrize("name", ["base-64", "Base 64", "base64 (as said)", '"base64"'])
def test_names_of_base64(name):
    message = read("SGVsbG8=", f"Content-Transfer-Encoding: {name}")
    assert (message.text, message.defects) == ("Hello", [])


@pytest.mark.parametrize("name", ["quotedprintable", "quoted printable", "QP"])
def test_names_of_quoted_printable(name):
    assert read("Gr=C3=BC=\r\n=C3=9Fe", f"Content-Transfer-Encoding: {name}").text == "Grüße"


def test_an_empty_line_between_boundary_and_header():
    late = "\r\nContent-Type: text/html;\r\n charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+SGVsbG88L2I+"
    body, field = multipart("mixed", part("text/plain", "Text"), late)
    message = read(body, field)
    assert (message.text, message.attachments) == ("Text\n\nHello", [])
    # Who writes about such things.
    body, field = multipart("mixed", "\r\nContent-Type: is a field.\r\nSo it is.\r\n\r\nYours")
    assert read(body, field).text.startswith("Content-Type: is a field.")


def test_lines_that_end_in_two_cr():
    body, field = multipart("mixed", part("text/plain", "One\r\nTwo"), part("application/pdf", "a\r\nb"))
    source = email(body, field)
    twice = source.replace(b"\r\n", b"\r\r\n")
    message, expected = mime.parse(twice), mime.parse(source)
    assert (message.text, message.attachments) == ("One\nTwo", expected.attachments)
    assert message.defects == ["lines end in CR CR LF"]
    assert (message.message_id, message.subject) == (mime.message_id(mime.header_of(twice)), "Greetings")
    # From a file as well, wherever it is cut into pieces.
    for step in range(1, 12):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(skeleton, "STEP", step)
            file = skeleton.Skeleton(io.BytesIO(twice)).file
            file.seek(0)
            assert file.read() == source


def test_emails_of_other_names_within_an_email():
    inner = "From: a@example.org\r\nSubject: Grüße\r\n\r\nText"
    body, field = multipart("mixed", part("message/global", inner), part("message/news", inner))
    assert [(one.name, one.mimetype) for one in read(body, field).attachments] == [("Grüße.eml", "message/rfc822")] * 2


def test_a_name_in_quotes_in_quotes():
    body, field = multipart(
        "mixed", part("application/pdf", "x", 'Content-Disposition: attachment; filename=""a.pdf""; size=1')
    )
    assert [one.name for one in read(body, field).attachments] == ["a.pdf"]
