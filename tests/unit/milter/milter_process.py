"""A milter process of its own with the real Session and an intake that writes down what it receives.

Usage: milter_process.py SOCKET FOLDER (MOST | whole); with `whole` it is the real process with FOLDER/zegel.yaml,
all but the intake. Each message becomes FOLDER/<number>.json and .eml. The envelope
tells what to answer: recipients `sealed…@` are to be protected; the senders `broken@`, `huge@` and `slow@` make it
raise, raise something that is no Exception, and wait until FOLDER/go exists.
"""

from __future__ import annotations

import itertools
import json
import logging
import sys
import time
from collections.abc import Callable
from mmap import mmap
from pathlib import Path
from typing import Any

import Milter

import zegel_milter.main
import zegel_milter.serving
from zegel.figures import Figures
from zegel.intake import Outcome
from zegel.mail.envelope import Envelope
from zegel_milter.counts import counts_for
from zegel_milter.session import session_factory

SECRET = "de patiënt heeft griep"


class NotingIntake:
    """Takes the place of zegel.intake.Intake."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)

    def is_outgoing(self, envelope: Envelope, _: Callable[[], bytes | mmap]) -> bool:
        ours = envelope.authenticated or envelope.sender.endswith("@kliniek.example")
        return ours and bool(envelope.outside(["kliniek.example"]))

    def reply_to_all(self, envelope: Envelope) -> int:
        """Any sender with "+a" brings the same reply."""
        return 7 if "+a" in envelope.sender else 0

    def share(self, reply: int, envelope: Envelope, raw: bytes | mmap) -> Outcome:
        (self._folder / f"shared-{reply}.eml").write_bytes(raw)
        return Outcome("sealed", envelope.recipients, discard=True)

    def take_bounce(self, envelope: Envelope, content: Callable[[], bytes | mmap]) -> tuple[str, ...]:
        """Takes what is for an address with "+z" out of mail without a sender, and notes that it read it."""
        taken = tuple(each for each in envelope.recipients if "+z" in each and not envelope.sender)
        if taken:
            (self._folder / "bounce.eml").write_bytes(content())
        return taken

    def receive(self, envelope: Envelope, raw: bytes | mmap) -> Outcome:
        number = next(self._numbers)
        note: dict[str, Any] = {
            "queue_id": envelope.queue_id,
            "sender": envelope.sender,
            "recipients": envelope.recipients,
            "authenticated": envelope.authenticated,
            "login": envelope.login,
            "on disk": isinstance(raw, mmap),
        }
        (self._folder / f"{number}.eml").write_bytes(raw)
        unfinished = self._folder / f"{number}.writing"
        unfinished.write_text(json.dumps(note), encoding="utf-8")
        unfinished.rename(self._folder / f"{number}.json")
        match envelope.sender.partition("@")[0]:
            case "broken":
                raise ValueError(SECRET)
            case "huge":
                raise MemoryError(SECRET)
            case "slow":
                while not (self._folder / "go").exists():
                    time.sleep(0.01)
        protected = tuple(r for r in envelope.outside(["kliniek.example"]) if r.startswith("sealed"))
        return Outcome("sealed" if protected else "clean", protected, 1 if protected else 0)


def serve(socket: str, folder: Path, most: int) -> None:
    """Until it is killed."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    spool = folder / "spool"
    spool.mkdir()
    (counts,) = counts_for([Figures()])
    Milter.factory = session_factory(NotingIntake(folder), spool, most, counts)  # type: ignore[arg-type]
    Milter.set_exception_policy(Milter.TEMPFAIL)
    Milter.set_flags(Milter.DELRCPT)
    Milter.runmilter("zegel", f"unix:{socket}", 300)


def serve_whole(folder: Path) -> None:
    """As zegel-milter does, until a signal stops it."""
    vars(zegel_milter.serving)["Intake"] = lambda *_: NotingIntake(folder)
    zegel_milter.main.main(["--config", str(folder / "zegel.yaml")])


if __name__ == "__main__":
    if sys.argv[3] == "whole":
        serve_whole(Path(sys.argv[2]))
    serve(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
