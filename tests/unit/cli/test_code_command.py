"""`zegel code`: list, set, forget, unblock and import; nothing imported when a line is wrong, and no code is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.cast import OTHER, RECIPIENT, SENDER
from tests.support.level2 import BROWSER, NUMBER, Level2, level2_in
from zegel.cli.main import main
from zegel.unlock.way import Opened

CODE = "groene appel 4827"
Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Level2]:
    made = level2_in(tmp_path)
    yield made
    made.core.close()


@pytest.fixture
def run(home: Level2) -> Run:
    config = str(home.built.folder / "zegel.yaml")

    def run(*words: str, typed: str = "") -> Result:
        return CliRunner().invoke(main, ["code", words[0], "--config", config, *words[1:]], input=typed)

    return run


def test_set_releases_what_waits_and_opens_it(home: Level2, run: Run) -> None:
    (held,) = home.seal(RECIPIENT)
    result = run("set", RECIPIENT.upper(), typed=f"{CODE}\n")
    assert result.output == f"{RECIPIENT}: code set; 1 messages sent that waited for it\n"
    delivery = home.now(held)
    assert (delivery.way, delivery.state) == ("agreed", "notified")
    assert isinstance(home.core.agreed.enter(home.link(delivery), CODE, BROWSER), Opened)
    listed = run("list").output
    assert listed.startswith(f"{RECIPIENT}  code  administrator  ") and listed.endswith("\n1 codes\n")
    assert CODE not in listed


def test_a_known_number_comes_first_and_that_is_said(home: Level2, run: Run) -> None:
    home.phonebook.give(RECIPIENT, NUMBER, SENDER)
    assert "zegel phone forget" in run("set", RECIPIENT, typed=f"{CODE}\n").output
    assert home.seal(RECIPIENT)[0].way == "sms"


def test_a_locked_code_is_unblocked(home: Level2, run: Run) -> None:
    run("set", RECIPIENT, "--question", "Wat stond er op tafel?", typed=f"{CODE}\n")
    (delivery,) = home.seal(RECIPIENT)
    for n in range(10):
        home.core.agreed.enter(home.link(delivery), f"verkeerd {n}", BROWSER)
    assert "  question  " in run("list").output and "locked" in run("list").output
    assert run("unblock", RECIPIENT).exit_code == 0 and run("unblock", RECIPIENT).exit_code == 1
    assert isinstance(home.core.agreed.enter(home.link(delivery), CODE, BROWSER), Opened)


def test_forget_closes_what_it_opened(home: Level2, run: Run) -> None:
    run("set", RECIPIENT, typed=f"{CODE}\n")
    (delivery,) = home.seal(RECIPIENT)
    opened = home.core.agreed.enter(home.link(delivery), CODE, BROWSER)
    assert isinstance(opened, Opened)
    assert run("forget", RECIPIENT).exit_code == 0 and run("forget", RECIPIENT).exit_code == 1
    assert not home.core.access.session(opened.cookie, delivery)
    assert run("list").output == "0 codes\n"


@pytest.mark.parametrize(
    ("address", "typed", "said"),
    [
        ("jan", CODE, "not a mail address"),
        (RECIPIENT, "", "empty"),
        (RECIPIENT, "kort 1", "too short"),
        (RECIPIENT, "jan post 2026", "easy to guess"),
    ],
)
def test_what_is_wrong_is_said_and_not_stored(run: Run, address: str, typed: str, said: str) -> None:
    result = run("set", address, typed=f"{typed}\n")
    assert result.exit_code == 1 and said in result.output
    assert not typed or typed not in result.output
    assert run("list").output == "0 codes\n"


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_csv_is_imported_whole(home: Level2, run: Run, tmp_path: Path, separator: str) -> None:
    lines = [("Address", "Code", "Question"), (RECIPIENT, CODE, ""), (OTHER, "paarse fiets 7731", "Wat zag u daar?")]
    file = tmp_path / "codes.csv"
    file.write_text("\ufeff" + "\n".join(separator.join(line) for line in lines), encoding="utf-8")
    (held,) = home.seal(OTHER)
    assert run("import", str(file)).output == "2 codes imported; 1 messages sent that waited for them\n"
    assert isinstance(home.core.agreed.enter(home.link(held), "Paarse Fiets 7731", BROWSER), Opened)
    assert home.core.agreed.question(held) == "Wat zag u daar?"


def test_every_wrong_line_is_named_without_its_code_and_nothing_is_imported(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    rows = [RECIPIENT, "groene appel 4827", "geen-adres", "groene appel 4828", OTHER, "zwak2026"]
    file.write_text("address,code\n" + "".join(f"{a},{c}\n" for a, c in zip(rows[::2], rows[1::2], strict=True)))
    result = run("import", str(file))
    assert result.exit_code == 1 and "2 lines are wrong" in result.output
    assert f"{file}:3: 'geen-adres' is not" in result.output and f"{file}:4: {OTHER}: the code is" in result.output
    assert not any(code in result.output for code in rows[1::2])
    assert run("list").output == "0 codes\n"
