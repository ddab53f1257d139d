"""Learned curves of numbers, for the first layer of tables."""

from __future__ import annotations

import torch
from torch import Tensor, nn

N_CURVES = 4  # per number
MIN_WIDTH = 1e-30  # of a scaled bin: the slopes of much narrower bins overflow float32


class NumberCurves(nn.Module):
    """Learned functions of each number, linear between the edges of its bins.

    Curve k of number j is ``w_jk x_j + sum_b v_jkb p_b(x_j)``, where ``p_b`` rises from 0 to 1 over
    bin b. All ``v_jkb`` start at 0, so the curves start as straight lines. With a single bin there
    are no curves.

    Parameters
    ----------
    edges : Tensor of shape (n_numbers, n_bins + 1)
        Edges of each number's bins, ascending. A bin of width 0 has no effect.

    References
    ----------
    Gorishniy et al. (2022). On Embeddings for Numerical Features in Tabular Deep Learning.
    NeurIPS 35. The lines beside the bins: Gorishniy et al. (2025). TabM. ICLR.

    Examples
    --------
    >>> import torch
    >>> NumberCurves(torch.tensor([[0.0, 1.0, 3.0]]))(torch.tensor([[0.5], [2.0]])).shape
    torch.Size([2, 4])
    """

    lower: Tensor
    slope: Tensor

    def __init__(self, edges: Tensor) -> None:
        super().__init__()
        widths = edges.diff(dim=1)
        self.register_buffer("lower", edges[:, :-1])
        self.register_buffer("slope", torch.where(widths > MIN_WIDTH, 1 / widths, 0.0))
        n_numbers, n_bins = widths.shape
        self.n_curves = N_CURVES if n_bins > 1 else 0
        self.lines = nn.Parameter(torch.randn(n_numbers, self.n_curves))
        self.bends = nn.Parameter(torch.zeros(n_numbers, n_bins, self.n_curves))

    def forward(self, numbers: Tensor) -> Tensor:
        """Map (batch, n_numbers) to (batch, n_numbers * n_curves), a number's curves together."""
        by_number = numbers.T.unsqueeze(2)  # (n_numbers, batch, 1)
        lower, slope = self.lower.unsqueeze(1), self.slope.unsqueeze(1)
        # in place: this is n_bins times as large as the numbers, and memory access is slow
        risen = (by_number - lower).mul_(slope).clamp_(0, 1)  # (n_numbers, batch, n_bins)
        curves = torch.baddbmm(by_number * self.lines.unsqueeze(1), risen, self.bends)
        return curves.transpose(0, 1).flatten(1)  # (batch, n_numbers * n_curves)
