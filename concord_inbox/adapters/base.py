"""What every connection type offers to `sync/`, in plain dataclasses.

The vocabulary is JMAP's (RFC 8621): a *folder* with a *role*, *keywords* of a message. A *copy* is one message in one
folder of the server, named by its folder and its ``remote_id`` (an int UID for IMAP, a string elsewhere).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Protocol

ROLES = ("inbox", "sent", "drafts", "trash", "junk", "archive", "all", "flagged")

#: The keywords that every connection type maps to and from; others travel under their own lower-case name.
SEEN, FLAGGED, ANSWERED, DRAFT = "seen", "flagged", "answered", "draft"

RemoteId = int | str

#: Called once the next bytes may bring an email about; whatever it raises keeps them back.
Begun = Callable[[], None]

#: Told of each step on the way to a server once it is taken, with what was found: see `probe.STEPS`. A step may be told
#: again when it is taken again.
Tell = Callable[[str, dict], None]


def tell_nobody(_step: str, _facts: dict) -> None:
    """For those who do not watch the way."""


def nobody_asks() -> None:
    """For those who need not know when an email begins to be sent."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One server to dial. `encryption` is ``ssl``, ``starttls`` or ``none``."""

    host: str
    port: int
    encryption: str


class Tokens(Protocol):
    """What an account that signed in at its provider shows with each request (OAuth 2.0, RFC 6750)."""

    def token(self, refused: str = "") -> str:
        """A valid access token.

        :param refused: one that the provider just refused though it should be valid: another one is wanted.
        :raises AuthenticationError: somebody has to sign in again.
        :raises AppConfigurationError: the provider does not know this installation (any more).
        :raises TemporaryError: the provider cannot be asked just now.
        """


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of an email and never changes: its size and time of reception, as a `RemoteCopy` told them."""

    size: int
    internal_date: datetime


#: From identities of emails (`RemoteCopy.email_id`) to what is stored of those that are at hand.
KnownEmails = Callable[[Collection[str]], Mapping[str, Known]]


def message_id_field(value: bytes) -> bytes:
    """The header that `Adapter.message_ids()` returns, of a provider that tells the value alone."""
    return b"Message-ID: %s\r\n" % value if value else b""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that an adapter needs to know of an account.

    :param username: what the server calls the user (the address, unless the account says otherwise).
    :param incoming, outgoing: where a mail server is dialled; None for a provider that has one address for everybody.
    :param tokens: of an account that signs in at its provider instead of having a password.
    :param api: the address at which the provider's API is, in place of the published one.
    :param known: asked before a provider that charges for each question; None: nothing is known.
    :param allow_insecure_certificate: accept a certificate that does not verify.
    :param allow_any_address: an administrator typed the hosts; otherwise only global addresses, the mail ports and
        `allowed_hosts` are dialled.
    :param allowed_hosts: host names, addresses or networks (CIDR) that the administrator allows besides, each with
        ``:port`` where it is not one of the mail ports.
    :param timeout: seconds to wait for the server at any one time.
    :param patience: seconds for each answer while an email is sent, and `last_patience` for the one that says whether
        it is taken, for which a server may search it for viruses or pass it on (RFC 5321, 4.5.3.2).
    """

    email: str
    username: str
    password: str = field(default="", repr=False)
    incoming: Endpoint | None = None
    outgoing: Endpoint | None = None
    tokens: Tokens | None = field(default=None, repr=False)
    api: str = ""
    known: KnownEmails | None = field(default=None, repr=False)
    allow_insecure_certificate: bool = False
    allow_any_address: bool = False
    allowed_hosts: tuple[str, ...] = ()
    timeout: float = 30.0
    patience: float = 300.0
    last_patience: float = 600.0


