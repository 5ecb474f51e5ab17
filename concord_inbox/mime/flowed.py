"""Plain text in lines that readers may flow (``format=flowed``, RFC 3676), written. `text.unflow` reads it.

Without ``DelSp``: lines end at blanks only, so a reader that knows nothing of all this sees no blank too many.
"""

import re

WIDTH = 72  # characters of a line, its quote marks counted

_QUOTE = re.compile(r"((?:> ?)*>)( ?)(.*)", re.DOTALL)
_SIGNATURE = "-- "


def flow(text: str) -> str:
    """Return `text`, whose paragraphs are one line each, in lines of up to `WIDTH` characters where it has blanks.

    :param text: lines end in ``\\n``; those that begin with ``>`` are quotes, as deep as they have such marks.
    """
    return "\n".join(line for paragraph in text.split("\n") for line in _lines(paragraph))


def _lines(paragraph: str) -> list[str]:
    marks, content = "", paragraph
    if match := _QUOTE.fullmatch(paragraph):
        marks, content = match[1].replace(" ", ""), match[3]
    if content != _SIGNATURE:
        content = content.rstrip(" ")  # or the paragraph would flow into the next
    pieces = _pieces(content, WIDTH - len(marks) - 1)
    if marks:
        return [f"{marks} {piece}" if piece else marks for piece in pieces]
    return [f" {piece}" if piece.startswith((" ", ">", "From ")) else piece for piece in pieces]


def _pieces(content: str, width: int) -> list[str]:
    """Cut before words; the blanks stay at the end of the line, which says that it goes on."""
    if len(content) <= width or content == _SIGNATURE:
        return [content]
    pieces = [""]
    for word in re.findall(r"^ *[^ ]+ *|[^ ]+ *", content):
        is_full = len(pieces[-1]) + len(word.rstrip(" ")) > max(width, 20)
        # A line "-- " alone would begin a signature.
        if pieces[-1] and is_full and pieces[-1] != _SIGNATURE:
            pieces.append("")
        pieces[-1] += word
    return pieces
