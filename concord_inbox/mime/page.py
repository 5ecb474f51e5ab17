"""The page inside the sandboxed frame that shows an email."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import unquote

from . import fold, links, marks, quote, trackers

_CID_ATTRIBUTE = re.compile(r'\b(src|background)="cid:([^"]*)"')
_CID_URL = re.compile(r"url\(\s*(&quot;|[\"'])?cid:([^()<>]{1,500}?)\1?\s*\)")
_REMOTE_PICTURE = re.compile(r'<img\b([^<>]*?)\ssrc="(https?://[^"]*)"([^<>]*)>', re.IGNORECASE)
_REMOTE_BACKGROUND = re.compile(r'(<[a-z][^<>]*?\s)(?:src|background)="(https?://[^"]*)"', re.IGNORECASE)
_REMOTE_STYLE = re.compile(r"url\(\s*(?:&quot;|[\"'])?\s*((?:https?:)?//[^)]*)\)?", re.IGNORECASE)
_COLOURED = re.compile(r"\b(?:bg)?color\s*[=:]|background\b|<style\b", re.IGNORECASE)
_LINK = re.compile(
    r"(?P<url>\b(?:https?://|www\.)[^\s<>\"'`]{2,2000})|(?P<email>[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})"
)
_TRAILING = ".,;:!?'\"*_~"

_STYLE = """
html{color-scheme:SCHEME}
body{margin:0;padding:12px;font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
overflow-wrap:break-word;COLOURS}
img{max-width:100%}
img:not([height]){height:auto}
pre{white-space:pre-wrap}
blockquote{margin-inline:0;padding-inline-start:12px;border-inline-start:2px solid #8888}
mark{background:#ffe58a;color:#111}
.plain{white-space:pre-wrap;unicode-bidi:plaintext}
.concord-fold{margin:4px 0}
.concord-fold>summary{cursor:pointer;font:12px/1.5 system-ui,sans-serif;opacity:.75;width:max-content;max-width:100%}
.concord-leads{font:12px/1.5 system-ui,sans-serif;color:#b45309;background:#fef3c7;border-radius:3px;padding:0 4px}
""".strip()
_PRINT_STYLE = """
h1{font-size:18px;margin:0 0 8px}
.concord-head{border-collapse:collapse;font-size:13px;margin-bottom:12px;border-bottom:1px solid #ccc;width:100%}
.concord-head th{text-align:start;vertical-align:top;padding:1px 12px 1px 0;width:1%;white-space:nowrap}
.concord-head td{padding:1px 0}
.concord-email+.concord-email{margin-top:24px;padding-top:16px;border-top:2px solid #888}
.concord-files{border-top:1px solid #ccc;padding-top:8px}
@page{margin:15mm}
@media print{body{padding:0}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
""".strip()
_PAPER = "color:#111;background:#fff"
_FOLLOW = "color:CanvasText;background:Canvas"


def content_security_policy(allow_remote: bool, for_print: bool = False) -> str:
    """Return the value of the header ``Content-Security-Policy`` for the page that `document` makes.

    :param allow_remote: whether pictures and fonts may come from the Internet.
    :param for_print: whether the page around may open the browser's dialog for printing it.
    """
    remote = " https: http:" if allow_remote else ""
    return "; ".join(
        (
            "default-src 'none'",
            f"img-src data:{remote}",
            "style-src 'unsafe-inline'",
            f"font-src{remote}" if remote else "font-src 'none'",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'self'",
            # The page around measures the height, hence the same origin; scripts never run.
            "sandbox allow-popups allow-popups-to-escape-sandbox allow-same-origin"
            + (" allow-modals" if for_print else ""),
        )
    )


@dataclass(frozen=True, slots=True)
class Labels:
    """Words of the page in the reader's language.

    :param quoted, signature: upon which what is folded away opens; with '' it is not folded.
    :param leads_to: with ``%s`` for the host that a link leads to whose text names another one.
    """

    quoted: str
    signature: str
    leads_to: str


def document(
    html: str,
    text: str,
    images: Mapping[str, str],
    allow_remote: bool,
    dark: bool | None = None,
    searched: frozenset[str] = frozenset(),
    labels: Labels | None = None,
    is_forward: bool = False,
    earlier: Iterable[tuple[str, str]] = (),
) -> str:
    """Return a whole page that shows an email.

    The attributes ``data-pictures`` and ``data-trackers`` of its root say how many pictures from elsewhere it has, and
    how many tracking pixels, which never are loaded.

    :param html: as `sanitize` returned it; '' shows `text` instead.
    :param images: for each Content-ID (without angle brackets) the ``data:`` URI of its picture.
    :param allow_remote: keep the addresses of pictures elsewhere; they are taken out otherwise, besides what
        `content_security_policy` forbids.
    :param dark: whether the page around is dark; None: as the browser is told. Emails with colours of their own stay
        on white paper, for their authors thought of nothing else.
    :param searched: beginnings of words, folded, that are marked.
    :param labels: None folds nothing away.
    :param is_forward: it passes on what is below its words, which is folded away for answers only.
    :param earlier: HTML and text of the emails that it may quote, asked for when something may be folded away: words
        that are in none of them are its own.
    """
    remote = _Remote(allow_remote)
    if html:
        pieces = [
            fold.Piece(piece.kind, links.told(piece.content, labels.leads_to if labels else "%s"))
            for piece in (fold.pieces_of_html(html, earlier) if labels else [fold.Piece(fold.WRITTEN, html)])
        ]
        pieces = [fold.Piece(piece.kind, remote.met(_with_images(piece.content, images))) for piece in pieces]
        paper = bool(_COLOURED.search(html))
    else:
        pieces = [
            fold.Piece(piece.kind, f'<div class="plain">{linked(piece.content)}</div>')
            for piece in (fold.pieces_of_text(text, earlier) if labels else [fold.Piece(fold.WRITTEN, text)])
        ]
        paper = False
    body = "".join(_folded(piece.kind, marks.marked(piece.content, searched), labels, is_forward) for piece in pieces)
    scheme = "light" if paper or dark is False else "dark" if dark else "light dark"
    style = _STYLE.replace("SCHEME", scheme).replace("COLOURS", _PAPER if paper else _FOLLOW)
    return (
        f'<!DOCTYPE html><html data-pictures="{remote.pictures}" data-trackers="{remote.trackers}">'
        '<head><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="color-scheme" content="{scheme}"><base target="_blank"><style>{style}</style></head>'
        f"<body>{body}</body></html>"
    )


@dataclass(frozen=True, slots=True)
class PrintedEmail:
    """An email on paper.

    :param lines: labels and values of its header, in the reader's language.
    :param html, text, images: as `document` takes them.
    :param files: what is said of each file.
    """

    subject: str
    lines: Sequence[tuple[str, str]]
    html: str
    text: str
    images: Mapping[str, str]
    files: Sequence[str] = ()


def printable(emails: Sequence[PrintedEmail], allow_remote: bool, files_label: str) -> str:
    """Return a page with whole emails, to be printed: black on white, nothing folded away.

    :param allow_remote: as of `document`.
    :param files_label: what stands before the files.
    """
    remote = _Remote(allow_remote)
    parts = []
    for email in emails:
        # Written into the elements, so that the style sheet of one applies to no other.
        body = quote.contained(email.html) if email.html else f'<div class="plain">{linked(email.text)}</div>'
        lines = "".join(f"<tr><th>{escape(label)}<td>{escape(value)}" for label, value in email.lines)
        files = (
            f'<p class="concord-files"><b>{escape(files_label)}</b> {escape(", ".join(email.files))}</p>'
            if email.files
            else ""
        )
        parts.append(
            f'<section class="concord-email"><h1>{escape(email.subject)}</h1>'
            f'<table class="concord-head">{lines}</table>'
            f"<div>{remote.met(_with_images(body, email.images))}</div>{files}</section>"
        )
    style = _STYLE.replace("SCHEME", "light").replace("COLOURS", _PAPER)
    title = escape(emails[0].subject) if emails else ""
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title><base target="_blank">'
        f"<style>{style}\n{_PRINT_STYLE}</style></head><body>{''.join(parts)}</body></html>"
    )


def _folded(kind: str, content: str, labels: Labels | None, is_forward: bool) -> str:
    if kind == fold.WRITTEN or labels is None or (kind == fold.QUOTE and is_forward):
        return content
    label = labels.quoted if kind == fold.QUOTE else labels.signature
    if not label:
        return content
    # What was searched for is to be seen.
    is_open = " open" if "<mark>" in content else ""
    return f'<details class="concord-fold"{is_open}><summary>{escape(label)}</summary>{content}</details>'


class _Remote:
    """Takes out what an email would load from elsewhere, all of it or tracking pixels alone, and counts it."""

    def __init__(self, is_allowed: bool):
        self.is_allowed = is_allowed
        self.pictures = self.trackers = 0

    def met(self, html: str) -> str:
        """Return `html` without what must not be loaded."""
        html = _REMOTE_PICTURE.sub(self._picture, html)
        html = _REMOTE_BACKGROUND.sub(self._background, html)
        return _REMOTE_STYLE.sub(self._style, html)

    def _picture(self, match: re.Match) -> str:
        is_tracker = trackers.is_tracker(f'{match[1]} src="{match[2]}"{match[3]}')
        return match[0] if self._is_loaded(is_tracker) else f"<img{match[1]}{match[3]}>"

    def _background(self, match: re.Match) -> str:
        if match[1].startswith("<img "):
            return match[0]  # is counted, and allowed
        return match[0] if self._is_loaded(trackers.is_known(unescape(match[2]))) else match[1]

    def _style(self, match: re.Match) -> str:
        return match[0] if self._is_loaded(trackers.is_known(unescape(match[1]))) else "none"

    def _is_loaded(self, is_tracker: bool) -> bool:
        if is_tracker:
            self.trackers += 1
            return False
        self.pictures += 1
        return self.is_allowed


def _with_images(html: str, images: Mapping[str, str]) -> str:
    def data_uri(cid: str) -> str:
        cid = unescape(cid)
        # In URLs a Content-ID may bear percent escapes (RFC 2392).
        uri = images.get(cid) or images.get(unquote(cid)) or ""
        return uri if uri.startswith("data:image/") and not re.search(r"[\"'<>()\s]", uri) else ""

    def attribute(match: re.Match) -> str:
        uri = data_uri(match[2])
        return f'{match[1]}="{uri}"' if uri else ""

    html = _CID_ATTRIBUTE.sub(attribute, html)
    return _CID_URL.sub(lambda match: f"url({uri})" if (uri := data_uri(match[2])) else "none", html)


def linked(text: str) -> str:
    """Return plain text as HTML, escaped, with addresses of the web and of people to click on."""
    out = []
    position = 0
    for match in _LINK.finditer(text):
        found = match[0]
        if match["url"]:
            found = _trimmed(found)
        out.append(escape(text[position : match.start()]))
        position = match.start() + len(found)
        target = f"mailto:{found}" if match["email"] else found if "://" in found else f"https://{found}"
        out.append(f'<a href="{escape(target)}" target="_blank" rel="noopener noreferrer">{escape(found)}</a>')
    out.append(escape(text[position:]))
    return "".join(out)


def _trimmed(url: str) -> str:
    """Cut off what follows an address in a sentence: marks, and a bracket that was opened before it."""
    while url:
        if url[-1] in _TRAILING or (url[-1] in ")]}" and url.count(url[-1]) > url.count("([{"[")]}".index(url[-1])])):
            url = url[:-1]
        else:
            break
    return url
