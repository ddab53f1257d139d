"""Warnings that point at the line of the caller, from any depth of calls."""

from __future__ import annotations

import sys
import warnings
from types import FrameType

INNER_PACKAGES = frozenset(
    ["sklearn_abmtl", "sklearn", "skorch", "joblib", "imblearn", "torch", "contextlib"]
)


def warn_caller(message: str | Warning, category: type[Warning] = UserWarning) -> None:
    """Warn at the first frame outside this package and the packages that call it.

    Parameters
    ----------
    message : str or warning
    category : type of warning, default=UserWarning
        Category of a message that is a str.
    """
    frame: FrameType | None = sys._getframe(1)
    level = 2
    while frame is not None and _is_inner(frame):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def _is_inner(frame: FrameType) -> bool:
    root = frame.f_globals.get("__name__", "").partition(".")[0]
    return root in INNER_PACKAGES
