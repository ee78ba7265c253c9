"""Turns an office document into a PDF with LibreOffice: a program of its own, because the document may be hostile.

Run as `python -I office_worker.py PROGRAM FOLDER ENDING` with the document on stdin: PROGRAM is LibreOffice's program
folder, FOLDER an empty one for this document alone, ENDING the ending of its name. The PDF goes to stdout.

A document can ask for files of this machine and for addresses: as linked text, as pictures, in formulas. So before
LibreOffice sees it, this process gives up the network, every file but LibreOffice's own and FOLDER, and starting
programs; and it stops where the kernel cannot do that. LibreOffice is called by LibreOfficeKit, its interface for such
uses (include/LibreOfficeKit/LibreOfficeKit.h there): no macros, no sockets, no other process.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import resource
import sys
from pathlib import Path

MOST_PAGES = 20
_MEMORY, _SECONDS, _LARGEST_FILE = 2_000_000_000, 30, 200_000_000
_READ = (
    "/usr/lib", "/usr/lib64", "/usr/share", "/lib", "/lib64", "/etc/fonts", "/etc/libreoffice", "/etc/ld.so.cache",
    "/var/cache/fontconfig", "/var/lib/libreoffice", "/var/spool/libreoffice", "/dev/urandom",
    "/sys/devices/system/cpu",
)  # fmt: skip
_LIBRARIES = ("libmergedlo.so", "libsofficeapp.so")
_LOAD, _SAVE = 2, 2
"""Places in the tables of functions: documentLoad of an office, saveAs of a document."""


def main(program: str, folder: str, ending: str) -> None:
    """Reads, walls itself in, converts."""
    out = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # LibreOffice may talk there
    document = Path(folder) / f"document{ending}"
    document.write_bytes(sys.stdin.buffer.read())
    _wall_in(program, folder)
    os.environ.clear()
    os.environ.update({"HOME": folder, "TMPDIR": folder, "LC_ALL": "C.UTF-8", "SAL_USE_VCLPLUGIN": "svp"})
    os.chdir(folder)
    made = Path(folder) / "made.pdf"
    if _converted(program, document.as_uri(), made.as_uri(), Path(folder, "profile").as_uri()):
        with os.fdopen(out, "wb") as stdout:
            stdout.write(made.read_bytes())
        os._exit(0)  # LibreOffice's own end takes longer than its work
    os._exit(1)


def _wall_in(program: str, folder: str) -> None:
    from zegel.message.base.landlock import leave_only
    from zegel.message.base.sandbox import go_behind_others, hide_from_neighbours, without_others

    go_behind_others()
    hide_from_neighbours()
    without_others()
    # Where memory may not be both written and run, LibreOffice maps a file of /tmp twice. Under systemd that folder is
    # the portal's own.
    write = [folder, os.devnull] if _may_write_and_run() else [folder, os.devnull, "/tmp"]  # noqa: S108
    leave_only([str(Path(program).parent), *_READ], write)
    for limit, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, _SECONDS),
        (resource.RLIMIT_FSIZE, _LARGEST_FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))


def _may_write_and_run() -> bool:
    try:
        mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()
    except OSError:
        return False
    return True


def _converted(program: str, document: str, made: str, profile: str) -> bool:
    library = next(path for name in _LIBRARIES if (path := Path(program, name)).exists())
    start = ctypes.CDLL(str(library)).libreofficekit_hook_2
    start.restype, start.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_char_p]
    office = start(program.encode(), profile.encode())
    opened = _method(office, _LOAD, ctypes.c_void_p, ctypes.c_char_p)(office, document.encode()) if office else None
    if not opened:
        return False
    only = json.dumps({"PageRange": {"type": "string", "value": f"1-{MOST_PAGES}"}})  # LibreOffice 7.4 and later
    save = _method(opened, _SAVE, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p)
    return bool(save(opened, made.encode(), b"pdf", only.encode()))


def _method(thing: int, number: int, result: type, *arguments: type) -> ctypes._FuncPointer:
    """Function `number` of the table that a thing of LibreOfficeKit begins with."""
    table = ctypes.cast(thing, ctypes.POINTER(ctypes.c_void_p))[0]
    address = ctypes.cast(table, ctypes.POINTER(ctypes.c_void_p))[number]
    return ctypes.CFUNCTYPE(result, ctypes.c_void_p, *arguments)(address)


if __name__ == "__main__":
    main(*sys.argv[1:])
