"""docs/security.md and the drills of docs/operations.md: what they say is met, a test shows, and the test is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCS = sorted(ROOT.glob("docs/*.md"))
TESTS: dict[str, set[str]] = {}
for path in sorted(ROOT.glob("tests/**/test_*.py")):  # two folders may have a file of the same name
    found = re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    TESTS.setdefault(path.stem, set()).update(found)

FILE = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
TEST = re.compile(r"`(test_\w+)::(\w+)`")
PROVEN = ("What a stranger can try", "What was tried", "What was found, and mended")
"""Sections of docs/security.md each of whose rows is a promise."""
FAULTS = {
    "milter stopped": "test_the_milter_is_stopped",
    "courier stopped": "test_the_courier_is_stopped",
    "portal stopped": "test_a_stopped_portal_is_named",
    "two couriers": "test_a_second_courier_gives_up",
    "portal restarted during a download": "test_the_portal_is_restarted_during_a_download",
    "socket folder closed": "test_the_folder_of_the_socket_is_closed",
    "courier shut out": "test_a_courier_without_the_group_is_named",
    "re-injection down": "test_reinjection_is_down",
    "re-injection answers 550": "test_reinjection_answers_550",
    "rules broken": "test_rules_are_broken_while_running_and_at_a_restart",
    "key ring lost": "test_the_key_ring_is_lost",
    "wrong master key": "test_another_master_key_is_there",
    "wrong sealing key": "test_another_sealing_key_is_there",
    "no day ready": "test_no_day_is_ready_to_seal_for",
    "clock ahead": "test_the_clock_is_forty_days_ahead",
    "-wal deleted, running": "test_the_wal_is_removed_while_zegel_runs",
    "-wal deleted, after a crash": "test_the_wal_is_removed_after_a_crash",
    "database immutable": "test_the_database_is_immutable",
    "database of another owner": "test_the_database_belongs_to_somebody_else",
    "database corrupt": "test_the_database_is_damaged",
    "disk full": "test_the_disk_is_full",
}
"""What a mail server meets, and the drill for it."""


def text(name: str) -> str:
    return ROOT.joinpath("docs", name).read_text(encoding="utf-8")


def rows(name: str, section: str) -> list[list[str]]:
    """The cells of each row of the tables in a section; without the headings of the tables."""
    body = text(name).partition(f"## {section}\n")[2].partition("\n## ")[0].splitlines()
    heads = {above for above, below in pairwise(body) if below.startswith("|---")}
    return [
        [cell.strip() for cell in line[1:-1].split("|")]
        for line in body
        if line.startswith("|") and not line.startswith("|---") and line not in heads
    ]


def missing(line: str) -> Iterator[str]:
    """What a line names that is not there."""
    for file, test in FILE.findall(line):
        there = ROOT.joinpath(file)
        if not there.is_file() or (test and test not in TESTS.get(there.stem, ())):
            yield f"{file}::{test}"
    for stem, test in TEST.findall(line):
        if test not in TESTS.get(stem, ()):
            yield f"{stem}::{test}"


@pytest.mark.parametrize("section", PROVEN)
def test_each_promise_names_a_test(section: str) -> None:
    promises = rows("security.md", section)
    assert promises
    assert [row[0] for row in promises if not FILE.search(" ".join(row)) and not TEST.search(" ".join(row))] == []


@pytest.mark.parametrize("name", [path.name for path in DOCS])
def test_each_test_that_a_page_names_is_there(name: str) -> None:
    assert list(missing(text(name))) == []


def test_a_row_without_a_test_and_a_test_that_went_are_found() -> None:
    assert not FILE.search("| guessing a link | 256 bits |") and not TEST.search("| guessing a link | `a.py` |")
    assert list(missing("`test_records::test_that_never_was`, `tests/unit/none.py`")) == [
        "tests/unit/none.py::",
        "test_records::test_that_never_was",
    ]


def test_what_is_written_of_drills_is_true_of_the_tests() -> None:
    table = rows("operations.md", "When something breaks")
    named = [re.findall(r"`(test_\w+)`", row[-1]) for row in table]
    assert [row[0] for row, tests in zip(table, named, strict=True) if len(tests) != 1] == []
    assert sorted(test for (test,) in named) == sorted(FAULTS.values())
    assert [test for test in FAULTS.values() if not any(test in tests for tests in TESTS.values())] == []
    assert [row[0] for row in table if len(row) != 7] == []
