"""Which language somebody gets: on pages, in mails to recipients, in mails to senders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.cast import SENDER, SETTINGS, Built, build
from tests.support.fakes.access import FakeAccess
from tests.support.fakes.trust import FakeTrust
from tests.unit.intake.test_intake import RULES, SECRET
from tests.unit.notices.notice_cast import bodies, read
from tests.unit.portal.portal_client import M, client_for, settings_for
from zegel.i18n.languages import LANGUAGES, Language
from zegel.intake import Intake
from zegel.mail.envelope import Envelope
from zegel.message.reader import Reader
from zegel.recipients.preferences import Person
from zegel.settings.model import Limits
from zegel.settings.organisation import Organisation
from zegel.vault.keys import write_master_key
from zegel_courier.composer import Composer

BY_DOMAIN: dict[str, Language] = {"post.example": "de", "*.fr": "fr", "*.bureau.fr": "en", "zürich.example": "de"}
ALL = Organisation(name="De Kliniek", languages=LANGUAGES, languages_by_domain=BY_DOMAIN)
SAID = {"nl": "Stuur mijn wachtwoord", "en": "Send my password", "de": "Mein Passwort senden",
        "fr": "Envoyer mon mot de passe"}  # fmt: skip


@pytest.mark.parametrize(
    ("address", "language"),
    [
        ("jan@post.example", "de"),
        ("Jan@POST.example.", "de"),
        ("jan@mail.post.example", "nl"),
        ("marie@orange.fr", "fr"),
        ("marie@mairie.ville.fr", "fr"),
        ("marie@paris.bureau.fr", "en"),
        ("marie@bureau.fr", "fr"),
        ("urs@zürich.example", "de"),
        ("urs@xn--zrich-kva.example", "de"),
        ("jan@elders.example", "nl"),
        ("fr", "nl"),
        ("", "nl"),
    ],
)
def test_the_domain_of_a_recipient_says_a_language_and_the_most_exact_one_counts(address: str, language: str) -> None:
    assert ALL.language_for(address) == language


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    organisation = (
        "{name: De Kliniek, languages: [nl, en, de, fr], languages_by_domain: {post.example: de, '*.fr': fr}}"
    )
    write_master_key(tmp_path / "master.key")
    settings = SETTINGS.replace("{name: De Kliniek}", organisation)
    (tmp_path / "zegel.yaml").write_text(settings, encoding="utf-8")
    made = build(tmp_path)
    yield made
    made.core.close()


@pytest.fixture
def sealed(built: Built) -> Iterator[Built]:
    """A message to four people: one chose, two live in domains with a language, of one nothing is known."""
    built.core.people.choose_language("marie@orange.fr", "en")
    to = ("marie@orange.fr", "paul@orange.fr", "jan@post.example", "eva@elders.example")
    reader = Reader(Limits(), workers=1)
    reader.start()
    Intake(built.core, reader, lambda: RULES).receive(Envelope("ABC", SENDER, to, False), SECRET)
    yield built
    reader.close()


def test_a_recipient_is_written_to_in_his_own_choice_else_his_domains_else_the_first(sealed: Built) -> None:
    store = sealed.core.vault.store
    items = store.write(lambda: store.outbox.claim("courier", sealed.clock(), 60, 50))
    mails = [mail for item in items if (mail := Composer(sealed.core).compose(item))]
    said = {mail.recipient: _text(mail.content) for mail in mails}
    assert "You read it on a secure page." in said["marie@orange.fr"]
    assert "Un message sécurisé vous attend" in said["paul@orange.fr"]
    assert "Eine sichere Nachricht wartet auf Sie" in said["jan@post.example"]
    assert "Er staat een beveiligd bericht voor u klaar" in said["eva@elders.example"]


def test_a_page_asks_the_reader_then_his_choice_then_his_browser_then_the_mail() -> None:
    access = FakeAccess()
    access.delivered = replace(access.delivered, language="fr")
    trust = FakeTrust(access)
    jan = client_for(access, settings_for(languages=LANGUAGES), trust=trust)
    jan.language = ""
    assert SAID["fr"] in jan.get(M).text  # as the mail
    jan.language = "es, de;q=0.8, en;q=0.5"
    assert SAID["de"] in jan.get(M).text
    trust.people.chosen = Person(language="nl")
    assert SAID["nl"] in jan.get(M).text
    assert SAID["en"] in jan.get(f"{M}?lang=en").text
    assert SAID["en"] in jan.get(M).text  # kept
    assert SAID["en"] in jan.get(f"{M}?lang=es").text  # not offered


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_password_comes_in_the_language_of_the_page(language: str) -> None:
    access = FakeAccess()
    client = client_for(access, settings_for(languages=LANGUAGES))
    client.language = language
    client.submit(M, f"{M}/password")
    assert f"ask {language}" in access.calls


def _text(raw: bytes) -> str:
    return " ".join(bodies(read(raw))[0].split())
