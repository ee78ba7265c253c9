"""The policy in force follows every file that it is made of, and never falls back to less than it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from zegel.policy.language.in_force import PolicyInForce
from zegel.yamlfile import FileProblems

POLICY = """\
version: 1
lists: {names: {file: names.txt}}
rules:
- id: names
  name: {en: Names}
  level: 1
  when: {words: names}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules.yaml").write_text(POLICY)
    (tmp_path / "names.txt").write_text("apollo\n")
    return tmp_path


def test_nothing_changed_is_nothing_read(folder: Path) -> None:
    policy = PolicyInForce(folder / "rules.yaml")
    before = policy()
    assert not policy.refresh()
    assert policy() is before
    assert policy.refresh(force=True)


def test_a_changed_list_is_a_changed_policy(folder: Path) -> None:
    policy = PolicyInForce(folder / "rules.yaml")
    before = policy()
    (folder / "names.txt").write_text("apollo\ngemini\n")
    assert policy.refresh()
    assert policy().fingerprint != before.fingerprint
    assert not policy.refresh()


def test_a_list_that_goes_leaves_the_old_rules_in_force_until_it_is_back(folder: Path) -> None:
    policy = PolicyInForce(folder / "rules.yaml")
    before = policy()
    (folder / "names.txt").unlink()
    assert not policy.refresh()
    assert policy() is before
    (folder / "names.txt").write_text("gemini\n")
    assert policy.refresh()


def test_a_list_that_a_new_policy_names_is_followed(folder: Path) -> None:
    (folder / "rules.yaml").write_text("version: 1\nlists: {}\n")
    policy = PolicyInForce(folder / "rules.yaml")
    (folder / "rules.yaml").write_text(POLICY)
    assert policy.refresh()
    (folder / "names.txt").write_text("gemini\n")
    assert policy.refresh()
    assert not policy.refresh()


def test_a_broken_file_at_the_start_is_an_error(folder: Path) -> None:
    (folder / "rules.yaml").write_text("version: 2\n")
    with pytest.raises(FileProblems):
        PolicyInForce(folder / "rules.yaml")
