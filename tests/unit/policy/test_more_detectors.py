"""What the other detectors find, and the traps that they do not step into."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.policy.policy_mail import RECIPIENT, SENDER, mail, policy, rule
from zegel.policy.detectors import DETECTORS, Judged, standard_number
from zegel.policy.language.load import Rules
from zegel.policy.search.patterns import Patterns
from zegel.policy.search.probes import DetectorProbe, Judgements

FOUND = {
    "document-number": [
        "Paspoortnummer: NWF1B3C45",
        "paspoort nr. nwf1b3c45",
        "ID-kaart NWF1B3C45 geldig tot 2030",
        "Passport number NWF1B3C45",
        "Naam | Documentnummer | Geldig\nJan | NWF1B3C45 | 2030",
        "rijbewijs 5123456789",
        "Passport no. of Ms Nguyen: C4X92KD71",
        "Passport number 533380006, British",
        "Personalausweisnummer L01X00T471 von Herrn Braun",
        "Reisepass-Nr.: C01X0006H",
        "N° de passeport : 14AB12345",
        "numéro de carte d'identité 592-1234567-89",
        "Nummer identiteitskaart: 592123456789",
        "Driving licence number MORGA657054SM9IJ",
        "permis de conduire n° 1234567890",
    ],
    "national-id": ["RR 85.07.30-033 28", "NHS no. 943 476 5919", "Rijksregisternummer 85.07.30-033 28"],
    "v-number": ["V-nummer 1234567890", "V-nr: 123.456.7890", "vreemdelingennummer 1234567890"],
    "big": ["BIG-nummer 49012345601", "BIG 49012345630", "(BIG-registratie: 49012345601)"],
    "agb": ["AGB-code 01012345", "AGB: 94 123456", "agb 01012345"],
    "uzi": ["UZI-nummer 900012345", "UZI-pas 900012345"],
    "kvk": [
        "KvK 12345678",
        "K.v.K. nr. 12345678",
        "Kamer van Koophandel: 12.345.678",
        "Chamber of Commerce 12345678",
        "ingeschreven in het handelsregister onder nummer 12345678",
    ],
    "btw-id": ["NL004495445B01", "btw NL 0044.95.445.B01", "BTW-id: nl004495445b01"],
    "licence-plate": [
        "kenteken AB-123-C",
        "kenteken: 12-BKD-3",
        "auto met nummerplaat GB-12-FK",
        "kenteken 12BKD3",
        "Licence plate RX-123-B",
    ],
    "home-address": [
        "Dorpsstraat 12, 1234 AB Utrecht",
        "Laan van Nieuw Oost-Indië 3-II\n2593 BG Den Haag",
        "1234AB 12",
        "Postcode 1234 AB, huisnummer 12",
        "Kerkstraat 5a 1234 ab".replace("ab", "AB"),
    ],
    "date-of-birth": [
        "geboren op 12-03-1980",
        "geb. 12-3-80",
        "Geboortedatum: 12 maart 1980",
        "born 12 March 1980",
        "DOB 1980-03-12",
        "geboren te Utrecht op 12 maart 1980",
        "Naam; Geboortedatum\nJan; 12-03-1980",
        "12-03-1980 (geb.datum)",
        "date of birth: March 12th, 1980",
    ],
    "email-address": ["jan@post.example", "Jan <JAN@post.example>", "mailto:jan.de.vries+x@mail.post.example?x"],
    "phone": [
        "06-12345678",
        "06 12 34 56 78",
        "+31 6 12345678",
        "020-6241111",
        "(020) 624 11 11",
        "0031 20 624 1111",
        "+31 (0)20 624 1111",
        "+32 2 552 44 11",
        "+44 20 7946 0958",
    ],
    "credential": [
        "Temporary password: Rk7#pLw2vQ",
        "Kennwort: Winter#2023x",
        "wachtwoord gewijzigd in Zomer2024aa",
        "password reset to Zomer2024aa",
        "Wachtwoord\nZomer2024aa",
        "postgres://app:9sXk2Lq8vT@db01.internal:5432/prod",
        "amqps://worker:Kf7-Zomer24xQ@mq.kliniek.nl/%2f",
        "zie ftp://kassa:Winter2024Aa!@ftp.winkel.nl voor de bestanden",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA",
        "-----BEGIN OPENSSH PRIVATE KEY-----\\nb3BlbnNzaC1rZXk",
        "> -----BEGIN PRIVATE KEY-----\n> MIIEvQIBADANBg",
        "AKIAQ3EGSJRL5XW2KD7P",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqYW4iLCJleHAiOjE3OTU3NTB9.c2lnbmF0dXJlc2lnbmF0dXJl",
        "De alarmcode van het gebouw is 8832.",
        "code van de kluis: 4471",
        "Inlog webshop: anna / Zandloper_22",
        "De inloggegevens voor het portaal: advocaat1 en Zandloper_22",
        "wachtwoord: Zomer2024!",
        "Wachtwoord = geh3im!",
        "password is hunter22",
        "ww: Welkom01",
        "pw: Welkom01",
        "pincode: 4821",
        "api_key=9f8e7d6c5b4a3f2e",
        "ghp_" + "aB3" * 12,
        "wachtwoord voor jan@post.example: Kaas#123",
        '"password": "Tr0ub4dor&3"',
        "mdp : Soleil24!",
        "AWS_SECRET_ACCESS_KEY=wJ4lrXUtnFEMI9K7MDENG3bPxRfiCY7qLm2ZpQe8",
        "De wachtwoorden zijn:\nEPD: Appel#1234\nMail: Peer#1234",
        "Toegangscode voordeur 4471#",
    ],
    "clinical": [
        "hij krijgt 2dd500",
        "CRP 84 mg/l",
        "bloeddruk 160/95",
        "zij is G2P1",
        "diagnose ICD-10 F32.1",
        "NYHA III",
    ],
    "complaint": [
        "haar knie is al weken dik",
        "hij heeft pijn op de borst",
        "sie hat starke Bauchschmerzen",
    ],
}
LEFT_ALONE = {
    "document-number": [
        "Artikel NWF1B3C45",
        "NWF1B3C45",
        "Neem uw paspoort mee. Ordernummer NWF1B3C45",
        "paspoort ABCDEFGHI",
        "paspoort https://x.example/NWF1B3C45",
        "Passport of Ms Nguyen, C4X92KD71",
        "Pas op: artikelnummer C4X92KD71",
        "Neem uw paspoort mee. Uw nummer is 533380006",
        "Ausweis mitbringen, Vorgang L01X00T47",
    ],
    "national-id": ["order 943 476 5919", "NHS no. 943 476 5918"],
    "v-number": ["1234567890", "V-nummer onbekend. Bel 0201234567", "klant 1234567890", "V-nummer 1111111111"],
    "big": ["49012345601", "BIG-nummer 49012345699", "een big sale: order 12, 49012345601", "BIG 490123456011"],
    "agb": ["01012345", "AGB 00012345", "order 01012345"],
    "uzi": ["900012345", "order 900012345"],
    "kvk": ["12345678", "KvK volgt. Klantnummer 12345678", "20240131", "KvK-kosten 12.345.678,00"],
    "btw-id": ["NL123456788B01", "NL004495445", "btw 21%"],
    "licence-plate": ["AB-12-CD is ons artikel", "12BKD3", "artikel 12-BKD-3", "COVID-19", "kamer B-12-C"],
    "home-address": ["in 2024 EN daarna", "1234 AB", "postbus, 1234 AB", "art. 3, 1234 SS Utrecht", "2024 in 12 dagen"],
    "date-of-birth": ["12-03-1980", "afspraak op 12-03-2024", "geboren 31-02-1980", "geboren. Factuur van 12-03-2024"],
    "email-address": ["image001.png@01D5.9A4B", "Message-ID: <2024.1@host.example>", "jan@localhost", "@jan"],
    "phone": [
        "ordernummer 0612345678",
        "0000000000",
        "01-02-2024",
        "NL91ABNA0612345678",
        "x.example/0612345678",
        "factuur 0201234567",
        "00123",
        "1.0612345678",
    ],
    "credential": [
        "define LN_challengePassword OBJ_pkcs9,7L",
        "CKF_USER_PIN_INITIALIZED pin = 0x00000008UL",
        "autogen.sh: Pass option --lgpl=3orGPLv2 to gnulib-tool",
        "asking the password, and set encoding in WPS4Parser",
        "the files are protected with a password\nWPS4Parser reads them",
        "README: s#password: cvs#password: [empty]#",
        "the old names: pwd: sp_nam->sp_namp1",
        "allow user to pass execution\\_async\\_id1: x",
        "https://user:he%2F%2Fo@pypi.company.com/simple",
        'label for="inputPassword" class="col-sm-2 col-form-label"',
        "my $pass = '-anonymous@'",
        "postgres://app:9sXk2Lq8vT@localhost/prod",
        "postgres://user:password@db01.internal/prod",
        "https://user:${PASSWORD}@db01.internal/",
        "redis://h:Ab12cd34EF@host.example:6379",
        "http://[2001:db8::1]:8080/a@b",
        "wachtwoord vergeten?",
        "wachtwoord: ********",
        "Password: <password>",
        "uw wachtwoord is verlopen",
        "password: https://x.example/reset",
        "het wachtwoord is gewijzigd",
        "Wachtwoord: zie brief",
        "PIN: ____",
        "password={{ password }}",
        "password: $PASSWORD1",
        "AKIA1234",
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzb21lIjoicGF5bG9hZCJ9.4twFt5NiznN84AWoo1d7KO1T_yoc0Z6XOpOVswacPZg",
        'MARK = b"-----BEGIN OPENSSH PRIVATE KEY-----"',
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "password: changeme1",
        "api_key = your-api-key-1",
        "password (optional)",
        "De alarmcode van het gebouw is gewijzigd.",
        "Inloggen: kies mijn.kliniek.example en volg de stappen",
        "-----BEGIN PUBLIC KEY-----",
        "wachtwoord: jan@post.example",
        "password: see the letter of 2024",
        "Passwords: two kinds: stored and sent",
        "De wachtwoorden zijn: zie bijlage: wachtwoorden.xlsx",
        "toegangscode voor de vergadering 4471",
        'def login(self, user, password):\n    """Identify client using plaintext password',
        'key="-----BEGIN PRIVATE KEY-----\\nXXXX\\nXXXX\\n-----END PRIVATE KEY-----"',
        "GET https://example.com/callback#access_token=sdlfkj452&state=x",
        "{'access_token': 'sdlfkj452', 'token_type': 'Bearer'}",
    ],
    "clinical": ["score 1-0-1", "route A12", "versie 2.1.0", "zaal G2", "artikel CRP"],
    "complaint": ["de knie van de leiding", "hij drinkt koffie", "the head of the table", "het hart van de stad"],
}


