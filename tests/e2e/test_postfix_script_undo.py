"""postfix/zegel-postfix on what Postfix would not work with: braces, lists without an end, and undoing."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from demo.stack import Ports, Stack
from tests.e2e.postfix_tools import cooled, postconf, script
from tests.e2e.test_postfix_script import NESTED, meaning


@pytest.mark.parametrize(
    "written",
    [
        NESTED,
        f"{NESTED}, inet:localhost:1",
        f"inet:localhost:1, {NESTED}",
        "${stress?{inet:localhost:1}:{inet:localhost:2}}",
    ],
    ids=["alone", "first", "last", "conditional"],
)
def test_entries_with_braces_inside_braces_stay_whole(debian: Path, written: str) -> None:
    postconf(debian, "-e", f"smtpd_milters = {written}")
    before = meaning(debian)
    script(debian, "apply")
    assert f"$zegel_milter, {written}".replace(" ", "") in postconf(debian, "-h", "smtpd_milters").replace(" ", "")
    script(debian, "undo")
    assert meaning(debian) == before


@pytest.mark.parametrize("written", ["{ inet:localhost:8891, { a = 1s }", "inet:localhost:8891 }"])
def test_a_list_without_an_end_is_refused_and_nothing_is_written(debian: Path, written: str) -> None:
    with debian.joinpath("main.cf").open("a") as file:
        file.write(f"smtpd_milters = {written}\n")
    before = {path: path.read_bytes() for path in debian.iterdir()}
    assert "has no partner" in script(debian, "apply", fails=True)
    assert {path: path.read_bytes() for path in debian.iterdir()} == before


def test_undo_takes_zegel_out_of_listeners_and_lists_of_the_administrator(debian: Path) -> None:
    postconf(debian, "-Me", "submission/inet=submission inet n - y - - smtpd -o smtpd_milters=inet:localhost:1")
    postconf(debian, "-e", "my_milters = inet:localhost:2")
    before = meaning(debian)
    script(debian, "apply")
    postconf(debian, "-P", "submission/inet/smtpd_milters=$zegel_milter,inet:localhost:1")
    postconf(debian, "-e", "my_milters = ${zegel_milter}, inet:localhost:2")
    said = script(debian, "undo")
    assert "submission/inet/smtpd_milters = inet:localhost:1" in said
    assert meaning(debian) == before
    left = debian.joinpath("main.cf").read_text() + debian.joinpath("master.cf").read_text()
    assert "zegel_milter" not in left


def test_what_only_a_person_can_take_out_stops_undo(debian: Path) -> None:
    script(debian, "apply")
    postconf(debian, "-e", "my_milters = ${stress?{inet:localhost:2}:{$zegel_milter}}")
    files = {path: path.read_bytes() for path in debian.iterdir()}
    assert "my_milters names Zegel in a way that only you can take out" in script(debian, "undo", fails=True)
    assert {path: path.read_bytes() for path in debian.iterdir()} == files


def test_a_running_postfix_is_tried_after_each_change_and_everything_taken_back_when_it_takes_no_mail(
    tmp_folder: Path,
) -> None:
    with Stack(tmp_folder, Ports.free()) as stack:
        folder = stack.postfix.config
        port = "socket" if stack.postfix.by_socket else str(stack.ports.reinjection)
        words = ["apply", "--socket", f"unix:{stack.socket}", "--port", port]
        assert "Postfix has reloaded and takes mail" in script(folder, "undo")
        without = meaning(folder)
        stack.kill("milter")
        said = script(folder, *words, fails=True)
        assert "answers MAIL FROM with 451" in said and "Everything is as it was before" in said
        assert meaning(folder) == without and not folder.joinpath("zegel-postfix.json").exists()
        assert not any(stack.postfix.queue.rglob("zegel-*")), "no socket is left that the courier would wait at"
        stack.restart("milter")
        assert "Postfix has reloaded and takes mail" in script(folder, *words)


STRICT = {
    "smtpd_reject_unlisted_sender": "yes",
    "smtpd_helo_required": "yes",
    "strict_rfc821_envelopes": "yes",
    "smtpd_sender_restrictions": "reject_unlisted_sender",
    "smtpd_proxy_filter": "127.0.0.1:9",
    "smtpd_client_event_limit_exceptions": "",
    "smtpd_client_message_rate_limit": "1",
    "smtpd_command_filter": "static:NOOP",
}
"""Settings for the mail of people, each of which kept passwords and notifications waiting on our listener."""


def test_no_setting_for_people_holds_up_what_zegel_hands_back(tmp_folder: Path) -> None:
    with Stack(tmp_folder, Ports.free()) as stack:
        for name, value in STRICT.items():
            postconf(stack.postfix.config, "-e", f"{name} = {value}")
        subprocess.run(["/usr/sbin/postfix", "-c", str(cooled(stack.postfix.config)), "reload"], check=True)
        for number in range(3):
            with stack.reinjection.connect(30) as listener:
                listener.ehlo("localhost")
                listener.sendmail(
                    "nobody@kliniek.example", [f"jan{number}@post.example"], "Subject: hallo\r\n\r\nx\r\n"
                )
        deadline = time.monotonic() + 30
        folders = [stack.mail / f"jan{number}@post.example" / "new" for number in range(3)]
        while not all(folder.is_dir() and any(folder.iterdir()) for folder in folders):
            assert time.monotonic() < deadline, "a mail of ours did not arrive"
            time.sleep(0.1)
