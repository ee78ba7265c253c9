"""The detector `person`: who is spoken of, and who is only named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.policy.policy_mail import RECIPIENT, SENDER, mail, policy, rule
from zegel.policy.language.load import Rules

SPOKEN_OF = (
    "Mevrouw Post vraagt een traplift.",
    "Betreft mevrouw H. van der Meulen, zie bijlage.",
    "Wij zagen dhr. Wolters op de poli.",
    "Mw Kooistra gaat morgen naar huis.",
    "Op het overleg: mw. J., 58 jaar.",
    "Bij meneer de V. gaat het beter.",
    "Pt B. is gezien.",
    "Evi, 11 maanden, kwam langs.",
    "Ruben 3 jaar, viel.",
    "Patiënt R. Bosman komt volgende week.",
    "Cliënte: Jansen-de Wit",
    "Fleur de Wit, geb. 3-4-1991, komt morgen.",
    "J. Veenstra (12-03-1958) is er ook.",
    "VRIES, J. de (M)\n12-03-1980",
    "Kevin (11) zit in groep 8.",
    "Yusuf Arslan (24 jaar) is aangemeld.",
    "Mijn zoon Thijs blijft thuis.",
    "Uw patiënte mevrouw S. Bakker",
    "The daughter of Mrs Thompson called.",
    "Please see my patient John Collins.",
    "Ich berichte über Herrn Klaus Reimann.",
    "J'ai vu Madame Claire Fontaine.",
    "Het echtpaar Stol was hier.",
    "pte De Haan belde.",
    "Fenna (groep 6) is stil.",
    "Amira uit groep 3 doet mee.",
    "Ilias Benali 3C: vaak weg.",
    "Noah (5): loopt goed.",
    "man 67, J. Pronk, Beukenlaan 3",
    "Levering aan F. Hoekman, Dorpsstraat 8",
    "Het rapport inzake Kees Blom is er.",
    "Uitslag van Yara Bentaleb.",
    "Selam Tesfay heeft een woning.",
    "Namens cliënte mevrouw Hoekstra.",
    "Dag huisarts, dhr Kamphuis is weer thuis.",
    "Beste apotheker, mevrouw Bos heeft de doos niet gekregen.",
    "Hallo, Ilse Brouwer heeft zich weer gemeld.",
    "Hi, Paul Hughes was here.",
    "verzekerde mevr. Baltus komt niet.",
    "Patiente mw. Bos vraagt dit.",
)
ONLY_NAMED = (
    "Jan de Vries komt ook.",
    "Handover: Priya in bay 3",
    "hoi jasmijn komt niet vandaag",
    "Gisteren is Daan door iemand gebracht.",
    "Doorgebeld: kalium bij Van Ommen.",
    "Voortgang: Ricardo houdt zich eraan.",
    "Collega's, Kim komt voorlopig niet.",
    "Ter info: Mariska is opnieuw uitgevallen.",
    "PA-verslag mevrouw Lammers: biopt links",
    "Verslag aan huisarts: dhr. R. Koopman, sinds mei pijn.",
)
HOLDS_OFFICE = (
    "De heer Sanders vraagt een toelichting.",
    "Ben jij thuis in de zorg?",
    "de floor is nat, job is klaar, niemand wil meer",
    "Will not start. Grant of rights. May be used.",
    "Mentor Kees begeleidt de klas.",
    "Woordvoerder: de heer Tim Kok",
    "10.00 Wout Bakker: opening",
    "Anmeldung bei Sabine Vogel",
    "Redactie: Roos Hoekstra",
    "Kater Tommy is er weer.",
    "Ina de Groot, 0570-446210",
    "J.P. Kok doet de begroting.",
    "De heer Sanders meldt dat het klaar is.",
    "mevrouw De Bruin (voorzitter)",
    "Mevrouw Anja Veldkamp, teamleider, weet meer.",
    "wethouder mevrouw Aydin",
    "Contactpersoon: mevrouw Lindeman",
    "Spreker: orthopedagoog mw. Sastro",
    "Speaker: Mr Kowalski",
    "Leitung: Herr Lindner.",
    "Intervenante : Mme Haddad.",
    "Envoyez CV et lettre à Mme Lambotte.",
    "Bewerbungen richten Sie bitte an Frau Otten.",
    "Adressez votre candidature à M. Petit.",
    "Aanwezig: mevrouw Kaya, de heer Vos",
    "drs. M. Hol spreekt.",
    "* Anna Kramer                        anna@post.example",
    "* [akr](https://pages.example/akr) - **Anna Kramer** <<anna@post.example>>",
    "25/10/95 Peter Visser <peter@post.example>",
    "Thanks to [Anna Kramer](https://pages.example/akr)",
)
ADDRESSED = (
    "Geachte mevrouw De Vries, ",
    "Beste heer Jansen,",
    "Dear Mr Collins,",
    "Sehr geehrter Herr Weber,",
    "Chère Madame Dupont,",
    "Great meeting you, Mr Patel.",
    "Dank u wel, mevrouw De Vries.",
    "Thank you Mrs Thompson.",
)
NOBODY = (
    "Met vriendelijke groet,\nmevrouw E. Vermeulen",
    "Kind regards,\n\nJ. Smith",
    "Mvg, Karin de Boer",
    "Mevrouw, mijnheer, u bent welkom.",
    "De patiënt meldt zich aan de balie.",
    "Beste collega's, tot morgen.",
    "Vandaag (11) gaan wij verder.",
    "Ohne echte Patienten. Viel Erfolg!",
    "Geen echte cliënten. Fijne dag!",
    "Singapore Network Information Centre Pte Ltd",
)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    folder = tmp_path_factory.mktemp("rules")
    return policy(
        folder,
        "rules:\n"
        + rule("{detector: person, in: [body]}", name="spoken-of")
        + rule("{detector: person, confidence: valid, in: [body]}", name="named"),
    )


def fired(rules: Rules, body: str) -> tuple[str, ...]:
    return rules.judge(mail(body), sender=SENDER, recipients=[RECIPIENT]).rules


@pytest.mark.parametrize("body", SPOKEN_OF)
def test_who_is_spoken_of_is_found(people: Rules, body: str) -> None:
    assert "spoken-of" in fired(people, body)


@pytest.mark.parametrize("body", ONLY_NAMED)
def test_whose_name_stands_alone_is_only_named(people: Rules, body: str) -> None:
    assert fired(people, body) == ("named",)


@pytest.mark.parametrize("body", (*ADDRESSED, *HOLDS_OFFICE, *NOBODY))
def test_who_signs_is_addressed_holds_an_office_or_has_no_name_is_nobody(people: Rules, body: str) -> None:
    assert fired(people, body) == ()


@pytest.mark.parametrize(
    ("body", "fires"),
    [
        ("Mevrouw Pfeiffer belt morgen.", False),
        ("Graag Rosa Hodgkin terugbellen.", False),
        ("De heer J. Pfeiffer komt niet.", False),
        ("Mevrouw Pfeiffer heeft pfeiffer.", True),
        ("Mevrouw De Vries heeft hodgkin.", True),
    ],
)
def test_the_name_of_a_person_is_no_illness(tmp_path: Path, body: str, fires: bool) -> None:
    ill = "{words: [pfeiffer, hodgkin], near: {detector: person, confidence: valid, within: 40}}"
    named = "{detector: person, confidence: valid, near: {words: [pfeiffer, hodgkin], within: 40}}"
    rules = policy(tmp_path, "rules:\n" + rule(ill, name="ill") + rule(named, name="named"))
    assert fired(rules, body) == (("ill", "named") if fires else ())


def test_a_word_right_behind_an_at_sign_is_the_name_of_a_server(tmp_path: Path) -> None:
    rules = policy(tmp_path, "rules:\n" + rule("{words: [icsi]}", name="ill"))
    assert fired(rules, "matt@icsi.berkeley.example") == ()
    assert fired(rules, "zij kreeg icsi") == ("ill",)


def test_several_things_can_have_to_stand_near(tmp_path: Path) -> None:
    things = "[{words: [apollo], within: 40}, {detector: person, within: 40}]"
    both = f"{{detector: bsn, confidence: valid, near: {things}}}"
    either = f"{{detector: bsn, confidence: valid, near: {{any: {things}}}}}"
    rules = policy(tmp_path, "rules:\n" + rule(both, name="both") + rule(either, name="either"))
    assert fired(rules, "apollo 111222333") == ("either",)
    assert fired(rules, "mevrouw De Wit 111222333") == ("either",)
    assert fired(rules, "mevrouw De Wit 111222333 apollo") == ("both", "either")
    assert fired(rules, "niets 111222333") == ()
