"""HTML of a stranger, made inert (nh3, which parses as browsers do), within bounded time."""

import re
from html import escape, unescape

import nh3
from lxml import etree

from . import css
from .clean import storable

MAX_HTML = 4 * 1024 * 1024  # characters
_PLAIN_TAGS = 2000  # more than so many and nh3 might take long on HTML made for that
_UNCLOSED = 100
_ENTITIES = 100_000
_UNBROKEN = 20_000  # no-break spaces; the cleaner writes them in a time quadratic in how many one text holds
_TAG_LENGTH = 20_000  # characters of one tag, its quoted values not counted

# Every repetition stops at the next "<" or after a bounded length: a pattern must not start over for each of many tags.
_STYLE = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|$))|<style\b[^<>]{0,2000}>(.*?)(?:</style\b[^<>]{0,2000}>?|$)", re.DOTALL | re.IGNORECASE
)
_BODY = re.compile(r"<body\b", re.IGNORECASE)
_BODY_TAG = re.compile(r"<body\b((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"\b(bgcolor|text|style|background|dir)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE
)
_FORMATTING = re.compile(r"<(/?)(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)\b", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,32});")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_BACKGROUND = re.compile(r"background\s*=")
_WRONG_SCHEME = re.compile(r'(<a(?:rea)?\b[^>]*?) href="cid:[^"]*"|(<img\b[^>]*?) src="(?:mailto|tel):[^"]*"')
# Browsers pass over blanks in and before a scheme; who looks for addresses in what is stored shall not have to.
_BLANK = re.compile(r'="(?:[\x00-\x20]|[A-Za-z]{1,10}[\t\n])')
_ADDRESS = re.compile(r' (href|src|background)="([^"]*)"')
_REMOTE = re.compile(
    r'<img\b[^>]*?\ssrc="https?://|\sbackground="https?://|url\(\s*(?:&quot;|["\'])?\s*https?://', re.IGNORECASE
)
_SIGNS_OF_PICTURES = ("<img", " background=", "url(")

_TAGS = frozenset(
    """a abbr acronym address area article aside b bdi bdo big blockquote br caption center cite code col colgroup dd
    del details dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main
    map mark menu nav ol p pre q rp rt ruby s samp section small span strike strong sub summary sup table tbody td
    tfoot th thead time tr tt u ul var wbr""".split()
)
#: Elements that go with all that is in them.
_DROPPED = frozenset(
    """script style title noscript iframe object embed applet noembed noframes frameset template svg math xml audio
    video canvas head""".split()
)
_ATTRIBUTES = {
    "*": {"style", "class", "id", "title", "dir", "lang", "align", "valign", "width", "height", "bgcolor", "color"},
    "a": {"href", "name"},
    "area": {"href", "shape", "coords", "alt"},
    "img": {"src", "alt", "border", "hspace", "vspace", "usemap"},
    "map": {"name"},
    "table": {"border", "cellpadding", "cellspacing", "rules", "frame", "background", "bordercolor", "summary"},
    "tr": {"background"},
    "td": {"colspan", "rowspan", "nowrap", "background", "bordercolor", "headers", "scope", "abbr"},
    "th": {"colspan", "rowspan", "nowrap", "background", "bordercolor", "headers", "scope", "abbr"},
    "col": {"span"},
    "colgroup": {"span"},
    "font": {"face", "size"},
    "hr": {"size", "noshade"},
    "br": {"clear"},
    "ol": {"start", "type", "reversed"},
    "ul": {"type"},
    "li": {"type", "value"},
    "pre": {"wrap"},
    "blockquote": {"type"},
    "del": {"datetime"},
    "ins": {"datetime"},
    "time": {"datetime"},
    "details": {"open"},
}


def _filter(tag: str, attribute: str, value: str) -> str | None:
    """Decide by attribute what the scheme of an address may be; the cleaner itself has one list for all of them."""
    scheme = value.strip().partition(":")[0].lower()
    if attribute in ("src", "background"):
        picture = scheme in ("http", "https", "cid") or value.strip().lower().startswith("data:image/")
        return value.strip() if picture else None
    if attribute == "style" and ("data" in value.lower() or "\\" in value):
        return css.clean_targets(value)
    if attribute == "href" and scheme not in ("http", "https", "mailto", "tel"):
        return None
    return value


def _absolute(url: str) -> str | None:
    """Complete an address without scheme, where that is certain; others lead nowhere in an email."""
    url = url.strip()
    if url.startswith("//"):
        return "https:" + url
    return "http://" + url if url.lower().startswith("www.") else None


_COMMON = {
    "tags": _TAGS,
    "clean_content_tags": _DROPPED,
    "link_rel": "noopener noreferrer",
    "url_relative": _absolute,
    "set_tag_attribute_values": {
        "a": {"target": "_blank"},
        "area": {"target": "_blank", "rel": "noopener noreferrer"},
    },
    "filter_style_properties": css.PROPERTIES,
}
_SCHEMES = {"http", "https", "mailto", "tel", "cid"}
_WITHOUT_BACKGROUND = {tag: names - {"background"} for tag, names in _ATTRIBUTES.items()}
# The callback costs more than all the rest, so it is used for those only that need it.
_simple = nh3.Cleaner(attributes=_WITHOUT_BACKGROUND, url_schemes=_SCHEMES, **_COMMON)
_demanding = nh3.Cleaner(attributes=_ATTRIBUTES, url_schemes=_SCHEMES | {"data"}, attribute_filter=_filter, **_COMMON)


