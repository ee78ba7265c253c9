"""What breaks on a mail server, broken on purpose: what the sender, the recipient, the log and `zegel check` say.

docs/operations.md has these in a table, a row for each test.
"""

from __future__ import annotations

import http.client
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import closing, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from demo.stack import COMMANDS
from tests.e2e import test_drill_full_disk as full_disk
from tests.e2e import test_drills_database as database
from tests.e2e.drill import ALL, Drill, eventually
from tests.e2e.load import delivered
from tests.e2e.page import Page
from tests.e2e.post import plain
from tests.e2e.postfix_tools import cooled
from tests.e2e.recipient import Recipient
from zegel.cli.main import main

pytestmark = pytest.mark.xdist_group("drills")


def test_the_milter_is_stopped(drill: Drill) -> None:
    drill.stack.kill("milter")
    sample, answer = drill.sends()
    assert 400 <= answer < 500 and delivered(drill.stack.mail, sample) == 0 and drill.sees() == 200
    status, said = drill.check()
    assert status == 2 and "milter: nothing answers" in said and "start zegel-milter" in said
    assert eventually(lambda: "milter-reject" in drill.log("mail"))
    drill.stack.restart("milter")


def test_the_courier_is_stopped(drill: Drill) -> None:
    drill.stack.kill("courier")
    sample, answer = drill.sends()
    assert answer == 250 and drill.sees() == 200
    status, said = drill.check()
    assert status == 2 and "courier: it does not run, so nothing is sent" in said
    assert delivered(drill.stack.mail, sample) == 0
    drill.stack.restart("courier")
    assert drill.arrives(sample)


def test_a_second_courier_gives_up(drill: Drill) -> None:
    command = [str(COMMANDS / "zegel-courier"), "--config", str(drill.stack.config)]
    second = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert second.returncode == 75 and "another courier runs" in second.stderr and "Traceback" not in second.stderr


def test_the_portal_is_restarted_during_a_download(drill: Drill) -> None:
    recipient = Recipient(drill.post, drill.post.somebody())
    drill.post.send(plain("uitslag", "BSN 111222333\n" + "regel\n" * 400_000), recipient.address)
    recipient.notification(60)
    page: Page = recipient.unlock()
    whole = recipient.original(page)
    request = urllib.request.Request(page.link("/original.eml"))
    request.add_header("Cookie", "; ".join(f"{each.name}={each.value}" for each in recipient.visitor.cookies))
    with urllib.request.urlopen(request, timeout=60) as slow:
        first = slow.read(1000)
        drill.stack.restart("portal")
        rest = b""
        with suppress(OSError, http.client.HTTPException):
            rest = slow.read()
    assert whole.startswith(first) and len(first + rest) <= len(whole)
    assert recipient.original(page) == whole, "the session outlives the restart, and the file comes whole"


def test_the_folder_of_the_socket_is_closed(drill: Drill) -> None:
    run = drill.stack.data / "run"
    run.chmod(0o700)
    try:
        sample, answer = drill.sends()
        assert 400 <= answer < 500 and delivered(drill.stack.mail, sample) == 0
        status, said = drill.check()
        assert status == 2 and "milter: Postfix's account postfix cannot connect" in said
        assert "Permission denied" in said
    finally:
        run.chmod(0o710)


def test_reinjection_is_down(drill: Drill) -> None:
    service = drill.stack.reinjection_service
    master = drill.stack.postfix.config / "master.cf"
    kept = master.read_bytes()
    drill.postconf("-MX", service)
    drill.stack.postfix.reload()
    assert eventually(lambda: "re-injection" in drill.check()[1])
    sample, answer = drill.sends()
    status, said = drill.check()
    assert answer == 250 and status == 2 and "nothing answers" in said and drill.sees() == 200
    assert eventually(lambda: "put off: 4.4.1" in drill.log("courier"))
    master.write_bytes(kept)
    cooled(drill.stack.postfix.config)
    drill.stack.postfix.reload()
    assert drill.arrives(sample)


def test_reinjection_answers_550(drill: Drill) -> None:
    option = f"{drill.stack.reinjection_service}/smtpd_recipient_restrictions"
    drill.postconf("-P", f"{option}=reject")
    drill.stack.postfix.reload()
    drill.stack.restart(
        "courier"
    )  # a connection that it has kept open goes on with the settings of before, for a minute
    try:
        assert eventually(lambda: "takes no mail from" in drill.check()[1])
        status, said = drill.check()
        assert status == 2 and "re-injection: " in said and "554 5.7.1" in said, said
        sample, answer = drill.sends()
        assert answer == 250 and eventually(lambda: "5.7.1" in drill.log("courier"))
        assert delivered(drill.stack.mail, sample) == 0
    finally:  # or no later drill ends well
        drill.postconf("-P", f"{option}=permit_mynetworks,reject")
        drill.stack.postfix.reload()
    assert eventually(lambda: drill.check()[0] < 2)
    # Its sender's bounce could not be handed over either: it is stuck, and a person sends it again.
    for line in drill.zegel("outbox", "list").splitlines():
        if " stuck " in line:
            drill.zegel("outbox", "retry", line.split()[0])
    assert eventually(lambda: drill.check() == (0, ""))


