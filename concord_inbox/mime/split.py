"""A body taken apart: what was written, the signature, the quote below; also of drafts of other programs."""

import re
from html import escape

from . import fragments, quoting
from .quoting import QUOTE, SIGNATURE

_STYLE = re.compile(r"^\s*(?:<style>.*?</style>\s*)+", re.DOTALL)


def split_quote(html: str) -> tuple[str, str]:
    """Split a body into what was written and the quote that ends it.

    Finds our own quote and those of Gmail, Outlook, Apple Mail, Thunderbird, Yahoo and Proton. A quote with something
    written below it or between it is left where it is.

    :return: the body, and the quote or ''. Put together they are the whole.
    """
    style = found.end() if (found := _STYLE.match(html)) else 0
    root = fragments.parse(html[style:])
    for element in root.iterdescendants():
        if not isinstance(element.tag, str):
            continue
        if _begins_rest(element):
            quote = _rest(root, element)
            return html[:style] + fragments.inner(root), quote
        if _holds_quote(element):
            last = _last_of_quote(element)
            if _is_followed(root, last):
                return html, ""
            quote = _rest(root, element)
            return html[:style] + fragments.inner(root), quote
    return html, ""


def split_signature(html: str) -> tuple[str, str]:
    """Return a body without its signature, and what the signature was ('' for none)."""
    root = fragments.parse(html)
    element = _signature(root)
    if element is None:
        return html, ""
    signature = fragments.inner(element)
    fragments.remove(element)
    return fragments.inner(root), signature


def replace_signature(html: str, signature_html: str) -> str:
    """Return a body with another signature in the place of the one it has, or above the quote, or at the end.

    :param signature_html: '' to remove it.
    """
    root = fragments.parse(html)
    element = _signature(root)
    new = fragments.parse(signature_html)
    new.set("class", SIGNATURE)
    if element is not None:
        if not signature_html.strip():
            fragments.remove(element)
        else:
            new.tail = element.tail
            element.getparent().replace(element, new)
        return fragments.inner(root)
    if not signature_html.strip():
        return html
    quote = next((child for child in root.iterdescendants() if QUOTE in fragments.classes(child)), None)
    if quote is None:
        root.append(new)
    else:
        quote.addprevious(new)
    return fragments.inner(root)


def _signature(root):
    """The signature that is no part of a quote."""
    for element in root.iterdescendants():
        if SIGNATURE in fragments.classes(element) and not any(map(_holds_quote, element.iterancestors())):
            return element
    return None


def _begins_rest(element) -> bool:
    return quoting.begins_rest(element.tag, element.get("id") or "", element.get("style") or "")


def _holds_quote(element) -> bool:
    if not isinstance(element.tag, str):
        return False
    return quoting.holds_quote(element.tag, fragments.classes(element), element.get("type") or "")


def _last_of_quote(element):
    """The blockquote that belongs to an attribution which stands beside it."""
    if quoting.is_prefix(fragments.classes(element)):
        following = element.getnext()
        if following is not None and following.tag == "blockquote":
            return following
    return element


def _is_followed(root, element) -> bool:
    """Whether anything that can be seen comes after `element`."""
    while element is not root:
        if (element.tail or "").strip("\u200b\ufeff \t\r\n\f\u00a0"):
            return True
        if any(fragments.has_content(sibling) for sibling in element.itersiblings() if isinstance(sibling.tag, str)):
            return True
        element = element.getparent()
    return False


def _rest(root, element) -> str:
    """Take `element` and all that follows it out of `root`; return it, within copies of the elements it was in."""
    carried = [element, *element.itersiblings()]
    parent = element.getparent()
    for child in carried:
        parent.remove(child)  # with the text behind it
    while parent is not root:
        shell = parent.makeelement(parent.tag, dict(parent.attrib))
        shell.extend(carried)
        shell.tail, parent.tail = parent.tail, None
        siblings = list(parent.itersiblings())
        carried = [shell, *siblings]
        parent = parent.getparent()
        for child in siblings:
            parent.remove(child)
    return "".join(fragments.outer(child) + escape(child.tail or "", quote=False) for child in carried)
