"""Of several ways to meet a rule, one that can tell nothing new is not looked into; what it would add is not lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.policy.policy_mail import RECIPIENT, SENDER, mail, policy, rule
from zegel.policy.detectors import Finding
from zegel.policy.language.load import Rules
from zegel.policy.near import Near

WHEN = """
      any:
        - detector: bsn
        - {detector: bsn, confidence: valid, near: {any: [{detector: person, within: 60},
          {words: [kamer], within: 9}]}}
"""
BETWEEN = "Verder nog een paar woorden. " * 12


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    return policy(tmp_path_factory.mktemp("policy"), "rules:\n" + rule(WHEN))


def found(rules: Rules, body: str, **more: str) -> dict[str, int]:
    verdict = rules.judge(mail(body, **more), sender=SENDER, recipients=(RECIPIENT,))  # type: ignore[arg-type]
    return {match.where: match.count for match in verdict.matches}


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("Het BSN is 111222333.", 1),
        ("Het gaat over mevrouw De Vries, 123456782.", 1),
        (f"Het BSN is 111222333. {BETWEEN} Het gaat over mevrouw De Vries, 123456782.", 2),
        (f"Het BSN is 111222333. {BETWEEN} Het gaat over mevrouw De Vries, 111222333.", 1),
        (f"kamer 123456782. {BETWEEN} Het BSN is 111222333. {BETWEEN} In kamer 100000009", 3),
        (f"Het BSN is 111222333. {BETWEEN} De bestelling 123456782.", 1),
        ("Het BSN is 111222333, en de bestelling is 123456782.", 1),
    ],
)
def test_each_number_is_found_whatever_told_of_it(rules: Rules, body: str, count: int) -> None:
    assert found(rules, body)["body"] == count


def test_a_place_of_its_own_is_told(rules: Rules) -> None:
    said = found(rules, "Het BSN is 111222333.", subject="mevrouw De Vries, 111222333")
    assert said == {"body": 1, "subject": 1}


def test_what_is_near_is_not_asked_where_it_tells_nothing(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    holding = Near.holding

    def noted(near: Near, *rest: Any) -> Iterator[Finding]:
        asked.append(near.probe.label)
        return holding(near, *rest)

    monkeypatch.setattr(Near, "holding", noted)
    assert found(rules, "Het BSN van mevrouw De Vries is 111222333, zie kamer 4.") == {"body": 1} and asked == []
    found(rules, f"Het BSN is 111222333. {BETWEEN} In kamer 123456782.")
    assert asked
