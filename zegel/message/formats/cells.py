"""Numbers in cells as a reader sees them: dates as dates, numbers without exponent, leading zeros where shown."""

from __future__ import annotations

import math
import re
import struct
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache

_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
"""The built-in number formats that show a date or a time (ECMA-376 part 1, 18.8.30)."""
DATE = "yyyy-mm-dd"
_NOT_CODE = re.compile(r'"[^"]*+"?|\\.|_.|\*.|\[[^\]]*+\]?|general|e[+-]', re.IGNORECASE)
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_WORDS = re.compile(r'"([^"]{0,100}[^\W\d_][^"]{0,100})"')
_ZEROS = re.compile(r'(0+)|[ \-/()]|\\.|"[^"]*+"')
_HEADER_CODE = re.compile(r'&(?:"[^"]{0,200}"|K[0-9A-Fa-f]{6}|\d{1,3}|[A-Za-z&])')
_LAST_DAY = 2_958_465
"""9999-12-31 as Excel counts."""


def built_in(number: int) -> str:
    """The code of a built-in number format, as far as it matters here: a date, or ""."""
    return DATE if number in _DATE_FORMATS else ""


def shown(value: float, code: str, since_1904: bool = False) -> str:
    """A number in a cell whose number format is `code`, as text.

    Dates are written as 1980-05-17, whatever their format; digits that a format adds are added.

    >>> shown(111222333.0, ""), shown(1.11222333e8, "General"), shown(0.1 + 0.2, "0.00"), shown(-12.5, "")
    ('111222333', '111222333', '0.3', '-12.5')
    >>> shown(29358, "d-m-yyyy"), shown(29358.5, DATE), shown(27896, "dd/mm/yy", True), shown(0.25, "h:mm")
    ('1980-05-17', '1980-05-17 12:00', '1980-05-17', '06:00')
    >>> shown(12345672, "000000000"), shown(12345672, r'0000"."00"."000'), shown(5, "00.0")
    ('012345672', '0123.45.672', '5')
    >>> shown(111222333, '"BSN "0'), shown(5, '0 "euro"'), shown(5.5, '0"."0')
    ('BSN 111222333', '5 euro', '5.5')
    >>> shown(math.inf, ""), shown(1e300, DATE)[:5]
    ('', '10000')
    """
    if not math.isfinite(value):
        return ""
    if is_date(code):
        date = _date(value, since_1904)
        if date:
            return date
    elif value >= 0 and value == int(value):
        filled = _filled(int(value), code)
        if filled:
            return filled
    number = plain(format(value, ".15g"))
    return _worded(number, code.partition(";")[0][:255]) if '"' in code else number


def _worded(number: str, code: str) -> str:
    """`number` with the words that a format writes before and behind it."""
    digits = re.search(r"[0#?]", code)
    at = digits.start() if digits else 0
    words = [" ".join(_WORDS.findall(piece)).strip() for piece in (code[:at], code[at:])]
    return " ".join(word for word in (words[0], number, words[1]) if word)


def plain(text: str) -> str:
    """A number without its exponent, when it has one and is of a readable size.

    >>> plain("1.11222333E8"), plain("12.5"), plain("1E400"), plain("x")
    ('111222333', '12.5', '1E400', 'x')
    """
    if "E" not in text and "e" not in text:
        return text
    try:
        value = Decimal(text.strip()[:40])
        return format(value.normalize(), "f") if -30 < value.adjusted() < 310 else text
    except InvalidOperation:
        return text


def header_text(text: str) -> str:
    """A header or footer of a sheet as it stands, and without its codes for place, font and fields.

    >>> header_text('&L&"Arial,Bold"&12BSN &B123&RPage &P')
    '&L&"Arial,Bold"&12BSN &B123&RPage &P\\nBSN 123\\nPage '
    """
    return f"{text}\n{_HEADER_CODE.sub(_instead, text).strip(chr(10))}" if "&" in text else text


def _instead(code: re.Match[str]) -> str:
    return "\n" if code[0] in ("&L", "&C", "&R") else "&" if code[0] == "&&" else ""


def rk_number(number: int) -> float:
    """A number that Excel packs in four bytes (MS-XLS 2.5.217).

    >>> rk_number(0x3FF00000), rk_number(123450 << 2 | 3), rk_number(-5 << 2 & 0xFFFFFFFF | 2)
    (1.0, 1234.5, -5.0)
    """
    if number & 2:
        whole = number >> 2
        value = float(whole - (1 << 30) if whole & (1 << 29) else whole)
    else:
        value = struct.unpack("<d", struct.pack("<Q", (number & 0xFFFF_FFFC) << 32))[0]
    return value / 100 if number & 1 else value


@lru_cache(maxsize=1000)
def is_date(code: str) -> bool:
    """Whether a number format shows a date or a time.

    >>> is_date("d mmm yyyy"), is_date("[h]:mm"), is_date('#,##0.00 "dagen"'), is_date("[Red]0"), is_date("")
    (True, True, False, False, False)
    """
    first = code.partition(";")[0][:255]
    if _ELAPSED.search(first):
        return True
    return any(letter in "ymdhs" for letter in _NOT_CODE.sub("", first).lower())


def _date(value: float, since_1904: bool) -> str:
    """The day (and time of day) that a serial number means, "" when it means none."""
    days = value + 1462 if since_1904 else value
    if not 0 <= days < _LAST_DAY + 1:
        return ""
    moment = datetime(1899, 12, 30) + timedelta(days=days)
    moment = (moment + timedelta(seconds=0.5)).replace(microsecond=0)
    if days < 1:
        return f"{moment:%H:%M}"
    return f"{moment:%Y-%m-%d}" if moment.hour == moment.minute == 0 else f"{moment:%Y-%m-%d %H:%M}"


def _filled(value: int, code: str) -> str:
    """`value` in a format of nothing but zeros and signs between them, "" when `code` is another."""
    first = code.partition(";")[0][:100]
    places = first.count("0")
    if places < 2 or _ZEROS.sub("", first):
        return ""
    digits = str(value).zfill(places)
    written, used = [], len(digits) - places
    lead = digits[:used]
    for match in _ZEROS.finditer(first):
        zeros = match[1]
        if zeros:
            written.append(lead + digits[used : used + len(zeros)])
            used, lead = used + len(zeros), ""
        else:
            written.append(match[0].strip('"').removeprefix("\\"))
    return "".join(written)
