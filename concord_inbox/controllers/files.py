"""The files of an email, all at once."""

import zipfile

from odoo import http
from odoo.exceptions import AccessError
from odoo.http import request

from . import pages

STEP = 256 * 1024  # bytes


class InboxFiles(http.Controller):
    @http.route(
        "/concord_inbox/message/<int:message_id>/files.zip", type="http", auth="user", methods=["GET"], readonly=True
    )
    def files(self, message_id):
        """Return all files of an email in an archive, which is made while it is sent: no file is in memory whole."""
        message = pages.readable(message_id)
        try:
            attachments = message.file_ids.sorted("id")
            attachments.check_access("read")
        except AccessError:
            raise request.not_found() from None
        if not attachments:
            raise request.not_found()
        names = unique_names(attachments.mapped("name"))
        # The database is not asked any more once the answer has begun.
        sources = [(name, _pieces(one)) for name, one in zip(names, attachments, strict=True)]
        return pages.download(zipped(sources), f"{pages.stem(message.subject) or 'files'}.zip", "application/zip")


def _pieces(attachment):
    """What yields the content of an attachment when it is called."""
    if attachment.store_fname:
        path = attachment._full_path(attachment.store_fname)
        return lambda: _read(path)
    raw = attachment.raw or b""
    return lambda: iter((raw,))


def _read(path):
    with open(path, "rb") as file:
        while piece := file.read(STEP):
            yield piece


def unique_names(names):
    """Return the names, with a number where one occurs twice, and none that leads out of a folder."""
    taken, found = set(), []
    for given in names:
        name = (given or "").replace("/", "_").replace("\\", "_").lstrip(".") or "file"
        stem, dot, suffix = name.rpartition(".")
        number = 2
        unique = name
        while unique.lower() in taken:
            unique = f"{stem} ({number}).{suffix}" if dot and stem else f"{name} ({number})"
            number += 1
        taken.add(unique.lower())
        found.append(unique)
    return found


class _Passage:  # pylint: disable=method-required-super
    """Where an archive is written to, and taken from at once."""

    def __init__(self):
        self._waiting = []

    def write(self, data):
        self._waiting.append(bytes(data))
        return len(data)

    def flush(self):
        """Nothing is held back."""

    def taken(self):
        waiting, self._waiting = b"".join(self._waiting), []
        return waiting


def zipped(sources):
    """Yield an archive in pieces.

    :param sources: for each file its name and what yields its content when it is called.
    """
    passage = _Passage()
    # Not compressed: most of what is sent by email is so already.
    with zipfile.ZipFile(passage, "w", zipfile.ZIP_STORED) as archive:
        for name, pieces in sources:
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as entry:
                for piece in pieces():
                    entry.write(piece)
                    yield passage.taken()
            yield passage.taken()
    yield passage.taken()
