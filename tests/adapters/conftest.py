"""Dovecot in several shapes, and a fresh user for each test.

The addon is imported within the fixtures: pytest reads this file before Odoo's namespace is complete.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.servers.dovecot import Dovecot

#: What a bare server does not offer.
LATER_EXTENSIONS = (
    *("LIST-STATUS", "LIST-EXTENDED", "SPECIAL-USE", "CONDSTORE", "QRESYNC", "ESEARCH", "NAMESPACE"),
    *("SASL-IR", "LITERAL+", "UIDPLUS", "MOVE", "ENABLE"),
)

SHAPES = {
    "full": {},
    "bare": {"mail_format": "maildir", "separator": ".", "prefix": "INBOX.", "hide": LATER_EXTENSIONS},
    "mdbox": {"mail_format": "mdbox", "hide": ("ESEARCH", "LIST-STATUS", "QRESYNC", "ENABLE")},
}

#: For changing what is on the server, where other extensions matter than for reading.
WRITING_SHAPES = {
    "full": SHAPES["full"],
    "bare": SHAPES["bare"],
    "no MOVE": {"hide": ("MOVE",)},
    "no UIDPLUS": {"hide": ("MOVE", "UIDPLUS")},
    "MOVE alone": {"hide": ("UIDPLUS", "UNSELECT")},
    "no QRESYNC": {"hide": ("QRESYNC", "ENABLE")},
    "no CONDSTORE": {"hide": ("CONDSTORE", "QRESYNC"), "mail_format": "maildir"},
}


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    """A second login at once: the pause between the two is for servers in trouble."""
    from odoo.addons.concord_inbox.adapters.imap import session
    from odoo.addons.concord_inbox.adapters.smtp import session as smtp_session

    monkeypatch.setattr(session, "SECOND_LOGIN_AFTER", 0)
    monkeypatch.setattr(smtp_session, "SECOND_LOGIN_AFTER", 0)


# Not for the whole session: when one of Odoo's test classes ends, it ends every child of the process.
@pytest.fixture(scope="module")
def dovecots() -> Iterator[Callable[[str], Dovecot]]:
    """Starts each shape of server when it is first asked for."""
    running: dict[str, Dovecot] = {}
    with ExitStack() as stack:

        def get(shape: str) -> Dovecot:
            if shape not in running:
                running[shape] = stack.enter_context(Dovecot(**{**WRITING_SHAPES, **SHAPES}[shape]))
            return running[shape]

        yield get


@pytest.fixture
def dovecot(dovecots) -> Dovecot:
    """A server that offers all that Dovecot can."""
    return dovecots("full")


@pytest.fixture(params=SHAPES)
def any_dovecot(request, dovecots) -> Dovecot:
    """Each shape in turn."""
    return dovecots(request.param)


@pytest.fixture
def mailbox(dovecot) -> Iterator:
    """A mailbox on a server that offers all."""
    from tests.adapters.common import Mailbox

    with ExitStack() as stack:
        yield Mailbox(dovecot, stack)


@pytest.fixture
def any_mailbox(any_dovecot) -> Iterator:
    """A mailbox on each shape of server in turn."""
    from tests.adapters.common import Mailbox

    with ExitStack() as stack:
        yield Mailbox(any_dovecot, stack)


@pytest.fixture(params=WRITING_SHAPES)
def writing_mailbox(request, dovecots) -> Iterator:
    """A mailbox on each shape of server that matters for changing it."""
    from tests.adapters.common import Mailbox

    with ExitStack() as stack:
        yield Mailbox(dovecots(request.param), stack)


@pytest.fixture
def bare_mailbox(dovecots) -> Iterator:
    """A mailbox on a server without any extension."""
    from tests.adapters.common import Mailbox

    with ExitStack() as stack:
        yield Mailbox(dovecots("bare"), stack)


@pytest.fixture(scope="module")
def google() -> Iterator:
    """A stand-in for Google."""
    from tests.servers.google import Google

    with Google() as server:
        yield server


@pytest.fixture
def gmail_clock(google, monkeypatch):
    """The time goes by at once where the Gmail adapter waits."""
    from odoo.addons.concord_inbox.adapters.gmail import batching, changes, pacing

    from tests.adapters.gmail import Clock

    clock = Clock(google)
    for module in (batching, changes, pacing):
        monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def gmail(google, gmail_clock) -> Iterator:
    """An account at the stand-in for Google; in the end nothing was asked for that the description does not have, and
    never was it too much.
    """
    from tests.adapters.gmail import Account

    with ExitStack() as stack:
        account = Account(google, stack)
        google.requests.clear()
        google.calls.clear()
        yield account
        assert not google.violations
        assert not google.faults
        assert not account.quota.refusals


@pytest.fixture
def outlook() -> Iterator:
    """A mailbox at the stand-in for Microsoft, which asserts that nothing was asked that the real one does not know."""
    from tests.adapters.outlook import Outlook
    from tests.servers.microsoft import Microsoft

    with ExitStack() as stack:
        microsoft = stack.enter_context(Microsoft())
        yield Outlook(microsoft, stack)
        assert microsoft.violations == []
