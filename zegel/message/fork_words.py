"""The words between the milter, the server that forks workers, and a worker."""

from __future__ import annotations

FORK = b"fork"
"""With a socket: fork a worker for it. As an answer, with a handle of the worker."""
READ = b"read"
"""To a worker, with two memory files: read the task in the first, write the answer into the second."""
DONE, LIMIT = b"done", b"limit"
"""From a worker: the answer is written; the document takes too much."""
