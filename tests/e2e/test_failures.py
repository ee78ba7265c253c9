"""Whatever breaks, SMTP answers 4xx: nothing is delivered, nothing is lost, and afterwards it goes on."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from signal import Signals

import pytest

from demo.private_postfix import as_root
from demo.processes import StartError
from demo.stack import Options, Ports, Stack
from tests.e2e.load import SENDER, Sample, delivered, offer
from zegel.policy.language.edits import exempt_sender


@pytest.fixture
def stack(tmp_folder: Path) -> Iterator[Stack]:
    with Stack(tmp_folder, Ports.free()) as stack:
        yield stack


def arrives(stack: Stack, sample: Sample) -> bool:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if delivered(stack.mail, sample) == 1:
            return True
        time.sleep(0.1)
    return False


def test_without_the_milter_mail_waits_at_the_sender(stack: Stack) -> None:
    samples = [Sample(1, sensitive=True), Sample(2, sensitive=False)]
    stack.kill("milter")
    assert [400 <= offer(stack.ports.smtp, sample) < 500 for sample in samples] == [True, True]
    assert [delivered(stack.mail, sample) for sample in samples] == [0, 0]
    stack.restart("milter")
    assert [offer(stack.ports.smtp, sample) for sample in samples] == [250, 250]
    assert all(arrives(stack, sample) for sample in samples)


def test_without_its_key_the_milter_does_not_start(stack: Stack) -> None:
    stack.kill("milter")
    file = stack.data / "sealing.key"
    kept = file.read_bytes()
    file.unlink()
    with pytest.raises(StartError) as refused:
        stack.restart("milter")
    assert f"{stack.data}/zegel.yaml" in str(refused.value) and "Traceback" not in str(refused.value)
    sample = Sample(3, sensitive=True)
    assert 400 <= offer(stack.ports.smtp, sample) < 500
    assert delivered(stack.mail, sample) == 0
    file.write_bytes(kept)
    file.chmod(0o400)
    stack.restart("milter")
    assert offer(stack.ports.smtp, sample) == 250 and arrives(stack, sample)


@pytest.mark.parametrize("text", ["version: 1\nrules: [{id: x, levle: 1}]\n", "version: 1\nlists: {}\n", None])
def test_with_broken_or_emptied_rules_the_milter_starts_with_those_of_before(stack: Stack, text: str | None) -> None:
    stack.kill("milter")
    file = stack.data / "rules.yaml"
    kept = file.read_bytes()
    if text is None:
        file.unlink()
    else:
        file.write_text(text, encoding="utf-8")
    stack.restart("milter")
    log = (stack.log / "milter.log").read_text()
    assert "rules not taken over" in log and "the policy in force is the one of" in log
    sample = Sample(8, sensitive=True)
    assert offer(stack.ports.smtp, sample) == 250 and arrives(stack, sample)
    assert b"111222333" not in next((stack.mail / sample.recipient / "new").iterdir()).read_bytes()
    file.write_bytes(kept)


def test_rules_that_break_while_running_are_not_taken_over(stack: Stack) -> None:
    rules = stack.data / "rules.yaml"
    kept = rules.read_text(encoding="utf-8")
    rules.write_text("version: 1\nrules:\n  - id: broken\n    levle: 1\n", encoding="utf-8")
    stack.services["milter"].signal(Signals.SIGHUP)
    log = stack.log / "milter.log"
    deadline = time.monotonic() + 5
    while "the old ones stay in force" not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert f"{rules}:4:5: unknown key 'levle'; did you mean 'level'?" in log.read_text()
    sample = Sample(4, sensitive=True)
    assert offer(stack.ports.smtp, sample) == 250 and arrives(stack, sample)
    assert b"111222333" not in next((stack.mail / sample.recipient / "new").iterdir()).read_bytes()
    exempted = exempt_sender(kept, "bsn", SENDER.partition("@")[2])
    rules.write_text(exempted, encoding="utf-8")
    deadline = time.monotonic() + 60
    while "pass rule bsn" not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert "lets everything from" in log.read_text(), "an own domain is exempted by a person's word only"
    sample = Sample(5, sensitive=True)
    assert offer(stack.ports.smtp, sample) == 250 and arrives(stack, sample)
    assert b"111222333" not in next((stack.mail / sample.recipient / "new").iterdir()).read_bytes()
    rules.write_text(kept + "\n# looked at again\n", encoding="utf-8")
    deadline = time.monotonic() + 60
    while "rules taken over" not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert "rules taken over" in log.read_text(), "a changed file has to be noticed without a signal"


@pytest.fixture
def small_disk(tmp_folder: Path) -> Iterator[Path]:
    """A disk of 24 MB, real enough to be full or read-only."""
    folder = tmp_folder.with_name(tmp_folder.name + "-disk")
    folder.mkdir(mode=0o755)
    options = f"size=24m,mode=755,uid={os.getuid()},gid={os.getgid()}"
    mounted = subprocess.run(as_root(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]), check=False)
    if mounted.returncode:
        pytest.skip("this machine does not let us mount a tmpfs")
    yield folder
    subprocess.run(as_root(["umount", "-l", str(folder)]), check=True)
    folder.rmdir()


def remount(disk: Path, way: str) -> None:
    """Mount `disk` anew as "ro" or "rw"; killed workers hold their files for a moment longer than who started them."""
    deadline = time.monotonic() + 30
    while (done := subprocess.run(as_root(["mount", "-o", f"remount,{way}", str(disk)]), check=False)).returncode:
        assert time.monotonic() < deadline, f"mount ended with {done.returncode}"
        time.sleep(0.1)


def on(disk: Path) -> Options:
    """Zegel's own files on `disk`."""
    return Options(settings={"storage": {name: f"{disk}/{name}" for name in ("database", "keyring", "spool")}})


def test_a_full_disk_means_later_and_leaves_nothing(tmp_folder: Path, small_disk: Path) -> None:
    first, second = Sample(5, sensitive=True), Sample(6, sensitive=True)
    filler = small_disk / "filler"
    with Stack(tmp_folder, Ports.free(), on(small_disk)) as stack:
        assert offer(stack.ports.smtp, first) == 250 and arrives(stack, first)
        with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
            while True:
                file.write(bytes(4096))
        codes = [offer(stack.ports.smtp, second) for _ in range(3)]
        assert all(400 <= code < 500 for code in codes), codes
        assert delivered(stack.mail, second) == 0
        filler.unlink()
        assert offer(stack.ports.smtp, second) == 250 and arrives(stack, second)
        database = sqlite3.connect(small_disk / "database")
        assert database.execute("SELECT count(*) FROM message").fetchone() == (2,)
        database.close()
        assert "111222333" not in stack.log.joinpath("milter.log").read_text()


def test_on_a_read_only_disk_the_milter_does_not_start_and_mail_waits(tmp_folder: Path, small_disk: Path) -> None:
    sample = Sample(7, sensitive=True)
    with Stack(tmp_folder, Ports.free(), on(small_disk)) as stack:
        for name in ("milter", "courier", "portal"):
            stack.kill(name)
        remount(small_disk, "ro")
        with pytest.raises(StartError, match="cannot open the storage"):
            stack.restart("milter")
        assert 400 <= offer(stack.ports.smtp, sample) < 500
        assert delivered(stack.mail, sample) == 0
        remount(small_disk, "rw")
        for name in ("milter", "courier", "portal"):
            stack.restart(name)
        assert offer(stack.ports.smtp, sample) == 250 and arrives(stack, sample)
