"""A bundle's files: which may be there, what the manifest says of them, and the digest that names the whole."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AwareDatetime, BaseModel, Field, ValidationError, model_validator

from schemas.values import PersonId, Sha256
from services.kit.errors import GreenlightError
from services.policy.domain.kernel import KERNEL_VERSION
from services.policy.domain.rules import Closed

M = TypeVar("M", bound=BaseModel)
Files = Mapping[str, bytes]
"""Every file that the manifest covers, by its path below the folder."""

MANIFEST = "manifest.json"
SIGNATURES = "manifest.sig"
FILES_MAX = 500
FILE_BYTES_MAX = 1_000_000
APPROVALS_MAX = 10
_KNOWN = re.compile(r"policy\.json|rationale\.md|reasons/(zh|en)\.json|tables/[a-z0-9-]+\.csv|cases/[a-z0-9-]+\.json")


class BundleRefused(GreenlightError):
    """A bundle's folder is not what it must be: which file, which place in it, and why. The service does not start."""

    def __init__(self, file: str, place: str, why: str) -> None:
        super().__init__(f"{file}: {place}: {why}" if place else f"{file}: {why}")
        self.file, self.place, self.why = file, place, why


class Kernels(Closed):
    """Versions of the kernel under which the bundle means what it says, ends included."""

    least: Annotated[int, Field(ge=1)]
    most: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _ordered(self) -> "Kernels":
        """A range that holds something."""
        if self.most < self.least:
            raise ValueError("most lies below least")
        return self


class Approval(Closed):
    """An officer has approved the bundle of this digest; the signature is in manifest.sig."""

    person_id: PersonId
    approved_at: AwareDatetime


class Manifest(Closed):
    """`manifest.json`. The digest covers all but itself and the approvals, which are signed one by one."""

    author: PersonId
    parent: Annotated[Sha256 | None, Field(description="Digest of the bundle it replaces; none: the first.")]
    kernel: Kernels
    files: Annotated[dict[str, Sha256], Field(min_length=1, max_length=FILES_MAX)]
    digest: Sha256
    approvals: Annotated[tuple[Approval, ...], Field(max_length=APPROVALS_MAX)] = ()


def read_files(folder: Path) -> Files:
    """Every file of the folder but manifest and signatures. Raises BundleRefused."""
    if not folder.is_dir():
        raise BundleRefused(str(folder), "", "is not a folder")
    apart = {folder / MANIFEST, folder / SIGNATURES}
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path not in apart)
    if len(paths) > FILES_MAX:
        raise BundleRefused(str(folder), "", f"has more than {FILES_MAX} files")
    files = {path.relative_to(folder).as_posix(): path for path in paths}
    for name in files:
        if not _KNOWN.fullmatch(name):
            raise BundleRefused(name, "", "is no file that a bundle may hold")
    return {name: read_bytes(path) for name, path in files.items()}


def read_bytes(path: Path) -> bytes:
    """One file. Raises BundleRefused."""
    if not path.is_file():
        raise BundleRefused(path.name, "", "is missing")
    if path.stat().st_size > FILE_BYTES_MAX:
        raise BundleRefused(path.name, "", f"has more than {FILE_BYTES_MAX} bytes")
    return path.read_bytes()


def read_manifest(folder: Path) -> Manifest:
    """The manifest as it stands, not compared with the files. Raises BundleRefused."""
    return parsed(Manifest, MANIFEST, read_bytes(folder / MANIFEST))


def checked_manifest(folder: Path, files: Files) -> Manifest:
    """The manifest of exactly these files, for this kernel. Raises BundleRefused."""
    told, found = read_manifest(folder), _hashes(files)
    for name in sorted(told.files.keys() | found.keys()):
        if name not in found:
            raise BundleRefused(MANIFEST, f"/files/{name}", "the file is missing")
        if name not in told.files:
            raise BundleRefused(MANIFEST, f"/files/{name}", "the file is not listed")
        if told.files[name] != found[name]:
            raise BundleRefused(MANIFEST, f"/files/{name}", "the file is not the one that was listed")
    if told.digest != digest_of(told):
        raise BundleRefused(MANIFEST, "/digest", "is not the digest of the manifest")
    if not told.kernel.least <= int(KERNEL_VERSION) <= told.kernel.most:
        raise BundleRefused(MANIFEST, "/kernel", f"kernel {KERNEL_VERSION} is not one it was written for")
    return told


def digest_of(manifest: Manifest) -> str:
    """The digest that names a bundle."""
    covered = manifest.model_dump(mode="json", include={"author", "parent", "kernel", "files"})
    return hashlib.sha256(canonical(covered)).hexdigest()


def seal(folder: Path, author: str, parent: str | None) -> Manifest:
    """Write the manifest anew, for the files as they are; earlier approvals are void. Raises BundleRefused."""
    only = {"least": int(KERNEL_VERSION), "most": int(KERNEL_VERSION)}
    told = {"author": author, "parent": parent, "kernel": only, "files": _hashes(read_files(folder))}
    draft = _validated(Manifest, {**told, "digest": "0" * 64})
    sealed = draft.model_copy(update={"digest": digest_of(draft)})
    write_manifest(folder, sealed)
    (folder / SIGNATURES).unlink(missing_ok=True)
    return sealed


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write manifest.json."""
    text = json.dumps(manifest.model_dump(mode="json"), indent=2, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no spaces: the same value, the same bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def parsed(model: type[M], name: str, content: bytes) -> M:
    """A file as a closed value. Raises BundleRefused with the place."""
    refuse_doubles(name, content)
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise refused(name, error) from error


def refuse_doubles(name: str, content: bytes) -> None:
    """JSON readers take the last of two equal keys in silence; a policy must not depend on that."""

    def pairs(found: list[tuple[str, object]]) -> None:
        for key, count in Counter(key for key, _ in found).items():
            if count > 1:
                raise BundleRefused(name, f"/{key}", "the key occurs twice in one object")

    try:
        json.loads(content, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as error:
        raise BundleRefused(name, "", "is not valid JSON") from error


def refused(name: str, error: ValidationError) -> BundleRefused:
    """The first fault of a file."""
    first = error.errors(include_url=False, include_input=False)[0]
    return BundleRefused(name, "/" + "/".join(map(str, first["loc"])), first["msg"])


def _validated(model: type[M], fields: object) -> M:
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise refused(MANIFEST, error) from error


def _hashes(files: Files) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
