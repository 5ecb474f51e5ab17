"""Certificates for the servers of the tests and of the demo: a throw-away authority and what it signs."""

import datetime
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass(frozen=True)
class Certificate:
    """Paths of PEM files, and the SHA-256 fingerprint as upper-case hex pairs joined by colons.

    `authority` is the certificate to trust; for a self-signed one it is the certificate itself.
    """

    certificate: Path
    key: Path
    authority: Path
    fingerprint: str


def make_certificate(
    folder: Path | str,
    hostnames: Iterable[str] = ("localhost", "127.0.0.1", "::1"),
    *,
    name: str = "server",
    expired: bool = False,
    not_yet_valid: bool = False,
    self_signed: bool = False,
) -> Certificate:
    """Write `<name>.pem`, `<name>.key` and the authority's `ca.pem` and `ca.key` into `folder`.

    The authority is made once for a folder and kept, so that several certificates of one folder share it.

    :param hostnames: DNS names (in their ASCII form) and IP addresses that the certificate is good for.
    :param expired: its time is over since a year; `not_yet_valid`: it begins in a year.
    :param self_signed: signed by nobody but itself.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    hostnames = list(hostnames)
    today = datetime.datetime.now(datetime.UTC)
    year = datetime.timedelta(days=365)
    start, end = today - datetime.timedelta(days=1), today + 5 * year
    if expired:
        start, end = today - 2 * year, today - year
    elif not_yet_valid:
        start, end = today + year, today + 2 * year

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hostnames[0][:64])])
    if self_signed:
        issuer, issuer_key, authority = subject, key, folder / f"{name}.pem"
    else:
        issuer_certificate, issuer_key = _authority(folder, today - 4 * year, today + 20 * year)
        issuer, authority = issuer_certificate.subject, folder / "ca.pem"
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([_general_name(host) for host in hostnames]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    path, key_path = folder / f"{name}.pem", folder / f"{name}.key"
    _write(path, certificate, key_path, key)
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex(":").upper()
    return Certificate(path, key_path, authority, fingerprint)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _authority(folder: Path, start, end):
    path, key_path = folder / "ca.pem", folder / "ca.key"
    if path.exists() and key_path.exists():
        key = serialization.load_pem_private_key(key_path.read_bytes(), None)
        return x509.load_pem_x509_certificate(path.read_bytes()), key
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Concord Inbox test authority")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                key_cert_sign=True,
                crl_sign=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(path, certificate, key_path, key)
    return certificate, key


def _write(path: Path, certificate: x509.Certificate, key_path: Path, key) -> None:
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    # The key is made unreadable to others before it holds anything.
    key_path.touch(mode=0o600)
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
