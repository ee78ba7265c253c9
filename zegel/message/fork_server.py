"""The process that workers are forked from, and what a worker does: read a document, answer, wait for another.

Run as `python -I -m zegel.message.fork_server SOCKET MEMORY`, with the number of an inherited socket to the milter. It
loads all that reads documents, walls itself in for good, and then forks a worker for each socket that it is sent; what
it forks is behind the same walls. A worker has that socket and nothing else: no file, pipe or name of the milter's
or of another worker's, whose documents it never sees.
"""

from __future__ import annotations

import gc
import io
import json
import os
import resource
import signal
import socket
import sys
import zipfile
from collections.abc import Callable
from typing import NoReturn

from zegel.message.base.found import Budget, Found
from zegel.message.base.landlock import apart
from zegel.message.base.programs import what_runs
from zegel.message.base.sandbox import confine, end_with_parent, limit_processor_time
from zegel.message.documents import read_file
from zegel.message.fork_words import DONE, FORK, LIMIT, READ
from zegel.message.formats import ocr
from zegel.message.worker_answer import TooMuch, read_task, task_budget, write_answer

_TYPES = (
    '<Types><Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_WORDS = "<w:document xmlns:w='x'><w:body><w:p><w:r><w:t>Afspraak</w:t></w:r></w:p></w:body></w:document>"
_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj\n"
    b"4 0 obj<</Length 22>>stream\nBT (Afspraak) Tj ET    \nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
)
Work = Callable[[int, int], bytes]
"""Reads the task and document in the first file and writes the answer into the second."""


def main(work: Work | None = None) -> None:
    """Forks workers until the milter closes the socket; `work` is what they do, for tests."""
    control = socket.socket(fileno=int(sys.argv[-2]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # from a terminal; the milter decides when to end
    _warm_up()
    missing = confine(int(sys.argv[-1]), what_runs())
    gc.collect()
    gc.freeze()  # what is never collected stays shared with the workers
    control.send(json.dumps(missing).encode())
    while True:
        message, files, *_ = socket.recv_fds(control, len(FORK), 1)
        _reap()
        if message != FORK or len(files) != 1:
            return
        worker = os.fork()
        if not worker:
            _be_worker(files[0], work or read_document)
        os.close(files[0])
        handle = os.pidfd_open(worker)
        socket.send_fds(control, [FORK], [handle])
        os.close(handle)


def read_document(asked: int, answer: int) -> bytes:
    """In the worker: read the document, write what was found."""
    task, data = read_task(asked)
    limit_processor_time(task["seconds"])
    resource.setrlimit(resource.RLIMIT_FSIZE, (task["largest"], resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    found = Found(task_budget(task), passwords=tuple(task["passwords"]))
    try:
        read_file(found, data, task["part"], task["name"], task["declared"], task["depth"])
        del data
        with open(answer, "wb", closefd=False) as file:
            write_answer(found, file)
    except (MemoryError, TooMuch, OSError):
        return LIMIT
    return DONE


def _be_worker(connection: int, work: Work) -> NoReturn:
    try:
        end_with_parent()
        apart()
        most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        os.closerange(3, connection)
        os.closerange(connection + 1, most)
        with socket.socket(fileno=connection) as milter:
            _make_pages_own()
            while True:
                message, files, *_ = socket.recv_fds(milter, len(READ), 2)
                if message != READ or len(files) != 2:
                    break
                word = work(*files)
                for file in files:
                    os.close(file)
                milter.send(word)
    finally:
        os._exit(0)


def _reap() -> None:
    """Let go of the workers that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _warm_up() -> None:
    """Load what reading loads when it is first needed: once here, not in each worker."""
    import pyzipper  # noqa: F401

    ocr.languages()
    _make_pages_own()


def _make_pages_own() -> None:
    """Read a few small files: a worker that waits so gets the memory of its own that the first would cost 2 ms for."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", _TYPES)
        package.writestr("word/document.xml", _WORDS)
    for data in (packed.getvalue(), _PDF, b"PK\3\4", b"\0"):
        read_file(Found(Budget(1_000_000, 100, 2)), data, "1", "a")


if __name__ == "__main__":
    main()
