"""Unwraps a mail out of a file of Outlook or of S/MIME: a program of its own, because the file may be hostile.

Run as `python -I mail_worker.py tnef|msg|cms` with the file on stdin; prints the mail in it.
"""

from __future__ import annotations

import resource
import sys

_MEMORY, _SECONDS = 1_000_000_000, 8
_UNPACKED, _MEMBERS = 200_000_000, 1000


def main() -> None:
    """Reads the file, limits itself, unwraps."""
    from zegel.message.base.found import Budget
    from zegel.message.base.sandbox import confine, go_behind_others
    from zegel.message.unwrap import unwrapped

    data = sys.stdin.buffer.read()
    go_behind_others()
    confine(_MEMORY)
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    sys.stdout.buffer.write(unwrapped(data, sys.argv[1], Budget(_UNPACKED, _MEMBERS, 1)))


if __name__ == "__main__":
    main()
