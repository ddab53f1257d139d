"""How well the estimator learns, compared with its variants and other libraries.

    python benchmarks/learning.py --data FOLDER --sets yeast penguins --groups ours peers
    python benchmarks/learning.py --data FOLDER --sets yeast --groups ours --missing 0.7
    python benchmarks/learning.py --data openml --sets yeast adult --out openml.json
    python benchmarks/learning.py --report

Every classifier is trained on the training rows of a set and scored on its test rows. The seeds are
those of the classifiers and, with ``--missing``, of the labels that are removed from training.
Classifiers that stop early set aside some of the training rows. Ours has the same defaults on all
sets. TabNet is included if pytorch-tabnet is installed. Results are added to the file after each
fit, and results in the file are not computed again. ``--report`` prints the tables of the file.
"""

from __future__ import annotations

import argparse
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from _classifiers import GROUPS, goes_with
from _learning_report import print_report
from _report import new_parser, read_rows, write_report
from _sets import BenchmarkSet, load_set

from sklearn_abmtl import ABMTLClassifier
from sklearn_abmtl.metrics import (
    exact_match_score,
    task_accuracy_scores,
    task_f1_scores,
    task_log_losses,
)

RESULTS = Path(__file__).parent / "results" / "learning.json"
KEY = ("set", "missing", "classifier", "seed")


def without_labels(Y: pd.DataFrame, share: float, seed: int) -> pd.DataFrame:
    """Remove a share of the labels at random."""
    if not share:
        return Y
    removed = np.random.default_rng(seed).random(Y.shape) < share
    return Y.astype(object).mask(removed, None)


def measure(data: BenchmarkSet, classifier: Any, missing: float, seed: int) -> dict[str, Any]:
    """Fit on the training rows and score on the test rows."""
    begin = time.process_time()
    classifier.fit(data.X[data.train], without_labels(data.Y.iloc[data.train], missing, seed))
    fit_seconds = time.process_time() - begin  # CPU time, since other programs may be running
    X, Y = data.X[data.test], data.Y.iloc[data.test]
    row = scores(data, Y, classifier.predict(X), classifier.predict_proba(X), classifier.classes_)
    row["fit_cpu_seconds"] = round(fit_seconds, 2)
    if isinstance(classifier, ABMTLClassifier):
        network = classifier.net_.module_
        row["n_parameters"] = sum(parameter.numel() for parameter in network.parameters())
        row["n_epochs"] = len(classifier.history_)
        if network.aggregator.task_matrix.is_learned:
            row |= of_task_matrix(data, classifier, X, Y, seed)
    return row


def scores(data: BenchmarkSet, Y: pd.DataFrame, y: Any, p: Any, classes: Any) -> dict[str, Any]:
    """Return scores of predictions: means over the tasks that are not derived from others."""
    main = [data.Y.columns.get_loc(task) for task in data.main_tasks]
    y = np.asarray(y).astype(Y.to_numpy().dtype)
    accuracies = task_accuracy_scores(Y, y)
    row = {
        "mean_accuracy": accuracies[main].mean(),
        "log_loss": task_log_losses(Y, p, classes=classes)[main].mean(),
        "macro_f1": task_f1_scores(Y, y, average="macro")[main].mean(),
        "all_right": exact_match_score(Y.iloc[:, main], y[:, main]),
    }
    row = {name: round(float(value), 5) for name, value in row.items()}
    return row | {"accuracies": dict(zip(Y.columns, accuracies.round(4).tolist(), strict=True))}


def of_task_matrix(
    data: BenchmarkSet, classifier: ABMTLClassifier, X: np.ndarray, Y: pd.DataFrame, seed: int
) -> dict[str, float]:
    """Return the effect of known labels, of joint prediction, and of the matrix without them."""
    is_known = np.random.default_rng(seed).random(Y.shape) < 0.5
    known, unknown = Y.astype(object).where(is_known, None), Y.astype(float).mask(is_known)
    marginal = classifier.predict_proba(X)
    conditional = classifier.predict_proba(X, given=known)
    classes = classifier.classes_
    calibrated = task_log_losses(Y, marginal, classes=classes)
    main = [data.Y.columns.get_loc(task) for task in data.main_tasks]
    joint = np.asarray(classifier.predict_joint(X))
    row = {
        "unknown_log_loss": task_log_losses(unknown, marginal, classes=classes).mean(),
        "unknown_log_loss_given": task_log_losses(unknown, conditional, classes=classes).mean(),
        "joint_all_right": exact_match_score(Y.iloc[:, main], joint[:, main]),
        "joint_accuracy": task_accuracy_scores(Y, joint)[main].mean(),
    }
    classifier.net_.module_.aggregator.task_matrix.reset()
    plain = task_log_losses(Y, classifier.predict_proba(X), classes=classes)
    row["worst_task_change"] = (calibrated - plain).max()
    return {name: round(float(value), 5) for name, value in row.items()}


def run(arguments: argparse.Namespace) -> None:
    """Run the fits that are not in the results file, and add them."""
    torch.set_num_threads(1)
    classifiers = {name: make for group in arguments.groups for name, make in GROUPS[group].items()}
    if arguments.only:
        classifiers = {name: classifiers[name] for name in arguments.only}
    for name, seed in ((n, s) for n in arguments.sets for s in range(arguments.seeds)):
        data = load_set(arguments.data, name)
        for classifier, make in classifiers.items():
            rows = read_rows(arguments.out)
            key = {
                "set": name,
                "missing": arguments.missing,
                "classifier": classifier,
                "seed": seed,
            }
            if not goes_with(classifier, data) or any(is_row(row, key) for row in rows):
                continue
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # peers warn about rare classes and convergence
                row = key | measure(data, make(data, seed), arguments.missing, seed)
            print({k: v for k, v in row.items() if k != "accuracies"}, flush=True)
            rows = [*read_rows(arguments.out), row]
            write_report(arguments.out, rows, threads=1, command="python benchmarks/learning.py")


def is_row(row: dict[str, Any], key: dict[str, Any]) -> bool:
    return all(row[name] == key[name] for name in KEY)


def main() -> None:
    parser = new_parser(__doc__, RESULTS)
    parser.add_argument("--data", help="folder of .npz files, or openml")
    parser.add_argument("--sets", nargs="+", default=[], help="names of files without .npz")
    parser.add_argument("--groups", nargs="+", default=["ours", "peers"], choices=GROUPS)
    parser.add_argument("--only", nargs="+", help="names of classifiers of these groups")
    parser.add_argument("--missing", type=float, default=0.0, help="share of labels removed")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--report", action="store_true", help="print the tables of the file")
    arguments = parser.parse_args()
    if arguments.report:
        print_report(read_rows(arguments.out))
    else:
        run(arguments)


if __name__ == "__main__":
    main()
