"""Batch normalisation with the mean and variance of a batch shared by several processes."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, distributed, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn.modules.batchnorm import _BatchNorm


def join_batch_norms(network: nn.Module) -> None:
    """Let batch normalisation use whole batches in training; its tensors stay the same objects."""
    if next(network.parameters()).is_cuda:
        nn.SyncBatchNorm.convert_sync_batchnorm(network)
        return
    for parent in [*network.modules()]:
        for name, layer in parent.named_children():
            if isinstance(layer, _BatchNorm):  # BackboneEncoder's network may have any of them
                joined = WholeBatchNorm(layer.num_features)
                vars(joined).update(vars(layer))
                setattr(parent, name, joined)


class Statistics(NamedTuple):
    """Mean and variance of the channels (n_channels,), each over ``n`` values.

    ``eps`` is added to the variance.
    """

    n: Tensor
    mean: Tensor
    variance: Tensor
    eps: float


class WholeBatchNorm(_BatchNorm):
    """The same as ``nn.SyncBatchNorm``, which torch has only for GPUs."""

    def forward(self, features: Tensor) -> Tensor:
        """Normalise features of shape (batch, n_channels, ...)."""
        if not (self.training and distributed.is_initialized()):  # else one process
            return super().forward(features)
        with torch.no_grad():
            whole = whole_statistics(features, self.eps)
            self._track(whole)
        weight = self.weight if self.affine else torch.ones_like(whole.mean)
        bias = self.bias if self.affine else torch.zeros_like(whole.mean)
        return NormalisedByAll.apply(features, weight, bias, whole)

    def _check_input_dim(self, features: Tensor) -> None:
        """Accept any number of axes, as the layers that this one replaces."""

    def _track(self, whole: Statistics) -> None:
        """Update the running mean and variance by those of a batch."""
        n_batches, means, variances = self.num_batches_tracked, self.running_mean, self.running_var
        if n_batches is None or means is None or variances is None:
            return
        n_batches += 1
        share = 1 / n_batches.item() if self.momentum is None else self.momentum
        means.lerp_(whole.mean, share)
        variances.lerp_(whole.variance * whole.n / (whole.n - 1), share)


def whole_statistics(features: Tensor, eps: float) -> Statistics:
    """Return the statistics over all processes of features of shape (batch, n_channels, ...)."""
    # several times as fast as var_mean
    _, mean, inverse = torch.native_batch_norm(features, None, None, None, None, True, 0.0, eps)
    n = mean.new_full((1,), features.numel() / len(mean))
    own = torch.cat([n, mean, inverse**-2 - eps])
    found = [torch.empty_like(own) for _ in range(distributed.get_world_size())]
    distributed.all_gather(found, own)
    counts, means, variances = torch.stack(found).split([1, len(mean), len(mean)], dim=1)
    shares = counts / counts.sum()  # (n_ranks, 1)
    whole_mean = (shares * means).sum(0)
    whole_variance = (shares * (variances + (means - whole_mean) ** 2)).sum(0)
    return Statistics(counts.sum(), whole_mean, whole_variance, eps)


class NormalisedByAll(Function):
    """Batch normalisation whose statistics depend on the features of all processes."""

    @staticmethod
    def forward(
        ctx: Any, features: Tensor, weight: Tensor, bias: Tensor, whole: Statistics
    ) -> Tensor:
        n, mean, variance, ctx.eps = whole
        ctx.save_for_backward(features, weight, n, mean, variance)
        return nn.functional.batch_norm(features, mean, variance, weight, bias, eps=ctx.eps)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        features, weight, n, mean, variance = ctx.saved_tensors
        # as if mean and variance were constants
        of_features, of_weight, of_bias = torch.ops.aten.native_batch_norm_backward(
            gradient, features, weight, mean, variance, None, None, False, ctx.eps, [True] * 3
        )
        sums = torch.cat([of_weight, of_bias])
        distributed.all_reduce(sums)
        through_variance, through_mean = (sums / n).split(len(mean))
        inverse = torch.rsqrt(variance + ctx.eps)
        slope = -weight * inverse * inverse * through_variance
        shift = -weight * inverse * through_mean - slope * mean
        of_channels = (-1, *[1] * (features.ndim - 2))
        of_features.addcmul_(features, slope.reshape(of_channels)).add_(shift.reshape(of_channels))
        return of_features, of_weight, of_bias, None
