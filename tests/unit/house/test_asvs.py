"""docs/asvs.md: every requirement of levels 1 and 2 stands there once, and what shows it exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOC = ROOT.joinpath("docs", "asvs.md").read_text(encoding="utf-8")

LEVELS_1_AND_2 = {
    "V1": {1: "1-2", 2: "1-9", 3: "1-11", 4: "1-3", 5: "1-2"},
    "V2": {1: "1-3", 2: "1-3", 3: "1-4", 4: "1"},
    "V3": {2: "1-2", 3: "1-4", 4: "1-6", 5: "1-5", 7: "1-2"},
    "V4": {1: "1-3", 2: "1", 3: "1-2", 4: "1-4"},
    "V5": {1: "1", 2: "1-3", 3: "1-2", 4: "1-3"},
    "V6": {1: "1-3", 2: "1-12", 3: "1-4", 4: "1-4", 5: "1-5", 6: "1-3", 8: "1-4"},
    "V7": {1: "1-3", 2: "1-4", 3: "1-2", 4: "1-5", 5: "1-2", 6: "1-2"},
    "V8": {1: "1-2", 2: "1-3", 3: "1", 4: "1"},
    "V9": {1: "1-3", 2: "1-4"},
    "V10": {1: "1-2", 2: "1-2", 3: "1-4", 4: "1-11", 5: "1-5", 6: "1-2", 7: "1-3"},
    "V11": {1: "1-2", 2: "1-3", 3: "1-3", 4: "1-4", 5: "1", 6: "1"},
    "V12": {1: "1-3", 2: "1-2", 3: "1-4"},
    "V13": {1: "1", 2: "1-5", 3: "1-2", 4: "1-5"},
    "V14": {1: "1-2", 2: "1-4", 3: "1-3"},
    "V15": {1: "1-3", 2: "1-3", 3: "1-7"},
    "V16": {1: "1", 2: "1-5", 3: "1-4", 4: "1-3", 5: "1-3"},
    "V17": {1: "1", 2: "1-4", 3: "1-2"},
}
"""The requirements of ASVS 5.0.0 by chapter and section; in each section those of level 3 come last."""

ROW = re.compile(r"\| (V\d+\.\d+\.\d+) \| (met|partly|not met) \| ([^|]+) \| ([^|]+) \|")
ROWS = [found.groups() for found in map(ROW.fullmatch, DOC.splitlines()) if found]
TESTS: dict[str, str] = {}
for path in sorted(ROOT.glob("tests/**/test_*.py")):  # two folders may have a file of the same name
    TESTS[path.stem] = TESTS.get(path.stem, "") + path.read_text(encoding="utf-8")


def ids() -> list[str]:
    found = []
    for chapter, sections in LEVELS_1_AND_2.items():
        for section, span in sections.items():
            first, _, last = span.partition("-")
            found += [f"{chapter}.{section}.{number}" for number in range(int(first), int(last or first) + 1)]
    return found


def does_not_apply() -> list[str]:
    paragraphs = re.findall(r"^Does not apply: (.*?)(?:\n\n|\Z)", DOC, re.MULTILINE | re.DOTALL)
    return [id_ for paragraph in paragraphs for id_ in re.findall(r"V\d+\.\d+\.\d+", paragraph)]


def test_every_requirement_stands_there_once() -> None:
    stated = [row[0] for row in ROWS] + does_not_apply()
    assert sorted(stated) == sorted(set(stated))
    assert set(stated) == set(ids())
    assert len(ids()) == 253


def test_every_line_of_a_table_is_read() -> None:
    lines = [line for line in DOC.splitlines() if line.startswith("| V")]
    assert len(lines) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_shows_it_exists(row: tuple[str, str, str, str]) -> None:
    named = re.findall(r"`([^`]+)`", row[3])
    assert named, "nothing shows it"
    for each in named:
        file, _, test = each.partition("::")
        if test:
            assert re.search(rf"^def {test}\(", TESTS[file], re.MULTILINE), each
        else:
            assert (ROOT / each).is_file(), each


def test_what_is_not_met_says_why() -> None:
    for id_, state, how, _ in ROWS:
        assert state == "met" or len(how) > 20 or how.startswith("as V"), id_
