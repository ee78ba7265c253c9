"""The last good policy stays in force: through broken files, cut ones, a restart, and an older Zegel."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from tests.support.cast import Built
from zegel.cli.main import main
from zegel.policy.language.in_force import PolicyInForce
from zegel.policy.language.kept import MOST, KeptPolicies
from zegel.policy.language.load import Rules, load_rules
from zegel.yamlfile import FileProblems, Problem

POLICY: dict[str, Any] = {
    "version": 1,
    "lists": {"names": {"file": "lists/names.txt"}, "more": ["apollo", "gemini", "mercury", "vostok"]},
    "always_protect": ["a@x.example", "b@x.example", "c@x.example"],
    "activation": [{"word": "[geheim]", "level": 2}],
    "rules": [
        {"id": "names", "name": {"en": "Names"}, "level": 2, "when": {"words": "names"}},
        {"id": "more", "name": {"en": "More"}, "level": 1, "when": {"any": [{"words": "more"}, {"words": ["soyuz"]}]}},
        {
            "id": "bsn",
            "name": {"en": "BSN"},
            "level": 1,
            "when": {"detector": "bsn"},
            "tests": {"match": ["BSN 111222333"]},
        },
    ],
}
NAMES = "".join(f"naam{number}\n" for number in range(12))


def write(folder: Path, change: Callable[[dict[str, Any]], object] = lambda _: None, names: str = NAMES) -> Path:
    policy = json.loads(json.dumps(POLICY))
    change(policy)
    (folder / "lists").mkdir(exist_ok=True)
    (folder / "lists" / "names.txt").write_text(names)
    (folder / "rules.yaml").write_text(yaml.safe_dump(policy, sort_keys=False))
    return folder / "rules.yaml"


def start(folder: Path) -> PolicyInForce:
    return PolicyInForce(folder / "rules.yaml", kept=KeptPolicies(folder / "kept"))


def levels(policy: PolicyInForce) -> list[tuple[str, int]]:
    return [(rule.id, rule.level) for rule in policy().rules]


WHOLE = [("names", 2), ("more", 1), ("bsn", 1)]


def cut(key: str, left: Any) -> Callable[[dict[str, Any]], object]:
    return lambda policy: policy.__setitem__(key, left) if left is not None else policy.pop(key)


MUCH_LESS = pytest.mark.parametrize(
    ("change", "names", "said"),
    [
        (lambda p: p["rules"].__delitem__(slice(1, None)), NAMES, "has 1 rules and had 3"),
        (lambda p: p.pop("rules"), NAMES, "has 0 rules and had 3"),
        (
            lambda p: [rule.update(level=0) for rule in p["rules"]],
            NAMES,
            "has 0 rules that protect",
        ),
        (lambda p: p["rules"][0].update(level=1), NAMES, "has 0 rules of level 2 and had 1"),
        (lambda _: None, "naam1\nnaam2\n", "has 2 words in names: words:names and had 12"),
        (lambda p: p["lists"].update(more=["apollo"]), NAMES, "has 1 words in more: words:more and had 4"),
        (cut("always_protect", None), NAMES, "has 0 entries under always_protect and had 3"),
        (cut("activation", None), NAMES, "has 0 activation words and had 1"),
    ],
    ids=["rules", "no rules", "levels", "level 2", "list file", "list", "always", "activation"],
)
ORDINARY = pytest.mark.parametrize(
    ("change", "names"),
    [
        (lambda p: p["rules"].__delitem__(slice(2, None)), NAMES),
        (lambda p: p["rules"][1].update(level=2), NAMES),
        (lambda _: None, NAMES.replace("naam3\n", "")),
        (lambda p: p["rules"][2]["tests"].update(match=["BSN 123456782"]), NAMES),
        (lambda p: p["always_protect"].pop(), NAMES),
    ],
    ids=["a rule", "higher", "a word", "a test", "an address"],
)


@MUCH_LESS
@pytest.mark.parametrize("restart", [False, True], ids=["running", "restart"])
def test_much_less_is_taken_only_by_a_persons_word(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], names: str, said: str, restart: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    write(tmp_path)
    policy = start(tmp_path)
    write(tmp_path, change, names)
    if restart:
        policy = start(tmp_path)
    else:
        assert not policy.refresh()
    assert levels(policy) == WHOLE and said in caplog.text and "zegel rules accept" in caplog.text
    told = KeptPolicies(tmp_path / "kept").in_force()
    assert told is not None and told.kept and any(said in each for each in told.why)
    assert not policy.refresh(), "said once, not each time"
    KeptPolicies(tmp_path / "kept").keep(tmp_path / "rules.yaml", load_rules(tmp_path / "rules.yaml"))
    assert policy.refresh() and policy().fingerprint == load_rules(tmp_path / "rules.yaml").fingerprint
    assert start(tmp_path)().fingerprint == policy().fingerprint
    told = KeptPolicies(tmp_path / "kept").in_force()
    assert told is not None and not told.kept


@ORDINARY
@pytest.mark.parametrize("restart", [False, True], ids=["running", "restart"])
def test_an_ordinary_change_needs_no_word(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], names: str, restart: bool
) -> None:
    write(tmp_path)
    policy = start(tmp_path)
    write(tmp_path, change, names)
    if restart:
        policy = start(tmp_path)
    else:
        assert policy.refresh()
    assert policy().fingerprint == load_rules(tmp_path / "rules.yaml").fingerprint
    assert not policy.refresh()


@pytest.mark.parametrize("broken", ["version: 2\n", "", "rules: [", None])
def test_a_broken_file_at_a_restart_leaves_the_last_good_policy(tmp_path: Path, broken: str | None) -> None:
    write(tmp_path)
    start(tmp_path)
    if broken is None:
        (tmp_path / "rules.yaml").unlink()
        (tmp_path / "lists" / "names.txt").unlink()
    else:
        (tmp_path / "rules.yaml").write_text(broken)
    policy = start(tmp_path)
    assert levels(policy) == WHOLE
    told = KeptPolicies(tmp_path / "kept").in_force()
    assert told is not None and told.kept and told.why
    write(tmp_path)
    assert policy.refresh() and not KeptPolicies(tmp_path / "kept").in_force().kept  # type: ignore[union-attr]


def test_a_broken_file_at_the_first_start_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("version: 2\n")
    with pytest.raises(FileProblems):
        start(tmp_path)


def test_an_older_zegel_goes_on_with_what_it_took_before(tmp_path: Path) -> None:
    """The newer rules' tests fail with the older code: it has its own last policy."""
    write(tmp_path)
    start(tmp_path)
    write(tmp_path, lambda p: p["rules"][2]["tests"].update(match=["BSN 123456782"]))
    start(tmp_path)

    def older(path: Path) -> Rules:
        if "123456782" in path.read_text():
            raise FileProblems([Problem(str(path), 9, 1, "the test does not match")])
        return load_rules(path)

    policy = PolicyInForce(tmp_path / "rules.yaml", older, KeptPolicies(tmp_path / "kept"))
    assert "111222333" in policy().files[0].read_text() and levels(policy) == WHOLE


