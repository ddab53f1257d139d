"""The estimator: parameters, fit, predict; the one place that puts everything together."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin, _fit_context
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from ._features import check_features
from ._fitting import (
    find_device,
    new_net,
    new_network,
    read_rows,
    shape_features,
    split_validation,
    to_data_split,
)
from ._options import NestedOptions
from ._training import forward_in_batches, isolated_torch_seed
from .metrics import task_accuracy_scores
from .nn import spread_over_cells


class ABMTLClassifier(ClassifierMixin, NestedOptions):
    """DOC"""

    _parameter_constraints: dict[str, list[Any]] = {
        "encoder": "no_validation",
        "decoder": "no_validation",
        "attention": "no_validation",
        "task_classifier": "no_validation",
        "aggregator": "no_validation",
        "sharing": [StrOptions({"hard", "soft"})],
        "input_shape": [tuple, list, None],
        "losses": [str, list, tuple, dict],
        "loss_weights": ["array-like", dict, None],
        "class_weight": [str, list, dict, None],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
        "reconstruction_weight": [Interval(Real, 0, None, closed="left")],
        "branch_loss_weight": [Interval(Real, 0, None, closed="left")],
        "missing_label": "no_validation",
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "lr": [Interval(Real, 0, None, closed="neither")],
        "lr_schedule": [StrOptions({"one_cycle"}), None],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "early_stopping": ["boolean", StrOptions({"auto"})],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "warm_start": ["boolean"],
        "callbacks": [list, tuple, None],
        "device": [str, torch.device],
        "dtype": [StrOptions({"float32", "float64"})],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        *,
        encoder="auto",
        decoder="auto",
        attention="task_query",
        task_classifier="mlp",
        aggregator="weighted",
        sharing="hard",
        input_shape=None,
        losses="auto",
        loss_weights=None,
        class_weight=None,
        label_smoothing=0.0,
        reconstruction_weight=0.05,
        branch_loss_weight=0.5,
        missing_label=None,
        max_epochs=30,
        lr=2e-3,
        lr_schedule="one_cycle",
        weight_decay=0.3,
        batch_size="auto",
        early_stopping="auto",
        validation_fraction=0.1,
        n_iter_no_change=15,
        warm_start=False,
        callbacks=None,
        device="auto",
        dtype="float32",
        random_state=None,
        verbose=0,
    ):
        self.encoder = encoder
        self.decoder = decoder
        self.attention = attention
        self.task_classifier = task_classifier
        self.aggregator = aggregator
        self.sharing = sharing
        self.input_shape = input_shape
        self.losses = losses
        self.loss_weights = loss_weights
        self.class_weight = class_weight
        self.label_smoothing = label_smoothing
        self.reconstruction_weight = reconstruction_weight
        self.branch_loss_weight = branch_loss_weight
        self.missing_label = missing_label
        self.max_epochs = max_epochs
        self.lr = lr
        self.lr_schedule = lr_schedule
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.callbacks = callbacks
        self.device = device
        self.dtype = dtype
        self.random_state = random_state
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None):
        """Learn all tasks from X and y."""
        goes_on = self.warm_start and self.__sklearn_is_fitted__()
        with unchanged_on_error(self):
            random_state = check_random_state(self.random_state)
            rows = read_rows(self, X, y, sample_weight, reset=not goes_on)
            train, valid = split_validation(
                self, rows, X_val, y_val, sample_weight_val, random_state
            )
            patience = None if valid is None or not self.early_stopping else self.n_iter_no_change
            seed = random_state.randint(np.iinfo(np.int32).max)
            with isolated_torch_seed(seed, find_device(self.device)):
                network = copy.deepcopy(self.net_.module_) if goes_on else new_network(self, train)
                net = new_net(self, network, len(train.codes), patience, seed)
                if goes_on:
                    net.history.extend(self.net_.history)
                net.partial_fit(to_data_split(self, net, train, valid))
            self._keep(net)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Go once over a piece of the data, with a constant learning rate."""
        goes_on = self.__sklearn_is_fitted__()
        if not goes_on and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        with unchanged_on_error(self):
            seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
            rows = read_rows(self, X, y, sample_weight, reset=not goes_on, classes=classes)
            with isolated_torch_seed(seed, find_device(self.device)):
                net = self._stream(rows, seed)
                net.partial_fit(to_data_split(self, net, rows, None))
            self._keep(net)
        return self

    def predict(self, X):
        """Predict the labels of every task."""
        probabilities = self._probabilities(X)  # (n_samples, n_tasks, max_classes)
        return self.task_label_encoder_.inverse_transform(probabilities.argmax(axis=2))

    def predict_proba(self, X):
        """Predict the probabilities of every task's classes."""
        probabilities = self._probabilities(X)  # (n_samples, n_tasks, max_classes)
        encoder = self.task_label_encoder_
        per_task = [
            probabilities[:, task, : len(classes)] for task, classes in enumerate(encoder.classes_)
        ]
        return per_task[0] if encoder.is_1d_ else per_task

    def score(self, X, y, sample_weight=None):
        """Return the mean over tasks of the accuracy on known labels."""
        scores = task_accuracy_scores(
            y, self.predict(X), sample_weight=sample_weight, missing_label=self.missing_label
        )
        if np.isnan(scores).all():
            raise ValueError("score needs at least one known label in y; found none.")
        return float(np.nanmean(scores))

    def reconstruct(self, X):
        """Return the decoder's reconstruction of X."""
        features = self._check_features(X)
        network = self.net_.module_
        if len(network.trunk.grids) == 1:
            raise ValueError("reconstruct needs a decoder; this estimator was fitted without.")
        reconstructed = forward_in_batches(
            network,
            features,
            lambda output: network.scaler.inverse(output.reconstructions.mean(1)),
        )
        return reconstructed.reshape(len(features), *self.sample_shape_)

    def task_attention(self, X, branch=None):
        """Return where each task looks, on the cells of the input."""
        features = self._check_features(X)
        network = self.net_.module_
        branches = ("encoder", "decoder")[: len(network.trunk.grids)]
        if branch is not None and branch not in branches:
            raise ValueError(f"branch must be None or one of {branches}; found {branch!r}.")

        def on_cells(output):
            per_branch = torch.stack(
                [
                    spread_over_cells(weights.mean(2), grid, features.shape[1:])
                    for weights, grid in zip(
                        output.attention_weights, network.trunk.grids, strict=True
                    )
                ]
            )  # (n_branches, batch, n_tasks, *cells)
            if branch is not None:
                return per_branch[branches.index(branch)]
            return torch.einsum("rbt...,tr->bt...", per_branch, network.aggregator.branch_weights)

        return forward_in_batches(network, features, on_cells)

    @property
    def classes_(self):
        """Classes of the task, or a list with those of each task."""
        encoder = self.task_label_encoder_
        return encoder.classes_[0] if encoder.is_1d_ else encoder.classes_

    @property
    def n_classes_(self):
        """Number of classes of the task, or a list with those of each task."""
        encoder = self.task_label_encoder_
        n_classes = [len(classes) for classes in encoder.classes_]
        return n_classes[0] if encoder.is_1d_ else n_classes

    @property
    def task_names_(self):
        """Names of the tasks: the columns of y, or ``task_0``, ``task_1`` ..."""
        return self.task_label_encoder_.task_names_

    @property
    def n_tasks_(self):
        """Number of tasks."""
        return len(self.task_label_encoder_.task_names_)

    @property
    def branch_weights_(self):
        """Weights of the branches (encoder, decoder) of each task."""
        return self.net_.module_.aggregator.branch_weights.detach().cpu().numpy()

    @property
    def history_(self):
        """A dict an epoch: duration, losses and accuracies."""
        return [
            {key: value for key, value in row.items() if key != "batches"}
            for row in self.net_.history
        ]

    def __sklearn_is_fitted__(self):
        return hasattr(self, "net_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.target_tags.two_d_labels = True
        tags.classifier_tags.multi_label = True
        return tags

    def _check_features(self, X):
        check_is_fitted(self)
        return shape_features(self, check_features(self, X, reset=False, dtype=self.dtype))

    def _probabilities(self, X):
        """Return probabilities of shape (n_samples, n_tasks, max_classes) in float64."""
        features = self._check_features(X)
        loss = self.net_.criterion_
        return forward_in_batches(
            self.net_.module_,
            features,
            lambda output: loss.probabilities(output.task_logits.double()),
        )

    def _stream(self, rows, seed):
        """Return the net that takes the next piece: the one in use, or a new one."""
        net = getattr(self, "net_", None)
        if net is not None and net.stream:
            return net
        network = new_network(self, rows) if net is None else net.module_
        stream = new_net(self, network, len(rows.codes), None, seed, stream=True)
        if net is not None:
            stream.history.extend(net.history)
        return stream

    def _keep(self, net):
        """Keep a trained net, ready to predict."""
        net.module_.eval()
        self.net_ = net


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
