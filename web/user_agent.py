"""What a browser says it is (User-Agent), in names that people know. It may lie; nothing depends on it."""

from __future__ import annotations

import re

from zegel.unlock.remembered_devices import Kind

_BROWSERS = (
    ("Edge", r"\bEdg(?:e|A|iOS)?/"),
    ("Opera", r"\b(?:OPR|OPT|Opera)/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Vivaldi", r"\bVivaldi/"),
    ("Firefox", r"\b(?:Firefox|FxiOS)/"),
    ("Chrome", r"\b(?:Chrome|CriOS|HeadlessChrome)/"),
    ("Safari", r"\bVersion/\S+ .*\bSafari/"),
)
"""In this order, because each says that it is also the ones below it."""
_SYSTEMS = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Windows", r"\bWindows NT\b"),
    ("Mac", r"\bMac OS X\b|\bMacintosh\b"),
    ("Linux", r"\bLinux\b"),
)


def kind_of(agent: str) -> Kind:
    """Browser and system.

    >>> kind_of("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36")
    Kind(browser='Chrome', system='Windows')
    >>> kind_of("curl/8.0")
    Kind(browser='', system='')
    """
    told = agent[:500]
    return Kind(_first(_BROWSERS, told), _first(_SYSTEMS, told))


def _first(names: tuple[tuple[str, str], ...], told: str) -> str:
    return next((name for name, pattern in names if re.search(pattern, told)), "")
