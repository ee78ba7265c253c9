"""What counts as a proof, told by made-up answers of the resolver; tests/e2e/test_direct.py asks real ones."""

from __future__ import annotations

import contextlib
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cast import Clock
from zegel.direct import mta_sts, nta7516
from zegel.direct.dane import dane
from zegel.direct.mta_sts import BadPolicy, MtaSts
from zegel.direct.nta7516 import BadRecord
from zegel.direct.proof import Finding, NotProven, Proof
from zegel.direct.proofs import Proofs
from zegel.direct.resolver import Answer, NoAnswer, NoResolver, Resolver, configured

KEY = "3 1 1 " + "ab" * 32
NTA = '"v=NTA7516-1;startdate={};enddate={};provider=x{}"'


@dataclass
class FakeResolver:
    """Answers from records, each as `name TYPE data`; what begins with `!` is not signed."""

    records: list[str]
    asked: list[tuple[str, str]] = field(default_factory=list)
    silent: bool = False

    def ask(self, name: str, kind: str) -> Answer:
        self.asked.append((name, kind))
        if self.silent:
            raise NoAnswer(f"no answer for {name}")
        found, secure = [], True
        for record in self.records:
            owner, type_, data = record.lstrip("!").split(" ", 2)
            if (owner, type_) == (name, kind):
                found.append(dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(kind), data))
                secure = secure and not record.startswith("!")
        return Answer(tuple(found), secure, 100.0, name)


def asks(*records: str) -> Any:
    return FakeResolver(list(records))


RIGHT = ("a.example MX 10 mx.a.example.", "mx.a.example A 192.0.2.1", f"_25._tcp.mx.a.example TLSA {KEY}")


def test_a_signed_key_of_a_signed_server_is_a_proof() -> None:
    found = dane(asks(*RIGHT), "a.example")
    assert isinstance(found, Proof) and (found.hosts, found.nexthop, found.seconds) == (
        ("mx.a.example",),
        "a.example",
        100,
    )


@pytest.mark.parametrize("place", range(3), ids=["MX", "address", "TLSA"])
def test_one_link_that_is_not_signed_is_no_proof(place: int) -> None:
    records = [f"!{record}" if number == place else record for number, record in enumerate(RIGHT)]
    found = dane(asks(*records), "a.example")
    assert isinstance(found, NotProven) and "not signed" in found.why


@pytest.mark.parametrize(
    "data",
    ["0 0 1 " + "ab" * 32, "1 1 1 " + "ab" * 32, "3 2 1 " + "ab" * 32, "3 1 9 ab"],
)
def test_a_key_that_smtp_cannot_use_is_no_proof(data: str) -> None:
    found = dane(asks(*RIGHT[:2], f"_25._tcp.mx.a.example TLSA {data}"), "a.example")
    assert isinstance(found, NotProven) and "of no use" in found.why


def test_one_good_server_of_several_is_enough() -> None:
    more = ("a.example MX 5 first.a.example.", "first.a.example A 192.0.2.2")
    found = dane(asks(*RIGHT, *more), "a.example")
    assert isinstance(found, Proof) and found.hosts == ("mx.a.example",)


def nta(record: str, at: str, *more: str) -> Finding:
    now = datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp()
    return nta7516.nta7516(asks(*RIGHT, record, *more), "a.example", now)


@pytest.mark.parametrize(
    ("at", "proven"),
    [
        ("2024-01-31T23:59:59", False), ("2024-02-01T00:00:00", True), ("2026-06-30T23:59:59", True),
        ("2026-07-01T00:00:00", False),
    ],
)  # fmt: skip
def test_the_months_of_the_record_count_from_their_first_day_to_their_last(at: str, proven: bool) -> None:
    found = nta(f"a.example TXT {NTA.format('2024-02', '2026-06', '')}", at)
    assert isinstance(found, Proof) is proven


def test_servers_of_the_record_are_taken_in_their_order_and_have_to_be_proven() -> None:
    own = NTA.format("2024-01", "2026-12", ";ntamx=20 mx.a.example;ntamx=10 b.example")
    found = nta(f"a.example TXT {own}", "2025-01-01", "b.example A 192.0.2.3")
    assert isinstance(found, Proof) and found.nexthop == "[b.example],[mx.a.example]"
    assert found.hosts == ("mx.a.example",)


@pytest.mark.parametrize(
    "text",
    [
        NTA.format("2024-01", "2026-12", "")[:-1] + '" "x"', '"v=NTA7516-1;startdate=2024-13;enddate=2026-12"',
        '"v=NTA7516-1;startdate=2024-01"', '"v=NTA7516-1;startdate=2024-01;startdate=2024-01;enddate=2026-12"',
        '"v=NTA7516-1;startdate=2024-01;enddate=2026-12;ntamx=mail"',
        '"v=NTA7516-1;startdate=2024-01;enddate=2026-12;ntamx=10 a b;c"',
        '"v=NTA7516-12;startdate=2024-01;enddate=2026-12"',
    ],
)  # fmt: skip
def test_a_record_that_cannot_be_read_is_none(text: str) -> None:
    found = nta(f"a.example TXT {text}", "2025-01-01")
    assert isinstance(found, NotProven) or "x" in text  # strings of one record are joined


