"""`zegel direct`: what can be proven of a domain, and what the policy says of mail to it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from zegel.direct.proof import SHOWN, Proof
from zegel.direct.proofs import Proofs
from zegel.direct.resolver import Resolver
from zegel.mail.domains import ascii_domain
from zegel.policy.language.load import load_rules
from zegel.startup import CONFIG_OPTION, settings_or_exit
from zegel.yamlfile import FileProblems


@click.command(epilog="Example: zegel direct partner.example")
@CONFIG_OPTION
@click.option(
    "--rules",
    "rules_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Another policy than the one in force.",
)
@click.argument("domain")
def direct(config: str | None, rules_file: Path | None, domain: str) -> None:
    """What would happen to protected mail to DOMAIN, or to an address: by which proof it goes directly, or why not."""
    settings = settings_or_exit(config)
    address = domain if "@" in domain else f"somebody@{domain}"
    name = ascii_domain(address.rpartition("@")[2])
    if "." not in name:
        raise click.ClickException(f"'{domain}' is no domain")
    try:
        policy = load_rules(rules_file or settings.rules).direct
    except FileProblems as problems:
        raise click.ClickException("\n".join(map(str, problems.problems))) from None
    found = dict(Proofs(Resolver(settings.direct_delivery.resolvers), time.time).each(name))
    for kind, finding in found.items():
        if isinstance(finding, Proof):
            print(f"{SHOWN[kind]}: proven: {', '.join(finding.hosts)}, known for {finding.seconds:.0f} s")
        else:
            print(f"{SHOWN[kind]}: not proven: {finding.why}")
    for level in (1, 2):
        allowed = policy.permission(address, level)
        by = next((kind for kind in found if kind in allowed.proofs and isinstance(found[kind], Proof)), None)
        if by is not None:
            print(f"level {level}: is delivered directly, by {SHOWN[by]}")
        elif allowed.proofs:
            wanted = ", ".join(SHOWN[kind] for kind in found if kind in allowed.proofs)
            print(f"level {level}: is notified, because nothing proves the connection (allowed: {wanted})")
        else:
            print(f"level {level}: is notified: {allowed.why_not}")
    sys.exit(0)
