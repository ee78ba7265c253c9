"""Asks the running Postfix whether it takes mail: a conversation as far as the sender, which every milter hears."""

from __future__ import annotations

import smtplib

_SECONDS = 40


class NotTaken(Exception):
    """Postfix does not take mail; the text says at which step, and what it answered."""


def probe(host: str, port: int) -> None:
    """Greets, names the null sender and takes it back; hands in no mail. Raises NotTaken.

    smtpd reads its milters when somebody connects and asks each at MAIL FROM: a list that it cannot read, or a milter
    that nobody serves, shows here and not only at the first mail of a user.
    """
    try:
        with smtplib.SMTP(host, port, local_hostname="localhost", timeout=_SECONDS) as connection:
            connection.ehlo_or_helo_if_needed()
            code, text = connection.mail("")
            connection.rset()
    except (TimeoutError, smtplib.SMTPException, OSError) as error:
        raise NotTaken(f"{host} port {port}: {type(error).__name__}: {error}") from None
    if code != 250:
        raise NotTaken(f"{host} port {port} answers MAIL FROM with {code} {text.decode(errors='replace')}")
