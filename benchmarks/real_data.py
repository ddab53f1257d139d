"""Accuracy on real data: the estimator with its defaults, compared with forests and boosting.

python benchmarks/real_data.py --data FOLDER --set multi_mnist --max-epochs 20
python benchmarks/real_data.py --data FOLDER --set penguins --peers --seeds 3
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import numpy as np
import torch
from _report import new_parser, print_row, write_report
from _sets import BenchmarkSet, load_set, our_parameters, peers
from sklearn.metrics import log_loss

from sklearn_abmtl import ABMTLClassifier
from sklearn_abmtl.metrics import exact_match_score, task_accuracy_scores


def measure(data: BenchmarkSet, classifier: Any) -> dict[str, Any]:
    """Fit on the training rows and score on the test rows."""
    begin = time.perf_counter()
    classifier.fit(data.X[data.train], data.Y.iloc[data.train])
    fitted = time.perf_counter()
    X_test, Y_test = data.X[data.test], data.Y.iloc[data.test]
    predicted = classifier.predict(X_test)
    main = [data.Y.columns.get_loc(task) for task in data.main_tasks]
    accuracies = task_accuracy_scores(Y_test, predicted)
    losses = [
        log_loss(Y_test.iloc[:, task], probabilities, labels=classes)
        for task, (probabilities, classes) in enumerate(
            zip(classifier.predict_proba(X_test), classifier.classes_, strict=True)
        )
    ]
    return {
        "mean_accuracy": accuracies[main].mean(),
        "all_right": exact_match_score(Y_test.iloc[:, main], predicted[:, main]),
        "log_loss": float(np.mean([losses[task] for task in main])),
        "accuracies": dict(zip(data.Y.columns, accuracies.round(4).tolist(), strict=True)),
        "fit_seconds": fitted - begin,
        "predict_seconds": time.perf_counter() - fitted,
    }


def describe(classifier: ABMTLClassifier) -> dict[str, Any]:
    """Return the size of the network and the length of the training."""
    network = classifier.net_.module_
    return {
        "n_parameters": sum(p.numel() for p in network.parameters()),
        "n_epochs": len(classifier.history_),
        "branch_weights": classifier.branch_weights_.round(3).tolist(),
    }


def parse_arguments() -> argparse.Namespace:
    parser = new_parser(__doc__)
    parser.add_argument("--data", required=True, help="folder of .npz files")
    parser.add_argument("--set", required=True, help="name of a file without .npz")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--max-epochs", type=int, help="the estimator's own if left out")
    parser.add_argument("--params", default="{}", help="further parameters, as JSON")
    parser.add_argument("--threads", type=int, default=1, help="of torch")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--verbose", type=int, default=0)
    parser.add_argument("--peers", action="store_true", help="also forests and boosting")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    data = load_set(arguments.data, arguments.set)
    parameters = our_parameters(data) | json.loads(arguments.params)
    if arguments.max_epochs:
        parameters["max_epochs"] = arguments.max_epochs
    rows = []
    for seed in range(arguments.seeds):
        ours = ABMTLClassifier(
            random_state=seed, device=arguments.device, verbose=arguments.verbose, **parameters
        )
        classifiers: dict[str, Any] = {"ABMTLClassifier": ours}
        if arguments.peers:
            classifiers |= peers(data, seed)
        for name, classifier in classifiers.items():
            row = measure(data, classifier)
            if name == "ABMTLClassifier":
                row |= describe(classifier)
            print_row(name, seed, row)
            print(f"{'':22s} {row['accuracies']}", flush=True)
            rows.append({"classifier": name, "seed": seed} | row)
    if arguments.out:
        write_report(
            arguments.out,
            rows,
            set=arguments.set,
            parameters={key: repr(value) for key, value in parameters.items()},
            n_train=len(data.train),
            n_test=len(data.test),
            threads=arguments.threads,
            device=str(ours.net_.device),
        )


if __name__ == "__main__":
    main()
