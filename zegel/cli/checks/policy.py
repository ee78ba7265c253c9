"""Rules and SMS: whether they are right, and protect anything."""

from __future__ import annotations

import time
from collections.abc import Iterator

from zegel.cli.checks.finding import Said
from zegel.policy.language.kept import KeptPolicies
from zegel.policy.language.load import Rules, load_rules
from zegel.settings.model import Settings
from zegel.sms.gateway import GatewayUnusable
from zegel.sms.gateways import gateway_of
from zegel.yamlfile import FileProblems


class Policy:
    """The rules on disk, read once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.rules: Rules | None = None
        self.problems: tuple[str, ...] = ()
        try:
            self.rules = load_rules(settings.rules)
        except FileProblems as problems:
            self.problems = tuple(str(problem) for problem in problems.problems)


def rules(settings: Settings, policy: Policy) -> Iterator[Said]:
    running = KeptPolicies(settings.storage.policies).in_force()
    if running is not None and running.kept:
        since = time.strftime("%Y-%m-%d %H:%M", time.localtime(running.since))
        yield "critical", f"the milter goes by rules of before, since {since}, because of the file:"
        yield from (("critical", each) for each in running.why)
    elif policy.rules is None:
        yield "critical", "\n        ".join(policy.problems)
    elif running is not None and running.fingerprint != policy.rules.fingerprint:
        yield "critical", "the milter goes by other rules than those in the file: systemctl reload zegel-milter"
    elif not policy.rules.highest_level:
        yield "critical", f"{settings.rules} protects nothing: no rule has a level of 1 or 2; see docs/rules.md"
    else:
        yield "ok", f"{settings.rules}: {len(policy.rules.rules)} rules"


def sms(settings: Settings, policy: Policy) -> Iterator[Said]:
    try:
        gateway_of(settings.sms)
    except GatewayUnusable as problem:
        yield "critical", str(problem)
        return
    if policy.rules is not None and policy.rules.highest_level > settings.sms.served:
        yield (
            "warning",
            "the rules ask for level 2, and sms.gateway is none: such mail is protected at level 1 only; see "
            "docs/sms.md",
        )
    else:
        yield "ok", f"gateway {settings.sms.gateway}" + (", calls to landlines" if settings.sms.calls else "")
