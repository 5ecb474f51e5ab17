"""Whole emails made at random, and what has to be found in them: for hypothesis, on structure instead of bytes.

What is drawn is a tree of parts with headers, each written in one of the ways that programs write it. A *sound* email
follows the standards; a *broken* one has some of the faults that are really sent.
"""

import base64
import binascii
import random
import re
from dataclasses import dataclass, field
from email.header import Header
from html import escape
from urllib.parse import quote

from hypothesis import strategies as st

from . import tnef_maker

#: Charset -> words that it can say. Words, since what is no language is told from none by detections.
WORDS = {
    "us-ascii": ("plain words", "an offer", "no. 42", "thank you"),
    "utf-8": ("Grüße", "日本語", "привет", "🙂 fine", "naïve", "שלום"),
    "iso-8859-1": ("Grüße aus Köln", "à bientôt", "niño"),
    "windows-1252": ("“quoted” – €5", "Grüße"),
    "iso-8859-15": ("prix 5 €", "cœur"),
    "iso-8859-2": ("zażółć gęślą jaźń", "příliš žluťoučký kůň"),
    "koi8-r": ("Добрый день", "спасибо"),
    "windows-1251": ("Добрый день", "с уважением"),
    "iso-2022-jp": ("日本語のメール", "お世話になっております"),
    "shift_jis": ("日本語のメール", "よろしくお願いします"),
    "euc-jp": ("日本語のメール", "ありがとう"),
    "gb2312": ("你好，世界", "谢谢您的来信"),
    "gb18030": ("你好，世界", "銀行帳戶"),
    "big5": ("您好，世界", "謝謝您的來信"),
    "euc-kr": ("안녕하세요", "감사합니다"),
    "windows-1256": ("مرحبا بالعالم",),
    "utf-7": ("Grüße & 日本",),
    "utf-16": ("Grüße 日本",),
}
#: For headers: what the standard library writes in them.
HEADER_CHARSETS = ("us-ascii", "utf-8", "iso-8859-1", "koi8-r", "iso-2022-jp", "gb2312", "big5", "euc-kr")
NAMES = (
    "report.pdf", "Grüße 2024.docx", "日本語の資料.xlsx", "semi;colon.zip", "100%.csv", "a=b.csv", "(final) [2].zip",
    "it's.png", "no extension", "a'b''c.pdf",
    "очень длинное название файла, которое не помещается в одну строку.tar.gz",
)  # fmt: skip
TYPES = ("application/pdf", "image/png", "text/csv", "text/plain", "application/octet-stream", "audio/x-odd")
FAULTS = (
    "other boundary", "no boundary", "not closed", "twice a field", "wrong charset", "unknown charset", "no blank line",
    "odd encoding", "broken name", "line that is no field", "not indented", "same boundary", "8-bit header",
)  # fmt: skip


@dataclass
class Tree:
    """An email, and what was put in it.

    :param texts: in message.text, in this order.
    :param pages: words of the HTML.
    :param hidden: words that the text must not have: of HTML beside a text that says the same.
    :param files: names and bytes.
    :param marks: words that must be found anywhere, be it in a file.
    """

    source: bytes = b""
    subject: str = ""
    sender: str = ""
    people: set[str] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    faults: set[str] = field(default_factory=set)


@st.composite
def trees(draw: st.DrawFn, broken: bool = False) -> Tree:
    """Emails with what is to be found in them."""
    # One number for all: trees are too large to be drawn choice by choice, and shrink badly anyway.
    rng = random.Random(draw(st.integers(0, 2**40)))
    return _Maker(rng, broken).email()


