"""What opens something: private keys, keys of cloud services, tokens, and passwords that are called so.

Keys and tokens are told by the form that their makers gave them, for exactly this purpose:
https://docs.github.com/en/code-security/secret-scanning, https://docs.aws.amazon.com/IAM (AKIA…),
RFC 7468 (private keys), RFC 7519 (JSON web tokens). A password is one when the word stands in front of it and it
does not look like a word itself, a row of stars, or a place to fill in.

>>> judge("", "-----BEGIN OPENSSH PRIVATE KEY-----", "\\nb3Bl").value
'-----BEGIN OPENSSH PRIVATE KEY-----'
>>> judge("", "AKIAQ3EGSJRL5XW2KD7P", "").confidence, judge("", "AKIAIOSFODNN7EXAMPLE", "")
(<Confidence.CONTEXT: 2>, None)
>>> judge("", "wachtwoord: Zomer2024!", "").value, judge("", "password is hunter22", "").value
('Zomer2024!', 'hunter22')
>>> judge("", "wachtwoord: ********", "") is judge("", "wachtwoord is verlopen", "") is None
True
>>> judge("", "Password: <password>", "") is judge("", "password: https://x.example/reset", "") is None
True
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from zegel.policy.detectors import door_code, secret_key
from zegel.policy.detectors.base import Confidence, Detector, Judged

_NAME = (
    r"(?:wachtwoord(?:en)?|wachtzin|password|passwd|passphrase|passwort|paswoord|pincode|toegangscode|passcode|"
    r"inlogcode|"
    r"kennwort|mot de passe|(?:alarm|deur|kluis|sleutel|poort|hek|slot|inbraak|voordeur|cijferslot)-?code|"
    r"sleutelkast(?:je)?|"
    r"(?:pin)?code (?:van|voor|of|for|fur|pour|de|du) (?:het |de |the |die |das |den |la |le )?(?:inbraak)?(?:alarm|"
    r"haustur|tur|eingang|garage|porte|portail|entree|cle|kluis|deur|voordeur|achterdeur|"
    r"sleutel\w*|"
    r"poort|hek|slot|pand|gebouw|safe|door|gate|lock|pas|bankpas|pinpas|telefoon|tablet)\w*|"
    r"pwd|\bmdp|\bww|\bpw|(?:\b|_)pass|\bpsk|pre-?shared[ -]?key|shared secret|"
    r"(?:wifi|wlan|wi-fi)(?:[- ]|:[^\n:=]{1,30}\W)?(?:code|sleutel|key)|"
    r"netwerksleutel|toegangssleutel|(?:cle|code) (?:du )?wi-?fi|wlan-?schlussel|netzwerkschlussel|"
    r"passphrase|(?:api|access|auth|bearer|toegangs)[ _-]?token|api[ _-]?key|"
    r"api[ _-]?sleutel|secret[ _-](?:access[ _-])?key|secret-?key|client[ _-]?secret|access[ _-]?token)"
)
_OPENS = (
    r" (?:voor|for|van|of|on|to|op|bij|in|fur|pour|vom|zum|de|du) "
    r"(?:(?:de|het|je|jouw|uw|mijn|onze|the|your|my|our|das|den|die|le|la|les|votre|ton) )?[\w.@-]+"
)
"""What the password opens: "van de computer", "for db03"."""
_WHOSE = "(?:" + _OPENS + r"(?: [\w.@-]+){0,2}| [a-z]+(?: [a-z0-9-]+){0,4})?"
_BY_WORD = "(?:" + _OPENS + r"(?: [\w.@-]+)?| (?:wifi|laptop|computer|server|mailbox|account|portaal|portal|admin))?"
"""With a word in front: what is only put behind ("password new laptop") has to end in a colon."""
_SIGN = (
    r":|=|(?:\b(?:is|ge\w+|reset|changed|set|nu) )(?:\w+ )?(?:naar|in|op|to|auf|als)\b|"
    r"\b(?:is|luidt|wordt|lautet|ist|est|word)\b ?:?"
)
_NOW = "(?:nu |now |dan |jetzt )?"
_CALLED = re.compile(
    rf"{_NAME}[\"')]?(?P<whose>{_WHOSE.replace(',2}', ',2}?').replace(',4}', ',4}?')}?)\s*{_NOW}(?P<sign>{_SIGN})"
    r"\s*[\"']?(?P<secret>\S+)",
    re.IGNORECASE,
)
_CALLED_SHORTLY = re.compile(rf"{_NAME}[\"']?{_BY_WORD}(?P<sign>)\s+[\"']?(?P<secret>\S+)", re.IGNORECASE)
"""With nothing between the word and the password."""
_FILL_IN = re.compile(
    r"[*•x.…_#-]+|<.*|[\"']{2}.*|\[.*\]|\{.*\}|%.*%|\$\{?\w+.*|(?:https?|mailto):.*|www\..*|/[/a-z].*|.*@.*\..*|"
    r"[a-z_]\w*(?:\.\w+)*[\[(].*|.*[`}].*|[a-z_]+(?:\.[a-z_]+)+[,;)]*|[a-z]+_[a-z_]+[,;)]*|(?:none|null|true|false|"
    r"str|string)\b.*|[:(\[{\\].*|\$[({].*|p\).*|.*(?:\\[-nf&e(]|&#?\w+;|</|=\"|\\[&fe(]|::|\$\(|=>|[\u3000-\u9fff]).*",
    re.IGNORECASE,
)
"""What is no password but its place: stars, brackets, a variable, a call, an address."""
_MEETING = re.compile(
    r"(?:teams|zoom|webex|google meet|meeting|vergader|jitsi|whereby|gotomeeting|conference|inbellen|dial-?in|skype)",
    re.IGNORECASE,
)
_USER = re.compile(
    r"(?:gebruikers?naam|gebruiker|inlognaam|user ?name|user|login|account|e-?mail)\b\W{1,3}\S+\W{1,4}"
    r"(?:en |and |met |with )?$",
    re.IGNORECASE,
)
"""Who stands in front of their password: nothing has to stand between the word and it."""
_MEETING_ID = re.compile(
    r"(?:meeting|vergader\w*|webinar|conference|session)[- ]?id\W*[\d -]{9,14}\W*$|"
    r"\b(?:webex|zoom|teams|meeting|vergadering|jitsi)\b[^\n\d]{0,14}\d[\d ]{7,14}\W*$",
    re.IGNORECASE,
)
_CODE_NAMES = re.compile(r"toegangscode|pincode|passcode|inlogcode|pin", re.IGNORECASE)
_PAIR = (
    r"\b(?:inlog(?:gegevens|naam)?|login(?:gegevens| details)?|log-?in|credentials|inloggen|aanmelden)\b"
    r"[^\n:]{0,60}(?:: ?|met |is )"
    r"[\w.@-]{3,40} ?(?:/|,|\||;|\ben\b|\band\b|\bmet\b) ?(?P<secret>\S{6,60})"
)
"""A user and a password behind what they are for: "inlog webshop: anna / Zomer_22"."""
_IN_PAIR = re.compile(_PAIR, re.IGNORECASE)
_LIST = (
    r"\b(?:wachtwoorden|passwords|passworter|kennworter|mots de passe|inlogcodes|inloggegevens)\b[^\n:]{0,40}:\s{1,9}"
    r"[\w.-]{2,30}(?: [\w.-]{1,30})?: ?(?P<secret>\S{6,60})"
)
_IN_LIST = re.compile(_LIST, re.IGNORECASE)
"""Several in rows, each behind what it is for: "wachtwoorden: EPD: Appel#12"."""
_IN_ADDRESS = (
    r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s:/@\"'<>]{1,60}:(?P<secret>[^\s@/\"'<>]{8,80})@(?P<host>[\w.-]{3,})"
)
_OF_A_SERVER = re.compile(_IN_ADDRESS)
"""A user and a password in an address (RFC 3986 § 3.2.1): "postgres://app:9sXk2Lq8vT@db01"."""
_NO_SERVER = re.compile(
    r"localhost|127\.|.*example|host(?:name)?\b|server\b|.*\.(?:test|invalid|local)\b", re.IGNORECASE
)
_RESET = (
    r"(?:\b(?:gereset|gewijzigd|veranderd|aangepast|ingesteld|gezet|geandert|zuruckgesetzt)"
    r"(?: \w+)? (?:naar|in|op|to|auf)|\b(?:reset|changed|set)(?: \w+)? (?:naar|op|to|auf)|"
    r"\b(?:tijdelijke?|temporary|temp|vorlaufig|provisoire)\s?[:=]) "
    r"(?P<secret>[^\s\d]{2,30}\d\S{0,40})"
)
"""A password that is not called so where it stands: "I have reset it to …"."""
_WAS_RESET = re.compile(_RESET, re.IGNORECASE)
_ABOUT_LOGIN = re.compile(
    r"wachtwoord|password|passwort|\bww\b|\bpw\b|inlog|log ?in|account|mailbox|mot de passe|reset", re.IGNORECASE
)
_SPARE = (
    r"(?:back-?up|reserve|recovery|herstel|wiederherstellungs|nood)[ -]?(?:codes?|keys?|sleutels?|schlussel)\b"
    r"[^\n\d]{0,50}?(?P<secret>\d{4}[ -]?\d{3,6}(?:[ ,;-]{1,2}\d{4,6})*|"
    r"(?:[A-Za-z]\w?\d|\d\w{0,3})[A-Za-z0-9]{0,4}-[A-Za-z0-9]{4,5})"
)
"""Codes for when the telephone is lost: rows of digits behind their name."""
_SPARE_CODES = re.compile(_SPARE, re.IGNORECASE)
_OPENS_A_DOOR = re.compile(r"[a-z-]*code|sleutelkast", re.IGNORECASE)
_MANUALS_SAY = re.compile(
    r"UUID=.*|anonymous@?|user@\w+|p4ssw0rd|123456(?:7?8?9?)|(?:input|owner|user)Password\S*|env:.*|"
    r"[a-z]+=|#[a-z-]+|-{1,2}[a-z-]+(?::\w+)?|\w+(?::\w+){2,}|[A-Z]<.*>|\w+=\w+[;,&].*|foo\b.*|"
    r"2YotnFZFEjr1zCsicMWpAA|SlAV32hkKG|ad180jjd733klru7|"  # examples of RFC 6749 and RFC 5849
    r"%0?\d?[A-Za-z]\b.*|s/[^/\s]+/[^/\s]*/\w*|"
    r"secret\d?|my_?(?:token|secret|pass|password|key)\d?|"
    r"(?:change|replace)[_-]?(?:me|it|this)\d*!?|(?:your|my|jouw|uw|mijn|some|the)[_-]\w.*|\w*example\w*|voorbeeld\w*|"
    r"placeholder\w*|(?:dummy|foo|bar|baz)[\d!]{0,4}|"
    r"[\w.-]+/[\w./-]+\.[a-z]{1,5}",
    re.IGNORECASE,
)
"""What stands where a password would be in manuals and programs; the last is the path of a file."""
_PROGRAMS_SAY = re.compile(
    r"0x[0-9a-f]+u?l{0,2}|\w*->\w.*|(?-i:[A-Z_]{2}\w*(?:,\w+)+)|\w+(?:\\_\w+)+|(?-i:[a-z]+#[a-z]*)|-?anonymous@",
    re.IGNORECASE,
)
"""Numbers of C, members, lists of constants, names in Markdown and in what replaces text."""
_TOKEN_NAME = re.compile(r"(?:access|auth|api|bearer|oauth)[ _-]?token|api[ _-]?key|client[ _-]?secret", re.IGNORECASE)
_OF_A_MANUAL = re.compile(
    r"://(?:[\w-]+\.)*(?:example\.(?:com|net|org)\b|your[\w-]*\.)|'?token_type'?[:=]", re.IGNORECASE
)
"""Beside a token that is called so: what is sent to the reserved names of RFC 2606 § 3, or an answer of OAuth."""
_OPTION = re.compile(r"(?:^|\s)--?[a-z]|^\s*(?:class|id|type|name|for|style|placeholder|autocomplete)$", re.IGNORECASE)
"""Between the word and the sign: the option of a command, or an attribute of HTML."""
_SHORTEST, _LONGEST = 4, 100
_SHORTEST_SPARE = 8
"""Digits of codes for when the telephone is lost."""


def judge(before: str, candidate: str, after: str) -> Judged | None:
    """A key, a token, or a password with its name in front."""
    if token := secret_key.TOKEN.search(candidate):
        if secret_key.is_an_example(token[0], after):
            return None
        return Judged(token[0], Confidence.CONTEXT, token.start(), token.end() - token.start())
    pair = _IN_PAIR.match(candidate) or _IN_LIST.match(candidate)
    if pair and _mixed(pair["secret"], "") and not _FILL_IN.fullmatch(pair["secret"]):
        return Judged(pair["secret"], Confidence.CONTEXT, pair.start("secret"), len(pair["secret"]))
    if address := _OF_A_SERVER.match(candidate):
        secret = address["secret"]
        if not _mixed(unquote(secret), "") or _FILL_IN.fullmatch(secret) or _NO_SERVER.match(address["host"]):
            return None
        return Judged(secret, Confidence.CONTEXT, address.start("secret"), len(secret))
    if spare := _SPARE_CODES.match(candidate):
        if spare["secret"][-4:].isdigit() and sum(c.isdigit() for c in spare["secret"]) < _SHORTEST_SPARE:
            return None
        return Judged(spare["secret"], Confidence.CONTEXT, spare.start("secret"), len(spare["secret"]))
    if reset := _WAS_RESET.match(candidate):
        return _after_reset(reset, before, after)
    if door := door_code.CODE.fullmatch(candidate):
        return door_code.judged(door, before, after)
    found = _CALLED.search(candidate) or _CALLED_SHORTLY.search(candidate)
    if found is None or before[-1:] in (
        "?",
        "&",
        "/",
        ":",
        "\\",
    ):  # what a link to a meeting or a form carries is no secret
        return None
    if _TOKEN_NAME.match(candidate) and _OF_A_MANUAL.search(f"{before} {candidate} {after}"):
        return None
    meeting = _MEETING.search(before[-200:]) if _CODE_NAMES.match(candidate) else _MEETING_ID.search(before[-60:])
    if meeting:  # nor is what lets people into a meeting
        return None
    secret = found["secret"].rstrip(".,;:!?)\"'") if found["secret"][-1] != "!" else found["secret"]
    secret = secret.lstrip("(")
    if (
        _MANUALS_SAY.fullmatch(secret)
        or _PROGRAMS_SAY.fullmatch(secret)
        or _OPTION.search(found.groupdict().get("whose") or "")
    ):
        return None
    if not found["sign"] and "\n" in candidate[: found.start("secret")] and before[-1:] not in ("", "\n"):
        return None  # a sentence ends in the word, and another begins below it
    if candidate[:5] == "PASS:":  # the log of a test
        return None
    user = _USER.search(before[-60:]) or re.search(r"\b(?:user|gebruiker|login) \S{2,30} $", before[-60:])
    if candidate[:4].lower() == "pass" and candidate[4:5] == " " and found["sign"] not in (":", "=") and not user:
        return None
    sign = found["sign"].rstrip()
    if sign and ((sign[-1] not in ":=" and " " in sign) or _is_far(found.groupdict().get("whose") or "")):
        opens = (
            sign.split()[0] in ("is", "luidt", "wordt")
            and _OPENS_A_DOOR.match(candidate) is not None
            and secret.isdigit()
        )
        if not opens and not _mixed(secret, "") and not _is_key(candidate, secret):
            return None
    sign = sign or (":" if user else "")
    if (
        not _SHORTEST <= len(secret) <= _LONGEST
        or _FILL_IN.fullmatch(secret)
        or not _mixed(secret, sign, _OPENS_A_DOOR.match(candidate) is not None)
    ):
        return None
    start = candidate.index(secret, found.start("secret"))
    return Judged(secret, Confidence.CONTEXT, start, len(secret))


def _is_far(whose: str) -> bool:
    """Whether so many words stand between that the sign may belong to something else."""
    return len(whose.split()) > (4 if re.match(_OPENS, whose, re.IGNORECASE) else 2)


def _is_key(candidate: str, secret: str) -> bool:
    """Whether it is called a token or key and looks like one: long, of letters and digits."""
    named = re.match(r"(?:api|access|auth|bearer|toegangs|client|secret)", candidate, re.IGNORECASE)
    return named is not None and re.fullmatch(r"(?=\S*\d)(?=\S*[a-zA-Z])[\w+/=.-]{16,}", secret) is not None


def _after_reset(reset: re.Match[str], before: str, after: str) -> Judged | None:
    """A password that somebody set, when the text around is about signing in."""
    secret = reset["secret"].rstrip(".,;:?)\"'")
    if (
        not _mixed(secret, "")
        or _FILL_IN.fullmatch(secret)
        or not _ABOUT_LOGIN.search(before[-120:] + " " + after[:120])
    ):
        return None
    return Judged(secret, Confidence.CONTEXT, reset.start("secret"), len(secret))


def _mixed(secret: str, sign: str, door: bool = False) -> bool:
    """Whether it is made to be a password: letters with digits or signs, or digits alone as a code.

    With nothing between the word and the secret it has to be one at a glance.
    """
    letters, digits = re.search(r"[^\W\d_]", secret), re.search(r"\d", secret)
    signs = re.search(r"[^\w.,'-]", secret)
    if not sign:
        mixed = letters and digits and secret != secret.lower() and secret != secret.upper()
        return bool(mixed) and len(secret) >= 8 and not re.search(r"[()\[\]{}/\\=<>]|^[A-Z0-9]+-", secret)
    if door and sign and re.fullmatch(r"\d{2,6}[A-Z]\d{0,5}|[A-Z]\d{4,6}", secret):
        return True
    if letters and (digits or signs):
        return len(secret) >= 6 and not re.fullmatch(r"[^\W\d]+[/'(),;]+[^\W\d]*", secret)
    is_code = sign in ":=" or (door and sign.replace(" ", "").isalpha())
    return bool(digits) and not letters and is_code and re.fullmatch(r"\d{4,12}#?", secret) is not None


_BUT_IN_ADDRESS = (
    rf"{'|'.join(secret_key.FORMS)}|(?i:{_LIST.replace('?P<secret>', '?:')})|"
    rf"(?i:{_NAME}[\"')]?{_WHOSE}\s*{_NOW}(?:{_SIGN}|\s)\s*\S{{4,110}})|"
    rf"(?i:{_PAIR.replace('?P<secret>', '?:')})|(?i:{_RESET.replace('?P<secret>', '?:')})|"
    rf"(?i:{_SPARE.replace('?P<secret>', '?:')})|(?i:{door_code.PATTERN})|"
)
DETECTOR = Detector(
    "credential",
    _BUT_IN_ADDRESS + _IN_ADDRESS.replace("?P<secret>", "?:").replace("?P<host>", "?:"),
    judge,
    Confidence.CONTEXT,
    # Any word may be the begin of an address: in the pass over all patterns RE2 would have a state for each length.
    evidence=_BUT_IN_ADDRESS + r"://[^\s:/@\"'<>]{1,60}:[^\s@/\"'<>]{8}",
    apart=True,
)
