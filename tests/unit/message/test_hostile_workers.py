"""What a worker can say and do when the writer of a document has come to rule it: harm its own document alone."""

from __future__ import annotations

import ast
import contextlib
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.unit.message.forbidden_acts import ATTEMPTS, filled
from tests.unit.message.hostile_workers import COMMAND, LIES
from tests.unit.message.test_workers import a_document, running, wait_for
from zegel.message import workers as workers_module
from zegel.message.base import landlock
from zegel.message.workers import Workers

pytestmark = pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")
MEMORY = 1_000_000_000


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    workers = Workers(1, MEMORY, COMMAND)
    workers.start()
    yield workers
    workers.close()


def what_comes_of(workers: Workers, *act: str) -> str:
    """What a worker gets that tries something: its result, or the name of the error."""
    found = a_document(workers, "|".join(("tries", *act)))
    return found.texts[0].content if found.texts else found.unreadable[0].kind


def test_an_honest_answer_is_believed(workers: Workers) -> None:
    found = a_document(workers)
    assert [text.content for text in found.texts] == ["texts"]
    assert (found.budget.unpacked, found.budget.members, found.budget.ocr) == (10, 5, 1.5)
    assert 0 < found.budget.seconds <= 60


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_makes_the_document_unreadable_and_nothing_else(workers: Workers, lie: str) -> None:
    found = a_document(workers, lie)
    assert [(item.part, item.kind) for item in found.unreadable] == [("2", "limit")]
    assert not found.texts and not found.files
    assert (found.budget.unpacked, found.budget.members, found.budget.ocr) == (1000, 10, 2.0)
    assert 0 <= found.budget.seconds <= 60


def test_a_worker_has_its_socket_the_document_and_the_answer_and_no_more(workers: Workers) -> None:
    """No pipe of the milter or of other workers, and no line in the milter's log."""
    opened = ast.literal_eval(what_comes_of(workers, "open files"))
    assert len(opened) == 6, opened
    assert set(ast.literal_eval(what_comes_of(workers, "descriptors"))) == {Path(os.devnull).stat().st_rdev}
    assert set(ast.literal_eval(what_comes_of(workers, "environment"))) <= {"PATH", "LC_CTYPE"}


def process(workers: Workers, whose: str, name: str = "tries|process") -> str:
    found = a_document(workers, name, whose=whose)
    return found.texts[0].content if found.texts else ""


def test_documents_of_nobody_in_particular_have_each_a_process(workers: Workers) -> None:
    assert len({what_comes_of(workers, "process") for _ in range(3)}) == 3


def test_a_process_reads_for_one_sender_only(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = process(workers, "anna")
    assert process(workers, "anna") == anna
    bob = process(workers, "bob")
    assert bob != anna and process(workers, "bob") == bob
    assert process(workers, "anna") not in (anna, bob), "there is one worker at a time here, and bob's was the last"
    monkeypatch.setattr(workers_module, "_MOST_DOCUMENTS", 3)
    assert len({process(workers, "chris") for _ in range(6)}) == 2


@pytest.mark.parametrize("lie", ["keeps it mapped", "half of JSON", "ends", "says nothing"])
def test_who_has_lied_reads_no_more(workers: Workers, lie: str) -> None:
    before = process(workers, "anna")
    assert process(workers, "anna", lie) == ""
    assert process(workers, "anna") not in (before, "")


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers of system calls are those of x86_64")
@pytest.mark.parametrize("attempt", ATTEMPTS, ids=" ".join)
def test_a_worker_cannot(workers: Workers, attempt: tuple[str, ...], tmp_path: Path) -> None:
    for name in ("master.key", "zegel.db"):
        (tmp_path / name).write_text("secret")
    (tmp_path / "link").symlink_to(tmp_path / "master.key")
    (tmp_path / "memory").symlink_to(f"/proc/{os.getpid()}/environ")
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho ran\n")
    program.chmod(0o755)
    before = sorted(path.name for path in tmp_path.iterdir())
    ours = {"{milter}": str(os.getpid()), "{folder}": str(tmp_path)}
    outcome = what_comes_of(workers, *filled(attempt, ours))
    assert outcome in ("PermissionError", "CalledProcessError")
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert (tmp_path / "master.key").read_text() == "secret"
    assert a_document(workers).texts, "the workers go on"


def test_a_worker_sees_nothing_of_another_that_reads() -> None:
    workers = Workers(2, MEMORY, COMMAND)
    try:
        workers.start()
        with ThreadPoolExecutor(1) as threads:
            wait_for(lambda: len(running(workers)) == 2)
            other = running(workers)[0]
            hanging = threads.submit(a_document, workers, "hang", 10)
            wait_for(lambda: len(running(workers)) == 3)
            opened = [f"fd/{number}" for number in range(3, 6)]
            assert all(Path(f"/proc/{other}/{each}").exists() for each in opened), "it has them"
            for each in (*opened, "mem", "maps", "environ", "status"):
                assert what_comes_of(workers, "read", f"/proc/{other}/{each}") == "PermissionError"
            assert [item.kind for item in hanging.result().unreadable] == ["timeout"]
    finally:
        workers.close()


def test_calls_whose_arguments_are_not_seen_are_not_there(workers: Workers) -> None:
    """clone3 could make namespaces; the C library takes the older call."""
    assert what_comes_of(workers, "system call", "435", "0", "0") == "OSError"


def test_a_worker_runs_what_reads_for_it(workers: Workers) -> None:
    assert what_comes_of(workers, "run", "/bin/sh", "-c", "echo ran") == "ran\n"


@pytest.mark.slow
def test_what_a_worker_starts_holds_nobody_up(workers: Workers) -> None:
    """It is not ended with the worker: docs/security.md says so. So the test does it."""
    mark = f"mark-of-{os.getpid()}"
    found = a_document(workers, f"tries|run|/bin/sh|-c|while :; do :; done # {mark}", 1.0)
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"done # {mark}".encode() in folder.joinpath("cmdline").read_bytes():
                os.kill(int(folder.name), signal.SIGKILL)
    assert [item.kind for item in found.unreadable] == ["timeout"]
