"""What an office package says about itself in XML: title, author, custom properties, sensitivity labels."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zegel.message.text import markup

PROPERTY_PARTS = re.compile(r"docProps/(?:core|app|custom)\.xml$|meta\.xml$|docMetadata/LabelInfo\.xml$", re.IGNORECASE)
"""The members of a package that hold properties."""

_CUSTOM = re.compile(r"""<(?:\w+:)?property\b[^<>]*?\bname=["']([^"'<>]*)["'][^<>]*>\s*<[^<>]*>([^<>]*)<""")
_USER_DEFINED = re.compile(r"""<(?:\w+:)?user-defined\b[^<>]*?\bname=["']([^"'<>]*)["'][^<>]*>([^<>]*)<""")
_LABEL = re.compile(r"<(?:\w+:)?label\b([^<>]*)>")
_LEAF = re.compile(r"<([\w.-]+:)?([\w.-]{1,200})(?:\s[^<>]*)?>([^<>]{1,2000})</")
_ATTRIBUTE = re.compile(r"""([\w.-]+)=["']([^"'<>]*)["']""")


def xml_properties(text: str) -> Iterator[tuple[str, str]]:
    """Name and value of the properties in one of PROPERTY_PARTS, custom ones under their own names.

    >>> list(xml_properties('<property fmtid="{1}" pid="2" name="MSIP_Label_1_Name"><vt:lpwstr>Secret</vt:lpwstr>'))
    [('MSIP_Label_1_Name', 'Secret')]
    >>> list(xml_properties('<dc:title>Report</dc:title><meta:user-defined meta:name="Case">7</meta:user-defined>'))
    [('Case', '7'), ('title', 'Report')]
    >>> list(xml_properties('<clbl:label id="{a-1}" enabled="1" method="Privileged"/>'))
    [('MSIP_Label_a-1_Enabled', '1'), ('MSIP_Label_a-1_Method', 'Privileged')]
    """
    named = [(match[1], match[2]) for pattern in (_CUSTOM, _USER_DEFINED) for match in pattern.finditer(text)]
    for match in _LABEL.finditer(text):
        values = dict(_ATTRIBUTE.findall(match[1]))
        label = values.pop("id", "").strip("{}")
        named += [(f"MSIP_Label_{label}_{key[:1].upper()}{key[1:]}", value) for key, value in values.items() if label]
    for match in _LEAF.finditer(text):
        if match[1] != "vt:" and match[2] != "user-defined":
            named.append((match[2], match[3]))
    for name, value in named:
        yield markup.entities(name).strip(), markup.entities(value).strip()
