"""A disk that fills up, with a stack of its own on it: one of the drills in docs/operations.md."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from demo.private_postfix import as_root
from demo.stack import Options, Ports, Stack
from tests.e2e.drill import Drill
from tests.e2e.load import delivered


def test_the_disk_is_full(tmp_folder: Path) -> None:
    disk = tmp_folder.with_name(tmp_folder.name + "-disk")
    disk.mkdir(mode=0o755)
    options = "size=200m,mode=700"
    if subprocess.run(as_root(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)]), check=False).returncode:
        pytest.skip("this machine does not let us mount a tmpfs")
    try:
        storage = {name: f"{disk}/{name}" for name in ("database", "keyring", "spool")}
        settings = {"storage": storage, "limits": {"message_size": 10_000_000}}
        with Stack(tmp_folder, Ports.free(), Options(settings=settings)) as stack:
            drill, filler = Drill(stack), disk / "filler"
            assert drill.check() == (0, "")
            with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
                while True:
                    file.write(bytes(4096))
            sample, answer = drill.sends()
            assert 400 <= answer < 500 and delivered(stack.mail, sample) == 0 and drill.sees() == 200
            status, said = drill.check()
            assert status == 2 and "disk: 0 MB are free" in said and "Make room" in said
            assert "the disk is full: make room on it" in drill.log("milter")
            filler.unlink()
            sample, answer = drill.sends()
            assert answer == 250 and drill.arrives(sample) and drill.check() == (0, "")
    finally:
        subprocess.run(as_root(["umount", "-l", str(disk)]), check=True)
        disk.rmdir()
