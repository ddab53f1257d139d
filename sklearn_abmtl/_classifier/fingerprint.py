"""What a training depends on, as hashes, and the checkpoint that holds them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator

from .._data.labels import array_keys
from .._data.rows import LabelledRows
from .._data.statistics import Rows, read_blocks
from .._training import (
    OF_A_RANK,
    Checkpoint,
    CheckpointOfClone,
    MultiTaskNet,
    current_ranks,
    to_arrays,
)
from .._training.checkpoint.hashes import hash_of
from .._version import __version__
from .clones import is_clone

# what changes no step of the training, or is told by the seed, the device or the network
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


def new_checkpoint(estimator: Any) -> Checkpoint | None:
    """Return the callback that writes the estimator's checkpoint, or None.

    Raises
    ------
    ValueError
        If there can be no such file, or a fit draws another seed each time.
    """
    if estimator.checkpoint is None:
        return None
    path = Path(estimator.checkpoint)
    is_other = path.exists() and not path.is_file()
    if is_other or not path.absolute().parent.is_dir():
        raise ValueError(f"checkpoint must be a file in a folder that exists; found {str(path)!r}.")
    if estimator.random_state is None:
        raise ValueError(
            "checkpoint needs a random_state, with which a fit that goes on draws the same split "
            "and order; found random_state=None."
        )
    return CheckpointOfClone(path) if is_clone(estimator) else Checkpoint(path)


@contextmanager
def held_checkpoint(estimator: Any) -> Iterator[Checkpoint | None]:
    """Give the checkpoint of a fit, which no other fit can use inside the block.

    Raises
    ------
    ValueError
        As ``new_checkpoint``, or if another fit uses the file.
    """
    checkpoint = new_checkpoint(estimator)
    if checkpoint is None:
        yield None
        return
    if not current_ranks().rank:
        checkpoint.hold()
    try:
        yield checkpoint
    finally:
        checkpoint.release()


def fingerprint(
    estimator: BaseEstimator,
    net: MultiTaskNet,
    train: LabelledRows,
    valid: LabelledRows | None,
    seed: int,
) -> dict[str, str]:
    """Return a hash of each thing that a training depends on, by a name that users know."""
    parameters = estimator.get_params(deep=False)
    labels = estimator.task_label_encoder_
    return {
        **{name: hash_of(value) for name, value in parameters.items() if name not in NO_PART},
        "X": hash_of_rows(train.features),
        "y": hash_of([labels.task_names_, list(map(array_keys, labels.classes_)), train.codes]),
        "sample_weight": hash_of(train.sample_weight),
        "set of validation rows": hash_of(
            None if valid is None else [hash_of_rows(valid.features), *valid[1:]]
        ),
        "seed (random_state)": str(seed),
        "device": torch.device(net.device).type,
        "network to begin with": hash_of(to_arrays(net.module_.state_dict())),
        "version of sklearn_abmtl": __version__,
    }


def equal_in_ranks(fingerprint: dict[str, str]) -> dict[str, str]:
    """Return what must be the same in all processes that train together."""
    return {name: value for name, value in fingerprint.items() if name not in OF_A_RANK}


def hash_of_rows(features: Rows) -> str:
    """Return a hash of rows, of which few are in memory at a time."""
    return hash_of([hash_of(np.ascontiguousarray(block)) for block in read_blocks(features)])
