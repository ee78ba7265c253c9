"""What a domain has to publish so that others can deliver to it directly, and the records to paste."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from zegel.direct.proof import Finding, NotProven, Proof
from zegel.direct.proofs import Proofs
from zegel.direct.resolver import NoAnswer, NoResolver, Resolver


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing that others look for."""

    what: str
    found: Finding
    records: tuple[str, ...] = ()
    """What to publish when it is missing, as lines of a zone or of a file."""


def advice(domain: str, resolver: Resolver, proofs: Proofs, certificate: x509.Certificate | None) -> Iterator[Advice]:
    """What `domain` publishes, and what it lacks. `certificate` is that of its mail server, when it is known."""
    found = dict(proofs.each(domain))
    hosts = tuple(_hosts(domain, resolver))
    yield Advice("DANE", found["dane"], () if isinstance(found["dane"], Proof) else tuple(_dane(hosts, certificate)))
    yield Advice("MTA-STS", found["mta-sts"], () if isinstance(found["mta-sts"], Proof) else tuple(_sts(domain, hosts)))
    yield Advice("NTA 7516", found["nta7516"], () if isinstance(found["nta7516"], Proof) else (_nta(domain),))


def key_digest(certificate: x509.Certificate) -> str:
    """The data of a TLSA record `3 1 1`: SHA-256 over the public key, which stays when the certificate is renewed."""
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(key).hexdigest()


def _hosts(domain: str, resolver: Resolver) -> Iterator[str]:
    try:
        found = sorted(resolver.ask(domain, "MX").records, key=lambda record: record.preference)
    except (NoAnswer, NoResolver):
        found = []
    names = [record.exchange.to_text(omit_final_dot=True).lower() for record in found]
    yield from (name for name in names if name != ".")


def _dane(hosts: tuple[str, ...], certificate: x509.Certificate | None) -> Iterator[str]:
    digest = key_digest(certificate) if certificate else "SHA-256-OF-THE-PUBLIC-KEY"
    for host in hosts or ("MAIL-SERVER",):
        yield f"_25._tcp.{host}. IN TLSA 3 1 1 {digest}"


def _sts(domain: str, hosts: tuple[str, ...]) -> Iterator[str]:
    yield f'_mta-sts.{domain}. IN TXT "v=STSv1; id={datetime.now(UTC):%Y%m%d%H%M%S};"'
    yield f"https://mta-sts.{domain}/.well-known/mta-sts.txt:"
    yield "  version: STSv1"
    yield "  mode: enforce"
    yield from (f"  mx: {host}" for host in hosts or ("MAIL-SERVER",))
    yield "  max_age: 604800"


def _nta(domain: str) -> str:
    now = datetime.now(UTC)
    dates = f"startdate={now:%Y-%m};enddate={now.year + 3}-{now:%m}"
    return f'{domain}. IN TXT "v=NTA7516-1;{dates};provider=YOUR-PROVIDER"'


__all__ = ["Advice", "NotProven", "advice", "key_digest"]
