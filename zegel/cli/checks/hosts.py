"""The other hosts that share the database: whether they live, and whose clock is off."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from zegel import __version__
from zegel.cli.checks.finding import Said
from zegel.database_address import Place
from zegel.vault.engines.looking import FAILED, looking

LATE = 300.0
"""Seconds without a sign of a courier, which gives one each minute."""
OFF = 5.0
"""Seconds that a clock may be off: logs are compared by it, and certificates end by it."""


def hosts(place: Place, ring: Path) -> Iterator[Said]:
    """What the database knows of hosts; nothing where it is a file."""
    if isinstance(place, Path):
        return
    asked = time.time()
    try:
        with looking(place) as look:
            (now,) = look.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchone()
            answered = time.time()
            found = look.execute("SELECT id, name, wants, seen, ahead, version FROM host ORDER BY name, id").fetchall()
        own = _own_id(ring)
    except FAILED:
        return  # the looks at database and key ring say it
    ahead = max(asked - now, min(answered - now, 0.0))
    problems: list[Said] = []
    if abs(ahead) > OFF:
        problems.append(("warning", f"the clock of this host is {_off(ahead)} that of the database: see to its NTP"))
    for id_, name, wants, seen, off, version in found:
        known = f"{name} ({id_})"
        if id_ != own and now - seen > LATE:
            problems.append((
                "warning",
                f"{known} gave no sign {f'for {(now - seen) / 60:.0f} minutes' if seen else 'yet'}: start it; if it "
                "never comes back, zegel host forget",
            ))  # fmt: skip
            continue
        if id_ != own and abs(off) > OFF:
            problems.append(("warning", f"the clock of {known} is {_off(off)} that of the database: see to its NTP"))
        if wants and len(found) > 1:
            problems.append(("warning", f"{known} lacks day keys, and waits for a host that has them"))
        if version not in ("", __version__):
            problems.append(("warning", f"{known} has Zegel {version}, and this host {__version__}: bring both to one"))
    yield from problems
    if not problems:
        others = ", ".join(f"{name} {now - seen:.0f} s ago" for id_, name, _, seen, *_ in found if id_ != own)
        yield "ok", f"{len(found)} hosts; seen: {others}" if others else "this host alone"


def sign_of_this_host(place: Place, ring: Path) -> float | None:
    """How long ago the courier of this host gave a sign; None when that is not known, as where there is one host."""
    if isinstance(place, Path) or not ring.exists():
        return None
    with looking(place) as look:
        row = look.execute(
            "SELECT extract(epoch FROM clock_timestamp())::float8 - seen FROM host WHERE id = ? AND seen > 0",
            (_own_id(ring),),
        ).fetchone()
    return float(row[0]) if row else None


def _off(ahead: float) -> str:
    return f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'}"


def _own_id(ring: Path) -> str:
    with looking(ring) as look:
        row = look.execute("SELECT value FROM ring WHERE name = 'host'").fetchone()
    return bytes(row[0]).hex() if row else ""
