"""Ways to type a number: accepted as E.164, or refused with the reason, in both languages."""

from __future__ import annotations

import pytest

from zegel.notices.number_problems import reason
from zegel.recipients.phone_numbers import Wrong, example, is_landline, masked, parse, prefix, region_of

ALLOWED = ("NL", "BE", "DE", "FR", "LU", "GB")
JAN = "+31612345954"

ACCEPTED = [
    ("0612345954", JAN),
    ("06 12345954", JAN),
    ("06 12 34 59 54", JAN),
    ("06-12345954", JAN),
    ("06–12345954", JAN),
    ("06.12.34.59.54", JAN),
    ("06/12345954", JAN),
    ("(06) 12345954", JAN),
    ("0 6 1 2 3 4 5 9 5 4", JAN),
    ("612345954", JAN),
    ("31612345954", JAN),
    ("+31612345954", JAN),
    ("+31 6 12345954", JAN),
    ("+31-6-12345954", JAN),
    ("+ 31 6 1234 5954", JAN),
    ("++31612345954", JAN),
    ("+31 (0)6 12345954", JAN),
    ("+31(0)612345954", JAN),
    ("+31 0612345954", JAN),
    ("0031612345954", JAN),
    ("0031 6 12345954", JAN),
    ("0031 (0)6 12345954", JAN),
    ("00 31 6 12 34 59 54", JAN),
    ("０６１２３４５９５４", JAN),
    ("＋３１ ６ １２３４５９５４", JAN),
    ("٠٦١٢٣٤٥٩٥٤", JAN),
    ("\u202a+31 6 12345954\u202c", JAN),
    ("06\u00a012\u200934\u202f59\u200b54", JAN),
    ("  0612345954\r\n", JAN),
    ("06 12 34 59 54?", JAN),
    ("tel: 06 12345954", JAN),
    ("Mob. 06-12345954", JAN),
    ("tel:+31-6-12345954", JAN),
    ("+32 470 12 34 56", "+32470123456"),
    ("0032 470 12 34 56", "+32470123456"),
    ("+49 1512 3456789", "+4915123456789"),
    ("+33 6 12 34 56 78", "+33612345678"),
    ("+44 7400 123456", "+447400123456"),
    ("+44 (0)7400 123456", "+447400123456"),
    ("+352 628 123 456", "+352628123456"),
]
REFUSED = [
    ("", "empty"),
    (" \t\n", "empty"),
    ("-", "empty"),
    ("tel:", "empty"),
    ("jan@post.example", "letters"),
    ("06-BEL-MIJ", "letters"),
    ("06 1234 595O", "letters"),
    ("nul zes twaalf", "letters"),
    ("06 12345954 (privé)", "letters"),
    ("0612345954 / 0687654321", "several"),
    ("0612345954 of 0687654321", "several"),
    ("06 12345954, 06 87654321", "several"),
    ("0612345954\n0687654321", "several"),
    ("0612345954 0687654321", "several"),
    ("+31612345954+31687654321", "several"),
    ("06 12345954; 020 1234567", "several"),
    ("0612345954 ext 12", "extension"),
    ("0612345954 x12", "extension"),
    ("020 1234567 tst. 12", "extension"),
    ("112", "short"),
    ("0612", "short"),
    ("06 1234 595", "short"),
    ("+31 6 1234", "short"),
    ("+32 47 12 34 56", "short"),
    ("06 1234 5954 1", "long"),
    ("+316123459544", "long"),
    ("9" * 60, "long"),
    ("0600000000", "invalid"),
    ("00 0612345954", "long"),
    ("0470 12 34 56", "invalid"),
    ("020-1234567", "landline"),
    ("+31 20 123 4567", "landline"),
    ("088 123 4567", "landline"),
    ("0800 1234", "landline"),
    ("+32 2 555 12 12", "landline"),
    ("0900-1234567", "premium"),
    ("+44 70 1234 5678", "premium"),
    ("+1 202 555 0123", "country"),
    ("+90 501 234 56 78", "country"),
    ("0066 81 234 5678", "country"),
    ("+999 123456789", "country"),
    ("+0612345954", "country"),
]


