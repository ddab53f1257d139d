"""Many predictions at once, and the memory of many calls.

    python benchmarks/endurance.py --out benchmarks/results/endurance.json

8 threads predict 1,000 times each. Every prediction is compared with that of a single thread. Then
the resident memory of the process is read before and after 50 fits, and before and after 10,000
predictions of one row. It is read again after the same number of further calls, which no longer
fill the pools of the allocator.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from _memory import memory_megabytes
from _report import new_parser, write_report

from sklearn_abmtl import ABMTLClassifier
from sklearn_abmtl.datasets import make_multitask_classification

N_THREADS = 8
N_PREDICTIONS = 1000  # of each thread
N_FITS = 50
N_SINGLE_ROWS = 10_000


def count_other_answers(classifier: ABMTLClassifier, X: np.ndarray, n_predictions: int) -> int:
    """Return how many predictions of the threads differ from those of a single thread."""
    pieces = [X[start : start + 20] for start in range(0, 200, 10)]
    alone = [np.hstack(classifier.predict_proba(piece)) for piece in pieces]

    def count(thread: int) -> int:
        numbers = [(thread + call) % len(pieces) for call in range(n_predictions)]
        return sum(
            not np.array_equal(np.hstack(classifier.predict_proba(pieces[number])), alone[number])
            for number in numbers
        )

    with ThreadPoolExecutor(N_THREADS) as pool:
        return sum(pool.map(count, range(N_THREADS)))


def resident_megabytes() -> float:
    """Return the memory that the process has now (Linux)."""
    gc.collect()
    return memory_megabytes("VmRSS")


def growth(call: Callable[[], Any], n_calls: int) -> dict[str, float]:
    """Return the growth of memory in megabytes over the first calls, and over as many more."""
    before = resident_megabytes()
    grown = []
    for _ in range(2):
        for _ in range(n_calls):
            call()
        grown.append(resident_megabytes())
    return {
        "first_megabytes": round(grown[0] - before, 2),
        "then_megabytes": round(grown[1] - grown[0], 2),
    }


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of the calls")
    arguments = parser.parse_args()
    n_predictions, n_fits, n_single_rows = (
        max(1, int(n_calls * arguments.share)) for n_calls in (N_PREDICTIONS, N_FITS, N_SINGLE_ROWS)
    )
    torch.set_num_threads(1)
    X, Y = make_multitask_classification(300, 10, random_state=0)
    classifier = ABMTLClassifier(max_epochs=3, random_state=0)
    fitted = ABMTLClassifier(max_epochs=3, random_state=0).fit(X, Y)
    start = time.perf_counter()
    n_other = count_other_answers(fitted, X, n_predictions)
    rows: list[dict[str, Any]] = [
        {
            "what": f"{N_THREADS} threads x {n_predictions} predictions",
            "n_other_answers": n_other,
            "seconds": round(time.perf_counter() - start, 1),
        },
        {"what": f"{n_fits} fits", **growth(lambda: classifier.fit(X, Y), n_fits)},
        {
            "what": f"{n_single_rows} predictions of one row",
            **growth(lambda: fitted.predict(X[:1]), n_single_rows),
        },
    ]
    for row in rows:
        print(row, flush=True)
    if arguments.out:
        write_report(arguments.out, rows, n_samples=len(X), n_tasks=Y.shape[1])


if __name__ == "__main__":
    main()
