"""`zegel check`: whether everything that Zegel needs is in order; the one thing that a monitor has to run."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator

import click

from zegel.cli.check_senders import sender_warnings
from zegel.cli.checks import direct, hosts, listeners, policy, postfix, processes, storage
from zegel.cli.checks.certificate import certificate
from zegel.cli.checks.finding import EXIT, Finding, Look, Said, gathered
from zegel.cli.checks.sign_on import sign_on
from zegel.settings.model import Settings, load_settings, master_key_path, settings_path
from zegel.settings.storage import Storage
from zegel.startup import CONFIG_OPTION, refuse
from zegel.vault.engines.looking import FAILED
from zegel.vault.inspection import marks, wal_removed
from zegel.vault.keys import read_master_key, wrap_key
from zegel.vault.marks import COURIER
from zegel.yamlfile import FileProblems

WORDS = {"ok": "ok", "note": "note", "warning": "warning", "critical": "WRONG"}
BAD_SETTINGS = 78
"""EX_CONFIG, as all commands and services answer to wrong settings."""


@click.command(epilog="Example: zegel check --json")
@CONFIG_OPTION
@click.option("--postfix", "postfix_config", default=None, help="Postfix's configuration folder, if not /etc/postfix.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@click.option(
    "--full", is_flag=True, help="Read the whole database, however long it takes; else samples of a large one."
)
@click.option("--published", is_flag=True, help="Instead: what your domains publish for others, with records to paste.")
def check(config: str | None, postfix_config: str | None, as_json: bool, full: bool, published: bool) -> None:
    """Looks at everything that Zegel needs, and says what is wrong and what to do; to be run as root.

    The exit status is 0 when all is in order, 1 for warnings, 2 when mail waits, is lost or leaves unprotected, and 78
    when the settings are wrong.
    """
    try:
        settings = load_settings(settings_path(config))
    except FileProblems as problems:
        if not as_json:
            refuse(problems)
        _print_json([Finding("settings", "critical", str(problem)) for problem in problems.problems], BAD_SETTINGS)
        sys.exit(BAD_SETTINGS)
    if published:
        for line in direct.published(settings):
            print(line)
        return
    findings = [
        Finding("settings", "ok", "settings and master key"),
        *gathered(looks(settings, postfix_config, full)),
    ]
    status = max(EXIT[finding.state] for finding in findings)
    if as_json:
        _print_json(findings, status)
    else:
        for finding in findings:
            name = "" if finding.name == "settings" else f"{finding.name}: "
            print(f"{WORDS[finding.state]:<7} {name}{finding.text}")
    sys.exit(status)


def _print_json(findings: list[Finding], status: int) -> None:
    said = [{"name": each.name, "state": each.state, "text": each.text} for each in findings]
    print(json.dumps({"status": status, "at": round(time.time()), "findings": said}, ensure_ascii=False))


def looks(settings: Settings, postfix_config: str | None, full: bool) -> list[tuple[str, Look]]:
    """All that is looked at, by name."""
    kept = settings.storage
    wrap = wrap_key(read_master_key(master_key_path(settings)))
    account = storage.expected_account(kept, processes.milter_account(settings.milter.socket))
    loaded = policy.Policy(settings)
    found = _Postfix(postfix_config)
    return [
        ("rules", lambda: policy.rules(settings, loaded)),
        ("SMS", lambda: policy.sms(settings, loaded)),
        *_of_database(settings, account, wrap, full),
        ("disk", lambda: storage.disk(kept, settings.limits.message_size)),
        ("milter", lambda: processes.milter(settings.milter.socket, found.owner)),
        ("courier", lambda: _courier(kept)),
        ("portal", lambda: processes.portal(settings.portal)),
        ("console", lambda: processes.console(settings.console)),
        ("single sign-on", lambda: sign_on(settings.console)),
        ("re-injection", lambda: listeners.reinjection(settings)),
        ("Postfix", lambda: found.look(settings)),
        ("replies", lambda: found.replies(settings)),
        ("senders", lambda: found.senders(settings)),
        ("direct delivery", lambda: direct.direct(settings, loaded, found.postfix)),
        ("certificate", lambda: certificate(settings.portal.url)),
    ]


def _of_database(settings: Settings, account: int | None, wrap: bytes, full: bool) -> list[tuple[str, Look]]:
    kept = settings.storage
    removed = wal_removed(kept.place)
    if removed:
        said: list[Said] = [("critical", removed)]
        return [("database", lambda: said)]
    return [
        ("database", lambda: storage.database(kept, account, everything=full)),
        ("key ring", lambda: storage.keyring(kept, account, wrap)),
        ("sealing", lambda: storage.sealing(kept, settings.retention.days, master_key_path(settings), time.time())),
        ("outbox", lambda: storage.outbox(kept.place, time.time())),
        ("audit log", lambda: storage.audit(kept.place, time.time())),
        ("date", lambda: storage.date(kept.place)),
        ("hosts", lambda: hosts.hosts(kept.place, kept.keyring)),
    ]


def _courier(kept: Storage) -> Iterator[Said]:
    now = time.time()
    sign = float(marks(kept.place).get(COURIER) or 0) if not wal_removed(kept.place) else 0.0
    try:
        ago = hosts.sign_of_this_host(kept.place, kept.keyring)
    except FAILED:
        ago = None  # the look at the database says it
    yield from processes.courier(kept.folder / "courier.lock", sign if ago is None else now - ago, now)


class _Postfix:
    """Postfix's configuration, or what to say when there is none."""

    def __init__(self, folder: str | None) -> None:
        self._found: postfix.Postfix | str
        try:
            self._found = postfix.Postfix(folder)
        except postfix.NoPostfix as problem:
            self._found = str(problem)

    @property
    def postfix(self) -> postfix.Postfix | None:
        return self._found if isinstance(self._found, postfix.Postfix) else None

    @property
    def owner(self) -> str:
        """The account that Postfix's processes run as."""
        return self._found.main["mail_owner"] if isinstance(self._found, postfix.Postfix) else "postfix"

    def look(self, settings: Settings) -> Iterator[Said]:
        if isinstance(self._found, str):
            yield "critical", self._found
        else:
            yield from postfix.passes_zegel(settings, self._found)

    def replies(self, settings: Settings) -> Iterator[Said]:
        if isinstance(self._found, postfix.Postfix):
            problems = list(postfix.takes_replies(settings, self._found))
            yield from problems
            if problems:
                return
        yield from listeners.replies(settings)

    def senders(self, settings: Settings) -> Iterator[Said]:
        """What an administrator has to know, and may have meant: it changes no exit status."""
        if isinstance(self._found, postfix.Postfix):
            yield from (("note", warning) for warning in sender_warnings(settings, self._found.postconf))
