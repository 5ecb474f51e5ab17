"""The email that is answered or passed on, as a quote within the new one.

The block bears a class of ours, by which it is found again when the draft is opened, and looks like a quote everywhere
else (``blockquote type="cite"``).
"""

import re
from collections.abc import Iterable
from html import escape

import css_inline

from .html import sanitize
from .quoting import ATTRIBUTION, FORWARD, QUOTE

MAX_INLINED = 512 * 1024  # characters of HTML whose style sheet is applied; of longer ones it is dropped

_STYLE = re.compile(r"^\s*<style>.*?</style>", re.DOTALL)
_MARKS = re.compile(r"(?:> ?)*>")
_BLOCKQUOTE = '<blockquote type="cite" style="margin:0 0 0 0.8ex;border-left:2px solid #cccccc;padding-left:1ex">'
_URL = re.compile(r"\bhttps?://[^\s<>\"]{1,2000}[^\s<>\".,;:!?)'\]]")


def quoted(html: str, text: str, attribution: str) -> str:
    """Return the quote of an email that is answered.

    :param html: of the email, '' when it has none; it is sanitised here.
    :param text: its plain text, used when it has no HTML.
    :param attribution: who wrote when, in the reader's language; plain text.
    """
    return (
        f'<div class="{QUOTE}"><div class="{ATTRIBUTION}">{escape(attribution)}</div>'
        f"{_BLOCKQUOTE}{original(html, text)}</blockquote></div>"
    )


def forwarded(header_lines: Iterable[tuple[str, str] | str], html: str, text: str) -> str:
    """Return an email that is passed on, below the lines of its header.

    :param header_lines: pairs of a label (``From``, translated) and a value, or whole lines; plain text.
    :param html, text: as for `quoted`.
    """
    lines = [
        escape(line) if isinstance(line, str) else f"<b>{escape(line[0])}:</b> {escape(line[1])}"
        for line in header_lines
    ]
    return (
        f'<div class="{QUOTE} {FORWARD}"><div class="{ATTRIBUTION}">{"<br>".join(lines)}</div><br>'
        f"<div>{original(html, text)}</div></div>"
    )


def original(html: str, text: str) -> str:
    """Return an email's body so that it can stand within another: its style sheet applies to nothing else."""
    if not html.strip():
        return html_of(text)
    return contained(sanitize(html))


def html_of(text: str) -> str:
    """Return plain text as HTML: lines stay lines, quotes become elements, addresses of pages become links."""
    pieces: list[str] = []
    depth = 0
    for line in text.replace("\r\n", "\n").strip("\n").split("\n"):
        marks = _MARKS.match(line)
        level = min(marks[0].count(">"), 20) if marks else 0
        content = line[marks.end() :].removeprefix(" ") if marks else line
        while depth < level:
            pieces.append(_BLOCKQUOTE)
            depth += 1
        while depth > level:
            pieces.append("</blockquote>")
            depth -= 1
        pieces.append(f"<div>{_linked(content) or '<br>'}</div>")
    return "".join(pieces) + "</blockquote>" * depth


def _linked(line: str) -> str:
    pieces = []
    end = 0
    for match in _URL.finditer(line):
        address = escape(match[0])
        pieces += [_spaced(line[end : match.start()]), f'<a href="{address}">{address}</a>']
        end = match.end()
    return "".join([*pieces, _spaced(line[end:])])


def _spaced(text: str) -> str:
    """Escape, and keep runs of blanks, by which old plain texts are laid out."""
    text = re.sub(r"^ | (?= )", "\u00a0", text.replace("\t", "    "))
    return escape(text, quote=False)


def contained(sanitised: str) -> str:
    """Write the rules of the style sheet into the elements that they apply to; what cannot be so written is dropped.

    :param sanitised: as `sanitize` returns it, as is what is returned.
    """
    sheet = _STYLE.match(sanitised)
    if not sheet:
        return sanitised
    body = sanitised[sheet.end() :]
    if len(sanitised) > MAX_INLINED:
        return body
    css = sheet[0].strip()[len("<style>") : -len("</style>")]
    try:
        inlined = _INLINER.inline_fragment(body, css)
    except (css_inline.InlineError, ValueError):
        return body
    # Declarations that came from the sheet have not been looked at one by one before.
    return sanitize(inlined)


_INLINER = css_inline.CSSInliner(
    inline_style_tags=False, keep_style_tags=False, keep_link_tags=False, load_remote_stylesheets=False
)
