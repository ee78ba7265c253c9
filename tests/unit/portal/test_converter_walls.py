"""What the processes that show files cannot do, tried in each of them as it is, from where its library would be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import zegel_portal.convert.converter
from tests.unit.message.forbidden_acts import ATTEMPTS, REFUSALS, filled
from zegel.message.base import landlock
from zegel_portal.convert.converter import find_office

pytestmark = [
    pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock"),
    pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers of system calls are those of x86_64"),
]
_ROOT = str(Path(__file__).parents[3])
_RULED = """
import json, os, runpy, sys
sys.path.append(sys.argv[1])
from tests.unit.message import forbidden_acts
sys.path.remove(sys.argv[1])
out = os.dup(1)

def taken_over(*arguments, **named):
    tried = [forbidden_acts.what_comes_of(*attempt) for attempt in json.loads(sys.stdin_text)]
    os.write(out, json.dumps(tried).encode())
    os._exit(0)

sys.stdin_text = sys.argv[2]
where, name = sys.argv[3].rsplit(".", 1)
script = sys.argv[4]
sys.argv = sys.argv[4:]
if where == "__main__":
    begin = 'if __name__ == "__main__":'
    text = open(script).read().replace(begin, name + " = taken_over\\n" + begin)
    exec(compile(text, script, "exec"), {"__name__": "__main__", "__file__": script, "taken_over": taken_over})
else:
    import importlib
    setattr(importlib.import_module(where), name, taken_over)
    runpy.run_path(script, run_name="__main__")
"""
KINDS = {
    "picture": ("PIL.Image.open", "picture_worker.py"),
    "PDF": ("pypdfium2.PdfDocument", "pdf_worker.py", "1"),
    "mail": ("zegel.message.unwrap.unwrapped", "mail_worker.py", "tnef"),
    "office": ("__main__._converted", "office_worker.py", find_office() or "/usr/lib", "{own}", ".fodt"),
}
"""By each kind: what the document takes over there, and how the converter runs it."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_process_that_shows_files_cannot(kind: str, tmp_path: Path) -> None:
    for name in ("master.key", "zegel.db"):
        (tmp_path / name).write_text("secret")
    (tmp_path / "link").symlink_to(tmp_path / "master.key")
    (tmp_path / "memory").symlink_to(f"/proc/{os.getpid()}/environ")
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho ran\n")
    program.chmod(0o755)
    before = sorted(path.name for path in tmp_path.iterdir())
    place, script, *arguments = KINDS[kind]
    ours = {"{milter}": str(os.getpid()), "{folder}": str(tmp_path)}
    attempts = [filled(attempt, ours) for attempt in (*ATTEMPTS, ("run", "/bin/sh", "-c", "echo ran"))]
    with tempfile.TemporaryDirectory() as own:
        worker = Path(zegel_portal.convert.converter.__file__).with_name(script)
        ran = subprocess.run(
            [sys.executable, "-I", "-c", _RULED, _ROOT, json.dumps(attempts), place, str(worker),
             *(each.replace("{own}", own) for each in arguments)],
            input=b"x", capture_output=True, timeout=120, check=False, env={},
        )  # fmt: skip
    assert ran.stdout, ran.stderr.decode()[-2000:]
    outcomes = dict(zip(map(" ".join, attempts), json.loads(ran.stdout), strict=True))
    assert {act: outcome for act, outcome in outcomes.items() if outcome not in REFUSALS} == {}
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert (tmp_path / "master.key").read_text() == "secret"
