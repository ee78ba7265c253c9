"""What the profile of Hypothesis means for fuzzers that Hypothesis does not drive."""

from __future__ import annotations

import os
from typing import Final

from hypothesis import HealthCheck, settings

LONG: Final = settings.get_current_profile_name() == "long"
"""Whether this is `make fuzz`."""
SECONDS: Final = float(os.environ.get("FUZZ_SECONDS", "500" if LONG else "8"))
"""How long bytes are mutated."""
HOSTILE_MAILS: Final = 5000 if LONG else 400
"""Mails over which the memory has to stay flat."""
ENVELOPES: Final = int(os.environ.get("FUZZ_ENVELOPES", "1000000" if LONG else "20000"))
"""Envelopes that are judged in process, made of recorded addresses."""
REAL_ENVELOPES: Final = int(os.environ.get("FUZZ_REAL_ENVELOPES", "20000" if LONG else "250"))
"""Envelopes that go through a real Postfix."""
SEED: Final = int(os.environ.get("FUZZ_SEED", str(int.from_bytes(os.urandom(4), "big")) if LONG else "20240117"))
"""Where the mutations start; a failure tells it."""

bounded = settings(max_examples=settings().max_examples, deadline=5000, suppress_health_check=list(HealthCheck))
"""For tests that Hypothesis drives."""
