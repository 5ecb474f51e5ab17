"""The page inside the sandboxed frame that shows an email."""

import re
from collections.abc import Mapping
from html import escape, unescape
from urllib.parse import unquote

from . import marks

_CID_ATTRIBUTE = re.compile(r'\b(src|background)="cid:([^"]*)"')
_CID_URL = re.compile(r"url\(\s*(&quot;|[\"'])?cid:([^()<>]{1,500}?)\1?\s*\)")
_REMOTE_ATTRIBUTE = re.compile(r'(<[a-z][^<>]*?\s)(?:src|background)="https?://[^"]*"', re.IGNORECASE)
_REMOTE_STYLE = re.compile(r"url\(\s*(?:&quot;|[\"'])?\s*(?:https?:)?//[^)]*\)?", re.IGNORECASE)
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
""".strip()
_PAPER = "color:#111;background:#fff"
_FOLLOW = "color:CanvasText;background:Canvas"


def content_security_policy(allow_remote: bool) -> str:
    """Return the value of the header ``Content-Security-Policy`` for the page that `document` makes.

    :param allow_remote: whether pictures and fonts may come from the Internet.
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
            "sandbox allow-popups allow-popups-to-escape-sandbox allow-same-origin",
        )
    )


def document(
    html: str,
    text: str,
    images: Mapping[str, str],
    allow_remote: bool,
    dark: bool | None = None,
    searched: frozenset[str] = frozenset(),
) -> str:
    """Return a whole page that shows an email.

    :param html: as `sanitize` returned it; '' shows `text` instead.
    :param images: for each Content-ID (without angle brackets) the ``data:`` URI of its picture.
    :param allow_remote: keep the addresses of pictures elsewhere; they are taken out otherwise, besides what
        `content_security_policy` forbids.
    :param dark: whether the page around is dark; None: as the browser is told. Emails with colours of their own stay
        on white paper, for their authors thought of nothing else.
    :param searched: beginnings of words, folded, that are marked.
    """
    if html:
        body = _with_images(html, images)
        if not allow_remote:
            body = _without_remote(body)
        paper = bool(_COLOURED.search(html))
    else:
        body = f'<div class="plain">{linked(text)}</div>'
        paper = False
    body = marks.marked(body, searched)
    scheme = "light" if paper or dark is False else "dark" if dark else "light dark"
    style = _STYLE.replace("SCHEME", scheme).replace("COLOURS", _PAPER if paper else _FOLLOW)
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta name="color-scheme" content="{scheme}"><base target="_blank"><style>{style}</style></head>'
        f"<body>{body}</body></html>"
    )


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


def _without_remote(html: str) -> str:
    html = _REMOTE_ATTRIBUTE.sub(r"\1", html)
    return _REMOTE_STYLE.sub("none", html)


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
