"""What a worker that was taken over can do to the milter by the pool's pipe: nothing."""

from __future__ import annotations

import gc
import os
import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pebble.common.types import Result, ResultStatus
from pebble.pool.channel import WorkerChannel
from pebble.pool.process import TaskResult

from zegel.message.base.found import Budget, Found, Kind, ReadingFailed
from zegel.message.worker_channel import guard
from zegel.message.workers import Answer, Workers


class Command:
    """Runs a command where it is unpickled."""

    def __init__(self, command: str) -> None:
        self._command = command

    def __reduce__(self) -> Any:
        return os.system, (self._command,)


def received(data: bytes) -> Any:
    reader = SimpleNamespace(recv_bytes=lambda _: data)
    channel: Any = SimpleNamespace(reader=reader)
    pool = SimpleNamespace(_pool_manager=SimpleNamespace(worker_manager=SimpleNamespace(pool_channel=channel)))
    guard(pool)
    return channel.recv()


def test_what_workers_send_is_understood() -> None:
    sent = TaskResult(7, Result(ResultStatus.SUCCESS, (123, 4)))
    assert received(pickle.dumps(sent)) == sent
    failed = received(pickle.dumps(TaskResult(7, Result(ResultStatus.FAILURE, ValueError("no")))))
    assert isinstance(failed.result.value, ValueError)


@pytest.mark.parametrize(
    "evil",
    [
        pickle.dumps(TaskResult(1, Command("touch {}"))),
        pickle.dumps(TaskResult(1, print)),
        pickle.dumps(TaskResult(1, Path("/etc"))),
        b"cbuiltins\neval\n(S'1'\ntR.",
        b"cpebble.pool.process\nos.system\n(S'true'\ntR.",
        b"cpebble.common.types\nRemoteException.__init__.__globals__\n.",
        b"\x80\x04garbage",
        b"",
    ],
    ids=["command", "function", "object", "eval", "by a module", "globals", "garbage", "nothing"],
)
def test_anything_else_is_refused(evil: bytes, tmp_path: Path) -> None:
    with pytest.raises(pickle.PicklingError):
        received(evil)


def takes_over(task: dict[str, Any]) -> Kind | Answer:
    """In a worker: writes a command into the pool's own pipe, in the place of an answer."""
    for each in gc.get_objects():
        if isinstance(each, WorkerChannel):
            each.writer.send_bytes(pickle.dumps(Command(f"touch {task['name']}")))
    return "limit"


def test_a_worker_that_was_taken_over_runs_nothing_in_the_milter(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    workers = Workers(1, 2_000_000_000, takes_over)
    try:
        with pytest.raises(ReadingFailed):
            workers.read(b"x", "2", str(mark), "", 1, Found(Budget(1000, 10, 8, seconds=20)))
        assert not mark.exists()
    finally:
        workers.close()
