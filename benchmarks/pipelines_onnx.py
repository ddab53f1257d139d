"""Pipelines in one ONNX file: the largest difference of a probability from `predict_proba`.

    python benchmarks/pipelines_onnx.py
    python benchmarks/pipelines_onnx.py --report

Each kind of Pipeline is fitted on two thirds of its rows and exported with twenty of them.
onnxruntime reads the file with 1, 5 and all of the other rows. Kinds that are in the results file
are not run again.
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any

import onnxruntime
from _pipelines import FOR_CLASSIFIERS, KINDS, N_FIT, fit_kind, largest_error
from _report import new_parser, read_rows, run_or_report, write_report

from sklearn_abmtl import export_onnx

RESULTS = Path(__file__).parent / "results" / "pipelines_onnx.json"

Row = dict[str, Any]


def measure(kind: str) -> Row:
    """Return the largest error on rows that fit has not seen, and the types of the inputs."""
    pipeline, rows = fit_kind(kind)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        export_onnx(pipeline, path, rows[:20])
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    unseen = rows[N_FIT:]
    errors = [largest_error(session, pipeline, unseen[:n]) for n in (1, 5, len(unseen))]
    types = sorted({one.type.removeprefix("tensor(")[:-1] for one in session.get_inputs()})
    print(f"{max(errors):.1e}", kind, *types, flush=True)
    return {"kind": kind, "inputs": types, "largest_error": float(f"{max(errors):.2e}")}


def measure_missing(path: Path) -> None:
    """Add each row to the file as soon as it is measured."""
    rows = read_rows(path)
    known = {row["kind"] for row in rows}
    for kind in [*KINDS, *FOR_CLASSIFIERS]:
        if kind not in known:
            rows.append(measure(kind))
            write_report(path, rows)


def print_report(rows: list[Row]) -> None:
    """Print the largest error of each kind as Markdown."""
    print("| kind of Pipeline | inputs | largest error |\n|---|---|---|")
    for row in rows:
        print(f"| {row['kind']} | {', '.join(row['inputs'])} | {row['largest_error']:.1e} |")


def main() -> None:
    warnings.simplefilter("ignore")
    parser = new_parser(__doc__, RESULTS)
    run_or_report(parser, lambda arguments: measure_missing(arguments.out), print_report)


if __name__ == "__main__":
    main()
