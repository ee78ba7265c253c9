"""Who may get protected mail directly: what rules.yaml says, for each level, domain and rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.policy.policy_mail import RECIPIENT, SENDER, mail, policy
from zegel.policy.direct import Permission
from zegel.policy.language.include import SHIPPED
from zegel.policy.language.load import load_rules

RULES = """\
rules:
  - {id: one, name: {en: One}, level: 1, when: {words: [kers]}}
  - {id: two, name: {en: Two}, level: 2, when: {words: [peer]}}
  - {id: home, name: {en: Home}, level: 1, direct: false, when: {words: [appel]}}
  - {id: trial, name: {en: Trial}, level: 0, direct: false, when: {words: [druif]}}
"""
ALL = ("dane", "mta-sts", "nta7516")
LAB, STRICT = "x@lab.example", "y@strict.example"


def permission(folder: Path, section: str, text: str, recipient: str = RECIPIENT) -> Permission:
    rules = policy(folder, section + RULES)
    return rules.judge(mail(text), sender=SENDER, recipients=[recipient]).direct[recipient]


def test_it_is_off_when_nobody_asks_for_it(tmp_path: Path) -> None:
    assert permission(tmp_path, "", "kers") == Permission((), "direct_delivery is off")


def test_level_1_goes_directly_by_every_proof_when_it_is_on(tmp_path: Path) -> None:
    assert permission(tmp_path, "direct_delivery: {}\n", "kers").proofs == ALL


def test_what_is_not_protected_has_nothing_to_deliver(tmp_path: Path) -> None:
    rules = policy(tmp_path, "direct_delivery: {}\n" + RULES)
    assert rules.judge(mail("perzik"), sender=SENDER, recipients=[RECIPIENT]).direct == {}


@pytest.mark.parametrize(
    ("section", "text", "recipient", "proofs"),
    [
        ("{up_to_level: 1, proof: dane}", "kers", RECIPIENT, ("dane",)),
        ("{up_to_level: 1}", "peer", RECIPIENT, ()),
        ("{up_to_level: 2}", "peer", RECIPIENT, ("nta7516",)),
        ("{up_to_level: 2, proof: [dane]}", "peer", RECIPIENT, ()),
        ("{up_to_level: 2, domains: [lab.example]}", "peer", LAB, ALL),
        ("{up_to_level: 2, domains: [lab.example]}", "kers", RECIPIENT, ()),
        ("{up_to_level: 1, levels: {lab.example: 2}}", "peer", LAB, ALL),
        ("{up_to_level: 1, levels: {lab.example: 0}}", "kers", LAB, ()),
        ("{up_to_level: 0, levels: {lab.example: 1}}", "kers", LAB, ALL),
        ("{up_to_level: 0, levels: {lab.example: 1}}", "kers", RECIPIENT, ()),
        ("{up_to_level: 1, levels: {'*.lab.example': 2}}", "peer", "x@a.lab.example", ALL),
        ("{never: [lab.example]}", "kers", LAB, ()),
        ("{never: [x@lab.example], levels: {lab.example: 2}}", "kers", LAB, ()),
        ("{never: [x@lab.example]}", "kers", "z@lab.example", ALL),
        ("{}", "appel", RECIPIENT, ()),
        ("{}", "kers appel", RECIPIENT, ()),
        ("{}", "kers druif", RECIPIENT, ALL),
        ("{}", "kers", "a%b.example@lab.example", ()),
    ],
)
def test_who_gets_what(tmp_path: Path, section: str, text: str, recipient: str, proofs: tuple[str, ...]) -> None:
    found = permission(tmp_path, f"direct_delivery: {section}\n", text, recipient)
    assert found.proofs == proofs
    assert bool(found.why_not) is not bool(proofs), "who asks why is told"


def test_a_trusted_domain_gets_it_as_it_is(tmp_path: Path) -> None:
    rules = policy(tmp_path, "trusted_domains: [strict.example]\n" + RULES)
    verdict = rules.judge(mail("peer"), sender=SENDER, recipients=[STRICT])
    assert (verdict.levels, verdict.direct) == ({STRICT: 0}, {})


def test_with_tls_required_it_gets_it_directly_or_in_the_portal(tmp_path: Path) -> None:
    section = "trusted_domains: [{domain: strict.example, tls: required}, lab.example]\n"
    rules = policy(tmp_path, section + RULES)
    verdict = rules.judge(mail("peer"), sender=SENDER, recipients=[STRICT, LAB, RECIPIENT])
    assert verdict.levels == {STRICT: 2, LAB: 0, RECIPIENT: 2}
    assert verdict.direct[STRICT].proofs == ALL
    assert verdict.direct[RECIPIENT].proofs == ()


def test_a_rule_that_keeps_it_home_wins_over_a_trusted_domain(tmp_path: Path) -> None:
    section = "trusted_domains: [{domain: strict.example, tls: required}]\n"
    assert permission(tmp_path, section, "appel", STRICT).why_not == "rule home says direct: false"


@pytest.mark.parametrize("profile", ["zorg", "gemeente", "onderwijs", "juridisch"])
def test_the_profiles_deliver_level_1_directly(profile: str) -> None:
    direct = load_rules(SHIPPED / f"{profile}.yaml").direct
    assert direct.permission(RECIPIENT, 1).proofs == ALL
    assert direct.permission(RECIPIENT, 2).proofs == ()


def test_the_shipped_rules_alone_leave_it_off() -> None:
    assert load_rules(SHIPPED / "rules.yaml").direct.permission(RECIPIENT, 1).proofs == ()
