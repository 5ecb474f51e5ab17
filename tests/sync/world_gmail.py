"""The stand-in for Google as the world of a random schedule, with accidents."""

import threading
import time
from collections import Counter

from tests.servers.google import Google, errors
from tests.servers.google.web import json_response
from tests.servers.rough_http import RoughHttp

from . import signing
from .world import Names

#: Label -> path.
SYSTEM = {"INBOX": "INBOX", "DRAFT": "Drafts", "SENT": "Sent", "SPAM": "Spam", "TRASH": "Trash"}
ALL = "All Mail"


class RoughGoogle(RoughHttp, Google):
    """Google, which has accidents."""

    def dropped(self):
        return None


#: Parts of addresses that accidents wait for.
PLACES = {
    "history": "/history",
    "change": "POST /batch",
    "label": "/labels",
    "send": "messages/send",
    "draft": "/drafts",
    "token": "POST /token",
}
REFUSALS = ("429", "403", "500", "502", "503")
#: Those that say nothing of whether it was done.
UNSAID = ("500", "502", "503")


class GmailWorld(signing.SigningWorld):
    name = "Gmail"
    accident_places, refusals, unsaid = PLACES, REFUSALS, UNSAID
    names = Names(archive=ALL, junk="Spam")
    folders = ("INBOX", "Clients", "Clients/Éva", "Trash")
    copies_are_emails = False
    folders_hold = False

    def __init__(self, google: RoughGoogle, *, follows_all: bool = True):
        """:param follows_all: whether *All Mail* is followed as well."""
        self.fake = self.google = google
        self.name = "Gmail with All Mail" if follows_all else "Gmail"
        self._follows_all = follows_all

    def set_up(self, odoo):
        signing.introduce(odoo, "gmail", self.google)

    def begin(self, user):
        self._user = user
        box = self.google.add_user(user, signing.PASSWORD)
        # How the quota is kept is shown elsewhere: here nobody waits.
        self.google.quota(user).limit = 10**9
        for name in ("Clients", "Clients/Éva"):
            box.make_label(name)
        return GmailClient(box, self.google.lock)

    def settings(self, user, chance):
        return signing.settings(user, "gmail") | {"leave_alone": [] if self._follows_all else [ALL]}

    def is_followed(self, path):
        return path != ALL or self._follows_all

    def forget_history(self):
        self.google.mailbox(self._user).forget_history()

    @staticmethod
    def refused(kind):
        return _refused(kind)

    def begin_run(self, plan, chance, on_kill):
        # What did not happen in the run before does not in this one.
        self.be_quiet()
        self.google.plan, self.google.on_kill = plan, on_kill
        if plan and chance.random() < 0.2:
            # One part of a batch.
            self.google.fail(
                chance.choice(("part GET", "part POST", "part DELETE")),
                skip=chance.randrange(3),
                **chance.choice(({"status": 429, "body": errors.too_much().body()}, {"status": 500, "body": {}})),
            )
        return []

    def be_quiet(self):
        self.google.plan = []
        with self.google.lock:
            self.google.faults.clear()

    def settled(self):
        self.google.settled()

    def times_sent(self, message_id, recipient):
        with self.google.lock:
            sent = self.google.mailbox(self._user).sent
            return sum(recipient in message.header("To") for message in sent)

    def violations(self):
        return self.google.violations

    def places(self, content):
        emails: dict[str, list] = {}
        for (path, remote_id), (message_id, flags) in content.items():
            emails.setdefault(remote_id, [message_id, flags, set()])[2].update({path} - {ALL})
        found: dict[str, list] = {}
        for message_id, flags, paths in emails.values():
            found.setdefault(message_id, []).append((frozenset(paths), flags))
        return found

    def wanted_places(self, path, is_sent):
        if path == self.names.trash:
            return frozenset({path})
        return frozenset({path} - {ALL} | ({self.names.sent} if is_sent else set()))

    def copies(self, content):
        return Counter(message_id for (path, _remote_id), (message_id, _flags) in content.items() if path != ALL)


