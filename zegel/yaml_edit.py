"""Changes single values in a YAML file that a person keeps, and leaves every other letter of it as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

Path = tuple[str, ...]


class NotEditable(Exception):
    """The file is written in a way that this cannot change without risk: a person has to."""


def changed(text: str, values: Mapping[Path, Any]) -> str:
    """`text` with the values of one or two keys deep; comments stay, and what is equal already is not touched.

    A commented default, `#  key: …`, is where a key goes that is not there yet. Raises NotEditable.
    """
    for path, value in values.items():
        before = yaml.safe_load(text) or {}
        if _value(before, path) == value and _node(text, path) is not None:
            continue
        new = _put(text, path, value)
        if _loaded(new) != _with(before, path, value):
            raise NotEditable(f"{'.'.join(path)} cannot be set here; write it yourself: {_flow(value)}")
        text = new
    return text


def _put(text: str, path: Path, value: Any) -> str:
    node = _node(text, path)
    if node is not None:
        return text[: node.start_mark.index] + _written(value, node) + text[_end(node, text) :]
    if len(path) == 1:
        return _set_line(text, 0, len(text), path[0], value) or f"{_closed(text)}{path[0]}: {_flow(value)}\n"
    section, key = path
    parent = _node(text, (section,))
    if parent is None or isinstance(parent, yaml.ScalarNode) or not parent.value:
        text, begins = _with_section(text, section)
        return _set_line(text, begins, _section_ends(text, begins), key, value) or (
            f"{text[:begins]}  {key}: {_flow(value)}\n{text[begins:]}"
        )
    if not isinstance(parent, yaml.MappingNode):
        raise NotEditable(f"{section} is no section")
    start = parent.value[0][0].start_mark
    if parent.flow_style:
        return f"{text[: start.index]}{key}: {_flow(value)}, {text[start.index :]}"
    begins = text.rindex("\n", 0, start.index) + 1
    return _set_line(text, begins, _section_ends(text, begins), key, value) or (
        f"{text[:begins]}{' ' * start.column}{key}: {_flow(value)}\n{text[begins:]}"
    )


def _with_section(text: str, section: str) -> tuple[str, int]:
    """The text with the line `section:`, and where what belongs under it begins."""
    line = re.search(rf"^#?{re.escape(section)}:[ \t]*(?:null|~|\{{\}})?[ \t]*$\n?", text, re.MULTILINE)
    if line:
        text = f"{text[: line.start()]}{section}:\n{text[line.end() :]}"
        return text, line.start() + len(section) + 2
    text = f"{_closed(text)}{section}:\n"
    return text, len(text)


def _section_ends(text: str, begins: int) -> int:
    """Where the next section begins, also one that is commented out."""
    found = re.compile(r"^#?\w", re.MULTILINE).search(text, begins)
    return found.start() if found else len(text)


def _set_line(text: str, begins: int, ends: int, key: str, value: Any) -> str | None:
    """The text with the commented default of a key replaced; None when there is none."""
    indent = r"" if begins == 0 else r" +"
    found = re.compile(rf"^#({indent}){re.escape(key)}:.*$", re.MULTILINE).search(text, begins, ends)
    return found and f"{text[: found.start()]}{found[1]}{key}: {_flow(value)}{text[found.end() :]}"


def _node(text: str, path: Path) -> yaml.Node | None:
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    for name in path:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for key, value in pairs if key.value == name), None)
    return node


def _end(node: yaml.Node, text: str) -> int:
    """Where a value ends; of a list or section without brackets the mark is behind the comments that follow."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last, text)
    end = int(node.end_mark.index)
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        end = len(text[:end].rstrip())
    return end


def _written(value: Any, node: yaml.Node) -> str:
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and isinstance(value, list):
        return f"\n{' ' * node.start_mark.column}".join(f"- {_flow(each)}" for each in value)
    return _flow(value)


def _flow(value: Any) -> str:
    """A value on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=float("inf"), sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...")


def _closed(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


def _loaded(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def _value(document: Any, path: Path) -> Any:
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _with(document: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    document = document if isinstance(document, dict) else {}
    return document | {path[0]: _with(document.get(path[0]), path[1:], value)}
