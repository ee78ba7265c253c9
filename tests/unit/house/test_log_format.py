"""Lines as the journal takes them: the severity in front of each, where standard error is the journal's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping

import pytest

LOGS = """
import logging
from zegel.log_format import log_as
log_as({form!r})
log = logging.getLogger("zegel.test")
log.info("taken")
log.warning("two\\nlines")
log.error("wrong")
log.critical("gone", extra={{"queue_id": "Q1"}})
"""


def logged(form: str, environment: Mapping[str, str] | None = None) -> str:
    """What a process of its own writes; JOURNAL_STREAM names its pipe, or what is given."""
    read, write = os.pipe()
    about = os.fstat(write)
    stream = environment if environment is not None else {"JOURNAL_STREAM": f"{about.st_dev}:{about.st_ino}"}
    without = {name: value for name, value in os.environ.items() if name != "JOURNAL_STREAM"} | dict(stream)
    with os.fdopen(read) as lines:
        subprocess.run([sys.executable, "-c", LOGS.format(form=form)], stderr=write, env=without, check=True)
        os.close(write)
        return lines.read()


def test_each_line_for_the_journal_begins_with_its_severity() -> None:
    assert logged("text").splitlines() == [
        "<6>INFO zegel.test: taken",
        "<4>WARNING zegel.test: two",
        "<4>lines",
        "<3>ERROR zegel.test: wrong",
        "<2>CRITICAL zegel.test: gone",
    ]


def test_objects_for_the_journal_have_it_too() -> None:
    lines = logged("json").splitlines()
    assert [line[:3] for line in lines] == ["<6>", "<4>", "<3>", "<2>"]
    assert json.loads(lines[3][3:])["queue_id"] == "Q1"


@pytest.mark.parametrize("stream", [{}, {"JOURNAL_STREAM": "1:1"}], ids=["none", "other"])
def test_lines_for_anybody_else_have_none(stream: dict[str, str]) -> None:
    assert logged("text", stream).startswith("INFO zegel.test: taken\n")
