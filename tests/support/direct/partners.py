"""Other organisations: a real Postfix with a listener for each right or wrong way to take mail, and their DNS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from demo.place import free_ports
from demo.private_postfix import PrivatePostfix
from tests.support.direct.certificates import Certificate, make
from tests.support.direct.faulty_servers import PolicyHost, Silent, Stripping
from tests.support.direct.namespace import own_network
from tests.support.direct.signed_dns import SignedDns

RIGHT, WRONG, EXPIRED, CLEAR, STRIPPED, SLOW, STS = (f"127.0.0.{number}" for number in range(2, 9))
REFUSING, LATER, NTA, NOBODY, STALE = (f"127.0.0.{number}" for number in range(10, 15))
_LAST = 14
_NOT_DIRECT = "check_sender_access regexp:{{{{/[+]d[a-z2-7]+@/ {answer}}}}}"
"""What refuses mail that is delivered directly, and takes notifications."""
ENFORCE = "version: STSv1\nmode: enforce\nmx: mx.sts.plain.test\nmax_age: 604800\n"


class Closes(Protocol):
    def close(self) -> None: ...


@dataclass
class Partners:
    """What tests change or look at."""

    dns: SignedDns
    postfix: PrivatePostfix
    policies: PolicyHost
    certificates: Mapping[str, Certificate]

    @property
    def mail(self) -> Path:
        assert self.postfix.mail
        return self.postfix.mail


def _certificates(folder: Path) -> dict[str, Certificate]:
    authority = make(folder, "authority", authority=True)
    return {
        "authority": authority,
        "right": make(folder, "right", "right.signed.test"),
        "other": make(folder, "other", "other.signed.test"),
        "expired": make(folder, "expired", "mx.expired.signed.test", issuer=authority, days=-3),
        "sts": make(folder, "sts", "mx.sts.plain.test", issuer=authority),
        "stale": make(folder, "stale", "mx.stale.plain.test", issuer=authority, days=-3),
    }


def _records(made: Mapping[str, Certificate]) -> Iterator[str]:
    """Everybody's DNS: NAME.signed.test and NAME.plain.test, each for one case."""

    def host(name: str, address: str, tlsa: str = "") -> Iterator[str]:
        yield f"{name}. A {address}"
        if tlsa:
            yield f"_25._tcp.{name}. TLSA {tlsa}"

    right, other = made["right"].key_tlsa, made["other"].key_tlsa
    for name, address, tlsa in (
        ("right", RIGHT, right), ("gone", RIGHT, right), ("wrong", WRONG, other), ("keyless", RIGHT, ""),
        ("clear", CLEAR, right), ("stripped", STRIPPED, right), ("slow", SLOW, right), ("refusing", REFUSING, right),
        ("later", LATER, right), ("nobody", NOBODY, right), ("expired", EXPIRED, made["authority"].issuer_tlsa),
        ("expiredkey", EXPIRED, made["expired"].key_tlsa), ("other", RIGHT, right),
    ):  # fmt: skip
        yield f"{name}.signed.test. MX 10 mx.{name}.signed.test."
        yield from host(f"mx.{name}.signed.test", address, tlsa)
    yield "two.signed.test. MX 10 mx.wrong.signed.test."
    yield "two.signed.test. MX 20 mx.right.signed.test."
    yield "foreign.signed.test. MX 10 mx.foreign.plain.test."
    yield from host("mx.foreign.plain.test", RIGHT, right)
    yield "nullmx.signed.test. MX 0 ."
    yield from host("alone.signed.test", RIGHT, right)
    yield "right.bogus.test. MX 10 mx.right.bogus.test."
    yield from host("mx.right.bogus.test", RIGHT, right)
    yield "unsigned.plain.test. MX 10 mx.unsigned.plain.test."
    yield from host("mx.unsigned.plain.test", RIGHT, right)
    yield from _nta(right)
    yield from host("mx.sts.plain.test", STS)
    yield from host("mx.stale.plain.test", STALE)
    for name in ("enforce", "testing", "none", "unreachable", "lapsed", "wronghost", "stalecert", "broken", "clearsts"):
        server = {"stalecert": "mx.stale.plain.test", "wronghost": "mx.right.signed.test"}.get(
            name, "mx.sts.plain.test"
        )
        yield f"{name}.plain.test. MX 10 {'mx.clear.signed.test' if name == 'clearsts' else server}."
        yield f'_mta-sts.{name}.plain.test. TXT "v=STSv1; id=1;"'
        yield f"mta-sts.{name}.plain.test. A {NOBODY if name == 'unreachable' else STS}"


