"""Codes that people choose: what counts of them, which are refused, and what a guesser makes of those that are not."""

from __future__ import annotations

import random
import re
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zegel.recipients.agreed_text import (
    LEAST_GUESSES,
    LONGEST,
    SHORTEST,
    as_compared,
    code_problem,
    guesses,
    suggestion,
)

KNOWN = ("jan@post.example", "Anna de Boer", "De Kliniek")


@pytest.mark.parametrize(
    ("code", "question", "why"),
    [
        ("", "", "empty"),
        (" -- . \u200b", "", "empty"),
        ("1-2-3-4-5-6-7", "", "short"),
        ("a b c d e f g", "", "short"),
        ("e\u0301" * 7, "", "short"),
        ("x" * 65, "", "long"),
        ("x " * 150, "", "long"),
        ("\ufdfa" * 12, "", "long"),
        ("12-03-1965", "", "weak"),
        ("3 maart 1965", "", "weak"),
        ("jan post kliniek", "", "weak"),
        ("Anna de Boer", "", "weak"),
        ("De Kliniek 2026", "", "weak"),
        ("Wachtwoord1", "", "weak"),
        ("Welkom2027", "", "weak"),
        ("amsterdam", "", "weak"),
        ("fiets fiets fiets", "", "weak"),
        ("0612345678", "", "weak"),
        ("qwertyuiop", "", "weak"),
        ("aaaaaaaaaaaaaaaa", "", "weak"),
        ("abcdefghijkl", "", "weak"),
        ("１１１１１１１１", "", "weak"),
        ("Groene appel 4827", "Is het groene appel 4827 of niet?", "told"),
        ("Groene appel 4827", "Hoe", "question"),
        ("Groene appel 4827", "Waarom " * 30, "question long"),
        ("Groene appel 4827", "Wat zag u toen we elkaar ontmoetten?", None),
        ("groene appel 4827", "", None),
        ("48271-90365", "", None),
        ("k7mf-2xwp-q9", "", None),
        ("зелёное яблоко 4827", "", None),
    ],
)
def test_what_is_easy_to_guess_is_refused(code: str, question: str, why: str | None) -> None:
    assert code_problem(code, question, KNOWN) == why


def test_an_answer_that_is_made_of_the_question_is_easy_to_guess() -> None:
    assert code_problem("toen we elkaar", "Wat zag u toen we elkaar zagen", ()) == "told"
    assert code_problem("elkaar toen zag", "Wat zag u toen we elkaar zagen", ()) == "weak"


@pytest.mark.parametrize(
    "typed",
    [
        "Café Noir 4827",
        "cafe noir 4827",
        "CAFE-NOIR-4827",
        "cafe\u0301noir4827",
        " café  noir, 4827. ",
        "café noir ４８２７",
    ],
)
def test_who_hears_it_on_the_telephone_types_it_as_they_like(typed: str) -> None:
    assert as_compared(typed) == "cafenoir4827"


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_whatever_is_typed_is_compared_in_one_way(typed: str) -> None:
    plain = as_compared(typed)
    assert len(plain) <= LONGEST + 1
    assert as_compared(plain) == plain, "what is compared is compared as itself"
    assert as_compared(f" {typed[:100].upper()} ".lower())[:SHORTEST] == as_compared(typed[:100].upper())[:SHORTEST]


def test_a_suggestion_is_ten_digits_and_never_weak() -> None:
    made = [suggestion() for _ in range(20)]
    assert all(re.fullmatch(r"\d{5}-\d{5}", each) for each in made) and len(set(made)) == len(made)
    assert [each for each in made if code_problem(each, "", KNOWN)] == []


def test_ten_tries_at_a_suggestion_succeed_with_less_than_1_in_100_million() -> None:
    """Some are never suggested, because they look like a date or a row; far fewer than half are left out."""
    digits = random.Random(1)
    refused = sum(guesses(f"{digits.randrange(10**10):010}") < LEAST_GUESSES for _ in range(400))
    assert refused < 200
    assert Fraction(10, 10**10 // 2) < Fraction(1, 10**8)


def test_the_names_of_one_sender_say_nothing_about_the_code_of_another() -> None:
    """zxcvbn keeps what it is given in a variable of its module."""
    alone = guesses("paarsefiets", ["jan@post.example"])
    with ThreadPoolExecutor(4) as pool:
        asked = [
            pool.submit(guesses, "paarsefiets", ["paarsefiets"] if n % 2 else ["jan@post.example"]) for n in range(40)
        ]
        answers = [each.result() for each in asked]
    assert set(answers[::2]) == {alone} and max(answers[1::2]) < alone
