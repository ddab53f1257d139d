"""A warning for labels that a classifier is scored by, but did not learn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from numpy.typing import NDArray

from .labels import codes_among, distinct, shown
from .warn_caller import warn_caller

N_SHOWN = 5


def warn_of_unseen_labels(tasks: Iterable[tuple[str, NDArray[Any], NDArray[Any]]]) -> None:
    """Warn of known labels that are not classes of their task, such as typing errors or sentinels.

    Parameters
    ----------
    tasks : iterable of (str, ndarray of shape (n_known,), ndarray of shape (n_classes,))
        Name, known labels and classes of each task.
    """
    unseen = {
        name: shown(distinct(labels[codes_among(labels, classes) < 0])[0], N_SHOWN)
        for name, labels, classes in tasks
    }
    found = {name: labels for name, labels in unseen.items() if labels}
    if found:
        warn_caller(
            f"y has labels that are not classes of their task, {found}; no prediction can equal "
            "them. If one of them means a missing label, pass it as missing_label."
        )
