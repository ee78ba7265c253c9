"""How long the fuzzers run: a moment in `make test`, about ten minutes in `make fuzz`."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("short", max_examples=100, deadline=5000, suppress_health_check=list(HealthCheck))
settings.register_profile("long", parent=settings.get_profile("short"), max_examples=15_000)
