"""`zegel console`: who may sign in to the console, and help for who has lost their passkeys."""

from __future__ import annotations

import click

from zegel.cli.opened import opened_core
from zegel.mail.addresses import identity
from zegel.officers.passkeys import OfficerPasskeys
from zegel.officers.sign_in import SignIn
from zegel.startup import CONFIG_OPTION


@click.group()
def console() -> None:
    """The people of the console."""


@console.command("list", epilog="Example: zegel console list")
@CONFIG_OPTION
def list_(config: str | None) -> None:
    """Who may sign in: address, role, passkeys."""
    with opened_core(config) as core:
        sign_in = SignIn(core.settings, core.vault, core.clock)
        passkeys = OfficerPasskeys(core.settings, core.vault, sign_in, core.clock)
        for person in sign_in.people.values():
            roles = ", ".join(
                role for role, has in (("officer", person.officer), ("administrator", person.administrator)) if has
            )
            count = len(passkeys.of(person.address))
            print(f"{person.address}: {roles}, {count} passkey{'' if count == 1 else 's'}")
        if not sign_in.people:
            print("nobody: name somebody in console.officers or console.administrators")


@console.command(epilog="Example: zegel console forget privacy@clinic.example")
@CONFIG_OPTION
@click.argument("address")
def forget(config: str | None, address: str) -> None:
    """Removes all passkeys of ADDRESS and signs it out: the next one is made after a password by e-mail."""
    with opened_core(config) as core:
        passkeys = OfficerPasskeys(core.settings, core.vault, SignIn(core.settings, core.vault, core.clock), core.clock)
        count = passkeys.forget(identity(address).text, "administrator")
    print(f"{address}: {count} removed, and signed out everywhere")