def sanitize(html: str) -> str:
    """Return `html` without anything active, as a fragment: styles in front, tables, pictures and links kept.

    Pictures may come from http(s), ``cid:`` and ``data:image/``, links may lead to http(s), mailto and tel and open in
    a new tab without referrer. What exceeds `MAX_HTML` is cut off. Never fails; bounded in time and memory.
    """
    html = storable(html[:MAX_HTML])
    styles: list[str] = []
    html = _STYLE.sub(lambda match: styles.append(match[1]) or "" if match[1] else "", html)
    if _is_hostile(html):
        html = _normalised(html)
    if (start := _BODY.search(html)) and (tag := _BODY_TAG.match(html, start.start())):
        html = html[: tag.start()] + _body(tag) + html[tag.end() :]
    lowered = html.lower()
    cleaner = _demanding if "data:" in lowered or _BACKGROUND.search(lowered) else _simple
    cleaned = cleaner.clean(_few_entities(html))
    if len(cleaned) > 6 * len(html) + 100_000:  # the parser was tricked into repeating itself
        cleaned = cleaner.clean(_few_entities(_normalised(html)))
    if 'href="cid:' in cleaned or 'src="mailto:' in cleaned or 'src="tel:' in cleaned:
        cleaned = _WRONG_SCHEME.sub(r"\1\2", cleaned)
    if "&#" in html:
        cleaned = storable(cleaned)  # numbers of control characters are characters now
    if _BLANK.search(cleaned):
        cleaned = _ADDRESS.sub(_without_blanks, cleaned)
    sheet = css.clean_sheet("\n".join(styles)) if styles else ""
    return f"<style>{sheet}</style>{cleaned}" if sheet else cleaned


def _is_hostile(html: str) -> bool:
    """Whether a browser's way of parsing could take time or memory quadratic in the length of `html`."""
    tags = html.count("<")
    if tags > _PLAIN_TAGS:
        return True
    if any(len(_QUOTED.sub("", piece)) > _TAG_LENGTH for piece in html.split(">") if len(piece) > _TAG_LENGTH):
        return True
    if tags > 4 * _UNCLOSED:
        closings = _FORMATTING.findall(html)
        return len(closings) - 2 * closings.count("/") > _UNCLOSED
    return False


def _normalised(html: str) -> str:
    """Rewrite HTML with every element closed and none too deep (libxml2 stops at 256), in linear time."""
    html = "".join(_short_tags(html))
    parser = etree.HTMLParser(encoding="utf-8", recover=True, remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = etree.fromstring(html.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    return "" if root is None else etree.tostring(root, method="html", encoding="unicode")


def _without_blanks(match: re.Match) -> str:
    return f' {match[1]}="{match[2].strip().replace(chr(9), "").replace(chr(10), "")}"'


def _few_entities(html: str) -> str:
    """Replace entities by their characters where there are so many that the cleaner would take long, else cut.

    Of no-break spaces the same: those beyond a number become blanks.
    """
    if html.count("\xa0") > _UNBROKEN:
        *first, rest = html.split("\xa0", _UNBROKEN)
        html = "\xa0".join([*first, rest.replace("\xa0", " ")])
    if html.count("&") <= _ENTITIES:
        return html
    html = _ENTITY.sub(_character, html)
    return html if html.count("&") <= _ENTITIES else "&".join(html.split("&", _ENTITIES)[:_ENTITIES])


def _character(match: re.Match) -> str:
    character = unescape(match[0])
    return character if len(character) == 1 and character.isprintable() and character not in "&<>\"'=`" else match[0]


def _short_tags(html: str):
    """Yield `html` piece by piece without tags that bear thousands of attributes."""
    pieces = html.split(">")
    for index, piece in enumerate(pieces):
        mark = ">" if index < len(pieces) - 1 else ""
        if len(piece) > _TAG_LENGTH and len(_QUOTED.sub("", piece[piece.rfind("<") :])) > _TAG_LENGTH:
            yield piece[: piece.rfind("<")]
        else:
            yield piece + mark


def _body(match: re.Match) -> str:
    """Turn the body element, which a fragment has not, into an element that keeps its colours."""
    values = {}
    for name, *texts in _ATTRIBUTE.findall(match[1]):
        values.setdefault(name.lower(), next((text for text in texts if text), ""))
    style = ""
    if color := values.get("bgcolor"):
        style += f"background-color:{_color(color)};"
    if color := values.get("text"):
        style += f"color:{_color(color)};"
    style += values.get("style", "")
    attributes = f' style="{escape(style)}"' if style else ""
    if direction := values.get("dir"):
        attributes += f' dir="{escape(direction)}"'
    return f"<div{attributes}>" if attributes else ""


def _color(value: str) -> str:
    value = value.strip()
    if re.fullmatch(r"[0-9a-fA-F]{6}", value):
        return "#" + value
    return value if re.fullmatch(r"#?\w{1,30}|rgba?\([\d,.% ]{1,40}\)", value) else "inherit"


def has_remote_images(html: str) -> bool:
    """Whether sanitised `html` would load pictures from elsewhere."""
    # Most do not even have what is looked for by an expression that ignores case, which takes long.
    lowered = html.lower()
    return any(sign in lowered for sign in _SIGNS_OF_PICTURES) and bool(_REMOTE.search(html))
