"""Plain text: flowed lines joined, text made of HTML, and the first words that a human wrote."""

import html
import re

from . import announcing
from .clean import one_line, storable

SNIPPET = 200  # characters

# Of the sanitiser's output, which escapes < and > elsewhere. Tags that say nothing to a reader are taken out first:
# those that change the look only, ends that the next beginning implies, and pictures without a text.
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)([^<>]*)>")
_LOOKS = re.compile(
    r"</?(?:b|i|u|s|em|strong|font|span|small|big|sup|sub|code|tt|strike|bdo|bdi|wbr|col|colgroup|abbr|map|area"
    r"|ins|del|mark|time|cite|q|var|samp|kbd|acronym|details|summary|ruby|rt|rp"
    r"|tbody|thead|tfoot)\b[^<>]*>|</(?:td|th|tr|li|dt|dd)>|<img(?![^<>]* alt=\"[^\"])[^<>]*>"
)
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_MANY_BREAKS = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")
_STYLE = re.compile(r"<style[^>]*>.*?</style>", re.DOTALL | re.IGNORECASE)
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "blockquote", "table", "pre", "hr"})
_LINES = frozenset(
    {"div", "tr", "li", "dt", "dd", "center", "section", "article", "header", "footer", "caption", "address", "dir",
     "aside", "main", "nav", "figure", "figcaption", "thead", "tbody", "tfoot", "menu"}
)  # fmt: skip


def unflow(text: str, delsp: bool = False) -> str:
    """Join the lines of ``format=flowed`` text (RFC 3676) that belong together.

    :param delsp: the blank at the end of a flowed line is no part of the text (the parameter ``DelSp=yes``).
    """
    paragraphs: list[list[str]] = []
    open_depth = -1  # quote depth of the paragraph that goes on
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")  # a blank in front is stuffing
        signature = content == "-- "
        flowed = content.endswith(" ") and not signature
        kept = content[:-1] if flowed and delsp else content
        if open_depth == depth and not signature:
            paragraphs[-1].append(kept)
        else:
            paragraphs.append([">" * depth + " " if depth else "", kept])
        open_depth = depth if flowed else -1
    return "\n".join(map("".join, paragraphs))


def from_html(sanitised: str) -> str:
    """Make readable text of HTML that `html.sanitize` returned: links, pictures' texts and lists stay recognisable."""
    writer = _Writer()
    position = 0
    source = _LOOKS.sub("", _STYLE.sub("", sanitised) if "<style" in sanitised else sanitised)
    for match in _TAG.finditer(source):
        if match.start() > position:
            writer.text(source[position : match.start()])
        position = match.end()
        writer.tag(match[2], bool(match[1]), match[3])
    if position < len(source):
        writer.text(source[position:])
    return writer.result()


