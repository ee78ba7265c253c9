"""`zegel rules history` and `zegel rules back`: the versions of rules.yaml that were saved."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime

import click

from zegel.cli.opened import opened_core
from zegel.errors import ForPeople
from zegel.rules_history import ProtectsLess, RulesHistory, difference
from zegel.startup import CONFIG_OPTION
from zegel.yamlfile import FileProblems


@click.command(epilog="Example: zegel rules history --diff 12")
@CONFIG_OPTION
@click.option("--diff", type=int, help="Instead: how the file differs from the version with this number.")
@click.option("--show", type=int, help="Instead: the text of the version with this number.")
def history(config: str | None, diff: int | None, show: int | None) -> None:
    """The versions of rules.yaml: number, when, who and why; 0 is what was changed by hand since."""
    with opened_core(config) as core:
        rules = RulesHistory(core)
        try:
            if show is not None:
                print(rules.text_of(show), end="")
            elif diff is not None:
                for line in difference(rules.text_of(diff), rules.text_of(0)):
                    print(line)
            else:
                for each in rules.versions():
                    at = datetime.fromtimestamp(each.at, UTC).strftime("%Y-%m-%d %H:%M")
                    print(f"{each.id:>4}  {at}  {each.who}  {each.why}".rstrip())
        except KeyError as error:
            raise click.ClickException(f"there is no version {error}; see zegel rules history") from None


@click.command(epilog="Example: zegel rules back 12 --why 'too many false alarms'")
@CONFIG_OPTION
@click.argument("number", type=int)
@click.option("--why", required=True, help="For those who look at the history later.")
@click.option("--yes", is_flag=True, help="Also when that protects much less than the rules in force.")
def back(config: str | None, number: int, why: str, yes: bool) -> None:
    """Puts the version NUMBER back in place of rules.yaml; the file of now is kept as a version too."""
    with opened_core(config) as core:
        rules = RulesHistory(core)
        try:
            version = rules.go_back(number, rules.current().digest, getpass.getuser(), why, accept_less=yes)
        except KeyError:
            raise click.ClickException(f"there is no version {number}; see zegel rules history") from None
        except ProtectsLess as less:
            raise click.ClickException(f"{less}; if that is meant: --yes") from None
        except FileProblems as problems:
            raise click.ClickException(f"this Zegel does not take that version:\n{problems}") from None
        except ForPeople as problem:
            raise click.ClickException(str(problem)) from None
    print(f"version {number} is in force again, as version {version.id}")
