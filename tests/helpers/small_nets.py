"""A small network that learns two tasks of a table, and data for it."""

from __future__ import annotations

from typing import Any

import torch

from sklearn_abmtl._data.label_encoder import TaskLabelEncoder
from sklearn_abmtl._training.data.batches import TaskData
from sklearn_abmtl._training.loop.callbacks import training_callbacks
from sklearn_abmtl._training.loop.net import MultiTaskNet
from sklearn_abmtl._training.loss_plan import LossPlan
from sklearn_abmtl._training.network_plan import NetworkPlan
from sklearn_abmtl.nn import (
    ABMTLNetwork,
    InputScaler,
    MLPDecoder,
    MLPEncoder,
    NoAttention,
    TaskClassifier,
    WeightedAggregator,
)
from sklearn_abmtl.nn.parts import PartSpecs

N_FEATURES, N_CLASSES, TASK_NAMES = 4, [2, 3], ["a", "b"]


def network_plan() -> NetworkPlan:
    """Return the plan of a network without dropout."""
    specs = PartSpecs(
        MLPEncoder(width=8, n_layers=1, dropout=0),
        MLPDecoder(width=8),
        NoAttention(),
        TaskClassifier(d_hidden=8, dropout=0),
        WeightedAggregator(),
    )
    return NetworkPlan(
        specs=specs,
        sharing="hard",
        n_members=1,
        dtype="float32",
        sample_shape=(N_FEATURES,),
        n_classes=N_CLASSES,
        max_shift=0,
        n_bins=1,
        n_codes=None,
        has_missing=[],
    )


def loss_plan() -> LossPlan:
    """Return the plan of a loss whose second task counts three times."""
    labels = TaskLabelEncoder()
    labels.task_names_ = TASK_NAMES
    return LossPlan(
        labels=labels,
        losses="auto",
        loss_weights=[1.0, 3.0],
        label_smoothing=0.0,
        branch_loss_weight=0.5,
        reconstruction_weight=0.4,
    )


def small_network(seed: int = 0) -> ABMTLNetwork:
    """Return a network without dropout."""
    scaler = InputScaler(torch.zeros(N_FEATURES), torch.ones(N_FEATURES))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return network_plan().build(scaler)


def small_net(
    *,
    callbacks: Any = (),
    n_iter_no_change: int | None = None,
    lr_schedule: str | None = None,
    n_steps: int = 1,
    **options: Any,
) -> MultiTaskNet:
    """Return a net with the callbacks of a training and others."""
    network = small_network()
    settings = {
        "lr": 0.01,
        "max_epochs": 3,
        "batch_size": 8,
        "optimizer": torch.optim.AdamW,
        "shuffle_seed": 0,
    } | options
    own = training_callbacks(
        lr_schedule=lr_schedule,
        max_lr=settings["lr"],
        n_steps=n_steps,
        n_iter_no_change=n_iter_no_change,
        verbose=0,
    )
    return MultiTaskNet(
        network,
        plan=network_plan(),
        loss_plan=loss_plan(),
        criterion=loss_plan().build(network.class_mask, "float32"),
        train_split=None,
        callbacks=own + list(callbacks),
        verbose=0,
        **settings,
    ).initialize()


def task_data(n_samples: int = 20, seed: int = 0) -> TaskData:
    """Return rows whose labels follow the features; a third of those of task b are missing."""
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(n_samples, N_FEATURES, generator=generator)
    codes = torch.stack([(features[:, 0] > 0).long(), (features[:, 1] > 0).long()], dim=1)
    codes[:, 1] += features[:, 2] > 0
    codes[::3, 1] = -1
    known = codes >= 0
    label_weights = known / known.float().mean(0).clamp(min=0.05)
    return TaskData(features, codes, label_weights, torch.ones(n_samples))
