"""Envelope addresses, read as Postfix will read them after the milter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zegel.mail.envelope import Envelope, UnsafeAddress, domain_of, envelope_address

OWN = ("kliniek.example",)
OUTSIDER = "jan@post.example"


def outside(sender: str, *recipients: str, authenticated: bool = False) -> tuple[str, ...]:
    return Envelope("ABC", sender, recipients, authenticated).outside(OWN)


@pytest.mark.parametrize(
    "recipient",
    [
        "jan@post.example",
        "z%post.example@kliniek.example",
        '"z@post.example"@kliniek.example',
        "post.example!z@kliniek.example",
        "z@sub.kliniek.example",
        "z@kliniek.example.post.example",
        "z@[127.0.0.1]",
        "z",
    ],
)
def test_whoever_could_become_an_outsider_is_one(recipient: str) -> None:
    assert outside("anna@kliniek.example", recipient) == (recipient,)


@pytest.mark.parametrize(
    "recipient",
    ["bram@kliniek.example", "BRAM@KLINIEK.EXAMPLE", "bram@kliniek.example.", '"b b"@kliniek.example'],
)
def test_a_colleague_is_one_however_he_is_written(recipient: str) -> None:
    assert outside("anna@kliniek.example", recipient) == ()


@pytest.mark.parametrize(
    "sender",
    ["anna@kliniek.example", "anna", "anna%kliniek.example", "k!anna", '"anna@kliniek.example"', "a%b@c.nl"],
)
def test_a_sender_who_could_be_ours_is_ours(sender: str) -> None:
    assert outside(sender, OUTSIDER) == (OUTSIDER,)


@pytest.mark.parametrize("sender", ["", "anna@elders.example", "anna@kliniek.example.elders.example"])
def test_somebody_else_is_not_unless_he_logged_in(sender: str) -> None:
    assert outside(sender, OUTSIDER) == ()
    assert outside(sender, OUTSIDER, authenticated=True) == (OUTSIDER,)


def test_every_way_to_write_a_recipient_is_kept_to_be_taken_out() -> None:
    ways = ("r@post.example", "R@post.example", "r@POST.example")
    assert outside("anna@kliniek.example", *ways, ways[0]) == ways


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"<@a.example,@b.example:jan@post.example>", "jan@post.example"),
        (b"jan@post.example", "jan@post.example"),
        ("<jän@pöst.example>".encode(), "jän@pöst.example"),
        (b'<"a b"@post.example>', '"a b"@post.example'),
    ],
)
def test_a_source_route_is_no_part_of_the_address(written: bytes, read: str) -> None:
    assert envelope_address(written) == read


@pytest.mark.parametrize("written", [b"<a\r\nb@c>", b"<a<b@c>", b"<a>b@c>", b"<\xff@c>", b"<a\x00@c>"])
def test_what_could_not_be_written_back_is_refused_when_it_is_ours(written: bytes) -> None:
    address = envelope_address(written)
    with pytest.raises(UnsafeAddress):
        outside("anna@kliniek.example", address)
    assert outside("stranger@elders.example", address) == ()


@given(st.binary(max_size=60))
def test_any_bytes_can_be_read(written: bytes) -> None:
    domain_of(envelope_address(written))


def test_domains_are_compared_as_dns_does() -> None:
    assert domain_of("jan@" + "x" * 70 + ".example") == "x" * 70 + ".example"
    assert domain_of('"a@b"@post.example') == "post.example"
