"""The steps of fit: parameters and data to rows, network, loss and training net."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator, clone
from torch.nn.utils import convert_conv2d_weight_memory_format

from ._assembly import build_loss, build_network, choose_parts
from ._features import bin_edges, check_features, input_statistics
from ._net_data import row_weights, to_data_split
from ._rows import LabelledRows, read_labels, split_rows
from ._table import count_codes
from ._task_labels import TaskLabelEncoder
from ._training import (
    DataSplit,
    MultiTaskNet,
    count_batches,
    lr_groups,
    reproducible_torch,
    training_callbacks,
)
from .losses import MultiTaskLoss
from .nn import InputScaler, MemberNetworks, Network, RandomShift, TableInput

MIN_ROWS_TO_STOP_EARLY = 1000
DEFAULT_LR = 2e-3
PIXELS_A_SHIFT = 32  # of the shorter side of an image
MIN_ROWS_FOR_BINS = 5000


def read_rows(
    estimator: BaseEstimator,
    X: Any,
    y: Any,
    sample_weight: Any,
    *,
    reset: bool,
    classes: Any = None,
) -> LabelledRows:
    """Check X, y and weights; with ``reset`` learn features and labels from them.

    Rows from which nothing can be learned (no weight, or no label and no decoder) are left out.
    """
    features = check_features(estimator, X, reset=reset)
    columns, weights = read_labels(
        type(estimator).__name__, features, y, sample_weight, estimator.missing_label
    )
    if reset:
        encoder = TaskLabelEncoder()
        estimator.task_label_encoder_ = (
            encoder.fit(columns) if classes is None else encoder.fit_classes(classes, columns)
        )
    elif classes is not None:
        estimator.task_label_encoder_.check_classes(classes, columns)
    codes = estimator.task_label_encoder_.transform(columns)
    rows = LabelledRows(features, codes, weights).without_weightless()
    specs = choose_parts(estimator.get_params(deep=False), rows.features.ndim - 1)
    return rows.without_unlabelled() if specs.decoder is None else rows


def split_validation(
    estimator: BaseEstimator,
    rows: LabelledRows,
    *,
    X_val: Any,
    y_val: Any,
    sample_weight_val: Any,
    random_state: np.random.RandomState,
) -> tuple[LabelledRows, LabelledRows | None]:
    """Return training and validation rows: those passed, or a share of the training rows."""
    if (X_val is None) != (y_val is None):
        missing = "X_val" if X_val is None else "y_val"
        raise ValueError(f"X_val and y_val must be passed together; {missing} is missing.")
    if X_val is not None:
        train, valid = rows, _read_validation_rows(estimator, X_val, y_val, sample_weight_val)
    elif _stops_early(estimator, rows):
        train, valid = split_rows(rows, estimator.validation_fraction, random_state)
    else:
        return rows, None
    if not (valid.codes >= 0).any():
        raise ValueError(
            "The validation rows have no known label; early stopping needs at least one."
        )
    return train, valid


def _read_validation_rows(estimator: BaseEstimator, X: Any, y: Any, weights: Any) -> LabelledRows:
    try:
        return read_rows(estimator, X, y, weights, reset=False)
    except ValueError as error:
        error.add_note("This was of the validation rows: X_val, y_val or sample_weight_val.")
        raise


def _stops_early(estimator: BaseEstimator, rows: LabelledRows) -> bool:
    if estimator.early_stopping == "auto":
        return len(rows.codes) >= MIN_ROWS_TO_STOP_EARLY
    return bool(estimator.early_stopping)


def train_net(
    estimator: BaseEstimator,
    train: LabelledRows,
    valid: LabelledRows | None,
    *,
    seed: int,
    previous: MultiTaskNet | None,
    epoch_reports: Sequence[tuple[str, Any]] = (),
) -> tuple[MultiTaskNet, DataSplit]:
    """Train a new network, or go on with a copy of the previous one; also return its data."""
    stops_early = valid is not None and bool(estimator.early_stopping)
    with reproducible_torch(seed, find_device(estimator.device)):
        if previous is None:
            network = new_network(estimator, train)
        else:
            network = copy.deepcopy(previous.module_)
            network.aggregator.task_matrix.reset()
        net = new_net(
            estimator,
            network,
            n_rows=len(train.codes),
            weight_decay=find_weight_decay(estimator, train.features.shape[1:], len(train.codes)),
            max_epochs=estimator.max_epochs,
            lr_schedule=estimator.lr_schedule,
            n_iter_no_change=estimator.n_iter_no_change if stops_early else None,
            seed=seed,
            epoch_reports=epoch_reports,
        )
        if previous is not None:
            continue_training(net, previous)
        split = to_data_split(estimator, net, train, valid)
        net.partial_fit(split)
    return net, split


def new_network(estimator: BaseEstimator, rows: LabelledRows) -> Network:
    """Build the network, its first layer set from the rows."""
    sample_shape = rows.features.shape[1:]
    n_classes = [len(classes) for classes in estimator.task_label_encoder_.classes_]
    specs = choose_parts(estimator.get_params(deep=False), len(sample_shape))
    scaler = new_scaler(estimator, rows)
    networks = [
        build_network(specs, estimator.sharing, sample_shape, n_classes, scaler)
        for _ in range(estimator.n_members)
    ]
    network = networks[0] if len(networks) == 1 else MemberNetworks(networks)
    network = network.to(getattr(torch, estimator.dtype))
    # in this layout they are faster, on CPUs too
    return convert_conv2d_weight_memory_format(network, torch.channels_last)


def new_scaler(estimator: BaseEstimator, rows: LabelledRows) -> InputScaler | TableInput:
    """Build the first layer: scaling alone, or with what images or tables need."""
    features = rows.features
    mean, scale = input_statistics(features, row_weights(rows))
    scaler = InputScaler(torch.from_numpy(mean), torch.from_numpy(scale))
    max_shift = find_max_shift(estimator, features.shape[1:])
    if max_shift:
        return RandomShift(scaler.mean, scaler.scale, max_shift)
    n_bins = estimator.n_bins if estimator.n_bins != "auto" else auto_n_bins(len(features))
    has_own_kinds = estimator.is_categorical_ is not None or estimator.handle_missing != "error"
    if features.ndim != 2 or (n_bins == 1 and not has_own_kinds):
        return scaler
    n_codes = count_codes(estimator, features.shape[1])
    is_number = torch.tensor(n_codes) == 0
    edges = torch.from_numpy(bin_edges(features, mean, n_bins))
    return TableInput(
        InputScaler(scaler.mean[is_number], scaler.scale[is_number]),
        edges[is_number],
        n_codes,
        has_missing=[bool(np.isnan(column).any()) for column in features.T],
    )


def new_net(
    estimator: BaseEstimator,
    network: Network,
    *,
    n_rows: int,
    weight_decay: float,
    max_epochs: int,
    lr_schedule: str | None,
    n_iter_no_change: int | None,
    seed: int,
    epoch_reports: Sequence[tuple[str, Any]] = (),
) -> MultiTaskNet:
    """Build the skorch net that trains the network, not yet trained.

    The first of ``epoch_reports`` hears of an epoch before all callbacks, since they may end the
    training; the others after them.
    """
    batch_size = estimator.batch_size
    if batch_size == "auto":
        batch_size = auto_batch_size(n_rows)
    callbacks = training_callbacks(
        lr_schedule=lr_schedule,
        max_lr=estimator.lr,
        n_steps=max_epochs * count_batches(n_rows, batch_size),
        n_iter_no_change=n_iter_no_change,
        verbose=estimator.verbose,
    ) + _clone_callbacks(estimator.callbacks)
    net = MultiTaskNet(
        network,
        task_names=estimator.task_label_encoder_.task_names_,
        shuffle_seed=seed,
        criterion=_new_loss(estimator, network),
        optimizer=torch.optim.AdamW,
        optimizer__weight_decay=weight_decay,
        optimizer__fused=True,
        optimizer__param_groups=[
            ("scaler.*", {"weight_decay": 0.0}),
            ("weighting.*", {"weight_decay": 0.0}),
            *lr_groups(network, estimator.lr),
        ],
        lr=estimator.lr,
        max_epochs=max_epochs,
        batch_size=batch_size,
        train_split=None,
        device=str(find_device(estimator.device)),
        callbacks=[*epoch_reports[:1], *callbacks, *epoch_reports[1:]],
        verbose=int(estimator.verbose > 1),
    )
    return net.initialize()


def next_net(
    estimator: BaseEstimator, previous: MultiTaskNet | None, rows: LabelledRows, seed: int
) -> MultiTaskNet:
    """Build the net that takes one pass over a piece of the data, at a constant learning rate.

    It goes on with a copy of the previous network, its optimizer's moments and its history. With
    a loss weighting of another kind, the optimizer begins anew.
    """
    network = new_network(estimator, rows) if previous is None else copy.deepcopy(previous.module_)
    network.aggregator.task_matrix.reset()
    net = new_net(
        estimator,
        network,
        n_rows=len(rows.codes),
        weight_decay=find_weight_decay(estimator, rows.features.shape[1:], None),
        max_epochs=1,
        lr_schedule=None,
        n_iter_no_change=None,
        seed=seed,
    )
    if previous is not None and continue_training(net, previous):
        moments = copy.deepcopy(previous.optimizer_.state_dict()["state"])
        groups = net.optimizer_.state_dict()["param_groups"]
        net.optimizer_.load_state_dict({"state": moments, "param_groups": groups})
    return net


def continue_training(net: MultiTaskNet, previous: MultiTaskNet) -> bool:
    """Take over the history and what the loss weighting learned.

    Returns
    -------
    is_like : bool
        Whether the loss weightings are of one kind; another kind begins anew.
    """
    net.history.extend(previous.history)
    weighting, learned = net.criterion_.weighting, previous.criterion_.weighting.state_dict()
    is_like = weighting.state_dict().keys() == learned.keys()
    if is_like:
        weighting.load_state_dict(learned)
    return is_like


def find_device(device: str | torch.device) -> torch.device:
    """Return the device; 'auto' is CUDA where there is one, else the CPU.

    Raises
    ------
    ValueError
        If there is no such device.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        found = torch.device(device)
    except RuntimeError as error:
        raise ValueError(
            f"device must be 'auto' or a device of torch; found {device!r}."
        ) from error
    if found.type == "cuda" and not torch.cuda.is_available():
        raise ValueError(f"device={device!r} needs CUDA, and torch finds no CUDA device.")
    return found


