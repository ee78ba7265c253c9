"""What `zegel check` says of direct delivery, and of what the own domains publish for others."""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Iterator

from cryptography import x509

from zegel.cli.checks.finding import Said
from zegel.cli.checks.policy import Policy
from zegel.cli.checks.postfix import Postfix
from zegel.direct.proof import Proof
from zegel.direct.proofs import Proofs
from zegel.direct.published import advice
from zegel.direct.resolver import NoAnswer, NoResolver, Resolver, configured, loopback_only
from zegel.settings.model import Settings

_SECONDS = 10.0


def direct(settings: Settings, policy: Policy, postfix: Postfix | None) -> Iterator[Said]:
    """Whether mail can be delivered directly, where the policy wants that; what cannot is notified."""
    if policy.rules is None or not policy.rules.direct.on:
        yield "ok", "off in the rules"
        return
    problems = [*_resolver(settings), *(_listener(settings, postfix) if postfix else ())]
    yield from (("warning", f"{each}. Until then everybody is notified; see docs/direct.md") for each in problems)
    listener, apply = settings.direct_delivery.listener, "run: zegel-postfix apply --direct-port socket"
    if listener.socket and not listener.by_socket and not problems:
        yield "warning", f"{listener} takes mail from every account of this machine; {apply}"
    elif not problems:
        yield "ok", f"by {listener}"


def _resolver(settings: Settings) -> Iterator[str]:
    named = configured()
    if not named or loopback_only(named) != named:
        yield (
            "/etc/resolv.conf has to name a validating resolver on this machine and no other, because Postfix believes "
            "what it says; install unbound and write: nameserver 127.0.0.1"
        )
        return
    try:
        found = Resolver(settings.direct_delivery.resolvers).ask(".", "NS")
    except (NoAnswer, NoResolver) as problem:
        yield f"{problem}; look at the resolver"
        return
    if not found.secure:
        yield "the resolver does not validate, or cannot (no AD bit for the root); switch DNSSEC on in it"


def _listener(settings: Settings, postfix: Postfix) -> Iterator[str]:
    port, map_port = settings.direct_delivery.port, settings.direct_delivery.map_port
    path, listener = settings.direct_delivery.socket, settings.direct_delivery.listener
    own = {service.name: service.own for service in postfix.services()}
    apply = f"run: zegel-postfix apply --direct-port {port if path is None else 'socket'} --map-port {map_port}"
    name = f"{path.name}/unix" if path and listener.by_socket else f"127.0.0.1:{port}/inet"
    if own.get("zegel-direct/unix", {}).get("smtp_tls_security_level") != "dane-only":
        yield f"Postfix has no transport for it; {apply}"
    elif f":{map_port}:route" not in own.get(name, {}).get("smtpd_sender_restrictions", ""):
        yield f"Postfix does not listen for it at {listener}, or asks another port than {map_port}; {apply}"


def published(settings: Settings) -> Iterator[str]:
    """What each of the own domains publishes, line by line, with what to paste where it is missing."""
    resolver = Resolver(settings.direct_delivery.resolvers)
    proofs = Proofs(resolver, time.time)
    for domain in settings.domains:
        for each in advice(domain, resolver, proofs, _certificate(domain, resolver)):
            state = "ok     " if isinstance(each.found, Proof) else "missing"
            yield f"{state} {domain} {each.what}: {each.found}"
            yield from (f"          {record}" for record in each.records)


def _certificate(domain: str, resolver: Resolver) -> x509.Certificate | None:
    """That of the preferred mail server, as it shows it to anybody; None when it cannot be had."""
    try:
        found = sorted(resolver.ask(domain, "MX").records, key=lambda record: record.preference)
        host = found[0].exchange.to_text(omit_final_dot=True) if found else domain
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with smtplib.SMTP(host, 25, timeout=_SECONDS) as smtp:
            smtp.starttls(context=context)
            shown = smtp.sock.getpeercert(True) if isinstance(smtp.sock, ssl.SSLSocket) else None
            return x509.load_der_x509_certificate(shown) if shown else None
    except (NoAnswer, NoResolver, OSError, smtplib.SMTPException, ValueError):
        return None
