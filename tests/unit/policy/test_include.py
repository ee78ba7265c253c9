"""`include:` and `levels:` in rules.yaml, the profiles, and lists of addresses."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.unit.policy.policy_mail import RECIPIENT, SENDER, mail, policy, rule
from zegel.cli.main import main
from zegel.policy.language.include import SHIPPED
from zegel.policy.language.load import load_rules
from zegel.yamlfile import FileProblems

PROFILES = ("zorg", "gemeente", "onderwijs", "juridisch")
LEGAL = "Mevrouw Hoekstra kreeg een dagvaarding; het kort geding dient vrijdag."


def test_the_shipped_rules_come_with_other_levels_and_ones_own_rules_behind_them(tmp_path: Path) -> None:
    own = rule("{words: [apollo]}", name="apollo")
    rules = policy(tmp_path, f"include: shipped\nlevels: {{legal-and-person: 2, bsn: off}}\nrules:\n{own}")
    levels = {one.id: one.level for one in rules.rules}
    assert levels["legal-and-person"] == 2
    assert "bsn" not in levels
    assert list(levels)[-1] == "apollo"
    assert rules.judge(mail(LEGAL), sender=SENDER, recipients=[RECIPIENT]).level == 2
    assert SHIPPED / "rules.yaml" in rules.files


def test_a_mistake_is_reported_in_the_file_that_has_it(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("version: 1\nrules:\n" + rule("{detector: bns}"))
    with pytest.raises(FileProblems) as refused:
        policy(tmp_path, "include: base.yaml\n")
    (problem,) = refused.value.problems
    assert (Path(problem.file).name, problem.line, problem.column) == ("base.yaml", 6, 22)


def test_a_mistake_in_the_including_file_is_reported_there(tmp_path: Path) -> None:
    with pytest.raises(FileProblems) as refused:
        policy(tmp_path, "include: shipped\nrules:\n" + rule("{detector: bns}"))
    (problem,) = refused.value.problems
    assert (Path(problem.file).name, problem.line) == ("rules.yaml", 7)


def test_lists_of_the_included_file_are_known_and_can_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "names.txt").write_text("gemini\n")
    base = "version: 1\nlists: {secret: {file: names.txt}, other: [mercury]}\nrules:\n" + rule(
        "{words: secret}", name="a"
    )
    (tmp_path / "deep" / "base.yaml").write_text(base)
    rules = policy(
        tmp_path, "include: [deep/base.yaml]\nlists: {other: [apollo]}\nrules:\n" + rule("{words: other}", name="b")
    )
    found = [
        rules.judge(mail(word), sender=SENDER, recipients=[RECIPIENT]).rules for word in ("gemini", "apollo", "mercury")
    ]
    assert found == [("a",), ("b",), ()]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_is_short_and_loads_where_it_is_written(tmp_path: Path, profile: str) -> None:
    file = tmp_path / "rules.yaml"
    done = CliRunner().invoke(main, ["rules", "new", "--profile", profile, str(file)])
    assert done.exit_code == 0, done.output
    assert len(file.read_text().splitlines()) <= 22
    shipped = {one.id for one in load_rules(SHIPPED / "rules.yaml").rules}
    assert {one.id for one in load_rules(file).rules} >= shipped - {"legal-and-person"}


def test_the_profiles_differ_in_what_they_protect(tmp_path: Path) -> None:
    levels = {}
    for profile in PROFILES:
        rules = load_rules(SHIPPED / f"{profile}.yaml")
        levels[profile] = rules.judge(mail(LEGAL), sender=SENDER, recipients=[RECIPIENT]).level
    assert levels == {"zorg": 0, "gemeente": 0, "onderwijs": 0, "juridisch": 1}


def test_rules_that_are_there_are_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("version: 1\n")
    done = CliRunner().invoke(main, ["rules", "new", str(file)])
    assert done.exit_code == 1
    assert file.read_text() == "version: 1\n"


@pytest.mark.parametrize(
    ("recipient", "level"),
    [("jan@gmail.com", 1), ("eva@hotmail.nl", 1), ("ik@web.de", 1), ("x@ours.example", 1), ("jan@clinic.example", 0)],
)
def test_a_list_can_stand_for_recipients(tmp_path: Path, recipient: str, level: int) -> None:
    rules = policy(
        tmp_path,
        "lists: {mine: [ours.example]}\nrules:\n" + rule("{all: [{words: [apollo]}, {recipient: [freemail, mine]}]}"),
    )
    assert rules.judge(mail("apollo"), sender=SENDER, recipients=[recipient]).level == level


def test_a_list_can_stand_for_those_who_are_excepted_or_trusted(tmp_path: Path) -> None:
    own = "lists: {partners: [a.example, b.example]}\n"
    excepted = policy(tmp_path, f"{own}rules:\n" + rule("{words: [apollo]}", more="except: {recipients: partners}"))
    assert excepted.judge(mail("apollo"), sender=SENDER, recipients=["x@a.example", "x@c.example"]).levels == {
        "x@a.example": 0,
        "x@c.example": 1,
    }
    trusted = policy(tmp_path, f"{own}trusted_domains: [partners]\nrules:\n" + rule("{words: [apollo]}"))
    assert trusted.judge(mail("apollo"), sender=SENDER, recipients=["x@b.example"]).level == 0
