"""Files within files and within the text: winmail.dat, uuencode, S/MIME."""

import base64
import binascii
import random
import struct
import time
from datetime import UTC, date, datetime

import pytest
from odoo.addons.concord_inbox import mime
from odoo.addons.concord_inbox.mime import cms, rtf, tnef

from . import tnef_maker as maker
from .samples import email, multipart, nested, part, read
from .test_bodies import PLAIN, PNG, names, picture


def wrapped(winmail: bytes, *parts: bytes, content_type: str = "application/ms-tnef") -> mime.ParsedMessage:
    encoded = part(content_type, base64.encodebytes(winmail), "Content-Transfer-Encoding: base64")
    body, field = multipart("mixed", *parts, encoded)
    return read(body, field)


# ------------------------------------------------------------ winmail.dat


def test_files_of_a_winmail_dat_are_the_emails_files():
    winmail = maker.winmail(
        maker.file(b"LONGNA~1.PDF", b"%PDF\0\0", maker.unicode(0x3707, "Längere Namen 日本.pdf")),
        maker.file(b"b.txt", b"two", (0x0D, 0x3701, bytes(16) + b"object\0\0")),
        maker.message(maker.unicode(0x1000, "Not this text")),
    )
    message = wrapped(winmail, PLAIN)
    assert message.text == "Hello"
    # Zeros at the end of a file are of the file.
    assert [(one.name, one.mimetype, one.content) for one in message.attachments] == [
        ("Längere Namen 日本.pdf", "application/pdf", b"%PDF\0\0"),
        ("b.txt", "text/plain", b"object\0\0"),
    ]
    assert message.defects == []
    assert names(wrapped(winmail, PLAIN, content_type='application/octet-stream; name="WINMAIL.DAT"')) == [
        "Längere Namen 日本.pdf",
        "b.txt",
    ]


def test_text_of_a_winmail_dat_is_the_text_where_there_is_no_other():
    plain = maker.winmail(maker.attribute(0x800C, "Grüße\0".encode("cp1250")), codepage=1250)
    assert wrapped(plain).text == "Grüße"
    assert wrapped(plain, part("text/plain", " \r\n")).text == "Grüße"
    html = maker.winmail(
        maker.message(
            (0x03, 0x8005, struct.pack("<I", 7)),
            (0x03, 0x3FDE, struct.pack("<I", 65001)),
            (0x102, 0x1013, '<p onclick="x()">Zażółć <img src="cid:p1"></p>'.encode()),
        ),
        maker.file(b"p.png", PNG, maker.unicode(0x370E, "image/png"), maker.unicode(0x3712, "<p1>")),
    )
    message = wrapped(html)
    assert (message.html, message.text) == ('<p>Zażółć <img src="cid:p1"></p>', "Zażółć")
    assert [(one.name, one.mimetype, one.inline) for one in message.attachments] == [("p.png", "image/png", True)]
    # As an email that is nothing else.
    alone = read(base64.encodebytes(plain), "Content-Type: application/ms-tnef", "Content-Transfer-Encoding: base64")
    assert alone.text == "Grüße" and not alone.attachments


def test_rich_text_of_a_winmail_dat():
    def text_of(rich: bytes) -> mime.ParsedMessage:
        return wrapped(maker.winmail(maker.message((0x102, 0x1009, maker.stored_rtf(rich)))))

    plain = (
        rb"{\rtf1\ansi\ansicpg1251\uc1{\fonttbl{\f0 Arial;}}{\*\generator X;}"
        rb"\f0 \'cf\'f0\'e8\'e2\'e5\'f2\par \u8364?\{x\}}"
    )
    assert text_of(plain).text == "Привет\n€{x}"
    html = (
        rb"{\rtf1\ansi\ansicpg1252\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\f1 \htmlrtf0 Caf\'e9 {\*\htmltag84 <b>}fort"
        rb"{\*\htmltag92 </b>}{\*\mhtmltag 1}\htmlrtf }\par\htmlrtf0 {\*\htmltag72 </p>}}"
    )
    message = text_of(html)
    assert (message.html, message.text) == ("<p>Café <b>fort</b></p>", "Café fort")


