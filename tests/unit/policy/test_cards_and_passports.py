"""Payment cards and the lines of passports: what is found, and what is left alone."""

from __future__ import annotations

import pytest

from tests.unit.policy.test_detectors import found
from zegel.policy.detectors import DETECTORS, card, mrz
from zegel.policy.detectors.base import Confidence, Finding, settle
from zegel.policy.language.load import Rules


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
