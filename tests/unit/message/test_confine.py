"""What a worker may not do, tried in a process that is confined as workers are."""

from __future__ import annotations

import multiprocessing
import os
import resource
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.limits import within
from zegel.message.base.sandbox import confine, limit_processor_time

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["zegel.message.documents"])  # a process has one server, for later tests too


def _in_process(outcome: Any, attempt: Callable[[Path], object], folder: Path) -> None:
    confine(1_000_000_000)
    try:
        outcome.put(str(attempt(folder)))
    except OSError as error:
        outcome.put(type(error).__name__)


def confined(attempt: Callable[[Path], object], folder: Path) -> str:
    """What comes of an attempt in a confined process: its result, or the name of the error."""
    outcome = _CONTEXT.SimpleQueue()
    process = _CONTEXT.Process(target=_in_process, args=(outcome, attempt, folder))
    process.start()
    process.join(30)
    return "nothing" if outcome.empty() else str(outcome.get())


def connect(folder: Path) -> object:
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM)


def connect_to_a_neighbour(folder: Path) -> object:
    return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)


def write(folder: Path) -> object:
    return (folder / "new").write_text("x")


def read_it(folder: Path) -> object:
    return (folder / "there").read_text()


def append(folder: Path) -> object:
    with (folder / "there").open("a") as file:
        return file.write("x")


def remove(folder: Path) -> None:
    (folder / "there").unlink()


def rename(folder: Path) -> object:
    return (folder / "there").rename(folder / "elsewhere")


def make_folder(folder: Path) -> None:
    (folder / "sub").mkdir()


def open_up(folder: Path) -> None:
    (folder / "there").chmod(0o777)


def through_a_shell(folder: Path) -> object:
    return subprocess.run(["/bin/sh", "-c", f"echo x > {folder}/new"], capture_output=True, check=False).returncode


FORBIDDEN = [connect, connect_to_a_neighbour, read_it, write, append, remove, rename, make_folder, open_up]


@pytest.mark.parametrize("attempt", FORBIDDEN)
def test_a_worker_cannot(attempt: Callable[[Path], object], tmp_path: Path) -> None:
    (tmp_path / "there").write_text("as it was")
    assert confined(attempt, tmp_path) == "PermissionError"
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    assert (tmp_path / "there").read_text() == "as it was"


def test_nor_can_a_program_that_it_starts(tmp_path: Path) -> None:
    assert confined(through_a_shell, tmp_path) not in ("0", "nothing")
    assert not list(tmp_path.iterdir())


def read_python(folder: Path) -> object:
    return len(Path(subprocess.__file__).read_text()) > 1000


def give_back(folder: Path) -> object:
    return os.write(os.memfd_create("found"), b"text")


def test_a_worker_can_load_what_it_needs_and_give_back_what_it_found(tmp_path: Path) -> None:
    assert confined(read_python, tmp_path) == "True"
    assert confined(give_back, tmp_path) == "4"


def dump(folder: Path) -> object:
    return resource.getrlimit(resource.RLIMIT_CORE), resource.getrlimit(resource.RLIMIT_AS)[0]


def test_a_worker_leaves_no_core_file_and_has_its_share_of_memory(tmp_path: Path) -> None:
    assert confined(dump, tmp_path) == "((0, 0), 1000000000)"


def spin(folder: Path) -> object:
    limit_processor_time(0)
    while True:
        pass


@pytest.mark.slow
def test_the_kernel_ends_a_worker_that_nobody_stops(tmp_path: Path) -> None:
    with within(25):
        assert confined(spin, tmp_path) == "nothing"
