"""`zegel setup` without a machine: answers, changes to zegel.yaml, web sites, and what is printed for a move."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner

from tests.support.cast import Built
from zegel.cli.main import main
from zegel.cli.setup import answers, machine
from zegel.cli.setup.answers import Answers, ask, read_answers
from zegel.cli.setup.machine import NotReady
from zegel.cli.setup.settings_file import EXAMPLE, SettingsFile, check_key, make_key, write_rules
from zegel.settings.model import Settings
from zegel.yaml_edit import NotEditable, changed
from zegel.yamlfile import FileProblems, load

GOOD = """\
organisation: De Kliniek
domains: [kliniek.example, "praktijk.example"]
portal: https://veilig.kliniek.example
languages: [nl, de]
"""


def given(folder: Path, text: str = GOOD) -> Answers:
    file = folder / "answers.yaml"
    file.write_text(text, encoding="utf-8")
    return read_answers(file)


# What is written into zegel.yaml.


@pytest.mark.parametrize(
    ("text", "path", "value", "wanted"),
    [
        ("a: {b: 1}  # why\n", ("a", "b"), 2, "a: {b: 2}  # why\n"),
        ("a: {b: 1}\n", ("a", "c"), "x", "a: {c: x, b: 1}\n"),
        ("a:\n  # why\n  b: 'one'\nc: 1\n", ("a", "b"), "two: 2", "a:\n  # why\n  b: 'two: 2'\nc: 1\n"),
        ("a:\n  b: 1\n#  c: [x]\n# d:\nz: 1\n", ("a", "c"), ["y"], "a:\n  b: 1\n  c: [y]\n# d:\nz: 1\n"),
        ("a:\n    b: 1\n", ("a", "c"), 2, "a:\n    c: 2\n    b: 1\n"),
        ("d:\n  - one\n  # old\n  - two\n# after\nz: 1\n", ("d",), ["x", "y"], "d:\n  - x\n  - y\n# after\nz: 1\n"),
        ("d:\n- one\nz: 1\n", ("d",), ["x"], "d:\n- x\nz: 1\n"),
        ("d: [one,\n  two]\n", ("d",), ["x"], "d: [x]\n"),
        ("#s:\n#  g: none\n#  h: 1\nz: 1\n", ("s", "g"), "k", "s:\n  g: k\n#  h: 1\nz: 1\n"),
        ("#s:\n#  h: 1\n", ("s", "g"), "k", "s:\n  g: k\n#  h: 1\n"),
        ("s:\nz: 1\n", ("s", "g"), "k", "s:\n  g: k\nz: 1\n"),
        ("s: {}\n", ("s", "g"), "k", "s:\n  g: k\n"),
        ("a: 1", ("s", "g"), "k", "a: 1\ns:\n  g: k\n"),
        ("", ("d",), ["x"], "d: [x]\n"),
        ("n: é # ü\nm: 1\n", ("m",), "ß", "n: é # ü\nm: ß\n"),
        ("a: 1\r\nb: 2\r\n", ("a",), 3, "a: 3\r\nb: 2\r\n"),
        ("a: on\n", ("a",), "on", "a: 'on'\n"),
        ("a: >\n  long\n  text\nb: 1\n", ("a",), "short", "a: short\nb: 1\n"),
    ],
)  # fmt: skip
def test_one_value_is_changed_and_every_other_letter_stays(
    text: str, path: tuple[str, ...], value: Any, wanted: str
) -> None:
    assert yaml.safe_load(changed(text, {path: value})) == yaml.safe_load(wanted)
    if not text.startswith("a: >"):
        assert changed(text, {path: value}) == wanted


@pytest.mark.parametrize("text", ["a: &x {b: 1}\nc: *x\n", "a: [1]\n", "- a\n", "{a: {b: 1}}\n"])
def test_what_cannot_be_changed_without_risk_is_refused_or_right(text: str) -> None:
    try:
        new = changed(text, {("a", "b"): 2})
    except NotEditable:
        return
    assert yaml.safe_load(new) == yaml.safe_load(text) | {"a": yaml.safe_load(text)["a"] | {"b": 2}}


def test_the_shipped_settings_take_the_answers_where_their_keys_stand(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "zegel.yaml")
    assert file.document == {}
    answered = given(tmp_path, GOOD + "sms: {gateway: kannel, kannel: {user: zegel, password_file: kannel.pw}}\n")
    settings = file.take(answered)
    assert not (tmp_path / "zegel.yaml").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers.yaml"]
    file.write()
    assert (settings.organisation.name, settings.organisation.languages) == ("De Kliniek", ("nl", "de"))
    assert settings.domains == ("kliniek.example", "praktijk.example")
    assert settings.sms.kannel.password_file == tmp_path / "kannel.pw"
    text = (tmp_path / "zegel.yaml").read_text(encoding="utf-8")
    comments = [line for line in EXAMPLE.read_text("utf-8").splitlines() if re.match(r"# \S", line)]
    assert [line for line in comments if line not in text.splitlines()] == []
    again = SettingsFile(tmp_path / "zegel.yaml")
    assert again.take(answered) == settings
    assert not again.differs and list(again.changes()) == []


def test_settings_of_somebody_else_keep_what_is_not_asked_and_their_mode(tmp_path: Path) -> None:
    path = tmp_path / "zegel.yaml"
    path.write_text(
        "organisation: {name: Oud, support: 'https://h.example'}\n"
        "domains:\n- oud.example # the old one\nportal:\n  url: https://oud.example\n  threads: 4 # few\n"
    )
    path.chmod(0o640)
    file = SettingsFile(path)
    assert file.document["organisation"]["name"] == "Oud"
    file.take(given(tmp_path))
    file.write()
    settings = load(path, Settings)[0]
    assert (settings.organisation.support, settings.portal.threads) == ("https://h.example", 4)
    assert "threads: 4 # few" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_link_to_the_settings_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "real.yaml"
    real.write_text(EXAMPLE.read_text("utf-8"))
    (tmp_path / "zegel.yaml").symlink_to(real)
    file = SettingsFile(tmp_path / "zegel.yaml")
    file.take(given(tmp_path))
    file.write()
    assert (tmp_path / "zegel.yaml").is_symlink() and "De Kliniek" in real.read_text("utf-8")


def test_settings_that_are_wrong_already_are_told_at_their_line(tmp_path: Path) -> None:
    path = tmp_path / "zegel.yaml"
    for content in (b"organisation: \xff\n", b"a: [\n", b"domains: []\n"):
        path.write_bytes(content)
        with pytest.raises(FileProblems) as refused:
            SettingsFile(path)
        assert refused.value.problems[0].file == str(path)


# Answers.


@pytest.mark.parametrize(
    ("change", "line", "part"),
    [
        (("De Kliniek", '"  "'), 1, "one line"),
        (("De Kliniek", '"a\\nb"'), 1, "one line"),
        (("De Kliniek", "x" * 81), 1, "80"),
        (("kliniek.example,", "kliniek,"), 2, "not a domain"),
        (("domains:", "domain:"), 1, "'domains' is missing"),
        (("https://veilig", "http://veilig"), 3, "not encrypted"),
        (("veilig.kliniek.example", "veilig.kliniek.example/pages"), 3, "a name alone"),
        (("veilig.kliniek.example", "a;return_301.example"), 3, "a name alone"),
        (("veilig.kliniek.example", "u:p@kliniek.example"), 3, "a name alone"),
        (("https://veilig.kliniek.example", "https://veilig.kliniek.example:x"), 3, "Port"),
        (("veilig.kliniek.example", "zörg.example"), 3, "https://xn--zrg-sna.example"),
        (("[nl, de]", "[nl, it]"), 4, "'nl', 'en', 'de' or 'fr'"),
        (("[nl, de]", "[]"), 4, "at least 1"),
        (("languages: [nl, de]\n", ""), 1, "'languages' is missing"),
        (("languages: [nl, de]", "languages: [nl]\nsms: {gateway: kanel}"), 5, "kannel"),
        (("languages: [nl, de]", "languages: [nl]\nsms: {gateway: http}"), 5, "needs sms.http.url"),
        (("languages: [nl, de]", "languages: [nl]\ncertificate: a.pem"), 1, "go together"),
        (("languages: [nl, de]", "languages: [nl]\ntest_to: a@kliniek.example"), 1, "inside your domains"),
        (("languages: [nl, de]", "languages: [nl]\nweb_server: caddy"), 5, "nginx"),
        (("organisation: ", "organisation: ["), 1, "not closed where it should be"),
    ],
)
def test_a_wrong_answer_is_refused_at_its_line(tmp_path: Path, change: tuple[str, str], line: int, part: str) -> None:
    with pytest.raises(FileProblems) as refused:
        given(tmp_path, GOOD.replace(*change, 1))
    (problem, *others) = refused.value.problems
    assert problem.line == line, str(problem)
    assert not others or "domain:" in change
    assert part in problem.message


def asked(current: dict[str, Any], typed: str) -> Answers:
    """What somebody who types that has answered."""
    found: list[Answers] = []

    @click.command()
    def command() -> None:
        found.append(ask(current, "kliniek.example"))

    done = CliRunner().invoke(command, input=typed)
    assert done.exit_code == 0, done.output
    return found[0]


def test_enter_takes_what_is_there_and_a_wrong_answer_is_asked_again() -> None:
    first = asked({}, "De Kliniek\nnodots\n\nhttp://x.example\n\nnl klingon\nnl, fr\nnone\n")
    assert first.settings() == {
        ("organisation", "name"): "De Kliniek",
        ("organisation", "languages"): ["nl", "fr"],
        ("domains",): ["kliniek.example"],
        ("portal", "url"): "https://safe.kliniek.example",
    }
    assert asked({}, "K\n\n\n\nfolder\n").settings()[("sms", "gateway")] == "folder"
    assert asked({"sms": {"gateway": "http"}}, "K\n\n\n\nnone\n").settings()[("sms", "gateway")] == "none"
    current = {
        "organisation": {"name": "K", "languages": ["de"]},
        "domains": ["a.example", "b.example"],
        "portal": {"url": "https://p.example"},
        "sms": {"gateway": "http"},
    }
    again = asked(current, "\n\n\n\n\n")
    assert again.settings() == {
        ("organisation", "name"): "K",
        ("organisation", "languages"): ["de"],
        ("domains",): ["a.example", "b.example"],
        ("portal", "url"): "https://p.example",
    }
    assert answers.GATEWAYS[0] == "none"


# Key and rules.


def test_no_second_key_is_made_where_data_is(tmp_path: Path) -> None:
    text = GOOD.replace("organisation: De Kliniek", "organisation: {name: K}").replace(
        "portal: https", "portal: {url: https"
    )
    text = text.replace("kliniek.example\nlang", "kliniek.example}\nlang").replace("languages: [nl, de]\n", "")
    (tmp_path / "zegel.yaml").write_text(text + "storage: {database: zegel.db, master_key: master.key}\n")
    settings = load(tmp_path / "zegel.yaml", Settings)[0]
    (tmp_path / "zegel.db").touch()
    with pytest.raises(NotReady, match="put the key back"):
        make_key(settings)
    (tmp_path / "zegel.db").unlink()
    make_key(settings)
    assert settings.storage.master_key.stat().st_mode & 0o777 == 0o400
    check_key(settings)
    settings.storage.master_key.chmod(0o644)
    with pytest.raises(NotReady, match="chmod 0400"):
        check_key(settings)


def test_rules_are_never_overwritten(tmp_path: Path) -> None:
    write_rules(tmp_path / "rules.yaml")
    (tmp_path / "rules.yaml").write_text("mine")
    with pytest.raises(FileExistsError):
        write_rules(tmp_path / "rules.yaml")


# Web sites.


# The machine.


def test_a_program_that_fails_or_is_missing_says_so() -> None:
    with pytest.raises(NotReady, match="no-such-program is not installed"):
        machine.run("no-such-program")
    with pytest.raises(NotReady, match="the reason"):
        machine.run("sh", "-c", "echo the reason >&2; exit 3")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gets that far")
def test_wrong_answers_end_setup_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").write_text(GOOD.replace("kliniek.example,", "kliniek,"))
    words = ["setup", "--config", str(tmp_path / "new/zegel.yaml"), "--answers", str(tmp_path / "answers.yaml")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 78
    assert f"{tmp_path}/answers.yaml:2:" in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["answers.yaml"]


def test_what_a_move_prints_can_be_run_as_it_is(built: Built, tmp_path: Path) -> None:
    logo = built.folder / "het logo; $x.png"
    logo.write_bytes(b"\x89PNG\r\n\x1a\n")
    config = built.folder / "zegel.yaml"
    secrets = (
        "direct_delivery: {log: mail.log}\n"
        "console: {sign_on: {secret_file: sign-on.secret}}\n"
        "sms: {gateway: folder, voice: {url: 'https://voice.example', secrets: {key: voice.key}}}\n"
    )
    for name in ("sign-on.secret", "voice.key", "mail.log"):
        (built.folder / name).write_text("x")
    config.write_text(config.read_text().replace("{name: De Kliniek}", f"{{name: K, logo: '{logo}'}}") + secrets)
    (built.folder / "rules.yaml").write_text("version: 1\ninclude: shipped\n")
    done = CliRunner().invoke(main, ["move", "--config", str(config), "--to", "two", "--by", str(tmp_path / "a b")])
    assert done.exit_code == 0, done.output
    assert subprocess.run(["bash", "-n"], input=done.output, text=True, check=False).returncode == 0
    (packed,) = [line for line in done.output.splitlines() if line.startswith("tar --create")]
    words = shlex.split(packed)
    assert words[3] == f"--file={tmp_path}/a b/settings.tar"
    # What the data consists of goes with the backup, and Postfix's log stays.
    read = ("zegel.yaml", "rules.yaml", "master.key", logo.name, "voice.key", "sign-on.secret")
    assert sorted(words[4:]) == sorted(str(built.folder / name) for name in read)
    assert "zegel setup --as-it-is" in done.output
