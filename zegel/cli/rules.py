"""`zegel rules`: check and try a policy, explain what it does to a mail, show what Zegel reads."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from zegel.cli.explain import as_json, difference, for_people
from zegel.cli.mail_files import count_in, mails_in, reader, written_recipients, written_sender
from zegel.cli.opened import opened_core
from zegel.cli.replay import replay
from zegel.cli.rules_versions import back, history
from zegel.policy.believed import reasons
from zegel.policy.language.end_mark import BEGIN, END, marked
from zegel.policy.language.include import SHIPPED
from zegel.policy.language.json_schema import json_schema
from zegel.policy.language.kept import KeptPolicies
from zegel.policy.language.load import Rules, load_rules
from zegel.policy.near_misses import near_misses
from zegel.rules_history import measure_of
from zegel.startup import CONFIG_OPTION, settings_or_exit
from zegel.yamlfile import FileProblems

_FILE = click.Path(dir_okay=False, path_type=Path)
_RULES = click.option("--rules", "rules_file", type=_FILE, default=Path("/etc/zegel/rules.yaml"), show_default=True)
_MAILS = click.argument("mails", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
_PROFILES = ("zorg", "gemeente", "onderwijs", "juridisch")
_SOMEBODY, _NOBODY = "sender@inside.invalid", "recipient@outside.invalid"
"""Who sends what names no sender, and who gets what names no recipient."""


@click.group()
def rules() -> None:
    """The policy of the data-protection officer."""


rules.add_command(history)
rules.add_command(back)
rules.add_command(replay)


@rules.command("check", epilog="Example: zegel rules check /etc/zegel/rules.yaml")
@click.argument("file", type=_FILE)
def check_(file: Path) -> None:
    """Says what is wrong in FILE, each mistake at its line, or that all is well."""
    loaded = _load(file)
    if not loaded.highest_level:
        print(f"{file}: {len(loaded.rules)} rules, and none protects anything: give one a level of 1 or 2")
        raise SystemExit(1)
    print(f"{file}: {len(loaded.rules)} rules, in order")
    if not marked(file.read_text(encoding="utf-8")):
        print(f"{file}: begin it with the line '{BEGIN}' and end it with '{END}': then a file cut short is refused")


@rules.command("test", epilog="Example: zegel rules test /etc/zegel/rules.yaml")
@click.argument("file", type=_FILE)
def test_(file: Path) -> None:
    """Runs the tests that the rules in FILE bring, and says which rules bring none."""
    loaded = _load(file)
    for name, count in loaded.tests.items():
        print(f"{name}: {count} tests passed" if count else f"{name}: no tests; write some, under 'tests:'")
    print(f"{file}: {sum(loaded.tests.values())} tests of {len(loaded.rules)} rules, all passed")


@rules.command(epilog="Example: zegel rules new --profile zorg rules.yaml")
@click.option(
    "--profile", type=click.Choice(_PROFILES), help="The kind of organisation; else the shipped rules as they are."
)
@click.argument("file", type=_FILE)
def new(profile: str | None, file: Path) -> None:
    """Writes rules to begin with to FILE, which may not exist yet."""
    try:
        with file.open("x", encoding="utf-8") as written:
            written.write((SHIPPED / f"{profile or 'rules'}.yaml").read_text(encoding="utf-8"))
    except FileExistsError:
        raise click.ClickException(f"{file} is there already; give another name, or move it away") from None
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from None
    print(f"{file}: {len(_load(file).rules)} rules; try: zegel rules explain --rules {file} mail.eml")


@rules.command(epilog="Example: zegel rules schema > rules.schema.json")
def schema() -> None:
    """The rules language as JSON Schema, for editors that complete and check it."""
    print(json.dumps(json_schema(), indent=2))


@rules.command(epilog="Example: zegel rules explain mail.eml")
@_RULES
@click.option("--json", "json_lines", is_flag=True, help="One JSON object a line.")
@click.option("--sender", default="", help="Judge as if this address sent it, and not the one in From.")
@click.option(
    "--to",
    "recipients",
    multiple=True,
    help="Judge as if it went to this address alone, not to To and Cc; may be repeated.",
)
@click.option("--answers", type=click.IntRange(1, 2), help="Judge as if it answered a reply of that level.")
@_MAILS
def explain(
    rules_file: Path,
    json_lines: bool,
    sender: str,
    recipients: tuple[str, ...],
    answers: int | None,
    mails: tuple[Path, ...],
) -> None:
    """What Zegel would do with MAILS (files, a Maildir, an mbox), why, and which rules nearly fired.

    Sender and recipients are those that each mail names; all of them count as outside. Of each number it says why it
    was believed to be one, or not.
    """
    loaded = _load(rules_file)
    with reader(loaded) as reading, _progress() as progress:
        task = progress.add_task("reading", total=sum(map(count_in, mails)))
        for name, raw in (mail for path in mails for mail in mails_in(path)):
            mail = reading.read(raw)
            case = loaded.case(
                mail,
                sender=sender or written_sender(mail) or _SOMEBODY,
                recipients=recipients or written_recipients(mail) or (_NOBODY,),
                answers=answers or 0,
            )
            verdict, nearly = loaded.judge_case(case), near_misses(loaded, case)
            numbers = reasons(loaded, case)
            free = [each for each in case.recipients if loaded.lets_pass(each)]
            print(
                as_json(name, mail, verdict, nearly, numbers)
                if json_lines
                else for_people(name, mail, verdict, nearly, numbers, free),
                flush=True,
            )
            progress.advance(task)


@rules.command(epilog="Example: zegel rules diff rules.yaml new.yaml ~/Maildir")
@click.option("--json", "json_lines", is_flag=True, help="One JSON object a line.")
@click.argument("old", type=_FILE)
@click.argument("new", type=_FILE)
@_MAILS
def diff(json_lines: bool, old: Path, new: Path, mails: tuple[Path, ...]) -> None:
    """Which of MAILS would be treated differently by the rules in NEW than by those in OLD.

    Sender and recipients are those that each mail names.
    """
    before, after = _load(old), _load(new)
    differing = count = 0
    with reader(after) as reading, _progress() as progress:
        task = progress.add_task("judging twice", total=sum(map(count_in, mails)))
        for name, raw in (mail for path in mails for mail in mails_in(path)):
            mail = reading.read(raw)
            sender, recipients = written_sender(mail), written_recipients(mail) or (_NOBODY,)
            verdicts = [policy.judge(mail, sender=sender, recipients=recipients) for policy in (before, after)]
            said = difference(name, verdicts[0], verdicts[1], json_lines)
            if said:
                print(said, flush=True)
            differing, count = differing + bool(said), count + 1
            progress.advance(task)
    if not json_lines:
        print(f"{differing} of {count} mails would be treated differently")


@rules.command(epilog="Example: zegel rules accept --yes")
@CONFIG_OPTION
@click.option("--yes", is_flag=True, help="Do not ask.")
def accept(config: str | None, yes: bool) -> None:
    """Says that the rules in force are to be those in the file, although they protect much less than before."""
    settings = settings_or_exit(config)
    loaded, kept = _load(settings.rules), KeptPolicies(settings.storage.policies)
    newest = kept.newest()
    with opened_core(config) as core:
        less = measure_of(core).since(newest, loaded) if newest else []
        for each in less:
            print(f"{settings.rules} {each}")
        if less and not yes:
            click.confirm("Is that meant?", abort=True)
        store, now = core.vault.store, time.time()
        store.write(
            lambda: store.audit_log.record("rules accepted", "administrator", now, rules=loaded.fingerprint, less=less)
        )
    kept.keep(settings.rules, loaded)
    print(f"{settings.rules}: {len(loaded.rules)} rules, accepted; a running milter takes them within a second")


@rules.command(epilog="Example: zegel rules text mail.eml letter.docx")
@_MAILS
def text(mails: tuple[Path, ...]) -> None:
    """The text that Zegel sees in MAILS (mails or documents), with the part each piece came from."""
    with reader() as reading:
        for path in mails:
            content = path.read_bytes()
            mail = reading.read(content) if _is_mail(path, content) else reading.read_document(content, path.name)
            for piece in mail.texts:
                print(f"=== {path} {piece.where} {piece.part}\n{piece.content}")
            for item in mail.unreadable:
                print(f"=== {path} unreadable {item.part} {item.name}: {item.kind}")


def _load(path: Path) -> Rules:
    try:
        return load_rules(path)
    except FileProblems as problems:
        for problem in problems.problems:
            print(problem)
        raise SystemExit(1) from None


def _progress() -> Progress:
    return Progress(console=Console(stderr=True), transient=True)


def _is_mail(path: Path, content: bytes) -> bool:
    """Mails begin with header fields; documents do not."""
    if path.suffix.lower() in (".eml", ".mbox"):
        return True
    first = content[:200].split(b"\n", 1)[0]
    name, colon, _ = first.partition(b":")
    return bool(colon) and bool(name) and all(33 <= byte < 127 for byte in name) and b"\0" not in content[:4096]
