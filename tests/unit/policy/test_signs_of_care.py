"""Health of a person by several signs, each of which says little alone: what is found, and what is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from tests.quality.corpus import ROOT
from zegel.message.reader import Reader
from zegel.policy.language.load import load_rules
from zegel.policy.rules import Rules
from zegel.settings.model import Limits


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules(ROOT / "rules.yaml")


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reader = Reader(Limits(), 1)
    reader.start()
    yield reader
    reader.close()


def level(rules: Rules, reader: Reader, text: str, subject: str = "") -> int:
    message = EmailMessage()
    message["From"], message["To"] = "anna@kliniek.example", "jan@post.example"
    message["Subject"] = subject
    message.set_content(text)
    mail = reader.read(message.as_bytes())
    return rules.judge(mail, sender="anna@kliniek.example", recipients=["jan@post.example"]).level


SENSITIVE = {
    "a letter to the patient": (
        "Geachte mevrouw Kramer, uw schildklierwaarden zijn te laag. Neem voortaan 75 mcg levothyroxine per dag.",
        "Beste meneer Dekker, de kweek van uw urine laat een blaasontsteking zien. U kunt de antibioticakuur ophalen.",
        "Dag mevrouw Post, uw hartfilmpje laat boezemfibrilleren zien. Wij verwijzen u naar de cardioloog.",
        "Geachte heer Blom, op de foto van uw knie is artrose te zien. Een prothese is nu nog niet nodig.",
        "Beste Els, je suiker is te hoog: HbA1c 62. Kom je langs om de insuline aan te passen?",
        "Sehr geehrte Frau Lenz, Ihre Blutwerte zeigen eine Anämie. Bitte nehmen Sie täglich Eisentabletten.",
    ),
    "who writes of himself": (
        "Hoi Karel, ik heb een hernia en mag zes weken niet tillen, ik slik er morfine voor.",
        "Ik ben vannacht met spoed geopereerd aan mijn blindedarm en lig nog in het ziekenhuis.",
        "kan morgen niet, heb weer migraine en moet overgeven, sorry",
        "Ich habe seit gestern Fieber und eine Lungenentzündung, mein Arzt hat mich krankgeschrieben.",
        "I have been diagnosed with breast cancer and my chemotherapy starts on Monday.",
    ),
    "a relative": (
        "Opa heeft een beroerte gehad en ligt aan het infuus, hij herkent ons niet.",
        "Moeder van Bart is opgenomen met een longontsteking en krijgt zuurstof.",
        "Mama heeft haar heup gebroken en wordt vanmiddag geopereerd.",
        "Mijn zoontje heeft waterpokken en hoge koorts, hij blijft thuis.",
        "Ma mère a fait un infarctus hier, elle est en réanimation.",
    ),
    "a name alone": (
        "R. Kuiper: levercirrose, ascites, graag echo en punctie.",
        "Intake Merel D., 17: anorexia, krast, slaapproblemen.",
        "Emma Hughes fractured her ankle, she is on crutches and painkillers.",
        "Herr Vogt, Zimmer 4: Oberschenkelhalsbruch, Schmerzmittel gegeben, Katheter gezogen.",
        "Théo Martin a la varicelle et de la fièvre depuis lundi.",
    ),
    "a part of the body and what ails it": (
        "Mevrouw Stam heeft een kuitbloeding en loopt met krukken.",
        "Dhr. Ploeg komt voor zijn elleboogoperatie.",
        "Patiënt H. Mol heeft al weken darmkrampen en bloedverlies.",
        "Mijn dochter Fien heeft een polsbreuk.",
        "Frau Adler wartet auf ihre Hüftoperation und hat Rückenbeschwerden.",
    ),
}  # fmt: skip
HARMLESS = (
    "Hoi, ik ruil mijn dienst op de IC van zondag met Karim, hij doet dan de SEH.",
    "Beste mevrouw Kramer, uw afspraak op de poli is verzet naar 4 mei om 9.15 uur.",
    "Mevrouw Post van de inkoop zoekt een leverancier van krukken en rolstoelen.",
    "Na een hernia-operatie mag u zes weken niet tillen. Neem bij pijn contact op met de poli.",
    "Diagnose: diabetes type 2, gestart met metformine.",
    "Migraine is een aanval van hoofdpijn. De ziekte is beschreven door Aretaeus; behandeling: triptanen.",
    "Beste Hans, fijn dat je moeder ons wil helpen met de kraam. Tot zaterdag!",
    "Weekrooster: Anna echo, Bram scan, Carla vrij.",
    "Workshop reanimatie voor ouders door Joost Kok. Leer wat u doet bij een hartstilstand van uw kind.",
    "I have attached the slides on heart failure for Thursday. Best, Tom",
    "Opa en oma passen vrijdag op. Neem je de luiers mee?",
    "Herr Vogt ist ab Montag im Urlaub, Vertretung Frau Lenz.",
)


@pytest.mark.parametrize(
    ("kind", "number"), [(kind, n) for kind, texts in SENSITIVE.items() for n in range(len(texts))]
)
def test_several_signs_are_enough(rules: Rules, reader: Reader, kind: str, number: int) -> None:
    assert level(rules, reader, SENSITIVE[kind][number]) == 1


@pytest.mark.parametrize("number", range(len(HARMLESS)))
def test_what_is_of_nobody_who_is_ill_leaves_as_it_is(rules: Rules, reader: Reader, number: int) -> None:
    assert level(rules, reader, HARMLESS[number]) == 0


@pytest.mark.parametrize(
    "before",
    ["Le numéro de sécurité sociale de M. Durand est ", "Numéro de sécurité sociale, Mme. Roux : ",
     "NIR de J. Petit ", "Sociale zekerheidsnummer dhr. A. Noël ", "INSEE-nummer van mevr. Blanc: "],
    ids=["m", "mme", "initial", "dhr", "mevr"],
)  # fmt: skip
def test_a_title_between_a_label_and_its_number_ends_no_sentence(rules: Rules, reader: Reader, before: str) -> None:
    assert level(rules, reader, f"{before}1 85 05 78 006 084 91.") == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # What is measured or dosed, beside somebody.
        ("Doorgebeld: kalium 7,1 en troponine 380 bij Van Ommen.", 1),
        ("pt B., RR 85/40, sat 88%", 1),
        ("Lieke: G3P2, 40+1 weken, draagt een skippybal.", 1),
        ("De meetploeg las kalium 7,1 en nitraat 12 in de sloot.", 0),
        # What ails somebody, in everyday words.
        ("Bij meneer de G. is de heup weer uit de kom, hij ligt te wachten.", 1),
        ("Heb je het gehoord van Joyce? Haar borst moet eraf, ze is er stuk van.", 1),
        ("Ik maak me zorgen: Gijs eet amper en hij ligt hele dagen wakker, zegt zijn vriendin.", 1),
        ("jasmijn komt niet, ze heeft de hele nacht overgegeven en heeft koorts", 1),
        ("Gordon fell out of bed again and he is very confused, family informed.", 1),
        ("Frau Siebert ist gestürzt, der Arm ist gebrochen.", 1),
        ("Gordon fell out with the printer again.", 0),
        ("De poot van de stoel is gebroken, zegt Gijs. Hij belt morgen.", 0),
        # A letter to who has debts, or earns the wage; a reminder to pay is none.
        ("Beste Gijs, deze maand krijg je 50 euro leefgeld, de rest gaat naar je huurachterstand.", 1),
        ("Beste mevrouw Post, de loonheffing was 11.804 en de arbeidskorting 4.205.", 1),
        ("Geachte heer Post, dit is een aanmaning: u heeft een achterstand van 40 euro.", 0),
    ],
)  # fmt: skip
def test_health_and_money_told_in_other_ways(rules: Rules, reader: Reader, text: str, found: int) -> None:
    assert level(rules, reader, text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [("De code van de medicijnkast is sinds vandaag 4471#", 1), ("De code voor de achterdeur is vanaf nu 8821", 1),
     ("code van het hek is gewijzigd in 5512", 1), ("De code van de berging wordt 90417", 1),
     ("Nieuwe code voor het alarm is 6630", 1), ("Code van de kast in het magazijn: artikel 4471", 0),
     ("De code van de cursus is 4471", 0)],
)  # fmt: skip
def test_the_code_of_a_cupboard_or_a_door(rules: Rules, reader: Reader, text: str, found: int) -> None:
    assert level(rules, reader, text) == found
