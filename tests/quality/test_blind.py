"""Sets of mails that others wrote: which lines are taken, and what the report says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.quality.blind import EXPECTED, BadLine, blind, judge, main
from tests.quality.judged import Figures
from tests.quality.targets import PAGE
from tests.support.shipped import shipped_rules
from zegel.message.reader import Reader
from zegel.settings.model import Limits

OTHERS = Path(__file__).with_name("others")
IMAGINED = Path(__file__).with_name("imagined")
SENSITIVE = {"expect": "sensitive", "level": 1, "category": "bsn", "subject": "adres", "text": "Zijn BSN is 111222333."}
HARMLESS = {"expect": "harmless", "category": "misc", "subject": "vrijdag", "html": "<p>Tot <b>vrijdag</b>!</p>"}


def written(folder: Path, *mails: Mapping[str, object]) -> Path:
    file = folder / "set.jsonl"
    file.write_text("\n".join(map(json.dumps, mails)))
    return file


def test_a_mail_has_text_html_and_files(tmp_path: Path) -> None:
    files = [{"name": "a.csv", "text": "naam;bsn"}, {"name": "b.bin", "base64": "AAE="}]
    both = {
        **SENSITIVE,
        "html": "<p>Zijn BSN</p>",
        "attachments": files,
        "to": ["jan@x.example", "piet@x.example"],
    }
    (mail,) = blind(written(tmp_path, both))
    assert mail.recipients == ("jan@x.example", "piet@x.example")
    assert mail.made.format == "csv"
    for piece in (b"text/html", b"a.csv", b"b.bin", b"Zijn BSN"):
        assert piece in mail.made.raw


@pytest.mark.parametrize(
    "change",
    [{"expect": "secret"}, {"level": 0}, {"level": 7}, {"attachment": []}, {"attachments": [{"name": "a"}]},
     {"attachments": [{"name": "a", "base64": "?"}]}],
    ids=["expect", "level", "high-level", "unknown", "no-content", "no-base64"],
)  # fmt: skip
def test_a_line_of_another_form_is_refused_with_its_number(tmp_path: Path, change: dict[str, object]) -> None:
    with pytest.raises(BadLine, match=r"set\.jsonl:2: "):
        list(blind(written(tmp_path, SENSITIVE, {**SENSITIVE, **change})))


def test_the_report_has_figures_and_what_went_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missed = {**SENSITIVE, "id": "m1", "text": "Niets te zien."}
    assert main([str(written(tmp_path, SENSITIVE, HARMLESS, missed))]) == 0
    said = capsys.readouterr().out
    assert "MISSED bsn, has to be 1: m1" in said
    assert [line.split()[1:] for line in said.splitlines() if line.split()[:1] == ["all"]] == [
        ["2", "1", "1", "0", "0.500", "1.000", "1.000"]
    ]


def test_what_is_no_set_gives_exit_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(written(tmp_path, {"subject": "x"}))]) == 1
    assert "no field 'expect'" in capsys.readouterr().err


def test_the_sets_here_are_of_the_form_that_the_page_describes() -> None:
    for file in OTHERS.glob("*.jsonl"):
        assert {mail.expect for mail in blind(file)} <= set(EXPECTED)
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"`{expected}`" in page for expected in EXPECTED)


_LEAST = {"second": 0.72, "ninth": 0.71, "eleventh": 0.53}
"""Of sets that the rules do not reach yet. For the eleventh nothing was mended; it protects one harmless mail."""


@pytest.mark.parametrize(
    "file",
    sorted((*OTHERS.glob("*.jsonl"), *IMAGINED.glob("*.jsonl"))),
    ids=lambda file: f"{file.parent.name}-{file.stem}",
)
def test_what_was_mended_for_a_set_stays_mended(file: Path) -> None:
    reader = Reader(Limits(), 1)
    try:
        judged = list(judge(shipped_rules(), reader, list(blind(file))))
    finally:
        reader.close()
    figures = Figures([outcome for one, outcome, _, _ in judged if one.expect != "observe"])
    wrong = [o.made.name for o in figures.outcomes if o.level != o.made.level]
    assert figures.recall >= _LEAST.get(file.stem, 0.95), wrong
    assert figures.precision >= (0.96 if file.stem == "eleventh" else 0.98), wrong
