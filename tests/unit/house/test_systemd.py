"""The units: accepted by systemd, well locked up, and still able to do the work inside that lock."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.message.message_samples import pdf

ROOT = Path(__file__).resolve().parents[3]
UNITS = ROOT / "systemd"
JOBS = [UNITS / "zegel-audit.service"]
"""Units that a timer starts and that end by themselves."""
SERVICES = sorted(set(UNITS.glob("*.service")) - set(JOBS))
EXPOSURE = 2.0


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def run(*words: str, cwd: Path | None = None) -> str:
    """What the command says; it has to succeed."""
    answer = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout + answer.stderr


def settings(unit: Path, section: str = "Service") -> dict[str, list[str]]:
    """Each setting of a section with all its lines, in order."""
    result: dict[str, list[str]] = {}
    here = ""
    for line in unit.read_text().splitlines():
        if line.startswith("["):
            here = line.strip("[]")
        elif here == section and "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            result.setdefault(name, []).append(value)
    return result


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units with programs that exist on this machine: verify looks for them."""
    for unit in (*SERVICES, *JOBS, *UNITS.glob("*.target"), *UNITS.glob("*.timer")):
        text = unit.read_text().replace("/opt/zegel/.venv/bin/", f"{Path(sys.executable).parent}/")
        (tmp_path / unit.name).write_text(text)
    return tmp_path


def test_there_are_four_services() -> None:
    assert names(SERVICES) == [
        "zegel-console.service",
        "zegel-courier.service",
        "zegel-milter.service",
        "zegel-portal.service",
    ]


def test_systemd_has_no_remark_on_any_unit(installed: Path) -> None:
    # By full path: systemd finds the others beside the first.
    assert run("systemd-analyze", "verify", *map(str, sorted(installed.iterdir()))) == ""


@pytest.mark.parametrize("unit", [*SERVICES, *JOBS], ids=names([*SERVICES, *JOBS]))
def test_exposure_is_low(unit: Path) -> None:
    said = run("systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", str(unit))
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert exposure, said
    assert float(exposure[1]) <= EXPOSURE


@pytest.mark.parametrize("unit", SERVICES, ids=names(SERVICES))
def test_each_service_starts_a_command_that_the_package_installs(unit: Path) -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    commands = re.findall(r"^(\S+) =", setup["options.entry_points"]["console_scripts"], re.MULTILINE)
    (start,) = settings(unit)["ExecStart"]
    assert Path(start.split()[0]).name == unit.stem
    assert unit.stem in commands


@pytest.mark.parametrize("unit", [*SERVICES, *JOBS], ids=names([*SERVICES, *JOBS]))
def test_the_key_comes_as_a_credential_and_nothing_runs_as_root(unit: Path) -> None:
    service = settings(unit)
    key = "sealing.key" if unit.stem == "zegel-milter" else "master.key"
    assert service["LoadCredential"] == [f"{key}:/etc/zegel/{key}"]
    assert service.get("InaccessiblePaths", []) == (["-/etc/zegel/master.key"] if key == "sealing.key" else [])
    assert service["User"] == service["Group"] == ["zegel"]


def test_the_courier_alone_reaches_the_listener_that_looks_at_nothing() -> None:
    groups = {unit.stem: settings(unit).get("SupplementaryGroups", []) for unit in (*SERVICES, *JOBS)}
    assert groups.pop("zegel-courier") == ["postdrop"] and not any(groups.values())
    assert "g postdrop -" in (UNITS / "zegel.sysusers.conf").read_text().splitlines()


def test_the_target_carries_all_four_and_they_stop_with_it() -> None:
    (wants,) = settings(UNITS / "zegel.target", "Unit")["Wants"]
    assert sorted(wants.split()) == names(SERVICES)
    for unit in SERVICES:
        assert settings(unit, "Unit")["PartOf"] == ["zegel.target"]


def test_the_audit_log_is_verified_by_a_timer() -> None:
    (start,) = settings(UNITS / "zegel-audit.service")["ExecStart"]
    assert start.endswith("/zegel audit verify --full")
    assert settings(UNITS / "zegel-audit.timer", "Timer")["OnCalendar"]


def test_the_milter_is_not_killed_while_it_finishes_what_is_under_way() -> None:
    from zegel_milter import serving

    (stop,) = settings(UNITS / "zegel-milter.service")["TimeoutStopSec"]
    assert int(stop.removesuffix("s")) > serving.FINISH_WITHIN
    assert settings(UNITS / "zegel-milter.service")["KillMode"] == ["mixed"], "its readers are killed with it"


@pytest.mark.parametrize("unit", SERVICES, ids=names(SERVICES))
def test_a_service_always_comes_back(unit: Path) -> None:
    assert settings(unit)["Restart"] == ["always"]
    assert settings(unit, "Unit")["StartLimitIntervalSec"] == ["0"]


