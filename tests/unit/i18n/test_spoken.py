"""Which language a mail is in: a hint that is right or is not given."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

import zegel.notices
from zegel.i18n import spoken
from zegel.i18n.spoken import language_of

MAILS = {
    "nl": [
        "Beste mevrouw Jansen, Hierbij ontvangt u de uitslag van het onderzoek van vorige week. Neem "
        "contact op als u vragen hebt. Met vriendelijke groet, Anna",
        "Dag Jan, kun je morgen bellen over het dossier van Piet? Ik ben er niet",
    ],
    "en": [
        "Dear Mr Smith, Please find attached the results of your examination. Call us if you have any "
        "questions. Kind regards",
        "Hi John, the meeting about the file has been moved to Tuesday, are you available?",
    ],
    "de": [
        "Sehr geehrte Frau Müller, anbei erhalten Sie die Ergebnisse der Untersuchung. Bitte melden Sie "
        "sich bei Fragen. Mit freundlichen Grüßen",
        "Hallo Jan, ich habe das Dokument nicht gefunden, kannst du es bitte noch einmal senden?",
    ],
    "fr": [
        "Bonjour Madame, Vous trouverez ci-joint les résultats de votre examen. Merci de nous appeler "
        "pour toute question. Cordialement",
        "Cher monsieur, nous avons bien reçu votre demande et nous vous répondrons dans les jours qui "
        "viennent",
    ],
    "ar": [
        "عزيزي السيد يان، متى أحصل على النتيجة؟ مع أطيب التحيات",
    ],
    "he": [
        "שלום יאן, מצורפות תוצאות הבדיקה",
    ],
    "": [
        "Estimado señor, le envío los resultados de la prueba de la semana pasada. Quedo a su "
        "disposición. Un cordial saludo",
        "Gentile signora, in allegato trova i risultati della visita di lunedì. Cordiali saluti",
        "Szanowny Panie, w załączniku przesyłam wyniki badania. Z poważaniem",
        "Kære Jan, vedhæftet finder du resultatet af undersøgelsen. Det er ikke noget alvorligt. Med "
        "venlig hilsen",
        "Caro senhor, em anexo envio os resultados do exame. Com os melhores cumprimentos",
        "Sayın Yılmaz, sonuçlar ektedir. Saygılarımla",
        "Добрый день, результаты во вложении",
        "",
        "12345",
        "ok",
        "https://www.kliniek.example/de/het/een",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("language", "text"), [(each, text) for each, texts in MAILS.items() for text in texts])
def test_a_mail_is_known_by_its_words_or_not_at_all(language: str, text: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize("language", ["nl", "de", "fr"])
def test_our_own_texts_are_known_and_never_taken_for_another(language: str) -> None:
    """Three hundred sentences that were not written for this."""
    with (Path(zegel.notices.__file__).parent / "locale" / f"{language}.po").open("rb") as file:
        texts = [str(each.string) for each in read_po(file) if isinstance(each.string, str) and len(each.string) > 60]
    found = [language_of(text) for text in texts]
    assert set(found) <= {language, ""} and found.count(language) > len(texts) / 2


@given(st.text(max_size=300))
def test_any_text_gives_an_answer(text: str) -> None:
    assert len(language_of(text)) in (0, 2)


def test_what_is_quoted_behind_the_text_does_not_count_against_it() -> None:
    written, quoted = MAILS["nl"][0], MAILS["en"][0]
    assert language_of(written * 25 + "\n\n> " + quoted * 100) == "nl"
    assert language_of("12345 " * 1000 + quoted) == "en", "where the beginning does not tell"


def test_words_of_ascii_stand_apart_as_those_of_other_texts() -> None:
    every = "".join(map(chr, range(128)))
    for text in (every, f"Aa{every}Zz", every[::-1], "".join(f"{sign}x" for sign in every)):
        assert text.translate(spoken._APART).split() == spoken._WORD.findall(text.casefold())
