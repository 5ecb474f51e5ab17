"""Requests within a request, and emails with their metadata: the two uses of multipart bodies (RFC 2046)."""

import email.parser
import email.policy
import random
import re
from urllib.parse import parse_qsl, urlsplit

from . import errors
from .web import Request, Response

#: https://developers.google.com/workspace/gmail/api/guides/batch
MOST_CALLS = 100

_EMPTY = re.compile(rb"\r?\n\r?\n")


def parts(request: Request, kind: str) -> list[tuple[dict[str, str], bytes]]:
    """Headers (by lower-case name) and content of each part.

    :param kind: ``mixed`` or ``related``.
    """
    content_type = request.headers.get("content-type", "")
    head = email.parser.HeaderParser(policy=email.policy.HTTP).parsestr(f"Content-Type: {content_type}\r\n\r\n")
    boundary = head.get_param("boundary")
    if head.get_content_type() != f"multipart/{kind}" or not boundary:
        raise errors.invalid(f"Missing multipart/{kind} body")
    # Google's own library ends lines with LF alone.
    pieces = re.split(rb"\r?\n--" + re.escape(boundary.encode()), b"\n" + request.body)
    if pieces[-1].strip() != b"--":
        raise errors.invalid("Missing end boundary in multipart body.")
    found = []
    for piece in pieces[1:-1]:
        headers, content = _EMPTY.split(re.sub(rb"^\r?\n", b"", piece), maxsplit=1)
        lines = [line.partition(":") for line in headers.decode().splitlines()]
        found.append(({name.strip().lower(): value.strip() for name, _, value in lines}, content))
    return found


def inner_requests(request: Request) -> list[tuple[str, Request]]:
    """The requests of a batch, each with its Content-ID."""
    found = []
    for headers, content in parts(request, "mixed"):
        if headers.get("content-type") != "application/http":
            raise errors.invalid("A part is not application/http")
        head, *rest = _EMPTY.split(content, maxsplit=1)
        body = rest[0] if rest else b""
        first, *lines = head.decode().strip().splitlines()
        verb, target, *_version = first.split(" ")
        if target.startswith("http"):
            raise errors.invalid("Absolute addresses are not taken")
        inner = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        address = urlsplit(target)
        body = body[: int(inner.get("content-length", len(body)))]
        query = parse_qsl(address.query, keep_blank_values=True)
        found.append((headers.get("content-id", ""), Request(verb, address.path, query, inner, body)))
    if not found or len(found) > MOST_CALLS:
        raise errors.invalid(f"The batch request must have between 1 and {MOST_CALLS} parts.")
    return found


def join(answers: list[tuple[str, Response]]) -> Response:
    """The answer to a batch; its parts come in any order."""
    boundary = "batch_fake_0123456789"
    random.shuffle(answers)
    pieces = []
    for identity, answer in answers:
        name = f"Content-ID: <response-{identity.strip('<>')}>\r\n" if identity else ""
        head = f"--{boundary}\r\nContent-Type: application/http\r\n{name}\r\nHTTP/1.1 {answer.status} x\r\n"
        head += "".join(f"{key}: {value}\r\n" for key, value in answer.headers.items())
        pieces.append(head.encode() + f"Content-Length: {len(answer.body)}\r\n\r\n".encode() + answer.body + b"\r\n")
    body = b"".join(pieces) + f"--{boundary}--\r\n".encode()
    return Response(200, body, {"Content-Type": f"multipart/mixed; boundary={boundary}"})
