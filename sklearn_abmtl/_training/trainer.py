"""Trains a network according to its plans."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cache, partial
from typing import Any, NamedTuple

import torch
from skorch.callbacks import Callback

from .._data.rows import LabelledRows
from ..losses import MultiTaskLoss
from ..nn import Network
from .batch_memory import check_batch
from .checkpoint.file import Checkpoint
from .checkpoint.fingerprint import equal_in_ranks, fingerprint
from .data.batches import DataSplit, count_batches
from .data.label_weighting import to_data_split, to_piece_data
from .execution.compiled import with_compiler
from .execution.precision import Forward, in_full
from .execution.random import reproducible_torch
from .loop.callbacks import clone_callbacks, training_callbacks
from .loop.net import MultiTaskNet
from .loop.parameter_groups import parameter_groups
from .loss_plan import LossPlan
from .memory import check_network
from .network_plan import NetworkPlan
from .plan import TrainingPlan
from .processes.ranks import ALONE, OneProcess, current_ranks

EpochReports = Sequence[tuple[str, Callback]]


class Trained(NamedTuple):
    """A trained net.

    Attributes
    ----------
    net : MultiTaskNet
    split : DataSplit
        The rows that it was trained on.
    """

    net: MultiTaskNet
    split: DataSplit


class Trainer:
    """Trains a new network, or a copy of a trained one.

    Parameters
    ----------
    network_plan : NetworkPlan
        The plan of the network. If training continues with a previous net, the plan of that net.
    loss_plan : LossPlan
    plan : TrainingPlan
    checkpoint : Checkpoint, default=None
        If it has a file of the same training, training resumes from it.
    epoch_reports : list of (str, Callback), default=()
        The first is called after an epoch before all other callbacks, since they may end the
        training. The second is called after them.
    """

    def __init__(
        self,
        network_plan: NetworkPlan,
        loss_plan: LossPlan,
        plan: TrainingPlan,
        *,
        checkpoint: Checkpoint | None = None,
        epoch_reports: EpochReports = (),
    ) -> None:
        self.network_plan = network_plan
        self.loss_plan = loss_plan
        self.plan = plan
        self.checkpoint = checkpoint
        self.epoch_reports = epoch_reports
        self.ranks = current_ranks()

    def run(
        self,
        train: LabelledRows,
        valid: LabelledRows | None,
        previous: MultiTaskNet | None = None,
    ) -> Trained:
        """Train for all epochs of the plan.

        Parameters
        ----------
        train : LabelledRows
        valid : LabelledRows or None
        previous : MultiTaskNet or None
            Not changed; training continues with a copy of its network.
        """
        plan, ranks = self.plan, self.ranks
        with reproducible_torch(plan.seed, plan.device):
            net = self._new_net(self._network(train, previous), len(train.codes))
            if previous is not None:
                continue_training(net, previous)
            split = to_data_split(self.loss_plan, net, train, valid)
            identity = cache(partial(fingerprint, plan, self.loss_plan.labels, net, train, valid))
            if self.checkpoint is not None:
                self.checkpoint.begin(net, split, identity())
            n_done = net.resumed.n_epochs
            ranks.check_equal(lambda: equal_in_ranks(identity()) | {"epochs": str(n_done)})
            ranks.reseed(plan.seed + n_done, plan.device)
            net.partial_fit(split)
        return Trained(net, split)

    def run_piece(self, rows: LabelledRows, previous: MultiTaskNet | None = None) -> Trained:
        """Train on one piece of the data, in which all classes count as equally frequent.

        A previous net's optimizer moments and history are continued. The moments start from zero
        with a loss weighting of another kind, and after a net was loaded without them.
        """
        with reproducible_torch(self.plan.seed, self.plan.device):
            net = self._new_net(self._network(rows, previous), len(rows.codes))
            if previous is not None and continue_training(net, previous):
                moments = copy.deepcopy(previous.optimizer_.state_dict()["state"])
                groups = net.optimizer_.state_dict()["param_groups"]
                net.optimizer_.load_state_dict({"state": moments, "param_groups": groups})
            split = to_piece_data(self.loss_plan, net, rows)
            net.partial_fit(split)
        return Trained(net, split)

    def _network(self, train: LabelledRows, previous: MultiTaskNet | None) -> Network:
        """Build a network with a first layer fitted to the rows, or copy the previous one."""
        if previous is None:
            check_network(self.network_plan, self.plan.device)
        self._check_batches(len(train.codes))
        if previous is None:
            return self.network_plan.build(self.network_plan.fitted_input_layer(train))
        network = copy.deepcopy(previous.module_)
        network.aggregator.task_matrix.reset()
        return network

    def _check_batches(self, n_rows: int) -> None:
        """Raise a ValueError if the batches of this process take more memory than there is."""
        plan = self.plan
        check_batch(
            self.network_plan,
            -(-min(n_rows, plan.batch_size) // self.ranks.n_ranks),
            plan.parameters["batch_size"],
            plan.device,
            is_exact=plan.run_network is in_full and not plan.compile,
        )

    def _new_net(self, network: Network, n_rows: int) -> MultiTaskNet:
        plan, ranks = self.plan, self.ranks
        n_batches = count_batches(n_rows, plan.batch_size)
        ranks.check_batches(n_rows // n_batches)
        loss = self.loss_plan.build(network.class_mask, plan.dtype)
        ranks.join_losses(loss)
        return new_net(
            network,
            loss,
            self.network_plan,
            self.loss_plan,
            plan,
            ranks=ranks,
            run_network=with_compiler(plan.run_network, plan.compile, plan.device),
            callbacks=self._callbacks(n_batches),
        )

    def _callbacks(self, n_batches: int) -> list[Any]:
        """Return all callbacks in their order; only the first process prints and writes."""
        plan, is_first = self.plan, not self.ranks.rank
        own = training_callbacks(
            lr_schedule=plan.lr_schedule,
            max_lr=plan.lr,
            n_steps=int(plan.max_epochs * n_batches),  # torch needs an int of Python
            n_iter_no_change=plan.n_iter_no_change,
            verbose=plan.verbose if is_first else 0,
        )
        writes = self.checkpoint is not None and is_first
        last = [("abmtl_checkpoint", self.checkpoint)] if writes else []
        first_report, other_reports = self.epoch_reports[:1], self.epoch_reports[1:]
        return [*first_report, *own, *clone_callbacks(plan.callbacks), *other_reports, *last]


def new_net(
    network: Network,
    loss: MultiTaskLoss,
    network_plan: NetworkPlan,
    loss_plan: LossPlan,
    plan: TrainingPlan,
    *,
    ranks: OneProcess = ALONE,
    run_network: Forward = in_full,
    callbacks: Sequence[Any] = (),
) -> MultiTaskNet:
    """Build the skorch net of a network and its loss, not yet trained.

    Parameters
    ----------
    network : Network
    loss : MultiTaskLoss
    network_plan, loss_plan : NetworkPlan, LossPlan
        Plans from which the network and its loss were built.
    plan : TrainingPlan
    ranks : OneProcess
    run_network : callable
        As in the plan, or compiled.
    callbacks : list of Callback or (str, Callback)
    """
    return MultiTaskNet(
        network,
        plan=network_plan,
        loss_plan=loss_plan,
        shuffle_seed=plan.seed,
        run_network=run_network,
        ranks=ranks,
        keeps_interrupted=plan.keeps_interrupted,
        criterion=loss,
        optimizer=torch.optim.AdamW,
        optimizer__weight_decay=plan.weight_decay,
        optimizer__fused=True,
        optimizer__param_groups=parameter_groups(network, plan.lr, network_plan.sample_shape),
        lr=plan.lr,
        max_epochs=plan.max_epochs,
        batch_size=plan.batch_size,
        train_split=None,
        device=str(plan.device),
        verbose=int(plan.verbose > 1 and not ranks.rank),
        callbacks=list(callbacks),
    ).initialize()


def continue_training(net: MultiTaskNet, previous: MultiTaskNet) -> bool:
    """Copy the history and the learned state of the loss weighting from a previous net.

    Returns
    -------
    is_like : bool
        Whether both loss weightings are of the same kind. If not, the new one starts again.
    """
    net.history.extend(previous.history)
    weighting, learned = net.criterion_.weighting, previous.criterion_.weighting.state_dict()
    is_like = weighting.state_dict().keys() == learned.keys()
    if is_like:
        weighting.load_state_dict(learned)
    return is_like
