"""The values that training records for an epoch, and checks of rows from a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from skorch import NeuralNet

from ..data.batches import DataSplit


def check_rows(rows: Sequence[Any], net: NeuralNet, split: DataSplit) -> None:
    """Raise a ValueError unless the rows are epochs of this training; further keys are allowed."""
    if not 1 <= len(rows) <= net.max_epochs:
        raise ValueError(f"its history has {len(rows)} epochs of at most {net.max_epochs}")
    types = types_of_row(net, split)
    for epoch, row in enumerate(rows, start=len(net.history) + 1):
        if not isinstance(row, dict):
            raise ValueError(f"epoch {epoch} of its history must be a dict; found {row!r:.100}")
        for name, expected in types.items():
            if type(row.get(name)) is not expected:  # True is not a number here
                raise ValueError(
                    f"epoch {epoch} of its history must have {name!r} of the type "
                    f"{expected.__name__}; found {row.get(name)!r:.100}"
                )
        if row["epoch"] != epoch or not all(isinstance(batch, dict) for batch in row["batches"]):
            raise ValueError(f"epoch {epoch} of its history is {row!r:.100}")


def types_of_row(net: NeuralNet, split: DataSplit) -> dict[str, type]:
    """Return the type of each value that the net records for an epoch, by name."""
    types: dict[str, type] = {"epoch": int, "batches": list, "dur": float}
    for prefix in ["train"] if split.valid is None else ["train", "valid"]:
        types |= {f"{prefix}_batch_count": int, f"{prefix}_loss": float}
        types[f"{prefix}_loss_best"] = bool
        for name in net.task_names:
            types |= {f"{prefix}_loss_{name}": float, f"{prefix}_accuracy_{name}": float}
    if net.criterion_.weighting.moves:
        types |= {f"loss_weight_{name}": float for name in net.task_names}
    return types
