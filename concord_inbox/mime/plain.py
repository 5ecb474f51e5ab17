"""The plain rendition of an email that is written in HTML, for readers who see that.

Other than `text.from_html`, which has to be quick over whatever strangers send, it knows what the editor writes:
numbered and nested lists, check lists, tables of data. One paragraph is one line; quotes bear ``>``.
"""

import re
import unicodedata

from . import fragments

MAX_HTML = 2 * 1024 * 1024  # characters
DEEPEST = 60  # elements within each other; below, only the words count
RULE = "-" * 30
TABLE_WIDTH = 72  # characters of rows that are set in columns

_BREAK = "\0"
_SPACES = re.compile(r"[ \t\r\n\f]+")
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "blockquote", "table", "pre", "hr"})
_BLOCKS = _PARAGRAPHS | frozenset(
    """address article aside body center caption dd details dir div dt fieldset figcaption figure footer form header
    html li main menu nav section summary tbody td tfoot th thead tr""".split()
)
_UNSEEN = frozenset({"script", "style", "title", "head", "template", "meta", "link"})
_PREFORMATTED = re.compile(r"white-space\s*:\s*(?:pre|break-spaces)", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)


def text_of(html: str) -> str:
    """Return the text of a fragment of HTML, its lines separated by ``\\n``; '' when there is none. Never fails.

    Links are followed by where they lead, pictures are their alternative texts. A signature is set off by ``-- `` where
    no quote follows it.
    """
    html = html[:MAX_HTML]
    root = fragments.parse(html)
    writer = _Writer(has_quote="concord_quote" in html)
    lines = writer.block(root, 0, False)
    while lines and not lines[0].strip():
        del lines[0]
    while lines and not lines[-1].strip():
        del lines[-1]
    return "\n".join(lines)


class _Writer:
    def __init__(self, has_quote: bool):
        self.has_quote = has_quote

    def block(self, element, depth: int, preformatted: bool) -> list[str]:
        """The lines of what is in `element`."""
        preformatted = preformatted or element.tag == "pre" or bool(_PREFORMATTED.search(element.get("style", "")))
        lines: list[str] = []
        words: list[str] = [element.text or ""]
        for child in element:
            if self._is_block(child, depth):
                _flush(lines, words, preformatted)
                self._append(lines, child, depth + 1, preformatted)
            else:
                words.append(self._inline(child, depth + 1))
            words.append(child.tail or "")
        _flush(lines, words, preformatted)
        return lines

    def _is_block(self, element, depth: int) -> bool:
        if not isinstance(element.tag, str) or depth > DEEPEST:
            return False
        return element.tag in _BLOCKS or any(descendant.tag in _BLOCKS for descendant in element.iterdescendants())

    def _append(self, lines: list[str], element, depth: int, preformatted: bool) -> None:
        tag = element.tag
        if _is_unseen(element):
            return
        names = element.get("class", "").split()
        is_paragraph = (tag in _PARAGRAPHS and not (tag in ("ul", "ol", "dl") and _in_list(element))) or (
            "concord_signature" in names or "concord_quote" in names
        )
        if is_paragraph and not _is_announced(element):
            _gap(lines)
        found = self._rendered(element, depth, preformatted)
        if tag == "p" and not any(line.strip() for line in found):
            return  # an empty paragraph is no more than the distance between two others
        lines += found
        if is_paragraph:
            _gap(lines)

    def _rendered(self, element, depth: int, preformatted: bool) -> list[str]:
        tag = element.tag
        if tag == "hr":
            return [RULE]
        if tag == "blockquote":
            return [_quoted(line) for line in _trimmed(self.block(element, depth, preformatted))]
        if tag in ("ul", "ol", "menu", "dir"):
            return self._list(element, depth, preformatted)
        if tag == "table":
            return self._table(element, depth, preformatted)
        lines = self.block(element, depth, preformatted)
        if tag == "dd":
            return [f"  {line}" if line else line for line in lines]
        if "concord_signature" in element.get("class", "").split():
            return self._signature(lines)
        return lines

    def _signature(self, lines: list[str]) -> list[str]:
        lines = _trimmed(lines)
        if lines and lines[0].strip() == "--":
            lines = _trimmed(lines[1:])
        if not lines:
            return []
        # Programs would take a quote that follows for a part of the signature.
        return lines if self.has_quote else ["-- ", *lines]

    def _list(self, element, depth: int, preformatted: bool) -> list[str]:
        lines: list[str] = []
        number = int(start) if re.fullmatch(r"\d{1,6}", start := element.get("start", "")) else 1
        for item in element:
            if item.tag != "li":
                if isinstance(item.tag, str):
                    lines += [f"  {line}" for line in self._rendered(item, depth, preformatted)]
                continue
            if re.fullmatch(r"\d{1,6}", value := item.get("value", "")):
                number = int(value)
            mark = f"{number}. " if element.tag == "ol" else "- "
            if "o_checklist" in element.get("class", ""):
                mark = "[x] " if "o_checked" in item.get("class", "") else "[ ] "
            number += 1
            first, *others = _trimmed(self.block(item, depth, preformatted)) or [""]
            if item.get("class") == "oe-nested" and not others and not first:
                continue
            lines.append((mark + first).rstrip())
            lines += [" " * len(mark) + line if line else line for line in others]
        return lines

    def _table(self, table, depth: int, preformatted: bool) -> list[str]:
        """Rows of cells where it holds data, else, for it only arranges things, one cell after the other."""
        rows = [
            [_trimmed(self.block(cell, depth, preformatted)) for cell in row if cell.tag in ("td", "th")]
            for row in table.iter("tr")
            if next(row.iterancestors("table")) is table
        ]
        cells = [cell for row in rows for cell in row]
        is_data = (
            max(map(len, rows), default=0) > 1
            and all(len(cell) <= 1 for cell in cells)
            and next(table.iterdescendants("table"), None) is None
        )
        caption = [line for found in table.iterchildren("caption") for line in self.block(found, depth, preformatted)]
        if not is_data:
            return caption + [line for cell in cells for line in cell]
        texts = [[cell[0] if cell else "" for cell in row] for row in rows]
        widths = [
            max(_width(row[column]) for row in texts if column < len(row)) for column in range(max(map(len, texts)))
        ]
        if sum(widths) + 3 * len(widths) > TABLE_WIDTH:
            widths = [0] * len(widths)
        return caption + [
            " | ".join(text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=False)).rstrip()
            for row in texts
        ]

    def _inline(self, element, depth: int) -> str:
        tag = element.tag
        if not isinstance(tag, str) or _is_unseen(element):
            return ""
        if tag == "br":
            return _BREAK
        if tag == "img":
            return element.get("alt", "").strip()
        if depth > DEEPEST:
            return element.text_content()
        inner = (element.text or "") + "".join(self._inline(child, depth + 1) + (child.tail or "") for child in element)
        return _with_target(inner, element.get("href", "").strip()) if tag == "a" else inner


