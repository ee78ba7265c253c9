"""The one writer: what it refuses, and that nobody waits for it for ever."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from demo.processes import ending_with_us
from zegel.vault.engines.sqlite import Sqlite
from zegel.vault.writer import NestedWrite, StoreClosed, Writer


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    return made(tmp_path / "a.db")


def made(path: Path) -> Writer:
    return Writer(Sqlite(path))


def test_a_write_waits_for_another_process_and_goes_on_when_that_is_killed(writer: Writer, tmp_path: Path) -> None:
    code = "import pathlib, sys, time; from zegel.vault.engines.sqlite import Turn\n"
    code += "with Turn(pathlib.Path(sys.argv[1])).taken(): print('taken', flush=True); time.sleep(600)"
    command = ending_with_us([sys.executable, "-c", code, str(tmp_path / "a.db-turn")])
    other = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert other.stdout is not None and other.stdout.readline() == b"taken\n"
    with ThreadPoolExecutor(1) as threads:
        written = threads.submit(writer.write, lambda: 1)
        with pytest.raises(TimeoutError):
            written.result(timeout=0.3)
        other.kill()
        other.communicate()
        assert written.result(timeout=60) == 1
    writer.close()


def test_a_write_inside_a_write_is_refused_and_the_writer_goes_on(writer: Writer) -> None:
    with pytest.raises(NestedWrite):
        writer.write(lambda: writer.write(lambda: 1))
    assert writer.write(lambda: 2) == 2
    writer.close()


def test_a_write_after_the_end_is_refused(writer: Writer) -> None:
    writer.close()
    with pytest.raises(StoreClosed):
        writer.write(lambda: 1)


def test_writes_that_race_the_end_are_done_or_refused(tmp_path: Path) -> None:
    """The moment between the look at the mark and the hand-over is met by many threads over many rounds."""
    for round_ in range(30):
        writer = made(tmp_path / f"{round_}.db")
        barrier = threading.Barrier(9)

        def write(writer: Writer = writer, barrier: threading.Barrier = barrier) -> str:
            barrier.wait()
            for _ in range(100):
                try:
                    writer.write(lambda: None)
                except StoreClosed:
                    return "refused"
            return "done"

        with ThreadPoolExecutor(8) as pool:
            answers = [pool.submit(write) for _ in range(8)]
            barrier.wait()
            writer.close()
            assert {answer.result(60) for answer in answers} <= {"done", "refused"}