def test_compressed_rich_text():
    # The examples of MS-OXRTFCP, sections 3.1.1 and 3.1.2.
    first = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232 0af32068656c09002062770563 6c7d0a800f a0".replace(
            " ", ""
        )
    )
    assert rtf.decompress(first).startswith(b"{\\rtf1\\ansi\\ansicpg1252\\pard hello")
    second = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert rtf.decompress(second) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


APPOINTMENT, MEETING = "0220060000000000c000000000000046", "90dad86e0b451b1098da00aa003f1305"
NINE, TEN = (datetime(2024, 3, 4, hour, 0, tzinfo=UTC) for hour in (9, 10))


def meeting(kind: str, *more: tuple[int, int, bytes], start: datetime = NINE, end: datetime = TEN) -> bytes:
    """A winmail.dat with a meeting."""
    return maker.winmail(
        maker.attribute(0x8008, kind.encode() + b"\0"),
        maker.message(
            maker.unicode(0x0037, 'Planning; the second, "big" one'),
            maker.named(0x40, APPOINTMENT, 0x820D, maker.moment(start)),
            maker.named(0x40, APPOINTMENT, 0x820E, maker.moment(end)),
            maker.named(0x1F, APPOINTMENT, 0x8208, "Großer Saal, 3. Stock\0".encode("utf-16-le")),
            maker.named(0x102, MEETING, 0x23, b"\4\0\0\xff"),
            maker.unicode(0x0042, 'Anna "A." Organizer'),
            maker.unicode(0x0065, "/o=Firm/cn=anna"),
            maker.unicode(0x5D02, "anna@example.org"),
            maker.unicode(0x0C1A, "Ben"),
            maker.unicode(0x0C1F, "ben@example.com"),
            *more,
        ),
    )


def test_a_meeting_in_a_winmail_dat_is_an_invitation():
    [file] = wrapped(meeting("IPM.Microsoft Schedule.MtgReq"), PLAIN).attachments
    assert (file.name, file.mimetype) == ("invite.ics", "text/calendar")
    [event] = mime.read_events(file.content)
    assert (event.method, event.summary, event.uid) == ("request", 'Planning; the second, "big" one', "040000FF")
    assert (event.start, event.end, event.location) == (NINE, TEN, "Großer Saal, 3. Stock")
    assert (event.organizer.name, event.organizer.email) == ("Anna 'A.' Organizer", "anna@example.org")
    assert not event.is_update and not event.is_cancelled
    # The class stands among the properties as well, and wins.
    again = meeting("IPM.Note", maker.unicode(0x001A, "IPM.Schedule.Meeting.Request"),
                    maker.named(0x03, APPOINTMENT, 0x8201, b"\1\0\0\0"))  # fmt: skip
    assert mime.read_events(wrapped(again).attachments[0].content)[0].is_update


def test_other_meetings_in_a_winmail_dat():
    [file] = wrapped(meeting("IPM.Schedule.Meeting.Resp.Neg"), PLAIN).attachments
    [event] = mime.read_events(file.content)
    assert (event.method, [(one.name, one.email, one.answer) for one in event.guests]) == (
        "reply",
        [("Ben", "ben@example.com", "declined")],
    )
    [file] = wrapped(meeting("IPM.Schedule.Meeting.Canceled"), PLAIN).attachments
    assert mime.read_events(file.content)[0].is_cancelled
    # Two whole days in Berlin, which begin an hour before they do in London.
    days = (datetime(2024, 3, 3, 23, 0, tzinfo=UTC), datetime(2024, 3, 5, 23, 0, tzinfo=UTC))
    whole = meeting(
        "IPM.Schedule.Meeting.Request",
        maker.named(0x0B, APPOINTMENT, 0x8215, b"\1\0\0\0"),
        maker.named(0x1F, APPOINTMENT, 0x8232, "every Monday\0".encode("utf-16-le")),
        start=days[0],
        end=days[1],
    )
    [event] = mime.read_events(wrapped(whole, PLAIN).attachments[0].content)
    assert (event.start, event.end) == (date(2024, 3, 4), date(2024, 3, 5))
    assert event.description == "every Monday"
    # No meeting, or nobody knows when.
    assert names(wrapped(meeting("IPM.Note"), PLAIN)) == []
    never = maker.winmail(maker.attribute(0x8008, b"IPM.Schedule.Meeting.Request\0"), maker.message())
    assert names(wrapped(never, PLAIN)) == []
    far = meeting("IPM.Schedule.Meeting.Request", start=datetime(4501, 1, 1, tzinfo=UTC))
    assert names(wrapped(far, PLAIN)) == []


