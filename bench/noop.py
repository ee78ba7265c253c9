"""The baseline of all milters: a pymilter that does nothing, with the same callbacks and no-reply bits as ours.

Usage: python -m bench.noop SOCKET
"""

from __future__ import annotations

import sys
from pathlib import Path

import Milter


def _mute(name: str) -> object:
    """A callback that is called with everything, answers nothing and does nothing."""

    def callback(self: object, *_: object) -> int:
        return int(Milter.CONTINUE)

    callback.__name__ = name
    return Milter.noreply(callback)


class Noop(Milter.Base):  # type: ignore[misc]
    """Hears what zegel_milter.session.Session hears."""

    envfrom = _mute("envfrom")
    envrcpt = _mute("envrcpt")
    header = _mute("header")
    eoh = _mute("eoh")
    body = _mute("body")

    def eom(self) -> int:
        return int(Milter.ACCEPT)


def main(path: Path) -> None:
    """Until it is killed."""
    path.unlink(missing_ok=True)
    Milter.factory = Milter.header_leading_space(Noop)
    Milter.set_exception_policy(Milter.TEMPFAIL)
    Milter.set_flags(Milter.DELRCPT)
    Milter.runmilter("noop", f"unix:{path}", 300)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
