"""`zegel check` against the real parts: all in order, then what is wrong and what to do."""

from __future__ import annotations

from click.testing import CliRunner, Result

from demo.stack import Stack
from zegel.cli import main


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
