"""Callbacks of the training, and checks of the user's callbacks."""

from __future__ import annotations

import copy
import math
from collections.abc import Collection
from typing import Any

import numpy as np
from skorch import NeuralNet
from skorch.callbacks import (
    BatchScoring,
    Callback,
    EarlyStopping,
    EpochScoring,
    InputShapeSetter,
    PassthroughScoring,
    PrintLog,
)
from torch.optim.lr_scheduler import OneCycleLR, ReduceLROnPlateau

from .progress import line_printer, progress

OWN_PREFIX = "abmtl_"
NO_VALIDATION = " Validation rows are missing: set early_stopping=True, or pass X_val and y_val."
SCORING = (BatchScoring, EpochScoring, PassthroughScoring)
BEST_EPOCH = OWN_PREFIX + "early_stopping"


class ReconstructionAnnealing(Callback):
    """Lower the reconstruction weight to 0 along a cosine over the last third of training."""

    def on_train_begin(self, net: NeuralNet, **kwargs: Any) -> None:
        self.start_ = len(net.history) - net.resumed.n_epochs
        self.weight_ = net.criterion_.reconstruction_weight

    def on_epoch_begin(self, net: NeuralNet, **kwargs: Any) -> None:
        done = (len(net.history) - 1 - self.start_) / net.max_epochs
        phase = max(0.0, 3 * done - 2)  # from 0 to 1 over the last third
        net.criterion_.reconstruction_weight = self.weight_ * (1 + math.cos(math.pi * phase)) / 2

    def on_train_end(self, net: NeuralNet, **kwargs: Any) -> None:
        net.criterion_.reconstruction_weight = self.weight_


class OneCycle(Callback):
    """Raise the learning rate to ``max_lr``, then lower it to almost 0, over ``n_steps`` batches.

    Parameter groups with an ``lr_scale`` have the same cycle, times that factor.

    References
    ----------
    Smith and Topin (2019). Super-convergence: Very Fast Training of Neural Networks Using Large
    Learning Rates. SPIE 11006.
    """

    def __init__(self, max_lr: float, n_steps: int) -> None:
        self.max_lr = max_lr
        self.n_steps = n_steps

    def on_train_begin(self, net: NeuralNet, **kwargs: Any) -> None:
        groups = net.optimizer_.param_groups
        peaks = [self.max_lr * group.get("lr_scale", 1.0) for group in groups]
        # one more step, as torch takes one in the constructor
        self.schedule_ = OneCycleLR(net.optimizer_, peaks, total_steps=self.n_steps + 1)
        if net.resumed.n_epochs:
            n_done = self.n_steps * net.resumed.n_epochs // net.max_epochs
            self.schedule_.load_state_dict({"last_epoch": n_done - 1, "_step_count": n_done})
            self.schedule_.step()

    def on_batch_end(self, net: NeuralNet, training: bool = False, **kwargs: Any) -> None:
        if training:
            self.schedule_.step()

    def on_train_end(self, net: NeuralNet, **kwargs: Any) -> None:
        del self.schedule_  # holds the optimizer


class LastEpoch(Callback):
    """Restore the last full epoch if the training ends within an epoch."""

    def on_train_begin(self, net: NeuralNet, **kwargs: Any) -> None:
        self._keep(net)

    def on_epoch_end(self, net: NeuralNet, **kwargs: Any) -> None:
        self._keep(net)

    def on_train_end(self, net: NeuralNet, **kwargs: Any) -> None:
        n_epochs, parameters = self.kept_
        if len(net.history) > n_epochs:
            net.module_.load_state_dict(parameters)
            del net.history[n_epochs:]
        del self.kept_  # the net is pickled

    def _keep(self, net: NeuralNet) -> None:
        # both at once, since an interrupt may come between two statements
        self.kept_ = len(net.history), copy.deepcopy(net.module_.state_dict())


class BestEpoch(EarlyStopping):
    """Stop once the validation loss no longer falls, and restore the best epoch.

    Parameters
    ----------
    n_iter_no_change : int
        Epochs without a better validation loss before training stops.
    """

    def __init__(self, n_iter_no_change: int) -> None:
        super().__init__(patience=n_iter_no_change, threshold=0, load_best=True)
        self.n_iter_no_change = n_iter_no_change

    def on_train_begin(self, net: NeuralNet, **kwargs: Any) -> None:
        super().on_train_begin(net, **kwargs)
        if net.resumed.n_epochs:
            rows = list(net.history)[-net.resumed.n_epochs :]
            losses = [row["valid_loss"] for row in rows]
            best = int(np.argmin(losses))
            self.best_epoch_ = rows[best]["epoch"]
            self.misses_ = len(losses) - 1 - best
            self.dynamic_threshold_ = losses[best]
            self.best_model_weights_ = net.resumed.best_parameters

    def on_train_end(self, net: NeuralNet, **kwargs: Any) -> None:
        if net.history:  # else no epoch is full, and skorch would look for the last one
            super().on_train_end(net, **kwargs)


