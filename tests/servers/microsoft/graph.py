"""The mail part of Microsoft Graph v1.0, as far as it is used, upon mailboxes that keep what is done to them.

What a client sends and what it is answered is held against Microsoft's description; what is not in it is a violation.
"""

import base64
import binascii
import json
import re
import secrets
import threading
from collections import defaultdict
from collections.abc import Callable
from urllib.parse import quote, unquote

from . import sources
from .delta import Deltas
from .descriptions import Descriptions, published
from .directory import GRAPH, Directory, Token, User
from .mailbox import Folder, Mailbox, Message, described, headers, moment
from .query import BadRequestError, Options, read
from .subscriptions import Subscriptions
from .web import DropError, Request, Response

#: Bytes of a request.
LARGEST = 4 * 1024 * 1024
#: Requests to one mailbox at a time.
AT_ONCE = 4
#: Requests in a batch.
BATCH = 20
#: Files below this have no upload session.
SMALLEST_SESSION, LARGEST_FILE = 3 * 1024 * 1024, 150 * 1024 * 1024

FOLDER_FIELDS = (
    *("id", "displayName", "parentFolderId", "childFolderCount", "unreadItemCount", "totalItemCount", "isHidden"),
)
#: What a message is told with if nothing is selected.
MESSAGE_FIELDS = (
    *("createdDateTime", "lastModifiedDateTime", "changeKey", "categories", "receivedDateTime", "sentDateTime"),
    *("hasAttachments", "internetMessageId", "subject", "bodyPreview", "importance", "parentFolderId"),
    *("conversationId", "isRead", "isDraft", "body", "sender", "from", "toRecipients", "ccRecipients"),
    *("bccRecipients", "replyTo", "flag"),
)
#: What a client may write to a message, and what besides while it is a draft.
WRITABLE = {"isRead", "flag", "categories", "importance", "singleValueExtendedProperties", "isReadReceiptRequested"}
WRITABLE_IN_DRAFTS = WRITABLE | {
    *("subject", "body", "toRecipients", "ccRecipients", "bccRecipients", "replyTo", "from", "sender"),
    "internetMessageId",
}
MAPI_SIZE, MAPI_FLAGS, MAPI_DELIVERED = "Integer 0x0E08", "Integer 0x0E07", "SystemTime 0x0E06"

Handler = Callable[..., Response]


class GraphError(Exception):
    """A refusal as Graph words it."""

    def __init__(self, status: int, code: str, text: str, headers: dict[str, str] | None = None):
        super().__init__(text)
        self.response = failure(status, code, text, headers)


def failure(status: int, code: str, text: str, headers: dict[str, str] | None = None) -> Response:
    """A refusal, also for faults that a test asks for."""
    inner = {"request-id": secrets.token_hex(8), "date": moment().strftime("%Y-%m-%dT%H:%M:%S")}
    return Response.json({"error": {"code": code, "message": text, "innerError": inner}}, status, headers)


def not_found(code: str = "ErrorItemNotFound") -> GraphError:
    return GraphError(404, code, "The specified object was not found in the store.")


class Call:
    """One request to one mailbox: who asks, whose it is, and how ids are told."""

    def __init__(self, request: Request, token: Token, me: User, owner: User, mailbox: Mailbox):
        self.request = request
        self.token = token
        self.me = me
        self.owner = owner
        self.mailbox = mailbox
        self.user = "/me" if me is owner else f"/users('{quote(owner.email)}')"
        preferences = [part.strip() for part in request.headers.get("prefer", "").split(",") if part.strip()]
        self.immutable = 'IdType="ImmutableId"' in preferences
        sizes = [re.fullmatch(r"odata\.maxpagesize=(\d+)", part) for part in preferences]
        self.page_size = next((int(match[1]) for match in sizes if match), 0)
        self.unknown = [
            part
            for part, match in zip(preferences, sizes, strict=True)
            if not match and part not in ('IdType="ImmutableId"', 'outlook.body-content-type="text"')
        ]


