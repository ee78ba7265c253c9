"""The shipped rules on kinds of mail that were judged wrongly once, each in several variants."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.shipped import shipped_rules
from tests.unit.policy.policy_mail import RECIPIENT, SENDER, mail
from zegel.policy.language.load import Rules

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
    "a number beside a title and a name, or called otherwise": (1, [
        "Graag contact met mevr. K. Tol (111.222.333)", "meneer de vries (123456782) wil inzage",
        "Zie mw. A. van den Berg 111222333", "numéro de citoyen 111222333", "tax identification number 111222333",
    ]),
    "a number in the words of programmers": (0, [
        "De BSN-service geeft fout 123456782", "test_bsn(111222333) faalt", "BSN-check build 111222333 staat klaar",
        "Wijziging BSN-veld, change 111222333", 'assertTrue(validBsn("111222333"))', "is_bsn(123456782)",
    ]),
    "doors, resets and spare codes": (1, [
        "Kluisje naast de deur, code 5820", "pw gereset naar Herfst2024-Bosuil", "backup codes: 48120-99317",
        "reservecodes: 7f3k-99ax, 2b8s-11qz", "sleutelkluis naast de garage: 4 7 1 9", "pincode beamer 884211",
        "le code du portail est 58A12", "portal login is sbrown / Falcon-Ridge-71", 'SMTP_PASS: "hG7$kl22Pq"',
        "wifi: Gast / sleutel: water-paard-44", "ftp.a.example user scan pass Druif-Appel-9",
        "recovery key 482911-220011-394857-119283-662718-003941-558273-119002", "Das Passwort lautet Sommer!Wind23",
    ]),
    "codes that open nothing": (0, [
        "Error code 4471 op de alarmcentrale", "Sleutelnummers: deur 2041, deur 2042", "code 3511 AB bij de deur",
        "Kortingscode LENTE2025", "klasdeur 2.04, cilinder DOM 421902", "password is hashed with PBKDF2",
        "Webex meeting 2233 445 5566 wachtwoord: xYz12Ab3", "ww = ww_from_config", "UUID and pass: UUID=3f2a-99cd",
    ]),
    "somebody without capitals, without a title, or alone in the subject": (1, [
        "foto been mw dekkers, ulcus 4x6 cm", "meneer koster (bj 1944) heeft dubbelzien",
        "Lucy's scan was positive, it is malignant",
        "Met Ronnie besproken dat hij stopt met drinken; Antabus, leverwaarden hoog", "pt K. Timmer, urosepsis",
        "mein Mann Dieter hatte einen Schlaganfall", "ma fille Léa a fait une crise d'asthme",
        "Our student Maarten Schot has type 1 diabetes", "Oma Verbruggen heeft natte MD",
        "Henk z'n hartinfarct, hij ligt op de CCU",
    ]),
    "many, or nobody who is ill": (0, [
        "Ouderavond: kinderpsycholoog Loes Berg vertelt over ADHD", "Dr Amy Wong has joined the stroke team",
        "Onze student Femke Dijk zoekt een stage bij neurologie", "Bestelling voor mw Hol: 10 dozen insuline",
        "Mevrouw Van Es, beleid: de kosten van trapliften en scootmobielen stijgen",
        "Taart: Wil werkt 25 jaar op de dialyse",
        "Contact : Mme Petit, pharmacie. 10 boîtes d'insuline", "Sarah runs the marathon for Cancer Research",
    ]),
    "children, without the word youth care": (1, [
        "Amber (8) vertelde dat haar stiefvader haar slaat, VT gebeld",
        "OTS Jayden van der Sluis verlengd, moeder boos",
        "Sohn Leon (6) mit blauen Flecken, Jugendamt informiert", "Chloé Martin (7 ans): des bleus, signalement fait",
        "Ellie Marsh (yr 4) disclosed that dad hits her; referral to social worker",
    ]),
    "crimes of grown-ups": (0, [
        "Cliënt Dennis Hofman wordt verdacht van mishandeling (parketnr. 10-204417-23)",
        "De heer Post is gedetineerd, recidive, mishandeling", "Verdachte A. Bouali, veroordeling wegens mishandeling",
    ]),
    "what somebody earns": (1, [
        "J. Bakker: bruto 3100, loonheffing 610, netto 2310", "dhr S. Demir, jaarsalaris € 38.400 bruto",
        "Frau Lenz, Bruttogehalt 3.450,00 EUR, Lohnsteuer 480,12", "K. Adams: gross 2,900.00, tax 410.20",
        "mevrouw H. Brands verdient bruto 4.120,00, netto 2.980,33",
    ]),
    "what nobody in particular earns": (0, [
        "Bruto minimumloon 2.317,00, netto 1.980. Vragen? mevrouw Visser, HR", "bruto 12.400, netto 11.160. gr Johan",
        "Begroting: bruto loonkosten 4.120.000, pensioenpremie 480.000",
    ]),
    "lists with dates in words": (1, [
        "* Isa Wouda, 12 april 2007\n* Milan Kos, 30 mei 2006\n* Bo Hendrix, 8 augustus 2007",
        "Kees Jol - 4 mei 1961\nRia Pot - 30 juni 1955\nAd Vink - 1 januari 1949",
        "Tom Hill, 3 March 1988\nEva Reed, 9 July 1979\nSam Cox, 1 May 1990",
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
    return shipped_rules()


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