class _Writer:
    def __init__(self):
        self.lines: list[str] = []
        self.line: list[str] = []  # in pieces, none of them empty: of megabytes on one line no copy is made for each
        self.quotes = 0
        self.preformatted = 0
        self.links: list[tuple[str, int, int]] = []  # address, and at which line and piece its text begins
        self.cell = False

    def text(self, raw: str) -> None:
        text = html.unescape(raw) if "&" in raw else raw
        if self.preformatted:
            *whole, last = text.split("\n")
            for line in whole:
                self.add(line)
                self.end_line()
            self.add(last)
            return
        words = text.split()
        blank = not self.line or self.line[-1][-1] == " "
        if not words:
            if text and not blank:
                self.line.append(" ")
            return
        text = f"{' ' if text[0].isspace() else ''}{' '.join(words)}{' ' if text[-1].isspace() else ''}"
        if self.cell and not blank:
            self.line.append(" ")
            blank = True
        self.cell = False
        self.line.append(text[1:] if blank and text[0] == " " else text)

    def add(self, text: str) -> None:
        if text:
            self.line.append(text)

    def tag(self, name: str, closing: bool, attributes: str) -> None:
        if name == "br":
            self.end_line(force=True)
        elif name in _PARAGRAPHS:
            self.paragraph(name, closing)
        elif name in _LINES:
            self.end_line()
            if name == "li" and not closing:
                self.line = ["- "]
        elif name in ("td", "th"):
            self.cell = True
        elif name == "a":
            self.link(closing, attributes)
        elif name == "img" and not closing and (alt := dict(_ATTRIBUTE.findall(attributes)).get("alt", "").strip()):
            self.text(alt)

    def paragraph(self, name: str, closing: bool) -> None:
        self.end_line()
        if name == "blockquote" and closing:
            self.quotes = max(0, self.quotes - 1)
        self.blank_line()
        step = -1 if closing else 1
        if name == "blockquote" and not closing:
            self.quotes += 1
        elif name == "pre":
            self.preformatted = max(0, self.preformatted + step)
        elif name == "hr" and not closing:
            self.lines.append(self.prefix() + "-" * 30)
            self.blank_line()

    def link(self, closing: bool, attributes: str) -> None:
        if not closing:
            href = html.unescape(dict(_ATTRIBUTE.findall(attributes)).get("href", ""))
            self.links.append((href, len(self.lines), len(self.line)))
        elif self.links:
            href, lines, start = self.links.pop()
            shown = "".join(self.line[start:]).strip() if lines == len(self.lines) else ""
            bare = href.removeprefix("mailto:").removeprefix("tel:")
            # The target says nothing where it is the text itself, and nothing should stand after a mere picture.
            if (
                href
                and shown
                and shown.rstrip("/") not in (href.rstrip("/"), bare, href.partition("://")[2].rstrip("/"))
            ):
                while not (kept := self.line.pop().rstrip()):
                    pass
                self.line += (kept, f" <{bare}>")

    def prefix(self) -> str:
        return "> " * min(self.quotes, 20)

    def end_line(self, force: bool = False) -> None:
        line = "".join(self.line)
        if not self.preformatted:
            line = line.strip()
        if line or force or self.preformatted:
            self.lines.append((self.prefix() + line).rstrip())
        self.line = []
        self.cell = False

    def blank_line(self) -> None:
        prefix = self.prefix().rstrip()
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append(prefix)
        elif self.lines and len(prefix) < len(self.lines[-1]):
            self.lines[-1] = prefix

    def result(self) -> str:
        self.end_line()
        return _MANY_BREAKS.sub("\n\n", storable("\n".join(self.lines))).strip("\n")