def test_rules_are_broken_while_running_and_at_a_restart(drill: Drill) -> None:
    rules = drill.stack.data / "rules.yaml"
    kept = rules.read_bytes()
    rules.write_text("version: 1\nrules:\n  - id: broken\n    levle: 1\n", encoding="utf-8")
    for restart in (False, True):
        if restart:
            drill.stack.restart("milter")
        else:
            assert eventually(lambda: "the old ones stay in force" in drill.log("milter"))
        sample, answer = drill.sends()
        assert answer == 250 and drill.arrives(sample)
        status, said = drill.check()
        assert status == 2 and "the milter goes by rules of before" in said
        assert f"{rules}:4:5: unknown key 'levle'; did you mean 'level'?" in said
    rules.write_bytes(kept)
    assert eventually(lambda: drill.check()[0] == 0)


def test_the_key_ring_is_lost(drill: Drill) -> None:
    ring, kept = drill.stack.data / "keyring.db", drill.stack.data / "kept.db"
    ring.rename(kept)
    sample, answer = drill.sends()
    assert 400 <= answer < 500 and delivered(drill.stack.mail, sample) == 0
    status, said = drill.check()
    assert status == 2 and "key ring: " in said and "put it back from its copy before you start" in said
    for name in ALL:
        assert "is gone, and messages need it: put it back" in drill.refuses_to_start(name)
    assert drill.sees() == 0 and not ring.exists(), "nothing is made anew"
    kept.rename(ring)
    drill.start()


def test_another_master_key_is_there(drill: Drill) -> None:
    key = drill.stack.data / "master.key"
    kept = key.read_bytes()
    key.unlink()
    CliRunner().invoke(main, ["key", "new", str(key)])
    status, said = drill.check()
    assert status == 2 and "the master key is not the one" in said
    assert drill.sees() == 200, "what runs has the right one"
    assert "the master key is not the one" in drill.refuses_to_start("courier")
    key.unlink()
    key.write_bytes(kept)
    key.chmod(0o400)
    drill.stack.restart("courier")


def test_another_sealing_key_is_there(drill: Drill) -> None:
    key = drill.stack.data / "sealing.key"
    key.unlink()
    CliRunner().invoke(main, ["key", "new", str(key)])
    status, said = drill.check()
    assert status == 2 and "is not the one of this master key" in said and "zegel key sealing" in said
    assert drill.sends()[1] == 250, "what runs has the right one"
    assert "the sealing key is not the one of this database" in drill.refuses_to_start("milter")
    assert 400 <= drill.sends()[1] < 500
    assert "made" in drill.zegel("key", "sealing")
    drill.stack.restart("milter")
    sample, answer = drill.sends()
    assert answer == 250 and drill.arrives(sample)


def test_no_day_is_ready_to_seal_for(drill: Drill) -> None:
    """As when no courier has run for more than a week."""
    with drill.stopped():
        with closing(sqlite3.connect(drill.stack.data / "zegel.db")) as database:
            database.execute("UPDATE day_mark SET public = x''")
            database.commit()
        drill.stack.restart("milter")
        status, said = drill.check()
        assert status == 2 and "is not made ready, and no mail can be protected: start zegel-courier" in said
        _, answer = drill.sends()
        assert 400 <= answer < 500 and "mail that is to be sealed waits: start zegel-courier" in drill.log("milter")
    sample, answer = drill.sends()
    assert answer == 250 and drill.arrives(sample)


def test_the_clock_is_forty_days_ahead(drill: Drill) -> None:
    courier = drill.stack.services["courier"]
    right = courier.command
    drill.stack.restart("courier")
    courier.command = ["/usr/bin/faketime", "--exclude-monotonic", "-f", "+40d", *right]
    try:
        drill.stack.restart("courier")
        assert eventually(lambda: "the date jumped ahead by 40" in drill.log("courier"))
        status, said = drill.check()
        assert status == 2 and "date: the date jumped ahead by 40 days" in said and "zegel clock accept" in said
        assert drill.sees() == 200
        sample, answer = drill.sends()
        assert answer == 250
        assert eventually(lambda: "put off, because the date is in doubt" in drill.log("courier"))
    finally:
        courier.command = right
    drill.stack.restart("courier")
    assert drill.arrives(sample), "its message had only seemed to be over"
    assert "the date is believed again" in drill.log("courier")
    page = drill.early.unlock()
    assert "111222333" in drill.early.body(page), "nothing has expired"


def test_each_drill_is_a_row_of_the_table() -> None:
    table = Path(__file__).parents[2].joinpath("docs", "operations.md").read_text(encoding="utf-8")
    tests = [
        name
        for module in (sys.modules[__name__], database, full_disk)
        for name in dir(module)
        if name.startswith("test_")
    ]
    assert [name for name in tests if f"`{name}`" not in table and "_row_of_" not in name] == []