class _Maker:
    def __init__(self, rng: random.Random, broken: bool):
        self.rng = rng
        self.tree = Tree()
        self.count = 0
        self.line_break = rng.choice([b"\r\n", b"\n"])
        if broken:
            self.tree.faults = set(rng.sample(FAULTS, rng.randint(1, 3)))

    def is_faulty(self, fault: str) -> bool:
        return fault in self.tree.faults and self.rng.random() < 0.4

    def mark(self) -> str:
        self.count += 1
        return f"mark{self.count}z"

    # ------------------------------------------------------------ the whole

    def email(self) -> Tree:
        rng, tree = self.rng, self.tree
        charset = rng.choice(HEADER_CHARSETS)
        tree.subject = " ".join(rng.choices(WORDS[charset], k=rng.randint(1, 12)))
        name = rng.choice(WORDS[charset])
        tree.sender = name
        tree.people = {f"p{number}@example.org" for number in range(rng.randint(0, 6))}
        fields = [
            b"From: " + self.phrase(name, charset) + b" <anna@example.org>",
            b"Subject: " + Header(tree.subject, charset, 76, "Subject").encode(linesep="\r\n").encode(),
            b"Date: Mon, 4 Mar 2024 09:30:00 +0100",
            b"Message-ID: <1@example.org>",
            b"MIME-Version: 1.0",
        ]
        if tree.people:
            fields.append(b"To: " + self.addresses(sorted(tree.people)))
        rng.shuffle(fields)
        if self.is_faulty("8-bit header"):
            fields.append("X-Odd: Grüße".encode(rng.choice(["latin-1", "utf-8"])))
        if self.is_faulty("line that is no field"):
            fields.insert(rng.randrange(len(fields)), b"this is no field at all")
            fields.append(b"Received: by example.org")
        content = self.node(rng.choice([0, 1, 2, 3]))
        source = b"\r\n".join(fields) + b"\r\n" + content
        tree.source = source.replace(b"\r\n", self.line_break)
        return tree

    def phrase(self, name: str, charset: str) -> bytes:
        if charset == "us-ascii":
            return self.rng.choice([b'"%s"', b"%s"] if "." not in name else [b'"%s"']) % name.encode()
        return Header(name, charset, 70).encode(linesep="\r\n").encode()

    def addresses(self, people: list[str]) -> bytes:
        def one(address: str) -> str:
            form = self.rng.choice(
                ["%s", "<%s>", "Ben <%s>", '"Doe, John" <%s>', "%s (Ben)", "=?utf-8?q?B=C3=A9n?= <%s>"]
            )
            return form % address

        separator = self.rng.choice([", ", ",", ",\r\n ", ",\r\n\t"])
        if self.rng.random() < 0.2:
            middle = self.rng.randint(0, len(people))
            group = f"Our friends: {separator.join(map(one, people[:middle]))};"
            return separator.join([group, *map(one, people[middle:])]).encode()
        return separator.join(map(one, people)).encode()

    # ------------------------------------------------------------ parts

    def node(self, depth: int) -> bytes:
        """Fields and content of a part that is shown, with all that is below it."""
        kinds = [self.text, self.page]
        if depth > 0:
            kinds = [self.mixed, self.mixed, self.alternative, self.related, self.signed, self.report, self.digest]
        return self.rng.choice(kinds)(depth)

    def mixed(self, depth: int) -> bytes:
        children = [self.node(self.rng.randint(0, depth - 1)) for _child in range(self.rng.randint(1, 3))]
        kinds = [self.file, self.file, self.message, self.calendar, self.card, self.winmail]
        children += [self.rng.choice(kinds)() for _file in range(self.rng.randint(0, 3))]
        return self.multipart(self.rng.choice(["mixed", "mixed", "x-odd", "parallel"]), children)

    def alternative(self, depth: int) -> bytes:
        children = [self.text(depth)]
        before = len(self.tree.texts)
        pages = len(self.tree.pages)
        children.append(self.rng.choice([self.page, self.related])(depth))
        # The plain text stands for it.
        del self.tree.texts[before:]
        self.tree.hidden += self.tree.pages[pages:]
        if self.rng.random() < 0.3:
            children.append(self.calendar())
        return self.multipart("alternative", children)

    def related(self, depth: int) -> bytes:
        number = self.count
        page = self.page(depth, f'<img src="cid:p{number}@x">')
        content = self.rng.randbytes(30)
        self.tree.files.append((f"p{number}.png", content))
        picture = self.leaf(
            f'image/png; name="p{number}.png"',
            content,
            "base64",
            b"Content-ID: <p%d@x>" % number,
            b"Content-Disposition: inline",
        )
        return self.multipart("related", [page, picture], b'; type="text/html"')

    def signed(self, depth: int) -> bytes:
        signed = self.node(depth - 1)
        signature = b"-----BEGIN PGP SIGNATURE-----\r\nabc\r\n-----END PGP SIGNATURE-----"
        self.plain_file("signature.asc", signature)
        children = [signed, self.leaf("application/pgp-signature", signature)]
        return self.multipart("signed", children, b'; protocol="application/pgp-signature"')

    def report(self, depth: int) -> bytes:
        status = b"Reporting-MTA: dns; example.org\r\n\r\nFinal-Recipient: rfc822; x@example.org\r\nAction: failed\r\n"
        children = [self.text(depth), self.leaf("message/delivery-status", status)]
        self.plain_file("delivery-status.txt", status)
        if self.rng.random() < 0.5:
            header = b"Subject: " + self.mark().encode() + b"\r\n"
            children.append(self.leaf("text/rfc822-headers", header))
            self.plain_file("headers.txt", header)
        return self.multipart("report", children, b"; report-type=delivery-status")

    def digest(self, _depth: int) -> bytes:
        messages = [self.inner_message() for _message in range(self.rng.randint(1, 3))]
        return self.multipart("digest", [b"\r\n" + message for message in messages])

    def message(self) -> bytes:
        return self.leaf("message/rfc822", self.inner_message())

    def inner_message(self) -> bytes:
        mark = self.mark()
        inner = f"From: b@example.org\r\nSubject: {mark}\r\n\r\nInner text of {mark}"
        self.plain_file(f"{mark}.eml", inner.encode())
        return inner.encode()

    def calendar(self) -> bytes:
        source = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:{self.mark()}\r\nEND:VEVENT\r\nEND:VCALENDAR".encode()
        self.plain_file("invite.ics", source)
        return self.leaf("text/calendar; method=REQUEST; charset=utf-8", source)

    def card(self) -> bytes:
        source = f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{self.mark()}\r\nEND:VCARD".encode()
        self.plain_file("card.vcf", source)
        return self.leaf("text/vcard; name=card.vcf", source)

    def winmail(self) -> bytes:
        files = [(f"{self.mark()}.bin", self.rng.randbytes(self.rng.randint(1, 40))) for _file in range(2)]
        self.tree.files += files
        packed = tnef_maker.winmail(
            *[tnef_maker.file(b"SHORT", content, tnef_maker.unicode(0x3707, name)) for name, content in files]
        )
        return self.leaf('application/ms-tnef; name="winmail.dat"', packed, "base64")

    def file(self) -> bytes:
        name, content = self.rng.choice(NAMES), self.rng.randbytes(self.rng.randint(1, 120))
        encoding = self.rng.choice(["base64", "quoted-printable", "x-uuencode", "BASE64"])
        in_type, in_disposition = self.name_fields(name)
        if "broken name" not in self.tree.faults:
            self.tree.files.append((name, content))
        disposition = b"Content-Disposition: attachment" + in_disposition
        return self.leaf(self.rng.choice(TYPES).encode() + in_type, content, encoding, disposition)

    def name_fields(self, name: str) -> tuple[bytes, bytes]:
        """What stands behind the type, and behind the disposition."""
        percent = quote(name, safe="")
        if self.is_faulty("broken name"):
            odd = [f"; filename*={percent}", f"; filename*1*={percent}", f'; filename="{name}', f"; filename={name}",
                   "; filename*=utf-9''%%%", "; filename*0*=utf-8''%e; filename*0=x; filename*999=y"]  # fmt: skip
            return b"", self.rng.choice(odd).encode()
        word = base64.b64encode(name.encode()).decode()
        half = len(name) // 2
        first, second = quote(name[:half], safe=""), quote(name[half:], safe="")
        forms = [
            ("", f"; filename*=utf-8''{percent}"),
            ("", f"; filename*=UTF-8'en'{percent}; filename=wrong.bin"),
            ("", f"; filename=wrong.bin;\r\n filename*0*=utf-8''{first};\r\n\tfilename*1*={second}"),
            ("", f';\r\n filename="{name}"'),
            ("", f'; filename="=?utf-8?b?{word}?="'),
            (f'; name="=?UTF-8?B?{word}?="', ""),
            (f'; name="{name}"', f'; filename="{name}"; size=5'),
        ]
        if name.isascii():
            forms += [("", f'; filename="{name}"; creation-date="Mon, 4 Mar 2024 09:30:00 +0100"')] * 2
        in_type, in_disposition = self.rng.choice(forms)
        return in_type.encode(), in_disposition.encode()

    def text(self, _depth: int) -> bytes:
        charset = self.rng.choice(list(WORDS))
        words = self.rng.choices(WORDS[charset], k=self.rng.randint(1, 5))
        text = "\r\n".join([self.mark(), *words])
        is_wide = charset == "utf-16"
        encoding = self.rng.choice(["base64", "quoted-printable", "8bit"] if not is_wide else ["base64"])
        declared = self.declared(charset)
        if declared == charset:
            self.tree.texts.append(text.replace("\r\n", "\n"))
        else:
            self.tree.marks += [text[: text.index("\r")]] if not is_wide else []
        return self.leaf(f"text/plain; charset={declared}", text.encode(charset), encoding)

    def page(self, _depth: int, more: str = "") -> bytes:
        charset = self.rng.choice([name for name in WORDS if name not in ("utf-16", "utf-7")])
        mark = self.mark()
        words = " ".join(self.rng.choices(WORDS[charset], k=3))
        source = f"<html><body onload='x()'><p>{mark} {escape(words)}</p><script>x()</script>{more}</body></html>"
        declared = self.declared(charset)
        if declared == charset:
            self.tree.pages.append(f"{mark} {words}")
            self.tree.texts.append(f"{mark} {words}")
        else:
            self.tree.marks.append(mark)
        encoding = self.rng.choice(["base64", "quoted-printable", "8bit"])
        return self.leaf(f"text/html; charset={declared}", source.encode(charset), encoding)

    def declared(self, charset: str) -> str:
        if self.is_faulty("wrong charset"):
            return self.rng.choice([name for name in WORDS if not name.startswith("utf-16")])
        return self.rng.choice(["unknown-x", "hex", "unicode_escape"]) if self.is_faulty("unknown charset") else charset

    # ------------------------------------------------------------ bytes

    def plain_file(self, name: str, content: bytes) -> None:
        """A file that is written as it stands, its line breaks those of the email."""
        self.tree.files.append((name, content.replace(b"\r\n", self.line_break)))

    def leaf(self, mimetype: str | bytes, content: bytes, encoding: str = "", *fields: bytes) -> bytes:
        mimetype = mimetype if isinstance(mimetype, bytes) else mimetype.encode()
        lines = [b"Content-Type: " + mimetype, *fields]
        if encoding:
            lines.append(b"Content-Transfer-Encoding: " + encoding.encode())
        elif self.is_faulty("odd encoding"):
            lines.append(b"Content-Transfer-Encoding: " + self.rng.choice([b"none", b"8-bit", b"plain", b'"7bit"; x']))
        self.rng.shuffle(lines)
        if self.is_faulty("twice a field"):
            lines.append(self.rng.choice(lines))
        if self.is_faulty("not indented"):
            lines.append(b"Content-Description: a text that\r\ngoes on")
        return b"\r\n".join(lines) + b"\r\n\r\n" + _encoded(content, encoding.lower())

    def multipart(self, subtype: str, children: list[bytes], parameters: bytes = b"") -> bytes:
        self.count += 1
        boundary = self.rng.choice([b"=_b%d", b"b%d'()+_,-./:=?", b"----=_NextPart_%d", b"b b%d"]) % self.count
        if "same boundary" in self.tree.faults:
            boundary = b"same"
        if b" " not in boundary and self.rng.random() < 0.2 and not boundary.endswith(b"?"):
            declared = b"; boundary=" + boundary
        else:
            declared = b';\r\n boundary="' + boundary + b'"'
        if self.is_faulty("other boundary"):
            declared = b'; boundary="another"'
        elif self.is_faulty("no boundary"):
            declared = b""
        blank = self.rng.choice([b"", b"", b" ", b"\t "])
        separator = b"\r\n--" + boundary + blank + b"\r\n"
        preamble = self.rng.choice([b"", b"This is a message in several parts.\r\n"])
        between = b"\r\n" if not self.is_faulty("no blank line") else b""
        body = preamble + separator.join([b"", *children])
        if not self.is_faulty("not closed"):
            body += b"\r\n--" + boundary + b"--" + self.rng.choice([b"", b"\r\n", b"\r\nAn epilogue\r\n"])
        return b"Content-Type: multipart/" + subtype.encode() + declared + parameters + b"\r\n" + between + body


def _encoded(content: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return base64.encodebytes(content).replace(b"\n", b"\r\n")
    if encoding == "quoted-printable":
        return re.sub(rb"\r?\n", b"\r\n", binascii.b2a_qp(content, istext=False))
    if encoding == "x-uuencode":
        lines = [binascii.b2a_uu(content[place : place + 45]) for place in range(0, len(content), 45)]
        return (b"begin 644 x\n" + b"".join(lines) + b"`\nend\n").replace(b"\n", b"\r\n")
    return content
