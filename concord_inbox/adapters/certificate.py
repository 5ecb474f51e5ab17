"""What a server's certificate says of itself, for people to read."""

import hashlib

from cryptography import x509

#: Names of a certificate that are told; those of a large provider can bear hundreds.
MOST_NAMES = 20


def describe(certificate: bytes) -> dict:
    """Facts about a certificate (DER), whether it is to be trusted or not.

    ``fingerprint``: SHA-256, upper-case hex pairs joined by colons. Unless the certificate cannot be read also
    ``names``: the hosts it is for, joined by commas; ``expires``: its last moment, ISO 8601 in UTC; ``issuer``.
    """
    facts = {"fingerprint": hashlib.sha256(certificate).digest().hex(":").upper()}
    try:
        parsed = x509.load_der_x509_certificate(certificate)
        expires = parsed.not_valid_after_utc.isoformat(timespec="seconds")
        return facts | {"names": ", ".join(_names(parsed)), "expires": expires, "issuer": _common_name(parsed.issuer)}
    except (ValueError, x509.DuplicateExtension):
        return facts


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        # Nobody looks at it any more (RFC 9525, 2), but it says what was meant.
        return [name for name in (_common_name(certificate.subject),) if name]
    hosts = [str(name.value) for name in names if isinstance(name, (x509.DNSName, x509.IPAddress))]
    return [*hosts[:MOST_NAMES], "…"] if len(hosts) > MOST_NAMES else hosts


def _common_name(name: x509.Name) -> str:
    for kind in (x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATION_NAME):
        if found := name.get_attributes_for_oid(kind):
            return str(found[0].value)
    return ""
