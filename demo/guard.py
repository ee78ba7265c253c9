"""Stops a private Postfix when the process that started it is gone, however it went.

Postfix's master is a daemon, so the kernel cannot end it with its parent as it ends the services.

    python -m demo.guard CONFIG
"""

from __future__ import annotations

import subprocess
import sys
from signal import SIG_BLOCK, Signals, pthread_sigmask, sigwait

from demo.private_postfix import as_root


def main() -> None:
    pthread_sigmask(SIG_BLOCK, {Signals.SIGTERM, Signals.SIGINT})
    print("watching", flush=True)
    sigwait({Signals.SIGTERM})
    subprocess.run(as_root(["/usr/sbin/postfix", "-c", sys.argv[1], "stop"]), capture_output=True, check=False)


if __name__ == "__main__":
    main()
