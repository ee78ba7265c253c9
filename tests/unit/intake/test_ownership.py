"""Whose mail it is, by everything that can be taken for its sender."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zegel.mail.addresses import Addresses
from zegel.mail.envelope import Envelope, read
from zegel.message.mime.tree import header_fields
from zegel.ownership import Realm, is_ours, origin

REALM = Realm(frozenset({"kliniek.example", "xn--zrg-sna.example"}), Addresses(["oud.lan", "*.huis.lan"]))
ELSEWHERE = "bounce-7@mailer.example"


def envelope(sender: str, login: str | None = None) -> Envelope:
    return Envelope("ABC", sender, ("jan@post.example",), login is not None, login=login or "")


def ours(sender: str, header: bytes = b"From: piet@post.example\r\n", login: str | None = None) -> bool:
    return is_ours(envelope(sender, login), header_fields(header + b"\r\n"), REALM)


def behind(sender: str, header: bytes, login: str | None = None) -> tuple[str, bool, str]:
    """Who is asked, whether it passes on, and who of ours it may be from."""
    found = origin(envelope(sender, login), header_fields(header + b"\r\n"), REALM)
    return found.person, found.passes_on, found.author.address if found.author else ""


@pytest.mark.parametrize(
    "sender",
    [
        "anna@kliniek.example", "ANNA@Kliniek.Example.", "anna", "anna%kliniek.example", "k!anna", "a%b@c.nl",
        '"anna@kliniek.example"', "anna@zörg.example", "www-data@web01.kliniek.example", "x@a.b.kliniek.example",
        "x@oud.lan", "x@pc7.huis.lan", "prvs=1234=anna@kliniek.example", "SRS0=ab=cd=post.example=piet@kliniek.example",
    ],
)  # fmt: skip
def test_an_envelope_that_could_be_ours_is(sender: str) -> None:
    assert ours(sender)


@pytest.mark.parametrize(
    "sender",
    [
        "", "anna@elders.example", "anna@kliniek.example.elders.example", "anna@mijnkliniek.example", "x@ander.oud.lan",
        "x@huis.lan", "kliniek.example@post.example",
    ],
)  # fmt: skip
def test_somebody_else_is_not_unless_they_logged_in(sender: str) -> None:
    assert not ours(sender)
    assert ours(sender, login="")


@pytest.mark.parametrize(("sender", "is_it"), [("pi\u00ebt@post.example", True), ("piet@post.example", False)])
def test_a_sender_in_doubt_is_ours_unless_postfix_says_whose(sender: str, is_it: bool) -> None:
    """Of ASCII the envelope has what Postfix reads; its macro for anything else has letters folded."""
    doubted = Envelope("ABC", sender, ("jan@elders.example",), doubtful=frozenset({sender}))
    assert is_ours(doubted, (), REALM) == is_it


@pytest.mark.parametrize(
    ("written", "is_it"),
    [
        ("jan%post.example@mail.kliniek.example((((((((", True), ("jan%post.example@mail.kliniek.example(", True),
        ("jan%post.example@kliniek.example;", True), ("(c)jan%post.example@web.kliniek.example", True),
        ("jan%post.example@(x)kliniek.example", True), ("kliniek.example!jan@post.example;", True),
        ("@kliniek.example:jan@post.example ", True), ("jan%post.example@ kliniek.example ;", True),
        ("jan%post.example@localhost((", True), ("jan%post.example@oud.lan,", True), ("Jan <jan@post.example>", False),
        ("jan%elders.example@post.example((", False), ("jan@[192.0.2.1];", False),
        ("jan@post.example (kliniek)", False),
    ],
)  # fmt: skip
def test_a_sender_in_doubt_is_ours_also_by_what_postfix_takes_out_of_it(written: str, is_it: bool) -> None:
    """Seen with 3.7: the macro says jan@post.example, but the mail leaves as jan%post.example@kliniek.example."""
    reading = read(written.encode(), "jan@post.example")
    doubted = Envelope(
        "ABC", reading.address, ("els@elders.example",), doubtful=frozenset({reading.address}), sender_written=written
    )
    assert not reading.sure
    assert is_ours(doubted, (), REALM) == is_it


def test_a_route_over_a_host_of_ours_is_ours_although_postfix_s_macro_ends_elsewhere() -> None:
    reading = read(b"<post.example!jan@mail.kliniek.example>", "jan@post.example")
    envelope = Envelope("ABC", reading.address, ("jan@elders.example",), doubtful=frozenset({reading.address}))
    assert is_ours(envelope, (), REALM)


@pytest.mark.parametrize(
    "value",
    [
        "anna@kliniek.example",
        "Anna <anna@kliniek.example>",
        "ANNA <Anna@KLINIEK.Example.>",
        '"Piet, van buiten" <piet@post.example>, anna@kliniek.example',
        "Balie: piet@post.example, Anna <anna@kliniek.example>;",
        "undisclosed: anna@kliniek.example;",
        "=?utf-8?q?Anna?= <anna@kliniek.example>",
        "=?utf-8?q?anna=40kliniek.example?=",
        "=?utf-8?b?QW5uYSA8YW5uYUBrbGluaWVrLmV4YW1wbGU+?=",
        "=?utf-8?q?anna=40?= =?utf-8?q?kliniek.example?=",
        "<=?utf-8?q?anna=40kliniek.example?=>",
        "Anna\r\n <anna@\r\n\tkliniek.example>",
        "<@relay.example,@b.example:anna@kliniek.example>",
        "anna @ kliniek . example",
        "anna@(onze) kliniek.example (Anna)",
        "(piet@post.example) anna@kliniek.example",
        '"anna"@kliniek.example',
        "Anna <anna@kliniek.example",
        "<piet@post.example> <anna@kliniek.example>",
        "anna@kliniek.example <>",
        "anna%kliniek.example@relay.example",
        "kliniek.example!anna",
        "<<anna@kliniek.example>>",
        "mailto:anna@kliniek.example",
        "www@web01.kliniek.example",
        "anna@zörg.example",
        "anna@xn--zrg-sna.example",
        "anna",
        "<anna>",
        ", ".join([*(f"p{n}@post.example" for n in range(5000)), "anna@kliniek.example"]),
    ],
)
@pytest.mark.parametrize("name", ["From", "FROM", "Sender", "Resent-From", "Resent-Sender"])
def test_a_field_that_names_us_in_any_way_makes_it_ours(name: str, value: str) -> None:
    assert ours(ELSEWHERE, f"Subject: x\r\n{name}: {value}\r\nTo: jan@post.example\r\n".encode())


@pytest.mark.parametrize(
    "value",
    [
        "piet@post.example",
        '"anna@kliniek.example" <piet@post.example>',
        '"Anna <anna@kliniek.example>" <piet@post.example>',
        "Piet van kliniek.example <piet@post.example>",
        "=?utf-8?q?anna=40kliniek.example?= <piet@post.example>",
        "anna@kliniek.example.post.example",
        "piet@post.example (anna@kliniek.example)",
        "Piet Jansen <piet@[192.0.2.1]>",
        "",
        "<>",
    ],
)
def test_a_field_that_only_speaks_of_us_does_not(value: str) -> None:
    assert not ours(ELSEWHERE, f"From: {value}\r\nTo: anna@kliniek.example\r\n".encode())


def test_the_last_of_several_fields_counts_too() -> None:
    assert ours(ELSEWHERE, b"From: piet@post.example\r\nFrom: eva@elders.example\r\nFrom : anna@kliniek.example\r\n")


@pytest.mark.parametrize(
    "header",
    [
        b"From: MAILER-DAEMON@kliniek.example\r\n",
        b"From: Mail Delivery <postmaster@kliniek.example>\r\n",
        b"From: anna@kliniek.example\r\nContent-Type: multipart/report; report-type=disposition-notification;"
        b" boundary=x\r\n",
        b"From: anna@kliniek.example\r\nAuto-Submitted: auto-replied (vacation)\r\n",
    ],
)
def test_a_report_without_a_sender_is_not_ours_and_one_by_login_is(header: bytes) -> None:
    assert not ours("", header)
    assert ours("", header, login="anna@kliniek.example")
    assert ours(ELSEWHERE, header), "only the empty sender makes it a report"


@pytest.mark.parametrize(
    "more", [b"", b"Auto-Submitted: auto-generated\r\n", b"Auto-Submitted: no\r\n", b"Content-Type: text/plain\r\n"]
)
def test_a_mail_is_no_report_because_its_sender_is_empty(more: bytes) -> None:
    assert ours("", b"From: anna@kliniek.example\r\n" + more)


FROM_ANNA = b"From: Anna <anna@kliniek.example>\r\n"
FROM_PIET = b"From: Piet <piet@post.example>\r\n"
VERP, BATV = "nieuws+jan=post.example@kliniek.example", "prvs=2611abcdef=bram@kliniek.example"
SRS = "SRS0=Ab12=XY=post.example=piet@kliniek.example"


@pytest.mark.parametrize(
    ("sender", "header", "login", "person", "author"),
    [
        ("bram@kliniek.example", FROM_ANNA, None, "bram@kliniek.example", "anna@kliniek.example"),
        ("bram+werk@kliniek.example", FROM_ANNA, None, "bram+werk@kliniek.example", "anna@kliniek.example"),
        ("www-data@web01.kliniek.example", FROM_ANNA, None, "anna@kliniek.example", "anna@kliniek.example"),
        ("www-data@kliniek.example", FROM_ANNA, None, "anna@kliniek.example", "anna@kliniek.example"),
        (ELSEWHERE, FROM_ANNA, None, "anna@kliniek.example", "anna@kliniek.example"),
        ("", FROM_ANNA, "cor@kliniek.example", "anna@kliniek.example", "anna@kliniek.example"),
        ("", FROM_PIET, "cor@kliniek.example", "cor@kliniek.example", ""),
        (VERP, FROM_ANNA, None, "anna@kliniek.example", "anna@kliniek.example"),
        (VERP, FROM_PIET, "cor@kliniek.example", "cor@kliniek.example", ""),
        (BATV, FROM_ANNA, None, "anna@kliniek.example", "anna@kliniek.example"),
        ("anna@kliniek.example", FROM_PIET, None, "anna@kliniek.example", ""),
        ("piet@post.example", FROM_PIET + b"Resent-From: anna@kliniek.example\r\n", None, "anna@kliniek.example", ""),
        ("piet@post.example", FROM_PIET, "anna@kliniek.example", "anna@kliniek.example", ""),
        (ELSEWHERE, b"From: piet@post.example, Anna <anna@kliniek.example>\r\n", None, "anna@kliniek.example",
         "anna@kliniek.example"),
        ("noreply+77@kliniek.example", FROM_ANNA, None, "anna@kliniek.example", "anna@kliniek.example"),
        ("bram@kliniek.example", FROM_PIET + b"List-Id: <x.post.example>\r\n", None, "bram@kliniek.example", ""),
        ("owner-lijst@kliniek.example", FROM_PIET + b"Precedence: list\r\n", "anna@kliniek.example",
         "anna@kliniek.example", ""),
        (SRS, FROM_PIET + b"Delivered-To: bram@kliniek.example\r\n", None, "bram@kliniek.example", ""),
        (SRS, FROM_ANNA, "bram@kliniek.example", "bram@kliniek.example", ""),
        ("no-reply@kliniek.example", b"From: no-reply@kliniek.example\r\n", None, "no-reply@kliniek.example",
         "no-reply@kliniek.example"),
        ("lijst-bounces@kliniek.example", FROM_ANNA + b"List-Id: <lijst.kliniek.example>\r\n", None,
         "anna@kliniek.example", "anna@kliniek.example"),
    ],
)  # fmt: skip
def test_the_person_is_the_envelope_s_sender_else_from_else_the_login(
    sender: str, header: bytes, login: str | None, person: str, author: str
) -> None:
    assert behind(sender, header, login)[::2] == (person, author)


@pytest.mark.parametrize(
    ("sender", "header", "login"),
    [
        ("", FROM_PIET, "cor"),
        (VERP, FROM_PIET, None),
        (BATV, FROM_PIET, "scanner"),
        ("piet@post.example", FROM_PIET, ""),
    ],
)
def test_with_nobody_of_ours_there_is_nobody_to_ask(sender: str, header: bytes, login: str | None) -> None:
    assert behind(sender, header, login) == ("", False, "")


@pytest.mark.parametrize(
    ("sender", "header"),
    [
        (SRS, FROM_PIET),
        ("SRS1=Ab=elders.example==Cd=XY=post.example=piet@kliniek.example", FROM_PIET),
        ("srs0+ab12=xy=post.example=piet@kliniek.example", FROM_PIET),
        (VERP, FROM_PIET + b"List-Id: <lijst.kliniek.example>\r\n"),
        ("lijst-bounces@kliniek.example", FROM_PIET + b"Precedence: list\r\n"),
        (VERP, b"From: Piet via lijst <lijst@kliniek.example>\r\nList-Post: <mailto:lijst@kliniek.example>\r\n"),
        ("root@web01.kliniek.example", b"From: root@web01.kliniek.example\r\n"),
        ("root@oud.lan", b"From: root@oud.lan\r\n"),
    ],
)
def test_what_somebody_else_wrote_is_nobody_s_and_passes_on(sender: str, header: bytes) -> None:
    person, passes_on, author = behind(sender, header)
    assert (person, passes_on) == ("", True)
    assert author in ("", "lijst@kliniek.example")


@pytest.mark.parametrize("sender", [SRS, "piet@post.example"])
@pytest.mark.parametrize(
    "field", ["Delivered-To: bram@kliniek.example", "X-Sieve-Redirected-From: bram@kliniek.example"]
)
def test_a_from_of_ours_on_a_mail_that_came_from_outside_is_not_believed(sender: str, field: str) -> None:
    """Whoever forges it to somebody who redirects their mail would get it signed by us."""
    header = FROM_ANNA + field.encode() + b"\r\n"
    assert ours(sender, header)
    assert behind(sender, header) == ("bram@kliniek.example", True, "")
    assert behind("bram@kliniek.example", header)[2] == "anna@kliniek.example"


@given(st.binary(max_size=200), st.text(max_size=40))
def test_any_header_can_be_read(value: bytes, sender: str) -> None:
    header = b"From: " + value + b"\r\nList-Post: " + value + b"\r\n"
    ours(sender, header)
    person, _, author = behind(sender, header)
    assert all(not address or address.lower().rstrip(".").endswith(".example") for address in (person, author))


@pytest.mark.parametrize(
    "value",
    [b"(" * 9_000, b"(" * 4_500 + b")" * 4_500, b'"' + b'\\"' * 4_500, b"<" * 9_000, b"a@" * 4_500, b"=?utf-8?q?" * 900,
     b"@a," * 3_000 + b":anna@elders.example", b"a" * 200_000, b"<p@post.example>," * 20_000],
    ids=["open", "nested", "quotes", "angles", "ats", "words", "routes", "long", "many"],
)  # fmt: skip
def test_a_field_made_to_take_long_does_not(value: bytes) -> None:
    header = b"From: " + value + b"\r\n"
    long = len(value) > 10_000
    assert ours(ELSEWHERE, header * 50) or not long
    behind(ELSEWHERE, header * 50)


def test_more_senders_than_anybody_writes_make_it_ours_wherever_they_stand() -> None:
    assert ours(ELSEWHERE, b"From: piet@post.example\r\n" * 2_000)
    assert behind(ELSEWHERE, FROM_ANNA + b"From: piet@post.example\r\n" * 2_000)[0] == "anna@kliniek.example"