def _with_target(shown: str, href: str) -> str:
    """A link's text and, unless that says it already, where the link leads."""
    bare = re.sub(r"^(?:mailto|tel):", "", href, flags=re.IGNORECASE)
    text = _SPACES.sub(" ", shown.replace(_BREAK, " ")).strip().rstrip("/")
    if not href or href.startswith("#") or text in (href.rstrip("/"), bare, href.partition("://")[2].rstrip("/")):
        return shown
    if not text:
        return shown  # a mere picture
    kept = shown.rstrip(" \n" + _BREAK)
    return f"{kept} <{bare}>{shown[len(kept) :]}"


def _flush(lines: list[str], words: list[str], preformatted: bool) -> None:
    text = "".join(words)
    words.clear()
    if preformatted:
        if text.strip("\n" + _BREAK) or _BREAK in text:
            lines += text.replace(_BREAK, "\n").removesuffix("\n").split("\n")
        return
    pieces = [_SPACES.sub(" ", piece).strip(" ") for piece in text.split(_BREAK)]
    if not pieces[-1]:
        pieces.pop()  # a break at the end of a block shows nothing
    lines += pieces


def _is_unseen(element) -> bool:
    return element.tag in _UNSEEN or bool(_HIDDEN.search(element.get("style", "")))


def _is_announced(element) -> bool:
    """Whether the line before a quote says whose words it is."""
    before = element.getprevious()
    return element.tag == "blockquote" and before is not None and "concord_attribution" in before.get("class", "")


def _in_list(element) -> bool:
    parent = element.getparent()
    return parent is not None and parent.tag == "li"


def _gap(lines: list[str]) -> None:
    if lines and lines[-1]:
        lines.append("")


def _trimmed(lines: list[str]) -> list[str]:
    start, end = 0, len(lines)
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return lines[start:end]


def _quoted(line: str) -> str:
    if not line:
        return ">"
    return f">{line}" if line.startswith(">") else f"> {line}"


def _width(text: str) -> int:
    """Columns on a screen."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