def find_max_shift(estimator: BaseEstimator, sample_shape: tuple[int, ...]) -> int:
    """Return the most pixels that images move while training; 0 for tables and sequences.

    Raises
    ------
    ValueError
        If images are not larger than that.
    """
    is_image = len(sample_shape) == 3
    if not is_image or estimator.max_shift == "auto":
        return min(sample_shape[1:]) // PIXELS_A_SHIFT if is_image else 0
    if estimator.max_shift >= min(sample_shape[1:]):
        raise ValueError(
            f"max_shift must be less than the shorter side of an image, {min(sample_shape[1:])}; "
            f"found {estimator.max_shift}."
        )
    return int(estimator.max_shift)


def auto_batch_size(n_rows: int) -> int:
    """Return about half the square root of the number of rows, between 16 and 256."""
    return int(np.clip(8 * round(math.sqrt(n_rows) / 16), 16, 256))


def find_weight_decay(
    estimator: BaseEstimator, sample_shape: tuple[int, ...], n_rows: int | None
) -> float:
    """Return the weight decay; 'auto' is more for a table with fewer rows a feature.

    AdamW multiplies it by the learning rate; at one above the default, 'auto' is so much less that
    a step shrinks the parameters no more. ``n_rows`` is None where the rows come in pieces.
    """
    if estimator.weight_decay != "auto":
        return float(estimator.weight_decay)
    if len(sample_shape) == 1 and n_rows is not None:
        decay = float(np.clip(200 * sample_shape[0] / n_rows, 0.1, 3.0))
    else:
        decay = 1.0 if len(sample_shape) == 3 else 0.3
    return decay * min(1.0, DEFAULT_LR / estimator.lr)


