"""Envelope addresses, read as Postfix will read them after the milter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zegel.mail.addresses import Addresses
from zegel.mail.envelope import Envelope, Reading, UnsafeAddress, domain_of, is_plain, read

OWN = ("kliniek.example",)
OUTSIDER = "jan@post.example"


def outside(sender: str, *recipients: str) -> tuple[str, ...]:
    return Envelope("ABC", sender, recipients).outside(OWN)


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


def test_every_way_to_write_a_recipient_is_kept_to_be_taken_out() -> None:
    ways = ("r@post.example", "R@post.example", "r@POST.example")
    assert outside("anna@kliniek.example", *ways, ways[0]) == ways


@pytest.mark.parametrize(
    ("argument", "parsed", "address", "sure"),
    [
        (b"<Jan@post.example>", "jan@post.example", "Jan@post.example", True),
        (b"jan@post.example", "jan@post.example", "jan@post.example", True),
        (b"<jan@post.example.>", "jan@post.example", "jan@post.example.", True),
        ("<J\u00c4N@P\u00d6ST.example>".encode(), "j\u00e4n@p\u00f6st.example", "J\u00c4N@P\u00d6ST.example", True),
        ("<jan@stra\u00dfe.example>".encode(), "jan@strasse.example", "jan@stra\u00dfe.example", True),
        (b'<"a b"@post.example>', '"a b"@post.example', '"a b"@post.example', True),
        (b'<"jan"@post.example>', "jan@post.example", '"jan"@post.example', True),
        (b"<a..b@post.example>", '"a..b"@post.example', "a..b@post.example", True),
        (b"<z@[127.0.0.1]>", "z@[127.0.0.1]", "z@[127.0.0.1]", True),
        (b"<root>", "root@mail.kliniek.example", "root@mail.kliniek.example", True),
        (b"<root@scanner>", "root@scanner.kliniek.example", "root@scanner.kliniek.example", True),
        (b"root", "root", "root", True),
        (b"<jan.jansen>", "jan.jansen@kliniek.example", "jan.jansen@kliniek.example", True),
        (b"<>", "", "", True),
        (b"", None, "", True),
        (b"<jan@post.example>", None, "jan@post.example", True),
        (b"<anna@kliniek.example >", "anna@kliniek.example", "anna@kliniek.example", False),
        (b"<Anna <anna@kliniek.example>>", "anna@kliniek.example", "anna@kliniek.example", False),
        (b"<<anna@kliniek.example>>", "anna@kliniek.example", "anna@kliniek.example", False),
        (b"<anna@kliniek.example;>", "anna@kliniek.example", "anna@kliniek.example", False),
        (b"<anna@kliniek.example (lab)>", "anna@kliniek.example", "anna@kliniek.example", False),
        (b"<team:jan@post.example;>", "jan@post.example", "jan@post.example", False),
        (b"<@a.example,@b.example:jan@post.example>", "jan@post.example", "jan@post.example", False),
        (b"<,jan@post.example>", "jan@post.example", "jan@post.example", False),
        (b"<jan@post.example(>", "jan@post.example", "jan@post.example", False),
        (b"jan\\@post.example", "jan@post.example", "jan@post.example", False),
        (b"<z%post.example@kliniek.example>", "z@post.example", "z%post.example@kliniek.example", False),
        (b"<anna%kliniek.example>", "anna@kliniek.example", "anna%kliniek.example@kliniek.example", False),
        (b'<"anna@kliniek.example">', "anna@kliniek.example", '"anna@kliniek.example"@kliniek.example', False),
        (b"<( )>", "", "", False),
        ("<jan@stra\u00dfe.example;>".encode(), "jan@strasse.example", "jan@stra\u00dfe.example;", False),
        (b"<\xff@post.example>", "\ufffd", "\udcff@post.example", False),
        (b"<jan@post.example;>", None, "jan@post.example;", False),
    ],
)  # fmt: skip
def test_an_address_is_believed_when_it_is_plain_and_postfix_reads_it_so(
    argument: bytes, parsed: str | None, address: str, sure: bool
) -> None:
    reading = read(argument, parsed)
    assert (reading.address, reading.sure) == (address, sure)


def test_a_recipient_is_deleted_by_what_was_written() -> None:
    reading = read(b"<Root>", "root@mail.kliniek.example")
    assert reading == Reading("Root@mail.kliniek.example", "Root", sure=True)


@pytest.mark.parametrize(
    "address",
    ["a\r\nb@c.example", "a<b@c.example", "a>b@c.example", "\udcff@c.example", "a\0@c.example", "a@b@c.example",
     "a b@c.example", "a\u2028b@c.example", "a\u200bb@c.example", "a@c..example", "a@.c.example", "@c.example", "",
     "a@c.example;", "a,b@c.example", '"a"b@c.example', '"a@c.example', "x" * 250 + "@c.example"],
)  # fmt: skip
def test_what_is_no_plain_mailbox_is_refused(address: str) -> None:
    assert not is_plain(address)
    with pytest.raises(UnsafeAddress):
        outside("anna@kliniek.example", address)


def test_a_doubt_is_refused_where_it_matters_and_nowhere_else() -> None:
    doubtful = frozenset({"anna@kliniek.example"})
    from_doubtful = Envelope("ABC", "anna@kliniek.example", (OUTSIDER,), doubtful=doubtful)
    with pytest.raises(UnsafeAddress) as refused:
        from_doubtful.outside(OWN)
    assert refused.value.status == "5.1.7"
    inside = Envelope("ABC", "anna@kliniek.example", ("bram@kliniek.example",), doubtful=doubtful)
    assert inside.outside(OWN) == ()
    to_doubtful = Envelope("ABC", "bram@kliniek.example", ("anna@kliniek.example",), doubtful=doubtful)
    with pytest.raises(UnsafeAddress) as refused:
        to_doubtful.outside(OWN)
    assert refused.value.status == "5.1.3"


@given(st.binary(max_size=60), st.none() | st.text(max_size=60))
def test_any_bytes_can_be_read(written: bytes, parsed: str | None) -> None:
    reading = read(written, parsed)
    domain_of(reading.address)
    assert not reading.sure or not reading.address or is_plain(reading.address)


@given(st.text(max_size=60), st.sampled_from(["anna@kliniek.example", "jan@post.example"]))
def test_what_postfix_reads_otherwise_is_never_sure(written: str, parsed: str) -> None:
    reading = read(written.encode(), parsed)
    assert not reading.sure or reading.address.casefold().removesuffix(".") == parsed


@pytest.mark.parametrize(
    "recipient", ["door@kliniek.example", "Door+avond@KLINIEK.example", "door-a+b@kliniek.example"]
)
def test_an_address_that_sends_on_to_the_outside_counts_as_outside(recipient: str) -> None:
    envelope = Envelope("ABC", "anna@kliniek.example", (recipient, "doortje@kliniek.example", "+x@kliniek.example"))
    forwarders = Addresses(["door@kliniek.example"])
    assert envelope.outside(OWN) == ()
    assert envelope.outside(OWN, forwarders) == (recipient,)
    assert envelope.has_outside(OWN, forwarders)
