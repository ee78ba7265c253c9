"""The machine that Zegel is set up on: its programs, its Postfix, its units."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

SYSTEMD = Path("/run/systemd/system")
_UNITS = ("/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system")
_SECONDS = 180


class NotReady(Exception):
    """What is wrong, and what to do, for the administrator."""


def run(*words: str, seconds: float = _SECONDS) -> str:
    """What a program prints. Raises NotReady with what it says when it fails."""
    environment = os.environ | {"PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(  # noqa: S603 (no shell, our own words)
            words, env=environment, capture_output=True, text=True, timeout=seconds, check=False
        )
    except FileNotFoundError:
        raise NotReady(f"{words[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise NotReady(f"{' '.join(words)} does not end") from None
    if done.returncode:
        raise NotReady(f"{' '.join(words)}: {(done.stderr.strip() or done.stdout.strip())}")
    return done.stdout + (f"\n{done.stderr.strip()}" if done.stderr.strip() else "")


def postfix_script() -> str:
    """zegel-postfix of this installation: beside the environment that this runs in."""
    script = Path(sys.prefix).parent / "postfix" / "zegel-postfix"
    if script.exists():
        return str(script)
    found = shutil.which("zegel-postfix") or shutil.which("zegel-postfix", path="/usr/sbin")
    if found is None:
        raise NotReady(f"zegel-postfix is neither at {script} nor in the PATH; install Zegel again")
    return found


def postfix(*words: str, folder: str | None) -> str:
    """Has zegel-postfix do something. Raises NotReady."""
    return run(sys.executable, postfix_script(), *words, *(["-c", folder] if folder else []))


def delivers_locally(name: str) -> bool:
    """Whether Postfix takes mail for `name` into mailboxes of this machine."""
    try:
        here = run("postconf", "-xh", "mydestination").replace(",", " ").split()
    except NotReady:
        return False
    return name in here


def own_domain() -> str:
    """The domain that Postfix writes behind names without one; "" when it has none."""
    try:
        name = run("postconf", "-xh", "myorigin").strip()
        if name.startswith("/"):
            name = Path(name).read_text("utf-8").split("\n")[0].strip()
    except (NotReady, OSError, UnicodeDecodeError):
        return ""
    return name if "." in name else ""


def timers() -> list[str]:
    """Zegel's timers that are installed; more may come with another version."""
    return sorted({path.name for folder in _UNITS for path in Path(folder).glob("zegel-*.timer")})


def has_units() -> bool:
    return any(Path(folder, "zegel.target").exists() for folder in _UNITS)


def is_running(unit: str) -> bool:
    try:
        run("systemctl", "--quiet", "is-active", unit)
    except NotReady:
        return False
    return True


def start(*, anew: bool) -> None:
    """Enables and starts all services and timers; `anew` for services that run with other settings."""
    if not SYSTEMD.exists():
        raise NotReady("systemd does not run here: start what the units' ExecStart name yourself, then run this again")
    units = ["zegel.target", *timers()]
    was_running = is_running("zegel.target")
    run("systemctl", "daemon-reload")
    run("systemctl", "enable", "--quiet", *units)
    run("systemctl", "start", *units)
    if anew and was_running:
        run("systemctl", "restart", "zegel.target")


def stop() -> None:
    """Stops and disables them."""
    if not SYSTEMD.exists():
        raise NotReady("systemd does not run here: stop the services yourself, then run this again")
    units = ["zegel.target", *timers()]
    run("systemctl", "disable", "--quiet", "--now", *units)
    run("systemctl", "stop", "zegel-*.service")


def wait_until(holds: Callable[[], bool], seconds: float) -> bool:
    """Whether it came to hold in that time."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.5)
    return True
