"""What other parsers do better was learned from them: see test_agreement.py for how often they agree."""

from odoo.addons.concord_inbox import mime

from .samples import multipart, part, read


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
    assert "parts after the end of a multipart" in message.defects
    # What only looks like a part in an epilogue is none.
    assert (
        read(
            body.replace("--x\r\nContent-Type: text", "--y\r\nContent-Type: text"),
            "Content-Type: multipart/mixed; boundary=x",
        ).text
        == "One"
    )
