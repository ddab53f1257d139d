"""The names that code in docs/errors.md may use."""

from __future__ import annotations

from doctest import DocTestParser
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from sklearn.base import clone

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"
MODULES = (
    "sklearn_abmtl",
    "sklearn_abmtl.datasets",
    "sklearn_abmtl.losses",
    "sklearn_abmtl.metrics",
    "sklearn_abmtl.model_selection",
)
UNFITTED = ("classifier", "single", "representation")
FITTED = ("fitted", "named", "held_out", "one_task", "warm", "streamed")


def names(folder: Path) -> dict[str, Any]:
    """Return our names and those of the page; unfitted estimators are new each time."""
    page = page_names()
    return page | {name: clone(page[name]) for name in UNFITTED} | {"folder": folder}


@cache
def page_names() -> dict[str, Any]:
    """Return our names and those of the page, which live as long as the process."""
    found: dict[str, Any] = {}
    for module in MODULES:
        found |= vars(import_module(module))
    for example in DocTestParser().get_examples(PAGE.read_text(encoding="utf-8")):
        exec(compile(example.source, str(PAGE), "exec"), found)
    return found
