"""The options of a training. Values for options that are 'auto' are chosen here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch

from .._data.rows import LabelledRows
from .._data.sample_layout import KINDS, Shape
from .execution.device import find_device
from .execution.precision import Forward, choose_forward, in_full

Parameters = Mapping[str, Any]

DEFAULT_LR = 2e-3
MIN_ROWS_TO_STOP_EARLY = 1000
MIN_ROWS_FOR_BINS = 5000
PIXELS_PER_SHIFT = 32  # of the shorter side of an image


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """The options of one training, none of them 'auto'.

    Parameters
    ----------
    parameters : dict
        All parameters of the estimator, for the fingerprint of a checkpoint.
    seed : int
    max_epochs : int
    lr : float
    lr_schedule : {'one_cycle', None}
    weight_decay : float
    batch_size : int
    n_iter_no_change : int or None
        None if training does not stop early.
    device : torch.device
    dtype : {'float32', 'float64'}
    run_network : callable
        Returns the output of the network for the features of a batch, in the chosen precision.
    compile : {False, True, 'graph'}
    callbacks : list or None
        Callbacks of the user.
    verbose : int
    keeps_interrupted : bool
        Whether an interrupt by the user keeps the learned network.
    """

    parameters: Parameters
    seed: int
    max_epochs: int
    lr: float
    lr_schedule: str | None
    weight_decay: float
    batch_size: int
    n_iter_no_change: int | None = None
    device: torch.device
    dtype: str
    run_network: Forward = in_full
    compile: bool | str = False
    callbacks: Any = None
    verbose: int = 0
    keeps_interrupted: bool = False

    @classmethod
    def for_fit(
        cls,
        parameters: Parameters,
        train: LabelledRows,
        *,
        seed: int,
        is_validated: bool,
        keeps_interrupted: bool,
    ) -> Self:
        """Return the plan of ``fit``; ``is_validated`` is True if there are validation rows."""
        stops_early = is_validated and bool(parameters["early_stopping"])
        return cls._choose(
            parameters,
            train,
            train.labels_per_task,
            seed=seed,
            max_epochs=parameters["max_epochs"],
            lr_schedule=parameters["lr_schedule"],
            n_iter_no_change=parameters["n_iter_no_change"] if stops_early else None,
            compile=parameters["compile"],
            keeps_interrupted=keeps_interrupted,
        )

    @classmethod
    def for_piece(cls, parameters: Parameters, rows: LabelledRows, *, seed: int) -> Self:
        """Return the plan of ``partial_fit``: one pass over the rows at a constant rate."""
        return cls._choose(parameters, rows, None, seed=seed, max_epochs=1, lr_schedule=None)

    @classmethod
    def _choose(
        cls, parameters: Parameters, rows: LabelledRows, n_labels: float | None, **options: Any
    ) -> Self:
        """Return a plan with these options, and with all others as the parameters say."""
        sample_shape, lr = rows.features.shape[1:], parameters["lr"]
        dtype, device = parameters["dtype"], find_device(parameters["device"])
        return cls(
            parameters=parameters,
            lr=lr,
            weight_decay=choose_weight_decay(
                parameters["weight_decay"], sample_shape, n_labels, lr
            ),
            batch_size=choose_batch_size(parameters["batch_size"], len(rows.codes)),
            device=device,
            dtype=dtype,
            run_network=choose_forward(parameters["precision"], dtype, device),
            callbacks=parameters["callbacks"],
            verbose=parameters["verbose"],
            **options,
        )


def chooses_to_stop_early(early_stopping: bool | str, n_rows: int) -> bool:
    """Return whether rows are set aside for early stopping; with 'auto' from 1,000 rows on."""
    if early_stopping == "auto":
        return n_rows >= MIN_ROWS_TO_STOP_EARLY
    return bool(early_stopping)


def choose_batch_size(batch_size: int | str, n_rows: int) -> int:
    """Return the batch size; 'auto' is half the square root of the rows, between 16 and 256."""
    if batch_size == "auto":
        return int(np.clip(8 * round(math.sqrt(n_rows) / 16), 16, 256))
    return int(batch_size)


def choose_weight_decay(
    weight_decay: float | str, sample_shape: Shape, n_labels: float | None, lr: float
) -> float:
    """Return the weight decay; 'auto' is larger for tables with fewer labels per feature.

    AdamW multiplies it by the learning rate. At a rate above the default, 'auto' is lower in
    proportion, so that a step shrinks the parameters by the same factor.

    Parameters
    ----------
    weight_decay : float or 'auto'
    sample_shape : tuple of int
    n_labels : float or None
        Mean number of labels per task; None if the rows come in pieces.
    lr : float
    """
    if weight_decay != "auto":
        return float(weight_decay)
    kind = KINDS[len(sample_shape)]
    if kind == "table" and n_labels is not None:
        decay = float(np.clip(200 * sample_shape[0] / n_labels, 0.1, 3.0))
    else:
        decay = 1.0 if kind == "image" else 0.3
    return decay * min(1.0, DEFAULT_LR / lr)


def choose_n_bins(n_bins: int | str, n_rows: int) -> int:
    """Return the number of bins per numeric feature; 'auto' is 48 from 5,000 rows on, else 1."""
    if n_bins == "auto":
        return 48 if n_rows >= MIN_ROWS_FOR_BINS else 1
    return int(n_bins)


def choose_max_shift(max_shift: int | str, sample_shape: Shape) -> int:
    """Return the largest shift of images in training, in pixels; 0 for tables and sequences.

    Raises
    ------
    ValueError
        If the shorter side of the images is not larger than the shift.
    """
    is_image = KINDS[len(sample_shape)] == "image"
    if not is_image or max_shift == "auto":
        return min(sample_shape[1:]) // PIXELS_PER_SHIFT if is_image else 0
    if int(max_shift) >= min(sample_shape[1:]):
        raise ValueError(
            f"max_shift must be less than the shorter side of an image, {min(sample_shape[1:])}; "
            f"found {max_shift}."
        )
    return int(max_shift)
