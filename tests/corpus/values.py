"""Made-up values for the corpus: those that a detector has to find, and those that only look like them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

_NAMES: dict[str, tuple[str, ...]] = {
    str(kind): tuple(str(names).split("|"))
    for kind, names in re.findall(
        "^([a-z.]+): (.+)$", (Path(__file__).parent / "templates/names.txt").read_text("utf-8"), re.MULTILINE
    )
}
FIRST, LAST, STREETS, TOWNS, BANKS = (_NAMES[kind] for kind in ("first", "last", "street", "town", "bank"))
MONTHS = {"nl": _NAMES["month.nl"], "en": _NAMES["month.en"]}
CARDS = ("4", "51", "53", "55", "2221", "34", "37", "36", "6011", "3530")


class Values:
    """Draws values; the same seed gives the same ones. `language` decides how dates are written."""

    def __init__(self, seed: int | str, language: str) -> None:
        self.chance = random.Random(seed)
        self.language = language

    def draw(self, kind: str) -> str:
        """A value of `kind`, which may have a form after a colon, as in `bsn:dots`."""
        name, _, form = kind.partition(":")
        made: Callable[[], str] = getattr(self, f"_{name}")
        return _FORMS[form](made()) if form else made()

    def digits(self, count: int, *, first: str = "123456789") -> str:
        return self.chance.choice(first) + "".join(self.chance.choice("0123456789") for _ in range(count - 1))

    # What has to be found.

    def _bsn(self) -> str:
        while True:
            digits = self.digits(9, first="123456789")
            total = sum(w * int(d) for w, d in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=True))
            if total % 11 == 0 and len(set(digits)) > 2:
                return digits

    def _iban(self) -> str:
        rest = self.chance.choice(BANKS) + "0" + self.digits(9)
        return f"NL{_iban_check('NL', rest)}{rest}"

    def _foreigniban(self) -> str:
        country, length = self.chance.choice((("BE", 12), ("DE", 18), ("FR", 23), ("AT", 16), ("ES", 20)))
        if country == "BE":
            account = self.digits(10)
            rest = f"{account}{int(account) % 97 or 97:02}"
        else:
            rest = self.digits(length)
        return f"{country}{_iban_check(country, rest)}{rest}"

    def _card(self) -> str:
        start = self.chance.choice(CARDS)
        length = {"34": 15, "37": 15, "36": 14}.get(start, 16)
        digits = start + self.digits(length - 1 - len(start), first="0123456789")
        total = sum(int(d) if place % 2 else sum(divmod(2 * int(d), 10)) for place, d in enumerate(reversed(digits)))
        return digits + str(-total % 10)

    def _btw(self) -> str:
        while True:
            bsn = self._bsn()
            return f"NL{bsn}B0{self.chance.randrange(1, 9)}"

    def _mrz(self) -> str:
        number = "".join(self.chance.choice("BCDFGHJKLMNPRSTUVWXYZ") for _ in range(2)) + self.digits(6) + "7"
        birth, expiry = self._past().strftime("%y%m%d"), "330412"
        first = f"P<NLD{self._name().upper().replace(' ', '<')}"[:44]
        first = "".join(sign if sign.isascii() and (sign.isalnum() or sign == "<") else "X" for sign in first)
        optional = "<" * 14
        line = f"{number}{_icao(number)}NLD{birth}{_icao(birth)}F{expiry}{_icao(expiry)}{optional}0"
        return f"{first.ljust(44, '<')}\n{line}{_icao(line[:10] + line[13:20] + line[21:43])}"

    def _document(self) -> str:
        return "".join(self.chance.choice("BCDFGHJKLMNPRSTUVWXYZ") for _ in range(2)) + self.digits(6) + "4"

    def _vnumber(self) -> str:
        return self.digits(10)

    def _big(self) -> str:
        return self.digits(9) + self.chance.choice(("01", "02", "04", "25", "30"))

    def _agb(self) -> str:
        return f"{self.chance.choice(('01', '03', '12', '94'))}{self.digits(6)}"

    def _uzi(self) -> str:
        return f"9{self.digits(8)}"

    def _kvk(self) -> str:
        return self.digits(8)

    def _plate(self) -> str:
        letters = "BDFGHJKLNPRSTVXZ"
        a, b, c = (self.chance.choice(letters) for _ in range(3))
        return self.chance.choice((f"{a}-{self.digits(3)}-{b}{c}", f"{self.digits(2)}-{a}{b}{c}-{self.digits(1)}"))

    def _home(self) -> str:
        letters = "".join(self.chance.choice("ABCDEGHKLMNPRTVWXZ") for _ in range(2))
        street, core = self.chance.choice(STREETS), self.chance.randrange(1, 300)
        return f"{street} {core}, {self.digits(4)} {letters} {self.chance.choice(TOWNS)}"

    def _born(self) -> str:
        day = self._past()
        month = MONTHS[self.language][day.month - 1]
        forms = (day.strftime("%d-%m-%Y"), f"{day.day} {month} {day.year}", day.strftime("%d/%m/%Y"))
        return self.chance.choice(forms)

    def _email(self) -> str:
        name = self._name().lower().replace(" ", ".").replace("'", "")
        plain = "".join(sign if sign.isascii() else "e" for sign in name)
        return f"{plain}@{self.chance.choice(('post', 'mail', 'voorbeeld', 'kantoor'))}.example"

    def _mobile(self) -> str:
        return f"06-{self.chance.choice('12345')}{self.digits(7)}"

    def _phone(self) -> str:
        amsterdam, utrecht = self.digits(7, first="2345678"), self.digits(7, first="2678")
        return self.chance.choice((f"020-{amsterdam}", f"+31 (0)30 {utrecht}"))

    def _password(self) -> str:
        word = self.chance.choice(("Zomer", "Welkom", "Kaasplank", "Trein"))
        return word + self.digits(3) + self.chance.choice("!#?%")

    def _person(self) -> str:
        """A BSN that no word names: rules find it by what stands around it, its detector on its own does not."""
        return self._bsn()

    # What only looks like it, or nobody looks for.

    def _order(self) -> str:
        return self.digits(9)

    def _n(self) -> str:
        return str(self.chance.randrange(2, 60))

    def _long(self) -> str:
        return self.digits(16)

    def _ean(self) -> str:
        return "87" + self.digits(11)

    def _invoice(self) -> str:
        return f"{self.chance.randrange(2019, 2027)}-{self.digits(6)}"

    def _parcel(self) -> str:
        return f"3S{''.join(self.chance.choice('ABCDEFGHKLM') for _ in range(4))}{self.digits(9)}"

    def _uuid(self) -> str:
        hexed = "".join(self.chance.choice("0123456789abcdef") for _ in range(32))
        return f"{hexed[:8]}-{hexed[8:12]}-{hexed[12:16]}-{hexed[16:20]}-{hexed[20:]}"

    def _amount(self) -> str:
        return f"{self.chance.randrange(1, 9999)},{self.chance.randrange(100):02}"

    def _date(self) -> str:
        day = date(2024, 1, 1) + timedelta(days=self.chance.randrange(900))
        month = MONTHS[self.language][day.month - 1]
        return self.chance.choice((f"{day.day} {month} {day.year}", day.strftime("%d-%m-%Y"), f"{day.day} {month}"))

    def _stamp(self) -> str:
        return (date(2024, 1, 1) + timedelta(days=self.chance.randrange(900))).strftime("%Y%m%d")

    def _time(self) -> str:
        return f"{self.chance.randrange(8, 18):02}:{self.chance.choice(('00', '15', '30', '45'))}"

    def _name(self) -> str:
        return f"{self.chance.choice(FIRST)} {self.chance.choice(LAST)}"

    def _first(self) -> str:
        return self.chance.choice(FIRST)

    def _last(self) -> str:
        return self.chance.choice(LAST)

    def _town(self) -> str:
        return self.chance.choice(TOWNS)

    def _past(self) -> date:
        return date(1932, 1, 1) + timedelta(days=self.chance.randrange(29_000))


def _iban_check(country: str, rest: str) -> str:
    return f"{98 - int(''.join(str(int(sign, 36)) for sign in f'{rest}{country}00')) % 97:02}"


def _icao(field: str) -> int:
    signs = (0 if sign == "<" else int(sign, 36) for sign in field)
    return sum(value * (7, 3, 1)[place % 3] for place, value in enumerate(signs)) % 10


_FORMS: dict[str, Callable[[str], str]] = {
    "dots": lambda v: f"{v[:3]}.{v[3:6]}.{v[6:]}" if len(v) == 9 else f"{v[:4]}.{v[4:6]}.{v[6:]}",
    "old": lambda v: f"{v[:4]}.{v[4:6]}.{v[6:]}",
    "blanks": lambda v: f"{v[:3]} {v[3:6]} {v[6:]}",
    "spaced": lambda v: " ".join(v[i : i + 4] for i in range(0, len(v), 4)),
    "dashed": lambda v: "-".join(v[i : i + 4] for i in range(0, len(v), 4)) if len(v) == 16 else v,
    "low": str.lower,
    "year": lambda v: v[-4:],
}
DETECTOR_OF = {
    "bsn": "bsn", "iban": "iban", "foreigniban": "iban", "card": "card", "btw": "btw-id", "mrz": "mrz",
    "document": "document-number", "vnumber": "v-number", "big": "big", "agb": "agb", "uzi": "uzi", "kvk": "kvk",
    "plate": "licence-plate", "home": "home-address", "born": "date-of-birth", "email": "email-address",
    "mobile": "phone", "phone": "phone", "password": "credential",
}  # fmt: skip
"""What finds each kind of value."""
