"""PCGrad: conflicting parts of the gradients are projected away, pair by pair."""

from __future__ import annotations

from dataclasses import dataclass

from .torchjd import Combine, GradientMethod, torchjd_module


@dataclass(kw_only=True)
class PCGrad(GradientMethod):
    """Projecting conflicting gradients: ``A(J) = sum_t g_t'``.

    Notes
    -----
    ``g_t'`` is ``g_t`` after ``g <- g - min(g.g_u, 0) / g_u.g_u g_u`` for all other tasks u, in a
    random order from torch's generator. If no gradients conflict, the result is their sum.

    References
    ----------
    Yu, Kumar, Gupta, Levine, Hausman and Finn (2020). Gradient Surgery for Multi-Task Learning.
    NeurIPS.
    """

    def new_aggregator(self) -> Combine:
        """Return torchjd's aggregator."""
        return torchjd_module("aggregation").PCGrad()
