"""The stand-in for Microsoft as the world of a random schedule, with accidents."""

from datetime import UTC, datetime, timedelta

from tests.servers.microsoft import Microsoft
from tests.servers.microsoft.graph import failure
from tests.servers.microsoft.web import DropError, Response
from tests.servers.rough_http import RoughHttp

from . import signing
from .world import Names


class RoughMicrosoft(RoughHttp, Microsoft):
    """Microsoft, which has accidents."""

    def dropped(self):
        raise DropError


#: Parts of addresses that accidents wait for.
PLACES = {
    "history": "/messages/delta",
    "change": "POST /v1.0/$batch",
    "label": "/mailFolders",
    "send": "/send",
    "draft": "POST /v1.0/me/messages",
    "token": "/oauth2/v2.0/token",
}
REFUSALS = ("429", "503", "500", "502", "504")
#: Those that say nothing of whether it was done.
UNSAID = ("500", "502", "504")


class OutlookWorld(signing.SigningWorld):
    name = "Outlook"
    accident_places, refusals, unsaid = PLACES, REFUSALS, UNSAID
    names = Names("Inbox", "Archive", "Deleted Items", "Sent Items", "Drafts", "Junk Email")
    folders = ("Inbox", "Archive", "Clients", "Clients/Éva", "Deleted Items")

    def __init__(self, microsoft: RoughMicrosoft):
        self.fake = self.microsoft = microsoft

    def set_up(self, odoo):
        signing.introduce(odoo, "outlook", self.microsoft)

    def begin(self, user):
        self._user = user
        self.microsoft.add_user(user, signing.PASSWORD)
        client = OutlookClient(self.microsoft, user)
        for path in ("Clients", "Clients/Éva"):
            client.create_folder(path)
        return client

    def settings(self, user, chance):
        delta = self.microsoft.delta(user)
        # How Graph tells things differs from mailbox to mailbox.
        delta.page_cap = chance.choice((2, 1000))
        delta.pauses, delta.repeats, delta.fresh_links = (chance.random() < 0.3 for _ in range(3))
        return signing.settings(user, "outlook")

    def forget_history(self):
        self.microsoft.delta(self._user).expire()

    @staticmethod
    def refused(kind):
        return _refused(kind)

    def begin_run(self, plan, chance, on_kill):
        # What did not happen in the run before does not in this one.
        self.be_quiet()
        self.microsoft.plan, self.microsoft.on_kill = plan, on_kill
        if plan and chance.random() < 0.2:
            # One part of a batch; a connection that ends is a part that timed out.
            self.microsoft.fail(
                chance.choice((r"GET /v1.0/me/messages/", r"POST .*/move$", r"PATCH /v1.0/me/messages")),
                failure(*chance.choice(((429, "ApplicationThrottled"), (503, "ErrorServerBusy"))), "Later."),
                after=False,
                spare=chance.randrange(3),
            )
        return []

    def be_quiet(self):
        self.microsoft.plan = []
        self.microsoft._faults.clear()

    def settled(self):
        self.microsoft.settled()

    def times_sent(self, message_id, recipient):
        return sum(address == recipient for address, _source in self.microsoft.graph.delivered)

    def violations(self):
        return self.microsoft.violations


def _refused(kind: str):
    if kind in ("429", "503"):
        code = {"429": "ApplicationThrottled", "503": "ErrorServerBusy"}[kind]
        return failure(int(kind), code, "Try again later.", {"Retry-After": "1"})
    if kind == "502":
        return Response.html("<html>Bad Gateway</html>", 502)
    return failure(int(kind), "UnknownError", "")


class OutlookClient:
    """`world.Client` for Outlook itself."""

    def __init__(self, microsoft: Microsoft, user: str):
        self._box = microsoft.mailbox(user)
        self._lock = microsoft.graph._lock

    def folders(self):
        with self._lock:
            return sorted(self._paths().values())

    def content(self):
        with self._lock:
            paths = self._paths()
            return {
                (paths[message.folder], message.id): (message.values["internetMessageId"], _words(message.values))
                for message in self._box.messages.values()
                if message.folder in paths
            }

    def subjects(self, path):
        with self._lock:
            folder = self._folder(path)
            return [message.values["subject"] for message in self._box.inside(folder.id)] if folder else []

    def deliver(self, path, source, *, is_seen, days):
        with self._lock:
            received = datetime.now(UTC) - timedelta(days=days)
            message = self._box.add(source, received=received, is_read=is_seen)
            self._box.move(message, self._folder(path))

    def flag(self, path, remote_id, word, add):
        with self._lock:
            if message := self._there(path, remote_id):
                if word == "seen":
                    message.values["isRead"] = add
                else:
                    message.values["flag"] = {"flagStatus": "flagged" if add else "notFlagged"}
                self._box.touch(message)

    def move(self, path, remote_id, target):
        with self._lock:
            message, folder = self._there(path, remote_id), self._folder(target)
            if message and folder:
                self._box.move(message, folder)
            return bool(message and folder)

    def copy(self, path, remote_id, target):
        with self._lock:
            message, folder = self._there(path, remote_id), self._folder(target)
            if message and folder:
                self._box.copy(message, folder)
            return bool(message and folder)

    def delete(self, path, remote_id):
        with self._lock:
            if message := self._there(path, remote_id):
                self._box.remove(message)

    def create_folder(self, path):
        with self._lock:
            above, _, name = path.rpartition("/")
            if not self._folder(path):
                self._box.add_folder(name, self._folder(above).id if above else None)

    def rename_folder(self, path, name):
        with self._lock:
            if (folder := self._folder(path)) and not self._folder(name):
                folder.name = name

    def delete_folder(self, path):
        with self._lock:
            if folder := self._folder(path):
                self._box.delete_folder(folder)

    def _there(self, path: str, remote_id: str):
        message, folder = self._box.messages.get(remote_id), self._folder(path)
        return message if message and folder and message.folder == folder.id else None

    def _folder(self, path: str):
        return next((self._box.folders[one] for one, own in self._paths().items() if own == path), None)

    def _paths(self) -> dict[str, str]:
        """Id -> path of what Outlook shows among the folders for mail."""
        hidden = {"outbox", "syncissues", "recoverableitemsdeletions", "recoverableitemspurges"}
        found: dict[str, str] = {}

        def add(parent: str, above: str) -> None:
            for folder in self._box.children(parent):
                if folder.known not in hidden:
                    found[folder.id] = above + folder.name
                    add(folder.id, f"{above}{folder.name}/")

        add(self._box.known("msgfolderroot").id, "")
        return found


def _words(values: dict) -> frozenset[str]:
    words = {"seen"} if values["isRead"] else set()
    words |= {"flagged"} if values["flag"]["flagStatus"] == "flagged" else set()
    return frozenset(words | ({"draft"} if values["isDraft"] else set()))
