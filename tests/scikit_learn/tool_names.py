"""The names that code in docs/scikit_learn.md may use."""

from __future__ import annotations

from doctest import DocTestParser
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from sklearn.base import clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 (brings halving searches)

PAGE = Path(__file__).parents[2] / "docs" / "scikit_learn.md"
MODULES = (
    "sklearn.base",
    "sklearn.calibration",
    "sklearn.compose",
    "sklearn.ensemble",
    "sklearn.feature_selection",
    "sklearn.frozen",
    "sklearn.inspection",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.multiclass",
    "sklearn.multioutput",
    "sklearn.naive_bayes",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "sklearn.semi_supervised",
    "sklearn.utils.class_weight",
    "sklearn_abmtl",
    "sklearn_abmtl.metrics",
    "sklearn_abmtl.model_selection",  # its cross_val_predict stands for scikit-learn's
)


def names() -> dict[str, Any]:
    """Return scikit-learn's names, ours and those of the page, the classifiers not fitted."""
    page = _names()
    return page | {name: clone(page[name]) for name in ("classifier", "single")}


@cache
def _names() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for module in MODULES:
        found |= vars(import_module(module))
    for example in DocTestParser().get_examples(PAGE.read_text(encoding="utf-8")):
        exec(compile(example.source, str(PAGE), "exec"), found)
    return found
