"""What a recipient chose: the language that they are written in, and a phrase that they know us by.

It stands sealed under a keyed hash of the address, as the numbers of the phone book do: whoever has the database can
neither read it nor see whose it is.

The phrase goes into mails, which only the owner of the mailbox sees, and on the page where it is set. It never stands
on a page that a link alone opens: whoever has the link could copy it into a mail of their own.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Literal

from zegel.crypto import keyed_hash, seal, unseal
from zegel.mail.addresses import identity
from zegel.settings.model import Settings
from zegel.vault.sealing_vault import SealingVault

SHORTEST, LONGEST = 3, 60
"""Characters of a phrase."""
KEPT_SECONDS = 2 * 365 * 86_400.0
"""How long after their last visit a person is forgotten."""
MOST_DIGITS = 6
"""A phrase with more could hold a telephone number."""

PhraseProblem = Literal["short", "long", "link", "digits", "words", "signs"]


@dataclass(frozen=True, slots=True)
class Person:
    """The choices; "" where none was made."""

    phrase: str = ""
    language: str = ""


class People:
    """The choices of all recipients, by address."""

    def __init__(self, settings: Settings, vault: SealingVault, clock: Callable[[], float]) -> None:
        self._offered = settings.organisation.languages
        self._vault = vault
        self._store = vault.store
        self._clock = clock

    def person(self, address: str) -> Person:
        """What the owner of an address chose."""
        key = person_key(self._vault, address)
        sealed = self._store.persons.find(key)
        if sealed is None:
            return Person()
        return Person(**json.loads(unseal(self._vault.keys.person, sealed, "person", key.hex())))

    def language(self, address: str) -> str | None:
        """The language that the owner of an address chose; None when they did not, or it is not offered any more."""
        return self.offered(self.person(address))

    def offered(self, person: Person) -> str | None:
        """The language that somebody chose, while it is offered."""
        return person.language if person.language in self._offered else None

    def choose_language(self, address: str, language: str) -> None:
        """From now on mails and pages are in `language`; one that is not offered leaves it to others to choose."""
        self._change(address, language=language if language in self._offered else "")

    def choose_phrase(self, address: str, typed: str) -> PhraseProblem | None:
        """Sets the phrase, or says what is wrong with it; nothing typed takes it away."""
        phrase = as_line(typed)
        problem = phrase_problem(phrase) if phrase else None
        if problem is None:
            self._change(address, phrase=phrase)
        return problem

    def _change(self, address: str, **chosen: str) -> None:
        def change() -> None:
            key, now = person_key(self._vault, address), self._clock()
            person = replace(self.person(address), **chosen)
            if person == Person():
                self._store.persons.forget(key)
                return
            sealed = seal(self._vault.keys.person, json.dumps(asdict(person)).encode(), "person", key.hex())
            self._store.persons.put(key, sealed, now)

        self._store.write(change)


def person_key(vault: SealingVault, address: str) -> bytes:
    """Under what a person, and their devices, stand in the database."""
    return keyed_hash(vault.keys.lookup, "person", identity(address).text)


def passkey_owner(vault: SealingVault, address: str) -> bytes:
    """Returns the key under which the database stores the passkeys of an address."""
    return keyed_hash(vault.keys.lookup, "passkey", identity(address).text)


def as_line(typed: str) -> str:
    """What was typed as one line, without signs that cannot be seen.

    >>> as_line("  blue\\u200b \\n bicycle ")
    'blue bicycle'
    """
    plain = unicodedata.normalize("NFKC", typed[:500])
    blanks = "".join(" " if unicodedata.category(sign) in ("Zs", "Zl", "Zp", "Cc") else sign for sign in plain)
    return " ".join("".join(sign for sign in blanks if unicodedata.category(sign)[0] != "C").split())


def phrase_problem(phrase: str) -> PhraseProblem | None:
    """Why a line cannot be a phrase that people know us by.

    Somebody else may have set it, who was in the mailbox once. So it can lead nowhere, and ask for nothing.

    >>> phrase_problem("blue bicycle"), phrase_problem("see clinic.example/login"), phrase_problem("mail us your pin")
    (None, 'link', 'words')
    """
    if len(phrase) < SHORTEST:
        return "short"
    if len(phrase) > LONGEST:
        return "long"
    if _LINK.search(phrase):
        return "link"
    digits = sum(sign.isdigit() for sign in phrase)
    if digits > MOST_DIGITS or not any(sign.isalpha() for sign in phrase):
        return "digits"
    if any(sign in "<>{}[]\\|`" for sign in phrase):
        return "signs"
    letters = "".join(sign for sign in unicodedata.normalize("NFKD", phrase.casefold()) if sign.isalpha())
    words = re.findall(r"[^\W\d_]+", phrase.casefold())
    if any(part in letters for part in _ASKING_ANYWHERE) or any(word in _ASKING_WORDS for word in words):
        return "words"
    return "words" if _PASSWORD.search(phrase.casefold()) else None


_LINK = re.compile(r"://|\bwww\b|@|\w[.\u3002]\w|\w/\w|:/|\b(https?|mailto|tel)\b", re.IGNORECASE)
_ASKING_ANYWHERE = (
    "password", "passwort", "wachtwoord", "motdepasse", "kennwort", "passcode", "pincode", "verification",
    "verificatie", "inloggen", "einloggen", "creditcard", "iban",
)  # fmt: skip
"""Found also when blanks or hyphens stand between their letters."""
_ASKING_WORDS = {
    "pin", "code", "codes", "login", "log", "click", "klik", "klick", "klicken", "cliquez", "clic", "tan", "bsn",
    "bank", "account", "konto", "compte", "rekening", "call", "bel", "anrufen", "appelez", "pay", "betaal",
}  # fmt: skip
_PASSWORD = re.compile(r"\b[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}\b")
"""As our own passwords look."""
