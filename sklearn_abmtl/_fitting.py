"""The steps of fit: parameters and data to rows, network, loss and training net."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from ._assembly import build_loss, choose_parts
from ._batch_memory import check_batch
from ._estimator_input import read_again, read_features
from ._features import check_stored
from ._fingerprint import equal_in_ranks, fingerprint
from ._frames import warn_of_labels_in_features, warn_of_order
from ._label_weights import check_sample_weight
from ._memory import check_network, check_processes
from ._net_data import to_data_split
from ._network_plan import NetworkPlan, plan_network
from ._rows import LabelledRows, read_labels
from ._same_network import check_same_network
from ._task_labels import TaskLabelEncoder
from ._training import (
    ALONE,
    Checkpoint,
    DataSplit,
    MultiTaskNet,
    OneProcess,
    choose_forward,
    clone_callbacks,
    count_batches,
    current_ranks,
    explained_workers,
    own_device,
    parameter_groups,
    reproducible_torch,
    training_callbacks,
    with_compiler,
)
from ._warn_caller import warn_caller
from .losses import MultiTaskLoss
from .nn import Network

DEFAULT_LR = 2e-3
LOSS_OPTIONS = (
    "losses",
    "loss_weights",
    "label_smoothing",
    "branch_loss_weight",
    "reconstruction_weight",
)


def read_rows(
    estimator: BaseEstimator,
    X: Any,
    y: Any,
    sample_weight: Any,
    *,
    reset: bool,
    classes: Any = None,
    suffix: str = "",
) -> LabelledRows:
    """Check X, y and weights; with ``reset`` learn features and labels from them.

    Rows from which nothing can be learned (no weight, or no label and no decoder) are left out.
    The suffix ends the names of the arguments in errors and warnings.
    """
    check_processes(1, estimator.n_workers)
    features = read_features(estimator, X, reset=reset)
    if not reset:  # else the reader has done it
        check_stored(features)
    columns = read_labels(type(estimator).__name__, features, y, estimator.missing_label, suffix)
    if not reset:
        columns = estimator.task_label_encoder_.arrange(columns)
    weight_name = f"sample_weight{suffix}"
    weights = check_sample_weight(sample_weight, len(features), columns.names, weight_name)
    columns = columns.only_where(weights > 0)  # a label of weight 0 counts as missing
    is_weighted = weights.any(axis=1)
    if reset and not is_weighted.all():
        features = read_again(estimator, X, features, np.flatnonzero(is_weighted))
    warn_of_order({f"X{suffix}": X, f"y{suffix}": y, weight_name: sample_weight})
    if reset:
        estimator._missing_label = estimator.missing_label
        warn_of_labels_in_features(X, y, columns.names)
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


def check_is_trainable(rows: LabelledRows) -> None:
    """Raise a ValueError if no row is left; a classifier that goes on needs no label of a task."""
    if not len(rows.codes):
        raise ValueError("y has no known label, so there is nothing to learn from.")


def train_net(
    estimator: BaseEstimator,
    train: LabelledRows,
    valid: LabelledRows | None,
    *,
    seed: int,
    previous: MultiTaskNet | None,
    epoch_reports: Sequence[tuple[str, Any]] = (),
    checkpoint: Checkpoint | None = None,
    keeps_interrupted: bool = False,
) -> tuple[MultiTaskNet, DataSplit]:
    """Train a new network, or go on with a copy of the previous one; also return its data.

    A checkpoint of the same training, if there is one, tells where to go on.
    """
    stops_early = valid is not None and bool(estimator.early_stopping)
    sample_shape = train.features.shape[1:]
    ranks, device = current_ranks(), find_device(estimator.device)
    with reproducible_torch(seed, device):
        plan, network = next_network(estimator, previous, train, train.labels_per_task)
        net = new_net(
            estimator,
            plan,
            network,
            n_rows=len(train.codes),
            weight_decay=find_weight_decay(estimator, sample_shape, train.labels_per_task),
            max_epochs=estimator.max_epochs,
            lr_schedule=estimator.lr_schedule,
            n_iter_no_change=estimator.n_iter_no_change if stops_early else None,
            seed=seed,
            epoch_reports=epoch_reports,
            checkpoint=checkpoint,
            ranks=ranks,
            keeps_interrupted=keeps_interrupted,
        )
        net.run_network = with_compiler(net.run_network, estimator.compile, device)
        if previous is not None:
            continue_training(net, previous)
        split = to_data_split(estimator, net, train, valid)
        tell = cache(partial(fingerprint, estimator, net, train, valid, seed))
        if checkpoint is not None:
            checkpoint.begin(net, split, tell())
        ranks.check_equal(lambda: equal_in_ranks(tell()) | {"epochs": str(net.resumed.n_epochs)})
        ranks.reseed(seed + net.resumed.n_epochs, device)
        net.partial_fit(split)
    return net, split


def next_network(
    estimator: BaseEstimator,
    previous: MultiTaskNet | None,
    rows: LabelledRows,
    n_labels: float | None,
) -> tuple[NetworkPlan, Network]:
    """Build a network, its first layer set from the rows, or copy the previous one.

    ``n_labels`` is the mean number of labels a task, None where the rows come in pieces.
    """
    device = find_device(estimator.device)
    if previous is None:
        plan = plan_network(estimator, rows, n_labels)
        check_network(plan, device)
        _check_batches(estimator, plan, len(rows.codes), device)
        return plan, plan.build(plan.fitted_scaler(rows))
    check_same_network(estimator, previous.plan)
    _check_batches(estimator, previous.plan, len(rows.codes), device)
    network = copy.deepcopy(previous.module_)
    network.aggregator.task_matrix.reset()
    return previous.plan, network


def _check_batches(
    estimator: BaseEstimator, plan: NetworkPlan, n_rows: int, device: torch.device
) -> None:
    """Raise a ValueError if the batches of this process take more memory than there is."""
    size, is_cpu = estimator.batch_size, device.type == "cpu"
    n_rows = auto_batch_size(n_rows) if size == "auto" else min(n_rows, int(size))
    is_rounded = estimator.precision == "bfloat16" or (estimator.precision == "auto" and not is_cpu)
    check_batch(
        plan,
        -(-n_rows // current_ranks().n_ranks),
        size,
        device,
        is_exact=not is_rounded and not estimator.compile,
    )


def new_net(
    estimator: Any,
    plan: NetworkPlan,
    network: Network,
    *,
    n_rows: int,
    weight_decay: float,
    max_epochs: int,
    lr_schedule: str | None,
    n_iter_no_change: int | None,
    seed: int,
    epoch_reports: Sequence[tuple[str, Any]] = (),
    checkpoint: Checkpoint | None = None,
    ranks: OneProcess = ALONE,
    keeps_interrupted: bool = False,
) -> MultiTaskNet:
    """Build the skorch net that trains the network, not yet trained.

    The first of ``epoch_reports`` hears of an epoch before all callbacks, since they may end the
    training; the others after them, and the checkpoint last. The first of several processes alone
    prints and writes.
    """
    batch_size = estimator.batch_size
    if batch_size == "auto":
        batch_size = auto_batch_size(n_rows)
    n_batches = count_batches(n_rows, batch_size)
    ranks.check_batches(n_rows // n_batches)
    verbose = 0 if ranks.rank else estimator.verbose
    callbacks = training_callbacks(
        lr_schedule=lr_schedule,
        max_lr=estimator.lr,
        n_steps=int(max_epochs * n_batches),  # torch takes none of NumPy's
        n_iter_no_change=n_iter_no_change,
        verbose=verbose,
    ) + clone_callbacks(estimator.callbacks)
    device = find_device(estimator.device)
    last = [] if checkpoint is None or ranks.rank else [("abmtl_checkpoint", checkpoint)]
    net = MultiTaskNet(
        network,
        task_names=estimator.task_label_encoder_.task_names_,
        shuffle_seed=seed,
        run_network=choose_forward(estimator.precision, estimator.dtype, device),
        ranks=ranks,
        keeps_interrupted=keeps_interrupted,
        criterion=_new_loss(estimator, network, ranks),
        optimizer=torch.optim.AdamW,
        optimizer__weight_decay=weight_decay,
        optimizer__fused=True,
        optimizer__param_groups=parameter_groups(network, estimator.lr, plan.sample_shape),
        lr=estimator.lr,
        max_epochs=max_epochs,
        batch_size=batch_size,
        train_split=None,
        device=str(device),
        callbacks=[*epoch_reports[:1], *callbacks, *epoch_reports[1:], *last],
        verbose=int(verbose > 1),
    )
    net.plan = plan
    net.loss_options = {name: copy.copy(getattr(estimator, name)) for name in LOSS_OPTIONS}
    return net.initialize()


def next_net(
    estimator: BaseEstimator, previous: MultiTaskNet | None, rows: LabelledRows, seed: int
) -> MultiTaskNet:
    """Build the net that takes one pass over a piece of the data, at a constant learning rate.

    It goes on with a copy of the previous network, its optimizer's moments and its history. With
    a loss weighting of another kind, or of a net that was loaded without moments, the optimizer
    begins anew.
    """
    plan, network = next_network(estimator, previous, rows, n_labels=None)
    net = new_net(
        estimator,
        plan,
        network,
        n_rows=len(rows.codes),
        weight_decay=find_weight_decay(estimator, rows.features.shape[1:], None),
        max_epochs=1,
        lr_schedule=None,
        n_iter_no_change=None,
        seed=seed,
        ranks=current_ranks(),
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
        If there is no such device, or torch cannot use it here.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        found = own_device(torch.device(device))
    except RuntimeError as error:
        raise ValueError(
            f"device must be 'auto' or a device of torch; found {device!r}."
        ) from error
    if found.type == "cuda" and not torch.cuda.is_available():
        raise ValueError(f"device={device!r} needs CUDA, and torch finds no CUDA device.")
    try:
        torch.zeros(1, device=found).item()
    except (AssertionError, RuntimeError) as error:  # as the backend chooses
        raise ValueError(f"device={device!r} cannot be used here: {error}") from error
    return found


def find_saved_device(device: str | torch.device) -> torch.device:
    """Return the device of a net that is loaded: the CPU, with a warning, where there is none."""
    try:
        return find_device(device)
    except ValueError as error:
        warn_caller(f"The network is loaded onto the CPU: {error}")
        return torch.device("cpu")


def auto_batch_size(n_rows: int) -> int:
    """Return about half the square root of the number of rows, between 16 and 256."""
    return int(np.clip(8 * round(math.sqrt(n_rows) / 16), 16, 256))


def find_weight_decay(
    estimator: BaseEstimator, sample_shape: tuple[int, ...], n_labels: float | None
) -> float:
    """Return the weight decay; 'auto' is more for a table with fewer labels a feature.

    AdamW multiplies it by the learning rate; at one above the default, 'auto' is so much less that
    a step shrinks the parameters no more. ``n_labels`` is the mean number of labels a task, None
    where the rows come in pieces.
    """
    if estimator.weight_decay != "auto":
        return float(estimator.weight_decay)
    if len(sample_shape) == 1 and n_labels is not None:
        decay = float(np.clip(200 * sample_shape[0] / n_labels, 0.1, 3.0))
    else:
        decay = 1.0 if len(sample_shape) == 3 else 0.3
    return decay * min(1.0, DEFAULT_LR / estimator.lr)


def _new_loss(estimator: BaseEstimator, network: Network, ranks: OneProcess) -> MultiTaskLoss:
    loss = build_loss(
        estimator.losses,
        estimator.loss_weights,
        estimator.task_label_encoder_.task_names_,
        network.class_mask,
        label_smoothing=estimator.label_smoothing,
        branch_loss_weight=estimator.branch_loss_weight,
        reconstruction_weight=estimator.reconstruction_weight,
    )
    ranks.join_losses(loss)
    return loss.to(getattr(torch, estimator.dtype))


def common_random_state(estimator: Any) -> np.random.RandomState:
    """Return the random state of the estimator, that of the first where processes fit together."""
    return current_ranks().of_first(check_random_state(estimator.random_state))


def draw_seed(random_state: np.random.RandomState, previous: MultiTaskNet | None) -> int:
    """Draw a seed; a training that goes on has other dropout masks than the one before."""
    n_epochs = 0 if previous is None else len(previous.history)
    return (random_state.randint(np.iinfo(np.int32).max) + n_epochs) % 2**31


@contextmanager
def unchanged_on_error(estimator: BaseEstimator) -> Iterator[None]:
    """Leave the estimator and its random state as they were if the block fails."""
    before, source = dict(vars(estimator)), estimator.random_state
    drawn = source.get_state() if isinstance(source, np.random.RandomState) else None
    try:
        with explained_workers():
            yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        if drawn is not None:
            source.set_state(drawn)
        raise
