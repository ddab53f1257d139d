"""The view of a fitted classifier in notebooks, below its parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from html import escape
from typing import Any

from .._data.history import task_scores

PARTS = {  # from modules of the network to their parts
    "encoder": "encoder",
    "decoder": "decoder",
    "attentions": "attention",
    "task_classifiers": "task_classifier",
    "aggregator": "aggregator",
}
SUBSETS = {"valid": "validation", "train": "training"}


def fitted_html(estimator: Any) -> str:
    """Return the fitted tasks and the network as folded tables."""
    return _tasks(estimator) + _network(estimator)


def _tasks(estimator: Any) -> str:
    names, classes = estimator.task_names_, estimator.task_label_encoder_.classes_
    history = estimator.history_
    scores = task_scores(history, names)
    return _folded(
        f"Tasks: {len(names)}, scores of {SUBSETS[scores.subset]} rows in epoch {scores.epoch} "
        f"of {len(history)}",
        _table(("task", "classes", "loss", "accuracy"), scores.rows(names, classes)),
    )


def _network(estimator: Any) -> str:
    network, plan = estimator.net_.module_, estimator.net_.plan
    counts: Counter[str] = Counter()
    for name, parameter in network.named_parameters():
        parts = (PARTS[piece] for piece in name.split(".") if piece in PARTS)
        counts[next(parts, "")] += parameter.numel()  # only the outermost such name counts
    total = sum(parameter.numel() for parameter in network.parameters())
    rows = [
        (part, repr(spec), f"{counts[part]:,}")
        for part, spec in plan.specs._asdict().items()
        if spec is not None
    ]
    return _folded(
        f"Network: {total:,} parameters, samples of shape {plan.sample_shape}",
        _table(("part", "options", "parameters"), rows) + f"<pre>{escape(str(network))}</pre>",
    )


def _folded(title: str, content: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{content}</details>"


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
