"""What the head of a column says of the values below it, in every way that a table comes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zegel.policy.search.tables import Tables

ROWS = "\n".join(f"Naam {n};11122233{n};Plaats" for n in range(10))


def head(text: str, value: str) -> str | None:
    data = text.encode()
    found = Tables(data).head_of(data.index(value.encode()))
    return None if found is None else found.decode()


@pytest.mark.parametrize(
    "text",
    [
        "Naam;BSN;Plaats\nJan;123;Ede",
        "Naam,BSN,Plaats\nJan,123,Ede",
        "Naam, BSN, Plaats\nJan, 123, Ede",
        "Naam | BSN | Plaats\nJan | 123 | Ede",
        "Naam   BSN   Plaats\nJan   123   Ede",
        "Inleiding met 3 woorden.\n\nNaam;BSN;Plaats\nPiet;999;Urk\nJan;123;Ede",
        "\n\n  Naam    BSN    Plaats  \n\n  Piet    999    Urk  \n\n  Jan    123    Ede  \n\n",
        "> Naam | BSN | Plaats\n\n> Piet | 999 | Urk\n\n> Jan | 123 | Ede",
        "Naam | BSN | Plaats\n--- | --- | ---\nPiet | 999 | Urk\nJan | 123 | Ede",
    ],
)
def test_the_head_of_the_column_is_found(text: str) -> None:
    found = head(text, "123")
    assert found is not None and found.endswith("BSN: ")


def test_rows_far_below_have_a_head_too() -> None:
    assert head(f"Naam;BSN;Plaats\n{ROWS * 50}\nJan;555;Ede", "555") == "Jan: BSN: "


def test_what_stands_in_the_cell_already_is_kept() -> None:
    assert head("Naam;Nummer;Plaats\nJan;BSN 123;Ede", "123") == "Jan: Nummer: BSN "


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Naam;Jan\nPlaats;Ede\nBSN;123", "BSN: Jan: "),
        ("\n\n  Naam    Jan  \n\n  BSN    123  \n\n", "BSN: Jan: "),
        ("\n\n  Naam    Jan    Plaats    Ede  \n\n  Klas    twee    BSN    123  \n\n", "BSN: Ede: "),
        ("\n\n  Naam:    Jan  \n\n  BSN:    123  \n\n", None),
        ("\n\n  Naam:    Jan    Plaats:    Ede  \n\n  BSN:    123    Klas:    twee  \n\n", None),
        ("Naam:;BSN:\nJan;123", "BSN:: "),
        ("Naam;BSN;Plaats\n12;123;Ede", "BSN: "),
    ],
)
def test_where_rows_are_pairs_the_cell_beside_it_tells(text: str, said: str | None) -> None:
    found = head(text, "123")
    assert found is None if said is None else found is not None and found.endswith(said)


@pytest.mark.parametrize(
    "text",
    [
        "Beste Jan, hier\nis het, zei hij, 123",
        "Naam;BSN\nJan;Piet;123",
        "Naam;BSN\n\nJan;123",
        "Jan;123\nPiet;456",
        "123",
        "Alleen tekst\n123",
        "Naam 1;BSN 2\nJan;123",
    ],
)
def test_what_is_no_table_has_no_head(text: str) -> None:
    assert head(text, "123") is None


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab1;|, >\n", max_size=80), st.text(alphabet="ab1;|, >\n", max_size=40))
def test_no_text_makes_it_fail(before: str, after: str) -> None:
    data = f"{before}777{after}".encode()
    tables = Tables(data)
    for place in range(0, len(data), 3):
        tables.head_of(place)
