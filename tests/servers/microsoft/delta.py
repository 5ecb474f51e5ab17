"""Delta queries: what is there, and then what happened, by links that stand for a state."""

import secrets
from dataclasses import dataclass, field
from urllib.parse import quote

from .mailbox import Folder, Mailbox, Message
from .query import BadRequestError, Options

#: Objects in a page of which the client does not say how many it wants.
PAGE = 10


@dataclass
class State:
    """What a link stands for.

    :param waiting: ids of what is still to be told, the next first; `gone`: those of them that left the folder.
    :param seen: number of the last thing that happened before the walk began.
    :param excluded: what a filter's limit cut off.
    """

    folder: str
    options: Options
    seen: int
    waiting: list[str] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    excluded: frozenset[str] = frozenset()
    told: list[str] = field(default_factory=list)
    is_pause: bool = False


class Deltas:
    """The delta queries over messages of one mailbox. Attributes that a test may change:

    `limit`: how many messages a walk with a filter tells; `page_cap`: the largest page that is given; `pauses`: an
    empty page before each one; `repeats`: each page begins with the last object of the page before; `fresh_links`: a
    link is a new one though nothing happened; `base`: where links lead to, if not where they should.
    """

    def __init__(self, mailbox: Mailbox):
        self._mailbox = mailbox
        self._states: dict[str, State] = {}
        self.limit = 5000
        self.page_cap = 1000
        self.pauses = False
        self.repeats = False
        self.fresh_links = False
        self.base = ""

    def expire(self) -> None:
        """All links are good for nothing from now on."""
        self._states.clear()

    def start(self, folder: Folder, options: Options) -> State:
        """A walk over all that the folder holds."""
        inside = self._mailbox.inside(folder.id)
        found = [message for message in inside if options.fits(message)]
        if options.newest_first:
            found.sort(key=lambda message: message.values["receivedDateTime"], reverse=True)
        cut = found[self.limit :] if options.conditions else []
        ids = [message.id for message in found if message not in cut]
        excluded = frozenset(message.id for message in cut)
        return State(folder.id, options, self._mailbox.now(), ids, excluded=excluded)

    def resume(self, folder: Folder, token: str, *, is_delta: bool) -> State:
        """What a link stands for.

        :raises BadRequestError: nothing (any more).
        """
        state = self._states.get(token)
        if not state or state.folder != folder.id:
            raise BadRequestError("The sync state generation is not found.", "SyncStateNotFound", 410)
        if not is_delta:
            return state
        happened = [entry for entry in folder.log if entry[0] > state.seen]
        latest = {message: left for _number, message, left in happened if message not in state.excluded}
        wanted = []
        for message, left in latest.items():
            known = self._mailbox.messages.get(message)
            if left or (known and state.options.fits(known)):
                wanted.append(message)
        gone = {message for message, left in latest.items() if left}
        if not happened and not self.fresh_links:
            return state
        return State(folder.id, state.options, self._mailbox.now(), wanted, gone, state.excluded)

    def page(self, state: State, token: str, size: int) -> tuple[list[tuple[str, Message | None]], str, bool]:
        """Objects (None: it left), the token of what follows, and whether that is for the next time."""
        if self.pauses and state.waiting and not state.is_pause:
            paused = State(**{**vars(state), "is_pause": True})
            return [], self._keep(paused), False
        size = min(size or PAGE, self.page_cap)
        ids = state.waiting[:size]
        rest = state.waiting[size:]
        shown = ids if not self.repeats else state.told[-1:] + ids
        found = []
        for one in shown:
            message = self._mailbox.messages.get(one)
            is_here = message and message.folder == state.folder and one not in state.gone
            if is_here or one in state.gone or message is None:
                found.append((one, message if is_here else None))
        if rest:
            following = State(**{**vars(state), "waiting": rest, "told": ids, "is_pause": False})
            return found, self._keep(following), False
        if not ids and token and not state.told and not self.fresh_links and token in self._states:
            return found, token, True
        return found, self._keep(State(state.folder, state.options, state.seen, excluded=state.excluded)), True

    def _keep(self, state: State) -> str:
        token = secrets.token_urlsafe(24)
        self._states[token] = state
        return token

    def link(self, url: str, user: str, folder: Folder, token: str, is_delta: bool) -> str:
        """The address that stands for a token."""
        kind = "$deltatoken" if is_delta else "$skiptoken"
        path = f"{user}/mailFolders('{quote(folder.id)}')/messages/delta"
        return f"{self.base or url}/v1.0{path}?{kind}={token}"
