"""How evenly splitters share out the classes of several tasks, and how long they take.

    python benchmarks/splitters.py
    python benchmarks/splitters.py --seeds 10 --out benchmarks/results/splitters.json

Labels are drawn at random. Unequal classes have shares in proportion to 1, 1/2, 1/3 ... For each
class, its share of the known labels of a test fold is compared with its share of all known labels.
The deviation is the relative difference. The table has the mean over classes, tasks, folds and
seeds. "Rounding alone" is the deviation if each class is spread as evenly as whole labels allow.
scikit-learn's splitters treat a missing label as a class.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from _report import new_parser, write_report
from sklearn.model_selection import KFold, StratifiedKFold

from sklearn_abmtl.model_selection import MultiTaskStratifiedKFold

FOLDS = 5


class Labels(NamedTuple):
    """How the labels of a set are drawn."""

    n_samples: int
    n_classes: tuple[int, ...]
    missing_rate: float = 0.0
    is_unequal: bool = False

    def draw(self, seed: int) -> np.ndarray:
        """Return class numbers (n_samples, n_tasks), -1 where the label is missing."""
        generator = np.random.default_rng(seed)
        tasks = []
        for k in self.n_classes:
            weights = 1 / np.arange(1, k + 1) if self.is_unequal else np.ones(k)
            tasks.append(generator.choice(k, size=self.n_samples, p=weights / weights.sum()))
        codes = np.stack(tasks, axis=1)
        return np.where(generator.random(codes.shape) < self.missing_rate, -1, codes)


SETS = {
    "600 rows, classes 3, 2, 4, 8": Labels(600, (3, 2, 4, 8)),
    "the same, 30 % missing": Labels(600, (3, 2, 4, 8), 0.3),
    "the same, unequal classes": Labels(600, (3, 2, 4, 8), 0.0, True),
    "the same, unequal, 30 % missing": Labels(600, (3, 2, 4, 8), 0.3, True),
    "5,000 rows, classes 3, 2, 4, 10, 20": Labels(5_000, (3, 2, 4, 10, 20)),
    "20,000 rows, classes 3, 2, 4, 10, 20": Labels(20_000, (3, 2, 4, 10, 20)),
}


def shuffled(codes: np.ndarray, seed: int) -> list[Any]:
    return list(KFold(FOLDS, shuffle=True, random_state=seed).split(codes))


def by_first_task(codes: np.ndarray, seed: int) -> list[Any]:
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    return list(splitter.split(codes, codes[:, 0]))


def by_joint_labels(codes: np.ndarray, seed: int) -> list[Any]:
    _, joint = np.unique(codes, axis=0, return_inverse=True)
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    return list(splitter.split(codes, joint.ravel()))


def by_all_tasks(codes: np.ndarray, seed: int) -> list[Any]:
    splitter = MultiTaskStratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    return list(splitter.split(codes, np.where(codes < 0, np.nan, codes)))


SPLITTERS: dict[str, Callable[[np.ndarray, int], list[Any]]] = {
    "KFold(shuffle)": shuffled,
    "StratifiedKFold, task 0": by_first_task,
    "StratifiedKFold, joint labels": by_joint_labels,
    "MultiTaskStratifiedKFold": by_all_tasks,
}


def mean_deviation(codes: np.ndarray, splits: list[Any]) -> float:
    deviations: list[float] = []
    for task in codes.T:
        counts = np.bincount(task[task >= 0])
        for _, test in splits:
            found = np.bincount(task[test][task[test] >= 0], minlength=len(counts))
            deviations += list(np.abs(found / found.sum() / (counts / counts.sum()) - 1))
    return float(np.mean(deviations))


def rounding_deviation(codes: np.ndarray) -> float:
    """Return the mean deviation if each class is spread evenly up to a remainder."""
    counts = np.concatenate([np.bincount(task[task >= 0]) for task in codes.T])
    remainders = counts % FOLDS
    return float(np.mean(2 * remainders * (FOLDS - remainders) / (FOLDS * counts)))


def measure(data: str, splitter: str, n_seeds: int) -> dict[str, Any]:
    """Return the mean deviation, the greatest difference of fold sizes and the seconds."""
    deviations, rounding, seconds, differences = [], [], [], []
    for seed in range(n_seeds):
        codes = SETS[data].draw(seed)
        begin = time.perf_counter()
        with warnings.catch_warnings():  # about classes with fewer labels than folds
            warnings.simplefilter("ignore", UserWarning)
            splits = SPLITTERS[splitter](codes, seed)
        seconds.append(time.perf_counter() - begin)
        deviations.append(mean_deviation(codes, splits))
        rounding.append(rounding_deviation(codes))
        differences.append(int(np.ptp([len(test) for _, test in splits])))
    return {
        "set": data,
        "splitter": splitter,
        "deviation": float(np.mean(deviations)),
        "rounding_alone": float(np.mean(rounding)),
        "greatest_deviation": max(deviations),
        "fold_size_difference": max(differences),
        "seconds": float(np.median(seconds)),
    }


def print_table(rows: list[dict[str, Any]]) -> None:
    print("| labels | " + " | ".join(SPLITTERS) + " | rounding alone |")
    print("|---|" + "---|" * (len(SPLITTERS) + 1))
    for data in SETS:
        own = [row for row in rows if row["set"] == data]
        found = [f"{row['deviation']:.4f} ({row['seconds']:.3f} s)" for row in own]
        print(f"| {data} | " + " | ".join(found) + f" | {own[0]['rounding_alone']:.4f} |")


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    rows = [measure(data, splitter, arguments.seeds) for data in SETS for splitter in SPLITTERS]
    print_table(rows)
    if arguments.out:
        write_report(arguments.out, rows, n_folds=FOLDS, seeds=arguments.seeds)


if __name__ == "__main__":
    main()
