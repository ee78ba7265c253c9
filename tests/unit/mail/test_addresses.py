"""Who is meant by an address: one person is never two, and two people are never one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zegel.mail.addresses import AddressError, Addresses, identity, listed
from zegel.mail.domains import ascii_domain

SHARP_S, ZWNJ, FINAL_SIGMA, CAPITAL_SHARP_S, KELVIN = "\u00df", "\u200c", "\u03c2", "\u1e9e", "\u212a"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("jan@post.example", "JAN@Post.EXAMPLE."),
        ("jan@m\u00fcnster.example", "jan@xn--mnster-3ya.example"),
        ("jan@m\u00fcnster.example", "jan@mu\u0308nster.example"),
        ("jan@M\u00dcNSTER.example", "<jan@m\u00fcnster.example>"),
        ('"jan"@post.example', "jan@post.example"),
        ('"j\\an"@post.example', "jan@post.example"),
    ],
)
def test_one_person_written_in_two_ways_is_one(one: str, other: str) -> None:
    assert identity(one) == identity(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"jan@stra{SHARP_S}e.example", "jan@strasse.example"),
        (f"jan@kliniek{ZWNJ}.example", "jan@kliniek.example"),
        (f"jan@fo{FINAL_SIGMA}.example", "jan@fo\u03c3.example"),
        (f"jan@STRA{CAPITAL_SHARP_S}E.example", "jan@strasse.example"),
        (f"jan@STRA{CAPITAL_SHARP_S}E.example", f"jan@stra{SHARP_S}e.example"),
        (f"{KELVIN}im@post.example", "kim@post.example"),
        (f"stra{SHARP_S}e@post.example", "strasse@post.example"),
        ('"jan@x"@post.example', "jan@x"),
        ('"a b"@post.example', '"ab"@post.example'),
        ("jan@post.example", "jan@post.example.other"),
    ],
)
def test_two_people_are_never_one(one: str, other: str) -> None:
    assert identity(one) != identity(other)


@pytest.mark.parametrize(
    "name",
    [f"kliniek{ZWNJ}.example", f"STRA{CAPITAL_SHARP_S}E.example", "i\u2764.example", "a..example", "", ".",
     "-a.example",
     "a b.example", "a\u2260b.example", "x" * 64 + ".example", "xn--a.\u00e9.example", "[127.0.0.1]", "a,b.example",
     "\ud800.example", "\u00e9" * 300, "kliniek\u3002example", "\uff4bliniek.example", "k\u00adliniek.example",
     "kliniek.\u00e9\uff0eexample"],
)  # fmt: skip
def test_a_name_that_is_refused_is_in_no_list(name: str) -> None:
    assert ascii_domain(name) == ""
    who = identity(f"jan@{name}")
    assert not who.domain
    assert not who.is_in([name, "", "kliniek.example", "strasse.example"])
    assert f"jan@{name}" not in Addresses(["kliniek.example", "strasse.example", "*.example"])
    with pytest.raises(AddressError):
        listed(name)


def test_own_domains_with_sharp_s_have_their_people_and_no_others() -> None:
    own = (ascii_domain(f"stra{SHARP_S}e.example"),)
    assert identity(f"jan@stra{SHARP_S}e.example").is_in(own)
    assert identity("jan@xn--strae-oqa.example").is_in(own)
    assert not identity("jan@strasse.example").is_in(own)


@pytest.mark.parametrize("local", ["jan%evil.example", "evil.example!jan", '"jan@evil.example"'])
def test_a_list_that_frees_does_not_vouch_for_what_a_server_takes_apart(local: str) -> None:
    address = f"{local}@partner.example"
    assert address in Addresses(["partner.example"])
    assert address not in Addresses(["partner.example"], surely=True)
    assert address in Addresses([listed(address)], surely=True)


@given(st.text(max_size=40))
def test_a_name_in_ascii_means_itself(name: str) -> None:
    found = ascii_domain(name)
    assert found == "" or (found.isascii() and ascii_domain(found) == found)


@given(st.text(max_size=40))
def test_an_identity_has_itself_as_its_identity(address: str) -> None:
    who = identity(address)
    assert identity(who.text) == who or not who.domain
