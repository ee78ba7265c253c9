"""What a log may say about an error, and messages that are refused for good."""

from __future__ import annotations

import sysconfig
from pathlib import Path

_OF_DATABASE = {
    "SQLITE_FULL": "the disk is full: make room on it",
    "SQLITE_READONLY_DBMOVED": "the database was moved or replaced while it was open: restart Zegel",
    "SQLITE_READONLY": "the database cannot be written: see who owns the file and its folder, whether the disk is "
    "mounted read-only, and whether lsattr shows an i",
    "SQLITE_CORRUPT": "the database is damaged: stop Zegel, and restore a backup",
    "SQLITE_NOTADB": "the file is no database, or its beginning is damaged: stop Zegel, and restore a backup",
    "SQLITE_CANTOPEN": "the file cannot be opened: see whether it is there and who owns it and its folder",
    "SQLITE_PERM": "the file may not be opened: see who owns it and its folder",
    "SQLITE_BUSY": "another process keeps the database locked: see which one has it open (fuser), and end that",
    "SQLITE_PROTOCOL": "another process keeps the database locked: see which one has it open (fuser), and end that",
    "SQLITE_IOERR": "the disk does not read or write: look for errors of it with dmesg",
    "SQLITE_NOMEM": "no memory is left: see what takes it",
}
"""What the codes of SQLite mean for who has to act, by their beginning (sqlite.org/rescode.html)."""
_OF_SERVER = {
    "08": "the database server does not answer: see whether it runs and can be reached",
    "25006": "the database server only reads: it is a standby, or was set so",
    "28": "the database server refuses the account or its password",
    "3D": "the database is not on the server: make it first",
    "42501": "the account may not do that in the database: it has to own it",
    "53100": "the disk of the database server is full: make room on it",
    "53200": "the database server has no memory left",
    "53300": "the database server takes no more connections: raise max_connections",
    "55P03": "another process kept its turn to write for too long: see which one stands still",
    "57P": "the database server stops or starts",
    "XX001": "the database is damaged: restore a backup",
    "XX002": "an index of the database is damaged: REINDEX it",
}
"""The same for the codes of PostgreSQL (its manual, appendix A)."""
_UNREACHED = "OperationalError"
"""What psycopg raises, without a code, when it does not get as far as the server or the server is gone."""
_DEEPEST = 8
"""Errors that were raised while another was handled, to look behind."""
_NOT_OURS = (sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))


class ForPeople(Exception):
    """An error whose text says what is wrong and what to do, and quotes nothing: logs may have it whole."""


def describe(error: BaseException) -> str:
    """The kind of an error, its cause where that is known, and its place; never its text, which may quote anything."""
    if isinstance(error, ForPeople):
        return str(error)
    place, trace = "", error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not place or not file.startswith(_NOT_OURS):  # the line of ours that led there says more
            place = f" at {Path(file).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    reason = error.strerror if isinstance(error, OSError) else of_database(error)
    return f"{type(error).__name__}{f' ({reason})' if reason else ''}{place}"


def of_database(error: BaseException) -> str:
    """What an error of the database means and what to do about it; "" for any other error.

    peewee hands on the error of SQLite or psycopg as what its own was raised from.
    """
    if not any(base.__name__ == "DatabaseError" for base in type(error).__mro__):
        return ""
    each: BaseException | None = error
    for _ in range(_DEEPEST):
        code = str(getattr(each, "sqlite_errorname", "") or getattr(each, "sqlstate", "") or "")
        for known in (_OF_DATABASE, _OF_SERVER):
            for name in sorted(known, key=len, reverse=True):
                if code.startswith(name):
                    return known[name]
        if not code and type(each).__module__.startswith("psycopg") and type(each).__name__ == _UNREACHED:
            return _OF_SERVER["08"]
        each = each and (each.__cause__ or each.__context__)
    return ""


def is_database_away(error: BaseException) -> bool:
    """Whether the database does not work now, whatever it is asked: what was to be done is no worse for it."""
    return any(base.__name__ in ("OperationalError", "InterfaceError") for base in type(error).__mro__)


class Refused(Exception):
    """A message that can never be taken, whenever it is offered again: the sender has to hear so.

    SMTP answers `code` (5yz), `status` (RFC 3463) and `text`, which quotes nothing of the message.
    """

    code = "550"
    status = "5.7.1"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class RefusedByRule(Refused):
    """A rule of the officer's refuses the message: `text` is the reason that they wrote."""


class TooLarge(Refused):
    """A message is larger than limits.message_size."""

    code, status = "552", "5.3.4"

    def __init__(self, most: int) -> None:
        super().__init__(f"Message is larger than the {most} bytes that can be checked here")
