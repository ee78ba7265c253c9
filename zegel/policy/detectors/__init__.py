"""All detectors, by the name that a rule uses."""

from __future__ import annotations

from zegel.policy.detectors import bsn, card, iban, mrz
from zegel.policy.detectors.base import Confidence, Detector, Finding, Judged, settle

DETECTORS: dict[str, Detector] = {
    module.DETECTOR.name: module.DETECTOR for module in (bsn, card, iban, mrz)
}

__all__ = ["DETECTORS", "Confidence", "Detector", "Finding", "Judged", "settle"]
