"""Accidents of a stand-in that is spoken to by HTTP: answers that are lost, refusals, tokens and links that end.

`RoughHttp` goes before the class of a stand-in whose `answer()` says what each request gets. `rough` is the same for
IMAP.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

#: Seconds that a request may take whose client is gone.
PATIENCE = 20


@dataclass
class Accident:
    """One thing that goes wrong once.

    :param kind: ``cut``: the connection ends, nothing was done; ``swallow``: the request is carried out, and nobody
        hears the answer; ``refuse``: `answer` is given and nothing was done; ``belie``: the same though it was done;
        ``kill`` calls `RoughHttp.on_kill`, after the request was carried out if `after`, and then the connection ends;
        ``happen`` calls `action`, and the request is carried out as if nothing were.
    :param where: text in "METHOD /path" of the requests that it waits for (with $: at the end of it); `skip`: so many
        of them pass before.
    :param name: how it is told, where `kind` says too little.
    """

    kind: str
    where: str = ""
    skip: int = 0
    after: bool = False
    answer: Callable[[], object] | None = None
    action: Callable[[], None] | None = None
    name: str = ""
    #: Whether it happened, and to which request.
    done: bool = field(default=False, init=False)
    met: str = field(default="", init=False)

    def __str__(self) -> str:
        words = [self.name or self.kind, "after" if self.after else "", "at", self.met or f"{self.where or 'any'}"]
        words.append(f"(after {self.skip} others)" if self.skip else "")
        return " ".join(word for word in words if word) + ("" if self.done else " (did not happen)")


class RoughHttp:
    """Attributes: `plan`: the accidents that are to come; `on_kill`: kills the client."""

    def __init__(self, *arguments, **options):
        self.plan: list[Accident] = []
        self.on_kill: Callable[[], None] = lambda: None
        self._at_work = 0
        self._counting = threading.Condition()
        super().__init__(*arguments, **options)

    def dropped(self):
        """What `answer()` returns, or raises, for the connection to end without an answer."""
        raise NotImplementedError

    def answer(self, request):
        with self._counting:
            self._at_work += 1
        try:
            return self._lived_through(request)
        finally:
            with self._counting:
                self._at_work -= 1
                self._counting.notify_all()

    def settled(self) -> None:
        """Wait until all requests are carried out: their client may be gone."""
        # Longer than a request that was sent takes to be read.
        time.sleep(0.01)
        with self._counting:
            assert self._counting.wait_for(lambda: not self._at_work, PATIENCE)

    def _lived_through(self, request):
        accident = self._next(f"{request.method} {unquote(request.path)}")
        if not accident:
            return super().answer(request)
        if accident.kind == "happen":
            accident.action()
            return super().answer(request)
        if accident.kind == "refuse":
            return accident.answer()
        if accident.kind in ("swallow", "belie") or accident.after:
            super().answer(request)
        if accident.kind == "belie":
            return accident.answer()
        if accident.kind == "kill":
            self.on_kill()
        return self.dropped()

    def _next(self, what: str) -> Accident | None:
        """The accident that this request meets."""
        with self._counting:
            for accident in self.plan:
                if accident.done or accident.where not in f"{what}$":
                    continue
                if accident.skip:
                    accident.skip -= 1
                    continue
                accident.done, accident.met = True, what
                return accident
        return None
