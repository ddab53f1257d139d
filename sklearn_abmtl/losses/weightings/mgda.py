"""MGDA: the shortest vector in the convex hull of the gradients."""

from __future__ import annotations

from dataclasses import dataclass

from .torchjd import Combine, GradientMethod, torchjd_module


@dataclass(kw_only=True)
class MGDA(GradientMethod):
    """Multiple-gradient descent: ``A(J) = sum_t a_t g_t`` of least norm.

    Notes
    -----
    The weights ``a`` are at least 0 and sum to 1. To first order, no loss grows in the direction of
    the vector. If no direction lowers all losses, the vector is 0.

    References
    ----------
    Désidéri (2012). Multiple-gradient descent algorithm (MGDA) for multiobjective optimization.
    Comptes Rendus Mathematique 350.

    Sener and Koltun (2018). Multi-Task Learning as Multi-Objective Optimization. NeurIPS.
    """

    def new_aggregator(self) -> Combine:
        """Return torchjd's aggregator."""
        return torchjd_module("aggregation").MGDA()
