"""Predictions of a trained network. Only this file turns logits into probabilities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .._data.statistics import Rows
from ..nn import (
    Network,
    NetworkOutput,
    conditional_probabilities,
    most_probable_codes,
    spread_over_cells,
)
from ..nn.aggregators import N_BEAMS
from .inference import batches_in_turn, forward_in_batches

Codes = NDArray[np.int64]
ALL_TASKS = slice(None)


class Predictor:
    """A network in evaluation mode, with the function that turns logits into probabilities.

    Parameters
    ----------
    network : Network
    to_probabilities : callable
        Maps logits (batch, n_tasks, max_classes) of some tasks, and the slice of these tasks, to
        probabilities.
    """

    def __init__(self, network: Network, to_probabilities: Callable[..., Tensor]) -> None:
        self.network = network
        self.to_probabilities = to_probabilities
        self.task_matrix = network.aggregator.task_matrix

    @property
    def branches(self) -> tuple[str, ...]:
        """Names of the branches: the encoder, and the decoder if there is one."""
        return ("encoder", "decoder")[: len(self.network.grids)]

    def probabilities(
        self, features: Rows, known: Codes | None = None, tasks: slice = ALL_TASKS
    ) -> list[NDArray[np.float64]]:
        """Return an array for each task, of shape (n_samples, n_classes).

        Parameters
        ----------
        features : ndarray or StoredRows of shape (n_samples, *sample_shape)
        known : ndarray of shape (n_samples, n_tasks), default=None
            Class numbers of the labels that are known, -1 elsewhere.
        tasks : slice
            Tasks to compute; with ``known`` it must be all tasks.
        """
        n_classes = self.network.class_mask.sum(1).tolist()[tasks]
        per_task = [np.empty((len(features), n)) for n in n_classes]
        for rows, probabilities in self._in_turn(features, known, tasks):
            for task, own in enumerate(per_task):
                own[rows] = probabilities[:, task, : own.shape[1]]
        return per_task

    def codes(self, features: Rows, known: Codes | None = None) -> Codes:
        """Return the class number of each task's most probable class, (n_samples, n_tasks)."""
        codes = np.empty((len(features), len(self.network.class_mask)), dtype=np.int64)
        for rows, probabilities in self._in_turn(features, known, ALL_TASKS):
            codes[rows] = probabilities.argmax(axis=2)
        return codes

    def joint_codes(self, features: Rows, known: Codes) -> Codes:
        """Return the most probable combination of class numbers, (n_samples, n_tasks)."""

        def most_probable(output: NetworkOutput, codes: Tensor) -> Tensor:
            return most_probable_codes(
                self.task_matrix, self._calibrated(output), codes, self.to_probabilities
            )

        max_classes = self.network.class_mask.shape[1]
        return forward_in_batches(
            self.network, features, most_probable, known, row_values=N_BEAMS * max_classes
        )

    def reconstruct(self, features: Rows) -> NDArray[Any]:
        """Return the decoder's reconstruction (n_samples, *sample_shape), in the units of X.

        Raises
        ------
        ValueError
            If the network has no decoder, or X has categories.
        """
        if len(self.branches) == 1:
            raise ValueError("reconstruct needs a decoder; this estimator was fitted without one.")
        inverse = self.network.input_layer.inverse
        return forward_in_batches(
            self.network, features, lambda output: inverse(output.reconstructions.mean(1))
        )

    def representations(self, features: Rows) -> NDArray[Any]:
        """Return the inputs of the task classifiers, (n_samples, n_tasks, d_representation)."""
        return forward_in_batches(
            self.network, features, lambda output: torch.cat(output.task_representations, dim=2)
        )

    def attention(self, features: Rows, branch: str | None) -> NDArray[Any]:
        """Return the attention of each task to the cells, (n_samples, n_tasks, *cells).

        Parameters
        ----------
        features : ndarray or StoredRows of shape (n_samples, *sample_shape)
        branch : {'encoder', 'decoder', None}
            None is the mean of both, weighted by the weights of the branches.

        Raises
        ------
        ValueError
            If there is no such branch.
        """
        if branch is not None and branch not in self.branches:
            raise ValueError(f"branch must be None or one of {self.branches}; found {branch!r}.")
        network, input_layer = self.network, self.network.input_layer
        column_shape = input_layer.column_shape(features.shape[1:])

        def on_cells(output: NetworkOutput) -> Tensor:
            per_branch = torch.stack(
                [
                    input_layer.share_among_features(
                        spread_over_cells(weights.mean(2), grid, column_shape)
                    )
                    for weights, grid in zip(output.attention_weights, network.grids, strict=True)
                ]
            )  # (n_branches, batch, n_tasks, *cells)
            if branch is not None:
                return per_branch[self.branches.index(branch)]
            return torch.einsum("rbt...,tr->bt...", per_branch, network.branch_weights)

        return forward_in_batches(network, features, on_cells)

    def _in_turn(
        self, features: Rows, known: Codes | None, tasks: slice
    ) -> Iterator[tuple[slice, NDArray[np.float64]]]:
        """Yield slices of rows with their probabilities (batch, n_tasks, max_classes).

        Padded classes have the probability 0.
        """

        def marginal(output: NetworkOutput) -> Tensor:
            logits = output.task_logits[:, tasks].double()
            return self.to_probabilities(self.task_matrix(logits, tasks), tasks)

        def given_labels(output: NetworkOutput, codes: Tensor) -> Tensor:
            return conditional_probabilities(
                self.task_matrix, self._calibrated(output), codes, self.to_probabilities
            )

        if known is None:
            return batches_in_turn(self.network, features, marginal)
        return batches_in_turn(self.network, features, given_labels, known)

    def _calibrated(self, output: NetworkOutput) -> Tensor:
        return self.task_matrix(output.task_logits.double())
