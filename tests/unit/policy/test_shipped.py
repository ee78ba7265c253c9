"""The shipped rules on kinds of mail that were judged wrongly once, each in several variants."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.policy.policy_mail import RECIPIENT, SENDER, mail
from zegel.policy.language.load import Rules, load_rules

ROOT = Path(__file__).resolve().parents[3]
MRZ = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"

LEVELS = {
    "a number in brackets behind somebody": (1, [
        "Kunt u mevrouw Van der Berg (111222333) bellen?", "dhr. A. Kok (123456782) komt morgen",
        "Uw cliënt De Boer (111.222.333) wacht.", "mw Yilmaz, 111222333, vraagt uitstel",
        "Mr Collins (111222333) called.",
    ]),
    "a number beside a birth date": (1, [
        "JANSEN, P. van (V)\n01-02-1971\n111222333", "Piet;123456782;03-04-1966;Ede", "111222333 04-05-1959",
        "De Wit, A.\t1949-11-30\t111222333", "K. Post (7-8-1899) 111222333", "Geboren 3-4-1891, 111222333",
    ]),
    "other names for the number": (1, [
        "SV-nr. 111222333", "Fiscaal nummer: 111222333", "Uw TIN is 111222333", "CSN 111222333", "OGN: 123456782",
        "personal number 111222333", "bugerservicenummer 111222333", "Burgerserv. nr 111222333",
        "burgerservice-nummer: 111222333", "burgerservicenumer = 111222333",
    ]),
    "numbers in messages between systems": (1, [
        "PNA+PAT+111222333:::BSN++++DE BOER'", "https://x.example/?a=1&bsn%3D111222333", "zoek?q=bsn%3A111222333",
        "UNH+1'PNA+1+123456782:::BSN'", "PID|1||111222333^^^NLMINBIZA^NNNLD",
    ]),
    "what is called otherwise": (0, [
        "Diabetes and insulin. PMID: 111222333", "Asthma trial, NCT 111222333, salbutamol", "accession 111222333 BRCA1",
        "Study ID 111222333: hypertension and stroke", "ZonMw-dossier 111222333 over dementie en MRI",
        "release 111222333", "De BSN-koppeling is vernieuwd, zie ticket 111222333", 'assert is_bsn("111222333")',
        "BSN-controle aangepast in order 111222333", "Factuur 111222333 van mevrouw De Wit",
    ]),
    "cards that nobody can pay with": (0, [
        "Cadeaukaart 6299 1234 5678 9012 3", "Giftcard 4111 1111 1111 1111", "klantenkaart 4111111111111111",
        "spaarkaart 5555 5555 5555 4444", "4111 1111 1111 1111 7", "Bonuskaart 4012888888881881",
    ]),
    "cards of few": (1, [
        "UATP 135410000000140", "UATP card 1354 10000 000140", "Dankort 5019100000000014", "5019 1000 0000 0014",
        "Air travel card 135410000000140", "Visa 4111 1111 1111 1111 737",
    ]),
    "machine-readable lines that were read badly": (2, [
        MRZ.replace("0", "O"), "I<UTO D23145890 7 <<<<<<<<<<<<<<<\n7408122 F 1204159 UTO <<<<<<<<<<<6",
        "L898902C3 6 UTO 740812 2 F 120415 9 ZE184226B<<<<<1 0", "D1NLD15094962111AB1C2D3E4F5G62",
        "D1NLD1 5094962111 AB1C2D3E4F5G62", "L8989O2C36UTO74O8122F12O4159ZE184226B<<<<<1O",
    ]),
    "a number and health": (2, [
        "Mevrouw De Vries, BSN 111222333. Operatieverslag: laparoscopische cholecystectomie.",
        "BSN 111222333; TSH 4,2; INR 2,8", "De heer Kok (111222333): NIPT afwijkend, trisomie 21",
        "BSN 111222333, gebruikt Marcoumar, INR 3,1", "bsn 111222333 MRSA positief, keelswab negatief",
    ]),
    "passwords": (1, [
        "ww van de computer is Kikker_0423", "Wachtwoord voor het portaal: Lente2026!",
        "password for db03 is Qx7!vulcan",
        "inloggen met wachtwoord Regenboog!48", "pw: hunter22", "Passwort: Sommer24!", "pincode: 4711",
    ]),
    "what is no password": (0, [
        "Teams-id: 312 456. Toegangscode: aB3kL9", 'password = os.environ["DB"]', "password = getpass.getpass()",
        "Zoom meeting 843 2231, passcode: 8Hd72k", "password=config.db_password",
        "Kies een nieuw wachtwoord op https://a.example",
        "wachtwoord: ********",
    ]),
}  # fmt: skip


@pytest.fixture(scope="module")
def shipped() -> Rules:
    return load_rules(ROOT / "rules.yaml")


@pytest.mark.parametrize(("kind", "number"), [(k, n) for k, (_, bodies) in LEVELS.items() for n in range(len(bodies))])
def test_each_variant_gets_its_level(shipped: Rules, kind: str, number: int) -> None:
    level, bodies = LEVELS[kind]
    verdict = shipped.judge(mail(bodies[number]), sender=SENDER, recipients=[RECIPIENT])
    assert verdict.level == level, (bodies[number], verdict.rules)


@pytest.mark.parametrize(
    "name",
    [
        "111222333_indicatie.pdf",
        "Jansen 111222333 verwijsbrief.pdf",
        "beschikking-123456782.docx",
        "intake_111222333_2026.pdf",
        "recept 111222333.pdf",
    ],
)
def test_the_name_of_a_file_says_whose_it_is(shipped: Rules, name: str) -> None:
    it = mail("Zie bijlage", attachments={name: "leeg"})
    assert shipped.judge(it, sender=SENDER, recipients=[RECIPIENT]).rules == ("bsn",)


@pytest.mark.parametrize("name", ["factuur_111222333.pdf", "IMG_111222333.jpg", "order 111222333.pdf", "111222333.zip"])
def test_a_number_alone_in_the_name_of_a_file_says_nothing(shipped: Rules, name: str) -> None:
    it = mail("Zie bijlage", attachments={name: "leeg"})
    assert shipped.judge(it, sender=SENDER, recipients=[RECIPIENT]).rules == ()


@pytest.mark.parametrize(
    "body",
    [
        "HTTP proxies pass HTTPSv4 traffic unchanged.",
        "You may pass AddressFamily4 here.",
        "Password: <password>, see the manual",
        "password hashing with PBKDF2-SHA256",
        "the pass Fc8Matrix is new",
    ],
)
def test_documentation_holds_no_password(shipped: Rules, body: str) -> None:
    assert shipped.judge(mail(body), sender=SENDER, recipients=[RECIPIENT]).level == 0
