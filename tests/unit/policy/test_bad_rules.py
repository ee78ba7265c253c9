"""Every wrong file in tests/bad_rules is refused with the mistakes that its first lines announce, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from zegel.policy.language.load import load_rules
from zegel.yamlfile import FileProblems

FOLDER = Path(__file__).resolve().parents[2] / "bad_rules"
FILES = sorted(FOLDER.glob("*.yaml"))


def announced(file: Path) -> list[tuple[str, str]]:
    """Place and part of the message, as `# expect: 3:5: unknown key` says; another file's place with its name."""
    found = re.findall(r"^# expect: ((?:\S+:)?\d+:\d+): (.+)$", file.read_text(), re.MULTILINE)
    return [(place, message) for place, message in found]


def place(file: Path, problem_file: str, line: int, column: int) -> str:
    name = Path(problem_file)
    return f"{line}:{column}" if name == file else f"{name.relative_to(FOLDER)}:{line}:{column}"


def test_there_are_enough_of_them() -> None:
    assert len(FILES) >= 40


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_wrong_file_is_refused_with_every_mistake_at_its_place(file: Path) -> None:
    expected = announced(file)
    assert expected, "announces nothing"
    with pytest.raises(FileProblems) as refused:
        load_rules(file)
    found = [(place(file, p.file, p.line, p.column), p.message) for p in refused.value.problems]
    assert [where for where, _ in found] == [where for where, _ in expected], found
    for (_, message), (_, part) in zip(found, expected, strict=True):
        assert part in message


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_message_says_what_to_do(file: Path) -> None:
    with pytest.raises(FileProblems) as refused:
        load_rules(file)
    for problem in refused.value.problems:
        assert re.search(r"; |has to (be|hold)|had|one of", problem.message), problem.message


def test_a_file_that_is_missing_is_one_mistake(tmp_path: Path) -> None:
    with pytest.raises(FileProblems) as refused:
        load_rules(tmp_path / "rules.yaml")
    assert [problem.line for problem in refused.value.problems] == [0]


def test_a_list_file_in_another_charset_is_refused_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_bytes("een\nbeëindiging\n".encode("latin-1"))
    (tmp_path / "rules.yaml").write_text("version: 1\nlists: {names: {file: names.txt}}\n")
    with pytest.raises(FileProblems) as refused:
        load_rules(tmp_path / "rules.yaml")
    assert [(Path(p.file).name, p.line) for p in refused.value.problems] == [("names.txt", 2)]


def test_the_same_address_cannot_be_both_always_and_never_protected(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(
        "version: 1\nnever_protect: [jan@post.example]\nalways_protect: [a@b.example, Jan@post.example]\n"
    )
    with pytest.raises(FileProblems) as refused:
        load_rules(tmp_path / "rules.yaml")
    assert [(p.line, p.column) for p in refused.value.problems] == [(3, 31)]


def test_a_pattern_that_would_take_forever_elsewhere_takes_no_time_here(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(
        "version: 1\nrules:\n- id: bomb\n  name: {en: Bomb}\n  level: 1\n  when: {pattern: '(a+)+$b'}\n"
        f"  tests: {{no_match: [{'a' * 5000}]}}\n"
    )
    load_rules(tmp_path / "rules.yaml")
