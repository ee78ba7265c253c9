"""What the head of a column, or the cell beside or above it, says of a value, in every way that a table comes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.policy.policy_mail import mail, policy, rule
from zegel.message.text.table_marks import MARKS, table
from zegel.policy.language.load import Rules
from zegel.policy.search.table_heads import Cell
from zegel.policy.search.tables import Tables

ROWS = "\n".join(f"Naam {n};11122233{n};Plaats" for n in range(10))


def cell(text: str, value: str = "123") -> Cell | None:
    data = text.encode()
    return Tables(data).at(data.index(value.encode()))


def marked(*rows: str) -> str:
    return table([row.split(";") for row in rows])


@pytest.mark.parametrize(
    "text",
    [
        "Naam;BSN;Plaats\nJan;123;Ede",
        "Naam,BSN,Plaats\nJan,123,Ede",
        "Naam, BSN, Plaats\nJan, 123, Ede",
        '"Naam","BSN","Plaats"\n"Vries, Jan de","123","Ede"',
        "Naam | BSN | Plaats\nJan | 123 | Ede",
        "| Naam | BSN | Plaats |\n|------|-----|--------|\n| Jan | 123 | Ede |",
        "+------+-----+\n| Naam | BSN |\n+------+-----+\n| Jan  | 123 |\n+------+-----+",
        "│ Naam │ BSN │\n│ Jan  │ 123 │",
        "Naam   BSN   Plaats\nJan    123   Ede",
        "Naam         BSN   Plaats\nAnna               Urk\nJan de Vries 123   Ede",
        "Naam            BSN\n----            ---\nPiet            999\nJan             123",
        "Naam\x1fBSN\x1fPlaats\nJan\x1f123\x1fEde",
        "Naam^BSN^Plaats\nJan^123^Ede",
        "Lijst van mei\nNaam;BSN;Plaats\nJan;123;Ede",
        "Naam;BSN;Plaats\nAnna;volgt;Zeist\nJan;123;Zeist",
        "Naam;BSN;Plaats\nAnna;;Zeist\nPiet;;Zeist\nJan;123;Zeist",
        "Naam;BSN ouder 1;BSN\nKees;999;123",
        "Inleiding met 3 woorden.\n\nNaam;BSN;Plaats\nPiet;999;Urk\nJan;123;Ede",
        "> Naam | BSN | Plaats\n\n> Piet | 999 | Urk\n\n> Jan | 123 | Ede",
        "Naam | BSN | Plaats\n--- | --- | ---\nPiet | 999 | Urk\nJan | 123 | Ede",
        "insert into p (naam, BSN, plaats) values ('a', 99, 'b'), ('c', '123', NULL)",
        marked("Naam;BSN;Plaats", "Piet;999;Urk", "Jan;123;Ede"),
        marked("Lijst van 2024;;", "Naam;BSN;Plaats", "Jan;123;Ede"),
        marked("Naam;BSN", "Jan;999", ";", "Piet;123"),
        marked("BSN", "999", "123"),
        "\x1c\x1e\x1f\x0fNaam\x1f\x0fBSN\x1f\x0eAdres\x1e\x1fStraat\x1fPlaats\x1e\x1fJan\x1f123\x1fWeg 1\x1fEde\x1d",
        "\x1c\x1e\x1f\x0eNaam\x1fBSN\x1e\x1fJan\x1fde Vries\x1f123\x1d",
        "\x1c\x1e\x1fNaam\x1fBSN\x1e\x1f\x0fJan\x1f999\x1e\x1f123\x1d",
        "\x1c\x1e\x1fNaam\x1fBSN\x1e\x1fJan\n\x1c\x1e\x1fx\x1fy\x1fz\x1d\x1f123\x1d",
        "\x1c\x1e\x1fNaam\nvan het kind\x1fBSN\x1e\x1fJan\nde Vries\x1f\n123\x1d",
    ],
)
def test_the_head_of_the_column_is_found(text: str) -> None:
    found = cell(text)
    assert found is not None and found.heads[0] == b"BSN"


def test_rows_far_below_have_a_head_too() -> None:
    found = cell(f"Naam;BSN;Plaats\n{ROWS * 50}\nJan;555;Ede", "555")
    assert found is not None and (found.heads, found.beside[0]) == ((b"BSN",), b"Jan")


@pytest.mark.parametrize("below", ["\n\nGroet", "\n\nGroet\n\n777", "\n\nPlaats;Nummer\nEde;777\n\nGroet 777"])
def test_a_table_is_known_after_what_stands_below_it_was_asked_for(below: str) -> None:
    data = f"Naam;BSN;Plaats\n{ROWS * 3}\nJan;555;Ede{below}".encode()
    tables = Tables(data)
    for place in (len(data) - 1, data.rindex(b"7"), data.index(b"555"), len(data) - 1, data.index(b"555")):
        found = tables.at(place)
    assert found is not None and (found.heads, found.place) == ((b"BSN",), "row 30, column BSN")


@pytest.mark.parametrize("tail", ["", "\n\nKenmerk van de zending\n\n111222333\n\nGroet"])
def test_one_detector_reads_what_another_has_passed(tail: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    numbers = policy(
        tmp_path_factory.mktemp("policy"),
        "rules:\n" + "".join(rule(f"{{detector: {d}}}", level=0, name=d) for d in ("bsn", "document-number")),
    )
    rows = "\n".join(f"Persoon {sign};NWF{sign}B1C4{n};{'ver weg ' * 30}" for n, sign in enumerate("ABCDEFGH"))
    assert found_in(numbers, f"Naam;Paspoortnummer;Plaats\n{rows}{tail}")["document-number"] == 8


def test_what_stands_in_the_cell_already_is_kept() -> None:
    found = cell("Naam;Nummer;Plaats\nJan;BSN 123;Ede")
    assert found is not None and (found.heads, found.before) == ((b"Nummer",), b"BSN ")


def test_the_place_is_said_as_a_person_would() -> None:
    found = cell(marked("x;y", "a;b") + "\n" + marked("Naam;BSN", "Jan;9", "Piet;123"))
    assert found is not None and found.place == "table 2, row 3, column BSN"
    found = cell(marked("1;2", "3;123"))
    assert found is not None and found.place == "table 1, row 2, column 2"


@pytest.mark.parametrize(
    ("text", "beside"),
    [
        (marked("Naam;Jan", "Plaats;Ede", "BSN;123"), b"BSN"),
        (marked("Naam;Jan;Plaats;Ede", "Klas;twee;BSN;123"), b"BSN"),
        (marked("Naam:;Jan", "BSN:;123"), b"BSN:"),
        (marked("BSN;;123"), b"BSN"),
        ("BSN;123\nNaam;Jan", b"BSN"),
    ],
)
def test_the_cell_beside_it_tells(text: str, beside: bytes) -> None:
    found = cell(text)
    assert found is not None and found.beside[0] == beside


def test_the_head_in_front_of_a_row_of_values_tells() -> None:
    found = cell(marked("Naam;Jan;Piet", "BSN;999999999;123"))
    assert found is not None and b"BSN" in found.beside


@pytest.mark.parametrize(
    "text",
    [
        "Beste Jan, hier is het:\n123",
        "Naam;BSN\n\nJan 123",
        "123",
        "Alleen tekst\n123",
        "\x1c\x1e\x1fNaam\x1fBSN\x1d\n123",
    ],
)
def test_what_is_no_table_has_no_cell(text: str) -> None:
    assert cell(text) is None


@pytest.fixture(scope="module")
def finder(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """One rule for what is called a BSN, one for what could be one, and one for cards."""
    rules = [rule(f"{{detector: bsn, confidence: {sure}}}", level=0, name=sure) for sure in ("context", "valid")]
    rules.append(rule("{detector: card}", level=0, name="card"))
    return policy(tmp_path_factory.mktemp("policy"), "rules:\n" + "".join(rules))


def found_in(finder: Rules, text: str) -> dict[str, int]:
    return {match.rule: match.count for match in finder.judge(mail(text), sender="", recipients=()).observed}


SURE = {"context": 1, "valid": 1}


@pytest.mark.parametrize(
    "text",
    [
        marked("Naam;BSN;Plaats", "Anna;volgt;Zeist", "Jan;111222333;Zeist"),
        marked("Naam;Burgerservicenummer (BSN)", "Jan;111.222.333"),
        marked("Naam;BSN-nr.;Bedrag", "Jan;10000008;25,00"),
        marked("Naam;BSN;Bedrag", "Jan;111222333.0;25"),
        marked("Naam;BSN", "Jan;111,222,333"),
        marked("Patientnummer;BSN", "123456782;111222333"),
        marked("Last name;Citizen service number", "Jansen;111222333"),
        marked("BSN;1;1;1;2;2;2;3;3;3"),
        marked("BSN;111;222;333"),
        marked("Naam;BSN", "Jan;111222333", "Adres;Plaats", "Weg 1;Ede"),
        marked("Naam;Adres", "Jan;Weg", "BSN;Plaats", "111222333;Ede"),
        marked("Jan;111222333;12-03-1980;Zeist"),
        "Jan;111222333;12-03-1980;Zeist",
        "de Vries,Jan,111222333,1980-03-12,Zeist",
        "BSN;1;1;1;2;2;2;3;3;3",
        "VRIES, J. de;M;12031980;111222333",
        marked("Wat is uw BSN?;;111222333"),
        marked("Nom;Numero BSN", "Jan;111222333"),
        marked(*["BSN;" * 1500, "111222333;" + ";" * 1499]),
        "INSERT INTO client (id, bsn, saldo) VALUES (1,111222333,25)",
        "INSERT INTO `client` (`naam`, `bsn`) VALUES\n ('O''Brien, Jan', '999'),\n ('Piet', '111222333');",
        "PNA+PAT+111222333:::BSN++++DE VRIES'",
        "Burgerservicenummer:\n" + marked("1;1;1;2;2;2;3;3;3"),
    ],
)
def test_a_bsn_in_a_table_is_sure(finder: Rules, text: str) -> None:
    assert found_in(finder, text) == SURE


@pytest.mark.parametrize(
    "text",
    [
        marked("Naam;BSN;Ordernummer", "Jan;volgt;111222333", "Piet;;123456782", "Kees;;100000009"),
        marked("Titel;PMID;Jaar", "BSN and care;111222333;2024"),
        marked("Artikelnummer;Omschrijving", "111222333;BSN-lezer"),
        marked("Polisnummer;BSN", "111222333;", "123456782;volgt"),
        marked("Order;BSN", "nummer;bekend", "111222333;ja"),
        marked("Nom;Numero de commande;BSN", "Jan;111222333;"),
        marked("Naam;BSN", "Jan;volgt") + "\n" + marked("Order;Datum", "111222333;2026-01-02"),
        "Naam;BSN;Ordernummer\nJan;;111222333\nPiet;volgt;123456782",
        "Polisnr,BSN\n111222333,\n123456782,",
        "Naam      BSN       Ordernr\nJan                 111222333\nPiet      volgt     123456782",
        "INSERT INTO orders (bsn_known, ordernummer) VALUES (1, 111222333)",
    ],
)
def test_what_the_head_calls_something_else_is_none(finder: Rules, text: str) -> None:
    assert found_in(finder, text) == {}


@pytest.mark.parametrize(
    "text",
    [
        marked("Jan;111222333;12-03-2026;Zeist"),
        marked("Jan;111222333;Zeist"),
        "Stoel;111222333;12-03-1980x;Zeist",
    ],
)
def test_a_row_that_is_nobodys_is_not_believed(finder: Rules, text: str) -> None:
    assert found_in(finder, text) == {"valid": 1}


@pytest.mark.parametrize(
    "text", ["card,amount\n4539148803436467,25.00", marked("card;amount", "4539148803436467;25.00")]
)
def test_a_card_in_a_row_is_found(finder: Rules, text: str) -> None:
    assert found_in(finder, text) == {"card": 1}


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet=f"ab1;|, >\n{MARKS}", max_size=80),
    st.text(alphabet=f"ab1;|, >\n{MARKS}", max_size=40),
)
def test_no_text_makes_it_fail(before: str, after: str) -> None:
    data = f"{before}777{after}".encode()
    tables = Tables(data)
    places = range(0, len(data), 3)
    for place in (*places, *reversed(places)):
        all_of(tables.at(place))


def all_of(found: Cell | None) -> tuple[object, ...]:
    """All that a cell tells."""
    if found is None:
        return ()
    names = (found.heads, found.older, found.beside, found.above)
    return *names, found.before, found.end, found.place, found.column, found.row