@dataclass(frozen=True, slots=True)
class RemoteFolder:
    """A folder as the server lists it.

    :param path: the whole path as people write it (decoded), unique within the account. It, and not the encoded
        form, is what the other methods take.
    :param name: the last part of the path.
    :param parent_path: path of the folder above, or None.
    :param role: one of `ROLES`, or None.
    :param selectable: False for a mere node of the tree, which holds no messages.
    :param total: how many messages it holds (None: the listing did not tell).
    :param subscribed: whether the server says that the user subscribed to it (None: it does not say).
    :param status: what the listing told about the content, opaque to everybody but the adapter that made it;
        handed back to `changes()` it saves round trips. None when the listing did not tell.
    :param handle: what names the folder to the adapter that made it besides the path, if anything does; opaque, too.
    """

    path: str
    name: str
    parent_path: str | None = None
    role: str | None = None
    selectable: bool = True
    total: int | None = None
    subscribed: bool | None = None
    status: dict | None = None
    handle: dict | None = None


@dataclass(frozen=True, slots=True)
class RemoteCopy:
    """One message in one folder, without its content.

    :param size: bytes of the source as the server counts them.
    :param internal_date: when the server received it; aware, UTC.
    :param email_id: the server's own identity of the content over all folders (RFC 8474 EMAILID, X-GM-MSGID), or None.
    """

    remote_id: RemoteId
    keywords: frozenset[str]
    size: int
    internal_date: datetime
    email_id: str | None = None
    thread_id: str | None = None


@dataclass(slots=True)
class Changes:
    """A bounded piece of what happened in a folder, and the cursor that is true once the piece is stored.

    The database needs the piece and its cursor written in one transaction; the pieces come in such an order that a
    process may die between any two of them.

    :param cursor: JSON-serialisable, opaque to everybody but the adapter.
    :param reset: the ids stored so far mean nothing any more (UIDVALIDITY changed): forget the copies of the folder,
        match what `arrived` brings with the messages at hand. Only the first piece may say so.
    :param arrived: copies not reported before, newest first. `fetch()` brings their source.
    :param keywords: id -> all the keywords that the copy bears now, for copies reported before (may repeat known ones).
    :param vanished: ids that are no longer in the folder (may name unknown ones).
    :param rewritten: ids of `arrived` that were reported before, and have another content now: drafts, where the server
        lets them keep their id.
    :param present: when not None, every id that the folder holds below those not reported yet: what the database
        holds besides has vanished, but for ids from `bound` on.
    :param bound: with `present`: ids from here on were not looked at, since they were given after the folder was
        opened (to a copy that was moved there by ourselves, for one). None: all were.
    :param total: messages in the folder as the server counts, cut-off or not; None if unknown.
    :param remaining: how many more messages the later pieces are known to bring (for a progress bar).
    """

    cursor: dict
    reset: bool = False
    arrived: list[RemoteCopy] = field(default_factory=list)
    keywords: dict[RemoteId, frozenset[str]] = field(default_factory=dict)
    vanished: frozenset[RemoteId] = frozenset()
    rewritten: frozenset[RemoteId] = frozenset()
    present: Set[RemoteId] | None = None
    bound: RemoteId | None = None
    total: int | None = None
    remaining: int = 0


@dataclass(frozen=True, slots=True)
class RawMessage:
    """The source of one copy, byte for byte as the server has it.

    :param source: bytes, or of a large message (over about 2 MB) a binary file that can be read and sought in: a
        temporary one that is gone when it is closed or forgotten, or when the process dies.
    """

    remote_id: RemoteId
    source: bytes | BinaryIO = field(repr=False)


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a change of keywords.

    :param confirmed: ids that bear what was added and not what was removed (but for `unsupported`), as far as they
        still exist; that one has vanished is told by the next `changes()`.
    :param refused: ids for which the server refuses the change, or a part of it.
    :param unsupported: keywords that this folder does not keep; they were left out.
    :param cursor: the folder's cursor, to be stored with the result. It is ahead of the one handed in if it is certain
        that nothing else happened in the folder: `changes()` then does not report what was written here.
    :param server_text: the server's words for `refused`.
    """

    confirmed: frozenset[RemoteId] = frozenset()
    refused: frozenset[RemoteId] = frozenset()
    unsupported: frozenset[str] = frozenset()
    cursor: dict | None = None
    server_text: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of copies that were to be moved or copied. Each id is in one of `ids`, `gone` and `refused`.

    :param ids: id -> its id in the target; None where the server does not tell (the next `changes()` of the target
        brings it).
    :param gone: ids that no longer existed; after a move that was tried before, it is what it moved then.
    :param left: ids of `ids` that are still in the folder, which only a move has. The server cannot remove single
        messages, so that they bear the keyword ``deleted`` and count as gone; or the removing failed.
    :param shown: ids of `ids` that the folder goes on showing, wherever else they lie: of what was sent, or of all.
    :param refused: ids that the server did not move or copy.
    :param server_text: the server's words for `refused` and `left`.
    """

    ids: dict[RemoteId, RemoteId | None] = field(default_factory=dict)
    gone: frozenset[RemoteId] = frozenset()
    left: frozenset[RemoteId] = frozenset()
    shown: frozenset[RemoteId] = frozenset()
    refused: frozenset[RemoteId] = frozenset()
    server_text: str = ""


