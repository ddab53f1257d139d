"""Trains a network on rows, and then learns task weights and importances."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import check_random_state

from .._data.row_reader import RowReader
from .._data.rows import LabelledRows
from .._data.warn_caller import warn_caller
from .afterwards.importances import Importances, draw_task_rows, feature_importances
from .afterwards.task_weights import check_n_folds, learn_task_weights
from .checkpoint.file import Checkpoint
from .data.batches import TaskData
from .data.validation_rows import split_validation
from .loop.callbacks import kept_epoch
from .loop.interrupts import is_fitted_repeatedly
from .loop.net import MultiTaskNet
from .loss_plan import LossPlan
from .network_plan import NetworkPlan
from .plan import Parameters, TrainingPlan
from .processes.ranks import current_ranks, is_in_group
from .same_network import check_same_network
from .trainer import EpochReports, Trainer


class Learned(NamedTuple):
    """The learned attributes of a classifier.

    Attributes
    ----------
    net : MultiTaskNet
        In evaluation mode.
    importances : Importances or None
        None if samples are not rows of a table.
    """

    net: MultiTaskNet
    importances: Importances | None


def fit_network(
    parameters: Parameters,
    reader: RowReader,
    rows: LabelledRows,
    passed: LabelledRows | None,
    *,
    previous: MultiTaskNet | None,
    checkpoint: Checkpoint | None,
    epoch_reports: EpochReports,
) -> Learned:
    """Train a network, then the weights between tasks.

    Parameters
    ----------
    parameters : dict
        Parameters of the estimator.
    reader : RowReader
        The reader that has read the rows.
    rows : LabelledRows
    passed : LabelledRows or None
        Validation rows of the user. If None, a share of the rows may be used.
    previous : MultiTaskNet or None
        Its training is continued.
    checkpoint : Checkpoint or None
    epoch_reports : list of (str, Callback)
        As in :class:`Trainer`.
    """
    random_state = common_random_state(parameters["random_state"])
    names = reader.labels.task_names_
    train, valid = split_validation(parameters, names, rows, passed, random_state)
    seed = draw_seed(random_state, previous)
    loss_plan = LossPlan.choose(parameters, reader.labels)
    network_plan = choose_network_plan(parameters, reader, train, train.labels_per_task, previous)
    n_folds = getattr(network_plan.specs.aggregator, "cv", None)
    check_n_folds(n_folds, train)
    for_fit = partial(TrainingPlan.for_fit, parameters, seed=seed, is_validated=valid is not None)

    def train_fold(rows: LabelledRows) -> MultiTaskNet:
        plan = NetworkPlan.choose(parameters, reader, rows, rows.labels_per_task)
        trainer = Trainer(plan, loss_plan, for_fit(rows, keeps_interrupted=False))
        return trainer.run(rows, valid).net

    trainer = Trainer(
        network_plan,
        loss_plan,
        for_fit(train, keeps_interrupted=keeps_interrupted(parameters["on_interrupt"])),
        checkpoint=checkpoint,
        epoch_reports=epoch_reports,
    )
    trained = trainer.run(train, valid, previous)
    learn_task_weights(trained, train, valid, seed=seed, train_fold=train_fold)
    if trained.net.is_interrupted:
        _warn_of_interrupt(trained.net, has_held_out_rows=valid is not None or n_folds is not None)
    return learned_from(trained.net, trained.split.train, reader, seed)


def fit_piece(
    parameters: Parameters,
    reader: RowReader,
    rows: LabelledRows,
    *,
    previous: MultiTaskNet | None,
) -> Learned:
    """Train a network on one piece of the data; the parameters are those of ``fit_network``."""
    seed = draw_seed(common_random_state(parameters["random_state"]), previous)
    network_plan = choose_network_plan(parameters, reader, rows, None, previous)
    loss_plan = LossPlan.choose(parameters, reader.labels)
    plan = TrainingPlan.for_piece(parameters, rows, seed=seed)
    trained = Trainer(network_plan, loss_plan, plan).run_piece(rows, previous)
    return learned_from(trained.net, trained.split.train, reader, seed)


def choose_network_plan(
    parameters: Parameters,
    reader: RowReader,
    rows: LabelledRows,
    n_labels: float | None,
    previous: MultiTaskNet | None,
) -> NetworkPlan:
    """Return a plan for the rows, or the plan of the previous net.

    Raises
    ------
    ValueError
        If the parameters differ from those of the previous net.
    """
    if previous is None:
        return NetworkPlan.choose(parameters, reader, rows, n_labels)
    check_same_network(parameters, previous.plan)
    return previous.plan


def learned_from(net: MultiTaskNet, data: TaskData, reader: RowReader, seed: int) -> Learned:
    """Return the net, ready to predict, with the importances of a table's features."""
    net.module_.eval()
    layout = reader.features.layout
    is_table = layout.kind == "table" and layout.sample_shape == layout.network_shape
    if not is_table:
        return Learned(net, None)
    drawn = draw_task_rows(net.module_, data, seed)
    compute = partial(feature_importances, net.module_, net.criterion_, drawn)
    return Learned(net, Importances(compute))


def keeps_interrupted(on_interrupt: str) -> bool:
    """Return whether an interrupt keeps the learned network.

    It never does if several fits follow each other, as in a search, or if several processes train
    together, because these would end with different epochs.
    """
    return on_interrupt == "keep_best" and not is_in_group() and not is_fitted_repeatedly()


def common_random_state(random_state: Any) -> np.random.RandomState:
    """Return the random state of the estimator; in a group, that of the first process."""
    return current_ranks().of_first(check_random_state(random_state))


def draw_seed(random_state: np.random.RandomState, previous: MultiTaskNet | None) -> int:
    """Draw a seed; a continued training has other dropout masks than the one before."""
    n_epochs = 0 if previous is None else len(previous.history)
    return int(random_state.randint(np.iinfo(np.int32).max) + n_epochs) % 2**31


def remove_checkpoint(checkpoint: Checkpoint | None, net: MultiTaskNet) -> None:
    """Remove the file of a training that has ended; an interrupted one may be resumed."""
    if checkpoint is not None and not net.is_interrupted and net.ranks.rank == 0:
        checkpoint.remove()
    net.ranks.wait()  # else a second fit of another process could still find the file


def _warn_of_interrupt(net: MultiTaskNet, *, has_held_out_rows: bool) -> None:
    is_left_out = has_held_out_rows and not net.module_.aggregator.task_matrix.is_learned
    without = ", without task weights" if is_left_out else ""
    warn_caller(
        f"Training was interrupted; the network is that of epoch {kept_epoch(net)}{without}."
    )
