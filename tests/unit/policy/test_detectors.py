"""What the detectors find, and the traps that they do not step into, through a policy as a mail meets it."""

from __future__ import annotations

import random

import pytest

from tests.unit.policy.policy_mail import mail, policy, rule
from zegel.policy.detectors import DETECTORS, bsn, card, iban, mrz
from zegel.policy.detectors.base import Confidence, Finding, settle
from zegel.policy.language.load import Rules


@pytest.fixture(scope="module")
def finder(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """Rules that observe: one per detector and confidence."""
    text = "rules:\n"
    for name in DETECTORS:
        for confidence in ("valid", "context"):
            when = f"{{detector: {name}, confidence: {confidence}}}"
            text += rule(when, level=0, name=f"{name}-{confidence}")
    return policy(tmp_path_factory.mktemp("policy"), text)


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
        numbers |= {digits} if bsn.passes(digits) else set()
    lines = [f"{number}  persoon {n}  {chance.randrange(10**4)}" for n, number in enumerate(numbers)]
    assert found(finder, "bsn", "\n".join(lines)) == 50


def test_one_labelled_number_in_an_order_list_is_still_found(finder: Rules) -> None:
    orders = "\n".join(str(400000000 + 7919 * n) for n in range(200))
    assert found(finder, "bsn", f"{orders}\nBSN 111222333\n{orders}", "context") == 1


def test_one_in_eleven_numbers_passes_the_elfproef() -> None:
    passing = sum(bsn.passes(f"{number:09}") for number in range(100_000_000, 100_011_000))
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


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4012-8888-8888-1881",
        "5555 5555 5555 4444",
        "2223003122003222",
        "378282246310005",
        "3782 822463 10005",
        "30569309025904",
        "6011111111111117",
        "3530111333300000",
        "6200000000000005",
        "(5105105105105100)",
    ],
)
def test_the_test_numbers_of_card_brands_count(finder: Rules, text: str) -> None:
    assert found(finder, "card", text) == 1


def test_words_nearby_make_a_card_sure(finder: Rules) -> None:
    assert found(finder, "card", "creditcard 4111111111111111", "context") == 1
    assert found(finder, "card", "4111111111111111 geldig tot 12/29", "context") == 1
    assert found(finder, "card", "nummer 4111111111111111", "context") == 0


def test_maestro_counts_in_context_only(finder: Rules) -> None:
    assert found(finder, "card", "Maestro 6759649826438453") == 1
    assert found(finder, "card", "6759649826438453") == 0


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",
        "1234567812345670",
        "44111111111111111",
        "4111 1111 1111 1111 1111",
        "0000000000000000",
        "4111-1111-1111-1111-1",
        "zendingsnummer 4111111111111111",
        "Track & Trace: 4111 1111 1111 1111",
        "https://x.example/4111111111111111",
        "4111111111111111@x.example",
        "1.4111111111111111",
        "IMEI 353011133330000",
    ],
)
def test_what_is_no_card_is_left_alone(finder: Rules, text: str) -> None:
    assert found(finder, "card", text) == 0


TD3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
TD1 = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"
TD2 = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6"


@pytest.mark.parametrize("text", [TD1, TD2, TD3], ids=["TD1", "TD2", "TD3"])
@pytest.mark.parametrize(
    "change",
    [
        str,
        str.lower,
        lambda text: text.replace("\n", " "),
        lambda text: text.replace("\n", "\r\n> "),
        lambda text: text.rstrip("<"),
        lambda text: f"paspoort:{text}.",
    ],
    ids=["as it is", "small letters", "on one line", "quoted", "end cut off", "glued"],
)
def test_the_specimens_of_icao_are_found(finder: Rules, text: str, change: object) -> None:
    assert callable(change)
    assert found(finder, "mrz", change(text), "context") == 1


def test_the_line_of_names_is_not_needed(finder: Rules) -> None:
    assert found(finder, "mrz", TD3.split("\n")[1]) == 1
    assert found(finder, "mrz", "\n".join(TD1.split("\n")[:2])) == 1


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("740812", "74O812"), ("740812", "7408I2"), ("898902", "89B902"), ("120415", "12O415")],
)
def test_one_sign_that_was_read_wrongly_is_put_right(finder: Rules, right: str, wrong: str) -> None:
    line = TD3.split("\n")[1]
    assert found(finder, "mrz", line.replace(right, wrong)) == 1
    assert found(finder, "mrz", line.replace(right, wrong).replace("UTO7", "UTO3")) == 0


@pytest.mark.parametrize("place", [9, 13, 20, 27, 42, 43])
def test_any_wrong_check_digit_is_no_passport(finder: Rules, place: int) -> None:
    line = TD3.split("\n")[1]
    wrong = line[:place] + ("1" if line[place] != "1" else "2") + line[place + 1 :]
    assert found(finder, "mrz", wrong) == 0


def test_an_empty_optional_field_may_have_a_filler_for_its_check_digit(finder: Rules) -> None:
    line = "L898902C36UTO7408122F1204159<<<<<<<<<<<<<<<"
    total = mrz.check_digit(line[:10] + line[13:20] + line[21:43])
    assert found(finder, "mrz", f"{line}{total}") == 1


def test_luhn_refuses_every_single_wrong_digit() -> None:
    number = "4111111111111111"
    for place in range(16):
        for digit in set("0123456789") - {number[place]}:
            assert not card.luhn(number[:place] + digit + number[place + 1 :])


def test_settling_keeps_what_is_in_context_whatever_surrounds_it() -> None:
    shapes = [Finding(str(n), n, n + 1, Confidence.SHAPE) for n in range(1000)]
    sure = Finding("sure", 2000, 2001, Confidence.CONTEXT)
    assert settle([*shapes, sure]) == [sure]
    assert settle([]) == []


def test_every_detector_goes_by_its_own_name() -> None:
    assert all(name == detector.name for name, detector in DETECTORS.items())
