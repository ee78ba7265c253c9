"""The database of a running Zegel, broken on purpose; the other drills are in test_drills.py."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from demo.private_postfix import as_root
from tests.e2e.drill import ALL, Drill
from tests.e2e.load import delivered

pytestmark = pytest.mark.xdist_group("drills")


def test_the_wal_is_removed_while_zegel_runs(drill: Drill) -> None:
    sample, _ = drill.sends()
    assert drill.arrives(sample)
    (drill.stack.data / "zegel.db-wal").unlink()
    status, said = drill.check()
    assert status == 2 and "was removed while Zegel runs" in said and "systemctl stop zegel.target" in said
    with drill.stopped():
        pass
    assert "lost its end" not in drill.log("milter"), "stopping saved it"


def test_the_wal_is_removed_after_a_crash(drill: Drill) -> None:
    with drill.stopped():
        pass  # all is in the database itself
    _, answer = drill.sends()
    assert answer == 250
    drill.stop("kill")
    (drill.stack.data / "zegel.db-wal").unlink()
    status, said = drill.check()
    assert status == 2 and "audit log: the database has lost its end" in said
    drill.start()
    assert "the database has lost its end" in drill.log("milter") + drill.log("courier") + drill.log("portal")
    assert drill.check()[0] == 2, "until a person has seen it"
    drill.zegel("audit", "accept", "--yes")


def test_the_database_is_immutable(drill: Drill) -> None:
    database = drill.stack.data / "zegel.db"
    if subprocess.run(as_root(["chattr", "+i", str(database)]), check=False, capture_output=True).returncode:
        pytest.skip("this file system knows no immutable files")
    try:
        status, said = drill.check()
        assert status == 2 and "database: " in said and "lsattr shows an i" in said
        sample, answer = drill.sends()
        # A process of the milter that has written before has the file open; one that has not is refused.
        assert (answer == 250 or 400 <= answer < 500) and drill.sees() == 200
        drill.stop("kill")
        for name in ALL:
            assert "the database cannot be written" in drill.refuses_to_start(name)
        assert 400 <= drill.sends()[1] < 500 and drill.sees() == 0
    finally:
        subprocess.run(as_root(["chattr", "-i", str(database)]), check=True)
    drill.start()
    if answer == 250:
        assert drill.arrives(sample)
    else:
        assert delivered(drill.stack.mail, sample) == 0


def test_the_database_belongs_to_somebody_else(drill: Drill) -> None:
    """The services as the account that their files should belong to: root without its privileges."""
    database, milter = drill.stack.data / "zegel.db", drill.stack.services["milter"]
    right = milter.command
    shutil.chown(database, 65534, 65534)
    try:
        status, said = drill.check()
        assert status == 2 and f"{database} belongs to nobody: run: chown root: {database}" in said
        milter.command = ["/usr/bin/setpriv", "--inh-caps=-all", "--bounding-set=-all", "--", *right]
        assert "the file cannot be opened: see whether it is there and who owns it" in drill.refuses_to_start("milter")
        assert 400 <= drill.sends()[1] < 500
    finally:
        milter.command = right
        shutil.chown(database, 0, 0)
    drill.stack.restart("milter")


@pytest.mark.parametrize("at", [0, 8192], ids=["beginning", "inside"])
def test_the_database_is_damaged(drill: Drill, at: int) -> None:
    """And a backup brings it back, on the same machine, by one command."""
    backup = drill.stack.data / "backup"
    drill.zegel("backup", str(backup))
    drill.stop("kill")
    for end in ("-wal", "-shm"):
        (drill.stack.data / f"zegel.db{end}").unlink(missing_ok=True)
    with (drill.stack.data / "zegel.db").open("r+b") as file:
        file.seek(at)
        file.write(b"\xff" * 8192)
    status, said = drill.check()
    assert status == 2 and "damaged" in said and "restore a backup" in said
    if not at:
        assert "damaged: stop Zegel, and restore a backup" in drill.refuses_to_start("milter")
        assert 400 <= drill.sends()[1] < 500
    drill.zegel("restore", str(backup), "--yes")
    shutil.rmtree(backup)
    for aside in drill.stack.data.glob("before-restore-*"):
        shutil.rmtree(aside)
    drill.start()
