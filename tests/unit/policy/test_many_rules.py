"""Very many rules: only those are asked that can fire, and none of them is forgotten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.quality.corpus import ROOT
from tests.support.shipped import shipped_rules
from tests.unit.policy.policy_mail import RECIPIENT, SENDER, mail, policy, rule
from zegel.policy.foresight import needs, ways
from zegel.policy.language.load import Rules

WORDS = [f"woord{chr(97 + n // 26 % 26)}{chr(97 + n % 26)}{n // 676}" for n in range(400)]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    text = "".join(rule(f"{{words: [{word}]}}", name=f"r{n}") for n, word in enumerate(WORDS))
    return policy(tmp_path_factory.mktemp("policy"), f"rules:\n{text}")


def test_each_of_many_rules_fires_on_its_own_word(many: Rules) -> None:
    for n in range(0, len(WORDS), 23):
        verdict = many.judge(mail(f"Dit is {WORDS[n]}, en meer"), sender=SENDER, recipients=[RECIPIENT])
        assert verdict.rules == (f"r{n}",)


def test_several_fire_in_the_order_of_the_file(many: Rules) -> None:
    verdict = many.judge(mail(f"{WORDS[300]} {WORDS[7]}"), sender=SENDER, recipients=[RECIPIENT])
    assert verdict.rules == ("r7", "r300")


@pytest.mark.parametrize(
    ("condition", "hangs"),
    [
        ("{words: [een]}", True),
        ("{all: [{sender: x.example}, {words: [een]}]}", True),
        ("{any: [{words: [een]}, {words: [twee]}]}", True),
        ("{any: [{words: [een]}, {filename: a.pdf}]}", False),
        ("{several: [{words: [een]}, {words: [twee]}]}", True),
        ("{several: [{words: [een]}, {words: [twee]}, {not: {words: [drie]}}]}", True),
        ("{several: [{words: [een]}, {not: {words: [twee]}}, {not: {words: [drie]}}]}", False),
        ("{not: {words: [een]}}", False),
        ("{all: [{not: {words: [een]}}, {filename: a.pdf}]}", False),
    ],
)
def test_a_rule_that_needs_no_text_is_always_asked(tmp_path: Path, condition: str, hangs: bool) -> None:
    rules = policy(tmp_path, "rules:\n" + rule(condition))
    assert (needs(rules.rules[0].condition) is not None) is hangs


def test_a_rule_that_asks_for_absence_fires_when_nothing_is_there(tmp_path: Path) -> None:
    rules = policy(tmp_path, "rules:\n" + rule("{not: {words: [een]}}"))
    assert rules.judge(mail("twee"), sender=SENDER, recipients=[RECIPIENT]).level == 1
    assert rules.judge(mail("een"), sender=SENDER, recipients=[RECIPIENT]).level == 0


ADDRESSES = [f"lid{chr(97 + n)}@club.example" for n in range(4)]


@pytest.mark.parametrize(
    ("text", "level"),
    [
        (" ".join(ADDRESSES[:3]), 1),
        (" ".join(ADDRESSES[:2]), 0),
        (" ".join([ADDRESSES[0]] * 9), 0),
        (f"@ @ @ @ {ADDRESSES[0]} {ADDRESSES[1]}", 0),
        (f"x@y {ADDRESSES[0]}\n\nz@@ {ADDRESSES[1]},{ADDRESSES[2]}", 1),
    ],
)
def test_a_count_of_signs_never_decides_against_what_is_there(tmp_path: Path, text: str, level: int) -> None:
    rules = policy(tmp_path, "rules:\n" + rule("{detector: email-address, at_least: 3, in: [body]}"))
    assert rules.judge(mail(text), sender=SENDER, recipients=[RECIPIENT]).level == level


@pytest.mark.parametrize(
    ("text", "level"),
    [("een of twee", 0), ("een twee drie", 1), ("vier, twee, een", 1), ("een vier", 0), ("twee drie", 0), ("zes", 1)],
)
def test_what_has_to_be_near_is_looked_for_before_the_thing_itself(tmp_path: Path, text: str, level: int) -> None:
    near = "[{words: [twee], within: 20}, {any: [{words: [drie], within: 20}, {words: [vier], within: 40}]}]"
    rules = policy(tmp_path, "rules:\n" + rule(f"{{any: [{{words: [een], near: {near}}}, {{words: [zes]}}]}}"))
    assert rules.judge(mail(text), sender=SENDER, recipients=[RECIPIENT]).level == level


@pytest.mark.parametrize(
    ("condition", "texts"),
    [
        ("{all: [{words: [een]}, {words: [twee]}]}", {"een twee": 1, "een": 0, "twee": 0}),
        ("{any: [{all: [{words: [een]}, {words: [twee]}]}, {words: [drie]}]}", {"een": 0, "drie": 1, "twee een": 1}),
        ("{all: [{words: [een]}, {not: {words: [twee]}}]}", {"een": 1, "een twee": 0, "drie": 0}),
        ("{words: [een], near: {words: [twee], within: 9}}", {"een": 0, "twee": 0, "een twee": 1}),
        ("{words: [een], near: {any: [{words: [twee], within: 9}, {words: [drie], within: 9}]}}",
         {"een drie": 1, "drie twee": 0, "een": 0}),
        ("{words: [een], near: [{words: [twee], within: 9}, {words: [drie], within: 9}]}",
         {"een drie": 0, "twee een drie": 1}),
        ("{any: [{words: [een]}, {filename: a.pdf}]}", {"een": 1, "twee": 0}),
        ("{several: [{words: [een]}, {words: [twee]}, {words: [drie]}]}", {"een": 0, "drie een": 1, "vier": 0}),
        ("{several: [{words: [een]}, {not: {words: [twee]}}, {words: [drie]}], at_least: 3}",
         {"een drie": 1, "een twee drie": 0, "een": 0}),
        ("{several: [{words: [een]}, {not: {words: [twee]}}, {not: {words: [drie]}}]}", {"vier": 1, "twee": 0}),
    ],
)  # fmt: skip
def test_what_has_to_occur_together_is_known_beforehand(tmp_path: Path, condition: str, texts: dict[str, int]) -> None:
    rules = policy(tmp_path, "rules:\n" + rule(condition))
    for text, level in texts.items():
        assert rules.judge(mail(text), sender=SENDER, recipients=[RECIPIENT]).level == level, text


def test_more_ways_than_are_kept_say_too_little_and_never_too_much(tmp_path: Path) -> None:
    pairs = ", ".join(f"{{any: [{{words: [{WORDS[n]}]}}, {{words: [{WORDS[n + 1]}]}}]}}" for n in range(0, 40, 2))
    rules = policy(tmp_path, "rules:\n" + rule(f"{{all: [{pairs}]}}"))
    assert len(ways(rules.rules[0].condition)) <= 256
    assert rules.judge(mail(" ".join(WORDS[1:40:2])), sender=SENDER, recipients=[RECIPIENT]).level == 1
    assert rules.judge(mail(" ".join(WORDS[1:38:2])), sender=SENDER, recipients=[RECIPIENT]).level == 0


def test_no_shipped_rule_that_is_not_asked_would_fire() -> None:
    rules = shipped_rules()
    asked = skipped = 0
    for file in sorted((ROOT / "tests" / "quality" / "imagined").glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines()[::6]:
            made = json.loads(line)
            texts = mail(made.get("text") or "", subject=made.get("subject") or "")
            case = rules.case(texts, sender=SENDER, recipients=(RECIPIENT,))
            worth = set(rules.worth_asking(case.scan))
            asked += len(worth)
            for index in set(range(len(rules.rules))) - worth:
                skipped += 1
                assert rules.rules[index].fires(case) is None, (file.stem, made.get("id"), rules.rules[index].id)
    assert skipped > asked
