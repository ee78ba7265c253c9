"""What the vault needs of a database beyond plain queries."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import peewee


class Engine(Protocol):
    """One database, opened by one process. Queries run on `database`, in the calling thread."""

    database: peewee.Database
    beside: Path
    """Names the files that belong to the database and are kept on this machine: `-newest` is added to it."""

    of_hosts: bool
    """Whether several hosts may use it, each with files of its own."""

    def writing(self) -> AbstractContextManager[None]:
        """A transaction of the calling thread. It is on disk when this ends, and nothing of it is when this raises.

        All writers of all processes take turns, so what is read inside stays true until the end.
        """

    def migrating(self, version: int) -> AbstractContextManager[None]:
        """As `writing`, to bring the tables to `version`. Processes that know another one write nothing any more."""

    def clock(self) -> float:
        """Seconds since 1970, the same for all who share the database."""

    def snapshot(self) -> AbstractContextManager[None]:
        """A transaction of the calling thread that reads everything as it was at one moment; nobody waits for it."""

    def loading(self) -> AbstractContextManager[None]:
        """Around many rows inside `writing`: it may take as long as it takes."""

    def empty(self, table: str) -> None:
        """Removes all rows of a table; inside `loading`."""

    def insert_many(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Adds rows fast; inside `loading`."""

    def go_on_counting(self, table: str, column: str) -> None:
        """Has the numbers that a table gives itself go on behind those that it has; inside `loading`."""

    def version(self) -> int:
        """The version of the schema that was noted last; 0 when none was."""

    def note_version(self, version: int) -> None:
        """Notes the version of the schema; inside a transaction."""

    def keep_private(self) -> None:
        """Takes from others on this machine what they could read of the database's files."""

    def forget_overwritten(self) -> None:
        """Removes what was overwritten in the tables from wherever the database still has it, as far as it can."""

    def size(self) -> int:
        """Bytes that the database takes."""

    def close(self) -> None:
        """Closes the connection of the calling thread, and what all threads share."""
