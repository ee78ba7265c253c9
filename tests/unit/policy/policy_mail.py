"""Mails made by hand for the tests of the policy, as the reader would hand them over."""

from __future__ import annotations

from pathlib import Path

from zegel.message.base.found import File, Kind, Text, Unreadable
from zegel.message.mime.tree import Header, Part
from zegel.message.reader import Mail
from zegel.message.text.normalise import folded
from zegel.policy.language.load import Rules, load_rules

SENDER = "anna@kliniek.example"
RECIPIENT = "jan@post.example"
OTHER = "eva@elders.example"
PARTNER = "balie@insurer.example"


def mail(
    body: str = "",
    *,
    subject: str = "",
    headers: dict[str, str] | None = None,
    attachments: dict[str, str] | None = None,
    types: dict[str, str] | None = None,
    unreadable: dict[str, Kind] | None = None,
    size: int = 1000,
) -> Mail:
    """A mail; `attachments` gives the text per file name, `types` the type, `unreadable` why it cannot be read."""
    attachments, types, unreadable = attachments or {}, types or {}, unreadable or {}
    fields = {"Subject": subject, **(headers or {})}
    texts = [
        Text("subject", "", folded(subject)),
        Text("headers", "", folded("\n".join(f"{name}: {value}" for name, value in (headers or {}).items()))),
        Text("body", "1", folded(body)),
    ]
    files, closed = [], []
    names = dict.fromkeys([*attachments, *types, *unreadable])
    for number, name in enumerate(names, 2):
        files.append(File(str(number), name, types.get(name, "text/plain"), 10))
        texts.append(Text("filenames", str(number), folded(name)))
        texts.append(Text("attachments", f"{number}:inside.txt", folded(attachments.get(name, ""))))
        if name in unreadable:
            closed.append(Unreadable(str(number), name, unreadable[name]))
    raw_headers = tuple(Header(name, f" {value}".encode(), 0, 0) for name, value in fields.items())
    root = Part("1", raw_headers, 0, size, "text/plain", {}, "", "", "", "7bit")
    return Mail(root, tuple(t for t in texts if t.data), tuple(files), tuple(closed))


def policy(folder: Path, text: str) -> Rules:
    """The policy in `text`, with `version: 1` put before it."""
    file = folder / "rules.yaml"
    file.write_text(f"version: 1\n{text}")
    return load_rules(file)


def rule(when: str, *, level: int = 1, name: str = "one", more: str = "") -> str:
    """A rule with the condition `when`, in flow style, as a list item."""
    return (
        f"  - id: {name}\n    name: {{nl: regel {name}, en: rule {name}}}\n    level: {level}\n    when: {when}\n"
        + "".join(f"    {line}\n" for line in more.splitlines())
    )
