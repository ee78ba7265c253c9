"""`zegel phone`: list, set, forget, import and export, and nothing imported when a line is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.cast import OTHER, RECIPIENT, SENDER
from tests.support.level2 import NUMBER, Level2, level2_in
from zegel.cli.main import main

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Runs the command on a house of its own."""
    level2_in(tmp_path).core.close()

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["phone", words[0], "--config", str(tmp_path / "zegel.yaml"), *words[1:]])

    yield run


def book(folder: Path) -> dict[str, str]:
    core = level2_in(folder).core
    found = {entry.address: entry.number for entry in core.phonebook.entries()}
    core.close()
    return found


def test_set_list_and_forget(run: Run, tmp_path: Path) -> None:
    assert run("set", "Jan@Post.Example", "06 12 34 59 54").exit_code == 0
    listed = run("list").output
    assert "jan@post.example  +3******954  administrator" in listed and "1 numbers" in listed
    assert NUMBER not in listed
    assert run("forget", RECIPIENT).exit_code == 0
    assert run("forget", RECIPIENT).exit_code == 1
    assert book(tmp_path) == {}


def test_set_releases_what_waits(run: Run, tmp_path: Path) -> None:
    made = level2_in(tmp_path)
    made.seal(OTHER)
    made.core.close()
    assert "1 messages sent that waited for it" in run("set", OTHER, "0612345954").output


@pytest.mark.parametrize(
    ("address", "number", "said"),
    [
        ("jan", "0612345954", "'jan' is not a mail address"),
        (RECIPIENT, "020 1234567", "This is not a mobile number"),
        (RECIPIENT, "+1 202 555 0123", "United States"),
    ],
)
def test_what_is_wrong_is_said_and_not_stored(run: Run, tmp_path: Path, address: str, number: str, said: str) -> None:
    result = run("set", address, number)
    assert result.exit_code == 1 and said in result.output
    assert book(tmp_path) == {}


@pytest.mark.parametrize("number", ["020 1234567", "+32 2 555 12 12", "088 123 4567"])
def test_a_landline_is_refused_with_the_agreed_code_in_its_place(run: Run, tmp_path: Path, number: str) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text(f"address,number\n{RECIPIENT},{number}\n")
    offered = "Or agree on a code with the recipient: zegel code set ADDRESS."
    for result in (run("set", RECIPIENT, number), run("import", str(file))):
        assert result.exit_code == 1 and offered in result.output
    assert offered not in run("set", RECIPIENT, "0612").output
    settings = tmp_path / "zegel.yaml"
    settings.write_text(settings.read_text().replace("phones: {", "phones: {agreed_codes: false, "))
    assert offered not in run("set", RECIPIENT, number).output
    assert book(tmp_path) == {}


def test_a_country_can_be_named(run: Run, tmp_path: Path) -> None:
    assert run("set", "--country", "be", RECIPIENT, "0470 12 34 56").exit_code == 0
    assert book(tmp_path) == {RECIPIENT: "+32470123456"}


@pytest.mark.parametrize(
    "content",
    [
        "address,number\njan@post.example,06 12345954\neva@elders.be,0470 12 34 56\n",
        "address;number;remark\njan@post.example;06 12345954;x\neva@elders.be;0470 12 34 56;y\n",
        "\ufeffNumber,Address\r\n06 12345954,JAN@post.example\r\n0032470123456,eva@elders.be\r\n",
    ],
    ids=["commas", "semicolons", "as a spreadsheet saves it"],
)
def test_a_csv_is_imported_whole(run: Run, tmp_path: Path, content: str) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text(content, encoding="utf-8", newline="")
    assert run("import", str(file)).output == "2 numbers imported; 0 messages sent that waited for them\n"
    assert book(tmp_path) == {RECIPIENT: NUMBER, "eva@elders.be": "+32470123456"}


def test_every_wrong_line_is_named_and_nothing_is_imported(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text(
        "address,number\njan@post.example,0612345954\njan,0612345954\neva@elders.example,020 1234567\n"
        "JAN@post.example,0687654321\nx@y.example\n"
    )
    result = run("import", str(file))
    assert result.exit_code == 1
    for wanted in (
        f"{file}:3: 'jan' is not a mail address",
        f"{file}:4: eva@elders.example: This is not a mobile number",
        f"{file}:5: jan@post.example stands in the file twice",
        f"{file}:6: x@y.example: Type a number",
        "4 lines are wrong, so nothing was imported",
    ):
        assert wanted in result.output
    assert book(tmp_path) == {}


@pytest.mark.parametrize("content", [b"", b"name,phone\na,b\n", b"address,number\n\xff,0612345954\n"])
def test_what_is_no_such_csv_is_refused(run: Run, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "numbers.csv"
    file.write_bytes(content)
    assert run("import", str(file)).exit_code == 1
    assert book(tmp_path) == {}


def test_what_is_exported_can_be_imported(run: Run, tmp_path: Path) -> None:
    made: Level2 = level2_in(tmp_path)
    made.phonebook.give_all([(RECIPIENT, NUMBER), (OTHER, "+32470123456")], SENDER)
    made.core.close()
    exported = run("export").output
    assert exported.splitlines()[0] == "address,number,given_by,given_at,used_at"
    assert f"{RECIPIENT},{NUMBER},{SENDER},2027-01-15T08:00:00Z" in exported
    run("forget", RECIPIENT)
    file = tmp_path / "numbers.csv"
    file.write_text(exported)
    assert run("import", str(file)).exit_code == 0
    assert book(tmp_path) == {RECIPIENT: NUMBER, OTHER: "+32470123456"}
