"""From what rules find to what happens: levels per recipient, scope, activation, and what is said about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.policy.policy_mail import OTHER, PARTNER, RECIPIENT, SENDER, mail, policy, rule
from zegel.i18n.languages import LANGUAGES
from zegel.message.reader import Mail
from zegel.policy.language.load import Rules
from zegel.policy.verdict import BUILT_IN_NAMES, Verdict

SECRET = "BSN 111222333"
SLOWER = 3
"""How much slower than a quiet core a busy machine may be before a test of time fails."""
POLICY = """\
activation:
  - {word: "[veilig]", level: 1}
  - {word: "[zeer veilig]", level: 2}
trusted_domains: [insurer.example, "*.gov.example"]
never_protect: [fax@post.example]
always_protect: [archive.example, boss@insurer.example]
minimum_level: {strict.example: 2, Alderman@town.example: 2}
rules:
"""
EXCEPT = f"""\
except:
  recipients: {OTHER}
  senders: [boekhouding@kliniek.example]
  values: [NL91 ABNA 0417 1643 00]
"""
RULES = (
    POLICY
    + rule("{detector: bsn}", name="person")
    + rule("{words: [geheim]}", name="secret", level=2)
    + rule("{words: [proef]}", name="trial", level=0)
    + rule("{words: [geheel]}", name="whole", more="scope: message")
    + rule("{detector: iban}", name="account", more=EXCEPT)
)


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    return policy(tmp_path_factory.mktemp("policy"), RULES)


def judge(rules: Rules, it: Mail, *recipients: str, sender: str = SENDER) -> Verdict:
    return rules.judge(it, sender=sender, recipients=recipients or (RECIPIENT,))


def test_nothing_found_is_level_0(rules: Rules) -> None:
    verdict = judge(rules, mail("Tot morgen!"))
    assert (verdict.level, verdict.levels, verdict.rules) == (0, {RECIPIENT: 0}, ())
    assert verdict.matches == verdict.observed == ()
    assert verdict.reason("nl") == ""


def test_the_highest_level_wins_and_names_the_reason(rules: Rules) -> None:
    verdict = judge(rules, mail(f"{SECRET}, dit is geheim"))
    assert (verdict.level, verdict.levels) == (2, {RECIPIENT: 2})
    assert verdict.rules == ("secret", "person")
    assert (verdict.reason("nl"), verdict.reason("en"), verdict.reason("fr")) == (
        "regel secret", "rule secret", "rule secret",
    )  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("built_in", BUILT_IN_NAMES)
def test_what_no_rule_names_has_words_in_every_language(built_in: str, language: str) -> None:
    assert BUILT_IN_NAMES[built_in][language]


def test_a_rule_may_be_named_in_any_language_and_in_one_alone(tmp_path: Path) -> None:
    named = rule("{words: [geheim]}", name="secret").replace("{nl: regel secret, en: rule secret}", "{fr: règle}")
    verdict = judge(policy(tmp_path, "rules:\n" + named), mail("geheim"))
    assert [verdict.reason(each) for each in LANGUAGES] == ["règle"] * len(LANGUAGES)


def test_a_rule_of_level_0_is_observed_only(rules: Rules) -> None:
    verdict = judge(rules, mail("een proef"))
    assert (verdict.level, verdict.matches, verdict.rules) == (0, (), ())
    assert [(match.rule, match.level) for match in verdict.observed] == [("trial", 0)]


def test_recipients_each_have_their_level(rules: Rules) -> None:
    verdict = judge(
        rules, mail(SECRET), RECIPIENT, PARTNER, "a@tax.gov.example", "fax@post.example", "x@strict.example",
        "boss@insurer.example", "alderman@town.example",
    )  # fmt: skip
    assert verdict.levels == {
        RECIPIENT: 1,
        PARTNER: 0,
        "a@tax.gov.example": 0,
        "fax@post.example": 0,
        "x@strict.example": 2,
        "boss@insurer.example": 1,
        "alderman@town.example": 2,
    }
    assert verdict.level == 2


def test_a_mail_to_trusted_domains_only_is_not_protected_but_explained(rules: Rules) -> None:
    verdict = judge(rules, mail(SECRET), PARTNER, "x@INSURER.example")
    assert verdict.level == 0
    assert [match.rule for match in verdict.matches] == ["person"]


def test_always_protect_needs_no_finding(rules: Rules) -> None:
    verdict = judge(rules, mail("Tot morgen!"), "depot@archive.example", RECIPIENT)
    assert verdict.levels == {"depot@archive.example": 1, RECIPIENT: 0}
    assert (verdict.scope, verdict.rules) == ("message", ("always-protect",))
    assert verdict.reason("nl") == "e-mail aan deze ontvanger is altijd beveiligd"


def test_a_minimum_level_alone_protects_nothing(rules: Rules) -> None:
    assert judge(rules, mail("Tot morgen!"), "x@strict.example").level == 0


def test_without_recipients_the_level_is_that_for_an_ordinary_one(rules: Rules) -> None:
    verdict = rules.judge(mail(SECRET), sender=SENDER, recipients=())
    assert (verdict.level, verdict.levels) == (1, {})


def test_scope_is_files_when_all_findings_are_in_files(rules: Rules) -> None:
    verdict = judge(rules, mail("Zie bijlage", attachments={"a.txt": SECRET, "b.txt": "niets"}))
    assert (verdict.scope, verdict.hit_parts) == ("files", frozenset({"2"}))
    assert [(match.where, match.part) for match in verdict.matches] == [("attachments", "2:inside.txt")]


def test_what_stands_in_the_name_of_a_file_holds_the_message_back_because_the_card_shows_the_name(rules: Rules) -> None:
    verdict = judge(rules, mail("Zie bijlage", attachments={"niets.txt": "", "bsn_111222333.txt": "niets"}))
    assert (verdict.scope, verdict.hit_parts) == ("message", frozenset({"3"}))


def test_a_rule_about_names_of_files_holds_the_files_back(tmp_path: Path) -> None:
    rules = policy(tmp_path, "rules:\n" + rule("{filename: 'loon*'}"))
    verdict = judge(rules, mail("Zie bijlage", attachments={"loonstrook.pdf": ""}))
    assert (verdict.scope, verdict.hit_parts) == ("files", frozenset({"2"}))


@pytest.mark.parametrize(
    "it",
    [
        mail(SECRET, attachments={"a.txt": SECRET}),
        mail("Zie bijlage", subject=SECRET, attachments={"a.txt": SECRET}),
        mail("Zie bijlage", headers={"X-Note": SECRET}),
        mail("Zie bijlage", attachments={"a.txt": "geheel"}),
        mail("Zie bijlage", subject="[veilig] uitslag", attachments={"a.txt": SECRET}),
    ],
    ids=["body", "subject", "header", "forced by the rule", "asked by the sender"],
)
def test_scope_is_message_otherwise(rules: Rules, it: Mail) -> None:
    assert judge(rules, it).scope == "message"


def test_a_rule_that_observes_does_not_widen_the_scope(rules: Rules) -> None:
    verdict = judge(rules, mail("een proef", subject="proef", attachments={"a.txt": SECRET}))
    assert (verdict.scope, verdict.subject_hit) == ("files", False)


def test_a_finding_in_the_subject_is_said(rules: Rules) -> None:
    assert judge(rules, mail(subject=SECRET)).subject_hit
    assert not judge(rules, mail(SECRET, subject="uitslag")).subject_hit


@pytest.mark.parametrize(
    ("again", "subject_hit", "header_hit"),
    [
        ({"subject": "dossier 111.222.333"}, True, False),
        ({"body": "Zie het dossier van 111222333."}, False, False),
        ({"headers": {"From": "Jan (111 222 333) <jan@kliniek.example>"}}, False, True),
        ({"attachments": {"111222333.txt": SECRET}}, False, False),
    ],
    ids=["subject", "body", "headers", "file name"],
)
def test_what_was_found_in_a_file_is_carried_nowhere_else(
    rules: Rules, again: dict[str, Any], subject_hit: bool, header_hit: bool
) -> None:
    verdict = judge(rules, mail(**{"body": "Zie bijlage", "attachments": {"a.txt": SECRET}, **again}))
    assert (verdict.scope, verdict.subject_hit, verdict.header_hit) == ("message", subject_hit, header_hit)


def test_words_that_were_found_may_stand_elsewhere(rules: Rules) -> None:
    verdict = judge(rules, mail("Zie bijlage 12", attachments={"a.txt": SECRET, "b.txt": "geheim"}))
    assert verdict.scope == "files"


@pytest.mark.parametrize(
    ("it", "level", "words"),
    [
        (mail("Hallo", subject="[veilig] uitslag"), 1, ("[veilig]",)),
        (mail("Hallo", subject="uitslag [VEILIG]"), 1, ("[veilig]",)),
        (mail("Hallo [zeer  veilig]"), 2, ("[zeer veilig]",)),
        (mail("Hallo [zeer veilig]", subject="[Veilig]"), 2, ("[veilig]", "[zeer veilig]")),
        (mail("Hallo veilig [ veilig ] [onveilig]"), 0, ()),
        (mail("Hallo", attachments={"[veilig].txt": "[veilig]"}), 0, ()),
    ],
)
def test_a_sender_can_ask_by_hand(rules: Rules, it: Mail, level: int, words: tuple[str, ...]) -> None:
    verdict = judge(rules, it)
    assert (verdict.level, verdict.activation) == (level, words)
    assert not verdict.subject_hit
    assert verdict.reason("en") == ("protected at the sender's request" if level else "")


def test_asking_by_hand_raises_what_a_rule_gave(rules: Rules) -> None:
    verdict = judge(rules, mail(SECRET, subject="[zeer veilig]"))
    assert (verdict.level, verdict.rules) == (2, ("activation", "person"))


@pytest.mark.parametrize(
    ("subject", "body", "recipient", "level"),
    [
        ("[veilig]", "Hallo", PARTNER, 1),
        ("[zeer veilig]", "Hallo", PARTNER, 2),
        ("", SECRET, PARTNER, 0),
        ("[veilig]", SECRET, PARTNER, 1),
        ("[veilig]", "Hallo", "x@strict.example", 1),
        ("[veilig]", SECRET, "x@strict.example", 2),
        ("[zeer veilig]", SECRET, "fax@post.example", 0),
        ("[zeer veilig]", "Hallo", "depot@archive.example", 2),
    ],
)
def test_what_a_sender_asks_beats_trust_and_minimum_but_not_never(
    rules: Rules, subject: str, body: str, recipient: str, level: int
) -> None:
    assert judge(rules, mail(body, subject=subject), recipient).levels == {recipient: level}


def test_exceptions_hold_for_their_rule_only(rules: Rules) -> None:
    account = "rekening BE68 5390 0754 7034"
    assert judge(rules, mail(account), RECIPIENT, OTHER).levels == {RECIPIENT: 1, OTHER: 0}
    assert judge(rules, mail(account), OTHER).level == 0
    assert judge(rules, mail(account), sender="boekhouding@kliniek.example").level == 0
    assert judge(rules, mail(f"{account} {SECRET}"), OTHER).rules == ("person",)


def test_an_excepted_value_does_not_count_however_it_is_written(rules: Rules) -> None:
    assert judge(rules, mail("NL91ABNA0417164300, nl91 abna 0417 1643 00")).level == 0
    assert judge(rules, mail("NL91ABNA0417164300 en BE68539007547034")).matches[0].count == 1
