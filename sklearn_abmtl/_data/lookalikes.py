"""Warns of labels that look like the missing label, but differ from it in type."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .labels import TEXT, array_keys, distinct, is_missing, label_key, shown
from .warn_caller import warn_caller


def _whole_number(text: str) -> int:
    number = float(text)
    if not number.is_integer():
        raise ValueError(f"{text} is no whole number.")
    return int(number)


READERS: tuple[Callable[[str], Any], ...] = (_whole_number, float, datetime.fromisoformat)


def warn_of_lookalikes(
    names: list[str], known: list[NDArray[Any]], missing_label: Any, argument: str
) -> None:
    """Warn of known labels such as -1 beside ``missing_label='-1'``, or 'nan' in an array of text.

    Parameters
    ----------
    names : list of str
    known : list of ndarray of shape (n_known,)
        Labels of each task that are not missing.
    missing_label : scalar or None
    argument : str
        What the labels are called.
    """
    is_nan = is_missing(missing_label)
    found = {
        name: labels
        for name, column in zip(names, known, strict=True)
        if (labels := _texts_of_nan(column) if is_nan else _of_other_type(column, missing_label))
    }
    if found:
        advice = (
            "NumPy makes the text 'nan' of NaN beside text. Pass missing_label='nan' if it stands "
            "for a missing label, and an array of objects if it is a class."
            if is_nan
            else f"missing_label={missing_label!r} is of another type and equals none of them."
        )
        warn_caller(
            f"{argument} has labels that look missing and count as classes, {found}. {advice}"
        )


def _texts_of_nan(column: NDArray[Any]) -> list[str]:
    """Return 'nan' if an array of text has it; objects keep NaN, so that their text is meant."""
    return ["nan"] if column.dtype.kind == "U" and bool(np.any(column == "nan")) else []


def _of_other_type(column: NDArray[Any], missing_label: Any) -> list[Any]:
    """Return the labels whose text is that of ``missing_label``."""
    keys = {(TEXT, str(missing_label))}
    for read in READERS:
        try:
            label = read(str(missing_label))
        except (ValueError, OverflowError):
            continue
        keys |= {label_key(label), (TEXT, str(label))}
    classes = distinct(column)[0]
    labels = zip(array_keys(classes), shown(classes, len(classes)), strict=True)
    return [label for key, label in labels if key in keys]
