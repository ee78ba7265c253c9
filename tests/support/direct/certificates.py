"""Certificates of mail and web servers, right and wrong ones."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, in one file as Postfix wants it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    chain: Path

    @property
    def key_tlsa(self) -> str:
        """`3 1 1` by its key: who holds it is trusted, whatever date or name it has."""
        der = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return f"3 1 1 {hashlib.sha256(der).hexdigest()}"

    @property
    def issuer_tlsa(self) -> str:
        """`2 0 1` by the whole of it: it has to have signed the server's, which then counts with date and name."""
        return f"2 0 1 {hashlib.sha256(self.certificate.public_bytes(Encoding.DER)).hexdigest()}"


def make(
    folder: Path, name: str, *names: str, issuer: Certificate | None = None, days: int = 30, authority: bool = False
) -> Certificate:
    """Makes `folder`/`name`.pem for the DNS `names`; self-signed without an `issuer`, expired with negative `days`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        builder = builder.add_extension(identifier, critical=False)
    if names:
        alternatives = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
        builder = builder.add_extension(alternatives, critical=False)
    if authority:
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(usage, critical=True)
    certificate = builder.sign(issuer.key if issuer else key, hashes.SHA256())
    path = folder / f"{name}.pem"
    content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(
        Encoding.PEM
    )
    if issuer:
        content += issuer.certificate.public_bytes(Encoding.PEM)
    path.write_bytes(content)
    return Certificate(certificate, key, path)
