"""The test of an account's servers, step by step: how far each was reached, what was found, and what stopped it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from .base import Adapter, Endpoint, RemoteFolder, Settings
from .errors import AdapterError, HostNotAllowedError, ProtocolError

#: By encryption, the steps to a server in their order, and what each tells:
#: ``resolve`` (``addresses``), ``connect`` (``address``, ``port``), ``encrypt`` (``version``, ``trusted`` and what
#: `certificate.describe()` says), ``greet`` (``server``: what it calls itself), ``login`` (``user``; for sending
#: ``size_limit`` in bytes, 0 if there is none), and for receiving ``folders`` (``count``).
STEPS = {
    "ssl": ("resolve", "connect", "encrypt", "greet", "login"),
    "starttls": ("resolve", "connect", "greet", "encrypt", "login"),
    "none": ("resolve", "connect", "greet", "login"),
}

#: The same of a provider whose API has one address for everybody, where the account signed in before.
API_STEPS = ("login",)


@dataclass(frozen=True, slots=True)
class Step:
    """:param state: ``done``, ``failed`` or ``not_reached``."""

    name: str
    state: str
    facts: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """How the way to one server went. `error` belongs to the step that failed; None: everything works.

    :param endpoint: None: the provider's API.
    """

    endpoint: Endpoint | None
    steps: tuple[Step, ...]
    error: AdapterError | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """:param outgoing: None: the account has no server for sending.
    :param folders: as the server listed them, unless receiving failed.
    """

    incoming: Report
    outgoing: Report | None
    folders: list[RemoteFolder]

    @property
    def errors(self) -> list[AdapterError]:
        """What stands in the way, receiving first."""
        return [report.error for report in (self.incoming, self.outgoing) if report and report.error]


def probe(adapter: Adapter, settings: Settings) -> Probe:
    """Try both servers at the same time. Sends no email and changes nothing on either.

    :param adapter: made of `settings`, and not used by anybody else meanwhile.
    """
    with ThreadPoolExecutor(2, "concord_inbox_probe") as pool:
        incoming = pool.submit(_follow, adapter.check_incoming, settings.incoming, ("folders",))
        sends = settings.outgoing or settings.tokens
        outgoing = pool.submit(_follow, adapter.check_outgoing, settings.outgoing) if sends else None
        report, folders = incoming.result()
        return Probe(report, outgoing.result()[0] if outgoing else None, folders or [])


def _follow(check, endpoint: Endpoint | None, further: tuple[str, ...] = ()) -> tuple[Report, list | None]:
    found: dict[str, dict] = {}
    result, error = None, None
    try:
        result = check(found.__setitem__)
    except AdapterError as caught:
        error = caught
    names = (*(STEPS[endpoint.encryption] if endpoint else API_STEPS), *further)
    failed = _failed(names, found, error) if error else None
    return Report(endpoint, tuple(_step(name, names, found, failed) for name in names), error), result


def _failed(names: tuple[str, ...], found: dict, error: AdapterError) -> str:
    """The step that `error` belongs to: the first that was not told, but for what is known of a server only later."""
    if isinstance(error, ProtocolError) and error.reason in ("not_imap", "not_smtp") and "greet" in names:
        return "greet"
    if isinstance(error, HostNotAllowedError) and "connect" in names:
        return "connect"
    return next((name for name in names if name not in found), names[-1])


def _step(name: str, names: tuple[str, ...], found: dict, failed: str | None) -> Step:
    if failed is None or names.index(name) < names.index(failed):
        return Step(name, "done", found.get(name, {}))
    return Step(name, "failed" if name == failed else "not_reached")
