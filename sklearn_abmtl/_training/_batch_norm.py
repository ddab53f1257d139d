"""Batch normalisation by the mean and variance of a batch that several processes share."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.autograd import Function
from torch.nn.modules.batchnorm import _BatchNorm


def join_batch_norms(network: nn.Module) -> None:
    """Let batch normalisation see whole batches in training; its tensors stay what they are."""
    if next(network.parameters()).is_cuda:
        nn.SyncBatchNorm.convert_sync_batchnorm(network)
        return
    for parent in [*network.modules()]:
        for name, layer in parent.named_children():
            if isinstance(layer, _BatchNorm):  # BackboneEncoder's network may have any of them
                joined = WholeBatchNorm(layer.num_features)
                vars(joined).update(vars(layer))
                setattr(parent, name, joined)


class WholeBatchNorm(_BatchNorm):
    """What ``nn.SyncBatchNorm`` is, which torch has for GPUs alone."""

    def forward(self, features: Tensor) -> Tensor:
        """Normalise features of shape (batch, n_channels, ...)."""
        if not (self.training and distributed.is_initialized()):  # as in a warm start alone
            return super().forward(features)
        own_variance, own_mean = torch.var_mean(
            features, [0, *range(2, features.ndim)], correction=0
        )  # (n_channels,)
        n_own = own_mean.new_full((1,), features.numel() / len(own_mean))
        sums = Total.apply(torch.cat([n_own * own_mean, n_own]))  # (n_channels + 1,)
        n, mean = sums[-1], sums[:-1] / sums[-1]
        variance = Total.apply(n_own * (own_variance + (own_mean - mean) ** 2)) / n
        self._track(mean.detach(), (variance * n / (n - 1)).detach())
        scale = torch.rsqrt(variance + self.eps)
        if self.affine:
            scale = scale * self.weight
        shift = -mean * scale
        if self.affine:
            shift = shift + self.bias
        of_channels = (-1, *[1] * (features.ndim - 2))
        return features * scale.reshape(of_channels) + shift.reshape(of_channels)

    def _check_input_dim(self, features: Tensor) -> None:
        """Take any number of axes, as the layer did that this one stands for."""

    def _track(self, mean: Tensor, variance: Tensor) -> None:
        """Let the running mean and variance follow those of a batch."""
        n_batches, means, variances = self.num_batches_tracked, self.running_mean, self.running_var
        if n_batches is None or means is None or variances is None:
            return
        n_batches += 1
        share = 1 / n_batches.item() if self.momentum is None else self.momentum
        means.lerp_(mean, share)
        variances.lerp_(variance, share)


class Total(Function):
    """Sum over processes; the gradient of the sum is that of all processes, too."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        total = values.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return Total.forward(ctx, *gradients)
