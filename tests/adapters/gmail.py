"""What the tests of the Gmail adapter share: accounts at the stand-in for Google, and a clock that nobody waits for."""

import itertools
import json
import time
from contextlib import ExitStack

from odoo.addons.concord_inbox.adapters import open_adapter
from odoo.addons.concord_inbox.adapters.base import Adapter, Known, RemoteFolder, Settings

from tests.servers.google import Google
from tests.servers.google.oauth import MAIL

_numbers = itertools.count(1)


class Clock:
    """Stands in for the module `time` where the adapter waits: the time goes by at once, for Google as well."""

    def __init__(self, google: Google):
        self._google = google
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return time.monotonic() + self._google.sign_in.late

    def time(self) -> float:
        return self._google.sign_in.now()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._google.sign_in.late += seconds


class Tokens:
    """`adapters.base.Tokens` of an account that signed in."""

    def __init__(self, google: Google, email: str, scopes: tuple[str, ...]):
        self._get = lambda: google.token_for(email, scopes)
        self.current = self._get()
        self.refused: list[str] = []

    def token(self, refused: str = "") -> str:
        if refused:
            self.refused.append(refused)
            self.current = self._get()
        return self.current


class Account:
    """A user of Gmail: what the tests do to the mailbox, and what an adapter sees of it.

    Attribute `stored`: what a database would know of emails: id -> (size, time of reception).
    """

    def __init__(self, google: Google, stack: ExitStack):
        self.google = google
        self.email = f"user{next(_numbers)}@gmail.example"
        self.box = google.add_user(self.email)
        self.quota = google.quota(self.email)
        self.tokens = Tokens(google, self.email, (MAIL,))
        self.stored: dict[str, Known] = {}
        self._stack = stack

    def settings(self, **changes) -> Settings:
        values = {"tokens": self.tokens, "api": self.google.url, "timeout": 30.0, "known": self.known, **changes}
        return Settings(email=self.email, username=self.email, **values)

    def known(self, ids) -> dict[str, Known]:
        return {message: self.stored[message] for message in ids if message in self.stored}

    def adapter(self, **changes) -> Adapter:
        """A new session, closed at the end of the test."""
        return self._stack.enter_context(open_adapter("gmail", self.settings(**changes)))

    def labels(self, message: str) -> set[str]:
        return self.box.messages[message].labels

    def requests(self) -> list[str]:
        """What was asked for since the last time, as ``METHOD path``."""
        found = list(self.google.requests)
        self.google.requests.clear()
        return found

    def calls(self) -> list[str]:
        """The methods that were called since the last time."""
        found = list(self.google.calls)
        self.google.calls.clear()
        return found


class Follower:
    """What a database would make of one folder, over several sessions: stores what each tells, by the contract."""

    def __init__(self, account: Account, path: str, since=None):
        self.account = account
        self.path = path
        self.since = since
        self.cursor = None
        self.copies: dict[str, frozenset[str]] = {}
        self.sources: dict[str, bytes] = {}

    def look(self, adapter: Adapter | None = None, pieces: int | None = None, listed: dict | None = None) -> list:
        """One look; returns the pieces.

        :param pieces: die after so many.
        :param listed: the folders by path, if they were listed already.
        """
        adapter = adapter or self.account.adapter()
        folder = listed[self.path] if listed else named(adapter, self.path)
        told = []
        for piece in adapter.changes(folder, self.cursor, self.since):
            new = [copy for copy in piece.arrived if copy.remote_id not in self.copies]
            wanted = [copy for copy in new if copy.email_id not in self.account.stored]
            for group in adapter.fetch(folder, wanted):
                for raw in group:
                    content = raw.source if isinstance(raw.source, bytes) else raw.source.read()
                    self.sources[raw.remote_id] = content
            for copy in piece.arrived:
                self.copies[copy.remote_id] = copy.keywords
                self.account.stored[copy.email_id] = Known(copy.size, copy.internal_date)
            for message, words in piece.keywords.items():
                if message in self.copies:
                    self.copies[message] = words
            for message in piece.vanished:
                self.copies.pop(message, None)
            if piece.present is not None:
                self.copies = {message: words for message, words in self.copies.items() if message in piece.present}
            self.cursor = json.loads(json.dumps(piece.cursor))
            told.append(piece)
            if len(told) == pieces:
                break
        return told


def named(adapter: Adapter, path: str) -> RemoteFolder:
    """The folder of this path as listed now."""
    return next(folder for folder in adapter.folders() if folder.path == path)


def email(number: int = 1, *, subject: str = "", to: str = "bob@example.com", extra: str = "", size: int = 0) -> bytes:
    """A small email, padded to about `size` bytes."""
    text = (
        f"From: Anna <anna@example.com>\r\nTo: {to}\r\nSubject: {subject or f'number {number}'}\r\n"
        f"Message-ID: <{number}@example.com>\r\n{extra}\r\nHello {number}\r\n"
    ).encode()
    return text + (b"x" * 70 + b"\r\n") * (size // 72)
