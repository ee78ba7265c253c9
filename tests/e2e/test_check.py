"""`zegel check` against the real parts: all in order, then what is wrong and what to do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from demo.stack import Stack
from tests.e2e.postfix_tools import cooled, postconf
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
    assert done.exit_code == 2
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
    assert done.exit_code == 2 and wrong.startswith("WRONG   replies: ") and said in wrong


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
    (note,) = [line for line in done.output.splitlines() if not line.startswith("ok  ")]
    assert done.exit_code == 0 and note.startswith("note    senders: ") and said in note


def with_master(folder: Path, *lines: str) -> None:
    """Adds services to the master.cf in `folder`."""
    with (folder / "master.cf").open("a", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))
    cooled(folder)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ["submission inet n - n - - smtpd", "  -o smtpd_milters="],
            "submission/inet in master.cf does not name Zegel",
        ),
        (["submission inet n - n - - smtpd", "  -o { smtpd_milters = inet:localhost:8891 }"], "leaves unprotected"),
        (["smtps inet n - n - - smtpd", "  -o receive_override_options=no_milters"], "smtps/inet has no_milters"),
        (["2525 inet n - n - - smtpd", "  -o smtpd_milters=unix:/run/another.sock"], "2525/inet in master.cf"),
        (
            ["tls inet n - n - - smtpd", "  -o smtpd_milters={unix:SOCKET,default_action=accept}"],
            "lets mail through tls",
        ),
        (["pickup unix n - n 60 1 pickup", "  -o non_smtpd_milters="], "mail of programs on this machine"),
        (
            ["x unix n - n - 0 cleanup", "  -o enable_original_recipient=no"],
            "x/unix has enable_original_recipient = no",
        ),
    ],
)
def test_a_way_around_zegel_is_found_in_every_service(
    stack: Stack, tmp_path: Path, lines: list[str], said: str
) -> None:
    folder = tmp_path / "etc"
    shutil.copytree(stack.postfix.config, folder)
    with_master(folder, *(line.replace("SOCKET", str(stack.socket)) for line in lines))
    done = CliRunner().invoke(main, ["check", "--config", str(stack.config), "--postfix", str(folder)])
    (wrong,) = [line for line in done.output.splitlines() if line.startswith("WRONG")]
    assert done.exit_code == 2 and wrong.startswith("WRONG   Postfix: ") and said in wrong


@pytest.mark.parametrize(
    "lines",
    [
        ["submission inet n - n - - smtpd", "  -o smtpd_milters=$zegel_milter,inet:localhost:8891"],
        ["submission inet n - n - - smtpd", "  -o smtpd_milters={ unix:SOCKET, default_action=tempfail }"],
        ["127.0.0.1:10025 inet n - n - - smtpd", "  -o receive_override_options=no_milters"],
    ],
)
def test_what_passes_zegel_or_passed_it_is_in_order(stack: Stack, tmp_path: Path, lines: list[str]) -> None:
    folder = tmp_path / "etc"
    shutil.copytree(stack.postfix.config, folder)
    postconf(folder, "-e", "content_filter=smtp:[127.0.0.1]:10024")
    with_master(folder, *(line.replace("SOCKET", str(stack.socket)) for line in lines))
    done = CliRunner().invoke(main, ["check", "--config", str(stack.config), "--postfix", str(folder)])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("enable_original_recipient=no", "enable_original_recipient = no"),
        ("smtpd_milters=unix:/run/another.sock", "smtpd_milters does not name Zegel"),
        ("non_smtpd_milters=", "mail of programs on this machine does not pass Zegel"),
        ("receive_override_options=no_milters", "has no_milters"),
        ("zegel_milter={ unix:SOCKET, default_action=accept }", "lets mail through"),
        ("zegel_milter=unix:SOCKET", None),
    ],
)
def test_main_cf_is_looked_at(stack: Stack, tmp_path: Path, change: str, said: str | None) -> None:
    folder = tmp_path / "etc"
    shutil.copytree(stack.postfix.config, folder)
    postconf(folder, "-e", change.replace("SOCKET", str(stack.socket)))
    done = CliRunner().invoke(main, ["check", "--config", str(stack.config), "--postfix", str(folder)])
    wrong = [line for line in done.output.splitlines() if line.startswith("WRONG")]
    assert (wrong and all(said in line for line in wrong)) if said else wrong == []
    assert done.exit_code == (2 if said else 0)


def test_programs_get_json(stack: Stack) -> None:
    words = ["check", "--json", "--config", str(stack.config), "--postfix", str(stack.postfix.config)]
    done = CliRunner().invoke(main, words)
    said = json.loads(done.output)
    assert done.exit_code == said["status"] == 0 and {each["state"] for each in said["findings"]} == {"ok"}
    assert {"rules", "database", "key ring", "outbox", "milter", "courier"} <= {
        each["name"] for each in said["findings"]
    }
