"""`zegel move`: what brings Zegel to another machine, as commands."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from zegel.policy.language.load import load_rules
from zegel.settings.model import Settings, settings_path
from zegel.startup import CONFIG_OPTION, settings_or_exit
from zegel.yamlfile import FileProblems, Strict


@click.command(epilog="Example: zegel move --to mail2.clinic.example")
@CONFIG_OPTION
@click.option("--to", "host", default="NEW", show_default=True, help="The other machine, as ssh knows it.")
@click.option(
    "--by", "folder", default="/root/zegel-move", show_default=True, type=click.Path(path_type=Path),
    help="A folder for the copy, on both machines.",
)  # fmt: skip
def move(config: str | None, host: str, folder: Path) -> None:
    """Prints the commands that move settings, rules, key and messages to another machine; runs none of them.

    Between the first and the last one mail waits at its senders, and links do not open. Links that were sent work again
    afterwards.
    """
    settings = settings_or_exit(config)
    path, place = settings_path(config).absolute(), shlex.quote(str(folder))
    files = " ".join(shlex.quote(str(each)) for each in _files(path, settings))
    data = shlex.quote(str(settings.storage.folder))
    print(f"""\
# On {host}, first: install the same version of the package. Do not run zegel setup yet.

# Here:
systemctl stop zegel.target
zegel backup {place}
tar --create --absolute-names --file={place}/settings.tar {files}
rsync --archive --rsh=ssh {place}/ {host}:{place}/

# On {host}:
tar --extract --absolute-names --file={place}/settings.tar
zegel restore --yes {place}
chown --recursive zegel:zegel {data}
zegel setup --as-it-is
rm --recursive {place}

# Here, when zegel setup has said "ready" there and {settings.portal.url} leads to it:
zegel remove --data
rm --recursive {place}""")


def _files(path: Path, settings: Settings) -> list[Path]:
    """Everything outside the data that Zegel reads: settings, rules, key, logo, secrets."""
    try:
        rules = list(load_rules(settings.rules, tests=False).files)
    except FileProblems:
        rules = [settings.rules]
    storage, log = settings.storage, settings.direct_delivery.log
    not_read = {storage.database, storage.keyring, log}  # the backup has the first two, and the log is Postfix's
    named = [each for each in _paths(settings) if each not in not_read]
    found = [path, settings.rules, *rules, storage.master_key, *named]
    ours = Path(__file__).resolve().parents[1]
    return list(dict.fromkeys(each for each in found if each.is_file() and not each.is_relative_to(ours)))


def _paths(value: object) -> Iterator[Path]:
    """Every path in the settings: a section or a gateway that is added is looked into too."""
    if isinstance(value, Path):
        yield value
    elif isinstance(value, Strict):
        for _, inside in value:
            yield from _paths(inside)
    elif isinstance(value, Mapping):
        for inside in value.values():
            yield from _paths(inside)
    elif isinstance(value, (list, tuple)):
        for inside in value:
            yield from _paths(inside)
