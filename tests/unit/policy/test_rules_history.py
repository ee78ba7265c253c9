"""Saving the rules: checked, with who and why, never over somebody else's change, and any version comes back."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.cast import NOW, Built
from zegel.cli.main import main
from zegel.policy.language.edits import add_word
from zegel.policy.language.kept import KeptPolicies
from zegel.policy.language.load import load_rules
from zegel.rules_history import BY_HAND, CannotSave, ChangedMeanwhile, ProtectsLess, RulesHistory, difference
from zegel.yamlfile import FileProblems

RULES = """\
version: 1
archive_passwords: [lente2026]   # van de salarisadministratie
lists: {projects: [apollo, gemini, mercurius]}
rules:
  - {id: a, name: {en: A}, level: 1, when: {words: projects}}
  - {id: b, name: {en: B}, level: 1, when: {words: [geheim]}}
  - {id: c, name: {en: C}, level: 2, when: {detector: bsn}}
"""
OFFICER = "fg@kliniek.example"


@pytest.fixture
def history(built: Built) -> RulesHistory:
    made = RulesHistory(built.core)
    made.path.write_text(RULES)
    made.path.chmod(0o640)
    return made


def test_a_change_is_saved_with_who_when_and_why(built: Built, history: RulesHistory) -> None:
    before = history.current()
    version = history.save(add_word(before.text, "projects", "juno"), before.digest, OFFICER, "nieuw project")
    assert (version.at, version.who, version.why) == (NOW, OFFICER, "nieuw project")
    assert history.current().text == RULES.replace("mercurius]", "mercurius, juno]")
    assert history.path.stat().st_mode & 0o777 == 0o640
    assert sorted(each.name for each in history.path.parent.glob("*rules.yaml*")) == ["rules.yaml"]
    assert [(each.who, each.why) for each in history.versions()] == [(OFFICER, "nieuw project"), (BY_HAND, "")]
    (event,) = [each for each in built.core.vault.store.audit_log.events() if each.kind == "rules changed"]
    assert (event.actor, event.details["version"], event.details["why"]) == (OFFICER, version.id, "nieuw project")


def test_any_version_comes_back_and_can_be_compared(history: RulesHistory) -> None:
    for word in ("juno", "vesta"):
        before = history.current()
        history.save(add_word(before.text, "projects", word), before.digest, OFFICER, word)
    *_, first = history.versions()
    changes = list(difference(history.text_of(first.id), history.text_of(0)))
    assert [line for line in changes if line[0] in "+-"] == [
        "-lists: {projects: [apollo, gemini, mercurius]}",
        "+lists: {projects: [apollo, gemini, mercurius, juno, vesta]}",
    ]
    history.go_back(first.id, history.current().digest, OFFICER, "terug")
    assert history.current().text == RULES and history.versions()[0].why == "terug"
    with pytest.raises(KeyError):
        history.text_of(999)


def test_what_somebody_changed_by_hand_is_not_overwritten_and_is_kept(history: RulesHistory) -> None:
    before = history.current()
    by_hand = RULES.replace("apollo", "artemis")
    history.path.write_text(by_hand)
    with pytest.raises(ChangedMeanwhile):
        history.save(add_word(before.text, "projects", "juno"), before.digest, OFFICER, "te laat")
    assert history.current().text == by_hand
    assert [each.who for each in history.versions()] == [BY_HAND]
    now = history.current()
    history.save(add_word(now.text, "projects", "juno"), now.digest, OFFICER, "opnieuw")
    assert history.text_of(history.versions()[1].id) == by_hand


def test_of_two_officers_at_once_one_is_told(history: RulesHistory) -> None:
    before, went = history.current(), []

    def save(word: str) -> None:
        try:
            history.save(add_word(before.text, "projects", word), before.digest, OFFICER, word)
            went.append(word)
        except ChangedMeanwhile:
            went.append("told")

    threads = [threading.Thread(target=save, args=(word,)) for word in ("juno", "vesta", "ceres")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each == "told" for each in went) == [False, True, True]
    assert sum(word in history.current().text for word in ("juno", "vesta", "ceres")) == 1


def test_a_mistake_is_said_at_its_place_and_nothing_is_saved(history: RulesHistory) -> None:
    before = history.current()
    with pytest.raises(FileProblems) as refused:
        history.save(before.text.replace("level: 2", "level: 3"), before.digest, OFFICER, "")
    (problem,) = refused.value.problems
    assert (problem.file, problem.line, problem.column) == (str(history.path), 7, 35)
    assert history.current() == before and len(history.versions()) == 1


def test_rules_that_protect_much_less_have_to_be_accepted(built: Built, history: RulesHistory) -> None:
    kept = KeptPolicies(built.core.settings.storage.policies)
    kept.keep(history.path, load_rules(history.path))
    before = history.current()
    less = before.text.replace("level: 1", "level: 0").replace("level: 2", "level: 1")
    with pytest.raises(ProtectsLess) as told:
        history.save(less, before.digest, OFFICER, "")
    assert told.value.less and history.current() == before
    history.save(less, before.digest, OFFICER, "proef", accept_less=True)
    newest = kept.newest()
    assert newest is not None and newest.fingerprint == load_rules(history.path).fingerprint


def test_a_failure_leaves_nothing_behind(built: Built, history: RulesHistory, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = history.current()
    monkeypatch.setattr("zegel.rules_history.os.fsync", full)
    with pytest.raises(CannotSave, match="No space left"):
        history.save(add_word(before.text, "projects", "juno"), before.digest, OFFICER, "")
    assert history.current() == before and list(built.core.vault.store.rules_versions.newest_first()) == []
    assert [each.name for each in history.path.parent.glob("*rules.yaml*")] == ["rules.yaml"]


def test_a_link_stays_a_link(history: RulesHistory, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere"
    real.mkdir()
    history.path.rename(real / "rules.yaml")
    history.path.symlink_to(real / "rules.yaml")
    before = history.current()
    history.save(add_word(before.text, "projects", "juno"), before.digest, OFFICER, "")
    assert history.path.is_symlink() and "juno" in (real / "rules.yaml").read_text()


def test_passwords_in_the_rules_are_not_in_the_database(built: Built, history: RulesHistory) -> None:
    before = history.current()
    history.save(add_word(before.text, "projects", "juno"), before.digest, OFFICER, "")
    with closing(sqlite3.connect(built.folder / "zegel.db")) as database:
        assert b"lente2026" not in "".join(database.iterdump()).encode()


def test_a_large_file_is_not_read(history: RulesHistory) -> None:
    history.path.write_text("# " + "x" * 10_000_000)
    with pytest.raises(FileProblems, match="are the most"):
        history.current()


def test_the_command_lists_compares_and_brings_back(built: Built, history: RulesHistory) -> None:
    before = history.current()
    history.save(add_word(before.text, "projects", "juno"), before.digest, OFFICER, "nieuw project")
    config = ["--config", str(built.folder / "zegel.yaml")]

    def zegel(*words: str) -> Result:
        return CliRunner().invoke(main, ["rules", *words, *config])

    assert [line.split()[0] for line in zegel("history").output.splitlines()] == ["2", "1"]
    assert "+lists: {projects: [apollo, gemini, mercurius, juno]}" in zegel("history", "--diff", "1").output
    assert zegel("history", "--show", "1").output == RULES
    assert zegel("back", "7", "--why", "x").exit_code == 1
    assert zegel("back", "1", "--why", "vergissing").exit_code == 0 and history.current().text == RULES
