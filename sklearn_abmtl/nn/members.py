"""Several networks of one kind whose predictions are averaged."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from .network import ABMTLNetwork, NetworkOutput


class MemberNetworks(nn.Module):
    """Networks that differ by their initial parameters, trained side by side and averaged.

    Each member has its own loss; the logits are averaged, which is the geometric mean of the
    probabilities. All members read the same scaled input.

    Parameters
    ----------
    networks : list of ABMTLNetwork
        Networks of equal shapes with the same input layer.

    References
    ----------
    Lakshminarayanan, Pritzel and Blundell (2017). Simple and Scalable Predictive Uncertainty
    Estimation using Deep Ensembles. NeurIPS 30.
    """

    class_mask: Tensor

    def __init__(self, networks: list[ABMTLNetwork]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)
        first = networks[0]
        self.input_layer = first.input_layer
        self.aggregator = first.aggregator  # its task matrix serves the average
        self.register_buffer("class_mask", first.class_mask, persistent=False)
        self.grids = first.grids
        self.d_representations = [len(networks) * d for d in first.d_representations]

    @property
    def branch_weights(self) -> Tensor:
        """Mean weights of the branches, of shape (n_tasks, n_branches)."""
        return torch.stack([member.branch_weights for member in self._members()]).mean(0)

    def forward(self, features: Tensor) -> NetworkOutput:
        """Compute the logits of every task; features (batch, *sample_shape)."""
        scaled = self.input_layer(features)
        outputs = [member.of_scaled(scaled) for member in self._members()]
        member_logits = torch.cat([output.member_logits for output in outputs])
        reconstructions = [o.reconstructions for o in outputs if o.reconstructions is not None]
        return NetworkOutput(
            member_logits.mean(0),
            member_logits,
            torch.cat([output.branch_logits for output in outputs]),
            tuple(
                torch.cat(branch, dim=2)
                for branch in zip(*(output.task_representations for output in outputs), strict=True)
            ),
            tuple(
                torch.stack(branch).mean(0)
                for branch in zip(*(output.attention_weights for output in outputs), strict=True)
            ),
            scaled,
            torch.cat(reconstructions, dim=1) if reconstructions else None,
            tuple(tensor for output in outputs for tensor in output.encoded),
        )

    def _members(self) -> list[ABMTLNetwork]:
        return cast(list[ABMTLNetwork], list(self.networks))


Network = ABMTLNetwork | MemberNetworks