@pytest.fixture(scope="module")
def finder(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """A rule that observes per detector, and one per standard number that is tried."""
    text = "rules:\n" + "".join(rule(f"{{detector: {name}}}", level=0, name=name) for name in DETECTORS)
    return policy(tmp_path_factory.mktemp("policy"), text)


def found(finder: Rules, name: str, text: str) -> int:
    verdict = finder.judge(mail(text), sender="", recipients=())
    return sum(match.count for match in verdict.observed if match.rule == name)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in FOUND.items() for text in texts])
def test_it_is_found(finder: Rules, name: str, text: str) -> None:
    assert found(finder, name, text) == 1


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in LEFT_ALONE.items() for text in texts])
def test_what_is_something_else_is_left_alone(finder: Rules, name: str, text: str) -> None:
    assert found(finder, name, text) == 0


def test_every_detector_is_tried_both_ways() -> None:
    assert set(FOUND) == set(LEFT_ALONE) == set(DETECTORS) - {"bsn", "iban", "card", "mrz", "person"}


def test_lists_of_people_count_every_one(finder: Rules) -> None:
    people = "\n".join(f"Jan{n};jan{n}@post.example;06-{20000000 + 7919 * n}" for n in range(300))
    assert found(finder, "email-address", people) == 300
    assert found(finder, "phone", people) > 280


