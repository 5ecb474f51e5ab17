"""What is signed or encrypted with S/MIME (RFC 8551, RFC 5652): its kind, and what a signature that wraps it is about.

Signatures are not checked here. The few structures on the way are walked by hand: hostile ones cost no more than their
size.
"""

TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
MAX_SIZE = 32 * 1024 * 1024  # bytes that are opened

_SIGNED = bytes.fromhex("2a864886f70d010702")
_KINDS = {
    _SIGNED: "signed-data",
    bytes.fromhex("2a864886f70d010703"): "enveloped-data",
    bytes.fromhex("2a864886f70d010706"): "encrypted-data",
    bytes.fromhex("2a864886f70d0109100117"): "authenveloped-data",
    bytes.fromhex("2a864886f70d0109100109"): "compressed-data",
}
_SEQUENCE, _OID, _OCTETS, _CHUNKED, _ZERO = 0x30, 0x06, 0x04, 0x24, 0xA0


class _DamagedError(ValueError):
    pass


def read(data: bytes) -> tuple[str, bytes]:
    """Return the kind of a CMS object as the parameter ``smime-type`` calls it, '' if it is none, and what it signs.

    The second is empty where there is nothing to be read (it is encrypted, the signature stands alone, it is damaged).
    """
    kind = ""
    try:
        position, end = _into(data, 0, len(data), _SEQUENCE)
        position, oid = _value(data, position, end, _OID)
        kind = _KINDS.get(oid, "")
        if oid != _SIGNED:
            return kind, b""
        position, end = _into(data, position, end, _ZERO)
        position, end = _into(data, position, end, _SEQUENCE)
        position = _after(data, position, end)  # the version
        position = _after(data, position, end)  # the digests' algorithms
        position, end = _into(data, position, end, _SEQUENCE)
        position = _after(data, position, end)  # the content's type
        position, end = _into(data, position, end, _ZERO)
        return kind, _octets(data, position, end)
    except _DamagedError:
        return kind, b""


def _header(data: bytes, position: int, end: int) -> tuple[int, int, int | None]:
    """Tag, where the content begins, and its length (None: it ends with an end mark)."""
    if position + 2 > end:
        raise _DamagedError
    tag, length = data[position], data[position + 1]
    position += 2
    if tag & 0x1F == 0x1F:
        raise _DamagedError  # tags of several bytes are not used here
    if length == 0x80:
        return tag, position, None
    if length > 0x80:
        size = length - 0x80
        if size > 8 or position + size > end:
            raise _DamagedError
        length = int.from_bytes(data[position : position + size])
        position += size
    return tag, position, length


def _into(data: bytes, position: int, end: int, wanted: int) -> tuple[int, int]:
    """Step into an element: where its content begins and ends."""
    tag, position, length = _header(data, position, end)
    if tag != wanted:
        raise _DamagedError
    # Cut-off ones are read as far as they go.
    return position, end if length is None else min(end, position + length)


def _value(data: bytes, position: int, end: int, wanted: int) -> tuple[int, bytes]:
    tag, position, length = _header(data, position, end)
    if tag != wanted or length is None:
        raise _DamagedError
    return position + length, data[position : min(end, position + length)]


def _after(data: bytes, position: int, end: int) -> int:
    """Where the element at `position` ends."""
    depth = 0
    while True:
        tag, position, length = _header(data, position, end)
        if length is None:
            depth += 1
            continue
        position += length
        if tag == 0 and length == 0 and depth:
            depth -= 1
        if not depth:
            return position


def _octets(data: bytes, position: int, end: int) -> bytes:
    """The bytes of an OCTET STRING, which may come in chunks."""
    tag, position, length = _header(data, position, end)
    stop = end if length is None else min(end, position + length)
    if tag == _OCTETS and length is not None:
        return data[position:stop]
    if tag != _CHUNKED:
        raise _DamagedError
    chunks: list[bytes] = []
    while position < stop:
        try:
            tag, position, length = _header(data, position, stop)
        except _DamagedError:
            break
        if tag != _OCTETS or length is None:
            break
        chunks.append(data[position : min(stop, position + length)])
        position += length
    return b"".join(chunks)
