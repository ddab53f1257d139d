"""The same search on two Dask workers and in two processes of loky, and with a worker killed.

    setsid python benchmarks/searches.py --out benchmarks/results/searches.json

The search has 24 candidates and 3 folds. Workers import their libraries before the measurement
starts, and the two engines take turns. The ratio is Dask's wall time divided by loky's, as the
median over the turns. In one further search, ``kill -9`` ends one worker process after a quarter of
the shortest time.
"""

from __future__ import annotations

import os
import signal
import time
from itertools import chain
from threading import Timer
from typing import Any

import joblib
import numpy as np
from _report import new_parser, write_report
from dask.distributed import Client, LocalCluster
from sklearn.model_selection import GridSearchCV

from sklearn_abmtl import ABMTLClassifier, MLPEncoder
from sklearn_abmtl.datasets import make_multitask_classification
from sklearn_abmtl.model_selection import MultiTaskStratifiedKFold

X, Y = make_multitask_classification(600, n_classes=(3, 2, 5), random_state=0)
SPLITS = list(MultiTaskStratifiedKFold(3).split(X, Y))
GRID = {
    "encoder__width": [16, 32, 64],
    "lr": [0.001, 0.002, 0.004, 0.008],
    "loss_weights": [None, "uncertainty"],
}


def search(**engine: Any) -> tuple[float, np.ndarray]:
    """Return wall seconds and the scores of all candidates."""
    classifier = ABMTLClassifier(encoder=MLPEncoder(), max_epochs=10, random_state=0)
    begin = time.perf_counter()
    with joblib.parallel_config(**engine):
        found = GridSearchCV(classifier, GRID, cv=SPLITS, refit=False).fit(X, Y)
    return time.perf_counter() - begin, found.cv_results_["mean_test_score"]


def warm_up(engine: dict[str, Any]) -> None:
    """Make both processes import and compile everything that a fit needs."""
    with joblib.parallel_config(**engine):
        classifier = ABMTLClassifier(max_epochs=1, random_state=0)
        GridSearchCV(classifier, {"lr": [0.001, 0.002]}, cv=SPLITS, refit=False).fit(X, Y)


def measure(n_repeats: int) -> dict[str, Any]:
    """Let the engines take turns, then kill a worker."""
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, Client(cluster) as client:
        client.amm.stop()
        dask = {"backend": "dask", "scatter": [X, Y, *chain(*SPLITS)]}
        loky = {"backend": "loky", "n_jobs": 2, "inner_max_num_threads": 1}
        engines = {"dask": dask, "loky": loky}
        for engine in engines.values():
            warm_up(engine)
        turns = [
            {name: search(**engine) for name, engine in engines.items()} for _ in range(n_repeats)
        ]
        victim = next(iter(client.run(os.getpid).values()))
        quickest = min(turn["dask"][0] for turn in turns)
        killer = Timer(quickest / 4, os.kill, [victim, signal.SIGKILL])
        killer.start()
        killed_seconds, killed_scores = search(**dask)
        is_restarted = victim not in client.run(os.getpid).values()
    expected = turns[0]["loky"][1]
    ratios = [turn["dask"][0] / turn["loky"][0] for turn in turns]
    return {
        "fits": len(expected) * len(SPLITS),
        "ratio": float(np.median(ratios)),
        "at_most": 1.2,
        "ratios": sorted(ratios),
        "seconds": {name: [turn[name][0] for turn in turns] for name in engines},
        "equal_scores": all(
            np.array_equal(scores, expected) for turn in turns for _, scores in turn.values()
        ),
        "worker_killed": is_restarted,
        "seconds_with_a_worker_killed": killed_seconds,
        "equal_scores_with_a_worker_killed": np.array_equal(killed_scores, expected),
        "load_average_at_the_end": os.getloadavg()[0],
    }


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--repeats", type=int, default=2)
    arguments = parser.parse_args()
    row = measure(arguments.repeats)
    print("\n".join(f"{key}: {value}" for key, value in row.items()))
    if arguments.out:
        write_report(arguments.out, [row])


if __name__ == "__main__":
    main()
