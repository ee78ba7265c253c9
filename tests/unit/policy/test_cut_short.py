"""A file of rules that lost its end: refused, or as protecting as the whole one."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.unit.policy.policy_mail import rule
from zegel.cli.main import main
from zegel.policy.language.in_force import PolicyInForce
from zegel.policy.language.include import SHIPPED
from zegel.policy.language.load import load_rules
from zegel.yamlfile import FileProblems

PROFILES = ("rules", "zorg", "gemeente", "onderwijs", "juridisch")
WHOLE = "# begin of rules\nversion: 1\nrules:\n" + rule("{words: [apollo]}") + "\n# end of rules\n"


def taken(file: Path) -> list[tuple[str, int]] | None:
    """The rules and levels in `file`; None when it is refused."""
    try:
        return [(one.id, one.level) for one in load_rules(file).rules]
    except FileProblems:
        return None


@pytest.mark.slow
@pytest.mark.parametrize("profile", PROFILES)
def test_a_shipped_file_cut_anywhere_is_refused_or_whole(
    tmp_path: Path, profile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zegel.policy.language.load.try_rule", lambda *_: 0)  # tests can only refuse more
    text = (SHIPPED / f"{profile}.yaml").read_text(encoding="utf-8")
    file = tmp_path / "rules.yaml"
    whole = taken(SHIPPED / f"{profile}.yaml")
    assert whole
    lines = text.splitlines(keepends=True)
    step = 1 if len(lines) < 60 else 25  # each load compiles every pattern
    ends = ["".join(lines[:n]) for n in range(len(lines)) if n % step == 0 or n > len(lines) - 6]
    ends += [text[:-5], text[:-2], text[:8], text[:16]]
    for end in ends:
        file.write_text(end, encoding="utf-8")
        assert taken(file) in (None, whole), f"cut after {len(end)} signs"


def test_a_cut_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text(WHOLE.rpartition("#")[0])
    (tmp_path / "rules.yaml").write_text("version: 1\ninclude: [shipped, ours.yaml]\n")
    with pytest.raises(FileProblems) as refused:
        load_rules(tmp_path / "rules.yaml")
    (problem,) = refused.value.problems
    assert Path(problem.file).name == "ours.yaml" and problem.line == len(WHOLE.splitlines()) - 1
    assert "looks cut short" in problem.message and "# end of rules" in problem.message


@pytest.mark.parametrize("text", [WHOLE, WHOLE.replace("\n", "\r\n"), "\ufeff" + WHOLE, WHOLE + "\n# later\n"])
def test_a_whole_file_is_taken_however_an_editor_writes_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "rules.yaml").write_bytes(text.encode())
    assert len(load_rules(tmp_path / "rules.yaml").rules) == 1


@pytest.mark.parametrize(
    "mark", ["  # end of rules\n", "# end of rul\n", "# the end of rules\n", 'x: "# end of rules"\n']
)
def test_what_is_no_end_mark_ends_no_file(tmp_path: Path, mark: str) -> None:
    (tmp_path / "rules.yaml").write_text(WHOLE.replace("# end of rules\n", mark))
    assert taken(tmp_path / "rules.yaml") is None


def test_check_says_how_a_file_without_marks_gets_them(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(WHOLE)
    assert "begin it with" not in CliRunner().invoke(main, ["rules", "check", str(file)]).output
    file.write_text(WHOLE.replace("# begin of rules\n", ""))
    done = CliRunner().invoke(main, ["rules", "check", str(file)])
    assert done.exit_code == 0 and "begin it with the line '# begin of rules'" in done.output


def several(count: int) -> str:
    return "version: 1\nlists: {}\nrules:\n" + "\n".join(rule("{words: [apollo]}", name=f"r{n}") for n in range(count))


@pytest.mark.parametrize(("count", "followed"), [(4, True), (3, True), (2, True), (1, False), (0, False)])
def test_much_smaller_rules_come_into_force_only_when_somebody_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, count: int, followed: bool
) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(several(4))
    policy = PolicyInForce(file)
    before = policy()
    file.write_text(several(count) + "\n# changed\n" if count else "version: 1\nlists: {}\n")
    assert policy.refresh() is followed
    assert (policy() is before) is not followed
    if not followed:
        assert f"has {count} rules and had 4" in caplog.text and "systemctl reload zegel-milter" in caplog.text
    assert not policy.refresh()
    assert policy.refresh(force=True)
    assert len(policy().rules) == count
