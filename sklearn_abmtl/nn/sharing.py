"""Hard and soft sharing: one encoder for all tasks, or one per task."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from .attention import Attention
from .decoders import Decoder
from .encoders import Encoder


class TrunkOutput(NamedTuple):
    """The result of the layers before the task classifiers.

    Attributes
    ----------
    task_representations : tuple of Tensor of shape (batch, n_tasks, d_representation)
        One per branch: the encoder's, then the decoder's if there is one.
    attention_weights : tuple of Tensor of shape (batch, n_tasks, n_heads, n_tokens)
        One per branch.
    reconstructions : Tensor of shape (batch, n_trunks, *sample_shape) or None
        The scaled input as reconstructed by each decoder.
    encoded : tuple of Tensor of shape (batch, ...)
        Tokens and shared vector that all tasks read; empty if the tasks share nothing.
    """

    task_representations: tuple[Tensor, ...]
    attention_weights: tuple[Tensor, ...]
    reconstructions: Tensor | None
    encoded: tuple[Tensor, ...]


class HardSharing(nn.Module):
    """One encoder and one decoder for all tasks; task t reads ``r_t = [shared ; c_t]``.

    Parameters
    ----------
    encoder : Encoder
    decoder : Decoder or None
    attentions : list of Attention
        One per branch: over the encoder's tokens, then over the decoder's states.

    Attributes
    ----------
    grids : list of tuple of int
        The grid of each branch's memory.
    d_representations : list of int
        Width of each branch's task representations.
    """

    def __init__(
        self, encoder: Encoder, decoder: Decoder | None, attentions: list[Attention]
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.attentions = nn.ModuleList(attentions)
        self.grids = [part.grid for part in (encoder, decoder) if part is not None]
        self.d_representations = [encoder.d_shared + a.d_context for a in attentions]

    def forward(self, features: Tensor) -> TrunkOutput:
        """Encode, decode and attend; features (batch, *sample_shape)."""
        # views: the gradient of the tokens then excludes the path through the shared vector
        tokens, shared = (tensor.view_as(tensor) for tensor in self.encoder(features))
        memories, reconstructions = [tokens], None
        if self.decoder is not None:
            states, reconstruction = self.decoder(tokens, shared)
            memories.append(states)
            reconstructions = reconstruction.unsqueeze(1)
        read = [
            attention(memory) for attention, memory in zip(self.attentions, memories, strict=True)
        ]
        representations = tuple(
            torch.cat([shared.unsqueeze(1).expand(-1, contexts.shape[1], -1), contexts], dim=2)
            for contexts, _ in read
        )  # each (batch, n_tasks, d_shared + d_context)
        return TrunkOutput(
            representations,
            tuple(weights for _, weights in read),
            reconstructions,
            encoded=(tokens, shared),
        )


class SoftSharing(nn.Module):
    """One encoder, decoder and attention per task; nothing is shared below the aggregator.

    Parameters
    ----------
    trunks : list of HardSharing
        One per task. Each is built for one task, and all have the same options.

    Attributes
    ----------
    grids, d_representations
        As in :class:`HardSharing`.
    """

    def __init__(self, trunks: list[HardSharing]) -> None:
        super().__init__()
        self.trunks = nn.ModuleList(trunks)
        self.grids = trunks[0].grids
        self.d_representations = trunks[0].d_representations

    def forward(self, features: Tensor) -> TrunkOutput:
        """Run every trunk on the same features (batch, *sample_shape)."""
        outputs = [trunk(features) for trunk in self.trunks]
        return TrunkOutput(
            _join_tasks([output.task_representations for output in outputs]),
            _join_tasks([output.attention_weights for output in outputs]),
            None
            if outputs[0].reconstructions is None
            else torch.cat([output.reconstructions for output in outputs], dim=1),
            encoded=(),
        )


def _join_tasks(per_task: list[tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
    """Turn one tuple of branches per task into one tensor (batch, n_tasks, ...) per branch."""
    return tuple(torch.cat(branch, dim=1) for branch in zip(*per_task, strict=True))
