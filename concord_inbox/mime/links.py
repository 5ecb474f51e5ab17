"""Links of a stranger: where they really lead is told, and pointed out where they say something else."""

import re
from html import escape, unescape
from urllib.parse import urlsplit

# Of the sanitiser's output: links are closed, and never within each other.
_LINK = re.compile(r"<a\b([^<>]*)>(.*?)</a>", re.DOTALL)
_AREA = re.compile(r"<area\b([^<>]*)>")
_HREF = re.compile(r'\shref="([^"]*)"')
_TITLE = re.compile(r'(<[a-z][^<>]*?)\stitle="[^"]*"')
_OWN_TITLE = re.compile(r'\stitle="[^"]*"')
_TAG = re.compile(r"<[^<>]*>")
_HOST = r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}"
#: A text that is an address of a page, or begins as only such do.
_SHOWN = re.compile(rf"(?:https?://(?:[^\s/@]+@)?|^(?:www\.)?)({_HOST})(?::\d+)?(?=[/?#\s]|$)", re.IGNORECASE)
_SHOWN_ALONE = re.compile(rf"^(?:https?://)?(?:[^\s/@]+@)?({_HOST})(?::\d+)?(?:[/?#]\S*)?$", re.IGNORECASE)
_EMAIL = re.compile(r"^[\w.+-]{1,64}@([\w-]{1,63}(?:\.[\w-]{1,63})+)$")


def told(html: str, leads_to: str) -> str:
    """Return sanitised `html` in which each link has its true address as its title.

    :param leads_to: words with ``%s`` for a host, put behind a link whose text is an address of somewhere else.
    """
    html = _AREA.sub(lambda match: f"<area{_titled(match[1])}>", html)

    def link(match: re.Match) -> str:
        # What is within a link must not tell another address when the mouse is over it.
        inner = _TITLE.sub(r"\1", match[2])
        whole = f"<a{_titled(match[1])}>{inner}</a>"
        target = _target(match[1])
        if target and (host := misleading(unescape(_TAG.sub("", inner)).strip(), target)):
            whole += f' <span class="concord-leads">⚠ {escape(leads_to % host)}</span>'
        return whole

    return _LINK.sub(link, html)


def misleading(shown: str, target: str) -> str:
    """Return the host (or the address) that a link leads to if its text names another one, else ''."""
    if target[:7].lower() == "mailto:":
        address = target[7:].partition("?")[0].strip()
        return address if _EMAIL.match(shown) and address.lower() != shown.lower() else ""
    host = host_of(target)
    if not host or len(shown) > 2000 or _EMAIL.match(shown):
        return ""
    found = _SHOWN_ALONE.match(shown) or (_SHOWN.search(shown) if "://" in shown[:200] else None)
    if not found:
        return ""
    named = _ascii(found[1])
    return "" if _is_of(named, host) or _is_of(host, named) else host


def host_of(url: str) -> str:
    """Return the host of an address as the network knows it, in which no letter can look like another one's."""
    try:
        return _ascii(urlsplit(url).hostname or "")
    except ValueError:
        return ""


def _is_of(host: str, domain: str) -> bool:
    domain = domain.removeprefix("www.")
    return host == domain or host.endswith(f".{domain}")


def _ascii(host: str) -> str:
    host = host.lower().rstrip(".")
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _target(attributes: str) -> str:
    return unescape(found[1]) if (found := _HREF.search(attributes)) else ""


def _titled(attributes: str) -> str:
    target = _target(attributes)
    if not target:
        return attributes
    host = host_of(target)
    told = target if host.isascii() and target.isascii() else f"{target} ({host})" if host else target
    return f'{_OWN_TITLE.sub("", attributes)} title="{escape(told)}"'
