"""Log-loss and expected calibration error per task, before and after `calibrate`.

    python benchmarks/calibration.py --data FOLDER --set yeast

The classifier is trained without a fifth of the training rows, which are used to calibrate it. The
scores are those of the test rows. The calibration error is that of the predicted class: the mean
difference between its probability and the share of correct predictions, over 10 bins with equal
numbers of rows (Nixon et al. 2019).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import torch
from _report import new_parser, write_report
from _sets import load_set, our_parameters

from sklearn_abmtl import ABMTLClassifier, calibrate
from sklearn_abmtl.metrics import task_log_losses
from sklearn_abmtl.model_selection import multitask_train_test_split

N_BINS = 10


def calibration_error(labels: np.ndarray, probabilities: np.ndarray, classes: np.ndarray) -> float:
    """Return the expected calibration error of the predicted class."""
    order = np.argsort(probabilities.max(axis=1))
    hits = classes[probabilities.argmax(axis=1)] == labels
    bins = np.array_split(order, N_BINS)
    gaps = [abs(probabilities[rows].max(axis=1).mean() - hits[rows].mean()) for rows in bins]
    return float(np.average(gaps, weights=[len(rows) for rows in bins]))


def measure(classifier: Any, X: np.ndarray, Y: pd.DataFrame) -> pd.DataFrame:
    """Return both scores, with one row per task."""
    probabilities = classifier.predict_proba(X)
    errors = [
        calibration_error(Y.iloc[:, task].to_numpy(), task_probabilities, classes)
        for task, (task_probabilities, classes) in enumerate(
            zip(probabilities, classifier.classes_, strict=True)
        )
    ]
    losses = task_log_losses(Y, probabilities, classes=classifier.classes_)
    return pd.DataFrame({"log-loss": losses, "ECE": errors}, index=Y.columns)


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--data", required=True, help="folder of .npz files")
    parser.add_argument("--set", default="yeast", help="name of a file without .npz")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    data = load_set(arguments.data, arguments.set)
    Y = data.Y.iloc[data.train]
    X, X_held_out, Y, Y_held_out = multitask_train_test_split(
        data.X[data.train], Y, stratify=Y, test_size=0.2, random_state=0
    )
    classifier = ABMTLClassifier(random_state=0, **our_parameters(data)).fit(X, Y)
    X_test, Y_test = data.X[data.test], data.Y.iloc[data.test]
    scores = {"before": measure(classifier, X_test, Y_test)}
    for method in ("temperature", "sigmoid", "isotonic"):
        calibrated = calibrate(classifier, X_held_out, Y_held_out, method=method)
        scores[method] = measure(calibrated, X_test, Y_test)
    table = pd.concat(scores, axis=1)
    table.loc["mean"] = table.mean()
    print(table.round(4).to_string())
    if arguments.out:
        rows = [
            {"task": task, "calibration": name, **scores[name].loc[task].round(4).to_dict()}
            for name in scores
            for task in scores[name].index
        ]
        write_report(arguments.out, rows, set=arguments.set, n_test=len(data.test))


if __name__ == "__main__":
    main()
