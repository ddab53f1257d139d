"""The allowed values of each parameter of the classifier; scikit-learn checks them in fit."""

from __future__ import annotations

from numbers import Integral, Real
from os import PathLike
from typing import Any

import torch
from sklearn.utils._param_validation import Interval, StrOptions

# far more than any data need; each member and each process takes some time to start
MAX_MEMBERS = 1024
MAX_BINS = 1024
MAX_PROCESSES = 1024

PARAMETER_CONSTRAINTS: dict[str, Any] = {
    "encoder": "no_validation",
    "decoder": "no_validation",
    "attention": "no_validation",
    "task_classifier": "no_validation",
    "aggregator": "no_validation",
    "sharing": [StrOptions({"hard", "soft"})],
    "n_members": [Interval(Integral, 1, MAX_MEMBERS, closed="both")],
    "max_shift": [Interval(Integral, 0, None, closed="left"), StrOptions({"auto"})],
    "input_shape": [tuple, list, None],
    "channels": [StrOptions({"auto", "first", "last"})],
    "categorical_features": ["array-like", StrOptions({"from_dtype"}), None],
    "handle_missing": [StrOptions({"error", "indicator"})],
    "n_bins": [Interval(Integral, 1, MAX_BINS, closed="both"), StrOptions({"auto"})],
    "losses": [str, list, tuple, dict],
    "loss_weights": "no_validation",
    "class_weight": [str, list, dict, None],
    "label_smoothing": [Interval(Real, 0, 1, closed="left")],
    "reconstruction_weight": [Interval(Real, 0, None, closed="left")],
    "branch_loss_weight": [Interval(Real, 0, None, closed="left")],
    "missing_label": "no_validation",
    "max_epochs": [Interval(Integral, 1, None, closed="left")],
    "lr": [Interval(Real, 0, None, closed="neither")],
    "lr_schedule": [StrOptions({"one_cycle"}), None],
    "weight_decay": [Interval(Real, 0, None, closed="left"), StrOptions({"auto"})],
    "batch_size": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
    "early_stopping": ["boolean", StrOptions({"auto"})],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
    "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
    "warm_start": ["boolean"],
    "checkpoint": [str, PathLike, None],
    "on_interrupt": [StrOptions({"raise", "keep_best"})],
    "callbacks": [list, tuple, None],
    "n_procs": [Interval(Integral, 1, MAX_PROCESSES, closed="both")],
    "device": [str, torch.device],
    "dtype": [StrOptions({"float32", "float64"})],
    "precision": [StrOptions({"auto", "full", "bfloat16"})],
    "compile": ["boolean", StrOptions({"graph"})],
    "n_workers": [Interval(Integral, 0, MAX_PROCESSES, closed="both")],
    "random_state": ["random_state"],
    "verbose": ["verbose"],
}
