"""Precision and recall on the corpus, per detector and per rule that ships."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.corpus.mails import Labelled, corpus, normal
from tests.support.shipped import shipped_rules
from zegel.message.reader import Reader
from zegel.policy.case import Case
from zegel.policy.detectors import DETECTORS
from zegel.policy.language.load import load_rules
from zegel.policy.rules import Rules
from zegel.settings.model import Limits

ROOT = Path(__file__).resolve().parents[2]
CHECKSUMMED = ("bsn", "iban", "card", "mrz", "btw-id")
UNLABELLED = frozenset({"person", "clinical", "complaint"})
"""Detectors whose findings the corpus does not tell: names and doses stand in many a mail of it."""
LEAST_RECALL, LEAST_PRECISION = 0.99, 0.97


@dataclass(slots=True)
class Score:
    """How often something was rightly found, wrongly found, and missed."""

    name: str
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    """Mail and value of each finding that is none."""
    missed: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / (self.right + len(self.wrong)) if self.right + len(self.wrong) else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + len(self.missed)) if self.right + len(self.missed) else 1.0

    def add(self, mail: str, found: set[str], true: set[str]) -> None:
        self.right += len(found & true)
        self.wrong += [f"{mail}: {value}" for value in sorted(found - true)]
        self.missed += [f"{mail}: {value}" for value in sorted(true - found)]


@dataclass(frozen=True, slots=True)
class Quality:
    """What the corpus says."""

    mails: int
    clean: int
    detectors: dict[str, Score]
    rules: dict[str, Score]
    protected_clean: tuple[str, ...]
    """Clean mails that the shipped rules would protect."""


def quality(said: Callable[[int], None] = lambda _: None) -> Quality:
    """Every mail of the corpus read, searched by every detector and judged by the shipped rules."""
    shipped, searching = shipped_rules(), _all_detectors()
    detectors = {name: Score(name) for name in DETECTORS if name not in UNLABELLED}
    rules = {rule.id: Score(rule.id) for rule in shipped.rules}
    mails = clean = 0
    protected: list[str] = []
    reader = Reader(Limits(), 1)
    try:
        for labelled in corpus():
            mail = reader.read(labelled.raw)
            verdict = shipped.judge(mail, sender="afzender@kliniek.example", recipients=["ontvanger@post.example"])
            for name, score in rules.items():
                score.add(labelled.name, {name} & set(verdict.rules), {name} & labelled.rules)
            case = searching.case(mail, sender="", recipients=())
            for name, score in detectors.items():
                score.add(labelled.name, _found(searching, case, name), _true(labelled, name))
            mails, clean = mails + 1, clean + (not labelled.rules)
            if not labelled.rules and verdict.level:
                protected.append(f"{labelled.name}: {', '.join(verdict.rules)}")
            said(mails)
    finally:
        reader.close()
    return Quality(mails, clean, detectors, rules, tuple(protected))


def _true(labelled: Labelled, name: str) -> set[str]:
    return {value for detector, value in labelled.values if detector == name}


def _found(searching: Rules, case: Case, name: str) -> set[str]:
    """What the detector finds outside the head of the mail, when a rule does not ask for more."""
    condition = next(rule.condition for rule in searching.rules if rule.id == name)
    hits = condition.evaluate(case).hits
    return {normal_found(name, value) for hit in hits for value in hit.values}


def normal_found(detector: str, value: str) -> str:
    """A finding as the labels write it."""
    if detector == "mrz":
        return normal("", value.split(" ", 1)[1])
    return normal(detector, value)


def _all_detectors() -> Rules:
    """A policy with a rule per detector."""
    places = "in: [subject, body, attachments, filenames]"
    lines = [
        f"- {{id: {name}, name: {{en: {name}}}, level: 0, when: {{detector: {name}, {places}}}}}" for name in DETECTORS
    ]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "rules.yaml"
        file.write_text("version: 1\nrules:\n" + "\n".join(lines) + "\n")
        return load_rules(file)
