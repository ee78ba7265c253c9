"""Sections of rules.yaml read one by one, so that a mistake in one does not hide those in the next.

The rules language is a tree of small sections of many kinds. Each is validated by its own model at its own place,
and what pydantic says is put into words for somebody who is no programmer.
"""

from __future__ import annotations

from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from zegel.yamlfile import Location, Marks, Problem, nearest

Model = TypeVar("Model", bound=BaseModel)

_WORDING = {
    "string_type": "has to be text; put quotes around it",
    "int_type": "has to be a whole number",
    "int_parsing": "has to be a whole number",
    "int_from_float": "has to be a whole number",
    "bool_type": "has to be true or false",
    "string_too_short": "is empty; fill it in",
    "string_too_long": "is too long; 200 signs are the most",
    "tuple_type": "has to be a list; write [one, two], or one below the other with a dash each",
    "list_type": "has to be a list; write [one, two], or one below the other with a dash each",
    "dict_type": "has to hold keys, each as 'key: value'",
}


class Reading:
    """A document while it is read; collects every mistake with its place."""

    def __init__(self, document: Any, marks: Marks) -> None:
        self.document = document
        self.marks = marks
        self.problems: list[Problem] = []

    def problem(self, at: Location, message: str, *, of_key: bool = False) -> None:
        """Note a mistake at `at`: what is wrong, then what to do."""
        self.problems.append(self.marks.problem(at, message, of_key=of_key))

    def section(self, model: type[Model], value: Any, at: Location) -> Model | None:
        """`value`, which stands at `at`, as a `model`; None after noting what is wrong with it."""
        try:
            return model.model_validate(value)
        except ValidationError as error:
            for one in error.errors(include_url=False):
                way: Location = one["loc"]
                where = _model_at(model, way[:-1] if one["type"] == "extra_forbidden" else way)
                self._note(one["type"], (*at, *way), one.get("ctx", {}), one["msg"], where)
            return None

    def _note(self, kind: str, at: Location, details: dict[str, Any], message: str, model: type[BaseModel]) -> None:
        name = next((str(step) for step in reversed(at) if isinstance(step, str)), "the file")
        if kind == "extra_forbidden":
            known = keys_of(model)
            hint = nearest(name, known) or f"; known here: {', '.join(known)}"
            if " " in name:  # a sentence with a colon
                hint = "; when it is text, put quotes around all of it"
            self.problem(at, f"unknown key '{name}'{hint}", of_key=True)
        elif kind == "missing":
            self.problem(at[:-1], f"the key '{name}' is missing; add it", of_key=True)
        elif kind in ("value_error", "assertion_error"):
            self.problem(at, str(details["error"]))
        elif kind == "literal_error":
            choices = details["expected"].replace(" or ", ", ").replace("'", "")
            self.problem(at, f"'{name}' has to be one of: {choices}")
        elif kind in _BOUNDS:
            self.problem(at, f"'{name}' has to be {_BOUNDS[kind]} {next(iter(details.values()))}")
        elif kind == "too_short":
            self.problem(at, f"'{name}' is empty, so this can never match; fill it or take it away")
        elif kind == "model_type":
            self.problem(at, f"'{name}' has to hold keys, each as 'key: value': {', '.join(keys_of(model))}")
        else:
            self.problem(at, f"'{name}' {_WORDING.get(kind, f'is not right: {message}')}")


_BOUNDS = {"greater_than_equal": "at least", "less_than_equal": "at most"}


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys of a section as they are written."""
    return [info.alias or name for name, info in model.model_fields.items()]


def _model_at(model: type[BaseModel], way: Location) -> type[BaseModel]:
    """The model of the section that stands at `way` inside a section of `model`."""
    for step in way:
        field = next((info for name, info in model.model_fields.items() if step in (name, info.alias)), None)
        inner = _models_in(field.annotation) if field else []
        if not inner and not isinstance(step, int):
            break
        model = inner[0] if inner else model
    return model


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """The models that an annotation such as `Names | None` or `tuple[Activation, ...]` speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]
