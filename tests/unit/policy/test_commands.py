"""The commands for the data-protection officer: check, test, schema, explain, diff, report."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pydantic import BaseModel

from tests.support.cast import OTHER, RECIPIENT, Built
from tests.unit.policy.policy_mail import policy, rule
from zegel.cli.main import main
from zegel.cli.report import since_when
from zegel.officers.report import lines_of
from zegel.policy.language import condition_sections as condition_model
from zegel.policy.language import sections as model
from zegel.policy.language.json_schema import json_schema
from zegel.vault.tables.audit_events import EventName
from zegel.vault.tables.rule_counts import count_rules

HEALTH = rule(
    "{all: [{detector: bsn}, {words: [diabetes, copd], at_least: 2}]}", level=2, name="health",
    more="tests: {match: ['BSN 111222333: diabetes, copd'], no_match: [BSN 111222333]}",
)  # fmt: skip
BSN = rule("{detector: bsn}", name="bsn")
MAIL = "From: anna@kliniek.example\nTo: jan@post.example\nSubject: Uitslag\n\n{}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    policy(tmp_path, f"rules:\n{HEALTH}")
    (tmp_path / "new.yaml").write_text(f"version: 1\nrules:\n{HEALTH}{BSN}")
    box = tmp_path / "box"
    box.mkdir()
    (box / "1.eml").write_text(MAIL.format("BSN 111222333, diabetes"))
    (box / "2.eml").write_text(MAIL.format("Tot morgen"))
    return tmp_path


def run(*words: object, status: int = 0) -> Result:
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == status, result.output
    return result


def test_testing_counts_what_passed_and_names_what_has_no_tests(folder: Path) -> None:
    said = run("rules", "test", folder / "new.yaml").stdout
    assert "health: 2 tests passed\nbsn: no tests;" in said
    assert said.endswith("2 tests of 2 rules, all passed\n")


def test_a_failing_test_is_an_error_at_its_line(folder: Path) -> None:
    (folder / "new.yaml").write_text((folder / "new.yaml").read_text().replace("no_match: [BSN", "match: [BSN"))
    assert "new.yaml:" in run("rules", "test", folder / "new.yaml", status=1).stdout


def test_explain_says_what_nearly_fired_and_what_was_missing(folder: Path) -> None:
    said = run("rules", "explain", "--rules", folder / "rules.yaml", folder / "box" / "1.eml").stdout
    assert "leaves as it is" in said
    assert "nearly, rule health (level 2): 1 x bsn, 111••••33, in body 1" in said
    assert "missing: 2 different words (1 found)" in said
    assert "111222333" not in said


def test_explain_tries_a_mail_as_an_answer_to_a_reply(folder: Path) -> None:
    mail = folder / "box" / "1.eml"
    said = run("rules", "explain", "--rules", folder / "rules.yaml", "--answers", "2", mail).stdout
    assert "is protected with a code (the whole message)\n  answers a protected reply\n" in said


def test_explain_tells_programs_the_same(folder: Path) -> None:
    lines = run("rules", "explain", "--json", "--rules", folder / "rules.yaml", folder / "box").stdout.splitlines()
    first, second = map(json.loads, lines)
    assert [miss["rule"] for miss in first["nearly"]] == ["health"]
    assert second["nearly"] == []


@pytest.mark.parametrize(
    ("asked", "level"),
    [
        ((), 0),  # the mail names an excepted sender
        (("--sender", "piet@kliniek.example"), 1),
        (("--sender", "piet@kliniek.example", "--to", "x@lab.example"), 0),
    ],
)
def test_explain_asks_the_mail_who_wrote_it_and_to_whom(folder: Path, asked: tuple[str, ...], level: int) -> None:
    trusted = "trusted_domains: [lab.example]\nrules:\n"
    policy(folder, trusted + rule("{words: [een]}", more="except: {senders: [anna@kliniek.example]}"))
    (folder / "mail.eml").write_text(MAIL.format("een"))
    said = run("rules", "explain", "--json", "--rules", folder / "rules.yaml", *asked, folder / "mail.eml").stdout
    assert json.loads(said)["level"] == level


@pytest.mark.parametrize(
    ("rules", "text", "release"),
    [
        ([("een", "level: 1, release: officer")], "een", 1),
        ([("een", "level: 1")], "een", None),
        ([("een", "level: 2, release: {by: officer, up_to_level: 2}")], "een", 2),
        ([("een", "level: 1, release: officer"), ("twee", "level: 1")], "een twee", None),
        ([("een", "level: 1, release: officer"), ("twee", "level: 1")], "een", 1),
        ([("een", "level: 1, release: officer")], "nul", None),
        ([("een", "level: 1, release: officer"), ("drie", "block: true, reason: {en: Never}")], "een drie", None),
    ],
    ids=["says it", "says nothing", "level 2", "one of two", "the other", "leaves anyway", "is refused"],
)
def test_explain_says_what_an_officer_may_release(
    folder: Path, rules: list[tuple[str, str]], text: str, release: int | None
) -> None:
    each = "".join(
        f"- {{id: {word}, name: {{en: {word}}}, {keys}, when: {{words: [{word}]}}}}\n" for word, keys in rules
    )
    policy(folder, "rules:\n" + each)
    (folder / "mail.eml").write_text(MAIL.format(text))
    asked = ("--sender", "piet@kliniek.example", "--rules", folder / "rules.yaml", folder / "mail.eml")
    assert json.loads(run("rules", "explain", "--json", *asked).stdout).get("release") == release
    said = "an officer may have it sent as an ordinary e-mail, as a false alarm (release)"
    assert (said in run("rules", "explain", *asked).stdout) == bool(release)


def missing(folder: Path, condition: str, body: str, more: str = "") -> str:
    policy(folder, "rules:\n" + rule(condition, more=more))
    (folder / "mail.eml").write_text(MAIL.format(body))
    command = ["rules", "explain", "--json", "--rules", folder / "rules.yaml", "--to", "jan@post.example"]
    nearly = json.loads(run(*command, folder / "mail.eml").stdout)["nearly"]
    return "; ".join(nearly[0]["missing"]) if nearly else "nothing found"


@pytest.mark.parametrize(
    ("condition", "body", "said"),
    [
        ("{detector: bsn}", "Nummer 111222333", "words near the bsn that say what it is"),
        ("{detector: bsn, near: {words: [copd], within: 20}}", "BSN 111222333", "words within 20 signs of bsn"),
        ("{detector: bsn, in: [subject]}", "BSN 111222333", "nothing found"),
        ("{all: [{words: [een]}, {detector: bsn, in: [subject]}]}", "een, BSN 111222333", "bsn in subject, where it"),
        ("{words: [een, twee, drie], at_least: 3}", "een twee", "3 different words (2 found)"),
        ("{all: [{words: [een]}, {not: {words: [twee]}}]}", "een twee", "what the rule rules out: words in"),
        ("{all: [{words: [een]}, {any: [{detector: iban}, {unreadable: corrupt}]}]}", "een", "iban"),
        ("{several: [{words: [een]}, {words: [b]}, {words: [c]}], at_least: 3}", "een", "2 more of 2 signs, such as"),
        ("{all: [{words: [een]}, {several: [{words: [b]}, {words: [c]}]}]}", "een", "2 more of 2 signs, such as words"),
        ("{all: [{words: [een]}, {recipients_at_least: 3}]}", "een", "3 recipients outside"),
        ("{all: [{words: [een]}, {sender: x.example}, {larger_than: 1 MB}]}", "een", "another sender"),
        ("{all: [{words: [een]}, {header: {name: X-A}}, {recipient: x.example}]}", "een", "the header field x-a"),
        ("{all: [{words: [een]}, {filename: a.pdf}, {property: {name: b}}]}", "een", "a file a.pdf"),
        ("{words: [een]}", "twee", "nothing found"),
    ],
)
def test_what_was_missing_is_said_in_words(folder: Path, condition: str, body: str, said: str) -> None:
    assert said in missing(folder, condition, body)


def test_an_exception_is_said_to_be_why(folder: Path) -> None:
    assert missing(folder, "{words: [een]}", "een", "except: {senders: [kliniek.example]}") == "the sender is excepted"
    assert missing(folder, "{words: [een]}", "een", "except: {recipients: [post.example]}") == (
        "every recipient is excepted"
    )


def test_a_recipient_who_gets_everything_is_said_to_be_why(folder: Path) -> None:
    policy(folder, f"trusted_domains: [lab.example]\nrules:\n{BSN}")
    words = ["rules", "explain", "--rules", folder / "rules.yaml", folder / "box" / "1.eml"]
    said = run(*words, "--to", "a@lab.example", "--to", "b@post.example").output
    assert "to a@lab.example: as it is, because never_protect or trusted_domains names them" in said
    assert "to b@post.example: as it is" not in said


def test_the_nearest_of_many_rules_are_told_in_full(folder: Path) -> None:
    rules = "".join(rule("{all: [{detector: bsn}, {words: [copd]}]}", name=f"r{number}") for number in range(5))
    policy(folder, f"rules:\n{rules}")
    said = run("rules", "explain", "--rules", folder / "rules.yaml", folder / "box" / "1.eml").output
    assert said.count("missing:") == 3
    assert "less nearly, rule r3, r4: --json says what they missed" in said


def test_two_of_many_ways_are_told(folder: Path) -> None:
    ways = ", ".join(f"{{all: [{{words: [een]}}, {{words: [w{number}x]}}]}}" for number in range(6))
    said = missing(folder, f"{{any: [{ways}]}}", "een")
    assert "filenames (w0x) or words in " in said and "(w1x)" in said and said.endswith(" or 4 other ways")


def test_a_profile_is_gone_on_with_below_its_last_line(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    run("rules", "new", "--profile", "onderwijs", file)
    text = file.read_text()
    assert "in order" in run("rules", "check", file).output
    file.write_text(text.replace("# end of rules", BSN.replace("bsn", "own-bsn", 1) + "# end of rules"))
    assert "in order" in run("rules", "check", file).output


def test_diff_names_the_mails_that_would_be_treated_differently(folder: Path) -> None:
    said = run("rules", "diff", folder / "rules.yaml", folder / "new.yaml", folder / "box").stdout
    assert re.search(r"1\.eml:\n  old: leaves as it is\n  new: is protected with a password .*, by bsn", said)
    assert "2.eml" not in said
    assert said.endswith("1 of 2 mails would be treated differently\n")
    line = run("rules", "diff", "--json", folder / "rules.yaml", folder / "new.yaml", folder / "box").stdout
    assert json.loads(line)["new"] == {"levels": {"jan@post.example": 1}, "scope": "message", "rules": ["bsn"]}


# The schema.


def references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref":
                yield value
            yield from references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from references(value)


def test_the_schema_is_whole_and_knows_every_key_with_its_meaning() -> None:
    schema = json.loads(run("rules", "schema").stdout)
    assert schema == json_schema()
    assert {name.removeprefix("#/$defs/") for name in references(schema)} <= set(schema["$defs"])
    sections: list[type[BaseModel]] = [model.RuleSection, model.Sample, condition_model.NearSection]
    for section in [*condition_model.CONDITIONS.values(), *sections]:
        keys = {info.alias or name for name, info in section.model_fields.items()}
        properties = schema["$defs"][section.__name__]["properties"]
        assert set(properties) == keys
        assert all(field["description"] for field in properties.values())
    assert set(schema["properties"]) == set(model.PolicySection.model_fields)


# The report.


def test_the_report_counts_per_rule_from_the_hour_of_the_moment_asked(built: Built) -> None:
    hour, store = 3600, built.core.vault.store
    events: list[tuple[EventName, int, dict[str, Any]]] = [
        ("sealed", hour - 1, {"level": 2, "rules": ["health"], "recipients": 9}),
        ("sealed", hour, {"level": 1, "rules": ["bsn"], "recipients": 1}),
        ("sealed", hour + 100, {"level": 2, "rules": ["health", "bsn"], "recipients": 3}),
        ("observed", 3 * hour, {"rules": ["trial", "trial"]}),
        ("opened", 3 * hour, {}),
        ("false alarm", 4 * hour, {"rules": ["bsn"]}),
    ]
    for kind, at, details in events:
        store.write(partial(store.audit_log.record, kind, "zegel", at, **details))
    lines = lines_of(store.rule_counts.since(hour + 50))
    assert [(x.rule, x.messages, x.recipients, x.observed, x.false_alarms, x.levels) for x in lines] == [
        ("bsn", 2, 4, 0, 1, {1: 1, 2: 1}),
        ("health", 1, 3, 0, 0, {2: 1}),
        ("trial", 0, 0, 1, 0, {}),
    ]


def test_a_migrated_database_counts_what_its_audit_log_has(built: Built) -> None:
    built.seal(RECIPIENT, OTHER)
    store = built.core.vault.store
    counted = list(store.rule_counts.since(0))
    assert [(each.rule, each.outcome, each.messages, each.recipients) for each in counted] == [("bsn", "sealed", 1, 2)]
    database: Any = store.database
    store.write(lambda: database.execute_sql("DELETE FROM rule_count"))
    store.write(lambda: count_rules(database))
    assert list(store.rule_counts.since(0)) == counted


def test_since_is_a_day_or_a_span() -> None:
    assert since_when("1d", 100_000) == 13_600
    with pytest.raises(ValueError):
        since_when("soon", 0)
