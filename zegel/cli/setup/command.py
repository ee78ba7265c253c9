"""`zegel setup`: from five answers to mail that is protected."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import click

from zegel.cli.check import looks
from zegel.cli.checks import processes
from zegel.cli.checks.finding import gathered
from zegel.cli.checks.postfix import IN_A_MAIL
from zegel.cli.setup import machine, web_site
from zegel.cli.setup.answers import Answers, WebServer, ask, read_answers
from zegel.cli.setup.machine import NotReady
from zegel.cli.setup.settings_file import SettingsFile, check_key, make_key, write_rules
from zegel.cli.setup.trial import try_a_mail
from zegel.errors import describe
from zegel.policy.language.load import load_rules
from zegel.settings.model import Settings, load_settings, settings_path
from zegel.startup import CONFIG_OPTION, refuse
from zegel.vault.keys import holds_sealing_key, write_sealing_key
from zegel.yamlfile import FileProblems

KEY_FOR_THE_SAFE = """\
{key} is the master key. Without it no message can be read, from no backup either.
Copy it now to a place that is not this machine, such as a password safe or paper:
    cat {key}
"""

_FILE = click.Path(dir_okay=False, path_type=Path, resolve_path=True)


@click.command(epilog="Example: zegel setup --answers answers.yaml")
@CONFIG_OPTION
@click.option(
    "--answers",
    "file",
    type=_FILE,
    help="Take the answers from FILE and ask nothing; docs/operations.md has one.",
)
@click.option("--as-it-is", is_flag=True, help="Take the answers from zegel.yaml and ask nothing.")
@click.option("--web-server", type=click.Choice(["auto", "nginx", "apache", "none"]), help="Which one gets a site.")
@click.option("--certificate", type=_FILE, help="Its certificate with the chain; else the one that certbot made.")
@click.option("--certificate-key", type=_FILE, help="The key of that.")
@click.option("--yes", is_flag=True, help="Do not ask before changing anything.")
@click.option("--no-mail", is_flag=True, help="Send no test mail.")
@click.option("--postfix", "folder", default=None, help="Postfix's configuration folder, if not /etc/postfix.")
def setup(
    config: str | None,
    file: Path | None,
    as_it_is: bool,
    web_server: WebServer | None,
    certificate: Path | None,
    certificate_key: Path | None,
    yes: bool,
    no_mail: bool,
    folder: str | None,
) -> None:
    """Asks five questions, and puts Zegel to work: settings, key, services, web site, Postfix, and a test mail.

    Says what it will change before it does. Run it again to change an answer, or to go on where something was wrong;
    what is right stays as it is. The exit status is 0 when all is ready, 1 when not, and 78 for wrong settings.
    """
    if os.geteuid() != 0:
        raise click.ClickException("run it as root: it writes settings, and starts services")
    try:
        settings_file = SettingsFile(settings_path(config))
        if file:
            answers = read_answers(file)
        elif as_it_is:
            answers = settings_file.answers()
        else:
            answers = ask(settings_file.document, machine.own_domain())
        try:
            answers = answers.with_options(web_server, certificate, certificate_key)
        except ValueError as problem:
            raise click.UsageError(str(problem)) from None
        plan = _Plan(config, settings_file, answers, folder)
        steps = plan.steps()
        if steps and not (file or as_it_is or yes):
            click.confirm("\nDo this?", abort=True)
        for say, step in steps:
            print(f"{say} …", flush=True)
            step()
        plan.look(test=not no_mail)
    except FileProblems as problems:
        refuse(problems)
    except NotReady as problem:
        print(f"not ready: {problem}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        print(f"not ready: {error.filename or describe(error)}: {error.strerror}", file=sys.stderr)
        sys.exit(1)


Step = tuple[str, Callable[[], object]]


class _Plan:
    """What there is to do. Nothing is changed before `steps` has returned. Raises NotReady and FileProblems."""

    def __init__(self, config: str | None, file: SettingsFile, answers: Answers, folder: str | None) -> None:
        self._config, self._file, self._answers, self._folder = config, file, answers, folder
        self._settings = file.take(answers)
        check_key(self._settings)
        if self._settings.rules.exists():
            load_rules(self._settings.rules)
        if not machine.has_units():
            raise NotReady("zegel.target is not installed; install the package, or the units (docs/operations.md)")
        self._site = web_site.site(answers, self._settings.portal, self._settings.replies.size)
        self._postfix_words = _postfix_words(self._settings, answers)
        self._shown = machine.postfix("show", *self._postfix_words, folder=folder).strip()

    def steps(self) -> list[Step]:
        """Says what will change, and returns how."""
        settings, found = self._settings, list[Step]()
        if self._file.differs:
            print(f"{self._file.path}:", *self._file.changes(), sep="\n")
            found.append((f"{self._file.path} is written", self._file.write))
        if not settings.rules.exists():
            print(f"{settings.rules}: the shipped rules")
            found.append((f"{settings.rules} is written", lambda: write_rules(settings.rules)))
        if not settings.storage.master_key.exists():
            print(f"{settings.storage.master_key}: a new master key")
            found.append(("the master key is made", self._make_key))
        elif not holds_sealing_key(settings.storage.sealing_key, settings.storage.master_key):
            print(f"{settings.storage.sealing_key}: what the milter has in place of the master key")
            found.append(("the sealing key is made", self._make_sealing_key))
        found.append(("the services are started", self._start))
        if self._site is not None and not self._site.is_there:
            print(f"{self._site.file}: a site of {self._site.server} for {self._answers.portal}")
            found.append((f"{self._site.server} gets its site", self._site.install))
        if self._shown.split("\n")[0] != "nothing to change":
            print(f"Postfix:\n{self._shown}")
            found.append(("Postfix hands its mail to Zegel", self._apply))
        else:
            for line in self._shown.splitlines()[1:]:
                print(f"Postfix: {line}")
        if len(found) == 1 and not self._is_stopped():
            print("nothing to change")
            return []
        return found

    def look(self, *, test: bool) -> None:
        """Sends a mail through, and says whether all is ready. Raises NotReady."""
        settings = load_settings(self._file.path)
        rules = load_rules(settings.rules)
        to = self._answers.test_to or ("root@localhost" if machine.delivers_locally("localhost") else "")
        if test and to:
            print(try_a_mail(self._config, settings, rules, to))
        elif test:
            print("no test mail was sent: Postfix keeps none on this machine. Answer test_to: an address outside")
        findings = [each for each in gathered(looks(settings, self._folder, False)) if each.state != "ok"]
        for finding in findings:
            print(f"{finding.state}: {finding.name}: {finding.text}")
        if any(each.state == "critical" for each in findings):
            raise NotReady("see what is critical above; then run zegel setup again, or zegel check")
        print(f"ready: mail that leaves is protected, and recipients read it at {settings.portal.url}")

    def _is_stopped(self) -> bool:
        return machine.SYSTEMD.exists() and not machine.is_running("zegel.target")

    def _make_key(self) -> None:
        make_key(self._settings)
        print(KEY_FOR_THE_SAFE.format(key=self._settings.storage.master_key))

    def _make_sealing_key(self) -> None:
        write_sealing_key(self._settings.storage.sealing_key, self._settings.storage.master_key)

    def _start(self) -> None:
        load_settings(self._file.path)
        machine.start(anew=self._file.differs)
        said: list[str] = []

        def answers() -> bool:
            said[:] = [text for state, text in self._services() if state == "critical"]
            return not said

        if not machine.wait_until(answers, 60):
            raise NotReady(f"{'; '.join(said)}. What it says itself: journalctl -u 'zegel-*' -n 30")

    def _services(self) -> list[tuple[str, str]]:
        settings = self._settings
        milter = processes.milter(settings.milter.socket, "postfix")
        return [*milter, *processes.portal(settings.portal)]

    def _apply(self) -> None:
        said = machine.postfix("apply", *self._postfix_words, folder=self._folder)
        if "now run:" in said:
            raise NotReady("Postfix does not run: start it (systemctl start postfix), then run zegel setup again")


def _postfix_words(settings: Settings, answers: Answers) -> list[str]:
    queue = "/var/spool/postfix/"
    kind, _, rest = settings.milter.socket.partition(":")
    if kind == "unix":
        socket = f"unix:{rest.removeprefix(queue)}"
    else:
        port, _, host = rest.partition("@")
        socket = f"inet:{host or '127.0.0.1'}:{port}"
    port = "socket" if settings.submission.socket else str(settings.submission.port)
    words = ["--socket", socket, "--port", port]
    words += ["--message-size", str(int(settings.replies.size * IN_A_MAIL))]
    return [*words, *(["--signer", answers.signer] if answers.signer else [])]
