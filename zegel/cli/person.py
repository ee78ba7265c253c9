"""`zegel person`: everything known about one address, and its erasure (GDPR, articles 15 and 17)."""

from __future__ import annotations

import json

import click

from zegel.cli.opened import opened_core
from zegel.person_data import PersonData, is_address
from zegel.startup import CONFIG_OPTION


@click.command(epilog="Example: zegel person jan@post.example > jan.json")
@CONFIG_OPTION
@click.option(
    "--erase", is_flag=True, help="Instead: removes what need not stay, and says what stays, why and how long."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.argument("address")
def person(config: str | None, erase: bool, yes: bool, address: str) -> None:
    """Everything known about ADDRESS as JSON, but what messages say. The audit log notes that it was asked."""
    if not is_address(address):
        raise click.ClickException(f"'{address}' is no address; write jan@post.example")
    with opened_core(config) as core:
        data = PersonData(core)
        if erase and not yes:
            click.confirm(f"Erase what is known about {address}? That cannot be undone", abort=True, err=True)
        found = data.erase(address).as_json() if erase else data.export(address)
    print(json.dumps(found, ensure_ascii=False, indent=1))
