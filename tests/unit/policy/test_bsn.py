"""How people really write a BSN, in letters, tables and messages between systems, and what only looks like it."""

from __future__ import annotations

import pytest

from tests.unit.policy.policy_mail import mail, policy, rule
from zegel.policy.language.load import Rules


@pytest.fixture(scope="module")
def finder(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """One rule for what words nearby call a BSN, one for what could be one."""
    rules = (rule(f"{{detector: bsn, confidence: {sure}}}", level=0, name=sure) for sure in ("context", "valid"))
    return policy(tmp_path_factory.mktemp("policy"), "rules:\n" + "".join(rules))


def found(finder: Rules, text: str) -> dict[str, int]:
    """How many distinct numbers each rule finds in a mail with this body."""
    return {match.rule: match.count for match in finder.judge(mail(text), sender="", recipients=()).observed}


@pytest.mark.parametrize(
    "text",
    [
        "sociaal-fiscaal nummer 111222333",
        "Uw sociaal fiscaal nummer is 111222333.",
        "B S N 111222333",
        "BNS: 111222333",
        "Burgernummer: 111222333",
        "burgersevicenummer 111222333",
        "Burgerservice\nnummer: 111222333",
        "> > Burgerservice-\n> > nummer: 111222333",
        "burger_service_nummer: 111222333",
        "id,last_name,first_name,citizen_service_number\n1,Jansen,Jan,111222333",
        '{"patientBsn": 111222333}',
        "Onderwijsnummer leerling: 111222333",
        "PGN 111222333",
        "Persoonsnummer 111222333",
        "Personal no. / persoonlijk nr. 111222333",
        "Dutch SSN 111222333",
        "BSN verzekerde\n------------------\n111222333",
        "PID|1||111222333^^^NLMINBIZA^NNNLD~123^^^ZKH^PI||Jansen^Jan",
        'id root="2.16.840.1.113883.2.4.6.3" extension="111222333"',
        'id extension="111222333" root="2.16.840.1.113883.2.4.6.3"',
        "Het BSN van mijn moeder, mevrouw De Vries-van den Berg uit Amersfoort, is volgens mij 111222333.",
        "Zoals besproken het burgerservicenummer van de heer J.P. van der Meulen, wonende te Zoetermeer, geboren op "
        "3 mei 1961:\n111222333",
        "The BSN of our new colleague Dr. Alexandra Papadopoulou, who will join the department in May, is 111222333.",
        "\n\n  BSN    1    1    1    2    2    2    3    3    3  \n\n",
        "\n\n  Voornaam    Noa  \n\n  BSN    111222333  \n\n  Klas    twee  \n\n",
        "BSN van de hierboven al eerder genoemde klant 111222333",
    ],
)
def test_what_is_called_a_bsn_is_found(finder: Rules, text: str) -> None:
    assert found(finder, text) == {"context": 1, "valid": 1}


@pytest.mark.parametrize(
    "text",
    [
        "BSN-controle mislukt voor 12 van de 340 records, zie ticket 111222333.",
        "Noteer het BSN niet op de factuur (factuurnummer 111222333).",
        "We need your BSN; invoice 111222333 will follow.",
        "Please bring your BSN and passport. Your appointment number: 111222333",
        "Accreditatienummer 111222333, 4 punten",
        "METC-nummer 111222333",
        "Pakbon 111222333",
        "De koppeling met de BV-BSN is gisteren vernieuwd, versie 111222333.",
        "Vraag over het BSN, ticket 111222333",
        "art. 111222333 rollator",
        "best.nr 111222333",
        "ord. 111222333",
        "Personal no-show fee, invoice 111222333",
        "De BSN-check draait als job 12; run-id 111222333",
        "De vereniging met verenigingsnummer 111222333",
        "Bel 030 111222333",
        "Bel 00 31 111222333",
    ],
)
def test_what_is_called_something_else_is_left_alone(finder: Rules, text: str) -> None:
    assert found(finder, text) == {}


@pytest.mark.parametrize(
    "text",
    [
        "Neem uw BSN mee. Vergeet ook niet om alle formulieren in te vullen en te ondertekenen. 111222333",
        "Het BSN hebben we niet, wel de codes 123456 en 654321 die op de achterkant van de pas staan: 111222333",
        "WMO;2024-01;150,00\n111222333;WMO;2024-02;250,00",
        "Jansen 12-03-1970 111222333",
    ],
)
def test_a_number_that_nothing_names_is_valid_only(finder: Rules, text: str) -> None:
    assert found(finder, text) == {"valid": 1}


@pytest.mark.parametrize("dots", [".J" * 60, "a." * 70, "._" * 60], ids=["initials", "letters", "lines"])
def test_full_stops_between_label_and_number_cost_no_time_to_speak_of(finder: Rules, dots: str) -> None:
    text = f"BSN van de zoon van dhr {dots} 1234567! 111222333"
    assert found(finder, text) in ({"valid": 1}, {"context": 1, "valid": 1})
