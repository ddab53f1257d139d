"""Training and prediction as a good user of PyTorch writes them by hand, without the estimator."""

from __future__ import annotations

import copy
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.lr_scheduler import OneCycleLR

from sklearn_abmtl import ABMTLClassifier
from sklearn_abmtl.nn import Network

PATIENCE = 15


class Rows(NamedTuple):
    """Tensors of the same rows."""

    features: Tensor
    codes: Tensor  # (n_samples, n_tasks)


class HandWritten:
    """The training of a fitted estimator, written for its network, optimiser and steps.

    Parameters
    ----------
    classifier : ABMTLClassifier
        Fitted on rows without missing labels; one kind of loss, no sample weights.
    n_valid : int
        Number of rows that are held out for early stopping.
    """

    def __init__(self, classifier: ABMTLClassifier, n_valid: int = 0) -> None:
        net = classifier.net_
        self.plan = net.plan
        self.loss = net.criterion_
        self.max_epochs = classifier.max_epochs
        self.device = net.device
        self.batch_size = net.batch_size
        self.lr = classifier.lr
        self.weight_decay = net.optimizer_.param_groups[-1]["weight_decay"]
        self.n_valid = n_valid

    def fit(self, X: np.ndarray, Y: np.ndarray) -> Network:
        """Train a new network."""
        rows = self.tensors(X, Y)
        order = torch.randperm(len(rows.codes))
        valid = Rows(*(tensor[order[: self.n_valid]] for tensor in rows))
        train = Rows(*(tensor[order[self.n_valid :]] for tensor in rows))
        axes = (0, *range(2, train.features.ndim)) if train.features.ndim == 4 else 0
        known = train.features.float()
        input_layer = self.plan._input_layer(
            known.mean(axes, keepdim=True)[0], known.std(axes, keepdim=True)[0], None
        )
        network = self.plan.build(input_layer).to(self.device)
        task_weights = 1 / entropies(train.codes)
        self.train(network, train, valid, task_weights)
        return network.eval()

    def tensors(self, X: np.ndarray, Y: np.ndarray) -> Rows:
        """Turn arrays into tensors on the device."""
        features = torch.from_numpy(X.astype(np.float32) if X.dtype == np.float64 else X)
        features = features.reshape(len(X), *self.plan.sample_shape)
        return Rows(features.to(self.device), torch.from_numpy(Y).to(self.device))

    def train(
        self, network: nn.Module, train: Rows, valid: Rows, task_weights: Tensor
    ) -> list[list[Tensor]]:
        """Train with one cycle of the learning rate; with rows held out, stop early."""
        parameters = list(network.parameters())
        optimizer = torch.optim.AdamW(parameters, weight_decay=self.weight_decay, fused=True)
        n_batches = -(-len(train.codes) // self.batch_size)
        schedule = OneCycleLR(optimizer, self.lr, total_steps=1 + n_batches * self.max_epochs)
        history, best, best_state = [], np.inf, network.state_dict()
        for _ in range(self.max_epochs):
            network.train()
            order = torch.randperm(len(train.codes))
            losses = []
            for rows in order.tensor_split(n_batches):
                optimizer.zero_grad()
                loss = self.objective(
                    network, Rows(train.features[rows], train.codes[rows]), task_weights
                )
                loss.backward()
                optimizer.step()
                schedule.step()
                losses.append(loss.detach())
            history.append([torch.stack(losses).mean()])
            if not len(valid.codes):
                continue
            held_out = self.validate(network, valid, task_weights)
            history[-1].append(held_out)
            if held_out < best:
                best, best_state = float(held_out), copy.deepcopy(network.state_dict())
        network.load_state_dict(best_state)
        return history

    def objective(self, network: nn.Module, batch: Rows, task_weights: Tensor) -> Tensor:
        """Return the loss of a batch: cross-entropy of all tasks, branches, reconstruction."""
        output = network(batch.features)
        logits = output.task_logits.unsqueeze(0)
        if output.branch_logits.shape[1] > 1:
            logits = torch.cat([logits, output.branch_logits[0]])
        losses = functional.cross_entropy(
            logits.flatten(0, 2), batch.codes.repeat(len(logits), 1).flatten(), reduction="none"
        ).unflatten(0, logits.shape[:3])  # (1 or 1 + n_branches, batch, n_tasks)
        per_logits = (losses.mean(1) * task_weights).mean(1)
        loss = per_logits[0] + self.loss.branch_loss_weight * per_logits[1:].sum()
        if output.reconstructions is not None:
            told = output.reconstructions[:, 0]
            loss = loss + self.loss.reconstruction_weight * functional.mse_loss(told, output.scaled)
        return loss

    def validate(self, network: nn.Module, valid: Rows, task_weights: Tensor) -> Tensor:
        """Return the mean loss of the rows held out."""
        network.eval()
        with torch.no_grad():
            n_batches = -(-len(valid.codes) // self.batch_size)
            losses = [
                self.objective(network, Rows(*batch), task_weights)
                for batch in zip(*(tensor.tensor_split(n_batches) for tensor in valid), strict=True)
            ]
        return torch.stack(losses).mean()


def entropies(codes: Tensor) -> Tensor:
    """Return the entropy of each task's classes, of shape (n_tasks,)."""
    shares = [torch.bincount(column) / len(column) for column in codes.T]
    return torch.stack([-torch.xlogy(share, share).sum() for share in shares])


def bare_forward(network: Network, X: np.ndarray, batch_size: int) -> np.ndarray:
    """Return the probabilities (n_samples, n_tasks, max_classes) that the network gives."""
    with torch.inference_mode():
        batches = torch.from_numpy(X).split(batch_size)
        return torch.cat([network(batch).task_logits.softmax(2) for batch in batches]).numpy()
