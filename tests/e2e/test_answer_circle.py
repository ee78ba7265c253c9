"""Two Zegels, and on either side a person who is away with a program that answers: the circle ends soon.

Each side is a real stack. The programs look into the real mailboxes and hand their answers to their own Postfix.
"""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from demo.maildir import Letter
from demo.stack import CHECKOUT, Options, Ports, Stack
from tests.e2e.conftest import folder_for_postfix
from tests.e2e.post import Post, plain

MOST = 60
"""Answers after which the test ends a circle that does not end by itself."""
QUIET = 4.0
"""Seconds without a mail after which the circle has ended."""


class Elsewhere(Stack):
    """The Zegel of another organisation."""

    def settings_text(self) -> str:
        settings = yaml.safe_load(super().settings_text())
        return str(yaml.safe_dump(settings | {"domains": ["post.example"], "write": {"addresses": []}}))


def protecting(domain: str, folder: Path) -> Options:
    """Rules that protect whatever goes to `domain`."""
    rules = folder / f"{domain}.yaml"
    text = CHECKOUT.joinpath("rules.yaml").read_text(encoding="utf-8")
    assert "always_protect: []" in text
    rules.write_text(text.replace("always_protect: []", f"always_protect: [{domain}]"), encoding="utf-8")
    return Options(rules=rules)


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Post, Post]]:
    rules = tmp_path_factory.mktemp("rules")
    with (
        folder_for_postfix() as here,
        folder_for_postfix() as there,
        Stack(here, Ports.free(), protecting("post.example", rules)) as clinic,
        Elsewhere(there, Ports.free(), protecting("kliniek.example", rules)) as other,
    ):
        yield Post(clinic), Post(other)


def obeys(letter: Letter) -> bool:
    """Whether RFC 3834 lets a program answer."""
    automatic = letter.header("Auto-Submitted").lower() not in ("", "no")
    return not automatic and letter.header("Precedence").lower() not in ("bulk", "list", "junk")


def always(_: Letter) -> bool:
    return True


def marked(letter: Letter) -> str:
    """What a good program writes."""
    references = f"{letter.header('References')} {letter.header('Message-ID')}".strip()
    own = f"In-Reply-To: {letter.header('Message-ID')}\nReferences: {references}\n"
    return own + "Auto-Submitted: auto-replied\n"


def unmarked(letter: Letter) -> str:
    """What a bad one writes."""
    return f"In-Reply-To: {letter.header('Message-ID')}\n"


@dataclass
class Away:
    """A person with a program that answers each mail in the mailbox `read_at`, through their own Postfix."""

    address: str
    read_at: Post
    own: Post
    answers: Callable[[Letter], bool]
    header: Callable[[Letter], str]
    seen: set[str] = field(default_factory=set)
    written: int = 0
    refused: int = 0

    def look(self) -> bool:
        """Answers what is new; whether there was anything."""
        new = [letter for letter in self.read_at.letters(self.address) if letter.key not in self.seen]
        for letter in new:
            self.seen.add(letter.key)
            if self.answers(letter):
                self._answer(letter)
        return bool(new)

    def _answer(self, letter: Letter) -> None:
        to = letter.message["From"].addresses[0].addr_spec
        subject = f"Re: {letter.header('Subject')}"[:60]
        raw = plain(subject, "Ik ben er maandag weer.", to=to, headers=self.header(letter), sender=self.address)
        self.written += 1
        try:
            self.own.send(raw, to, self.address)
        except smtplib.SMTPDataError as refused:
            assert refused.smtp_code == 554 and "5.4.6" in str(refused.smtp_error)
            self.refused += 1


@pytest.mark.parametrize(
    ("here", "there", "header", "most"),
    [
        (obeys, obeys, marked, 2),
        (always, always, marked, 6),
        (obeys, always, marked, 6),
        (always, always, unmarked, 40),
    ],
    ids=["both obey the RFC", "both answer everything", "one obeys", "nobody says that it is a machine"],
)
def test_the_circle_ends(
    sides: tuple[Post, Post],
    here: Callable[[Letter], bool],
    there: Callable[[Letter], bool],
    header: Callable[[Letter], str],
    most: int,
) -> None:
    clinic, other = sides
    jan, anna = clinic.somebody("jan"), clinic.somebody("anna", "kliniek.example")
    people = [Away(jan, clinic, other, there, header), Away(anna, other, clinic, here, header)]
    clinic.send(plain("uitslag", "Uw BSN is 111222333.", to=jan, sender=anna), jan, anna)
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < QUIET and sum(each.written for each in people) < MOST:
        looked = [each.look() for each in people]
        if any(looked):
            quiet_since = time.monotonic()
        time.sleep(0.05)
    assert len(people[0].seen) >= 1, "the first notification arrived"
    assert sum(each.written for each in people) <= most
    for each in people:
        assert each.refused <= 1, "a refused answer brings none back"
