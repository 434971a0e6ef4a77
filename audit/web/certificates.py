"""A local certificate authority, for a tablet on the same network when there is no public certificate.

Off localhost a browser gives a page neither service worker nor camera nor cryptography without HTTPS. The authority's
key and certificate are made once in the data folder; the server's certificate is renewed as names change or time
runs out. Only the authority's *certificate* is ever shown.
"""

import datetime as dt
import ipaddress
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from audit.config import Settings
from audit.web.durable import write_whole

AUTHORITY_DAYS = 3650
SERVER_DAYS = 397  # the longest that current browsers accept
RENEW_DAYS = 30


@dataclass(frozen=True)
class Files:
    """Where the server's key and chain, and the authority's certificate stand."""

    key: Path
    chain: Path
    authority: Path


def files_of(config: Settings) -> Files:
    """The places of the files in the data folder, whether they exist or not."""
    folder = config.home / "tls"
    return Files(folder / "server.key", folder / "server.pem", folder / "authority.pem")


def names_of(config: Settings) -> list[x509.GeneralName]:
    """The names and addresses that the server's certificate is for: this machine's, and the public address's host."""
    hosts = {"localhost", socket.gethostname(), config.host, urlsplit(config.public_url).hostname or ""}
    addresses = {"127.0.0.1", "::1"}
    for host in list(hosts):
        try:
            ipaddress.ip_address(host)
        except ValueError:
            continue
        addresses.add(host)
        hosts.discard(host)
    addresses.update(_own_addresses())
    addresses = {address for address in addresses if not ipaddress.ip_address(address).is_unspecified}
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in sorted(hosts) if host]
    return names + [x509.IPAddress(ipaddress.ip_address(address)) for address in sorted(addresses)]


def ensure(config: Settings) -> Files:
    """Make what is missing, renew what runs out or lacks a name, and return where it is."""
    files = files_of(config)
    files.key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority_key, authority = _authority(files)
    names = names_of(config)
    if not _usable(files, authority, names):
        _issue(files, authority_key, authority, names)
    return files


def fingerprint(files: Files) -> str:
    """SHA-256 of the authority's certificate as people compare it: pairs of hexadecimal digits."""
    digits = x509.load_pem_x509_certificate(files.authority.read_bytes()).fingerprint(hashes.SHA256()).hex().upper()
    return ":".join(digits[index : index + 2] for index in range(0, len(digits), 2))


def _own_addresses() -> set[str]:
    """This machine's addresses, as its own name resolves to them."""
    try:
        return {str(entry[4][0]).split("%")[0] for entry in socket.getaddrinfo(socket.gethostname(), None)}
    except OSError:
        return set()


def _authority(files: Files) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key_file = files.authority.with_suffix(".key")
    standing = _pair(key_file, files.authority)
    if standing:
        return standing
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Rounds 巡检 {socket.gethostname()}"[:60])])
    certificate = (
        _builder(name, name, key, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write_key(key_file, key)
    write_whole(files.authority, certificate.public_bytes(serialization.Encoding.PEM))
    return key, certificate


def _pair(key_file: Path, certificate_file: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate] | None:
    """A key and its certificate; None when either is missing or broken, or they are not of one another."""
    try:
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    fits = isinstance(key, ec.EllipticCurvePrivateKey) and key.public_key() == certificate.public_key()
    return (key, certificate) if fits else None  # type: ignore[return-value]


def _usable(files: Files, authority: x509.Certificate, names: list[x509.GeneralName]) -> bool:
    standing = _pair(files.key, files.chain)
    if standing is None:
        return False
    certificate = standing[1]
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError):
        return False
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(days=RENEW_DAYS)
    present = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return certificate.not_valid_after_utc > soon and set(names) <= set(present)


def _issue(
    files: Files, signer: ec.EllipticCurvePrivateKey, authority: x509.Certificate, names: list[x509.GeneralName]
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Rounds 巡检")])
    certificate = (
        _builder(subject, authority.subject, key, SERVER_DAYS)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    _write_key(files.key, key)
    pem = serialization.Encoding.PEM
    write_whole(files.chain, certificate.public_bytes(pem) + authority.public_bytes(pem))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write_key(place: Path, key: ec.EllipticCurvePrivateKey) -> None:
    plain = serialization.NoEncryption()
    write_whole(place, key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
