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


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("sender_canonical_maps=inline:{web@oud.lan=anna@kliniek.example}", "(sender_canonical_maps)"),
        ("canonical_maps=inline:{web@oud.lan=anna@kliniek.example}", "(canonical_maps)"),
        ("smtp_generic_maps=inline:{web@oud.lan=anna@kliniek.example}", "(smtp_generic_maps)"),
        ("masquerade_domains=kliniek.example", "(masquerade_domains)"),
        ("smtp/unix/smtp_generic_maps=static:x@kliniek.example", "(smtp_generic_maps of smtp/unix)"),
        ("myorigin=web01.kliniek.example", "myorigin = web01.kliniek.example is in none of your domains"),
        ("mydomain=elders.example", "mydomain = elders.example is in none of your domains"),
    ],
)
def test_a_postfix_that_makes_senders_ours_afterwards_is_warned_of(
    stack: Stack, tmp_path: Path, change: str, said: str
) -> None:
    folder = tmp_path / "etc"
    shutil.copytree(stack.postfix.config, folder)
    postconf(folder, "-P" if "/unix/" in change else "-e", change)
    done = CliRunner().invoke(main, ["check", "--config", str(stack.config), "--postfix", str(folder)])
    (warning,) = [line for line in done.output.splitlines() if not line.startswith("ok  ")]
    assert done.exit_code == 0 and warning.startswith("warning senders: ") and said in warning
