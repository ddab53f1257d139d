"""Exported classifiers beside `predict_proba`: the largest difference, and the time of one row.

    python benchmarks/export.py
    python benchmarks/export.py --report

Parity: every combination of sharing and of the parts in the name tables is trained for two epochs
with default options, and a calibration is set. onnxruntime reads the file with 1, 5 and 64 rows.
Latency: CPU seconds for one row on one thread. onnxruntime, with an argmax for each task, and
`predict` take turns. Combinations and samples that are in the results file are not run again.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from _report import new_parser, write_report
from _speed_clock import take_turns
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from sklearn_abmtl import ABMTLClassifier, export_onnx
from sklearn_abmtl.nn import AGGREGATORS, ATTENTIONS, DECODERS, ENCODERS, TASK_CLASSIFIERS

RESULTS = Path(__file__).parent / "results" / "export.json"
N_CLASSES = (3, 2, 4)
N_ROWS = 64
PARTS: dict[str, list[str | None]] = {
    "encoder": [*ENCODERS],
    "decoder": [None, *DECODERS],
    "attention": [*ATTENTIONS],
    "task_classifier": [*TASK_CLASSIFIERS],
    "aggregator": [*AGGREGATORS],
    "sharing": ["hard", "soft"],
}
SAMPLE_SHAPES = {"vgg": (1, 9, 7), "recurrent": (19, 2)}  # a table of 5 features for the others
LATENCY_SHAPES = {
    "table of 20 features": (20,),
    "sequence of 50 steps": (50, 3),
    "image of 28 x 28": (1, 28, 28),
}

Row = dict[str, Any]
Array = NDArray[Any]


def fit(sample_shape: tuple[int, ...], **parameters: Any) -> tuple[ABMTLClassifier, Array]:
    """Return a classifier whose gates and calibration are not the initial ones, and its rows."""
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(N_ROWS, *sample_shape)).astype(np.float32)
    codes = [np.arange(N_ROWS) % n for n in N_CLASSES]  # each class is there
    classifier = ABMTLClassifier(max_epochs=2, batch_size=16, lr=0.01, random_state=0, **parameters)
    classifier.fit(rows, generator.permuted(np.stack(codes, axis=1), axis=0))
    matrix = classifier.net_.module_.aggregator.task_matrix
    matrix.inverse_temperature.copy_(torch.tensor([[0.5], [0.8], [1.5]]))
    matrix.bias.copy_(torch.linspace(-1, 1, matrix.bias.numel()).reshape(matrix.bias.shape))
    return classifier, rows


def open_session(classifier: ABMTLClassifier) -> onnxruntime.InferenceSession:
    """Export a classifier and read the file on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        export_onnx(classifier, path)
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def measure_parity(combination: Row) -> Row:
    """Return the largest difference of any probability, over three numbers of rows."""
    classifier, rows = fit(SAMPLE_SHAPES.get(combination["encoder"], (5,)), **combination)
    session, expected = open_session(classifier), classifier.predict_proba(rows)
    errors = [
        np.abs(found - wanted[:n_rows]).max()
        for n_rows in (1, 5, N_ROWS)
        for found, wanted in zip(session.run(None, {"X": rows[:n_rows]}), expected, strict=True)
    ]
    print(f"{max(errors):.1e}", *combination.values(), flush=True)
    return combination | {"largest_error": float(f"{max(errors):.2e}")}


def measure_latency(sample: str) -> Row:
    """Return the CPU seconds of `predict` and of onnxruntime for one row of the default network."""
    classifier, rows = fit(LATENCY_SHAPES[sample])
    session, row = open_session(classifier), rows[:1]
    times = take_turns(
        lambda: classifier.predict(row),
        lambda: [task.argmax(axis=1) for task in session.run(None, {"X": row})],
        repeats=9,
        n_calls=200,
    )
    print(sample, times, flush=True)
    return {"sample": sample} | times


def combinations() -> list[Row]:
    return [dict(zip(PARTS, names, strict=True)) for names in product(*PARTS.values())]


def missing(wanted: Iterable[Row], found: list[Row]) -> list[Row]:
    """Return the requested cases that have no row yet."""
    return [row for row in wanted if not any(row.items() <= other.items() for other in found)]


def measure_missing(path: Path) -> None:
    """Add each row to the file as soon as it is measured."""
    earlier = json.loads(path.read_text()) if path.exists() else {"rows": [], "latency": []}
    rows, latency = earlier["rows"], earlier["latency"]
    for combination in missing(combinations(), rows):
        rows.append(measure_parity(combination))
        write_report(path, rows, latency=latency)
    for sample in missing(({"sample": name} for name in LATENCY_SHAPES), latency):
        latency.append(measure_latency(**sample))
        write_report(path, rows, latency=latency)


def print_report(path: Path) -> None:
    """Print the largest error of each option of each part, and the latencies, as Markdown."""
    report = json.loads(path.read_text())
    print("| part | option | combinations | largest error |\n|---|---|---|---|")
    for part, names in PARTS.items():
        for name in names:
            errors = [row["largest_error"] for row in report["rows"] if row[part] == name]
            print(f"| {part} | {name} | {len(errors)} | {max(errors):.1e} |")
    print("\n| sample | `predict` | onnxruntime | ratio |\n|---|---|---|---|")
    for row in report["latency"]:
        times = " | ".join(f"{row[key] * 1e6:,.0f} µs" for key in ("ours", "other"))
        print(f"| {row['sample']} | {times} | {row['ratio']:.1f} |")


def main() -> None:
    parser = new_parser(__doc__, RESULTS)
    parser.add_argument("--report", action="store_true", help="print the results as Markdown")
    arguments = parser.parse_args()
    if not arguments.report:
        torch.set_num_threads(1)
        warnings.simplefilter("ignore", ConvergenceWarning)
        measure_missing(arguments.out)
    print_report(arguments.out)


if __name__ == "__main__":
    main()