def test_a_record_that_is_not_signed_or_stands_twice_is_none() -> None:
    record = f"a.example TXT {NTA.format('2024-01', '2026-12', '')}"
    assert isinstance(nta(f"!{record}", "2025-01-01"), NotProven)
    assert isinstance(nta(record, "2025-01-01", record.replace("=x", "=y")), NotProven)


@given(st.text(alphabet="v=NTA7516-;startdenmx 0129.", max_size=80))
def test_no_record_breaks_the_reader(text: str) -> None:
    with contextlib.suppress(BadRecord):
        nta7516.parse(text)


POLICY = "version: STSv1\nmode: enforce\nmx: mx.a.example\nmx: *.b.example\nmax_age: 1000\n"
STS = '_mta-sts.a.example TXT "v=STSv1; id={};"'


def test_a_policy_in_force_is_a_proof_with_its_names() -> None:
    found = MtaSts(asks(STS.format(1)), lambda _: POLICY).find("a.example", 0)
    assert isinstance(found, Proof) and found.match == ("mx.a.example", ".b.example")


@pytest.mark.parametrize(
    "text",
    [
        POLICY.replace("enforce", "testing"), POLICY.replace("enforce", "none"), POLICY.replace("STSv1", "STSv2"),
        POLICY.replace("1000", "x"), POLICY.replace("mx: mx.a.example\nmx: *.b.example\n", ""), "",
        POLICY.replace("mx.a.example", "mx a"), POLICY.replace("*.b.example", "a.*.example"), "<html>",
        POLICY.replace("1000", "0"),
    ],
)  # fmt: skip
def test_any_other_policy_is_none(text: str) -> None:
    assert isinstance(MtaSts(asks(STS.format(1)), lambda _: text).find("a.example", 0), NotProven)


def test_a_policy_is_kept_to_its_end_whatever_happens_to_its_successor() -> None:
    resolver, text = asks(STS.format(1)), [POLICY]

    def fetch(_: str) -> str:
        if not text:
            raise BadPolicy("gone")
        return text[0]

    policies = MtaSts(resolver, fetch)
    assert isinstance(policies.find("a.example", 0), Proof)
    text.clear()
    resolver.records = [STS.format(2)]
    assert isinstance(policies.find("a.example", 900), Proof)
    assert isinstance(policies.find("a.example", 1001), NotProven)


def test_a_new_id_brings_the_new_policy() -> None:
    resolver, text = asks(STS.format(1)), [POLICY]
    policies = MtaSts(resolver, lambda _: text[0])
    assert isinstance(policies.find("a.example", 0), Proof)
    text[0] = POLICY.replace("enforce", "none")
    assert isinstance(policies.find("a.example", 1), Proof), "the id says that nothing changed"
    resolver.records = [STS.format(2)]
    assert isinstance(policies.find("a.example", 2), NotProven)


class Page:
    """An HTTPS answer."""

    def __init__(self, status: int = 200, kind: str = "text/plain", content: bytes = b"x", fails: Any = None) -> None:
        self.status, self.headers, self._content, self._fails = status, self, content, fails
        self._kind = kind

    def get_content_type(self) -> str:
        return self._kind

    def request(self, *_: Any, **__: Any) -> None:
        if self._fails:
            raise self._fails

    def getresponse(self) -> Page:
        return self

    def read1(self, size: int) -> bytes:
        piece, self._content = self._content[:size], self._content[size:]
        return piece

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "page",
    [
        Page(301), Page(404), Page(kind="text/html"), Page(content=b"x" * 70_000), Page(fails=TimeoutError()),
        Page(fails=ssl.SSLCertVerificationError("expired")), Page(fails=OSError("refused")),
    ],
    ids=["redirect", "missing", "other type", "too large", "too slow", "certificate", "refused"],
)  # fmt: skip
def test_a_policy_that_does_not_come_as_it_should_is_not_taken(page: Page) -> None:
    with pytest.raises(BadPolicy):
        mta_sts.fetch("a.example", lambda _: page)


def test_what_was_found_is_asked_once_and_again_when_its_time_is_over() -> None:
    resolver, clock = asks(*RIGHT), Clock()
    proofs = Proofs(resolver, clock)
    assert proofs.known("a.example", {"dane"}) is None
    first = proofs.find("a.example", {"dane"})
    count = len(resolver.asked)
    assert proofs.known("a.example", {"dane"}) == first == proofs.find("a.example", {"dane"})
    assert len(resolver.asked) == count
    clock.pass_(101)
    assert proofs.known("a.example", {"dane"}) is None


def test_only_what_is_allowed_is_looked_up() -> None:
    resolver = asks(*RIGHT)
    assert isinstance(Proofs(resolver, Clock()).find("a.example", {"mta-sts"}), NotProven)
    assert {kind for _, kind in resolver.asked} == {"TXT"}


def test_a_resolver_elsewhere_is_not_believed(tmp_path: Any) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text("# local\nnameserver 192.0.2.53\nsearch x\nnameserver 198.51.100.1\n")
    assert configured(file) == ["192.0.2.53", "198.51.100.1"]
    with pytest.raises(NoResolver):
        Resolver(["192.0.2.53"]).ask("a.example", "MX")