def _nta(right: str) -> Iterator[str]:
    def record(name: str, dates: str, more: str = "") -> str:
        return f'{name}. TXT "v=NTA7516-1;{dates};provider=test{more}"'

    valid = "startdate=2020-01;enddate=2099-12"
    over, future = "startdate=2019-06;enddate=2023-07", "startdate=2098-01;enddate=2099-12"
    for name, dates in (("nta", valid), ("ntaover", over), ("ntafuture", future)):
        yield record(f"{name}.signed.test", dates)
        yield f"{name}.signed.test. MX 10 mx.right.signed.test."
    yield record("ntamx.signed.test", valid, ";ntamx=20 mx.nobody.signed.test;ntamx=10 mx.ntahost.signed.test")
    yield "ntamx.signed.test. MX 10 mx.clear.signed.test."
    yield f"mx.ntahost.signed.test. A {NTA}"
    yield f"_25._tcp.mx.ntahost.signed.test. TLSA {right}"
    yield record("ntakeyless.signed.test", valid, ";ntamx=10 mx.keyless.signed.test")
    yield "ntakeyless.signed.test. MX 10 mx.keyless.signed.test."
    yield record("nta.plain.test", valid, ";ntamx=10 mx.ntahost.signed.test")
    yield "nta.plain.test. MX 10 mx.right.signed.test."


def _listeners(made: Mapping[str, Certificate]) -> str:
    def line(address: str, chain: str, *options: str) -> str:
        tls = f"-o smtpd_tls_security_level=may -o smtpd_tls_chain_files={made[chain].chain}" if chain else ""
        return f"{address}:25 inet n - n - - smtpd {tls} {' '.join(f'-o {{ {each} }}' for each in options)}\n"

    def refusing(answer: str) -> str:
        return f"smtpd_recipient_restrictions = {_NOT_DIRECT.format(answer=answer)}, permit"

    return "".join(
        (
            line(RIGHT, "right"), line(WRONG, "right"), line(EXPIRED, "expired"), line(CLEAR, ""), line(STS, "sts"),
            line(STALE, "stale"), line(NTA, "right"),
            line(REFUSING, "right", refusing("550 5.1.1 nobody of that name")),
            line(LATER, "right", refusing("450 4.2.0 come back later")),
        )
    )  # fmt: skip


def _policies() -> dict[str, str]:
    return {
        **dict.fromkeys(
            ("enforce.plain.test", "wronghost.plain.test", "unreachable.plain.test", "clearsts.plain.test"), ENFORCE
        ),
        "testing.plain.test": ENFORCE.replace("enforce", "testing"),
        "none.plain.test": "version: STSv1\nmode: none\nmax_age: 86400\n",
        "lapsed.plain.test": ENFORCE.replace("604800", "0"),
        "stalecert.plain.test": ENFORCE.replace("mx.sts", "mx.stale"),
        "broken.plain.test": "mode: enforce\n",
    }


@contextmanager
def partners(folder: Path) -> Iterator[Partners]:
    """All of them in a network of its own, which the thread that calls this is in, with what it starts."""
    folder.mkdir(mode=0o755, exist_ok=True)
    made = _certificates(folder)
    resolv = folder / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\noptions timeout:3 attempts:1\n")
    trusted = folder / "trusted.pem"
    trusted.write_text("".join(made["authority"].chain.read_text().partition("-----BEGIN CERT")[1:]))
    replaced = {"/etc/resolv.conf": resolv, "/etc/ssl/certs/ca-certificates.crt": trusted}
    with own_network(_LAST, replaced), ExitStack() as ending:
        dns = SignedDns(folder)
        dns.add(*_records(made))
        ending.callback(dns.stop)
        dns.start()
        for server in (Silent(SLOW), Stripping(STRIPPED, RIGHT)):
            ending.callback(server.close)
        names = [f"mta-sts.{domain}" for domain in _policies()]
        hosts = make(folder, "policies", *names, issuer=made["authority"])
        policies = PolicyHost(STS, hosts.chain, _policies())
        ending.callback(policies.close)
        postfix = _partner_postfix(folder, made, ["127.0.0.1", *(f"127.0.0.{n}" for n in range(2, _LAST + 1))])
        ending.callback(postfix.stop)
        postfix.start()
        yield Partners(dns, postfix, policies, made)


def _partner_postfix(folder: Path, made: Mapping[str, Certificate], addresses: Sequence[str]) -> PrivatePostfix:
    overrides: dict[str, Any] = {
        "inet_interfaces": ", ".join(addresses),
        "multi_instance_name": "postfix-partner",
        "myhostname": "partner.test",
        "smtpd_client_connection_rate_limit": "0",
        "smtpd_client_connection_count_limit": "0",
    }
    return PrivatePostfix(
        folder / "partner",
        free_ports(1)[0],
        folder / "log" / "partner.log",
        mail=folder / "partner-mail",
        overrides=overrides,
        services=_listeners(made),
    )
