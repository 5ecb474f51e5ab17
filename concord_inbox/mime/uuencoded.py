"""Files that programs of old wrote into the text of an email (uuencode), taken out of it.

yEnc, which belongs to Usenet, is left as it is.
"""

import re
from collections.abc import Sequence

from . import charsets
from .clean import one_line
from .transfer import decode_uu_lines

MAX_FILES = 100

_BEGIN = re.compile(rb"^begin[ \t]+[0-7]{3,4}[ \t]+([^\r\n]{1,500})\r?\n", re.MULTILINE)
_END = (b"", b"`", b"end")


def split(text: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Take the files out of a text.

    What begins like a file and is none stays text: each line must be as long as its first character says, and the last
    one be ``end`` or the end of the text.

    :return: the rest of the text, and name and content of each file.
    """
    rest: list[bytes] = []
    files: list[tuple[str, bytes]] = []
    position = start = 0
    while len(files) < MAX_FILES and (begin := _BEGIN.search(text, position)):
        lines, end = _lines(text, begin.end())
        position = end
        if not lines:
            continue
        rest.append(text[start : begin.start()])
        start = end
        files.append((one_line(charsets.decode(begin[1].strip())[0]), b"".join(decode_uu_lines(lines))))
    return b"".join((*rest, text[start:])), files


def _lines(text: bytes, position: int) -> tuple[Sequence[bytes], int]:
    """The encoded lines from `position` on, none if that is no file, and where the text goes on."""
    lines: list[bytes] = []
    while position < len(text):
        end = text.find(b"\n", position) + 1 or len(text)
        line = text[position:end].rstrip(b"\r\n")
        if line.strip() in _END:
            if line.strip() == b"end":
                return lines, end
        elif _is_encoded(line):
            lines.append(line)
        else:
            # Something else stands where the file should end.
            return (), position
        position = end
    return lines, position


def _is_encoded(line: bytes) -> bool:
    """Whether a line may be one of a file; blanks at its end may have got lost, and some programs add a check."""
    if not 0x20 < line[0] <= 0x60 or not 0x20 <= min(line) <= max(line) <= 0x60:
        return False
    return 2 <= len(line) <= ((line[0] - 32 & 63) + 2) // 3 * 4 + 3
