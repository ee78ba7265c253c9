"""Where values stand in the text of a YAML file, and the text with something put in there."""

from __future__ import annotations

from typing import Any

import yaml

Way = tuple[str | int, ...]


def scalar(value: str) -> str:
    """`value` as YAML, right also inside of brackets."""
    written = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=10_000)
    return written.strip()[1:-1]


class Text:
    """The text of a file that was read without mistakes; each change gives a new text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._root = yaml.compose(text, yaml.SafeLoader)
        self._document = yaml.safe_load(text)
        self._end = "\r\n" if "\r\n" in text else "\n"

    def value(self, way: Way) -> Any:
        """What stands at `way`; None when nothing does."""
        found = self._document
        for step in way:
            if isinstance(found, dict):
                found = found.get(step)
            elif isinstance(found, list) and isinstance(step, int):
                found = found[step]
            else:
                return None
        return found

    def node(self, way: Way) -> yaml.Node | None:
        found = self._root
        for step in way:
            if isinstance(found, yaml.MappingNode):
                found = next((value for key, value in found.value if key.value == step), None)
            elif isinstance(found, yaml.SequenceNode) and isinstance(step, int):
                found = found.value[step]
            else:
                return None
        return found

    def with_value(self, way: Way, written: str) -> str:
        """With `written` in place of the value on one line, or in brackets, at `way`."""
        node = self.node(way)
        if node is None:
            raise KeyError(way)
        blank = "" if node.end_mark.index > node.start_mark.index else " "  # a key without a value
        return self._replaced(node.start_mark.index, node.end_mark.index, blank + written)

    def with_item(self, way: Way, written: str) -> str:
        """With one more item at the end of the list at `way`."""
        node = self.node(way)
        if not isinstance(node, yaml.SequenceNode):
            raise KeyError(way)
        if node.flow_style:
            return self._in_brackets(node, written)
        return self._on_a_line(_end(node), f"{' ' * node.start_mark.column}- {written}")

    def with_key(self, way: Way, key: str, written: str) -> str:
        """With one more key at the end of the mapping at `way`."""
        node = self.node(way)
        if not isinstance(node, yaml.MappingNode):
            raise KeyError(way)
        if node.flow_style:
            return self._in_brackets(node, f"{scalar(key)}: {written}")
        return self._on_a_line(_end(node), f"{' ' * node.start_mark.column}{scalar(key)}: {written}")

    def with_top_key(self, key: str, written: str) -> str:
        """With a key at the top, behind the version."""
        root = self._root
        if not isinstance(root, yaml.MappingNode):
            raise KeyError(key)
        if root.flow_style:
            return self._in_brackets(root, f"{scalar(key)}: {written}")
        first = next((value for name, value in root.value if name.value == "version"), root.value[0][1])
        return self._on_a_line(_end(first), f"{scalar(key)}: {written}")

    def _in_brackets(self, node: yaml.CollectionNode, written: str) -> str:
        """Behind the last thing between brackets, so that what is noted behind it stays there."""
        if not node.value:
            return self._replaced(node.start_mark.index + 1, node.start_mark.index + 1, written)
        last = node.value[-1]
        end = _end(last[1] if isinstance(last, tuple) else last)
        return self._replaced(end, end, f", {written}")

    def _on_a_line(self, end: int, line: str) -> str:
        """On a line of its own, below the one in which something ends at `end`."""
        if end and self.text[end - 1] == "\n":  # a text of several lines (YAML's |) includes the end of its last line
            return self._replaced(end, end, line + self._end)
        at = self.text.find("\n", end)
        if at < 0:
            return f"{self.text}{self._end}{line}{self._end}"
        return self._replaced(at + 1, at + 1, line + self._end)

    def _replaced(self, start: int, end: int, written: str) -> str:
        return self.text[:start] + written + self.text[end:]


def _end(node: yaml.Node) -> int:
    """Where the last sign of a node stands: the parser ends what is not in brackets at the next thing that it sees."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)