def test_email_within_a_winmail_dat():
    inner = maker.winmail(
        maker.message(maker.unicode(0x1000, "Inner text"), maker.unicode(0x0037, "About it")),
        maker.file(b"c.txt", b"c"),
    )
    embedded = maker.file(b"", b"", (0x0D, 0x3701, bytes.fromhex("0703020000000000c000000000000046") + inner))
    message = wrapped(maker.winmail(embedded), PLAIN)
    assert [(one.name, one.content) for one in message.attachments] == [
        ("c.txt", b"c"),
        ("About it.txt", b"Inner text"),
    ]


def test_broken_winmail_dat_stays_the_file_it_is():
    winmail = maker.winmail(maker.file(b"a.txt", b"abc"), maker.message(maker.unicode(0x1000, "Text")))
    message = wrapped(b"\0" + winmail, PLAIN)
    assert names(message) == ["winmail.dat"] and message.attachments[0].content == b"\0" + winmail
    assert message.defects == ["winmail.dat that cannot be read"]
    # Cut off: what could be had, and the file.
    message = wrapped(winmail[:-20], PLAIN)
    assert names(message) == ["a.txt", "winmail.dat"] and message.defects == ["winmail.dat cut off"]


def test_no_winmail_dat_is_too_broken(thorough):
    rng = random.Random(9)
    source = maker.winmail(
        maker.file(b"a.txt", b"abc" * 10, maker.unicode(0x3707, "name"), (0x0D, 0x3701, bytes(16) + b"x")),
        maker.message(
            maker.unicode(0x1000, "Text"),
            (0x102, 0x1009, maker.stored_rtf(rb"{\rtf1\fromhtml1 {\*\htmltag <p>}\'e9\u12?}")),
            (0x03, 0x8005, b"\0\0\0\0"),
        ),
    )
    for _number in range(100_000 if thorough else 3000):
        data = bytearray(source)
        for _change in range(rng.randint(1, 6)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            tnef.unpack(bytes(data[: rng.choice((len(data), rng.randrange(len(data))))]))
        except tnef.BrokenError:
            continue


@pytest.mark.parametrize(
    "data",
    [
        maker.winmail(*[maker.attribute(0x9002, b"")] * 200_000),
        maker.winmail(*[maker.file(b"a", b"")] * 5000),
        maker.winmail(maker.attribute(0x9003, struct.pack("<I", 0xFFFFFFFF) + b"\x03\0\1\0abcd" * 300_000)),
        maker.winmail(maker.attribute(0x9003, struct.pack("<IHHI", 1, 0x101E, 1, 0xFFFFFFFF) + bytes(2_000_000))),
        maker.winmail(maker.message((0x102, 0x1009, maker.stored_rtf(b"{" * 2_000_000)))),
        maker.winmail(maker.message((0x102, 0x1009, maker.stored_rtf(rb"\u1?" * 200_000)))),
        maker.winmail(
            maker.message((0x102, 0x1009, struct.pack("<II4sI", 9, 1 << 31, b"LZFu", 0) + b"\xff" * 2_000_000))
        ),
    ],
    ids=["starts of files", "many files", "many properties", "many values", "groups", "characters", "compression"],
)
def test_a_winmail_dat_takes_no_more_time_than_its_size(data):
    start = time.process_time()
    found = tnef.unpack(data)
    assert time.process_time() - start < 10  # 1 on an idle machine of 2024
    assert len(found.files) <= tnef.MAX_FILES and len(found.text) < 3 * rtf.MAX_SIZE


# ------------------------------------------------------------ uuencode


def uuencoded(name: str, content: bytes, end: str = "`\nend\n") -> str:
    lines = [binascii.b2a_uu(content[at : at + 45], backtick=True).decode() for at in range(0, len(content), 45)]
    return f"begin 644 {name}\n{''.join(lines)}{end}"


def test_uuencoded_files_are_taken_out_of_the_text():
    content = bytes(range(256)) * 3
    message = read(f"Before\n\n{uuencoded('a b.png', content)}\nBetween\n{uuencoded('c.txt', b'c')}After\n")
    assert [(one.name, one.mimetype, one.content) for one in message.attachments] == [
        ("a b.png", "image/png", content),
        ("c.txt", "text/plain", b"c"),
    ]
    assert message.text == "Before\n\n\nBetween\nAfter"
    # Cut off on the way: what is there.
    assert read("x\n" + uuencoded("a", content, "")).attachments[0].content == content


@pytest.mark.parametrize(
    "text",
    [
        "begin 644 of the work\nand so on\nend",
        "Please begin 644 x\nM\nend",
        uuencoded("x", b"abc" * 40, "but this is a sentence\nend"),
        "begin 644 x\n",
        "=ybegin line=128 size=3 name=x\n\x8b\x8c\x8d\n=yend size=3\n",
    ],
)
def test_what_only_looks_like_a_file_stays_text(text):
    message = read(text, "Content-Type: text/plain; charset=iso-8859-1")
    assert not message.attachments and message.text.startswith(text.strip()[:20])


# ------------------------------------------------------------ HTML under the wrong name


def test_a_page_sent_as_text():
    page = '<html><head><title>x</title></head><body><p onclick="a()">Hello <b>you</b></p></body></html>'
    message = read(page, "Content-Type: text/plain")
    assert message.text == "Hello you" and "<b>you</b>" in message.html and "onclick" not in message.html
    for text in ("How does <html> begin?", "<htmlish> is no page", "<p>Hello</p>"):
        assert not read(text).html


# ------------------------------------------------------------ signed and encrypted


def der(tag: int, *content: bytes, endless: bool = False) -> bytes:
    data = b"".join(content)
    if endless:
        return bytes((tag, 0x80)) + data + b"\0\0"
    size = len(data).to_bytes(4)
    return bytes((tag, 0x84)) + size + data


SIGNED, ENVELOPED, DATA = (bytes.fromhex(f"2a864886f70d0107{last}") for last in ("02", "03", "01"))


def opaque(content: bytes, endless: bool = False) -> bytes:
    chunks = (
        der(0x24, *(der(4, content[at : at + 40]) for at in range(0, len(content), 40)), endless=True)
        if endless
        else der(4, content)
    )
    signed = der(
        0x30,
        der(2, b"\1"),
        der(0x31, der(0x30, der(6, b"*"), endless=endless), endless=endless),
        der(0x30, der(6, DATA), der(0xA0, chunks, endless=endless), endless=endless),
        der(0x31, b""),
        endless=endless,
    )
    return der(0x30, der(6, SIGNED), der(0xA0, signed, endless=endless), endless=endless)


def pkcs7(data: bytes, parameters: str = "") -> tuple[bytes, str, str]:
    return (
        base64.encodebytes(data),
        f"Content-Type: application/pkcs7-mime{parameters}; name=smime.p7m",
        "Content-Transfer-Encoding: base64",
    )


@pytest.mark.parametrize("endless", [False, True])
def test_what_an_opaque_signature_wraps_is_read(endless):
    body, field = multipart("mixed", PLAIN, picture('Content-Disposition: attachment; filename="p.png"'))
    message = read(*pkcs7(opaque(field.encode() + b"\r\n\r\n" + body, endless)))
    assert (message.text, message.protection) == ("Hello", "smime_signed")
    assert names(message) == ["p.png", "smime.p7m"] and message.attachments[0].content == PNG
    # Twice, and within another part.
    twice = b"\r\n".join(map(str.encode, pkcs7(b"")[1:])) + b"\r\n\r\n" + base64.encodebytes(opaque(PLAIN, endless))
    assert read(*pkcs7(opaque(twice, endless))).text == "Hello"


def test_encrypted_with_smime():
    enveloped = der(0x30, der(6, ENVELOPED), der(0xA0, der(0x30, der(2, b"\0"))))
    for source in (
        pkcs7(enveloped),
        pkcs7(enveloped, "; smime-type=signed-data"),
        pkcs7(b"?", "; smime-type=enveloped-data"),
    ):
        message = read(*source)
        assert message.protection == "smime_encrypted" and not message.text and names(message) == ["smime.p7m"]
        assert bytes(message.attachments[0].content)


def test_damaged_signatures(thorough):
    rng = random.Random(7)
    for endless in (False, True):
        source = opaque(PLAIN, endless)
        for _number in range(20_000 if thorough else 1000):
            data = bytearray(source)
            for _change in range(rng.randint(1, 5)):
                data[rng.randrange(len(data))] = rng.choice((0, 0x80, 0x84, 0x30, 0xFF, rng.randrange(256)))
            assert len(cms.read(bytes(data))[1]) <= len(data)
    start = time.process_time()
    assert cms.read(b"\x30\x80" * 1_000_000) == ("", b"")
    assert cms.read(opaque(b"")[:10] + b"\x30\x80" * 1_000_000)[1] == b""
    nest = PLAIN
    for _level in range(40):
        lines = "\r\n".join(pkcs7(b"")[1:]).replace("base64", "8bit").encode()
        nest = lines + b"\r\n\r\n" + opaque(nest)
    assert mime.parse(b"From: a@b.example\r\n" + nest).protection == "smime_signed"
    assert time.process_time() - start < 10


@pytest.mark.parametrize(
    ("subtype", "parameters", "parts", "protection"),
    [
        ("signed", "; protocol=application/pgp-signature", [PLAIN], "pgp_signed"),
        ("signed", '; protocol="application/x-pkcs7-signature"', [PLAIN], "smime_signed"),
        ("signed", "", [PLAIN, part("application/pkcs7-signature", "x")], "smime_signed"),
        ("encrypted", "; protocol=application/pgp-encrypted", [part("application/pgp-encrypted", "Version: 1")],
         "pgp_encrypted"),
        # A mailing list puts its footer around, or an empty one; a server takes the multipart/encrypted away.
        ("mixed", "", [nested("signed", PLAIN, part("application/pgp-signature", "x")), PLAIN], "pgp_signed_part"),
        ("mixed", "", [nested("signed", PLAIN, part("application/pgp-signature", "x"))], "pgp_signed"),
        ("mixed", "", [nested("signed", PLAIN, part("application/pgp-signature", "x")), part("text/plain", "\r\n")],
         "pgp_signed"),
        ("mixed", "", [part("text/plain", ""), part("application/pgp-encrypted", "x"),
                       part("application/octet-stream", "x")], "pgp_encrypted"),
        # The signature of a file; a file signed by itself; more in a multipart/signed than belongs there.
        ("mixed", "", [PLAIN, part("application/octet-stream", "x"), part("application/pgp-signature", "x")],
         "pgp_signed_part"),
        ("mixed", "", [PLAIN, part("application/pgp-encrypted", "x"), part("application/octet-stream", "x")],
         "pgp_encrypted_part"),
        ("signed", "; protocol=application/pgp-signature", [PLAIN, part("application/pgp-signature", "x"), PLAIN],
         "pgp_signed_part"),
        # Signed around what is encrypted.
        ("signed", "; protocol=application/pgp-signature", [
            nested("encrypted", part("application/pgp-encrypted", "x"))], "pgp_encrypted"),
        ("mixed", "", [part("application/pgp-encrypted", "x"), part("application/octet-stream", "x")], "pgp_encrypted"),
        ("mixed", "", [part("text/plain", "-----BEGIN PGP MESSAGE-----\r\n\r\nabc")], "pgp_encrypted"),
        ("mixed", "", [part("text/plain", "Hi\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA1\r\n\r\nx")],
         "pgp_signed_part"),
        ("mixed", "", [part("text/plain", "-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA1\r\n\r\nx\r\n-----BEGIN PGP "
                            "SIGNATURE-----\r\nabc\r\n-----END PGP SIGNATURE-----\r\n")], "pgp_signed"),
        ("mixed", "", [part("text/plain", "-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\nx\r\n-----END PGP SIGNATURE-----"
                            "\r\nSend money!\r\n")], "pgp_signed_part"),
        ("mixed", "", [part("text/plain", "-----BEGIN PGP MESSAGE-----\r\n\r\nabc"), part("image/png", "x")],
         "pgp_encrypted_part"),
        ("mixed", "", [part("text/plain", "> -----BEGIN PGP MESSAGE-----\r\n> abc")], ""),
        ("mixed", "", [PLAIN], ""),
    ],
)  # fmt: skip
def test_protection_is_recognised(subtype, parameters, parts, protection):
    body, field = multipart(subtype, *parts, parameters=parameters)
    assert read(body, field).protection == protection


def test_text_of_an_email_alone_is_looked_at():
    source = email("-----BEGIN PGP MESSAGE-----\r\n\r\nabc\r\n-----END PGP MESSAGE-----\r\n")
    assert mime.parse(source).protection == "pgp_encrypted"
