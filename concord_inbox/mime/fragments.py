"""Fragments of HTML taken apart and put together again: what the editor and the sanitiser write, no stranger's."""

from html import escape

from lxml import etree
from lxml import html as lxml_html

from .clean import storable

# Below 256 levels the parser drops what it reads, unless told so; long conversations come that deep.
_PARSER = lxml_html.HTMLParser(huge_tree=True, remove_comments=True, remove_pis=True)


def parse(html: str):
    """Return an element that holds the fragment. Comments are left out."""
    html = storable(html)
    if not html.strip():
        return lxml_html.Element("div")
    return lxml_html.fragment_fromstring(html, create_parent="div", parser=_PARSER)


def inner(element) -> str:
    """Return the HTML of what is in `element`."""
    pieces = [escape(element.text, quote=False) if element.text else ""]
    pieces += [etree.tostring(child, method="html", encoding="unicode") for child in element]
    return "".join(pieces)


def outer(element) -> str:
    """Return the HTML of `element` without what follows it."""
    return etree.tostring(element, method="html", encoding="unicode", with_tail=False)


def remove(element) -> None:
    """Take `element` out of its parent; the text that follows it stays."""
    element.drop_tree()


def has_content(element) -> bool:
    """Whether there is anything to see in `element`: text, a picture, a rule, a table."""
    if "".join(element.itertext(with_tail=True)).strip("\u200b\ufeff \t\r\n\f\u00a0"):
        return True
    return next(element.iter("img", "hr", "table"), None) is not None


def classes(element) -> list[str]:
    """The names in its attribute ``class``."""
    return (element.get("class") or "").split()