def test_an_older_zegel_that_took_none_goes_by_rules_whose_tests_alone_fail(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path)
    start(tmp_path)

    def older(path: Path) -> Rules:
        raise FileProblems([Problem(str(path), 9, 1, "the test does not match")])

    policy = PolicyInForce(tmp_path / "rules.yaml", older, KeptPolicies(tmp_path / "kept"))
    assert levels(policy) == WHOLE and "although tests of its rules fail" in caplog.text


def test_few_policies_are_kept_and_a_damaged_one_is_passed_over(tmp_path: Path) -> None:
    policy = None
    for number in range(MOST + 3):
        write(tmp_path, lambda p, n=number: p["lists"].update(more=["apollo", "gemini", "mercury", f"w{n}"]))  # type: ignore[misc]
        policy = start(tmp_path) if policy is None else policy
        policy.refresh()
    kept = KeptPolicies(tmp_path / "kept")
    assert len(kept.all()) == MOST
    newest = kept.newest()
    assert newest is not None
    (newest.folder / "kept.json").write_text("{")
    (tmp_path / "rules.yaml").write_text("")
    assert levels(start(tmp_path)) == WHOLE


def test_the_command_is_the_persons_word(built: Built) -> None:
    folder, config = built.folder, ["--config", str(built.folder / "zegel.yaml")]
    write(folder)
    policy = PolicyInForce(folder / "rules.yaml", kept=KeptPolicies(folder / "policy"))
    write(folder, lambda p: p["rules"].__delitem__(slice(1, None)))
    assert not policy.refresh()
    found = CliRunner().invoke(main, ["check", *config]).output
    assert "WRONG   rules: the milter goes by rules of before" in found and "has 1 rules and had 3" in found
    assert CliRunner().invoke(main, ["rules", "accept", *config], input="n\n").exit_code == 1
    assert not policy.refresh()
    done = CliRunner().invoke(main, ["rules", "accept", *config], input="y\n")
    assert done.exit_code == 0 and "has 1 rules and had 3" in done.output
    assert policy.refresh() and levels(policy) == [("names", 2)]
    assert "rules accepted" in [event.kind for event in built.core.vault.store.audit_log.events()]
    assert "ok      rules: " in CliRunner().invoke(main, ["check", *config]).output


def test_rules_that_protect_nothing_are_not_in_order(tmp_path: Path) -> None:
    for text in ("version: 1\nlists: {}\n", "version: 1\nrules: []\n"):
        (tmp_path / "rules.yaml").write_text(text)
        done = CliRunner().invoke(main, ["rules", "check", str(tmp_path / "rules.yaml")])
        assert done.exit_code == 1 and "in order" not in done.output


def test_a_list_outside_the_folder_is_copied_nowhere(tmp_path: Path) -> None:
    """By `..` the copy would leave the folder of kept policies, over whatever lies there."""
    home = tmp_path / "state" / "rules"
    home.mkdir(parents=True)
    (tmp_path / "state" / "words.txt").write_text(NAMES)
    path = write(home, lambda policy: policy["lists"]["names"].update(file="lists/../../words.txt"))
    KeptPolicies(home / "kept").keep(path, load_rules(path))
    assert {each.relative_to(home / "kept").parts[0] for each in (home / "kept").rglob("*")} == {
        "accepted",
        KeptPolicies(home / "kept").newest().folder.name,  # type: ignore[union-attr]
    }
    assert list(home.rglob("words.txt")) == []
