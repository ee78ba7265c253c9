"""`zegel check` against the real parts: all in order, then what is wrong and what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from demo.stack import Stack
from tests.e2e.postfix_tools import postconf
from zegel.cli.main import main


def check(stack: Stack) -> Result:
    return CliRunner().invoke(main, ["check", "--config", str(stack.config), "--postfix", str(stack.postfix.config)])


def test_a_running_zegel_is_in_order(stack: Stack) -> None:
    done = check(stack)
    assert done.exit_code == 0, done.output
    assert "WRONG" not in done.output and done.output.count("ok  ") == len(done.output.splitlines())


def test_a_stopped_portal_is_named(stack: Stack) -> None:
    stack.kill("portal")
    done = check(stack)
    stack.restart("portal")
    assert done.exit_code == 1
    (wrong,) = [line for line in done.output.splitlines() if line.startswith("WRONG")]
    assert wrong.startswith("WRONG   portal: nothing answers at 127.0.0.1 port")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "message_size_limit=10240000",
            "set message_size_limit to 35000000 or more in main.cf, or replies.size to 7314285",
        ),
        ("bounce/unix/cleanup_service_name=cleanup", "reports about replies do not come back to Zegel"),
    ],
)
def test_a_postfix_that_does_not_serve_replies_is_named(stack: Stack, tmp_path: Path, change: str, said: str) -> None:
    folder = tmp_path / "etc"
    shutil.copytree(stack.postfix.config, folder)
    postconf(folder, "-P" if change.startswith("bounce") else "-e", change)
    done = CliRunner().invoke(main, ["check", "--config", str(stack.config), "--postfix", str(folder)])
    (wrong,) = [line for line in done.output.splitlines() if line.startswith("WRONG")]
    assert done.exit_code == 1 and wrong.startswith("WRONG   replies: ") and said in wrong
