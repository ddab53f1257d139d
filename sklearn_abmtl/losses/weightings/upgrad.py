"""UPGrad: the mean of the gradients, each projected so that it conflicts with no other."""

from __future__ import annotations

from dataclasses import dataclass

from .torchjd import Combine, GradientMethod, torchjd_module


@dataclass(kw_only=True)
class UPGrad(GradientMethod):
    """Unconflicting projection: ``A(J) = 1/T sum_t P(g_t)``.

    Notes
    -----
    ``P`` projects onto the dual cone of the gradients ``g_t``: the vectors that conflict with none
    of them. No task therefore gets worse to first order. If no gradients conflict, the result is
    their mean.

    References
    ----------
    Quinton and Rey (2024). Jacobian Descent for Multi-Objective Optimization. arXiv:2406.16232.
    """

    def new_aggregator(self) -> Combine:
        """Return torchjd's aggregator."""
        return torchjd_module("aggregation").UPGrad()
