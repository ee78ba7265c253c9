"""The milter as it is, of which a process kills itself at a point of the message named by a file: FOLDER/die.

Usage: dying_milter.py --config FOLDER/zegel.yaml. The file holds the name of one of POINTS and is removed first, so
that the next process lives. FOLDER/die-alone does the same; with FOLDER/die the whole milter dies at that point.
While FOLDER/wait exists, a sealed message is not answered.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zegel.intake
import zegel.offers
import zegel.vault.store
import zegel_milter.main
import zegel_milter.session

POINTS = (
    "before the slot", "before the commit", "after the commit", "before delrcpt", "after delrcpt",
    "after the slot", "after the answer",
)  # fmt: skip


def die(folder: Path, point: str) -> None:
    """SIGKILL, when it is this point's turn."""
    while point == "after the commit" and (folder / "wait").exists():
        time.sleep(0.02)
    for file, kill, target in ((folder / "die", os.killpg, os.getpgrp()), (folder / "die-alone", os.kill, os.getpid())):
        if file.exists() and file.read_text(encoding="utf-8") == point:
            file.unlink()
            kill(target, signal.SIGKILL)


def around(owner: Any, name: str, before: str, after: str, folder: Path) -> None:
    """Has a method die before or after its work."""
    work: Callable[..., Any] = getattr(owner, name)

    def dying(*arguments: Any, **named: Any) -> Any:
        die(folder, before)
        result = work(*arguments, **named)
        die(folder, after)
        return result

    setattr(owner, name, dying)


def main() -> None:
    folder = Path(sys.argv[2]).parent
    around(zegel.offers.Offers, "begin", "before the slot", "", folder)
    around(zegel.vault.store.Store, "add_message", "", "before the commit", folder)
    around(zegel.intake.Intake, "receive", "", "after the commit", folder)
    around(zegel_milter.session.Session, "delrcpt", "before delrcpt", "after delrcpt", folder)
    around(zegel.offers.Offers, "give_back", "after the slot", "", folder)
    # libmilter writes the answer after eom has returned; what comes next is Postfix's next command or its going.
    around(zegel_milter.session.Session, "abort", "after the answer", "", folder)
    around(zegel_milter.session.Session, "close", "after the answer", "", folder)
    zegel_milter.main.main()


if __name__ == "__main__":
    main()
