"""`zegel upgrade-check`: whether this version can take over from what is there, before anything is restarted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from zegel import __version__
from zegel.cli.checks.finding import EXIT, Finding, Said, gathered
from zegel.policy.language.cuts import Measure
from zegel.policy.language.kept import KeptPolicies
from zegel.policy.language.load import load_rules
from zegel.settings.model import Settings
from zegel.settings.storage import Storage
from zegel.startup import CONFIG_OPTION, settings_or_exit
from zegel.vault.keys import holds_sealing_key
from zegel.vault.rehearsal import rehearse
from zegel.yamlfile import FileProblems

CHECKOUT = Path(__file__).resolve().parents[2]
WORDS = {"ok": "ok", "note": "note", "warning": "warning", "critical": "WRONG"}


@click.command("upgrade-check", epilog="Example: git pull && zegel upgrade-check && systemctl restart zegel.target")
@CONFIG_OPTION
@click.option(
    "--units",
    type=click.Path(path_type=Path),
    default=Path("/etc/systemd/system"),
    show_default=True,
    help="Where the installed units are.",
)
def upgrade_check(config: str | None, units: Path) -> None:
    """Tries settings, rules, database and units with this version of Zegel; changes nothing. Exit status as zegel "
    "check."""
    settings = settings_or_exit(config)
    findings = [
        Finding("settings", "ok", f"taken by Zegel {__version__}"),
        *gathered(
            [
                ("rules", lambda: _rules(settings)),
                ("sealing key", lambda: _sealing_key(settings.storage)),
                ("database", lambda: _database(settings)),
                ("units", lambda: _units(units, CHECKOUT / "systemd")),
            ]
        ),
    ]
    for finding in findings:
        print(f"{WORDS[finding.state]:<7} {finding.name}: {finding.text}")
    sys.exit(max(EXIT[finding.state] for finding in findings))


def _rules(settings: Settings) -> Iterator[Said]:
    try:
        loaded = load_rules(settings.rules)
    except FileProblems as problems:
        newest = KeptPolicies(settings.storage.policies).newest()
        goes_on = "the last good ones stay in force after a restart" if newest else "no mail is taken after a restart"
        yield "warning" if newest else "critical", f"{goes_on}, because of:"
        yield from (("critical", str(problem)) for problem in problems.problems)
        return
    newest = KeptPolicies(settings.storage.policies).newest()
    changed = newest is not None and newest.fingerprint != loaded.fingerprint
    less = Measure(settings.domains).since(newest, loaded) if newest and changed else []
    for each in less:
        yield "warning", f"{settings.rules} {each}; if that is meant, run: zegel rules accept"
    if not less:
        yield "ok", f"{len(loaded.rules)} rules, and their tests pass"


def _sealing_key(kept: Storage) -> Iterator[Said]:
    if kept.sealing_key.exists() and holds_sealing_key(kept.sealing_key, kept.master_key):
        yield "ok", f"{kept.sealing_key}, which the milter has in place of the master key"
    else:
        yield "critical", f"{kept.sealing_key} is not there, or not the right one: run: zegel key sealing"


def _database(settings: Settings) -> Iterator[Said]:
    database = settings.storage.place
    if isinstance(database, Path) and not database.exists():
        yield "ok", "none yet; the services make it"
        return
    found = rehearse(database)
    if found.problem:
        yield "critical", found.problem
    elif found.version == found.becomes:
        yield "ok", f"version {found.version}, which stays"
    else:
        yield (
            "warning",
            f"a restart brings it from version {found.version} to {found.becomes}, and an older Zegel cannot use it "
            "then: "
            "make a backup first (zegel backup DIR)",
        )


def _units(installed: Path, ours: Path) -> Iterator[Said]:
    """Whether the installed units are those of this version; nothing when Zegel is not run by systemd here."""
    if not ours.is_dir():  # of the package, which brings its units to another place
        shadows = sorted(path.name for path in installed.glob("zegel*") if path.is_file() and not path.is_symlink())
        if shadows:
            yield (
                "warning",
                f"{', '.join(shadows)} in {installed} take precedence over the units of the package: remove them, put "
                "what you changed in them into systemctl edit, then systemctl daemon-reload",
            )
        return
    names = sorted(path.name for path in ours.glob("zegel*") if path.suffix in (".service", ".target", ".timer"))
    if not any((installed / name).exists() for name in names):
        return
    old = [name for name in names if _text(installed / name) != _text(ours / name)]
    if old:
        yield (
            "warning",
            f"{', '.join(old)} in {installed} are not those of this version: install them (docs/operations.md, "
            "Upgrade), "
            "then systemctl daemon-reload",
        )
    else:
        yield "ok", "those of this version"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
