"""Running postfix/zegel-postfix and postconf on a configuration directory."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "postfix" / "zegel-postfix"


def cooled(folder: Path) -> Path:
    """Makes the files old: Postfix waits a second before it reads one that was changed just now."""
    for name in ("main.cf", "master.cf"):
        os.utime(folder / name, (1_000_000_000, 1_000_000_000))
    return folder


def script(folder: Path, *words: str, fails: bool = False) -> str:
    """What the script says; standard error after standard output."""
    command = [str(SCRIPT), "-c", str(cooled(folder)), *words]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (answer.returncode != 0) == fails, answer.stdout + answer.stderr
    return answer.stdout + answer.stderr


def postconf(folder: Path, *words: str) -> str:
    command = ["/usr/sbin/postconf", "-c", str(cooled(folder)), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
