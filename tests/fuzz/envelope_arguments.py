"""Random arguments of MAIL FROM and RCPT TO: what people type, what programs get wrong, what an attacker tries."""

from __future__ import annotations

import random

OWN = ("kliniek.example", "xn--zrg-sna.example")
"""The organisation's domains, as settings have them."""
_LOCALS = (
    "anna", "bram", "jan", "Jan.Jansen", "a..b", ".jan", "jan.", "o'brien+x", "root", "", "j\u00e4n", "\u212aim",
    "JAN", '"jan"', '"jan j"', '"j\\"n"', '"jan@post.example"', '"jan@kliniek.example"', "jan%post.example",
    "anna%kliniek.example", "post.example!jan", "kliniek.example!anna", "jan\\@x", "jan(x)", "jan\\ j", "a/b",
    "x" * 70, "bounce-1=kliniek.example",
)  # fmt: skip
_DOMAINS = (
    "kliniek.example", "KLINIEK.Example", "kliniek.example.", "kliniek", "kliniek.example.post.example",
    "post.example", "post.example.", "post", "mail.kliniek.example", "sub.kliniek.example", "z\u00f6rg.example",
    "xn--zrg-sna.example", "strasse.example", "stra\u00dfe.example", "STRA\u1e9eE.example", "kliniek\u200c.example",
    "kliniek\u3002example", "\uff4bliniek.example", "kl\u0131niek.example", "\u043aliniek.example",
    "k\u00adliniek.example", "localhost", "[127.0.0.1]", "[IPv6:::1]", "1.2.3.4", "post..example", ".post.example",
    "", "-x.example", "xn--a.example", "i\u2764.example", "kliniek.example@post.example",
    "post.example@kliniek.example", "(x)kliniek.example", "kliniek .example", "kliniek.example,post.example",
    "y" * 200 + ".example", "a_b.example", "kliniek.example%post.example",
)  # fmt: skip
_WRAPPERS = (
    " {}", "{} ", "{}\t", "{};", ",{}", "{},", "{},,", "team:{};", "team:{}", "x:{},", "({}", "{}(", "{})", "(c){}",
    "{}(c)", "{} (lab)", "Anna <{}>", "Anna{}", "<{}>", '"N" <{}>', "<{}", "{}>", "{}>>", "@a.example:{}",
    "@a.example,@b.example:{}", "@:{}", "@kliniek.example:{}", "{} jan@post.example", "jan@post.example {}",
    "{},anna@kliniek.example", "mailto:{}", "\\{}", "{}\\", '"{}', '{}"', '"{}"', "{}@", "@{}", "!{}", "{}!", "{}%",
    "[{}]", "{}.", ".{}", "{}:", "{}\x01", "{}\x7f", "\u00a0{}", "{}\u200b", "=?utf-8?q?{}?=", "{}?x=y", "{} NOTIFY",
    ";{}", ":{};", "a:b:{};;", "<@a:{}>", "(((({}", "{}((((",
)  # fmt: skip
_LETTERS = [
    *(bytes([n]) for n in b" ;,:()<>@\"\\.!%[]\t'+=-_/aZ09\x01\x7f\xff\x80"),
    "\u00e9".encode(),
    "\u3002".encode(),
]


def argument(rng: random.Random) -> bytes:
    """One argument, with angle brackets in most cases; never CR, LF or NUL, which end a command."""
    text = rng.choice(_LOCALS)
    if rng.random() < 0.93:
        text += "@" + rng.choice(_DOMAINS)
    for _ in range(rng.choice((0, 0, 1, 1, 1, 2, 3))):
        text = rng.choice(_WRAPPERS).format(text)
    raw = text.encode()
    while rng.random() < 0.15:
        place, letter = rng.randrange(len(raw) + 1), rng.choice(_LETTERS)
        raw = raw[:place] + letter + raw[place + rng.randrange(2) :]
    return b"<" + raw + b">" if rng.random() < 0.9 else raw
