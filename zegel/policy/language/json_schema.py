"""The rules language as JSON Schema, for editors that complete and check as one types.

Put `# yaml-language-server: $schema=rules.schema.json` on top of rules.yaml. Made from the same models that read the
file, so that the two cannot differ; what needs more than one place to be judged (whether a list exists, whether
a pattern compiles, whether a test passes) only `zegel rules check` knows.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from zegel.policy.detectors import DETECTORS, standard_number
from zegel.policy.language import condition_sections as m
from zegel.policy.language import sections as model
from zegel.policy.search.words import shipped_names

_WORDS = {
    "anyOf": [
        {"type": "string", "description": "The name of a list."},
        {"type": "array", "items": {"type": "string"}, "minItems": 1, "description": "The words themselves."},
    ]
}
_CONDITION = {"$ref": "#/$defs/Condition"}
_NEAR_ONE = {"$ref": "#/$defs/NearSection"}
_NEAR_MANY = {"type": "array", "items": _NEAR_ONE, "minItems": 1}
_NEAR_ANY = {"type": "object", "properties": {"any": _NEAR_MANY}, "required": ["any"], "additionalProperties": False}
_NEAR = {"anyOf": [_NEAR_ONE, _NEAR_MANY, _NEAR_ANY]}


def json_schema() -> dict[str, Any]:
    """The whole language, JSON Schema draft 2020-12."""
    definitions: dict[str, Any] = {}
    sections: list[type[BaseModel]] = [
        m.NearSection,
        model.DirectSection,
        model.ReleaseSection,
        model.RuleSection,
        model.ListSection,
        model.Samples,
        model.Sample,
    ]
    for section in [*m.CONDITIONS.values(), *sections]:
        _define(section, definitions)
    whole = _define(model.PolicySection, definitions)
    rule = definitions["RuleSection"]  # one that refuses needs no level
    rule["required"] = [key for key in rule["required"] if key != "level"]
    rule["anyOf"] = [
        {"required": ["level"]},
        {"required": ["block", "reason"], "properties": {"block": {"const": True}}},
    ]
    definitions.pop("PolicySection")
    definitions["Condition"] = {"oneOf": [{"$ref": f"#/$defs/{s.__name__}"} for s in m.CONDITIONS.values()]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **whole,
        "title": "Zegel: rules.yaml",
        "$defs": dict(sorted(definitions.items())),
    }


def _define(section: type[BaseModel], definitions: dict[str, Any]) -> dict[str, Any]:
    schema = section.model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
    definitions.update(schema.pop("$defs", {}))
    for key, raw in _RAW.get(section.__name__, {}).items():
        described = schema["properties"][key].get("description", "")
        schema["properties"][key] = {**raw, "description": described}
    for key, field in schema.get("properties", {}).items():
        schema["properties"][key] = _as_written(field)
    for definition in definitions.values():
        for key, field in definition.get("properties", {}).items():
            definition["properties"][key] = _as_written(field)
    definitions[section.__name__] = schema
    return schema


def _as_written(field: dict[str, Any]) -> dict[str, Any]:
    """A field as people may write it: a single text where a list of texts stands; no null."""
    choices = field.get("anyOf", [])
    if {"type": "null"} in choices:
        kept = [choice for choice in choices if choice != {"type": "null"}]
        rest = {key: value for key, value in field.items() if key not in ("anyOf", "default")}
        field = {**rest, "anyOf": kept} if len(kept) > 1 else {**kept[0], **rest}
    items = field.get("items", {})
    if field.get("type") == "array" and (items.get("type") == "string" or "enum" in items):
        rest = {key: value for key, value in field.items() if key in ("title", "description", "default")}
        listed = {key: value for key, value in field.items() if key not in rest}
        if "minLength" in listed:
            listed["minItems"] = listed.pop("minLength")
        field = {**rest, "anyOf": [items, listed]}
    return field


_RAW: dict[str, dict[str, Any]] = {
    "PolicySection": {
        "trusted_domains": {
            "type": "array",
            "items": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/TrustedSection"}]},
        },
        "lists": {
            "type": "object",
            "additionalProperties": {"anyOf": [{"$ref": "#/$defs/ListSection"}, *_WORDS["anyOf"]]},
        },
        "levels": {"type": "object", "additionalProperties": {"enum": [0, 1, 2, "off", False]}},
        "rules": {"type": "array", "items": {"$ref": "#/$defs/RuleSection"}},
    },
    "DirectSection": {
        "domains": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    },
    "RuleSection": {
        "when": _CONDITION,
        "release": {"anyOf": [{"const": "officer"}, {"$ref": "#/$defs/ReleaseSection"}]},
        "tests": {"$ref": "#/$defs/Samples"},
    },
    "Samples": {
        key: {"type": "array", "items": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Sample"}]}}
        for key in ("match", "no_match")
    },
    "ListSection": {
        "words": _WORDS,
        "include": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"enum": list(shipped_names())}]}},
    },
    "AllSection": {"all": {"type": "array", "items": _CONDITION, "minItems": 1}},
    "AnySection": {"any": {"type": "array", "items": _CONDITION, "minItems": 1}},
    "SeveralSection": {"several": {"type": "array", "items": _CONDITION, "minItems": 2}},
    "NotSection": {"not": _CONDITION},
    "NearSection": {"words": _WORDS, "detector": {"enum": list(DETECTORS)}},
    "DetectorSection": {"detector": {"enum": list(DETECTORS)}, "near": _NEAR},
    "StdnumSection": {"stdnum": {"enum": list(standard_number.names())}, "near": _NEAR},
    "WordsSection": {"words": _WORDS, "near": _NEAR},
    "PatternSection": {"near": _NEAR},
    "SizeSection": {"larger_than": {"type": ["string", "integer"], "examples": ["10 MB"]}},
}
"""What the models leave raw, because each piece is read at its own place."""
