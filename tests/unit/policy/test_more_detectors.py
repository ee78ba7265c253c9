"""What the other detectors find, and the traps that they do not step into."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.policy.detector_cases import FOUND, LEFT_ALONE
from tests.unit.policy.policy_mail import RECIPIENT, SENDER, mail, policy, rule
from zegel.policy.detectors import DETECTORS, Judged, standard_number
from zegel.policy.language.load import Rules
from zegel.policy.search.patterns import Patterns
from zegel.policy.search.probes import DetectorProbe, Judgements


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
