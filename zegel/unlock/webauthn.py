"""WebAuthn (level 3) for one portal: what a browser is asked, and whether its answer is true.

Nothing is stored or looked up here. The checks of the standard, sections 7.1 and 7.2, are those of Yubico's `fido2`,
with three that a library cannot know or leaves to its user: the origin is this portal's to the letter, the page was
in no frame of another site, and a passkey is found by its own user handle.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from fido2.cose import ES256, RS256, EdDSA
from fido2.server import Fido2Server, to_descriptor
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestationConveyancePreference,
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from zegel.mail.domains import ascii_domain

ALGORITHMS = (ES256.ALGORITHM, EdDSA.ALGORITHM, RS256.ALGORITHM)
"""What every passkey of today can do one of; Windows Hello's are RS256."""
LONGEST_ID = 1023
"""Bytes of a credential id (section 7.1, step 25)."""
_PORTS = {"https": 443, "http": 80}

logging.getLogger("fido2").setLevel(logging.WARNING)  # it would write the ids of passkeys to the log


class NotValid(Exception):
    """An answer that is not what was asked for."""


@dataclass(frozen=True, slots=True)
class Made:
    """A passkey that was just made."""

    id: bytes = field(repr=False)
    credential: bytes = field(repr=False)
    """Its id and public key, as the standard's attested credential data."""
    sign_count: int


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of a browser that can be read; nothing in it is believed yet."""

    challenge: bytes = field(repr=False)
    id: bytes = field(repr=False)
    """The passkey's; b"" for one that is being made."""
    parsed: Any = field(repr=False)


class RelyingParty:
    """The portal, as browsers and passkeys know it."""

    def __init__(self, host: str, origin: str, name: str) -> None:
        self.origin = origin
        self._server = Fido2Server(
            PublicKeyCredentialRpEntity(name=name, id=host),
            attestation=AttestationConveyancePreference.NONE,
            verify_origin=lambda given: given == origin,
        )
        self._server.allowed_algorithms = [each for each in self._server.allowed_algorithms if each.alg in ALGORITHMS]

    @classmethod
    def of(cls, url: str, name: str) -> RelyingParty | None:
        """The relying party of a portal's address; None where browsers know no passkeys (section 5.1.2)."""
        parts = urlsplit(url)
        try:
            ipaddress.ip_address(parts.hostname or "")
        except ValueError:
            host = ascii_domain(parts.hostname or "")
            if not host or (parts.scheme != "https" and host != "localhost"):
                return None
            port = "" if parts.port in (None, _PORTS[parts.scheme]) else f":{parts.port}"
            return cls(host, f"{parts.scheme}://{host}{port}", name)
        return None

    def creation(self, challenge: bytes, user: bytes, name: str, known: Sequence[bytes]) -> str:
        """What a browser needs to make a passkey, as JSON (section 5.4); those of `known` are not made again."""
        options, _ = self._server.register_begin(
            PublicKeyCredentialUserEntity(id=user, name=name, display_name=name),
            [to_descriptor(AttestedCredentialData(each)) for each in known],
            resident_key_requirement=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
            challenge=challenge,
        )
        return json.dumps(dict(options.public_key))

    def request(self, challenge: bytes) -> str:
        """What a browser needs to use a passkey, as JSON (section 5.5). It names none: who asks learns of none."""
        options, _ = self._server.authenticate_begin(
            user_verification=UserVerificationRequirement.REQUIRED, challenge=challenge
        )
        return json.dumps(dict(options.public_key))

    def made(self, answer: Answer) -> Made:
        """The passkey that `answer` brings; that its challenge is right is for the caller. Raises NotValid."""
        with _doubting():
            found = self._server.register_complete(_state(answer), answer.parsed)
            credential = found.credential_data
            if credential is None or len(credential.credential_id) > LONGEST_ID:
                raise NotValid("no credential")
            if credential.public_key.get(3) not in ALGORITHMS:
                raise NotValid("algorithm")
            _same_site(answer)
            return Made(bytes(credential.credential_id), bytes(credential), found.counter)

    def used(self, answer: Answer, credential: bytes, user: bytes) -> int:
        """The sign count of a right answer of the passkey `credential`, whose user is `user`. Raises NotValid."""
        with _doubting():
            self._server.authenticate_complete(_state(answer), [AttestedCredentialData(credential)], answer.parsed)
            _same_site(answer)
            # Asked for without names, a passkey has to say whose it is (section 7.2, step 6).
            if not hmac.compare_digest(answer.parsed.response.user_handle or b"", user):
                raise NotValid("user handle")
            return int(answer.parsed.response.authenticator_data.counter)


def read_made(text: str) -> Answer:
    """What a browser answers after making a passkey. Raises NotValid."""
    with _doubting():
        parsed = RegistrationResponse.from_dict(_texts(text, "clientDataJSON", "attestationObject"))
        return Answer(bytes(parsed.response.client_data.challenge), b"", parsed)


def read_used(text: str) -> Answer:
    """What a browser answers after using a passkey. Raises NotValid."""
    with _doubting():
        wanted = ("clientDataJSON", "authenticatorData", "signature", "userHandle")
        parsed = AuthenticationResponse.from_dict(_texts(text, *wanted))
        return Answer(bytes(parsed.response.client_data.challenge), bytes(parsed.raw_id), parsed)


def _texts(text: str, *wanted: str) -> dict[str, Any]:
    """What is wanted of an answer, and that in base64url: of a number the library would make as many bytes."""
    given = json.loads(text)
    response = {name: given["response"][name] for name in wanted}
    if not all(isinstance(value, str) for value in (given["id"], given["rawId"], *response.values())):
        raise NotValid("no text")
    return {"id": given["id"], "rawId": given["rawId"], "type": "public-key", "response": response}


class _doubting:  # noqa: N801 (a word before a block)
    """Every error inside is NotValid: a stranger wrote what is read, and the library tells of it in ten types."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, Exception) and not isinstance(error, NotValid):
            raise NotValid(type(error).__name__) from None


def _state(answer: Answer) -> dict[str, Any]:
    """What the library keeps between asking and answering: here the challenge was found by its hash."""
    return {"challenge": websafe_encode(answer.challenge), "user_verification": UserVerificationRequirement.REQUIRED}


def _same_site(answer: Answer) -> None:
    if answer.parsed.response.client_data.cross_origin:
        raise NotValid("in a frame of another site")
