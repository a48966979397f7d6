"""Who may approve a bundle, and whether two of them did: Ed25519 over the digest, person and moment.

Officers' keys come from a file of the operator's, never from the bundle. Neither of the two is the author.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field, StringConstraints

from schemas.values import PersonId
from services.policy.bundles.folder import (
    APPROVALS_MAX,
    MANIFEST,
    SIGNATURES,
    Approval,
    BundleRefused,
    Manifest,
    canonical,
    parsed,
    read_bytes,
    write_manifest,
)
from services.policy.domain.rules import Closed

APPROVALS_MIN = 2
OFFICERS_MAX = 200
_PURPOSE = "greenlight.policy-bundle.v1"
PublicKey = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$"), Field(description="Ed25519, raw, hex.")]
Signature = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{128}$"), Field(description="Ed25519, hex.")]


class Officers(Closed):
    """Whose signatures count: public keys by person."""

    officers: Annotated[dict[PersonId, PublicKey], Field(min_length=APPROVALS_MIN, max_length=OFFICERS_MAX)]


class Signatures(Closed):
    """`manifest.sig`: signatures by person, of the approvals in the manifest."""

    signatures: Annotated[dict[PersonId, Signature], Field(max_length=APPROVALS_MAX)]


def read_officers(file: Path) -> Officers:
    """Whose signatures count. Raises BundleRefused."""
    known = parsed(Officers, file.name, read_bytes(file))
    if len(set(known.officers.values())) != len(known.officers):
        raise BundleRefused(file.name, "/officers", "two persons have the same key")
    return known


def approve(folder: Path, manifest: Manifest, person_id: str, key: Ed25519PrivateKey, at: datetime) -> Manifest:
    """Add an officer's approval and signature to the folder. Raises BundleRefused."""
    if person_id == manifest.author:
        raise BundleRefused(MANIFEST, "/author", f"{person_id} wrote it and cannot approve it")
    if any(known.person_id == person_id for known in manifest.approvals):
        raise BundleRefused(MANIFEST, "/approvals", f"{person_id} has approved it already")
    approval = Approval(person_id=person_id, approved_at=at)
    signatures = dict(_signatures(folder) if manifest.approvals else {})
    signatures[person_id] = key.sign(_signed(manifest, approval)).hex()
    approved = manifest.model_copy(update={"approvals": (*manifest.approvals, approval)})
    (folder / SIGNATURES).write_bytes(canonical({"signatures": signatures}) + b"\n")
    write_manifest(folder, approved)
    return approved


def verify(folder: Path, manifest: Manifest, officers: Officers) -> None:
    """Two officers other than the author approved exactly this digest. Raises BundleRefused."""
    signatures = _signatures(folder)
    persons = [approval.person_id for approval in manifest.approvals]
    if len(set(persons)) != len(persons):
        raise BundleRefused(MANIFEST, "/approvals", "a person has approved twice")
    for index, approval in enumerate(manifest.approvals):
        _verify(f"/approvals/{index}", manifest, approval, signatures, officers)
    if len(persons) < APPROVALS_MIN:
        raise BundleRefused(MANIFEST, "/approvals", f"{len(persons)} officers have approved it; {APPROVALS_MIN} must")


def _verify(
    place: str, manifest: Manifest, approval: Approval, signatures: Mapping[str, str], officers: Officers
) -> None:
    person_id = approval.person_id
    if person_id == manifest.author:
        raise BundleRefused(MANIFEST, place, f"{person_id} wrote it and cannot approve it")
    if person_id not in officers.officers:
        raise BundleRefused(MANIFEST, place, f"{person_id} is no officer whose signature counts here")
    if person_id not in signatures:
        raise BundleRefused(SIGNATURES, f"/signatures/{person_id}", "the signature is missing")
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(officers.officers[person_id]))
    try:
        key.verify(bytes.fromhex(signatures[person_id]), _signed(manifest, approval))
    except InvalidSignature as error:
        why = "the signature is not this officer's over this digest"
        raise BundleRefused(SIGNATURES, f"/signatures/{person_id}", why) from error


def _signatures(folder: Path) -> Mapping[str, str]:
    return parsed(Signatures, SIGNATURES, read_bytes(folder / SIGNATURES)).signatures


def _signed(manifest: Manifest, approval: Approval) -> bytes:
    told = approval.model_dump(mode="json")
    return canonical({"purpose": _PURPOSE, "digest": manifest.digest, **told})
