"""What the worlds of accounts that sign in (Gmail, Outlook) share: introduced to an Odoo, and accidents of HTTP."""

import random
from collections.abc import Callable

from tests.servers.rough_http import Accident

from .forked_odoo import Odoo
from .world import World

PASSWORD = "secret of the provider"
VARIABLES = {"gmail": "CONCORD_INBOX_GOOGLE_URL", "outlook": "CONCORD_INBOX_MICROSOFT_URL"}


class Chance(random.Random):
    """What happens in a request has a chance of its own, since nobody knows when it comes."""


def introduce(odoo: Odoo, kind: str, fake) -> None:
    """Have an Odoo know a stand-in, and be known there."""
    address = odoo.ask(
        "introduce",
        kind=kind,
        variable=VARIABLES[kind],
        url=fake.url,
        client_id=fake.client_id,
        client_secret=fake.client_secret,
    )
    fake.redirect_uris.add(address)


def settings(user: str, kind: str) -> dict:
    """The values of an account that signs in as `user`."""
    return {"email": user, "account_type": "shared", "connection_type": kind, "sign_in": PASSWORD}


def accidents(chance: random.Random, places: dict[str, str], own: dict[str, Callable]) -> list[Accident]:
    """What shall go wrong in a run.

    :param places: what accidents wait for -> a part of its address.
    :param own: ``history`` forgets what happened before, ``token`` ends the user's access tokens, ``refuse`` makes a
        refusal, ``belie`` one that says nothing of whether it was done.
    """
    found = []
    for _number in range(chance.choice((1, 1, 1, 2))):
        kind = chance.choice(
            (
                *("cut", "swallow", "swallow", "swallow", "kill", "kill", "kill"),
                *("refuse", "refuse", "belie", "history", "token"),
            )
        )
        place = chance.choice((None, None, None, "change", "change", "change", *places))
        where = places[place] if place else ""
        skip = chance.choice((0, 0, 1, 2)) if where else int(10 ** chance.uniform(0, 1.3)) - 1
        if kind in ("history", "token"):
            found.append(Accident("happen", where, skip, action=own[kind], name=f"{kind} expires"))
        else:
            found.append(Accident(kind, where, skip, after=chance.random() < 0.6, answer=own.get(kind)))
    return found


def interruptions(chance: random.Random, action: Callable[[], None]) -> list[Accident]:
    """`action` at one or two moments of a run."""
    return [
        Accident("happen", skip=int(10 ** chance.uniform(0, 1.3)) - 1, action=action, name="interrupted")
        for _number in range(chance.choice((1, 2)))
    ]


class SigningWorld(World):
    """A kind of account that signs in.

    Attributes: `fake`, the stand-in; `accident_places`, see `accidents()`; `refusals` and `unsaid`, the refusals that
    `refused()` makes, and those of them that say nothing of whether it was done.
    """

    accident_places: dict[str, str]
    refusals: tuple[str, ...]
    unsaid: tuple[str, ...]
    fake = None
    _user = ""

    def forget_history(self) -> None:
        """What happened to the mailbox before is known no more."""
        raise NotImplementedError

    @staticmethod
    def refused(kind: str):
        """An answer that refuses."""
        raise NotImplementedError

    def trouble(self):
        return self.refused("500")

    def accidents(self, chance):
        other = Chance(chance.random())
        own = {
            "history": self.forget_history,
            "token": lambda: self.fake.expire(self._user),
            "refuse": lambda: self.refused(other.choice(self.refusals)),
            "belie": lambda: self.refused(other.choice(self.unsaid)),
        }
        return accidents(chance, self.accident_places, own)

    def interruptions(self, chance, action):
        return interruptions(chance, action)
