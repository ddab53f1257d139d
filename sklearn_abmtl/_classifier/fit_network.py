"""What fit learns from checked rows: the network, then how known labels speak for other tasks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from .._data.rows import LabelledRows
from .._data.warn_caller import warn_caller
from .._training import (
    Checkpoint,
    Importances,
    MultiTaskNet,
    TaskData,
    draw_task_rows,
    feature_importances,
    is_fitted_repeatedly,
    is_in_group,
    kept_epoch,
    reproducible_torch,
)
from .._training.data.label_weighting import to_stream_data
from .clones import unmark
from .fingerprint import held_checkpoint
from .fitting import (
    check_is_trainable,
    common_random_state,
    draw_seed,
    find_device,
    next_net,
    train_net,
)
from .task_weights import check_folds, learn_task_weights
from .validation_rows import split_validation


def fit_network(
    estimator: Any,
    rows: LabelledRows,
    validation: dict[str, Any],
    *,
    previous: MultiTaskNet | None,
    epoch_reports: Sequence[tuple[str, Any]],
) -> None:
    """Train a net on the rows and keep it.

    ``validation`` has the arguments of ``fit`` for rows of their own.
    """
    check_is_trainable(rows)
    random_state = common_random_state(estimator)
    parts = split_validation(estimator, rows, **validation, random_state=random_state)
    check_folds(estimator, parts[0], previous)
    seed = draw_seed(random_state, previous)
    with held_checkpoint(estimator) as checkpoint:
        net, split = train_net(
            estimator,
            *parts,
            seed=seed,
            previous=previous,
            epoch_reports=epoch_reports,
            checkpoint=checkpoint,
            keeps_interrupted=keeps_interrupted(estimator),
        )
        learn_task_weights(estimator, net, split, parts, seed)
        if net.is_interrupted:
            _warn_of_interrupt(net, is_due=parts[1] is not None)
        keep_net(estimator, net, split.train, seed)
        remove_checkpoint(checkpoint, net)


def _warn_of_interrupt(net: MultiTaskNet, *, is_due: bool) -> None:
    """Warn of an interrupt; ``is_due``: whether validation rows would give task weights."""
    aggregator = net.module_.aggregator
    is_left_out = (is_due or aggregator.cv is not None) and not aggregator.task_matrix.is_learned
    without = ", without task weights" if is_left_out else ""
    warn_caller(
        f"Training was interrupted; the network is that of epoch {kept_epoch(net)}{without}."
    )


def fit_piece(
    estimator: Any, rows: LabelledRows, *, previous: MultiTaskNet | None
) -> tuple[MultiTaskNet, TaskData, int]:
    """Return the net after one pass over a piece of the data, its rows, and the seed."""
    check_is_trainable(rows)
    seed = draw_seed(common_random_state(estimator), previous)
    with reproducible_torch(seed, find_device(estimator.device)):
        net = next_net(estimator, previous, rows, seed)
        split = to_stream_data(estimator, net, rows)
        net.partial_fit(split)
    return net, split.train, seed


def keeps_interrupted(estimator: Any) -> bool:
    """Return whether an interrupt keeps what was learned: never where fits follow each other.

    Processes that train together would not end with the same epoch.
    """
    is_asked = estimator.on_interrupt == "keep_best"
    return is_asked and not is_in_group() and not is_fitted_repeatedly()


def keep_net(estimator: Any, net: MultiTaskNet, data: TaskData, seed: int) -> None:
    """Keep a trained net, ready to predict, and what its rows tell of features of a table."""
    net.module_.eval()
    estimator._feature_importances = None
    sample_shape = tuple(data.features.shape[1:])
    if estimator.sample_shape_ == sample_shape == (estimator.n_features_in_,):
        drawn = draw_task_rows(net.module_, data, seed)
        estimator._feature_importances = Importances(
            partial(feature_importances, net.module_, net.criterion_, drawn)
        )
    estimator.net_ = net
    unmark(estimator)


def remove_checkpoint(checkpoint: Checkpoint | None, net: MultiTaskNet) -> None:
    """Remove the file of a training that is at its end; what was interrupted may go on."""
    if checkpoint is not None and not net.is_interrupted and net.ranks.rank == 0:
        checkpoint.remove()
    net.ranks.wait()  # else another process could find the file in a second fit
