"""What is killed: our processes, the workers that read for them, and Postfix's own."""

from __future__ import annotations

import contextlib
import os
import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from demo.stack import Stack

OURS: Final = ("milter", "courier", "portal")
POSTFIX: Final = ("smtpd", "cleanup", "qmgr", "virtual", "trivial-rewrite", "smtp")


def victims(stack: Stack) -> dict[str, Callable[[random.Random], bool]]:
    """By name, what kills one and brings back what does not come back by itself; False when there was none to kill."""
    found: dict[str, Callable[[random.Random], bool]] = {}
    for name in OURS:
        found[name] = _whole(stack, name)
    for name in ("milter", "portal"):
        found[f"worker of the {name}"] = _worker(stack, name)
    for name in POSTFIX:
        found[f"Postfix's {name}"] = _of_postfix(stack, name)
    return found


def _whole(stack: Stack, name: str) -> Callable[[random.Random], bool]:
    def kill(_: random.Random) -> bool:
        stack.kill(name)
        stack.restart(name)
        return True

    return kill


def _worker(stack: Stack, name: str) -> Callable[[random.Random], bool]:
    def kill(chance: random.Random) -> bool:
        pid = stack.services[name].pid
        return _kill_one(list(_below(pid)) if pid else [], chance)

    return kill


def _of_postfix(stack: Stack, name: str) -> Callable[[random.Random], bool]:
    def kill(chance: random.Random) -> bool:
        master = int(stack.postfix.queue.joinpath("pid", "master.pid").read_text())
        return _kill_one([pid for pid in _below(master) if _name(pid) == name], chance)

    return kill


def _below(pid: int) -> Iterator[int]:
    """The processes that `pid` started, and theirs."""
    for task in _listed(Path(f"/proc/{pid}/task")):
        with contextlib.suppress(OSError):
            for child in map(int, (task / "children").read_text().split()):
                yield child
                yield from _below(child)


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _kill_one(pids: list[int], chance: random.Random) -> bool:
    if not pids:
        return False
    try:
        os.kill(chance.choice(pids), signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
