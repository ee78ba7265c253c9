"""Numbers that other countries give to people, as people write them, and what only looks like one."""

from __future__ import annotations

import pytest

from tests.unit.policy.policy_mail import RECIPIENT, SENDER, mail, policy, rule
from zegel.policy.language.load import Rules

CALLED = (
    "Koen Verhelst, rijksregisternr 84.06.19-266.97",
    "INSZ: 84061926697",
    "Zijn Belgische rijksregisternummer is 84.06.19 266-97",
    "Numéro national : 84 06 19 266 97",
    "84.06.19-266.97 = INSZ",
    "rijksregisternummer:\n84.06.19-266.97",
    "naam | rijksregisternummer\nKoen | 84.06.19-266.97",
    "n° de sécurité sociale 1890759350542 41",
    "N° Sécu : 1 89 07 59 350 542 41",
    "NIR 189075935054241",
    "personnummer 19910427-7398",
    "NHS no. 656 077 3132",
    "Her NHS nummer is 656-077-3132.",
    "Het nummer 656 077 3132 (NHS) hoort bij haar",
    "Naam;NHS number;Plaats\nPoppy Hargreaves;656 077 3132;Leeds",
    "NINO AB123456C",
    "National Insurance no: AB 12 34 56 C",
    "Steuer-ID 36 574 261 809",
    "Steueridentifikationsnummer: 36574261809",
    "SV-Nummer 65 170839 J 003",
    "Rentenversicherungsnummer 65170839J003",
    "KVNR: A123456780",
    "Sozialversicherungsnummer: 65 170839 J 003",
    "AHV-Nr. 756.9217.0769.85",
    "SVNR 1237 010180",
    "PESEL 44051401359",
    "DNI 54362315K",
    "NIE: X-2482300W",
    "codice fiscale RCCMNL83S18D969H",
    "CPR-nr. 211062-5629",
    "fødselsnummer 151086 95088",
    "henkilötunnus 131052-308T",
    "PPSN 6433435F",
    "CNP 1630615123457",
    "rodné číslo 710319/2745",
    "TC Kimlik No: 17291716060",
    "AMKA 01013099997",
    "CPF 390.533.447-05",
    "Social Security Number: 536-90-4399",
    "身份证 11010519491231002X",
    "ЕГН 752316 926 3",
    "e-card 1237 010180",
    "TIN 36574261809",
    "r.č. 710319/2745",
    "Passnummer C01X00T478, personbeteckning 131052-308T",
)
OTHERS = (
    "order 84.06.19-266.97",
    "Bestelnummer 6560773132",
    "Call the NHS on 111 or 0300 311 2233",
    "invoice 36574261809",
    "Telefoon 020-7946 0958, NHS",
    "Dat is nie 12345678 waar",
    "CPR: 30 compressies, tel 2110625629",
    "Numéro de commande 1890759350542 41",
    "Rijksregisternummer 84.06.19-266.98",
    "NHS number 656 077 3133",
)


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    return policy(tmp_path_factory.mktemp("policy"), "rules:\n" + rule("{detector: national-id}"))


def found(rules: Rules, text: str) -> bool:
    return bool(rules.judge(mail(text), sender=SENDER, recipients=[RECIPIENT]).level)


@pytest.mark.parametrize("text", CALLED)
def test_a_number_that_is_called_so_is_found(rules: Rules, text: str) -> None:
    assert found(rules, text)


@pytest.mark.parametrize("text", OTHERS)
def test_what_is_called_otherwise_or_is_wrong_is_not(rules: Rules, text: str) -> None:
    assert not found(rules, text)
