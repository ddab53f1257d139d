"""The training loop: a skorch net that learns several tasks from tensors on the device."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, NamedTuple, Self

import numpy as np
import torch
from skorch import NeuralNet
from skorch.callbacks import EpochTimer
from torch import Tensor

from ..data.batches import Batches, DataSplit, TaskData
from ..execution.precision import Forward, in_full
from ..execution.threads import enough_threads
from ..loss_plan import LossPlan
from ..network_plan import NetworkPlan
from ..processes.ranks import ALONE, OneProcess
from .callbacks import best_epoch, check_monitored
from .failures import check_finite, explained_memory
from .history_rows import types_of_row
from .interrupts import InterruptLog, StopTraining, logged_interrupts


class Resumed(NamedTuple):
    """The finished part of a training that is resumed.

    Attributes
    ----------
    n_epochs : int
        Number of epochs at the end of the history that belong to this training.
    best_parameters : dict of str to Tensor
        The network of the best of these epochs; empty without early stopping.
    """

    n_epochs: int = 0
    best_parameters: dict[str, Tensor] = {}  # noqa: RUF012 (never changed)


class MultiTaskNet(NeuralNet):
    """A skorch net whose batches are slices and whose losses are read once per epoch.

    ``partial_fit`` takes a :class:`DataSplit`. History rows hold ``train_loss`` and ``valid_loss``
    (the mean over tasks; a constant classifier has the loss 1). For each task they hold
    ``<prefix>_loss_<task>`` and ``<prefix>_accuracy_<task>`` (NaN if no label is known). If the
    loss weighting changes the weights, they also hold ``loss_weight_<task>``, the weight in the
    last step. After the training, ``best`` is True for the epoch whose network early stopping kept.

    Parameters
    ----------
    module : ABMTLNetwork or MemberNetworks
    plan : NetworkPlan
        What the network was built from.
    loss_plan : LossPlan
        What the criterion was built from.
    shuffle_seed : int
        Seed of the order of the batches.
    run_network : callable
        Returns the output of the network for the features of a batch, during training.
    ranks : OneProcess, default=ALONE
        The processes that train the network together.
    keeps_interrupted : bool, default=False
        Whether the last full epoch, or the best epoch, is kept if the user interrupts the training.
        Otherwise ``partial_fit`` raises the KeyboardInterrupt.
    **kwargs : dict
        Parameters of ``skorch.NeuralNet``.

    Attributes
    ----------
    resumed : Resumed
        The finished part of the training, if it is resumed.
    is_interrupted : bool
        Whether the user, and not a callback, ended the training.
    """

    resumed = Resumed()
    is_interrupted = False
    _interrupts: InterruptLog | None = None

    def __init__(
        self,
        module: torch.nn.Module,
        *,
        plan: NetworkPlan,
        loss_plan: LossPlan,
        shuffle_seed: int,
        run_network: Forward = in_full,
        ranks: OneProcess = ALONE,
        keeps_interrupted: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(module, **kwargs)
        self.plan = plan
        self.loss_plan = loss_plan
        self.shuffle_seed = shuffle_seed
        self.run_network = run_network
        self.ranks = ranks
        self.keeps_interrupted = keeps_interrupted

    def __getstate__(self) -> dict[str, Any]:
        """Leave out ``module`` and ``criterion``, which ``module_`` and ``criterion_`` repeat."""
        return super().__getstate__() | {"module": None, "criterion": None}

    def snapshot(self) -> Self:
        """Return a copy for prediction, which further training of the net does not change."""
        copied = copy.copy(self)  # uses __getstate__ and copies modules
        copied.history_ = copy.copy(self.history_)
        copied.callbacks, copied.callbacks_ = [], []
        copied.module_.eval()
        return copied

    @property
    def task_names(self) -> list[str]:
        """Names of the tasks."""
        return self.loss_plan.labels.task_names_

    @property
    def _default_callbacks(self) -> list[tuple[str, Any]]:
        return [("epoch_timer", EpochTimer())]

    def get_split_datasets(self, X: DataSplit, y: None = None, **fit_params: Any) -> DataSplit:
        """Return the split unchanged."""
        return X

    def get_iterator(self, dataset: TaskData, training: bool = False) -> Batches:
        """Return batches, shuffled for training."""
        generator = None
        if training:
            n_earlier = len(self.history) - self.resumed.n_epochs
            # another order than in an earlier training of the same net
            generator = torch.Generator().manual_seed(self.shuffle_seed + n_earlier)
        batches = Batches(dataset, self.batch_size, generator, self.ranks)
        if training:
            batches.skip(self.resumed.n_epochs)
        return batches

    def partial_fit(self, X: DataSplit, y: None = None, **fit_params: Any) -> Self:
        """Train for ``max_epochs``, minus the epochs already done.

        Raises
        ------
        KeyboardInterrupt
            If the user interrupts the training, unless ``keeps_interrupted`` is set and an epoch is
            full.
        """
        check_monitored(self, types_of_row(self, X))
        n_done = self.resumed.n_epochs
        n_earlier = len(self.history) - n_done
        try:
            super().partial_fit(X, y, epochs=self.max_epochs - n_done, **fit_params)
        except Exception as error:
            if self.is_interrupted:  # a callback looks for an epoch that the interrupt cut off
                raise KeyboardInterrupt from error
            raise
        self.resumed = Resumed()
        if len(self.history) == n_earlier or (self.is_interrupted and not self.keeps_interrupted):
            raise KeyboardInterrupt
        best = best_epoch(self)  # of this training only: an earlier one may have had lower losses
        is_best = [row["epoch"] == best for row in self.history]
        self.history[:] = [  # changed rows are copied: an earlier net shares them
            row if row.get("best") == is_kept else row | {"best": is_kept}
            for row, is_kept in zip(self.history, is_best, strict=True)
        ]
        return self

    def fit_loop(self, X: DataSplit, y: None = None, **fit_params: Any) -> Self:
        """Run the epochs, until a callback or the user ends the training."""
        n_rows = min(self.batch_size, len(X.train.features))
        try:
            with (
                logged_interrupts() as self._interrupts,
                explained_memory(n_rows),
                enough_threads(self.module_, n_rows),
            ):
                return super().fit_loop(X, y, **fit_params)
        except StopTraining:
            return self
        except KeyboardInterrupt:
            self.is_interrupted = True
            raise
        finally:
            self._interrupts = None
            self.ranks.release()

    def notify(self, method_name: str, **cb_kwargs: Any) -> None:
        """Call the callbacks; a KeyboardInterrupt without a signal is a request of a callback."""
        try:
            super().notify(method_name, **cb_kwargs)
        except KeyboardInterrupt as error:
            if self._interrupts is None or self._interrupts.came:
                raise
            raise StopTraining from error

    def train_step(self, batch: TaskData, **fit_params: Any) -> dict[str, Tensor]:
        """Take one step, then call the ``after_step`` of the loss weighting."""
        step = super().train_step(batch, **fit_params)
        self.criterion_.weighting.after_step(lambda: self._objectives(batch))
        return step

    def train_step_single(self, batch: TaskData, **fit_params: Any) -> dict[str, Tensor]:
        """Compute losses and gradients of one batch."""
        step = self._step(batch)
        step["loss"].backward()
        return step

    def validation_step(self, batch: TaskData, **fit_params: Any) -> dict[str, Tensor]:
        """Compute the losses of one batch."""
        with torch.no_grad():
            return self._step(batch)

    def _step(self, batch: TaskData) -> dict[str, Tensor]:
        output = self.run_network(self.ranks.parallel(self.module_), batch.features)
        terms = self.criterion_(
            output.member_logits,
            output.branch_logits,
            batch.codes,
            batch.label_weights,
            output.encoded,
        )
        loss = terms.total
        if output.reconstructions is not None:
            loss = loss + self.criterion_.reconstruction_loss(
                output.scaled, output.reconstructions, batch.row_weights
            )
        hits = output.task_logits.argmax(dim=2) == batch.codes
        n_rows = len(hits) / batch.share
        sums = torch.stack([terms.task_losses * n_rows, hits.sum(0)])  # (2, n_tasks)
        return {"loss": loss, "y_pred": output.task_logits, "sums": sums}

    def _objectives(self, batch: TaskData) -> Tensor:
        output = self.run_network(self.ranks.parallel(self.module_), batch.features)
        _, objectives = self.criterion_.task_losses(
            output.member_logits, output.branch_logits, batch.codes, batch.label_weights
        )
        return objectives

    def run_single_epoch(
        self,
        iterator: Batches | None,
        training: bool,
        prefix: str,
        step_fn: Callable[..., dict[str, Tensor]],
        **fit_params: Any,
    ) -> None:
        """Run one pass over the batches; sums stay on the device until the end of it."""
        if iterator is None:
            return
        self._set_training(training)
        weights = self.criterion_.weighting.fixed_weights
        sums = [weights.new_zeros(2, len(weights))]
        for batch in iterator:
            self.notify("on_batch_begin", batch=batch, training=training)
            step = step_fn(batch, **fit_params)
            sums.append(step["sums"])
            self.notify("on_batch_end", batch=batch, training=training, **step)
        self.history.record(prefix + "_batch_count", len(iterator))
        written = [batch for batch in self.history[-1]["batches"] if batch]
        self.history[-1]["batches"] = written or [{}]  # most callbacks record nothing per batch
        self._record(prefix, self.ranks.total(torch.stack(sums).sum(0)), iterator.data)

    def _record(self, prefix: str, sums: Tensor, data: TaskData) -> None:
        n_labels = (data.codes >= 0).sum(0).cpu().numpy()
        losses, hits = sums.cpu().numpy().astype(np.float64)
        known = n_labels > 0
        check_finite(self, losses, data)
        task_losses = np.where(known, losses / len(data.codes), np.nan)
        accuracies = np.where(known, hits / np.maximum(n_labels, 1), np.nan)
        weights = self.criterion_.weighting.fixed_weights.cpu().numpy()[known]
        mean = np.average(task_losses[known], weights=weights) if known.any() else np.nan
        earlier = [row[f"{prefix}_loss"] for row in self.history[:-1] if f"{prefix}_loss" in row]
        self.history.record(f"{prefix}_loss", float(mean))
        self.history.record(f"{prefix}_loss_best", bool(mean < min(earlier, default=np.inf)))
        # after the others, as a task may be named "best"
        for name, loss, accuracy in zip(self.task_names, task_losses, accuracies, strict=True):
            self.history.record(f"{prefix}_loss_{name}", float(loss))
            self.history.record(f"{prefix}_accuracy_{name}", float(accuracy))

    def on_epoch_end(self, net: NeuralNet, **kwargs: Any) -> None:
        """Record loss weights that change; pass the losses of the epoch to the weighting."""
        super().on_epoch_end(net, **kwargs)
        weighting = self.criterion_.weighting
        if weighting.moves:
            for name, weight in zip(self.task_names, weighting.loss_weights.tolist(), strict=True):
                self.history.record(f"loss_weight_{name}", weight)
        losses = [self.history[-1][f"train_loss_{name}"] for name in self.task_names]
        weighting.after_epoch(weighting.fixed_weights.new_tensor(losses))
