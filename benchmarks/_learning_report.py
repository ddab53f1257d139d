"""The tables of the benchmark of learning, in Markdown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from _classifiers import ARCHITECTURES, MEMBERS, OURS, PARTS, PEERS, WEIGHTINGS
from scipy.stats import t as student_t

FORMATS = {
    "mean_accuracy": ".4f",
    "log_loss": ".4f",
    "macro_f1": ".4f",
    "all_right": ".4f",
    "fit_cpu_seconds": ".0f",
    "n_parameters": ",.0f",
}
OF_TASK_MATRIX = [
    "unknown_log_loss",
    "unknown_log_loss_given",
    "all_right",
    "joint_all_right",
    "mean_accuracy",
    "joint_accuracy",
    "worst_task_change",
]
RANKED = {"log_loss": True, "all_right": False, "mean_accuracy": False}  # is less better?


def print_report(rows: list[dict[str, Any]]) -> None:
    """Print every table that the rows allow."""
    results = pd.DataFrame(rows)
    results = results.reindex(columns=results.columns.union(sorted({*FORMATS, *OF_TASK_MATRIX})))
    complete = results[results["missing"] == 0]
    print("## Mean ranks\n")
    print_ranks(complete[complete["classifier"].isin({*OURS, *PEERS, *ARCHITECTURES})])
    for name, of_set in complete.groupby("set", sort=False):
        print(f"\n## {name}\n")
        print_scores(of_set)
    print("\n## Known labels and joint prediction\n")
    print_task_matrix(complete[complete["classifier"].isin(OURS)])
    for (name, missing), of_set in results[results["missing"] > 0].groupby(["set", "missing"]):
        print(f"\n## {name}, {missing:.0%} of the labels removed\n")
        print_scores(of_set)


def print_ranks(results: pd.DataFrame) -> None:
    """Print the mean rank over sets; classifiers that cannot learn a set have no rank there."""
    means = results.groupby(["set", "classifier"])[list(RANKED)].mean()
    ranks = pd.DataFrame(
        {
            measure: means[measure].groupby("set").rank(ascending=ascending)
            for measure, ascending in RANKED.items()
        }
    )
    table = ranks.groupby("classifier").mean().round(2)
    table["sets"] = ranks.groupby("classifier").size()
    print_markdown(table.sort_values("log_loss"))


def print_scores(results: pd.DataFrame) -> None:
    """Print mean and 95 % interval of every measure."""
    order = [*OURS, *MEMBERS, *PARTS, *ARCHITECTURES, *PEERS, *WEIGHTINGS]
    results = results.assign(order=results["classifier"].map(order.index)).sort_values("order")
    cells = {
        key: [interval(group[measure].dropna(), FORMATS[measure]) for measure in FORMATS]
        for key, group in results.groupby("classifier", sort=False)
    }
    table = pd.DataFrame(cells, index=list(FORMATS)).T
    table.index.name = "classifier"
    print_markdown(table)


def print_task_matrix(results: pd.DataFrame) -> None:
    table = results.groupby("set", sort=False)[OF_TASK_MATRIX].mean().dropna().round(4)
    print_markdown(table)


def interval(values: pd.Series, form: str) -> str:
    """Return the mean and, of several values, half the width of its 95 % interval."""
    if values.empty:
        return ""
    mean = format(values.mean(), form)
    if len(values) == 1:
        return mean
    half = student_t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return f"{mean} ± {format(half, form)}"


def print_markdown(table: pd.DataFrame) -> None:
    """Print a table, with its index as the first columns."""
    table = table.reset_index()
    names = [str(column).replace("all_right", "all_labels_correct") for column in table.columns]
    print("| " + " | ".join(name.replace("_", " ") for name in names) + " |")
    print("|" + "---|" * len(table.columns))
    for row in table.itertuples(index=False):
        print("| " + " | ".join(str(cell) for cell in row) + " |")