def test_account_and_folders_are_made(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/group").write_text("root:x:0:\npostfix:x:109:\n")
    (tmp_path / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    users, folders = UNITS / "zegel.sysusers.conf", UNITS / "zegel.tmpfiles.conf"
    said = run("systemd-sysusers", f"--root={tmp_path}", "--dry-run", str(users))
    assert "zegel" in said
    lines = [line.split() for line in folders.read_text().splitlines() if line and not line.startswith("#")]
    made = {line[1]: (line[2], line[3], line[4]) for line in lines}
    assert made["/var/spool/postfix/zegel"] == ("2750", "zegel", "postfix")
    assert made["/var/lib/zegel"] == ("0700", "zegel", "zegel")


# Inside the lock. Nothing here needs a running systemd: the same filter is laid on a process of our own.

LOCKED = """
import ctypes, errno, os, sys
NO_NEW_PRIVS, MDWE, REFUSE_EXEC_GAIN, ERRNO, ALLOW = 38, 65, 1, 0x00050000, 0x7FFF0000

def lock(calls):
    libc, seccomp = ctypes.CDLL(None), ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(ERRNO | errno.EPERM))
    for name in calls:
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:
            seccomp.seccomp_rule_add(context, ctypes.c_uint32(ALLOW), number, 0)
    if libc.prctl(MDWE, REFUSE_EXEC_GAIN, 0, 0, 0):
        sys.exit(77)
    libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0)
    assert seccomp.seccomp_load(context) == 0
    try:
        os.sched_setaffinity(0, os.sched_getaffinity(0))
    except PermissionError:
        return
    sys.exit("the filter is not in force")

if __name__ == "__main__":
    lock(sys.argv[1].split(","))
    exec(sys.argv[2])
"""

WORK = """
import sqlite3, tempfile
import argon2, magic, pypdfium2, re2
from concurrent.futures import ThreadPoolExecutor
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from multiprocessing import get_context
from pathlib import Path
import resource
AESGCM(bytes(32)).encrypt(bytes(12), b"mail", b"id")
assert argon2.PasswordHasher(time_cost=1).verify(argon2.PasswordHasher(time_cost=1).hash("a"), "a")
assert re2.search(r"\\d{9}", "x 111222333").group() == "111222333"
assert magic.from_buffer(b"%PDF-1.4", mime=True) == "application/pdf"
document = pypdfium2.PdfDocument.new()
document.new_page(100, 100).render()
resource.setrlimit(resource.RLIMIT_AS, (1 << 40, 1 << 40))
for kind in ("spawn", "forkserver"):
    worker = get_context(kind).Process(target=print, args=("done",))
    worker.start()
    worker.join(30)
    assert worker.exitcode == 0, worker.exitcode
with ThreadPoolExecutor(4) as pool, tempfile.TemporaryDirectory() as folder:
    assert list(pool.map(abs, [-1, -2])) == [1, 2]
    database = sqlite3.connect(Path(folder, "a.db"))
    database.execute("PRAGMA journal_mode=WAL")
    with database:
        database.execute("CREATE TABLE a (b)")
"""


READ = """
import logging, sys
from pathlib import Path
from zegel.message.reader import Reader
from zegel.settings.model import Limits
said = []
handler = logging.Handler()
handler.emit = lambda record: said.append(record.msg)
logging.getLogger().addHandler(handler)
reader = Reader(Limits(), 1)
reader.start()
for path in sys.argv[3:]:
    read = reader.read_document(Path(path).read_bytes(), Path(path).name)
    assert any("111222333" in text.content for text in read.texts), (path, read.unreadable)
reader.close()
assert not said, said
"""


def _system_calls(filters: list[str]) -> set[str]:
    """The calls that a unit's SystemCallFilter lines leave, by systemd's own lists."""

    def expand(name: str) -> set[str]:
        if not name.startswith("@"):
            return {name}
        lines = run("systemd-analyze", "syscall-filter", name).splitlines()[1:]
        members = {line.strip() for line in lines if line.strip() and not line.strip().startswith("#")}
        return set().union(*(expand(member) for member in members))

    allowed = expand("@default")
    for line in filters:
        calls = set().union(*(expand(name) for name in line.removeprefix("~").split()))
        allowed = allowed - calls if line.startswith("~") else allowed | calls
    return allowed


@pytest.mark.parametrize("unit", SERVICES, ids=names(SERVICES))
def test_the_libraries_work_inside_the_lock(unit: Path, tmp_path: Path) -> None:
    calls = _system_calls(settings(unit)["SystemCallFilter"])
    script = tmp_path / "locked.py"
    script.write_text(LOCKED)
    words = [sys.executable, str(script), ",".join(sorted(calls)), WORK]
    answer = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    if answer.returncode == 77:
        pytest.skip("this kernel does not know PR_SET_MDWE")
    assert answer.returncode == 0, answer.stderr


def test_documents_are_read_inside_the_lock_behind_all_walls(tmp_path: Path) -> None:
    calls = _system_calls(settings(UNITS / "zegel-milter.service")["SystemCallFilter"])
    script = tmp_path / "locked.py"
    script.write_text(LOCKED)
    (tmp_path / "a.pdf").write_bytes(pdf("111222333"))
    (tmp_path / "a.txt").write_text("111222333")
    subprocess.run(["7z", "a", "-bd", "a.7z", "a.pdf", "a.txt"], cwd=tmp_path, check=True, capture_output=True)
    documents = [str(tmp_path / name) for name in ("a.pdf", "a.7z")]
    words = [sys.executable, str(script), ",".join(sorted(calls)), READ, *documents]
    answer = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    if answer.returncode == 77:
        pytest.skip("this kernel does not know PR_SET_MDWE")
    assert answer.returncode == 0, answer.stderr