def auto_n_bins(n_rows: int) -> int:
    """Return 48 bins of each number where the rows are many, else 1."""
    return 48 if n_rows >= MIN_ROWS_FOR_BINS else 1


def _new_loss(estimator: BaseEstimator, network: Network) -> MultiTaskLoss:
    loss = build_loss(
        estimator.losses,
        estimator.loss_weights,
        estimator.task_label_encoder_.task_names_,
        network.class_mask,
        label_smoothing=estimator.label_smoothing,
        branch_loss_weight=estimator.branch_loss_weight,
        reconstruction_weight=estimator.reconstruction_weight,
    )
    return loss.to(getattr(torch, estimator.dtype))


def _clone_callbacks(callbacks: Any) -> list[Any]:
    """Copy the user's callbacks, which training changes."""
    return [
        (entry[0], clone(entry[1], safe=False))
        if isinstance(entry, tuple)
        else clone(entry, safe=False)
        for entry in callbacks or []
    ]


def draw_seed(random_state: np.random.RandomState, previous: MultiTaskNet | None) -> int:
    """Draw a seed; a training that goes on has other dropout masks than the one before."""
    n_epochs = 0 if previous is None else len(previous.history)
    return (random_state.randint(np.iinfo(np.int32).max) + n_epochs) % 2**31


@contextmanager
def unchanged_on_error(estimator: BaseEstimator) -> Iterator[None]:
    """Leave the estimator's attributes as they were if the block fails."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise
