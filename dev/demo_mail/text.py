"""From the written text of a turn to the two bodies of an email, quoting what it answers as its mail program does."""

import html
import inspect
import re
import textwrap
from dataclasses import dataclass
from datetime import datetime, timedelta

from .clock import date_in_words, in_zone
from .model import Person

_SHORT = 60  # a source line shorter than this ends where the writer wanted it to
_PICTURE = re.compile(r"\[\[(.+?)\]\]")


@dataclass(frozen=True, slots=True)
class Written:
    """An email's text as others quote it: who wrote it, when, to whom, and both bodies with their own quotes."""

    writer: Person
    moment: datetime
    to: str
    subject: str
    text: str
    html: str


def paragraphs(source: str, lang: str, moment: datetime) -> list[list[str]]:
    """`source` as paragraphs of lines, its ``{+n}`` replaced by the date `n` days later (a working day)."""
    result = []
    for block in re.split(r"\n\s*\n", inspect.cleandoc(source)):
        lines: list[str] = []
        glue = False
        for line in block.split("\n"):
            if glue and not line.startswith("- "):
                lines[-1] += " " + line
            else:
                lines.append(line)
            glue = lang != "ja" and len(line) >= _SHORT
        result.append([re.sub(r"\{\+(\d+)\}", lambda m: _later(moment, int(m[1]), lang), line) for line in lines])
    return result


def _later(moment: datetime, days: int, lang: str) -> str:
    day = moment.date() + timedelta(days=days)
    day += timedelta(days=(7 - day.weekday()) if day.weekday() > 4 else 0)
    return date_in_words(day, lang)


def signature(person: Person) -> list[str]:
    """The lines under an email, [] for private people."""
    if not person.company:
        return []
    role = " · ".join(filter(None, [person.function, person.company]))
    return [person.name, role, f"{person.phone} · {person.email}"]


def as_text(blocks: list[list[str]], sign: list[str], wrap: bool, quoted: Written | None, person: Person) -> str:
    """The plain text body."""
    out = []
    for block in blocks:
        lines = []
        for line in block:
            plain = _PICTURE.sub(r"[\1]", line)
            lines += textwrap.wrap(plain, 74, break_long_words=False, break_on_hyphens=False) if wrap else [plain]
        out.append("\n".join(lines))
    if sign:
        out.append("-- \n" + "\n".join(sign))
    if quoted:
        out.append(_quote_text(quoted, person))
    return "\n\n".join(out) + "\n"


def as_html(
    blocks: list[list[str]],
    sign: list[str],
    quoted: Written | None,
    person: Person,
    lang: str,
    cids: dict[str, str],
    logo: str | None,
) -> tuple[str, str]:
    """The HTML body as (whole, what a reply quotes of it): the latter without pictures.

    :param cids: name of an inline picture -> its Content-ID.
    :param logo: Content-ID of the logo in the signature, or None.
    """
    style = {
        "gmail": "font-family:Arial,sans-serif;font-size:small",
        "outlook": "font-family:Calibri,sans-serif;font-size:11pt",
        "apple": "overflow-wrap:break-word;line-break:after-white-space",
    }.get(person.client, "")
    direction = ' dir="rtl"' if lang == "ar" else ' dir="ltr"' if person.client == "gmail" else ""
    parts = []
    for block in blocks:
        if all(line.startswith("- ") for line in block):
            parts.append("<ul>" + "".join(f"<li>{html.escape(line[2:])}</li>" for line in block) + "</ul>")
        else:
            parts.append("<p>" + "<br>\n".join(html.escape(line, quote=False) for line in block) + "</p>")
    body = "\n".join(parts)
    tail = ""
    if sign:
        # The telephone number is written from left to right in every language.
        rows = f'{html.escape(sign[1])}<br>\n<span dir="ltr">{html.escape(sign[2])}</span>'
        picture = f'<br>\n<img src="cid:{logo}" alt="Northlight" width="132" height="36">' if logo else ""
        tail = f'\n<p style="color:#666666"><b>{html.escape(sign[0])}</b><br>\n{rows}{picture}</p>'
    quote = "\n" + _quote_html(quoted, person) if quoted else ""

    def page(inner: str) -> str:
        return f'<div{direction} style="{style}">\n{inner}\n</div>'

    def picture_tag(match: re.Match) -> str:
        name = html.unescape(match[1])
        return (
            f'<img src="cid:{cids[name]}" alt="{html.escape(name)}" width="480" height="300">' if name in cids else ""
        )

    whole = page(_PICTURE.sub(picture_tag, body) + tail) + quote
    quotable = page(_PICTURE.sub(r"[\1]", body)) + quote
    return f"<html><body>\n{whole}\n</body></html>\n", quotable


