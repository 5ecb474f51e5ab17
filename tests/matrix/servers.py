"""Every server that the suite runs against, and what each of them cannot do at all."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.servers.dovecot import Dovecot
from tests.servers.hoodiecrow import Hoodiecrow
from tests.servers.pymap import Pymap
from tests.servers.quirky import Quirk, QuirkyServer

from . import quirks

#: Taken away one by one.
CAPABILITIES = {
    "CONDSTORE": ("CONDSTORE", "QRESYNC"),
    **{
        name: (name,)
        for name in (
            *("QRESYNC", "MOVE", "UIDPLUS", "SPECIAL-USE", "LIST-STATUS", "IDLE", "LITERAL+", "ENABLE", "NAMESPACE"),
        )
    },
}
BARE = (
    *("LIST-STATUS", "LIST-EXTENDED", "SPECIAL-USE", "CONDSTORE", "QRESYNC", "ESEARCH", "NAMESPACE"),
    *("SASL-IR", "LITERAL+", "UIDPLUS", "MOVE", "ENABLE", "IDLE", "UNSELECT"),
)
NO_IDLE = {"test_watch": "the server does not offer IDLE"}


@dataclass(frozen=True, slots=True)
class Server:
    """One column of the table.

    :param note: what is special about it.
    :param make: a server that is not started.
    :param cannot: case -> why it makes no sense here.
    :param ordinary: all cases run without ``--thorough``, too, and not only a few.
    :param watch: what comes of watching: ``push``, ``silence`` (nothing is ever told) or ``refused``.
    :param keeps_date: APPEND keeps the date.
    :param expunges: single messages can be removed; elsewhere they are marked as deleted, and stay.
    :param after_rename: called with the server and the new path when another client renamed a folder.
    """

    name: str
    note: str
    make: Callable
    cannot: dict[str, str] = field(default_factory=dict)
    ordinary: bool = False
    watch: str = "push"
    keeps_date: bool = True
    expunges: bool = True
    after_rename: Callable | None = None


class DovecotWithAll(Dovecot):
    """Dovecot with a virtual folder that holds all messages."""

    def start(self, timeout: float = 20.0) -> None:
        folder = self.folder / "virtual" / "All"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "dovecot-virtual").write_text("*\n  all\n")
        for path in (folder.parent, folder, folder / "dovecot-virtual"):
            self._give(path)
        self._options["settings"] = f"""
mail_plugins = virtual
namespace virtual {{
  prefix = Virtual/
  separator = /
  location = virtual:{self.folder}/virtual:INDEX=~/virtual:CONTROL=~/virtual
  mailbox All {{
    special_use = \\All
  }}
}}
"""
        super().start(timeout)


class DovecotWithOauth(Dovecot):
    """Dovecot that takes tokens as well as passwords.

    :param mechanisms: of authentication.
    """

    def __init__(self, mechanisms: str = "plain login xoauth2 oauthbearer"):
        super().__init__(mechanisms=mechanisms)

    def start(self, timeout: float = 20.0) -> None:
        tokens = self.folder / "oauth2.conf"
        # Nobody answers there: these tests have no tokens.
        tokens.write_text("introspection_mode = post\nintrospection_url = http://127.0.0.1:9/\n")
        self._options["settings"] = f"""
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {tokens}
}}
"""
        super().start(timeout)


class DovecotWithLargeUids(Dovecot):
    """Dovecot whose INBOX is about to run out of UIDs."""

    def add_user(self, user: str, password: str) -> None:
        super().add_user(user, password)
        self.doveadm("mailbox", "update", "-u", user, "--min-next-uid", str(2**32 - 200), "INBOX")


def _quirky(name: str, note: str, quirk: type[Quirk], *, hide=(), **more) -> Server:
    options = {"hide": hide} if hide else {}
    return Server(name, f"a proxy in front of Dovecot; {note}", lambda: QuirkyServer(quirk, **options), **more)


QUOTA = """
mail_plugins = quota
protocol imap {
  mail_plugins = quota imap_quota
}
plugin {
  quota = count:User quota
  quota_rule = *:storage=8M
  quota_vsizes = yes
}
"""

SERVERS = (
    Server("Dovecot", "2.3 with all that it can do", Dovecot),
    *(
        Server(
            f"Dovecot without {name}",
            "does not offer " + " and ".join(hide),
            lambda hide=hide: Dovecot(hide=hide),
            cannot=NO_IDLE if name == "IDLE" else {},
            expunges=name != "UIDPLUS",
        )
        for name, hide in CAPABILITIES.items()
    ),
    Server(
        "Bare Dovecot",
        "nothing but RFC 3501, with the prefix `INBOX.` and the separator `.`, Maildir",
        lambda: Dovecot(mail_format="maildir", separator=".", prefix="INBOX.", hide=BARE),
        cannot=NO_IDLE,
        expunges=False,
        ordinary=True,
    ),
    Server(
        "Dovecot, INBOX.", "all extensions, with the prefix `INBOX.`", lambda: Dovecot(separator=".", prefix="INBOX.")
    ),
    Server("Dovecot with quota", "of 8 MB", lambda: Dovecot(settings=QUOTA)),
    Server("Dovecot with \\All", "a virtual folder that holds all messages", DovecotWithAll),
    Server("Dovecot, XOAUTH2", "offers XOAUTH2 and OAUTHBEARER beside PLAIN", DovecotWithOauth),
    Server("Dovecot, large UIDs", "the INBOX gives out UIDs just below 2³²", DovecotWithLargeUids),
    Server("pymap", "0.36: OBJECTID, MOVE, UIDVALIDITYs that need all 32 bits", Pymap, ordinary=True),
    Server(
        "hoodiecrow",
        "2.1: X-GM-EXT-1 and the folders below `[Gmail]/`",
        Hoodiecrow,
        cannot={"test_unusual_folder_names": "the server garbles names with quotation marks"},
        ordinary=True,
    ),
    _quirky("No UIDNEXT", "as GNU imap4d", quirks.NoUidnext, hide=BARE, cannot=NO_IDLE, expunges=False),
    _quirky(
        "UIDVALIDITY of a name",
        "a folder that is renamed has another",
        quirks.RenameChangesUidvalidity,
        after_rename=quirks.after_rename,
    ),
    _quirky("No keywords", "all but the flags of RFC 3501 are refused", quirks.NoKeywords),
    _quirky("Forgetful APPEND", "drops flags and date, tells no UID", quirks.ForgetfulAppend, keeps_date=False),
    _quirky("Rewritten headers", "8-bit headers are changed, as by Cyrus", quirks.RewrittenHeaders),
    _quirky("Silent IDLE", "never pushes", quirks.SilentIdle, watch="silence"),
    _quirky(
        "Empty promises",
        "every extension is offered, and none is known",
        quirks.EmptyPromises,
        watch="refused",
        expunges=False,
        ordinary=True,
    ),
    _quirky("Chatty", "unsolicited FETCH without UID, and alerts, with every answer", quirks.Chatty),
    _quirky("Estimated sizes", "RFC822.SIZE is not the size, as with Exchange", quirks.OtherSizes),
    _quirky("One at a time", "NO to every change of several messages", quirks.OneAtATime),
)
