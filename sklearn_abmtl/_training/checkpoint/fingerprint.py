"""Hashes of everything that a training depends on."""

from __future__ import annotations

import numpy as np
import torch

from ..._data.label_encoder import TaskLabelEncoder
from ..._data.labels import array_keys
from ..._data.rows import LabelledRows
from ..._data.statistics import Rows, read_blocks
from ..._version import __version__
from ..arrays import to_arrays
from ..loop.net import MultiTaskNet
from ..plan import TrainingPlan
from .file import OF_A_RANK
from .hashes import hash_of

# parameters that change no step of the training, or act through the seed, device or network
NO_PART = {
    "callbacks",
    "checkpoint",
    "device",
    "on_interrupt",
    "n_workers",
    "n_procs",
    "random_state",
    "verbose",
    "warm_start",
}


def fingerprint(
    plan: TrainingPlan,
    labels: TaskLabelEncoder,
    net: MultiTaskNet,
    train: LabelledRows,
    valid: LabelledRows | None,
) -> dict[str, str]:
    """Return a hash of each thing that a training depends on, by a name for error texts."""
    return {
        **{name: hash_of(value) for name, value in plan.parameters.items() if name not in NO_PART},
        "X": hash_of_rows(train.features),
        "y": hash_of([labels.task_names_, list(map(array_keys, labels.classes_)), train.codes]),
        "sample_weight": hash_of(train.sample_weight),
        "set of validation rows": hash_of(
            None if valid is None else [hash_of_rows(valid.features), *valid[1:]]
        ),
        "seed (random_state)": str(plan.seed),
        "device": torch.device(net.device).type,
        "network to begin with": hash_of(to_arrays(net.module_.state_dict())),
        "version of sklearn_abmtl": __version__,
    }


def equal_in_ranks(fingerprint: dict[str, str]) -> dict[str, str]:
    """Return the entries that must be the same in all processes that train together."""
    return {name: value for name, value in fingerprint.items() if name not in OF_A_RANK}


def hash_of_rows(features: Rows) -> str:
    """Return a hash of rows. Few of them are in memory at a time."""
    return hash_of([hash_of(np.ascontiguousarray(block)) for block in read_blocks(features)])
