"""The pages of a house that calls landlines, and those of what goes as an ordinary e-mail after all."""

from __future__ import annotations

from tests.e2e.trust_scenes import both
from tests.e2e.world import M, S, Scene, World, code_is, delivery, people, set_, type_number

LANDLINE = "+3******142"


def calling(world: World) -> None:
    world.calls = world.sender.landlines = True


def called(world: World) -> None:
    calling(world)
    people((11, {"called": True, "number": LANDLINE}))(world)


CALLS: tuple[Scene, ...] = (
    Scene("call-failed", f"{M}/enter", 2, so=both(set_("codes", "called", True), code_is("failed"))),
    Scene("sent-calls", S, so=called),
    Scene("sent-calls-wrong", S, so=calling, then=type_number("0900 1234")),
    Scene("sent-calls-sure", S, so=calling, then=type_number("020 555 0142")),
    Scene("sent-calls-raise", f"{S}/raise?d=13", so=calling),
    Scene("sent-clear", S, so=people((11, {"state": "clear", "actions": frozenset()}))),
    Scene("ended-clear", M, so=delivery(state="cleared")),
)
