"""Words that were searched for, marked in the page that shows an email."""

import re
from html import escape

from . import words

# Of the sanitiser's output, which escapes < and > elsewhere. What stands between is text.
_NO_TEXT = re.compile(r"<style\b.*?</style>|<[^<>]*>|&(?:#\d+|#x[0-9a-f]+|\w+);", re.DOTALL | re.IGNORECASE)


def marked(html: str, beginnings: frozenset[str]) -> str:
    """Return sanitised `html` with `<mark>` around the words of its text that begin with one of `beginnings`.

    A word that is divided by a tag or has an escaped character is not recognised.
    """
    if not beginnings:
        return html
    out = []
    position = 0
    for match in _NO_TEXT.finditer(html):
        out += (_text(html[position : match.start()], beginnings), match[0])
        position = match.end()
    out.append(_text(html[position:], beginnings))
    return "".join(out)


def _text(text: str, beginnings: frozenset[str]) -> str:
    if not text:
        return ""
    # A lone < or > of the text stays what it was: words have neither.
    return "".join(
        f"<mark>{escape(piece)}</mark>" if found else piece for piece, found in words.pieces(text, beginnings)
    )