def best_epoch(net: NeuralNet) -> int | None:
    """Return the epoch whose network early stopping keeps, or None."""
    stopping = dict(net.callbacks_).get(BEST_EPOCH)
    return None if stopping is None else stopping.best_epoch_


def kept_epoch(net: NeuralNet) -> int:
    """Return the epoch whose network is kept: the best with early stopping, else the last."""
    return best_epoch(net) or len(net.history)


def clone_callbacks(callbacks: Any) -> list[Any]:
    """Return copies of the user's callbacks, as training changes them; None turns a named one off.

    The copies share their parameters, such as a writer or a run, with the originals.

    Raises
    ------
    ValueError
        If an entry is not a callback of skorch, cannot work here, or its name is taken.
    """
    copies: list[Any] = []
    taken: set[Any] = {"epoch_timer"}
    for entry in callbacks or []:
        is_named = isinstance(entry, tuple) and len(entry) == 2
        name, callback = entry if is_named else (None, entry)
        is_off = is_named and callback is None
        if not is_off and not isinstance(callback, Callback):
            raise ValueError(
                "callbacks must hold callbacks of skorch, alone or as (name, callback); "
                f"found {entry!r}."
            )
        if name in taken or str(name).startswith(OWN_PREFIX):
            raise ValueError(
                "callbacks must have different names, which do not begin with "
                f"{OWN_PREFIX!r}; {name!r} is taken."
            )
        if not is_off:
            check_works(callback)
        # not ``clone``, which also copies parameters: a writer of TensorBoard cannot be copied
        copied = callback and type(callback)(**callback.get_params(deep=False))
        copies.append((name, copied) if is_named else copied)
        taken |= {name} - {None}
    return copies


def check_works(callback: Callback) -> None:
    """Raise a ValueError if a callback of skorch cannot work with this net."""
    name = type(callback).__name__
    if isinstance(callback, SCORING):
        raise ValueError(
            f"callbacks cannot hold {name}, which scores only one task. history_ has the loss "
            "and the accuracy of every task. For other scores, monitor 'valid_loss' or a key of "
            "history_, or pass set_callbacks(ScoringMonitor(...)) of scikit-learn 1.9."
        )
    if isinstance(callback, InputShapeSetter):
        raise ValueError(f"callbacks cannot hold {name}: the network reads the shape of X itself.")


def check_monitored(net: NeuralNet, keys: Collection[str]) -> None:
    """Raise a ValueError if a callback monitors a key that the history will not have.

    Nothing is checked if there are callbacks from elsewhere, which may record further keys.

    Parameters
    ----------
    net : NeuralNet
    keys : collection of str
        Keys that the net records for an epoch.
    """
    callbacks = [callback for name, callback in net.callbacks_ if not name.startswith(OWN_PREFIX)]
    if not all(type(callback).__module__.startswith("skorch.") for callback in callbacks):
        return
    for callback in callbacks:
        monitor = _monitored(callback)
        if monitor is not None and monitor not in keys and not monitor.startswith("event_"):
            lacks_rows = "valid_loss" not in keys and monitor.startswith("valid_")
            raise ValueError(
                f"callbacks has {type(callback).__name__} with monitor={monitor!r}, which is not a "
                f"key of the history: {sorted(keys)[:20]}.{NO_VALIDATION if lacks_rows else ''}"
            )


def _monitored(callback: Callback) -> str | None:
    """Return the key of the history that a callback reads after each epoch, or None."""
    if getattr(callback, "policy", ReduceLROnPlateau) not in (
        ReduceLROnPlateau,
        ReduceLROnPlateau.__name__,
    ):
        return None  # other schedules of LRScheduler read no key
    monitor = getattr(callback, "monitor", None)
    return monitor if isinstance(monitor, str) else None


def training_callbacks(
    *,
    lr_schedule: str | None,
    max_lr: float,
    n_steps: int,
    n_iter_no_change: int | None,
    verbose: int,
) -> list[tuple[str, Callback]]:
    """Return the callbacks of one training.

    Parameters
    ----------
    lr_schedule : {'one_cycle', None}
    max_lr : float
        Highest learning rate of the schedule.
    n_steps : int
        Number of batches in the whole training.
    n_iter_no_change : int or None
        Epochs without a better validation loss before training stops; the best epoch is restored.
        With None, training has no early stopping.
    verbose : int
        1 shows a progress bar, or some lines in files; 2 prints one line per epoch.
    """
    callbacks: list[tuple[str, Callback]] = [
        ("abmtl_reconstruction_annealing", ReconstructionAnnealing()),
        ("abmtl_last_epoch", LastEpoch()),
    ]
    if lr_schedule == "one_cycle":
        callbacks.append(("abmtl_lr_schedule", OneCycle(max_lr, n_steps)))
    if n_iter_no_change is not None:
        callbacks.append((BEST_EPOCH, BestEpoch(n_iter_no_change)))
    if verbose == 1:
        callbacks.append(("abmtl_progress", progress()))
    elif verbose > 1:
        ignored = ["train_batch_count", "valid_batch_count"]
        callbacks.append(("abmtl_print_log", PrintLog(keys_ignored=ignored, sink=line_printer())))
    return callbacks
