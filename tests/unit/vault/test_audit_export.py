"""A period of the audit log as a file: it proves itself, and nothing in it can be changed unseen."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.support.cast import RECIPIENT, SENDER, Built, build
from zegel import csv_cells
from zegel.cli.audit import audit
from zegel.vault.audit_export import Format, NotProven, check, exported, public_key
from zegel.vault.tables.audit_log import AuditLog
from zegel.vault.tables.schema import Event

HOSTILE = '=cmd|" /C calc"!A0\r\nsigned,,,,,,"{}",'
ABOUT = {"organisation": "Kliniek; -Ü \u2028", "by": "fg@kliniek.example", "at": 1.5}
FORMS: tuple[Format, ...] = ("json", "csv")


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path)
    made.seal(RECIPIENT)
    for number in range(6):
        made.clock.pass_(3600)
        details = {
            "address": HOSTILE,
            "reason": "naïve 💡",
            "count": number,
            "some": [1.25, None],
            "deep": {"b": 1, "a": 2},
        }
        record(made, details)
    yield made
    made.core.close()


def record(built: Built, details: dict[str, Any]) -> None:
    store, log = built.core.vault.store, built.core.vault.store.audit_log
    store.write(lambda: AuditLog.record(log, "number given", SENDER, built.clock(), **details))


def made(built: Built, form: Format, since: float = 0, until: float = 1e12) -> bytes:
    return b"".join(exported(built.core.vault, since, until, form, dict(ABOUT)))


@pytest.mark.parametrize("form", FORMS)
def test_an_export_proves_itself_and_any_change_shows(built: Built, form: Format) -> None:
    file, key = made(built, form), public_key(built.core.vault)
    found = check(file, key)
    head = built.core.vault.store.audit_log.head()
    assert head and found.statement["head"] == {"event": head.id, "hash": head.hash.hex()}
    assert found.statement["events"] == head.id and found.statement["broken"] is None
    assert ABOUT.items() <= found.statement.items()
    with pytest.raises(NotProven):
        check(file, "0" * 64)
    for place in range(0, len(file), max(1, len(file) // 250)):
        changed = file[:place] + bytes([file[place] ^ 1]) + file[place + 1 :]
        try:
            again = check(changed, key)
        except NotProven:
            continue
        assert again == found, place  # a sign between the parts, which says nothing
    for cut in (b"", file[:-40], file[: len(file) // 2], b"{}", b"[]", b"\x00\xff", b'{"events": [\n], "signed": 3}\n'):
        with pytest.raises(NotProven):
            check(cut, key)


def test_what_another_key_signed_is_not_taken(built: Built, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = build(tmp_path / "other")
    try:
        file = made(other, "json")
    finally:
        other.core.close()
    assert check(file).public_key != public_key(built.core.vault)
    with pytest.raises(NotProven):
        check(file, public_key(built.core.vault))


def test_a_period_begins_in_the_chain(built: Built) -> None:
    first = next(iter(built.core.vault.store.audit_log.events())).at
    file = made(built, "json", since=first + 3500, until=first + 3 * 3600 + 10)
    events = json.loads(file)["events"]
    assert [each["at"] for each in events] == [first + 3600, first + 2 * 3600, first + 3 * 3600]
    statement = check(file).statement
    assert statement["before"]["event"] == events[0]["event"] - 1
    assert check(made(built, "json", since=first + 9e9)).statement["events"] == 0
    assert check(made(built, "csv", until=1.0)).statement["events"] == 0


@pytest.mark.parametrize("form", FORMS)
def test_a_broken_chain_is_said_in_the_statement(built: Built, form: Format) -> None:
    Event.update(actor="nobody").where(Event.id == 3).execute(built.core.vault.store.database)
    assert check(made(built, form)).statement["broken"] == 3
    Event.delete().where(Event.id == 2).execute(built.core.vault.store.database)
    assert check(made(built, form)).statement["broken"] == 3


def test_a_spreadsheet_sees_no_formula(built: Built) -> None:
    record(built, {"address": "=1"})
    text = made(built, "csv").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0][:3] == ["event", "at", "what"] and rows[-1][0] == "signed"
    assert {len(row) for row in rows} == {8}
    for divider in ",;\t":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=divider):
            assert not any(re.match(r"\s*[=+@＝]", each) for each in row), divider


@pytest.mark.parametrize(
    "value",
    ["=1+1", "+31612345954", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＋1", "－1", "＠x", "\ufeff=1",
     "\u200b=1", "\x00=1", "x;=1", "x, =1", "a\n=1", "a|=1", "−1", "'=1"],
    ids=lambda value: value.encode("unicode_escape").decode(),
)  # fmt: skip
def test_a_formula_becomes_text(value: str) -> None:
    line = csv_cells.line([value, "other"])
    for divider in ",;\t|":
        for row in csv.reader(io.StringIO(line, newline=""), delimiter=divider):
            for each in row:
                assert not re.match(r"[\s\x00-\x20\ufeff\u200b]*[=+\-@＝＋－＠−]", each), (divider, each)


def test_ordinary_cells_stay_as_they_are() -> None:
    for value in ("jan@post.example", "a-b+c@post.example", "06 1234", "Jan; Eva", '{"a": -1}', "'t Hart", "é\n2"):
        [row] = csv.reader(io.StringIO(csv_cells.line([value, 1.5, None]), newline=""))
        assert row == [value, "1.5", ""]


def test_the_command_exports_and_checks(built: Built, tmp_path: Path) -> None:
    config = ["--config", str(tmp_path / "zegel.yaml")]
    run = CliRunner()
    for more, name in (([], "audit.json"), (["--csv", "--since", "2027-01-15"], "audit.csv")):
        file = tmp_path / name
        file.write_bytes(run.invoke(audit, ["export", *config, *more]).stdout_bytes)
        found = run.invoke(audit, ["check-export", *config, str(file)])
        assert found.exit_code == 0 and found.output.startswith("ok "), found.output
        file.write_bytes(file.read_bytes().replace(b"post.example", b"post.exampel").replace(b"na\\u00efve", b"naive"))
        found = run.invoke(audit, ["check-export", *config, str(file)])
        assert found.exit_code == 2 and found.output.startswith("WRONG"), found.output
    key = public_key(built.core.vault)
    file.write_bytes(made(built, "csv"))
    assert run.invoke(audit, ["check-export", "--key", key, str(file)]).exit_code == 0
    assert run.invoke(audit, ["check-export", "--key", "00" * 32, str(file)]).exit_code == 2
