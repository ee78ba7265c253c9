"""All detectors, by the name that a rule uses."""

from __future__ import annotations

from zegel.policy.detectors import (
    address,
    birth,
    bsn,
    card,
    clinical,
    complaint,
    credential,
    document_number,
    email_address,
    iban,
    licence_plate,
    mrz,
    national_id,
    person,
    phone,
    vat,
)
from zegel.policy.detectors import (
    unchecked as codes,
)
from zegel.policy.detectors.base import Confidence, Detector, Finding, Judged, settle

_ALONE = (
    bsn, iban, card, mrz, document_number, vat, licence_plate, address, birth, email_address, phone, credential,
    person, national_id, clinical, complaint,
)  # fmt: skip
DETECTORS: dict[str, Detector] = {
    detector.name: detector for detector in (*(module.DETECTOR for module in _ALONE), *codes.DETECTORS)
}

__all__ = ["DETECTORS", "Confidence", "Detector", "Finding", "Judged", "settle"]
