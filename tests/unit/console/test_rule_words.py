"""Rules in plain words: every kind of condition, in every language, and nothing left out."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from zegel.policy.detectors import DETECTORS
from zegel.policy.language.condition_sections import CONDITIONS
from zegel.policy.language.include import SHIPPED
from zegel.policy.language.load import load_rules
from zegel_console.rule_words import RuleWords, Words, rule_in_words

LANGUAGES = ("en", "nl", "de", "fr")


def _keys(found: object) -> set[str]:
    if isinstance(found, list):
        return set().union(*map(_keys, found))
    return set(found).union(*map(_keys, found.values())) if isinstance(found, dict) else set()


def lines(words: Words, depth: int = 0) -> list[str]:
    return ["  " * depth + words.text] + [line for part in words.parts for line in lines(part, depth + 1)]


def said(folder: Path, when: str, language: str = "en", more: str = "") -> RuleWords:
    path = folder / "rules.yaml"
    when = when if when.startswith("{") else f"{{{when}}}"
    path.write_text(f"version: 1\nrules:\n- id: x\n  name: {{nl: Iks, en: Ex}}\n  level: 1\n  when: {when}\n{more}")
    return rule_in_words(load_rules(path).rules[0], language)


CASES = {
    "detector: bsn": ["a citizen service number (BSN)"],
    "{detector: bsn, confidence: valid}": ["a citizen service number (BSN); also when nothing around it says so"],
    "{detector: iban, confidence: context}": ["an account number (IBAN); called so by the words around it"],
    "stdnum: be.nn": ["the number “be.nn”"],
    "{words: [b, a], at_least: 2, in: [subject, filenames]}": [
        "one of the words b or a, 2 different ones or more; in the subject or names of files"
    ],
    "words: medical.nl": ["a word of the list “medical.nl”"],
    "{pattern: 'a+', per: part, at_least: 3}": [
        "what fits the pattern a+, 3 different ones or more; together in one text or file"
    ],
    "{detector: bsn, near: {words: [a], within: 1}}": [
        "a citizen service number (BSN); close by:",
        "  one of the words a, at most 1 character away",
    ],
    "{detector: bsn, near: [{words: [a], within: 9}, {any: [{detector: person, within: 5}, {pattern: b, within: 6}]}]}"
    "": [
        "a citizen service number (BSN); with all of this close by:",
        "  one of the words a, at most 9 characters away",
        "  with one of these close by:",
        "    somebody’s name, at most 5 characters away",
        "    what fits the pattern b, at most 6 characters away",
    ],
    "{filename: '*.pst', at_least: 2}": ["a file called *.pst, 2 different ones or more"],
    "filetype: image/*": ["a file of the type image/*"],
    "unreadable: [timeout, encrypted]": ["a file that is encrypted or too slow to read"],
    "header: {name: Sensitivity}": ["the header field sensitivity"],
    "property: {name: Title, value: [x, y]}": ["a file with the property title: x or y"],
    "larger_than: 10 MB": ["a message over 10\N{NO-BREAK SPACE}MB"],
    "sender: [b.example, a@c.example]": ["sent by a@c.example or b.example"],
    "recipient: b.example": ["sent to b.example"],
    "recipients_at_least: 20": ["sent to 20 people outside or more"],
    "all: [{words: [a]}, {not: {words: [b]}}]": [
        "All of this:",
        "  one of the words a",
        "  Not:",
        "    one of the words b",
    ],
    "any: [{words: [a]}]": ["one of the words a"],
    "several: [{words: [a]}, {words: [b]}]": ["At least 2 of these:", "  one of the words a", "  one of the words b"],
}


def test_every_kind_of_condition_is_here() -> None:
    kinds = {key for when in CASES for key in CONDITIONS if key in _keys(yaml.safe_load(when))}
    assert kinds == set(CONDITIONS)


@pytest.mark.parametrize("when", CASES)
def test_a_condition_is_a_sentence(tmp_path: Path, when: str) -> None:
    assert lines(said(tmp_path, when).looks_for) == CASES[when]
    others = [lines(said(tmp_path, when, language).looks_for) for language in LANGUAGES[1:]]
    assert all(len(each) == len(CASES[when]) for each in others)


def test_every_detector_has_a_name_in_every_language(tmp_path: Path) -> None:
    for name in DETECTORS:
        names = {said(tmp_path, f"{{detector: {name}}}", language).about[0] for language in LANGUAGES}
        assert len(names) == len(LANGUAGES) and not any(f"“{name}”" in each for each in names), name


def test_who_is_excepted_is_said(tmp_path: Path) -> None:
    more = "  except: {senders: [hr@clinic.example], recipients: [b.example, a.example], values: ['1', '2']}\n"
    words = said(tmp_path, "detector: iban", more=more)
    assert words.spares == (
        "E-mail from hr@clinic.example is not looked at.",
        "E-mail to a.example or b.example leaves as it is.",
        "2 values do not count.",
    )
    assert words.name == "Ex" and said(tmp_path, "detector: iban", "fr").name == "Ex"


def test_long_lists_and_patterns_are_cut(tmp_path: Path) -> None:
    words = ", ".join(f"woord{n}" for n in range(100))
    assert said(tmp_path, f"{{words: [{words}]}}").looks_for.text.endswith("woord7 and 92 more")
    assert len(said(tmp_path, f"pattern: '{'ab' * 200}'").looks_for.text) < 120


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shipped_rules_can_be_told(language: str) -> None:
    for rule in load_rules(SHIPPED / "rules.yaml", tests=False).rules:
        words = rule_in_words(rule, language)
        assert words.name and words.about and lines(words.looks_for)
