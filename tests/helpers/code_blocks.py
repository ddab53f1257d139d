"""Code of the pages of docs/, to be run."""

from __future__ import annotations

from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def code_block(page: str, words: str) -> str:
    """Return the one block of Python of a page that words stand in."""
    blocks = (DOCS / page).read_text().split("```python\n")[1:]
    (code,) = [code for code in (block.split("```")[0] for block in blocks) if words in code]
    return code