@dataclass(frozen=True, slots=True)
class Removed:
    """What became of copies that were to be deleted for good.

    :param gone: ids that no longer exist, whoever removed them.
    :param left: ids that bear the keyword ``deleted`` but are still there, since the server cannot remove single
        messages; they count as gone.
    :param refused: ids that the server did not delete.
    """

    gone: frozenset[RemoteId] = frozenset()
    left: frozenset[RemoteId] = frozenset()
    refused: frozenset[RemoteId] = frozenset()
    server_text: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """An email for the wire.

    :param sender: the address that delivery reports go to; `recipients`: every address that shall get it.
    :param source: the whole email with CRLF line ends, without a Bcc header; a file is read from its beginning.
    :param needs_utf8: a header is beyond ASCII, or the local part of an address (RFC 6531).
    :param thread_id: the conversation that it answers in, where the provider has a name for it
        (`RemoteCopy.thread_id`).
    """

    sender: str
    recipients: tuple[str, ...]
    source: bytes | BinaryIO = field(repr=False)
    needs_utf8: bool = False
    thread_id: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the server has against one recipient.

    :param retry_after: seconds that it asks to wait, where the refusal is for now and it says so.
    """

    code: int
    text: str
    is_permanent: bool
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of an email that the server took for at least one recipient.

    :param rejected: address -> why; those do not get it.
    :param server_text: the server's words, often with its own id of the email.
    :param size_limit: as `Adapter.size_limit()`; None where it was not told.
    :param email_id: of the copy that the provider itself keeps among the sent ones (`RemoteCopy.email_id`), whose
        Message-ID may be another; None: it keeps none, or does not tell. `thread_id`: the same of its conversation.
    """

    accepted: frozenset[str]
    rejected: dict[str, Refusal] = field(default_factory=dict)
    server_text: str = ""
    size_limit: int | None = None
    email_id: str | None = None
    thread_id: str | None = None


@dataclass(frozen=True, slots=True)
class RemoteIdentity:
    """Whom the provider lets the account send as.

    :param name: what receivers see beside the address; '' if nothing is set.
    """

    email: str
    name: str = ""
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """All that a folder holds, whatever its age.

    :param cursor: says what the ids mean to the methods that change the folder; not for `changes()`.
    """

    ids: frozenset[RemoteId]
    cursor: dict


class Watch(Protocol):
    """A mailbox whose server tells what happens in it, on a connection of its own.

    Nothing here ever waits: whoever holds many of these calls `proceed()` when a selector finds the connection
    readable, and at `deadline` (`time.monotonic()`, changed by each call) although it is not.
    """

    deadline: float

    def fileno(self) -> int:
        """The connection, for a selector."""

    def proceed(self) -> bool:
        """Take what the server told, and say what keeps the connection alive.

        :returns: whether something happened in a folder that is watched (new, removed, other keywords), with the
            folders themselves, or may have before the watch began; never what.
        :raises TemporaryError, ProtocolError: this watch is over.
        """

    def close(self) -> None:
        """End the connection; harmless after it broke."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a provider shall tell that something happened in a mailbox.

    :param address: what it calls, by https; of Google: the name of the topic to which Gmail publishes.
    :param secret: what it shows there, where each subscription has one.
    """

    address: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Subscription:
    """That a provider tells of a mailbox. The times are aware, UTC.

    :param remote_id: how the provider calls it; '' where a mailbox has one at most.
    :param expires_at: when it ends by itself. :param renew_at: when it is best renewed.
    """

    remote_id: str
    expires_at: datetime
    renew_at: datetime