def _attribution(quoted: Written, person: Person) -> str:
    """The line above a quote, in the language of the program of `person`, who answers."""
    local = in_zone(quoted.moment, person.tz)
    clock = local.strftime("%H:%M")
    name, email = quoted.writer.name, quoted.writer.email
    if person.lang == "ja":
        return f"{local.year}年{date_in_words(local, 'ja')} {clock} {name} <{email}>:"
    day = f"{date_in_words(local, person.lang)} {local.year}"
    return {
        "fr": f"Le {day} à {clock}, {name} <{email}> a écrit :",
        "de": f"Am {day} um {clock} schrieb {name} <{email}>:",
        "ar": f"في {day}، {clock}، كتب {name} <{email}>:",
    }.get(person.lang, f"On {day}, at {clock}, {name} <{email}> wrote:")


_LABELS = {
    "en": ("From", "Sent", "To", "Subject"),
    "fr": ("De", "Envoyé", "À", "Objet"),
    "de": ("Von", "Gesendet", "An", "Betreff"),
    "ja": ("差出人", "送信日時", "宛先", "件名"),
    "ar": ("من", "تاريخ الإرسال", "إلى", "الموضوع"),
}


def _header_block(quoted: Written, person: Person) -> list[tuple[str, str]]:
    """What Outlook writes above a quote instead of a line."""
    local = in_zone(quoted.moment, person.tz)
    sent = f"{date_in_words(local, person.lang)} {local.year} {local.strftime('%H:%M')}"
    values = (f"{quoted.writer.name} <{quoted.writer.email}>", sent, quoted.to, quoted.subject)
    return list(zip(_LABELS[person.lang], values, strict=True))


def _quote_text(quoted: Written, person: Person) -> str:
    if person.client == "outlook":
        head = "\n".join(f"{label}: {value}" for label, value in _header_block(quoted, person))
        return f"________________________________\n{head}\n\n{quoted.text.rstrip()}"
    lines = (
        ("> " + line if not line.startswith(">") else ">" + line).rstrip() for line in quoted.text.rstrip().split("\n")
    )
    return _attribution(quoted, person) + "\n" + "\n".join(lines)


def _quote_html(quoted: Written, person: Person) -> str:
    direction = ' dir="rtl"' if person.lang == "ar" else ""
    if person.client == "outlook":
        rows = "<br>\n".join(
            f"<b>{html.escape(label)}:</b> {html.escape(value)}" for label, value in _header_block(quoted, person)
        )
        rule = "border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"
        return f'<div{direction} style="{rule}"><p>{rows}</p></div>\n{quoted.html}'
    line = html.escape(_attribution(quoted, person))
    if person.client == "apple":
        return f'<div><br><blockquote type="cite"><div>{line}</div><br>{quoted.html}</blockquote></div>'
    rule = "margin:0 0 0 .8ex;border-left:1px solid #cccccc;padding-left:1ex"
    return (
        f'<div class="gmail_quote"><div dir="{"rtl" if person.lang == "ar" else "ltr"}" class="gmail_attr">{line}<br></div>\n'
        f'<blockquote class="gmail_quote" style="{rule}">{quoted.html}</blockquote></div>'
    )