# Every number that python-stdnum knows.

ODD = {"by.unp", "eu.nace", "gs1_128", "isil", "be.vat", "de.vat", "eu.at_02", "eu.eic", "vatin", "bic", "iso9362"}
"""Documented with an example that no person writes in a mail, or with letters only."""


@pytest.mark.parametrize("name", [name for name in standard_number.names() if name not in ODD])
def test_every_example_of_a_standard_number_is_found_when_it_is_called_so(name: str) -> None:
    module = importlib.import_module(f"stdnum.{name}")
    label = standard_number._labels(name, module)[0]
    detector = standard_number.standard_number(name)
    patterns = Patterns([detector.shape])
    for example in standard_number._examples(module):
        assert DetectorProbe(detector, 0).find(patterns, f"{label}: {example} en verder".encode()), example


def test_equal_candidates_of_a_mail_are_judged_once() -> None:
    asked: list[str] = []

    def judge(before: str, candidate: str, after: str) -> Judged | None:
        asked.append(candidate)
        return DETECTORS["bsn"].judge(before, candidate, after)

    probe = DetectorProbe(replace(DETECTORS["bsn"], judge=judge), 0)
    patterns, judgements = Patterns([probe.detector.shape]), Judgements()
    texts = [b"Het BSN is 111222333.", b"Het BSN is 111222333.", b"Order 111222333."]
    found = [probe.find(patterns, text, judgements=judgements) for text in texts]
    assert [len(findings) for findings in found] == [1, 1, 0]
    assert len(asked) == 2


def test_a_rule_asks_for_a_standard_number(tmp_path: Path) -> None:
    both = rule("{stdnum: be.nn}") + rule("{stdnum: be.nn, confidence: valid}", name="two")
    rules = policy(tmp_path, f"rules:\n{both}")
    verdict = rules.judge(mail("NISS 85.07.30-033 28"), sender="", recipients=())
    assert [(m.rule, m.detector) for m in verdict.matches] == [("one", "stdnum be.nn"), ("two", "stdnum be.nn")]
    assert rules.judge(mail("Bestelling 85.07.30-033 28"), sender="", recipients=()).rules == ("two",)
    assert rules.judge(mail("NISS 85.07.30-033 29"), sender="", recipients=()).level == 0


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("se.personnummer", "198712202384"),
        ("se.personnummer", "19871220-2384"),
        ("it.iva", "01333550323"),
        ("it.iva", "IT 01333550323"),
        ("iso11649", "RF18 5390 0754 7034"),
        ("be.vat", "0428759497"),
        ("be.vat", "BE 0428 759 497"),
    ],
)
def test_a_number_is_proposed_in_every_length_that_its_module_takes(tmp_path: Path, name: str, written: str) -> None:
    rules = policy(tmp_path, "rules:\n" + rule(f"{{stdnum: {name}, confidence: valid}}"))
    assert rules.judge(mail(f"Nummer: {written}."), sender=SENDER, recipients=[RECIPIENT]).level == 1
