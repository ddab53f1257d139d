"""Classification reports of scikit-learn, one per task."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import classification_report

from .._data.label_pairs import ScoredLabels, known_pairs

OUTPUTS = ("text", "dict", "frame")
SUMMARIES = ("accuracy", "macro avg", "weighted avg")  # rows in addition to those of the classes
COLUMNS = ["precision", "recall", "f1-score", "support"]


def multitask_classification_report(
    y_true: Any,
    y_pred: Any,
    *,
    task_names: list[str] | None = None,
    output: str = "text",
    digits: int = 2,
    sample_weight: Any = None,
    missing_label: Any = None,
    zero_division: Any = "warn",
) -> Any:
    """Report precision, recall and F1 of every class of every task, on the known labels.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_tasks)
        True labels; missing ones are left out.
    y_pred : array-like of shape (n_samples,) or (n_samples, n_tasks)
        Predicted labels.
    task_names : list of str, default=None
        Names of the tasks. With None they are the columns of ``y_true`` or ``y_pred``, or
        ``task_0``, ``task_1`` ... If a frame has exactly these columns, they are read in this
        order.
    output : {'text', 'dict', 'frame'}, default='text'
        A text to print; a dict from tasks to scikit-learn's dicts; or a pandas DataFrame with one
        row per task and class. As in the text, the accuracy is in the column ``f1-score``.
    digits : int, default=2
        Number of digits after the decimal point in the text.
    sample_weight : array-like of shape (n_samples,) or (n_samples, n_tasks), default=None
        Sample weights.
    missing_label : scalar, default=None
        A further value for a missing label, in addition to None, NaN, NaT, NA and a mask.
    zero_division : {'warn', 0.0, 1.0, NaN}, default='warn'
        Value of a score that is 0 / 0, such as the precision of a class that is never predicted.
        'warn' gives 0 and a warning.

    Returns
    -------
    report : str, dict or DataFrame
        A task without a known label has an empty entry.

    Raises
    ------
    ValueError
        If the shapes or the names of the tasks differ, ``task_names`` or ``output`` is invalid, or
        a class has the name of another row of the dict or frame, such as 'accuracy'.
    ImportError
        If ``output`` is 'frame' and pandas is not installed.

    Examples
    --------
    >>> y_true = [["red", 1], ["blue", 0], ["blue", None]]
    >>> y_pred = [["red", 1], ["blue", 0], ["red", 1]]
    >>> print(multitask_classification_report(y_true, y_pred, task_names=["color", "size"]))
    color: 3 known labels
                  precision    recall  f1-score   support
    <BLANKLINE>
            blue       1.00      0.50      0.67         2
             red       0.50      1.00      0.67         1
    <BLANKLINE>
        accuracy                           0.67         3
       macro avg       0.75      0.75      0.67         3
    weighted avg       0.83      0.67      0.67         3
    <BLANKLINE>
    size: 2 known labels
                  precision    recall  f1-score   support
    <BLANKLINE>
               0       1.00      1.00      1.00         1
               1       1.00      1.00      1.00         1
    <BLANKLINE>
        accuracy                           1.00         2
       macro avg       1.00      1.00      1.00         2
    weighted avg       1.00      1.00      1.00         2
    <BLANKLINE>
    """
    if output not in OUTPUTS:
        raise ValueError(f"output must be one of {OUTPUTS}; found {output!r}.")
    pairs = known_pairs(y_true, y_pred, sample_weight, missing_label, task_names)
    options = {
        "digits": digits,
        "output_dict": output != "text",
        "zero_division": zero_division,
    }
    reports = {scored.known.name: _report(scored, options) for scored in pairs}
    if output == "text":
        return "\n".join(
            f"{name}: {len(scored.known.rows)} known labels\n{report}"
            for (name, report), scored in zip(reports.items(), pairs, strict=True)
        )
    return reports if output == "dict" else _frame(reports)


def _report(scored: ScoredLabels, options: dict[str, Any]) -> Any:
    """Return the report of one task, which is empty if no label is known."""
    known = scored.known
    if not len(known.rows):
        return {} if options["output_dict"] else ""
    names = [str(label) for label in scored.class_names]
    clashes = [name for name in names if name in SUMMARIES]
    if clashes and options["output_dict"]:
        raise ValueError(
            f"Task {known.name!r} has the classes {clashes}, which are also rows of the report; "
            "rename them, or use output='text'."
        )
    return classification_report(
        known.labels,
        scored.predicted,
        labels=scored.classes,
        target_names=names,
        **known.weighting,
        **options,
    )


def _frame(reports: dict[str, dict[str, Any]]) -> Any:
    """Return the reports as a DataFrame with the index (task, class)."""
    try:
        import pandas as pd  # noqa: PLC0415 (pandas is optional: only for this output)
    except ImportError as error:
        raise ImportError(
            "output='frame' needs pandas; install it, or use output='dict'."
        ) from error
    rows = {
        (task, label): _row(entry, report["weighted avg"]["support"])
        for task, report in reports.items()
        for label, entry in report.items()
    }
    levels = [[key[level] for key in rows] for level in range(2)]
    index = pd.MultiIndex.from_arrays(levels, names=["task", "class"])
    return pd.DataFrame(list(rows.values()), index=index, columns=COLUMNS)


def _row(entry: Any, n_labels: float) -> list[float]:
    """Return the scores of a row; the accuracy is a number, with the support ``n_labels``."""
    if isinstance(entry, dict):
        return [entry[column] for column in COLUMNS]
    return [np.nan, np.nan, entry, n_labels]
