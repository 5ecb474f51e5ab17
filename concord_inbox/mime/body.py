"""Of a tree of parts: what is read, and what is kept as a file."""

import re
from dataclasses import dataclass, field
from html import escape, unescape
from urllib.parse import unquote

from . import attachments, charsets, html, locations, text, unwrap, uuencoded
from .bounds import SPARE, Budget, Cut
from .clean import storable
from .content import head, size
from .structure import Part
from .types import Attachment

MAX_TEXT = 2 * 1024 * 1024  # characters
MAX_CONTENT = 4 * 1024 * 1024  # bytes of one part that are shown

_META_CHARSET = re.compile(rb"<meta\b[^<>]{0,300}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!doctype\s+html\b|<html\b[^<>]*>\s*<(?:head|body|title|meta)\b)", re.IGNORECASE
)
_CID = re.compile(r"\bcid:([^\s\"'<>()]{1,500})", re.IGNORECASE)
#: Text that is another rendition of what is shown anyway.
_RENDITIONS = frozenset({"text/x-amp-html", "text/watch-html", "text/enriched", "text/richtext"})
_ENRICHED = re.compile(r"<param>.{0,500}?</param>|<[^<>]{1,60}>", re.DOTALL | re.IGNORECASE)


@dataclass(slots=True)
class Block:
    """A piece of the body in one or two renditions; None where it has not that one. `html` is sanitised."""

    text: str | None = None
    html: str | None = None


@dataclass(slots=True)
class Body:
    """What was made of the parts."""

    text: str = ""
    html: str = ""
    attachments: list[Attachment] = field(default_factory=list)


def read(root: Part, defects: list[str], budget: Budget | None = None) -> Body:
    """Choose the text and the files of a message; what is odd is appended to `defects`."""
    reader = _Reader(defects, budget or Budget(), locations.of(root))
    blocks = reader.blocks(root, first=True)
    if any(unwrap.is_wrapped(part) for part in reader.files):
        blocks = reader.unwrapped(blocks)
    body = Body(html=_joined_html(blocks))
    body.text = "\n\n".join(piece for block in blocks if (piece := reader.plain(block)).strip()).strip("\n").rstrip()
    if len(body.text) > MAX_TEXT:
        defects.append(Cut(f"text of {len(body.text)} characters cut"))
        body.text = body.text[:MAX_TEXT]
    for number, part in enumerate(reader.files, 1):
        inline = bool(part.content_id) and (part.content_id in reader.cids or part.content_id.lower() in reader.cids)
        body.attachments.append(attachments.attachment(part, number, inline))
    return body


def _says_something(page: str) -> bool:
    return "<img" in page or bool(text.from_html(page).strip())


def _words(text: str | None) -> str:
    return "".join((text or "").split())


def _joined_html(blocks: list[Block]) -> str:
    """Join the renditions as HTML; '' when none of the blocks is HTML."""
    if not any(block.html for block in blocks):
        return ""
    pieces = []
    for block in blocks:
        if block.html is not None:
            pieces.append(block.html)
        elif block.text:
            pieces.append(f'<div style="white-space:pre-wrap">{escape(block.text)}</div>')
    return "\n".join(pieces)


