"""What the tests of the Outlook adapter share."""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

from odoo.addons.concord_inbox.adapters.base import Adapter, Changes, RemoteFolder, Settings
from odoo.addons.concord_inbox.adapters.errors import AuthenticationError
from odoo.addons.concord_inbox.adapters.outlook import OutlookAdapter

from tests.servers.microsoft import Microsoft

from .common import message

NOW = datetime.now(UTC).replace(microsecond=0)


class Tokens:
    """The tokens of one user. Attribute `renewed`: how often another one was wanted."""

    def __init__(self, microsoft: Microsoft, email: str, **options):
        self._microsoft, self._email, self._options = microsoft, email, options
        self._token = microsoft.token_for(email, **options)
        self.renewed = 0
        self.revoked = False

    def token(self, refused: str = "") -> str:
        if refused == self._token:
            if self.revoked:
                raise AuthenticationError("expired")
            self.renewed += 1
            self._token = self._microsoft.token_for(self._email, **self._options)
        return self._token


class Outlook:
    """A user of the stand-in, and what an adapter sees of the mailbox."""

    def __init__(self, service: Microsoft, stack: ExitStack, email: str = "anna@example.com"):
        self.service = service
        self.email = email
        self._stack = stack
        service.add_user(email, aliases=("a.smith@example.com", "sales@example.com"))
        self.tokens = Tokens(service, email)

    @property
    def mailbox(self):
        return self.service.mailbox(self.email)

    @property
    def delta(self):
        return self.service.delta(self.email)

    def adapter(self, email: str = "", **changes) -> OutlookAdapter:
        """An adapter, closed at the end of the test.

        :param email: another mailbox, opened by the same user.
        """
        values = {"tokens": self.tokens, "api": self.service.url, "timeout": 5.0, "patience": 5.0, "last_patience": 5.0}
        settings = Settings(email or self.email, self.email, **{**values, **changes})
        return self._stack.enter_context(OutlookAdapter(settings))

    def deliver(self, count: int, folder: str = "inbox", first: int = 1, **options) -> list[str]:
        """So many emails, a minute apart, the last one the newest; returns their ids."""
        start = NOW - timedelta(days=1)
        return [
            self.mailbox.add(message(number), folder, **{"received": start + timedelta(minutes=number), **options}).id
            for number in range(first, first + count)
        ]

    def count(self, pattern: str = "") -> int:
        """How many requests there were to Graph since the last call."""
        found = [one for one in self.service.requests if pattern in f"{one.method} {one.target}"]
        self.service.requests.clear()
        return len(found)


def folder(adapter: Adapter, path: str = "Inbox") -> RemoteFolder:
    """The folder of this path as listed now."""
    return next(one for one in adapter.folders() if one.path == path)


def look(
    adapter: Adapter, where: RemoteFolder | str = "Inbox", cursor: dict | None = None, since=None
) -> list[Changes]:
    """All the pieces of a look at a folder."""
    where = folder(adapter, where) if isinstance(where, str) else where
    return list(adapter.changes(where, cursor, since))


def arrived(pieces: list[Changes]) -> list[str]:
    """The ids that arrived, in their order."""
    return [copy.remote_id for piece in pieces for copy in piece.arrived]