def _refused(kind: str):
    if kind == "429":
        return _with_wait(errors.too_much())
    if kind == "403":
        text = "User-rate limit exceeded."
        return _with_wait(errors.ApiError(403, text, "userRateLimitExceeded", domain="usageLimits"))
    if kind == "502":
        # A page of a server in between.
        response = json_response({}, 502)
        response.body, response.headers["Content-Type"] = b"<html>Bad Gateway</html>", "text/html"
        return response
    return errors.ApiError(int(kind), "Backend Error", "backendError").response()


def _with_wait(error):
    response = error.response()
    response.headers["Retry-After"] = "1"
    return response


class GmailClient:
    """`world.Client` for the web pages of Gmail."""

    def __init__(self, box, lock: threading.RLock):
        self._box = box
        self._lock = lock

    def folders(self):
        with self._lock:
            own = [label.name for label in self._box.labels.values() if not label.is_system]
        return [*SYSTEM.values(), ALL, *own]

    def content(self):
        with self._lock:
            return {
                (path, message.id): (message.header("Message-ID"), _words(message.labels))
                for message in self._box.messages.values()
                for path in self._paths(message.labels)
            }

    def subjects(self, path):
        with self._lock:
            found = [message for message in self._box.messages.values() if path in self._paths(message.labels)]
            return [message.header("Subject") for message in found]

    def deliver(self, path, source, *, is_seen, days):
        with self._lock:
            labels = {self._label(path)} - {""}
            labels |= set() if is_seen else {"UNREAD"}
            self._box.deliver(source, labels, received=time.time() - days * 86400)

    def flag(self, path, remote_id, word, add):
        label = {"seen": "UNREAD", "flagged": "STARRED"}[word]
        is_added = add != (word == "seen")
        self._change(remote_id, [label] if is_added else [], [] if is_added else [label])

    def move(self, path, remote_id, target):
        with self._lock:
            fixed = {"", "SENT", "DRAFT"}
            gone, come = {self._label(path)} - fixed, {self._label(target)} - fixed
            return self._change(remote_id, come, gone)

    def copy(self, path, remote_id, target):
        with self._lock:
            if target == "Trash":
                return False
            return self._change(remote_id, {self._label(target)} - {""}, [])

    def delete(self, path, remote_id):
        with self._lock:
            if message := self._box.messages.get(remote_id):
                self._box.remove(message)

    def create_folder(self, path):
        with self._lock:
            if self._label(path) is None:
                self._box.make_label(path)

    def rename_folder(self, path, name):
        with self._lock:
            if (label := self._label(path)) and self._label(name) is None:
                self._box.labels[label].name = name

    def delete_folder(self, path):
        with self._lock:
            if label := self._label(path):
                for message in self._box.messages.values():
                    self._box.change(message, remove=[label])
                del self._box.labels[label]

    def _change(self, remote_id, add, remove) -> bool:
        with self._lock:
            message = self._box.messages.get(remote_id)
            if message and None not in {*add, *remove}:
                self._box.change(message, add, remove)
                return True
            return False

    def _label(self, path: str) -> str | None:
        if path == ALL:
            return ""
        known = {name: label for label, name in SYSTEM.items()}
        known |= {label.name: label.id for label in self._box.labels.values() if not label.is_system}
        return known.get(path)

    def _paths(self, labels: set[str]) -> list[str]:
        if apart := labels & {"TRASH", "SPAM"}:
            return [SYSTEM[label] for label in apart]
        own = [self._box.labels[label].name for label in labels if not self._box.labels[label].is_system]
        return [*(path for label, path in SYSTEM.items() if label in labels), *own, ALL]


def _words(labels: set[str]) -> frozenset[str]:
    words = {"seen"} if "UNREAD" not in labels else set()
    words |= {"flagged"} if "STARRED" in labels else set()
    return frozenset(words | ({"draft"} if "DRAFT" in labels else set()))
