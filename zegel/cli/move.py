"""`zegel move`: what brings Zegel to another machine, as commands."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from zegel.policy.language.load import load_rules
from zegel.settings.model import Settings, settings_path
from zegel.startup import CONFIG_OPTION, settings_or_exit
from zegel.yamlfile import FileProblems


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
    http, kannel, gammu, voice = settings.sms.http, settings.sms.kannel, settings.sms.gammu, settings.sms.voice
    others = [settings.organisation.logo, http.password_file, *http.secrets.values(), kannel.password_file]
    others += [voice.password_file, *voice.secrets.values(), settings.storage.database_password]
    if settings.console.sign_on.in_use:
        others.append(settings.console.sign_on.secret_file)
    found = [path, settings.rules, *rules, settings.storage.master_key, *others, gammu.database]
    ours = Path(__file__).resolve().parents[1]
    return list(dict.fromkeys(each for each in found if each and each.exists() and not each.is_relative_to(ours)))
