"""The release of this checkout or image: named in every ledger entry; the same as pyproject's."""

RELEASE = "0.1.0"