class Graph:
    """Attributes that a test may change: `allow_mutable_ids` (else each request has to ask for immutable ones),
    `lacks_permanent_delete`, `size_limit` (bytes of an email), `retry_after` (seconds, where too much is asked at
    once).

    `busy`: how many requests to whose mailbox are being answered.

    `delivered`: what left for addresses without a mailbox here, as (recipient, source).

    `subscriptions`: who is told of what.
    """

    def __init__(self, directory: Directory, violations: list[str]):
        self.directory = directory
        self.violations = violations
        self.mailboxes: dict[str, Mailbox] = {}
        self.deltas: dict[str, Deltas] = {}
        self.allow_mutable_ids = False
        self.lacks_permanent_delete = False
        self.size_limit = 35 * 1024 * 1024
        self.retry_after = 1
        self.delivered: list[tuple[str, bytes]] = []
        self.subscriptions = Subscriptions(directory, violations)
        self._uploads: dict[str, dict] = {}
        self.busy: dict[str, int] = defaultdict(int)
        self._busy_lock = threading.Lock()
        # Found while requests are answered, in several threads; the work itself is done by one at a time.
        self._lock = threading.RLock()

    @property
    def descriptions(self) -> Descriptions:
        return published()

    def mailbox(self, email: str) -> Mailbox:
        """The mailbox of a user, made when it is first asked for."""
        user = self.directory.find(email)
        with self._lock:
            if user.id not in self.mailboxes:
                self.mailboxes[user.id] = Mailbox(user.email)
                self.deltas[user.id] = Deltas(self.mailboxes[user.id])
            return self.mailboxes[user.id]

    def delta(self, email: str) -> Deltas:
        """The delta queries of a user's mailbox."""
        self.mailbox(email)
        return self.deltas[self.directory.find(email).id]

    # ------------------------------------------------------------ requests

    def handle(self, request: Request, url: str, fault: Callable) -> Response | None:
        """The answer, or None if the address is none of Graph's.

        :param fault: what goes wrong with a request by a test's wish, see `WebServer.fault`.
        """
        self._url = url
        if request.path.startswith("/upload/"):
            return self._guarded(self._upload, request)
        if not request.path.startswith("/v1.0/"):
            return None
        if len(request.body) > LARGEST:
            return failure(413, "RequestBodyTooLarge", "The maximum request length supported is 4MB.")
        if request.path == "/v1.0/$batch" and request.method == "POST":
            return self._guarded(self._batch, request, fault)
        return self._guarded(self._single, request)

    def _guarded(self, handler: Handler, *arguments) -> Response:
        try:
            return handler(*arguments)
        except GraphError as error:
            return error.response
        except BadRequestError as error:
            if error.status == 400:
                self.violations.append(f"{arguments[0].method} {arguments[0].target}: {error}")
            return failure(error.status, error.code, str(error))

    def _batch(self, request: Request, fault: Callable) -> Response:
        self._token(request)
        parts = self._json(request).get("requests", [])
        if not 0 < len(parts) <= BATCH:
            raise BadRequestError(f"Number of batch request steps must be from 1 to {BATCH}.")
        if len({part["id"] for part in parts}) < len(parts):
            raise BadRequestError("Duplicate ids in the batch.")
        answers = [self._part(part, request, fault) for part in parts]
        # In whatever order they are done.
        return Response.json({"responses": answers[1:] + answers[:1]})

    def _part(self, part: dict, request: Request, fault: Callable) -> dict:
        if unknown := part.keys() - {"id", "method", "url", "headers", "body", "dependsOn"}:
            raise BadRequestError(f"Unknown member of a batch request: {unknown}")
        own = {name.lower(): value for name, value in part.get("headers", {}).items()}
        body = b""
        if "body" in part:
            if own.get("content-type") != "application/json":
                raise BadRequestError("A part with a body needs a Content-Type.")
            body = json.dumps(part["body"]).encode()
        own["authorization"] = request.headers.get("authorization", "")
        inner = Request(part["method"], f"/v1.0{part['url']}", own, body)
        failed = fault(inner)
        response = None if failed and not failed.after else self._guarded(self._single, inner)
        if failed:
            try:
                response = failed.answer(inner)
            except DropError:
                response = failure(504, "UnknownError", "The part timed out.")
        answer = {"id": part["id"], "status": response.status, "headers": response.headers}
        if response.headers.get("Content-Type") == "application/json":
            answer["body"] = json.loads(response.body)
        elif response.body:
            answer["body"] = base64.b64encode(response.body).decode()
        return answer

    def _single(self, request: Request) -> Response:
        token = self._token(request)
        me = self.directory.find(token.email)
        steps = _steps(request.target.partition("?")[0].removeprefix("/v1.0/"))
        if steps[0] == "subscriptions":
            return self.subscriptions.handle(request, token, steps)
        if steps[0] == "me":
            owner, rest = me, steps[1:]
        elif steps[0] == "users" and len(steps) > 1:
            owner, rest = self.directory.find(steps[1]), steps[2:]
        else:
            raise GraphError(400, "BadRequest", f"Resource not found for the segment '{steps[0]}'.")
        if not rest:
            return self._user(request, token, me, owner)
        if not owner:
            raise GraphError(404, "ErrorInvalidUser", f"The requested user '{steps[1]}' is invalid.")
        if not owner.mailbox:
            text = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
            raise GraphError(404, "MailboxNotEnabledForRESTAPI", text)
        return self._counted(request, token, me, owner, rest)

    def _counted(self, request: Request, token: Token, me: User, owner: User, rest: list[str]) -> Response:
        with self._busy_lock:
            self.busy[owner.id] += 1
            too_many = self.busy[owner.id] > AT_ONCE
        try:
            if too_many:
                text = "Application is over its MailboxConcurrency limit."
                raise GraphError(429, "ApplicationThrottled", text, {"Retry-After": str(self.retry_after)})
            with self._lock:
                return self._routed(Call(request, token, me, owner, self.mailbox(owner.email)), rest)
        finally:
            with self._busy_lock:
                self.busy[owner.id] -= 1

    def _token(self, request: Request) -> Token:
        shown = request.headers.get("authorization", "").removeprefix("Bearer ")
        token = self.directory.access.get(shown)
        if not token:
            raise GraphError(401, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience.")
        if token.audience != GRAPH:
            raise GraphError(401, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience.")
        if not token.valid:
            text = "Lifetime validation failed, the token is expired."
            raise GraphError(401, "InvalidAuthenticationToken", text)
        return token

    def _allow(self, call: Call, what: str) -> None:
        """Refuse what neither the token nor the mailbox allows. `what`: ``read``, ``write`` or ``send``."""
        scopes = {
            "read": {"Mail.Read", "Mail.ReadWrite"},
            "write": {"Mail.ReadWrite"},
            "send": {"Mail.Send"},
        }[what]
        if call.me is not call.owner:
            scopes = {f"{scope}.Shared" for scope in scopes}
            is_allowed = call.me.email.lower() in call.owner.members
        else:
            is_allowed = True
        if not scopes & call.token.scopes or not is_allowed:
            raise GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")

    def _routed(self, call: Call, steps: list[str]) -> Response:
        if not call.immutable and not self.allow_mutable_ids:
            self.violations.append(f"{call.request.method} {call.request.target}: no immutable ids asked for")
        self.violations += [f"{call.request.target}: unknown preference {part}" for part in call.unknown]
        shape, names = _shape(steps)
        handlers: dict[tuple[str, str], tuple[str, Handler]] = {
            ("GET", "mailFolders"): ("read", self._list_folders),
            ("POST", "mailFolders"): ("write", self._create_folder),
            ("GET", "mailFolders/delta"): ("read", self._folder_delta),
            ("GET", "mailFolders/*"): ("read", self._get_folder),
            ("PATCH", "mailFolders/*"): ("write", self._patch_folder),
            ("DELETE", "mailFolders/*"): ("write", self._delete_folder),
            ("POST", "mailFolders/*/permanentDelete"): ("write", self._purge_folder),
            ("POST", "mailFolders/*/move"): ("write", self._move_folder),
            ("GET", "mailFolders/*/childFolders"): ("read", self._list_folders),
            ("POST", "mailFolders/*/childFolders"): ("write", self._create_folder),
            ("GET", "mailFolders/*/messages"): ("read", self._list_messages),
            ("POST", "mailFolders/*/messages"): ("write", self._create_in_folder),
            ("GET", "mailFolders/*/messages/delta"): ("read", self._message_delta),
            ("GET", "messages"): ("read", self._list_messages),
            ("POST", "messages"): ("write", self._create_message),
            ("GET", "messages/*"): ("read", self._get_message),
            ("PATCH", "messages/*"): ("write", self._patch_message),
            ("DELETE", "messages/*"): ("write", self._delete_message),
            ("GET", "messages/*/$value"): ("read", self._get_source),
            ("POST", "messages/*/move"): ("write", self._move_message),
            ("POST", "messages/*/copy"): ("write", self._copy_message),
            ("POST", "messages/*/permanentDelete"): ("write", self._purge_message),
            ("POST", "messages/*/send"): ("send", self._send),
            ("POST", "messages/*/attachments"): ("write", self._attach),
            ("POST", "messages/*/attachments/createUploadSession"): ("write", self._create_session),
        }
        found = handlers.get((call.request.method, shape))
        if not found or (self.lacks_permanent_delete and shape.endswith("permanentDelete")):
            if not found:
                self.violations.append(f"no such operation: {call.request.method} {call.request.target}")
            raise GraphError(400, "BadRequest", f"Resource not found for the segment '{steps[-1]}'.")
        what, handler = found
        self._allow(call, what)
        return handler(call, *names)

    # ------------------------------------------------------------ users

    def _user(self, request: Request, token: Token, me: User, owner: User | None) -> Response:
        if owner is not me or "User.Read" not in token.scopes:
            text = "Insufficient privileges to complete the operation."
            raise GraphError(403, "Authorization_RequestDenied", text)
        value = {
            "id": me.id,
            "displayName": me.name,
            "mail": me.email,
            "userPrincipalName": me.email,
            "proxyAddresses": [f"SMTP:{me.email}", *(f"smtp:{alias}" for alias in me.aliases), f"SPO:{me.id}"],
            "otherMails": [],
        }
        parameters = dict(request.parameters)
        select = [name for name in parameters.pop("$select", "").split(",") if name]
        if parameters:
            raise BadRequestError(f"Unknown options: {sorted(parameters)}")
        for name in select:
            if name not in self.descriptions.properties("User"):
                raise BadRequestError(f"Could not find a property named '{name}' on type 'microsoft.graph.user'.")
        shown = select or ["id", "displayName", "mail", "userPrincipalName"]
        return self._told("User", {name: value.get(name) for name in shown})

    # ------------------------------------------------------------ folders

    def _folder(self, call: Call, name: str) -> Folder:
        folder = call.mailbox.find_folder(name)
        if not folder:
            raise not_found("ErrorItemNotFound")
        return folder

    def _folder_value(self, call: Call, folder: Folder, select: tuple[str, ...] = ()) -> dict:
        inside = call.mailbox.inside(folder.id)
        value = {
            "id": folder.id,
            "displayName": folder.name,
            "parentFolderId": folder.parent or f"AQMkROOT{call.owner.id}",
            "childFolderCount": len(call.mailbox.children(folder.id)),
            "totalItemCount": len(inside),
            "unreadItemCount": sum(not message.values.get("isRead") for message in inside),
            "isHidden": False,
        }
        return {name: value[name] for name in dict.fromkeys((*(select or FOLDER_FIELDS), "id"))}

    def _list_folders(self, call: Call, parent: str = "msgfolderroot") -> Response:
        options = read(call.request.parameters, self.descriptions, kind="MailFolder")
        found = call.mailbox.children(self._folder(call, parent).id)
        values = [self._folder_value(call, folder, options.select) for folder in found[: options.top or 10]]
        return self._told_all("MailFolder", values)

    def _folder_delta(self, call: Call) -> Response:
        parameters = dict(call.request.parameters)
        skip = int(parameters.pop("$skiptoken", "0"))
        select = parameters.get("$select", "")
        read(parameters, self.descriptions, delta=True, kind="MailFolder")
        hidden = [call.mailbox.known(name).id for name in ("recoverableitemsdeletions", "recoverableitemspurges")]
        # Those below before those above: the order is not promised.
        found = [folder for folder in call.mailbox.folders.values() if folder.id not in hidden][::-1]
        size = call.page_size or 10
        names = tuple(name for name in select.split(",") if name)
        values = [self._folder_value(call, folder, names) for folder in found[skip : skip + size]]
        link = f"{self.deltas[call.owner.id].base or self._url}/v1.0{call.user}/mailFolders/delta"
        if skip + size < len(found):
            following = {"@odata.nextLink": f"{link}?$select={select}&$skiptoken={skip + size}"}
        else:
            following = {"@odata.deltaLink": f"{link}?$deltatoken={secrets.token_urlsafe(8)}"}
        return self._told_all("MailFolder", values, following)

    def _get_folder(self, call: Call, name: str) -> Response:
        options = read(call.request.parameters, self.descriptions, kind="MailFolder")
        return self._told("MailFolder", self._folder_value(call, self._folder(call, name), options.select))

    def _name(self, call: Call, parent: str | None, besides: Folder | None = None) -> str:
        value = self._described(call.request, "MailFolder")
        if set(value) - {"displayName", "isHidden"}:
            raise BadRequestError(f"Read-only properties: {sorted(value)}")
        self._free(call, parent, value["displayName"], besides)
        return value["displayName"]

    def _free(self, call: Call, parent: str | None, name: str, besides: Folder | None = None) -> None:
        for folder in call.mailbox.children(parent):
            if folder is not besides and folder.name.casefold() == name.casefold():
                raise GraphError(409, "ErrorFolderExists", "A folder with the specified name already exists.")

    def _create_folder(self, call: Call, parent: str = "msgfolderroot") -> Response:
        above = self._folder(call, parent)
        folder = call.mailbox.add_folder(self._name(call, above.id), above.id)
        return self._told("MailFolder", self._folder_value(call, folder), 201)

    def _patch_folder(self, call: Call, name: str) -> Response:
        folder = self._folder(call, name)
        if folder.known:
            raise GraphError(403, "ErrorAccessDenied", "Distinguished folders cannot be renamed.")
        folder.name = self._name(call, folder.parent, folder)
        return self._told("MailFolder", self._folder_value(call, folder))

    def _move_folder(self, call: Call, name: str) -> Response:
        folder, target = self._folder(call, name), self._folder(call, self._destination(call))
        if folder.known:
            raise GraphError(403, "ErrorMoveDistinguishedFolder", "Distinguished folders cannot be moved.")
        self._free(call, target.id, folder.name)
        folder.parent = target.id
        return self._told("MailFolder", self._folder_value(call, folder), 201)

    def _delete_folder(self, call: Call, name: str) -> Response:
        folder = self._folder(call, name)
        if folder.known:
            raise GraphError(403, "ErrorDeleteDistinguishedFolder", "Distinguished folders cannot be deleted.")
        trash = call.mailbox.known("deleteditems")
        self._free(call, trash.id, folder.name)
        folder.parent = trash.id
        return Response(204)

    def _purge_folder(self, call: Call, name: str) -> Response:
        folder = self._folder(call, name)
        if folder.known:
            raise GraphError(403, "ErrorDeleteDistinguishedFolder", "Distinguished folders cannot be deleted.")
        call.mailbox.delete_folder(folder)
        return Response(204)

    # ------------------------------------------------------------ messages

    def _message(self, call: Call, message_id: str) -> Message:
        message = call.mailbox.find(message_id)
        if not message:
            raise not_found()
        return message

    def _value(self, call: Call, message: Message, options: Options) -> dict:
        own = {
            "parentFolderId": message.folder,
            "changeKey": secrets.token_hex(4),
            "internetMessageHeaders": [] if message.values.get("isDraft") else headers(message.source),
        }
        known = {**message.values, **own}
        shown = options.select or MESSAGE_FIELDS
        value = {name: known.get(name) for name in shown if name != "id"}
        value["id"] = message.id if call.immutable else message.mutable
        if options.extended:
            found = {**message.extended, MAPI_SIZE: str(message.size)}
            value["singleValueExtendedProperties"] = [
                {"id": _as_told(name), "value": found[name]} for name in options.extended if name in found
            ]
        return value

    def _list_messages(self, call: Call, folder: str = "") -> Response:
        parameters = dict(call.request.parameters)
        skip = int(parameters.pop("$skiptoken", "0"))
        options = read(parameters, self.descriptions)
        inside = call.mailbox.inside(self._folder(call, folder).id) if folder else list(call.mailbox.messages.values())
        found = [message for message in inside if options.fits(message)]
        if options.newest_first:
            found.sort(key=lambda message: message.values["receivedDateTime"], reverse=True)
        size = min(options.top or call.page_size or 10, self.deltas[call.owner.id].page_cap)
        more = {"@odata.count": len(found)} if options.count else {}
        if skip + size < len(found):
            query = "&".join(f"{name}={quote(value)}" for name, value in parameters.items())
            place = f"mailFolders('{quote(self._folder(call, folder).id)}')/messages" if folder else "messages"
            base = self.deltas[call.owner.id].base or self._url
            more["@odata.nextLink"] = f"{base}/v1.0{call.user}/{place}?{query}&$skiptoken={skip + size}"
        values = [self._value(call, message, options) for message in found[skip : skip + size]]
        return self._told_all("Message", values, more)

    def _message_delta(self, call: Call, name: str) -> Response:
        folder, deltas = self._folder(call, name), self.deltas[call.owner.id]
        parameters = call.request.parameters
        tokens = {
            key.lower(): value for key, value in parameters.items() if key.lower() in ("$deltatoken", "$skiptoken")
        }
        if tokens and len(parameters) > 1:
            raise BadRequestError("A link of a delta query is to be used as it is.")
        if tokens:
            [(kind, token)] = tokens.items()
            state = deltas.resume(folder, token, is_delta=kind == "$deltatoken")
        else:
            token, state = "", deltas.start(folder, read(parameters, self.descriptions, delta=True))
        found, following, is_last = deltas.page(state, token, call.page_size or state.options.top)
        values = []
        for one, message in found:
            if message:
                values.append(self._value(call, message, state.options))
            else:
                values.append({"id": one, "@removed": {"reason": "deleted"}})
        kind = "@odata.deltaLink" if is_last else "@odata.nextLink"
        return self._told_all("Message", values, {kind: deltas.link(self._url, call.user, folder, following, is_last)})

    def _get_message(self, call: Call, message_id: str) -> Response:
        options = read(call.request.parameters, self.descriptions)
        return self._told("Message", self._value(call, self._message(call, message_id), options))

    def _get_source(self, call: Call, message_id: str) -> Response:
        return Response(200, {"Content-Type": "text/plain"}, sources.of(self._message(call, message_id)))

    def _patch_message(self, call: Call, message_id: str) -> Response:
        message = self._message(call, message_id)
        value = self._described(call.request, "Message")
        allowed = WRITABLE_IN_DRAFTS if message.values.get("isDraft") else WRITABLE
        if set(value) - allowed:
            raise BadRequestError(f"Read-only properties: {sorted(set(value) - allowed)}", "ErrorInvalidPropertySet")
        for entry in value.pop("singleValueExtendedProperties", ()):
            self._extend(message, entry)
        message.values |= value
        call.mailbox.touch(message)
        return self._told("Message", self._value(call, message, Options()))

    def _extend(self, message: Message, entry: dict) -> None:
        name = _as_written(entry["id"])
        if name in (MAPI_SIZE, MAPI_FLAGS):
            raise BadRequestError(f"The property {name} cannot be written.", "ErrorInvalidPropertySet")
        message.extended[name] = entry["value"]

    def _destination(self, call: Call) -> str:
        # The reference writes destinationId, the metadata DestinationId: Graph takes both.
        value = {name.lower(): own for name, own in self._json(call.request).items()}
        if set(value) != {"destinationid"}:
            raise BadRequestError(f"Unknown parameters: {sorted(value)}")
        return value["destinationid"]

    def _move_message(self, call: Call, message_id: str) -> Response:
        message, target = self._message(call, message_id), self._folder(call, self._destination(call))
        call.mailbox.move(message, target)
        return self._told("Message", self._value(call, message, Options()), 201)

    def _copy_message(self, call: Call, message_id: str) -> Response:
        message, target = self._message(call, message_id), self._folder(call, self._destination(call))
        self._fit(call, message.size)
        return self._told("Message", self._value(call, call.mailbox.copy(message, target), Options()), 201)

    def _delete_message(self, call: Call, message_id: str) -> Response:
        message = self._message(call, message_id)
        trash = call.mailbox.known("deleteditems")
        deletions = call.mailbox.known("recoverableitemsdeletions")
        call.mailbox.move(message, deletions if message.folder == trash.id else trash)
        return Response(204)

    def _purge_message(self, call: Call, message_id: str) -> Response:
        call.mailbox.remove(self._message(call, message_id))
        return Response(204)

    def _fit(self, call: Call, size: int) -> None:
        if call.mailbox.used() + size > call.mailbox.quota:
            raise GraphError(507, "ErrorQuotaExceeded", "The mailbox has exceeded its quota.")
        if size > self.size_limit:
            raise GraphError(413, "ErrorMessageSizeExceeded", "The message exceeds the maximum supported size.")

    # ------------------------------------------------------------ new messages

    def _create_message(self, call: Call) -> Response:
        if call.request.headers.get("content-type") == "text/plain":
            return self._create_from_source(call)
        return self._create_in_folder(call, "drafts")

    def _create_from_source(self, call: Call) -> Response:
        try:
            source = base64.b64decode(call.request.body, validate=True)
        except binascii.Error as error:
            raise BadRequestError(
                "Invalid base64 string for MIME content.", "ErrorMimeContentInvalidBase64String"
            ) from error
        self._fit(call, len(source))
        values = described(source) | _new(is_read=True, is_draft=True)
        message = call.mailbox.put(sources.as_kept(source), call.mailbox.known("drafts"), values)
        return self._told("Message", self._value(call, message, Options()), 201)

    def _create_in_folder(self, call: Call, name: str) -> Response:
        folder = self._folder(call, name)
        if call.request.headers.get("content-type") != "application/json":
            # MIME is taken where drafts are made, and nowhere else.
            raise BadRequestError("Unable to read JSON request payload.")
        value = self._described(call.request, "Message")
        if set(value) - WRITABLE_IN_DRAFTS:
            raise BadRequestError(f"Read-only properties: {sorted(set(value) - WRITABLE_IN_DRAFTS)}")
        extended = {
            _as_written(entry["id"]): entry["value"] for entry in value.pop("singleValueExtendedProperties", ())
        }
        flags = int(extended.pop(MAPI_FLAGS, "9"))
        source = sources.made_of(value, extended)
        values = described(source) | _new(is_read=bool(flags & 1), is_draft=bool(flags & 8)) | value
        if delivered := extended.pop(MAPI_DELIVERED, None):
            values["receivedDateTime"] = delivered
        message = call.mailbox.put(source, folder, values)
        message.extended = extended
        return self._told("Message", self._value(call, message, Options()), 201)

    def _attach(self, call: Call, message_id: str) -> Response:
        message = self._message(call, message_id)
        value = self._described(call.request, "FileAttachment")
        content = base64.b64decode(value["contentBytes"])
        if len(content) >= SMALLEST_SESSION:
            raise GraphError(413, "ErrorMessageSizeExceeded", "Larger files need an upload session.")
        self._add(call, message, value, content)
        return self._told("FileAttachment", {"id": secrets.token_urlsafe(9), "name": value["name"]}, 201)

    def _add(self, call: Call, message: Message, facts: dict, content: bytes) -> None:
        self._fit(call, len(sources.of(message)) + len(content))
        message.attachments.append({**facts, "content": content})
        message.values["hasAttachments"] = True
        call.mailbox.touch(message)

    def _create_session(self, call: Call, message_id: str) -> Response:
        message, value = self._message(call, message_id), self._json(call.request)
        if set(value) != {"AttachmentItem"}:
            raise BadRequestError(f"Unknown parameters: {sorted(value)}")
        item = value["AttachmentItem"]
        self._check(call.request, "AttachmentItem", item)
        if not SMALLEST_SESSION <= item["size"] <= LARGEST_FILE:
            raise BadRequestError("An upload session is for files of 3 MB to 150 MB.", "ErrorInvalidRequest")
        token = secrets.token_urlsafe(16)
        self._uploads[token] = {"call": call, "message": message.id, "item": item, "content": bytearray()}
        session = {
            "uploadUrl": f"{self._url}/upload/{token}",
            "expirationDateTime": moment().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "nextExpectedRanges": ["0-"],
        }
        return self._told("UploadSession", session, 201)

    def _upload(self, request: Request) -> Response:
        if "authorization" in request.headers:
            self.violations.append("a token was shown to the place for files")
        session = self._uploads.get(request.path.removeprefix("/upload/"))
        if not session or request.method != "PUT":
            raise not_found("ErrorUploadSessionNotFound")
        match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", request.headers.get("content-range", ""))
        start, end, total = map(int, match.groups()) if match else (-1, -1, -1)
        content, item = session["content"], session["item"]
        if total != item["size"] or start != len(content) or end - start + 1 != len(request.body):
            raise BadRequestError("Invalid Content-Range.", "ErrorInvalidRange", 416)
        if len(request.body) > LARGEST:
            raise BadRequestError("A piece has at most 4 MB.", "ErrorInvalidRange", 416)
        content += request.body
        if len(content) < total:
            return self._told("UploadSession", {"nextExpectedRanges": [str(len(content))]})
        call = session["call"]
        with self._lock:
            self._add(call, self._message(call, session["message"]), item, bytes(content))
        return Response(201, {"Location": f"{self._url}/attachment"})

    # ------------------------------------------------------------ sending

    def _send(self, call: Call, message_id: str) -> Response:
        message = self._message(call, message_id)
        if call.request.body:
            raise BadRequestError("This action has no parameters.")
        if not message.values.get("isDraft"):
            raise GraphError(400, "ErrorInvalidRequest", "The message is not a draft.")
        fields = ("toRecipients", "ccRecipients", "bccRecipients")
        people = [one["emailAddress"]["address"] for name in fields for one in message.values.get(name) or ()]
        if not people:
            raise GraphError(400, "ErrorInvalidRecipients", "At least one recipient isn't valid.")
        sender = message.values.get("from") or {"emailAddress": {"name": call.owner.name, "address": call.owner.email}}
        self._check_sender(call, sender["emailAddress"]["address"])
        source = sources.of(message)
        self._fit(call, len(source))
        for person in dict.fromkeys(address.lower() for address in people):
            self._deliver(person, sources.without_bcc(source))
        message.values |= _new(is_read=True, is_draft=False) | {"from": sender, "sentDateTime": _now()}
        call.mailbox.move(message, call.mailbox.known("sentitems"))
        return Response(202)

    def _check_sender(self, call: Call, address: str) -> None:
        owner = self.directory.find(address)
        may = owner is call.me or (owner and call.me.email.lower() in owner.senders)
        if not may:
            text = "The user account which was used to submit this request does not have the right to send mail on "
            raise GraphError(403, "ErrorSendAsDenied", f"{text}behalf of the specified sending account.")

    def _deliver(self, address: str, source: bytes) -> None:
        user = self.directory.find(address)
        if user and user.mailbox:
            self.mailbox(user.email).add(source)
        else:
            self.delivered.append((address, source))

    # ------------------------------------------------------------ what is told

    def _json(self, request: Request) -> dict:
        if request.headers.get("content-type") != "application/json":
            raise BadRequestError("The request has no JSON.")
        try:
            value = json.loads(request.body)
        except ValueError as error:
            raise BadRequestError("Unable to read JSON request payload.") from error
        return value

    def _described(self, request: Request, kind: str) -> dict:
        value = {name: own for name, own in self._json(request).items() if "@" not in name}
        self._check(request, kind, value)
        return value

    def _check(self, request: Request, kind: str, value: dict) -> None:
        problems = self.descriptions.check(kind, value)
        if problems:
            raise BadRequestError("; ".join(problems))

    def _told(self, kind: str, value: dict, status: int = 200) -> Response:
        self.violations += [f"answer: {problem}" for problem in self.descriptions.check(kind, value)]
        return Response.json({"@odata.context": f"{self._url}/v1.0/$metadata#{kind}", **value}, status)

    def _told_all(self, kind: str, values: list[dict], more: dict | None = None) -> Response:
        for value in values:
            self.violations += [f"answer: {problem}" for problem in self.descriptions.check(kind, value)]
        return Response.json({"@odata.context": f"{self._url}/v1.0/$metadata#{kind}", "value": values, **(more or {})})


def _steps(path: str) -> list[str]:
    """``users('a')/messages/b`` -> ``users``, ``a``, ``messages``, ``b``, decoded."""
    path = re.sub(r"\('([^']*)'\)", r"/\1", path.replace("%27", "'"))
    return [unquote(step).removesuffix("()") for step in path.split("/")]


def _shape(steps: list[str]) -> tuple[str, list[str]]:
    """The path with ``*`` for names and ids, and these."""
    shape, names, is_name = [], [], False
    for step in steps:
        if is_name and step != "delta":
            shape.append("*")
            names.append(step)
            is_name = False
        else:
            shape.append(step)
            is_name = step in ("mailFolders", "messages")
    return "/".join(shape), names


def _as_written(name: str) -> str:
    """An extended property's id in the form that the stand-in keeps it by."""
    kind, _, tag = name.partition(" ")
    return f"{kind} 0x{int(tag, 16):04X}"


def _as_told(name: str) -> str:
    """The same as Graph writes it: ``Integer 0xe08``."""
    kind, _, tag = name.partition(" ")
    return f"{kind} 0x{int(tag, 16):x}"


def _now() -> str:
    return moment().strftime("%Y-%m-%dT%H:%M:%SZ")


def _new(*, is_read: bool, is_draft: bool) -> dict:
    now = _now()
    return {
        "receivedDateTime": now,
        "createdDateTime": now,
        "lastModifiedDateTime": now,
        "isRead": is_read,
        "isDraft": is_draft,
        "categories": [],
        "flag": {"flagStatus": "notFlagged"},
    }
