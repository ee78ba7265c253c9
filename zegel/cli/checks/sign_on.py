"""Whether people can sign in to the console at the organisation's provider."""

from __future__ import annotations

import time
from collections.abc import Iterator

from zegel.cli.checks.finding import Said
from zegel.officers.provider import Provider, ProviderAway, Time, secret_of
from zegel.officers.sign_on import BACK, OUT
from zegel.settings.console import Console


def sign_on(settings: Console) -> Iterator[Said]:
    """What the provider says of itself, its keys and the console's secret, where one is set. No mail waits for it."""
    asked = settings.sign_on
    if not asked.in_use:
        return
    problems, provider = [], Provider(asked, time.time)
    limit = Time(asked.seconds)
    # Keys come from where the description says: without one there is nothing to ask for them.
    for look in (lambda: provider.keys(limit), lambda: secret_of(asked)):
        try:
            look()
        except ProviderAway as problem:
            problems.append(str(problem))
    if problems:
        yield "warning", f"nobody can sign in to the console at {asked.issuer}: {'; '.join(problems)}"
        return
    known = provider.known()
    out = f", and after signing out to {settings.url}{OUT}" if known and known.sign_out else ""
    yield "ok", f"{asked.issuer}; it has to know that it may send browsers to {settings.url}{BACK}{out}"
