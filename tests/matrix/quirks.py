"""The habits of servers that the suite cannot start, and of broken ones."""

import re

from tests.servers.quirky import Quirk


class NoUidnext(Quirk):
    """GNU imap4d: SELECT does not tell UIDNEXT, and STATUS neither where it is asked for it."""

    def untagged(self, line: bytes) -> bytes | None:
        if line.startswith(b"* OK [UIDNEXT"):
            return None
        if line.startswith(b"* STATUS"):
            return re.sub(rb" ?UIDNEXT \d+", b"", line)
        return line


class NoKeywords(Quirk):
    """Only the flags of RFC 3501: every other keyword is refused."""

    refusal = b"NO [CANNOT] Keywords are not supported"

    def command(self, tag: bytes, line: bytes) -> bytes | None:
        match = re.search(rb"^(?:UID STORE .*FLAGS\S* |APPEND .*)\(([^)]*)\)", line, re.IGNORECASE)
        if match and any(not flag.startswith(b"\\") for flag in match[1].split()):
            return None
        return line

    def untagged(self, line: bytes) -> bytes | None:
        return line.replace(b" \\*)", b")") if b"PERMANENTFLAGS" in line else line


class ForgetfulAppend(Quirk):
    """APPEND keeps neither flags nor date, and tells no UID."""

    def command(self, tag: bytes, line: bytes) -> bytes | None:
        return re.sub(rb'^(APPEND "[^"]*")(?: \([^)]*\))?(?: "[^"]*")? (\{)', rb"\1 \2", line, flags=re.IGNORECASE)

    def tagged(self, tag: bytes, line: bytes) -> bytes:
        return re.sub(rb"\[APPENDUID [^]]*\] ", b"", line)


class RewrittenHeaders(Quirk):
    """Cyrus: what is not ASCII in a header becomes X. Others add bytes at the end, which changes the size."""

    def literal(self, data: bytes) -> bytes:
        head, separator, body = data.partition(b"\r\n\r\n")
        return re.sub(rb"[\x80-\xff]", b"X", head) + separator + body if separator else data


class SilentIdle(Quirk):
    """IDLE is taken, and nothing is ever pushed."""

    def __init__(self, server):
        super().__init__(server)
        self._tag = None

    def command(self, tag: bytes, line: bytes) -> bytes | None:
        if line.upper() == b"IDLE":
            self._tag = tag
        return line

    def untagged(self, line: bytes) -> bytes | None:
        return None if self._tag else line

    def tagged(self, tag: bytes, line: bytes) -> bytes:
        if tag == self._tag:
            self._tag = None
        return line


class RenameChangesUidvalidity(Quirk):
    """A folder that is renamed has another UIDVALIDITY."""

    def __init__(self, server):
        super().__init__(server)
        self._renamed: dict[bytes, str] = {}

    def command(self, tag: bytes, line: bytes) -> bytes | None:
        if match := re.fullmatch(rb'RENAME "[^"]*" "([^"]*)"', line, re.IGNORECASE):
            self._renamed[tag] = match[1].decode()
        return line

    def tagged(self, tag: bytes, line: bytes) -> bytes:
        if (path := self._renamed.pop(tag, None)) and b" OK" in line:
            after_rename(self.server, path)
        return line


def after_rename(server, path: str) -> None:
    """What `RenameChangesUidvalidity` does, also for those who do not come through the proxy."""
    fields = server.doveadm("mailbox", "status", "-u", server.user, "uidvalidity", path)
    number = int(re.search(r"uidvalidity=(\d+)", fields)[1])
    server.doveadm("mailbox", "update", "-u", server.user, "--uid-validity", str(number + 1), path)


class EmptyPromises(Quirk):
    """Every extension is offered, and none is known."""

    _NONE = re.compile(
        rb"UID (MOVE|EXPUNGE)|NAMESPACE|IDLE|ENABLE|NOTIFY|UNSELECT|LIST .* RETURN|UID SEARCH RETURN"
        rb"|(SELECT|EXAMINE) .*\((CONDSTORE|QRESYNC)|.*CHANGEDSINCE|.*UNCHANGEDSINCE|STATUS .*HIGHESTMODSEQ"
        rb"|.*(EMAILID|THREADID|X-GM-)",
        re.IGNORECASE,
    )

    def command(self, tag: bytes, line: bytes) -> bytes | None:
        return None if self._NONE.match(line) else line

    def untagged(self, line: bytes) -> bytes | None:
        return None if b"HIGHESTMODSEQ" in line else re.sub(rb" OBJECTID| X-GM-EXT-1", b"", line)

    def tagged(self, tag: bytes, line: bytes) -> bytes:
        line = re.sub(rb"\[(COPYUID|APPENDUID) [^]]*\] ", b"", line)
        return line.replace(b" NOTIFY", b" NOTIFY OBJECTID X-GM-EXT-1")


class Chatty(Quirk):
    """Tells flags of messages, without their UID and unasked, and more than one likes to know, with every answer."""

    def __init__(self, server):
        super().__init__(server)
        self._exists = 0

    def untagged(self, line: bytes) -> bytes | None:
        if match := re.match(rb"\* (\d+) EXISTS", line):
            self._exists = int(match[1])
        return line

    def tagged(self, tag: bytes, line: bytes) -> bytes:
        news = [b"* OK [ALERT] The server goes down on Sunday."]
        if self._exists:
            news.append(b"* 1 FETCH (FLAGS (\\Seen \\Flagged nonsense))")
        return b"\r\n".join([*news, line])


class OtherSizes(Quirk):
    """Exchange: the size that is told is an estimate."""

    def untagged(self, line: bytes) -> bytes | None:
        return re.sub(rb"RFC822\.SIZE (\d+)", lambda match: b"RFC822.SIZE %d" % (int(match[1]) * 2), line)


class OneAtATime(Quirk):
    """NO to every STORE, COPY and MOVE of more than one message."""

    refusal = b"NO Too complicated"

    def command(self, tag: bytes, line: bytes) -> bytes | None:
        match = re.match(rb"UID (?:STORE|COPY|MOVE) (\S+)", line, re.IGNORECASE)
        return None if match and re.search(rb"[,:]", match[1]) else line
