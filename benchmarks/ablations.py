"""The effect of attention, the decoder and soft sharing on pairs of digits, as a table.

    python benchmarks/ablations.py
    python benchmarks/ablations.py --seeds 5 --max-epochs 20 --out ablations.json

Every row has the same encoder and the same parameters, except those in its name. A seed draws the
training pairs, the test pairs (from other source digits) and the initial network. All rows of a
seed are trained on the same pairs.
"""

from __future__ import annotations

import argparse
import math
import time
from typing import Any, NamedTuple

import numpy as np
import torch
from _report import new_parser, print_row, write_report
from scipy.stats import t as student_t
from sklearn.metrics import log_loss

from sklearn_abmtl import ABMTLClassifier
from sklearn_abmtl.datasets import make_digit_pairs
from sklearn_abmtl.metrics import exact_match_score, task_accuracy_scores

SINGLE_TASK = "single-task nets"
VARIANTS: dict[str, dict[str, Any]] = {
    SINGLE_TASK: {"attention": "none", "decoder": None},
    "hard sharing": {"attention": "none", "decoder": None},
    "+ attention": {"decoder": None},
    "+ decoder (defaults)": {},
    "soft sharing": {"sharing": "soft"},
}
MEASURES = {  # column of the table and its format
    "mean_accuracy": ("mean task accuracy", ".4f"),
    "all_right": ("all labels correct", ".4f"),
    "log_loss": ("log-loss", ".4f"),
    "n_parameters": ("parameters", ",.0f"),
    "fit_seconds": ("fit seconds", ".1f"),
}


class Pairs(NamedTuple):
    """Pairs of digits for training and for test."""

    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


def make_pairs(arguments: argparse.Namespace, seed: int) -> Pairs:
    train = make_digit_pairs(arguments.n_train, subset="train", random_state=seed)
    test = make_digit_pairs(arguments.n_test, subset="test", random_state=seed)
    return Pairs(*train, *test)


def measure(pairs: Pairs, name: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Fit one row of the table, one net or one net per task, and score it on the test pairs."""
    targets = list(pairs.y.T) if name == SINGLE_TASK else [pairs.y]
    nets = [ABMTLClassifier(**(parameters | VARIANTS[name])) for _ in targets]
    begin = time.perf_counter()
    for net, target in zip(nets, targets, strict=True):
        net.fit(pairs.X, target)
    fit_seconds = time.perf_counter() - begin
    predicted = np.column_stack([net.predict(pairs.X_test) for net in nets])
    losses = [
        log_loss(labels, probabilities, labels=classes)
        for labels, (probabilities, classes) in zip(
            pairs.y_test.T, probabilities_and_classes(nets, pairs.X_test), strict=True
        )
    ]
    return {
        "mean_accuracy": float(task_accuracy_scores(pairs.y_test, predicted).mean()),
        "all_right": exact_match_score(pairs.y_test, predicted),
        "log_loss": float(np.mean(losses)),
        "n_parameters": sum(p.numel() for net in nets for p in net.net_.module_.parameters()),
        "fit_seconds": fit_seconds,
        "n_epochs": [len(net.history_) for net in nets],
    }


def probabilities_and_classes(
    nets: list[ABMTLClassifier], X: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the probabilities of each task, from one net for all tasks or one net per task."""
    if len(nets) == 1:
        return list(zip(nets[0].predict_proba(X), nets[0].classes_, strict=True))
    return [(net.predict_proba(X), net.classes_) for net in nets]


def half_interval(values: list[float]) -> float:
    """Return half the width of the 95 % interval of the mean, by Student's t."""
    if len(values) < 2:
        return math.nan
    deviation = np.std(values, ddof=1) / math.sqrt(len(values))
    return float(student_t.ppf(0.975, len(values) - 1) * deviation)


def markdown_table(rows: list[dict[str, Any]]) -> str:
    """Return the mean over seeds of each measure, with its 95 % interval."""
    lines = [
        "| network | " + " | ".join(title for title, _ in MEASURES.values()) + " |",
        "|---" + "|---:" * len(MEASURES) + "|",
    ]
    for name in VARIANTS:
        cells = [name]
        for key, (_, spec) in MEASURES.items():
            values = [row[key] for row in rows if row["network"] == name]
            half = half_interval(values)
            margin = f" ± {half:{spec}}" if half > 0 else ""
            cells.append(f"{np.mean(values):{spec}}{margin}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def parse_arguments() -> argparse.Namespace:
    parser = new_parser(__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--max-epochs", type=int, default=12)
    parser.add_argument("--n-train", type=int, default=4000, help="pairs")
    parser.add_argument("--n-test", type=int, default=2000, help="pairs")
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    ABMTLClassifier(max_epochs=1).fit(np.eye(4), [0, 1, 0, 1])  # imports modules, untimed
    rows = []
    fixed = {"encoder": "vgg", "input_shape": (1, 8, 16), "max_epochs": arguments.max_epochs}
    for seed in range(arguments.seeds):
        pairs = make_pairs(arguments, seed)
        parameters = fixed | {"random_state": seed}
        for name in VARIANTS:
            row = {"network": name, "seed": seed} | measure(pairs, name, parameters)
            print_row(name, seed, row)
            rows.append(row)
    print(markdown_table(rows))
    if arguments.out:
        write_report(
            arguments.out,
            rows,
            set="make_digit_pairs",
            variants={name: repr(changed) for name, changed in VARIANTS.items()},
            **{key: value for key, value in vars(arguments).items() if key != "out"},
        )


if __name__ == "__main__":
    main()
