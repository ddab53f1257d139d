"""A small network that learns two tasks of a table, and data for it."""

from __future__ import annotations

from typing import Any

import torch

from sklearn_abmtl._training import MultiTaskNet, TaskData, training_callbacks
from sklearn_abmtl.losses.assembly import build_loss
from sklearn_abmtl.nn import (
    ABMTLNetwork,
    InputScaler,
    MLPDecoder,
    MLPEncoder,
    NoAttention,
    TaskClassifier,
    WeightedAggregator,
)
from sklearn_abmtl.nn.assembly import build_network
from sklearn_abmtl.nn.parts import PartSpecs

N_FEATURES, N_CLASSES, TASK_NAMES = 4, [2, 3], ["a", "b"]


def small_network(seed: int = 0) -> ABMTLNetwork:
    """Return a network without dropout."""
    specs = PartSpecs(
        MLPEncoder(width=8, n_layers=1, dropout=0),
        MLPDecoder(width=8),
        NoAttention(),
        TaskClassifier(d_hidden=8, dropout=0),
        WeightedAggregator(),
    )
    scaler = InputScaler(torch.zeros(N_FEATURES), torch.ones(N_FEATURES))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build_network(specs, "hard", (N_FEATURES,), N_CLASSES, scaler)


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
    loss = build_loss(
        "auto",
        [1.0, 3.0],
        TASK_NAMES,
        network.class_mask,
        label_smoothing=0.0,
        branch_loss_weight=0.5,
        reconstruction_weight=0.4,
    )
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
        task_names=TASK_NAMES,
        criterion=loss,
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
