"""Files that come wrapped in others: winmail.dat, and files within the text."""

from . import attachments, tnef
from .bounds import Budget, Cut
from .content import Content, size
from .headers import Headers
from .structure import Part


def is_wrapped(part: Part) -> bool:
    """Whether a file is a winmail.dat, by its type or its name."""
    if part.mimetype in tnef.TYPES:
        return True
    return part.mimetype == "application/octet-stream" and attachments.declared_name(part).lower() == "winmail.dat"


def unwrapped(part: Part, defects: list[str], budget: Budget) -> tuple[list[Part], Part | None]:
    """Return the files in a winmail.dat, and its text as a part.

    One that is broken or too large, or for which no time is left, is the file itself; `defects` says so.
    """
    if budget.is_spent:
        defects.append(Cut("no time left for a winmail.dat"))
        return [part], None
    if size(part.content) > tnef.MAX_SIZE:
        defects.append(Cut(f"winmail.dat of {size(part.content)} bytes not unpacked"))
        return [part], None
    try:
        found = tnef.unpack(bytes(part.content))
    except tnef.BrokenError:
        defects.append("winmail.dat that cannot be read")
        return [part], None
    files = [file(part, one.name, one.content, one.mimetype, one.content_id) for one in found.files]
    if found.defect:
        # What could not be had is in it, perhaps.
        defects.append(found.defect)
        files.append(part)
    text = found.html or found.text
    if not text.strip():
        return files, None
    mimetype = "text/html" if found.html else "text/plain"
    return files, Part(mimetype, {"charset": "utf-8"}, Headers([]), content=text.encode())


def file(beside: Part, name: str, content: bytes | Content, mimetype: str = "", content_id: str = "") -> Part:
    """Make a file of what was found in `beside`, of which it has the charset of its headers."""
    headers = Headers([], beside.headers.charset)
    return Part(
        mimetype if "/" in mimetype else "application/octet-stream",
        {},
        headers,
        "attachment",
        {"filename": name},
        content,
        given_id=content_id,
    )
