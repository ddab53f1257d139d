"""Many predictions at once, and the memory of many calls.

    python benchmarks/endurance.py --out benchmarks/results/endurance.json

8 threads predict 1,000 times each, and every answer is compared with the one that was given alone.
Then the resident memory of the process is read before and after 50 fits, and before and after
10,000 predictions of one row, and after as many calls again, when the allocator has its pools.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _report import new_parser, write_report

from sklearn_abmtl import ABMTLClassifier
from sklearn_abmtl.datasets import make_multitask_classification

N_THREADS = 8
N_PREDICTIONS = 1000  # of each thread
N_FITS = 50
N_SINGLE_ROWS = 10_000


def count_other_answers(classifier: ABMTLClassifier, X: np.ndarray) -> int:
    """Return how many answers of the threads are not those given alone."""
    pieces = [X[start : start + 20] for start in range(0, 200, 10)]
    alone = [np.hstack(classifier.predict_proba(piece)) for piece in pieces]

    def count(thread: int) -> int:
        numbers = [(thread + call) % len(pieces) for call in range(N_PREDICTIONS)]
        return sum(
            not np.array_equal(np.hstack(classifier.predict_proba(pieces[number])), alone[number])
            for number in numbers
        )

    with ThreadPoolExecutor(N_THREADS) as pool:
        return sum(pool.map(count, range(N_THREADS)))


def resident_megabytes() -> float:
    """Return the memory that the process has now (Linux)."""
    gc.collect()
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def growth(call: Callable[[], Any], n_calls: int) -> dict[str, float]:
    """Return by how much memory grows, in megabytes, over the first calls and as many more."""
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
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    X, Y = make_multitask_classification(300, 10, random_state=0)
    classifier = ABMTLClassifier(max_epochs=3, random_state=0)
    fitted = ABMTLClassifier(max_epochs=3, random_state=0).fit(X, Y)
    start = time.perf_counter()
    n_other = count_other_answers(fitted, X)
    rows: list[dict[str, Any]] = [
        {
            "what": f"{N_THREADS} threads x {N_PREDICTIONS} predictions",
            "n_other_answers": n_other,
            "seconds": round(time.perf_counter() - start, 1),
        },
        {"what": f"{N_FITS} fits", **growth(lambda: classifier.fit(X, Y), N_FITS)},
        {
            "what": f"{N_SINGLE_ROWS} predictions of one row",
            **growth(lambda: fitted.predict(X[:1]), N_SINGLE_ROWS),
        },
    ]
    for row in rows:
        print(row, flush=True)
    if arguments.out:
        write_report(arguments.out, rows, n_samples=len(X), n_tasks=Y.shape[1])


if __name__ == "__main__":
    main()
