"""What happens by itself at the demo's Google and Microsoft: emails arrive from one at the other, and both tell."""

import contextlib

import requests

from tests.servers.google import Google
from tests.servers.google.mailbox import recipients
from tests.servers.microsoft import Microsoft
from tests.servers.microsoft.sources import without_bcc


class Postman:
    """Carries emails between one mailbox at each.

    :param gmail, outlook: their addresses.
    """

    def __init__(self, google: Google, microsoft: Microsoft, gmail: str, outlook: str):
        self._google, self._microsoft = google, microsoft
        self._gmail, self._outlook = gmail, outlook
        self._carried = 0, 0
        self._known = self._in_inboxes()

    def go_round(self) -> None:
        """Carry what was sent since the last time, and tell of what arrived. Who is not there to be told is not waited
        for: he looks by himself."""
        self._carry()
        found = self._in_inboxes()
        at_gmail, at_outlook = (bool(now - before) for now, before in zip(found, self._known, strict=True))
        self._known = found
        with contextlib.suppress(requests.RequestException):
            if at_gmail:
                self._google.push(self._gmail)
        with contextlib.suppress(requests.RequestException):
            if at_outlook:
                self._microsoft.graph.subscriptions.tell(self._outlook)

    def _carry(self) -> None:
        from_gmail, from_outlook = self._carried
        with self._google.lock, self._microsoft.graph._lock:
            gmail, outlook = self._google.mailbox(self._gmail), self._microsoft.mailbox(self._outlook)
            sent, delivered = gmail.sent[from_gmail:], self._microsoft.graph.delivered[from_outlook:]
            for message in sent:
                if self._outlook in recipients(message):
                    outlook.add(without_bcc(message.source))
            for address, source in delivered:
                if address == self._gmail:
                    gmail.deliver(source)
            self._carried = from_gmail + len(sent), from_outlook + len(delivered)

    def _in_inboxes(self) -> tuple[set[str], set[str]]:
        """The ids of what lies in the two inboxes."""
        with self._google.lock, self._microsoft.graph._lock:
            gmail, outlook = self._google.mailbox(self._gmail), self._microsoft.mailbox(self._outlook)
            return (
                {message.id for message in gmail.messages.values() if "INBOX" in message.labels},
                {message.id for message in outlook.inside(outlook.known("inbox").id)},
            )
