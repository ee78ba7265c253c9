"""What the detectors find, and the traps that they do not step into, through a policy as a mail meets it."""

from __future__ import annotations

import random

import pytest

from tests.unit.policy.policy_mail import mail
from zegel.policy.detectors import elfproef, iban
from zegel.policy.language.load import Rules


def found(finder: Rules, name: str, text: str, confidence: str = "valid") -> int:
    """How many distinct values of the kind `name` are in a mail with this body."""
    verdict = finder.judge(mail(text), sender="", recipients=())
    return sum(match.count for match in verdict.observed if match.rule == f"{name}-{confidence}")


@pytest.mark.parametrize(
    "text",
    [
        "BSN 111222333",
        "BSN: 111.222.333",
        "bsn:111222333",
        "BSN111222333",
        "burgerservicenummer is 111222333",
        "Burger service nummer 1112.22.333",
        "B.S.N.: 111 222 333",
        "sofinummer 111-22-2333",
        "BSN nr. 11 12 22 333",
        "BSN 1112 22333",
        "BSN: 1 1 1 2 2 2 3 3 3",
        "BSN van klant: 111222333",
        "BSN patiënt 111222333",
        "Citizen service number (BSN) 111222333",
        "111222333 (BSN)",
        "111.222.333 is mijn bsn",
        "BSN\n111222333",
        "Naam   BSN   Geboortedatum\nJansen  111222333  12-03-1980",
        "BSN;Naam;Telefoon\n111222333;Jan;0612345678",
        "Naam | Geboren | BSN | Adres | Postcode | Woonplaats | Telefoonnummer | Verzekeraar\n"
        "Jan de Vries | 1-2-1980 | 111222333 | Dorpsstraat 1",
        "BSN    Voornaam    Achternaam    Geboortedatum    Woonplaats    Telefoonnummer  \n\n  111222333    Jan",
        "BSN" + " " * 80 + "111222333",
        "BSN 111 222 333 15 maart 1980",
        "BSN 111 222\n333",
        "bsn=111222333&x=1",
        "Graag verwerken: BSN van Jansen, P. (geb. 01-01-1980) 111222333",
        "BSN １１１２２２３３３",
        "BSN 111\u00a0222\u00a0333",
        "B\u00adSN 111\u200b222333",
        "_BSN_111222333_",
        "BSN 10000008",
        "BSN: 100.00.008",
    ],
)
def test_a_bsn_in_context_is_found(finder: Rules, text: str) -> None:
    assert found(finder, "bsn", text, "context") == 1


@pytest.mark.parametrize(
    "text",
    ["Het is 111222333.", "111.222.333", "1112.22.333;", "(111 222 333)", "x_111222333.pdf", "Lotte 111222333"],
)
def test_a_bsn_without_context_is_valid_only(finder: Rules, text: str) -> None:
    assert found(finder, "bsn", text) == 1
    assert found(finder, "bsn", text, "context") == 0


@pytest.mark.parametrize(
    "text",
    [
        "BSN 111222334",
        "BSN 000000000",
        "BSN 999999999",
        "1111222333",
        "1112223330",
        "a111222333",
        "111222333b",
        "NL111222333B01",
        "NL91ABNA0111222333",
        "3f2504e0-4f89-11d3-9a0c-111222333abc",
        "06-12345678 06 12 34 56 78 +31 6 12345678 +31 612345672",
        "tel. 020-1234567, (010) 111222333",
        "0031 111222333",
        "111222333-1234",
        "2024-111222333",
        "https://winkel.example/artikel/111222333",
        "?id=111222333",
        "€ 111.222.333",
        "111.222.333,00 begroot",
        "ordernummer 111222333",
        "Order number is: 111222333",
        "klantnr: 111222333",
        "Kamer van Koophandel 111222333",
        "Track & Trace 111222333",
        "RSIN 111222333",
        "Uw BSN is niet nodig. Factuurnummer 111222333",
        "Beste Jan, zet geen BSN in de mail\nPakket 111222333 komt",
        "10000008",
        "12345678",
        "20240111 19800315",
    ],
)
def test_what_is_no_bsn_is_left_alone(finder: Rules, text: str) -> None:
    assert found(finder, "bsn", text) == 0