def test_the_table_is_long_enough() -> None:
    typed = [text for text, _ in ACCEPTED + REFUSED]
    assert len(typed) >= 60 and len(set(typed)) == len(typed)


@pytest.mark.parametrize(("typed", "number"), ACCEPTED, ids=[repr(text) for text, _ in ACCEPTED])
def test_it_is_taken_as_e164(typed: str, number: str) -> None:
    assert parse(typed, "NL", ALLOWED) == number


@pytest.mark.parametrize(("typed", "kind"), REFUSED, ids=[repr(text[:20]) for text, _ in REFUSED])
def test_it_is_refused_with_the_reason_in_both_languages(typed: str, kind: str) -> None:
    wrong = parse(typed, "NL", ALLOWED)
    assert isinstance(wrong, Wrong) and wrong.kind == kind
    dutch, english = reason(wrong, "nl", ALLOWED), reason(wrong, "en", ALLOWED)
    assert dutch and english and dutch != english
    assert "%" not in dutch + english


def test_every_reason_is_in_the_table_and_none_reads_like_another() -> None:
    kinds = {kind for _, kind in REFUSED}
    assert kinds == {
        "empty", "letters", "several", "extension", "short", "long", "invalid", "landline", "premium", "country",
    }  # fmt: skip
    for language in ("nl", "en"):
        assert len({reason(Wrong(kind), language, ALLOWED) for kind in kinds}) == len(kinds)  # type: ignore[arg-type]


def test_a_country_that_is_not_allowed_is_named_with_those_that_are() -> None:
    wrong = parse("+90 501 234 56 78", "NL", ALLOWED)
    assert isinstance(wrong, Wrong)
    assert "Turkije" in reason(wrong, "nl", ALLOWED) and "Luxemburg" in reason(wrong, "nl", ALLOWED)
    assert "Netherlands" in reason(wrong, "en", ALLOWED)


def test_a_national_number_is_read_in_the_country_that_was_chosen() -> None:
    assert parse("0470 12 34 56", "BE", ALLOWED) == "+32470123456"
    assert parse("01512 3456789", "DE", ALLOWED) == "+4915123456789"
    assert parse("07400 123456", "GB", ALLOWED) == "+447400123456"
    assert parse("+31612345954", "BE", ALLOWED) == JAN


def test_the_country_is_expected_from_the_recipients_domain_when_it_is_allowed() -> None:
    regions = [region_of(f"x@{domain}", ALLOWED, "NL") for domain in ("a.be", "a.co.uk", "a.com", "a.us", "a.nl")]
    assert regions == ["BE", "GB", "NL", "NL", "NL"]


def test_a_masked_number_tells_neither_its_length_nor_enough_to_call() -> None:
    assert masked(JAN) == "+3******954"
    assert len(masked("+4915123456789")) == len(masked(JAN))


@pytest.mark.parametrize("region", ALLOWED)
def test_every_country_has_an_example_that_is_right(region: str) -> None:
    abroad = prefix(region) + example(region).lstrip("0")
    assert parse(example(region), region, ALLOWED) == parse(abroad, region, ALLOWED)
    assert not isinstance(parse(example(region), region, ALLOWED), Wrong)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("020-1234567", "+31201234567"),
        ("(070) 123 45 67", "+31701234567"),
        ("088 123 4567", "+31881234567"),
        ("+32 2 555 12 12", "+3225551212"),
        ("06 12345954", "+31612345954"),
        ("0800 1234", "uncalled"),
        ("0900 1234", "premium"),
        ("020 1234567 toestel 3", "extension"),
        ("020 123456", "short"),
        ("+1 201 555 0123", "country"),
        ("+882 16 12345678", "country"),
    ],
)
def test_where_landlines_are_called_their_numbers_are_taken_too(typed: str, expected: str) -> None:
    found = parse(typed, "NL", ["NL", "BE"], landlines=True)
    assert (found.kind if isinstance(found, Wrong) else found) == expected
    if isinstance(found, str):
        assert is_landline(found) == (typed != "06 12345954")


@pytest.mark.parametrize("number", ["", "+", "x", "+31", "0201234567", "+999999999999999999"])
def test_what_is_no_number_is_no_landline(number: str) -> None:
    assert not is_landline(number)
