"""Bundles as folders: read whole, checked whole, or refused with file and place.

    policy.json           the programme, its units, its release rule, its rules
    tables/*.csv          rows of its decision tables
    reasons/{zh,en}.json  a sentence per code, for applicants; `rule.CODE` goes before `CODE`
    cases/*.json          facts and what they must give; together they give every code and meet every row
    rationale.md          why it is as it is, for people
    manifest.json         SHA-256 of every other file, author, parent, kernels, the digest of all that; who approved it
    manifest.sig          the approving officers' signatures over that digest

folder.py      the files, the manifest and the digest
signatures.py  who may approve, and whether two of them did
reading.py     files -> Bundle, with cases tried
publication.py what a bundle must hold beyond that before it is published
"""

from services.policy.bundles.folder import MANIFEST as MANIFEST
from services.policy.bundles.folder import SIGNATURES as SIGNATURES
from services.policy.bundles.folder import BundleRefused as BundleRefused
from services.policy.bundles.folder import Manifest as Manifest
from services.policy.bundles.folder import read_manifest as read_manifest
from services.policy.bundles.folder import seal as seal
from services.policy.bundles.publication import check as check
from services.policy.bundles.reading import load_bundle as load_bundle
from services.policy.bundles.reading import load_bundles as load_bundles
from services.policy.bundles.signatures import Officers as Officers
from services.policy.bundles.signatures import approve as approve
from services.policy.bundles.signatures import read_officers as read_officers
