"""Letters of other scripts that look like Latin ones (UTS 39, confusables.txt), for words that mix scripts.

A word of Russian or Greek stays what it is: only what stands beside a Latin letter or a digit is taken for one, as in
"BSN" with a Cyrillic first letter.
"""

from __future__ import annotations

_PAIRS = (
    # Cyrillic
    ("АВСЕНІЈКМОРЅТХУҮԚԜѴԌ", "ABCEHIJKMOPSTXYYQWVG"),
    ("асеһіјоруѕхԛԝѵԁӏкмтнвпг", "acehijopysxqwvdlkmthbnr"),
    # Greek
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿ", "ABEZHIKMNOPTYXCJ"),
    ("αονρυικτγηωχϲϳσ", "aovpuiktynwxcjo"),
    # Armenian, Cherokee
    ("ՏՍՕԼօսհոյցզ", "SUOLouhnjgq"),
    ("ᎠᎡᎢᎪᎫᎬᎳᎷᎻᏀᏃᏕᏚᏙᏞᏟᏢᏦᏴᏧ", "DRTAJEWMHGZSSVLCPKBd"),
)
_LOOKS_LIKE = {ord(one): other for letters, latin in _PAIRS for one, other in zip(letters, latin, strict=True)}
_DIGITS = str.maketrans("ЗзОоΟοՕօ", "33000000")
"""Letters that look like digits, beside one."""

ALWAYS = {
    **dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "ABCDEFGHIJKLMNOPRSTUVWYZ", strict=True)),  # small capitals
    **dict(zip("ꓐꓑꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ", "BPDTGKJCZFMNLSRVHWXYAEIOU", strict=True)),  # Lisu
    **{chr(0x1F150 + place): chr(65 + place) for place in range(26)},  # white in black circles
    **{chr(0x1F170 + place): chr(65 + place) for place in range(26)},  # white in black squares
}
"""Letters that nobody writes a word with here but to make it look special."""


def as_latin(run: str) -> str:
    """A run of other letters as the Latin ones that it looks like.

    >>> as_latin("Вс"), as_latin("порт")
    ('Bc', 'nopt')
    """
    return run.translate(_LOOKS_LIKE)


def as_digits(run: str) -> str:
    """A run of letters as the digits that they look like.

    >>> as_digits("ЗО")
    '30'
    """
    return run.translate(_DIGITS)


def is_of_two_scripts(run: str) -> bool:
    """Whether Greek and Cyrillic stand in one word, which no language does."""
    return any("\u0370" <= letter < "\u0400" for letter in run) and any("\u0400" <= letter < "\u0530" for letter in run)