def test_numbers_in_a_row_are_all_seen(finder: Rules) -> None:
    assert found(finder, "bsn", "111222333 123456782 010000008") == 3
    assert found(finder, "bsn", "111222333,123456782;010000008\t304918278") == 3
    assert found(finder, "bsn", "12 111 222 333; 123.456.782") == 1


def test_the_same_number_written_twice_counts_once(finder: Rules) -> None:
    assert found(finder, "bsn", "BSN 111222333, ook wel 111.222.333 of 1112.22.333") == 1


def test_a_list_of_order_numbers_is_not_a_list_of_persons(finder: Rules) -> None:
    chance = random.Random(7)
    for _ in range(100):
        lines = [f"{chance.randrange(10**8, 10**9)}  artikel {n}" for n in range(chance.randrange(5, 80))]
        assert found(finder, "bsn", "\n".join(lines)) < 3


def test_a_list_of_persons_is_found_whole(finder: Rules) -> None:
    chance = random.Random(7)
    numbers: set[str] = set()
    while len(numbers) < 50:
        digits = f"{chance.randrange(10**8, 10**9)}"
        numbers |= {digits} if elfproef.passes(digits) else set()
    lines = [f"{number}  persoon {n}  {chance.randrange(10**4)}" for n, number in enumerate(numbers)]
    assert found(finder, "bsn", "\n".join(lines)) == 50


def test_one_labelled_number_in_an_order_list_is_still_found(finder: Rules) -> None:
    orders = "\n".join(str(400000000 + 7919 * n) for n in range(200))
    assert found(finder, "bsn", f"{orders}\nBSN 111222333\n{orders}", "context") == 1


def test_one_in_eleven_numbers_passes_the_elfproef() -> None:
    passing = sum(elfproef.passes(f"{number:09}") for number in range(100_000_000, 100_011_000))
    assert passing == 1000


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NL91ABNA0417164300", "NL91ABNA0417164300"),
        ("nl91 abna 0417 1643 00 t.n.v. Jansen", "NL91ABNA0417164300"),
        ("NL91.ABNA.0417.1643.00", "NL91ABNA0417164300"),
        ("IBANNL91ABNA0417164300", "NL91ABNA0417164300"),
        ("IBAN:NL91ABNA0417164300BIC", "NL91ABNA0417164300"),
        ("BE68 5390 0754 7034", "BE68539007547034"),
        ("DE89 3704 0044 0532 0130 00 en meer", "DE89370400440532013000"),
        ("GB29NWBK60161331926819", "GB29NWBK60161331926819"),
        ("MT84MALT011000012345MTLCAST001S", "MT84MALT011000012345MTLCAST001S"),
        ("NO93 8601 1117 947", "NO9386011117947"),
    ],
)
def test_an_iban_is_found(finder: Rules, text: str, value: str) -> None:
    assert found(finder, "iban", text) == 1
    judged = iban.judge("", text.removeprefix("IBAN:"), "")
    assert judged is not None
    assert judged.value == value


@pytest.mark.parametrize(
    "text",
    ["NL91ABNA0417164301", "NL91ABNA04171643009", "XX91ABNA0417164300", "XNL91ABNA0417164300", "NL91 ABNA 0417 1643"],
)
def test_what_is_no_iban_is_left_alone(finder: Rules, text: str) -> None:
    assert found(finder, "iban", text) == 0


def test_a_country_that_the_registry_knows_has_a_length() -> None:
    assert len(iban.LENGTHS) > 80
    assert (iban.LENGTHS["NL"], iban.LENGTHS["NO"], iban.LENGTHS["RU"]) == (18, 15, 33)
