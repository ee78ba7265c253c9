"""A rule that refuses: whose mail, for which recipients, with which words, and what goes before what."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.policy.policy_mail import OTHER, PARTNER, RECIPIENT, SENDER, mail, policy
from zegel.cli.explain import difference, for_people
from zegel.policy.language.load import Rules

POLICY = f"""\
activation: [{{word: "[veilig]", level: 2}}]
trusted_domains: [insurer.example]
never_protect: [{OTHER}]
always_protect: [archive.example]
rules:
  - id: bsn
    name: {{nl: BSN, en: BSN}}
    level: 1
    when: {{detector: bsn}}
  - id: no-plans
    name: {{nl: Plannen, en: Plans}}
    block: true
    reason: {{nl: Geen plannen naar buiten, en: No plans to the outside}}
    when: {{words: [bouwplan]}}
    except: {{senders: [directie@kliniek.example]}}
  - id: no-freemail
    name: {{nl: Gratis mailbox, en: Free mailbox}}
    block: true
    reason: {{nl: Niet naar een gratis mailbox}}
    when: {{all: [{{words: [offerte]}}, {{recipient: freemail}}]}}
  - id: on-trial
    name: {{nl: Proef, en: Trial}}
    level: 0
    block: true
    reason: {{nl: Nog niet}}
    when: {{words: [proef]}}
"""


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    return policy(tmp_path_factory.mktemp("block"), POLICY)


CASES = {
    "what it asks for": ("Het bouwplan", [RECIPIENT], SENDER, ["no-plans"]),
    "one of several recipients": ("De offerte", [RECIPIENT, "jan@gmail.com"], SENDER, ["no-freemail"]),
    "none of the recipients": ("De offerte", [RECIPIENT], SENDER, []),
    "before trusted domains": ("Het bouwplan", [PARTNER], SENDER, ["no-plans"]),
    "before always_protect": ("Het bouwplan", ["x@archive.example"], SENDER, ["no-plans"]),
    "before the sender's wish": ("[veilig] het bouwplan", [RECIPIENT], SENDER, ["no-plans"]),
    "not to who gets all as it is": ("Het bouwplan", [OTHER], SENDER, []),
    "but to others of the same mail": ("Het bouwplan", [OTHER, RECIPIENT], SENDER, ["no-plans"]),
    "not of who may": ("Het bouwplan", [RECIPIENT], "directie@kliniek.example", []),
    "two at once, as in the file": ("offerte en bouwplan", ["a@gmail.com"], SENDER, ["no-plans", "no-freemail"]),
    "without known recipients": ("Het bouwplan", [], SENDER, ["no-plans"]),
    "on trial": ("Een proef", [RECIPIENT], SENDER, []),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_who_is_refused(rules: Rules, case: tuple[str, list[str], str, list[str]]) -> None:
    body, recipients, sender, expected = case
    verdict = rules.judge(mail(body), sender=sender, recipients=recipients)
    assert list(verdict.blocked) == expected
    assert bool(verdict.refusal("nl")) == bool(expected)


def test_on_trial_it_is_noted_and_the_rest_holds(rules: Rules) -> None:
    verdict = rules.judge(mail("Proef met BSN 111222333"), sender=SENDER, recipients=[RECIPIENT])
    assert (verdict.level, verdict.rules, [each.rule for each in verdict.observed]) == (1, ("bsn",), ["on-trial"])


def test_the_reason_is_in_the_language_else_english_else_what_there_is(rules: Rules) -> None:
    plans = rules.judge(mail("bouwplan"), sender=SENDER, recipients=[RECIPIENT])
    assert [plans.refusal(each) for each in ("nl", "en", "de")] == [
        "Geen plannen naar buiten [no-plans]", *["No plans to the outside [no-plans]"] * 2,
    ]  # fmt: skip
    freemail = rules.judge(mail("offerte"), sender=SENDER, recipients=["jan@gmail.com"])
    assert freemail.refusal("de") == "Niet naar een gratis mailbox [no-freemail]"


def test_it_is_explained_and_two_policies_differ_by_it(rules: Rules, tmp_path: Path) -> None:
    seen = mail("Het bouwplan met BSN 111222333")
    after = rules.judge(seen, sender=SENDER, recipients=[RECIPIENT])
    said = for_people("m.eml", seen, after, [])
    assert said.splitlines()[0] == "m.eml: is refused: No plans to the outside [no-plans]"
    assert "rule no-plans: 1 x words" in said
    milder = policy(tmp_path, "rules:\n  - id: bsn\n    name: {en: B}\n    level: 1\n    when: {detector: bsn}\n")
    old = milder.judge(seen, sender=SENDER, recipients=[RECIPIENT])
    assert "new: is refused" in difference("m.eml", old, after, json_line=False)
    assert difference("m.eml", after, after, json_line=False) == ""
