"""The release of this checkout or image: named in every ledger entry and on every page. The same as pyproject's version."""

RELEASE = "0.1.0"
