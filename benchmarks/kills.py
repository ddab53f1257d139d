"""Kills processes at random moments, and checks the files that they leave.

    python benchmarks/kills.py
    python benchmarks/kills.py --kills 50 --out benchmarks/results/kills.json

One process saves two models in turn to one file. The kill is survived if the file then holds one of
the two models completely. Another process fits with a checkpoint. The kill is survived if the next
fit gives exactly the same predictions as a fit that was not killed.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from _report import new_parser, write_report
from skorch.callbacks import Callback

from sklearn_abmtl import ABMTLClassifier, MLPEncoder, load_model, save_model
from sklearn_abmtl.datasets import make_multitask_classification

PROCESSES = multiprocessing.get_context("forkserver")  # the libraries are imported once
PROCESSES.set_forkserver_preload(["sklearn_abmtl", "sklearn_abmtl.datasets", "torch._dynamo"])
X, Y = make_multitask_classification(400, n_classes=(3, 2, 5), random_state=0)


def new_classifier(**parameters: Any) -> ABMTLClassifier:
    """Return a classifier with validation rows, which stops early."""
    small = {"encoder": MLPEncoder(width=16), "max_epochs": 8, "early_stopping": True}
    return ABMTLClassifier(**small, random_state=0).set_params(**parameters)


def save_for_ever(paths: list[Path], started: Any) -> None:
    one, two = (load_model(path) for path in paths[:2])
    started.set()
    while True:
        save_model(one, paths[2])
        save_model(two, paths[2])


def fit(path: Path, started: Any) -> None:
    Start.event = started
    new_classifier(checkpoint=path, callbacks=[Start()]).fit(X, Y)


class Start(Callback):
    """Signals the beginning of training; the signal is on the class, as callbacks are copied."""

    event: Any = None

    def on_train_begin(self, net: Any, **kwargs: Any) -> None:
        self.event.set()


def work(target: Callable[..., None], argument: Any, limit: float | None) -> float:
    """Start a process, kill it at the limit, and return the seconds that it worked."""
    started = PROCESSES.Event()
    process = PROCESSES.Process(target=target, args=(argument, started))
    process.start()
    started.wait()
    begin = time.perf_counter()
    process.join(limit)
    process.kill()
    process.join()
    return time.perf_counter() - begin


def kill_saves(folder: Path, n_kills: int, generator: np.random.Generator) -> dict[str, Any]:
    paths = [folder / f"{name}.safetensors" for name in ("one", "two", "target")]
    answers = []
    for seed, path in enumerate(paths[:2]):
        save_model(new_classifier(max_epochs=1, random_state=seed).fit(X, Y), path)
        answers.append(load_model(path).predict_proba(X)[0])
    save_model(load_model(paths[0]), paths[2])
    n_recovered = 0
    for _ in range(n_kills):
        work(save_for_ever, paths, generator.uniform(0, 0.2))
        found = load_model(paths[2]).predict_proba(X)[0]
        n_recovered += any(np.array_equal(found, expected) for expected in answers)
    return {"work": "save_model", "kills": n_kills, "recovered": n_recovered}


def kill_fits(folder: Path, n_kills: int, generator: np.random.Generator) -> dict[str, Any]:
    path = folder / "fit.checkpoint"
    seconds = work(fit, path, limit=None)
    expected = new_classifier().fit(X, Y).predict_proba(X)
    n_recovered = n_from_checkpoint = 0
    for _ in range(n_kills):
        work(fit, path, generator.uniform(0, seconds))
        n_from_checkpoint += path.exists()
        found = new_classifier(checkpoint=path).fit(X, Y).predict_proba(X)
        n_recovered += all(map(np.array_equal, found, expected))
    return {
        "work": "fit with a checkpoint",
        "kills": n_kills,
        "recovered": n_recovered,
        "from_checkpoint": n_from_checkpoint,
        "fit_seconds": seconds,
    }


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--kills", type=int, default=50)
    arguments = parser.parse_args()
    generator = np.random.default_rng(0)
    rows = []
    for measure in (kill_saves, kill_fits):
        with tempfile.TemporaryDirectory() as name:
            row = measure(Path(name), arguments.kills, generator)
            row["hidden_files_left"] = len(list(Path(name).glob(".*.tmp")))
        rows.append(row)
        print(", ".join(f"{key} {value}" for key, value in row.items()), flush=True)
    if arguments.out:
        write_report(arguments.out, rows)


if __name__ == "__main__":
    main()
