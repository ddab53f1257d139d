"""Results of real_data.py as a Markdown table.

python benchmarks/report.py benchmarks/results/*.json
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

OF_THE_SET = ("input_shape", "categorical_features", "handle_missing")
COLUMNS = {
    "mean_accuracy": ".4f",
    "all_right": ".4f",
    "log_loss": ".4f",
    "fit_seconds": ".0f",
}


def table_rows(path: Path) -> list[str]:
    """Return one row per classifier: means over seeds."""
    report: dict[str, Any] = json.loads(path.read_text())
    if "classifier" not in report["rows"][0]:  # a report of another benchmark
        return []
    by_classifier = defaultdict(list)
    for row in report["rows"]:
        by_classifier[row["classifier"]].append(row)
    changed = {k: v for k, v in report["parameters"].items() if k not in OF_THE_SET}
    options = ", ".join(f"{name}={value}" for name, value in changed.items())
    return [
        " | ".join(
            [
                f"| {report['set']}",
                name + (f" ({options})" if options and name == "ABMTLClassifier" else ""),
                *(format(np.mean([r[key] for r in rows]), spec) for key, spec in COLUMNS.items()),
                str(len(rows)),
                f"{report['device']} |",
            ]
        )
        for name, rows in by_classifier.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", nargs="+", type=Path)
    headings = "set | classifier | mean accuracy | all labels correct | log-loss"
    print(f"| {headings} | fit s | seeds | device |")
    print("|---|---|---|---|---|---|---|---|")
    for path in parser.parse_args().results:
        for row in table_rows(path):
            print(row)


if __name__ == "__main__":
    main()
