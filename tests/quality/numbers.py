"""Made-up numbers with right check digits, drawn by chance."""

from __future__ import annotations

from random import Random
from string import ascii_uppercase

from zegel.policy.detectors.card import luhn
from zegel.policy.detectors.elfproef import passes


def bsn(chance: Random) -> str:
    """Nine digits that pass the elfproef."""
    while not passes(number := f"{chance.randrange(10**7, 10**9):09}"):
        pass
    return number


def not_bsn(chance: Random) -> str:
    """Nine digits that do not."""
    while passes(number := f"{chance.randrange(10**7, 10**9):09}"):
        pass
    return number


def card(chance: Random) -> str:
    """Sixteen digits of a Visa or Mastercard, with Luhn's check."""
    while not luhn(number := f"{chance.choice('45')}{chance.randrange(1, 6)}{chance.randrange(10**14):014}"):
        pass
    return number


def iban(chance: Random) -> str:
    """A Dutch account number."""
    bank = chance.choice(["ABNA", "INGB", "RABO", "TRIO", "KNAB", "SNSB"])
    account = f"{chance.randrange(10**9):010}"
    spelled = "".join(str(int(sign, 36)) for sign in f"{bank}{account}NL00")
    return f"NL{98 - int(spelled) % 97:02}{bank}{account}"


def document(chance: Random) -> str:
    """The number of a Dutch passport."""
    letters = ascii_uppercase.replace("O", "")
    middle = "".join(chance.choice(letters + "0123456789") for _ in range(6))
    return f"N{chance.choice(letters)}{middle}{chance.randrange(10)}"
