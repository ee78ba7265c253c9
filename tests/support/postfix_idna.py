"""Domains as Postfix turns them into names of the DNS: by the library that Postfix itself uses, ICU.

src/util/midna_domain.c opens UTS 46 non-transitional and without further checks. Only tests need this: it tells what is
true, by another way than Zegel's own.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import re

_NONTRANSITIONAL_TO_ASCII = 0x10


class _Info(ctypes.Structure):
    _fields_ = (
        ("size", ctypes.c_int16), ("transitional", ctypes.c_int8), ("reserved", ctypes.c_int8),
        ("errors", ctypes.c_uint32), ("more", ctypes.c_int32 * 2),
    )  # fmt: skip


@functools.cache
def _icu() -> tuple[ctypes.CDLL, str, ctypes.c_void_p]:
    name = ctypes.util.find_library("icuuc") or ""
    version = re.search(r"\.(\d+)$", name)
    if version is None:
        raise OSError("ICU is missing, which Postfix cannot be without")
    library, suffix = ctypes.CDLL(name), f"_{version[1]}"
    error = ctypes.c_int(0)
    opened = getattr(library, f"uidna_openUTS46{suffix}")
    opened.restype = ctypes.c_void_p
    return library, suffix, ctypes.c_void_p(opened(_NONTRANSITIONAL_TO_ASCII, ctypes.byref(error)))


@functools.lru_cache(maxsize=100_000)
def postfix_domain(name: str) -> str | None:
    """The name that Postfix asks the DNS for; None when it has none."""
    name = name.removesuffix(".")
    if name.isascii():
        return name.lower()
    library, suffix, handle = _icu()
    given, found, info, error = name.encode(), ctypes.create_string_buffer(2048), _Info(), ctypes.c_int(0)
    info.size = ctypes.sizeof(_Info)
    to_ascii = getattr(library, f"uidna_nameToASCII_UTF8{suffix}")
    length = to_ascii(handle, given, len(given), found, 2048, ctypes.byref(info), ctypes.byref(error))
    return None if error.value > 0 or info.errors else found.raw[:length].decode("ascii").lower()
