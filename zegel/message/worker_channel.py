"""What the milter believes of its workers' pipe: numbers and names, never an object that does something.

The pool's library sends its messages by pickle, and a pickle may call any function where it is read. Whoever took over
a worker by a hostile document would so have run commands in the milter. Read here, a pickle names only the message
types of the pool and the errors of Python; anything else breaks the pool, which is started anew.
"""

from __future__ import annotations

import builtins
import io
import pickle
from typing import Any

_LARGEST = 1_000_000
"""Bytes of a message: two numbers, a word, or an error with its traceback."""
_MESSAGES = {
    ("pebble.pool.process", "Acknowledgement"),
    ("pebble.pool.process", "TaskResult"),
    ("pebble.pool.process", "TaskProblem"),
    ("pebble.common.types", "Result"),
    ("pebble.common.types", "ResultStatus"),
    ("pebble.common.types", "RemoteException.rebuild_exception"),
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _MESSAGES:
            return super().find_class(module, name)
        error = getattr(builtins, name, None) if module == "builtins" else None
        if isinstance(error, type) and issubclass(error, Exception):
            return error
        # One of the errors by which the pool's library takes the pool for broken.
        raise pickle.PicklingError("a worker sent what no worker sends")


def guard(pool: Any) -> None:
    """Has a started pool of pebble's read its workers' messages in this way. To be called before any document."""
    channel = pool._pool_manager.worker_manager.pool_channel

    def receive() -> Any:
        message = channel.reader.recv_bytes(_LARGEST)
        try:
            return _Unpickler(io.BytesIO(message)).load()
        except Exception:
            raise pickle.PicklingError("a worker sent what is no message") from None

    channel.recv = receive
