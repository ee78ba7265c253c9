"""All tests: first in parallel, then those that measure time or memory, alone. What is given goes to pytest.

    python -m tests                every test, and one line that counts them
    python -m tests --durations=20

WORKERS: how many processes run tests side by side.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

ALONE: Final = "tests/timing"
WORKERS: Final = os.environ.get("WORKERS") or str(max(6, (os.cpu_count() or 1) + 2))
"""More than cores, because much of a test end to end is waiting."""
SIDE_BY_SIDE: Final = ("-n", WORKERS, "--dist", "loadgroup", "--no-loadscope-reorder")
NO_TESTS: Final = 5
"""How pytest ends when nothing was selected."""


def main() -> int:
    """Run both parts, whatever comes of the first; the worse exit code."""
    begun, counts, codes = time.monotonic(), Counter[str](), []
    # The tests start hundreds of processes, and without compiled modules each compiles all that it imports.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for words in ((f"--ignore={ALONE}", *SIDE_BY_SIDE), (ALONE,)):
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "report.xml")
            command = [sys.executable, "-m", "pytest", "--quiet", f"--junitxml={report}", *words, *sys.argv[1:]]
            codes.append(subprocess.run(command, check=False, env=environment).returncode)
            if report.exists():
                counts += counted(report.read_bytes())
    minutes, seconds = divmod(round(time.monotonic() - begun), 60)
    told = [f"{number} {what}" for what, number in counts.items() if number or what == "passed"]
    print(f"tests: {', '.join(told)} in {minutes}:{seconds:02} minutes")
    return max(code for code in codes if code != NO_TESTS or len(set(codes)) == 1)


def counted(report: bytes) -> Counter[str]:
    """How many tests of a JUnit report passed, were skipped and failed."""
    suite = next(ElementTree.fromstring(report).iter("testsuite"))
    tests, failed, broken, skipped = (int(suite.get(each, "0")) for each in ("tests", "failures", "errors", "skipped"))
    found = Counter({"passed": tests - failed - broken - skipped})
    found.update({"skipped": skipped, "failed": failed + broken})
    return found


if __name__ == "__main__":
    sys.exit(main())