# Newsletters pad their first words with characters that nobody sees, so that nothing else shows in a list of emails.
# Two of them join letters in some scripts and pictures: they count only beside a blank or another one.
_PADDING = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u206a-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffc]+"
)
_JOINERS = re.compile("[\u200c\u200d]+(?=[\\s\u200c\u200d]|$)|(?<=\\s)[\u200c\u200d]+|^[\u200c\u200d]+")
_QUOTED = re.compile(r"^\s*(?:[>|]|[A-Za-z]{1,3}>)")
_RULE = re.compile(r"^[\s!-/:-@\[-`{-~\u2010-\u2015\u2500-\u257f\u2022\u00b7\u25cf\u2605]*$")
# What newsletters put before their first words.
_BROWSER = re.compile(
    r"""^\W*(?:[^?]{1,90}\?\W*)?(?:(?:if\ |can't\ |cannot\ |can’t\ |having\ |trouble\ |problems\ |not\ ).{0,60})?(?:
    (?:view|read|see|open|click\ here\ to\ view|display)\ (?:this\ |the\ |it\ |your\ )?
        (?:e-?mail|message|newsletter|mailing|version)?\ ?(?:in|on|as|with)\ (?:your|a|the|my)?
        \ ?(?:web\ ?)?(?:browser|web\ ?page|website|online)
    | view\ (?:it\ |this\ (?:e-?mail|message|newsletter)\ )?online
    | view\ (?:online|web|in\ browser|web\ version|as\ (?:a\ )?web\ ?page) | web\ ?version | online[-\ ]?version
    | (?:im|in\ ihrem|in\ deinem)\ (?:web)?browser\ (?:ansehen|anzeigen|öffnen|lesen|betrachten)
    | .{0,50}(?:online|webversion|online-version|browser)\ (?:ansehen|anzeigen|öffnen|lesen)
    | (?:voir|afficher|lire|visualiser)\ .{0,40}(?:navigateur|en\ ligne)
    | (?:ver|leer|visualizar)\ .{0,40}(?:navegador|en\ línea|online)
    | (?:visualizza|apri|leggi|vedi)\ .{0,40}(?:browser|online)
    | (?:bekijk|lees|open)\ .{0,40}(?:browser|online|webversie)
    | (?:wyświetl|zobacz|otwórz)\ .{0,40}(?:przeglądarce|online)
    | (?:visa|se|öppna|vis|åbn|åpne)\ .{0,40}(?:webbläsare\w*|browser\w*|nettleser\w*|online)
    | (?:открыть|посмотреть|просмотреть)\ .{0,40}браузере
    )\W*(?:<[^<>]*>)?\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
#: Without one of these no line is of that kind: looked for once in all, which is much faster than a pattern.
_BROWSER_HINTS = ("browser", "online", "web", "naviga", "navega", "en ligne", "línea", "przegl", "nettles", "браузер")
_ARMOUR = ("-----BEGIN PGP SIGNED MESSAGE-----", "Hash: SHA", "Hash: MD5", "Hash: RIPEMD")


def snippet(text: str) -> str:
    """Return the first words of `text` that its author wrote, on one line of up to `SNIPPET` characters.

    Quotes, what announces them, rules and invisible padding are passed over, unless nothing else is there.
    """
    beginning = text[:2000]
    own = _own(beginning)
    if len(own) < SNIPPET and len(text) > 2000:
        beginning = text[:20_000]
        own = _own(beginning)
    words = _visible(own) or _visible(" ".join(line.lstrip("> |") for line in beginning.split("\n")))
    if len(words) <= SNIPPET:
        return words
    cut = words[:SNIPPET]
    shorter = cut.rpartition(" ")[0]
    return (shorter if len(shorter) > SNIPPET // 2 else cut).rstrip() + "…"


def _visible(text: str) -> str:
    if not text.isascii():
        text = _JOINERS.sub("", _PADDING.sub("", text))
    return one_line(text, SNIPPET * 4)


def _own(text: str) -> str:
    return one_line(" ".join(_own_lines(text.split("\n"), _has_hint(text))), SNIPPET * 4)


def _has_hint(text: str) -> bool:
    lowered = text.lower()
    for hint in _BROWSER_HINTS:  # noqa: SIM110 any() takes twice the time
        if hint in lowered:
            return True
    return False


def _own_lines(lines: list[str], has_hints: bool) -> list[str]:
    own: list[str] = []
    length = 0
    index = 0
    while index < len(lines) and length < SNIPPET * 2:
        line = lines[index].strip()
        index += 1
        if not line or (line != "--" and _is_decoration(line)):
            continue
        following = lines[index].strip() if index < len(lines) else ""
        if (
            line == "--"
            or (line[0] in "-_*=bB" and announcing.is_separator(line))
            or (":" in line and announcing.is_header(line) and announcing.is_header(following))
        ):
            # What follows is another email, quoted whole, or a signature.
            if own:
                break
            while index < len(lines) and announcing.is_header(lines[index].strip()):
                index += 1
            continue
        if has_hints and len(line) < 400 and _has_hint(line) and _BROWSER.match(line):
            continue
        if line[-1] in ":：" and (following.startswith(">") or announcing.is_attribution(line)):
            continue
        if (
            following.endswith((":", "："))
            and announcing.begins_attribution(line)
            and announcing.is_attribution(f"{line} {following}")
        ):
            index += 1
            continue
        own.append(line)
        length += len(line)
    return own


def _is_decoration(line: str) -> bool:
    """Whether a line says nothing of its own: a quote, a rule, the frame of a signed text."""
    if ">" in line[:4] and _QUOTED.match(line):
        return True
    if line.startswith(_ARMOUR):
        return True
    return not line[0].isalnum() and bool(_QUOTED.match(line) or _RULE.match(line))
