"""The rules of notices: pure. Read `decide.py` first; `notices.py` composes the texts."""