class _Reader:
    def __init__(self, defects: list[str], budget: Budget, pictures: locations.Pictures | None):
        self.defects = defects
        self.budget = budget
        self.pictures = pictures
        self.files: list[Part] = []
        self.cids: set[str] = set()
        self.shown = 0
        self.spare = {"HTML": SPARE, "text made of HTML": SPARE}

    def blocks(self, part: Part, first: bool) -> list[Block]:
        """Return what `part` has to show, in order, and take note of its files.

        :param first: nothing before it has been shown: a text with a name is the body then, not a file.
        """
        if part.children is None:
            return self._leaf(part, first)
        if part.mimetype == "multipart/alternative":
            return self._alternative(part, first)
        if part.mimetype == "multipart/related":
            return self._related(part, first)
        found: list[Block] = []
        for child in part.children:
            if part.mimetype == "multipart/digest" and child.mimetype == "message/rfc822":
                self.files.append(child)
                continue
            found += self.blocks(child, first and not found)
        return found

    def _leaf(self, part: Part, first: bool) -> list[Block]:
        if not self._is_body(part, first):
            if part.content or attachments.declared_name(part):
                self.files.append(part)
            return []
        if part.mimetype == "text/html":
            return [Block(html=self._html(part))]
        if self._is_html(part) and _says_something(page := self._html(part)):
            return [Block(html=page)]
        self._take_out_files(part)
        content = self._decoded(part)
        if part.mimetype in _RENDITIONS:
            content = unescape(_ENRICHED.sub("", content))
        elif part.params.get("format", "").lower() == "flowed":
            content = text.unflow(content, part.params.get("delsp", "").lower() == "yes")
        self.shown += len(content)
        if self.shown > MAX_TEXT:
            self._keep_whole(part)
        return [Block(text=content)]

    def plain(self, block: Block) -> str:
        """The text of a block; of one that is HTML alone it is made."""
        if block.text is None:
            page = self._affordable("text made of HTML", block.html or "")
            # Not within a tag.
            block.text = text.from_html(page if page == block.html else page[: page.rfind(">") + 1])
        return block.text

    def _affordable(self, what: str, source: str) -> str:
        """As much of `source` as there is time for: all, or once the time is over a little that all share."""
        if not self.budget.is_spent or not source:
            return source
        kept = source[: self.spare[what]]
        self.spare[what] -= len(kept)
        if len(kept) < len(source):
            self.defects.append(Cut(f"no time left for {what}"))
        return kept

    def unwrapped(self, blocks: list[Block]) -> list[Block]:
        """Have in place of each winmail.dat the files in it, and its text where there is no other."""
        files, self.files = self.files, []
        for part in files:
            if not unwrap.is_wrapped(part):
                self.files.append(part)
                continue
            found, inner = unwrap.unwrapped(part, self.defects, self.budget)
            self.files += found
            if inner and not any(self.plain(block).strip() for block in blocks):
                blocks = [*blocks, *self._leaf(inner, True)]
        return blocks

    @staticmethod
    def _is_html(part: Part) -> bool:
        """Whether a plain text is a page of HTML, sent under the wrong name."""
        return (
            part.mimetype == "text/plain"
            and not attachments.declared_name(part)
            and bool(_PAGE.match(head(part.content, 1000)))
        )

    def _take_out_files(self, part: Part) -> None:
        """Make files of what is uuencoded within a text; what is cut anyway stays whole."""
        if part.mimetype != "text/plain" or size(part.content) > MAX_CONTENT or self.budget.is_spent:
            return
        content = bytes(part.content)
        if b"begin " not in content:
            return
        rest, found = uuencoded.split(content)
        if found:
            part.content = rest
            self.files += [unwrap.file(part, name, data) for name, data in found]

    @staticmethod
    def _is_body(part: Part, first: bool) -> bool:
        if part.disposition == "attachment" or part.mimetype not in ("text/plain", "text/html", *_RENDITIONS):
            return False
        return first or not attachments.declared_name(part)

    def _alternative(self, part: Part, first: bool) -> list[Block]:
        """The last rendition that is HTML and the first that is plain; the rest of them are files or nothing.

        Without HTML all that is plain: what one of them says and the others do not would be lost.
        """
        others: list[Block] = []
        plain: list[Block] = []
        rich: list[Block] = []
        for child in part.children:
            if child.children is None and child.mimetype in _RENDITIONS and (plain or rich):
                continue
            blocks = self.blocks(child, first)
            if any(block.html is not None for block in blocks):
                rich = blocks
            elif any((block.text or "").strip() for block in blocks):
                plain, others = (plain, others + blocks) if plain else (blocks, others)
        if others and not rich:
            known = {_words(block.text) for block in plain}
            plain += [block for block in others if _words(block.text) not in known]
        words = "\n\n".join(block.text or "" for block in plain) if plain else None
        if not rich:
            return [Block(text=words)] if plain else []
        return [Block(text=words, html=_joined_html(rich) or None)]

    def _related(self, part: Part, first: bool) -> list[Block]:
        """The root and what it refers to (RFC 2387); texts beside the root without a name are renditions of it."""
        start = part.params.get("start", "").strip("<>")
        root = next((child for child in part.children if start and child.content_id == start), None)
        children = [root, *(child for child in part.children if child is not root)] if root else part.children
        texts: list[Part] = []
        for child in children:
            named = child.children is None and (attachments.declared_name(child) or child.disposition == "attachment")
            if child.children is not None or (child.mimetype in ("text/plain", "text/html") and not (named and texts)):
                texts.append(child)
            else:
                self.files.append(child)
        kinds = {child.mimetype for child in texts}
        if len(texts) == 2 and kinds == {"text/plain", "text/html"}:
            return self._alternative(Part("multipart/alternative", {}, part.headers, children=texts), first)
        found: list[Block] = []
        for child in texts:
            found += self.blocks(child, first and not found)
        return found

    def _html(self, part: Part) -> str:
        declared = part.params.get("charset", "")
        if not charsets.codec_of(declared) and (meta := _META_CHARSET.search(head(part.content, 4096))):
            declared = meta[1].decode("ascii")
        whole = self._decoded(part, declared)
        if (source := self._affordable("HTML", whole)) != whole:
            self._keep_whole(part)
        if self.pictures and not self.budget.is_spent:
            source = self.pictures.named(source, part)
        if len(source) > html.MAX_HTML:
            self.defects.append(Cut(f"HTML of {len(source)} characters cut"))
            self._keep_whole(part)
        for cid in _CID.findall(source) if "cid:" in source or "CID:" in source else ():
            self.cids |= {unescape(cid), unquote(unescape(cid)), unescape(cid).lower()}
        return html.sanitize(source)

    def _decoded(self, part: Part, declared: str | None = None) -> str:
        declared = part.params.get("charset", "") if declared is None else declared
        content = part.content
        if size(content) > MAX_CONTENT:
            self.defects.append(Cut(f"{part.mimetype} of {size(content)} bytes cut"))
            self._keep_whole(part)
            content = head(content, MAX_CONTENT)
            # Not within a character, as far as lines tell.
            content = content[: content.rfind(b"\n", MAX_CONTENT - 4096) + 1 or MAX_CONTENT]
        decoded, defect = charsets.decode(bytes(content), declared, self.budget.is_spent)
        if defect:
            self.defects.append(defect)
        return storable(decoded)

    def _keep_whole(self, part: Part) -> None:
        """What is cut where it is shown is a file besides."""
        if all(part is not kept for kept in self.files):
            self.files.append(part)