class Subscriber(Protocol):
    """Has a provider tell of the inbox of one mailbox, by requests to us, from a moment on until it expires.

    Connected from `__enter__` to `__exit__`. Every method raises members of `adapters.errors` and nothing else; of
    these `SubscriptionError` says that this, and nothing else, does not work.

    Class attribute `is_one_for_mailbox`: to stop it is to stop it for every account here that follows the same mailbox.
    """

    is_one_for_mailbox: bool

    def __enter__(self) -> "Subscriber": ...

    def __exit__(self, *exc_info) -> None: ...

    def subscribe(self, target: Target) -> Subscription:
        """Have it tell from now on. What happened before is not told."""

    def renew(self, remote_id: str, target: Target) -> Subscription:
        """Have it go on, in the same way.

        :raises SubscriptionError: ``gone``, ...
        """

    def stop(self, remote_id: str) -> None:
        """Have it tell no more. One that the provider has forgotten is as good as stopped."""


class Adapter(Protocol):
    """One mailbox on one server, connected from `__enter__` to `__exit__`.

    Every method raises members of `adapters.errors` and nothing else. None keeps state that a later process would
    need: what must be remembered is in the cursor.

    Class attributes: `has_uids`: copies are named by numbers that grow, and not by strings; `has_email_ids`: every copy
    has an `email_id`, which no other email ever has; `leaves_drafts`: an email is sent by way of a draft, which an
    attempt that failed may leave in the mailbox (see `forget_unsent()`).
    """

    has_uids: bool
    has_email_ids: bool
    leaves_drafts: bool

    def __enter__(self) -> "Adapter": ...

    def __exit__(self, *exc_info) -> None: ...

    def check_incoming(self, tell: Tell = tell_nobody) -> list[RemoteFolder]:
        """Log in for reading and list the folders; the test of a connection. Changes nothing on the server."""

    def check_outgoing(self, tell: Tell = tell_nobody) -> None:
        """Log in for sending, send nothing. May run in another thread beside any other method."""

    def send(self, envelope: Envelope, begun: Begun = nobody_asks) -> Delivery:
        """Send an email, to those of its recipients that the server takes. Keeps no copy. May run in another thread
        beside any other method.

        :param begun: called just before what makes the server take the email (of SMTP: the final dot, when it has the
            whole text). Should the process die before, nobody got it. What it raises is passed on, and nothing is sent.

        When one of these is raised, nobody got the email:

        :raises InvalidInputError: an address that cannot be told.
        :raises SendRefusedError: refused for good.
        :raises TemporaryError: refused for now, or the connection failed before the server had the whole email. Where
            the recipients were refused, details: ``rejected`` (address -> `Refusal`), some of them perhaps for good.
        :raises AuthenticationError: and what else keeps one from logging in.

        With this one, nobody knows:

        :raises DeliveryUnknownError: the server was told all, and never said whether it took it.
        """

    def forget_unsent(self, message_id: str) -> None:
        """Take away what an attempt to send the email with this Message-ID left in the mailbox, if it did not go out;
        nothing where sending leaves nothing behind. May run beside other methods, as `send()`.
        """

    def size_limit(self) -> int:
        """The largest email that is taken for sending, in bytes; 0: the server does not say, or sets no limit. Logs in
        for sending, and may run beside other methods, too.
        """

    def identities(self) -> list[RemoteIdentity]:
        """Whom the provider lets the account send as, beginning with the account itself; [] where nobody can tell."""

    def folders(self) -> list[RemoteFolder]:
        """All folders, parents before children, the INBOX first."""

    def colors(self) -> dict[str, str] | None:
        """Path -> colour (#rrggbb) of the folders that have one, after `folders()`; None: none can have any."""

    def changes(self, folder: RemoteFolder, cursor: dict | None, since: datetime | None) -> Iterator[Changes]:
        """What happened in `folder` after `cursor` (None: everything), leaving out what was received before `since`.

        Yields nothing when nothing changed. Messages come newest first, in pieces of a thousand at most.

        Copies that bear the keyword ``deleted`` (somebody marked them, to be removed some time) count as gone: they do
        not arrive, vanish when they get it, and arrive again when they lose it.

        :param folder: as `folders()` returned it in this session.
        :param since: aware; compared with the time of reception, to the second. None: no limit.
        :raises FolderGoneError: the folder cannot be opened any more.
        """

    def describe(self, folder: RemoteFolder, cursor: dict, ids: Iterable[RemoteId]) -> list[RemoteCopy]:
        """What the server says of these ids now. Those that it does not have, or that bear the keyword ``deleted``, are
        left out. Changes nothing.

        :raises CursorLostError: the ids no longer mean what they meant when `cursor` was given.
        """

    def could_be(self, folder: RemoteFolder, cursor: dict) -> bool:
        """Whether `folder`, listed under a path not known before, may be the one that `cursor` is of, renamed.

        To be asked only for the cursor of a folder that is not listed any more; several may answer to it. The server is
        not asked.

        :param folder: as `folders()` returned it.
        """

    def fetch(self, folder: RemoteFolder, copies: Iterable[RemoteCopy]) -> Iterator[list[RawMessage]]:
        """The sources of `copies`, in groups whose size in bytes is bounded, and in memory even where the server
        tells wrong sizes. Never marks anything as read.

        A copy that vanished meanwhile is left out silently.

        :raises MessageUnavailableError: at the end, after all others were yielded: the server cannot hand out those
            that the error's ``remote_ids`` names.
        """

    def header_blocks(self, folder: RemoteFolder, copies: Iterable[RemoteCopy]) -> Iterator[list[RawMessage]]:
        """The header blocks of `copies` as sources, in groups: what `fetch()` would bring up to the empty line that
        ends the header, byte for byte. That line may be there or not. Never marks anything as read.

        A copy that vanished meanwhile, or whose header the server refuses, is left out silently.
        """

    def inventory(
        self, folder: RemoteFolder, cursor: dict | None, since: datetime | None
    ) -> Iterator[list[RemoteCopy]]:
        """Every copy that `changes()` would report without a cursor, as it is now, in batches and highest id first; for
        comparing both sides. Changes nothing.

        :raises CursorLostError: the ids no longer mean what they meant when `cursor` was given.
        """

    def count(self, folder: RemoteFolder, since: datetime | None) -> int | None:
        """How many copies `inventory()` would bring, where each of them costs and their number does not; None: to know
        it, one counts what that brings.
        """

    def message_ids(self, folder: RemoteFolder, ids: Iterable[RemoteId]) -> dict[RemoteId, bytes]:
        """The Message-ID header of copies (bytes, name and value; b"": there is none, or it is refused), those that the
        folder does not hold left out. Changes nothing.
        """

    def watch(self, folders: Iterable[str] = ()) -> Watch | None:
        """Log in, and have the server tell from now on what happens in the INBOX and, where it can, in other folders.
        Never marks anything.

        :param folders: paths of those others; one that does not exist (yet) does no harm.
        :returns: a watch that lives on when the adapter is left, to be closed by its taker; None: the server cannot
            tell.
        """

    def find(self, folder: RemoteFolder, message_id: str) -> tuple[dict, list[RemoteCopy]]:
        """The copies in `folder` that bear this Message-ID, and a cursor that says what their ids mean to the methods
        below; `changes()` does not go on from it. Changes nothing.
        """

    # The methods below change the server. `cursor` is the folder's, as `changes()` gave it, and says what the ids mean:
    # if they no longer mean that, CursorLostError is raised and nothing touched. All of them raise ChangeRefusedError
    # where the folder may not be changed, FolderGoneError where it is gone (details: its path), and InvalidInputError
    # for CR, LF or NUL in any argument. When `move()` or `copy()` fails half-way, the error's `done` is the `Moved` of
    # until then.
    #
    # Only `set_keywords()`, `delete()` and `delete_folder()` may be repeated blindly. When another ends with
    # NetworkError or TemporaryError, nobody knows what the server did; `present()` tells what is still there, and
    # `again` makes a method look for what the attempt before may have brought about.

    def present(self, folder: RemoteFolder, cursor: dict, ids: Iterable[RemoteId]) -> frozenset[RemoteId]:
        """Those of `ids` that the folder holds now, without those that bear the keyword ``deleted``. Only asks."""

    def held(self, folder: RemoteFolder, cursor: dict | None = None) -> Held:
        """What the folder holds now, of that only what was there when `cursor` was made. Changes nothing.

        :raises CursorLostError: nobody knows what was there then.
        """

    def set_keywords(
        self,
        folder: RemoteFolder,
        cursor: dict,
        ids: Iterable[RemoteId],
        add: frozenset[str] = frozenset(),
        remove: frozenset[str] = frozenset(),
    ) -> Written:
        """Add keywords to copies and remove others. Keywords that the folder does not keep are left out and told."""

    def move(
        self,
        folder: RemoteFolder,
        cursor: dict,
        ids: Iterable[RemoteId],
        target: RemoteFolder,
        target_cursor: dict | None = None,
        *,
        again: bool = False,
    ) -> Moved:
        """Move copies to another folder.

        :param target_cursor: the cursor of `target`, None if it has none: new ids that it does not fit are not told.
        :param again: the same move was tried before and nobody knows how it ended. What is in `target` already, and
            arrived after `target_cursor`, is not copied a second time.
        :raises QuotaError: no room in the target.
        """

    def copy(
        self,
        folder: RemoteFolder,
        cursor: dict,
        ids: Iterable[RemoteId],
        target: RemoteFolder,
        target_cursor: dict | None = None,
        *,
        again: bool = False,
    ) -> Moved:
        """Copy copies to another folder; the parameters are those of `move()`."""

    def delete(
        self, folder: RemoteFolder, cursor: dict, ids: Iterable[RemoteId], *, everywhere: bool = False
    ) -> Removed:
        """Delete copies for good. Never removes any other message, though somebody flagged it as deleted.

        :param everywhere: not only these copies but their emails shall be gone. It makes a difference where one email
            is shown by several folders: there, what is merely deleted from one stays in all the others.
        """

    def append(
        self,
        folder: RemoteFolder,
        cursor: dict | None,
        source: bytes,
        keywords: frozenset[str] = frozenset(),
        internal_date: datetime | None = None,
        *,
        again: bool = False,
    ) -> RemoteId | None:
        """Put a message into a folder, byte for byte; keywords that it does not keep are left out.

        :param cursor: None if the folder has none; an id that does not fit it is not told.
        :param internal_date: when it counts as received, aware; None: now.
        :param again: this was tried before and nobody knows how it ended: if a message with this Message-ID arrived
            after `cursor`, or among the newest if there is none, it is that one and nothing is put there.
        :returns: the id, None if the server does not tell (the next `changes()` brings it).
        :raises QuotaError: the mailbox is full or the message larger than the server takes.
        """

    def create_folder(self, name: str, parent: RemoteFolder | None = None) -> RemoteFolder:
        """Make a folder, below `parent` or at the top, and subscribe to it.

        :param name: as people write it.
        :raises ChangeRefusedError: ``exists``, ``bad_name`` (also for the character that separates names), ...
        """

    def rename_folder(self, folder: RemoteFolder, name: str, parent: RemoteFolder | None = None) -> RemoteFolder:
        """Give a folder a new name and put it below `parent` (None: at the top), with all folders below it.

        Whether the ids and cursors stay good is told by the next `changes()`; paths of the folders below change, too.

        :raises ChangeRefusedError: ``exists``, ``bad_name``, ``fixed`` (the INBOX), ...
        """

    def delete_folder(self, folder: RemoteFolder) -> None:
        """Delete a folder with its messages. Folders below it stay.

        :raises ChangeRefusedError: ``fixed`` (the INBOX), ``no_permission``, ...
        :raises FolderGoneError: there is none (any more).
        """
