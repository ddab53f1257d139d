"""An encoder for images: VGG blocks with batch normalisation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral

from torch import Tensor, nn

from ..._options import MAX_LAYERS, Spec
from .._shapes import Shape
from ._base import Encoder, check_sample_ndim, shared_layer

MAX_STAGES = 32  # more often than an image of any size can be halved


@dataclass(kw_only=True)
class VGGEncoder(Spec):
    """VGG blocks: 3x3 convolutions with batch normalisation, then 2x2 max pooling.

    A token is one place of the last feature map. The shared vector is a fully connected layer over
    the whole map. It keeps positions, which average pooling would lose.

    Parameters
    ----------
    width : int, default=16
        Channels of the first stage; each stage doubles them, up to ``8 * width``.
    n_stages : int or 'auto', default='auto'
        Number of stages; each halves height and width (rounded up). 'auto' is the largest number
        that leaves the shorter side at 4 or more, but at least 1 and at most 5.
    n_layers : int or sequence of int, default=2
        Number of convolutions: one number for all stages, or one number per stage.
    d_shared : int, default=256
        Width of the shared vector.
    dropout : float in [0, 1), default=0.1
        Share of the units of the map dropped before the shared layer.

    References
    ----------
    Simonyan and Zisserman (2015). Very Deep Convolutional Networks for Large-Scale Image
    Recognition. ICLR. Its VGG19 layout is
    ``VGGEncoder(width=64, n_stages=5, n_layers=(2, 2, 4, 4, 4))``.

    Examples
    --------
    >>> import torch
    >>> encoder = VGGEncoder(width=4, n_stages=2, d_shared=32).build((1, 28, 28))
    >>> tokens, shared = encoder(torch.zeros(3, 1, 28, 28))
    >>> encoder.grid, tokens.shape, shared.shape
    ((7, 7), torch.Size([3, 49, 8]), torch.Size([3, 32]))
    """

    width: int = 16
    n_stages: int | str = "auto"
    n_layers: int | Sequence[int] = 2
    d_shared: int = 256
    dropout: float = 0.1

    def build(self, sample_shape: Shape) -> Encoder:
        """Build the module for samples of the given shape."""
        self.check_counts("width", "d_shared")
        self.check_shares("dropout")
        check_sample_ndim("VGGEncoder", sample_shape, ("n_channels", "height", "width"))
        n_stages = self._count_stages(min(sample_shape[1:]))
        widths = [self.width * 2 ** min(stage, 3) for stage in range(n_stages)]
        return VGGEncoderModule(
            sample_shape, widths, self._count_layers(n_stages), self.d_shared, self.dropout
        )

    def _count_stages(self, shorter_side: int) -> int:
        if self.n_stages == "auto":
            n_stages = min(max(int(math.log2(shorter_side / 4)), 1), 5)
        else:
            self.check_counts("n_stages", maximum=MAX_STAGES)
            n_stages = int(self.n_stages)
        if shorter_side < 2**n_stages:
            raise ValueError(
                f"VGGEncoder: n_stages={n_stages} needs images of at least {2**n_stages} pixels "
                f"per side; the shorter side has {shorter_side}. Images are "
                "(n_samples, n_channels, height, width)."
            )
        return n_stages

    def _count_layers(self, n_stages: int) -> list[int]:
        n_layers = self.n_layers
        counts = list(n_layers) if isinstance(n_layers, Sequence) else [n_layers] * n_stages
        valid = all(isinstance(n, Integral) and not isinstance(n, bool) and n >= 1 for n in counts)
        if len(counts) != n_stages or not valid:
            raise ValueError(
                f"VGGEncoder: n_layers must be an integer of at least 1, or one per stage "
                f"({n_stages} stages); found {self.n_layers!r}."
            )
        if max(counts) > MAX_LAYERS:
            raise ValueError(
                f"VGGEncoder: n_layers must be at most {MAX_LAYERS}; found {self.n_layers!r}."
            )
        return counts


class VGGEncoderModule(Encoder):
    """Stages of convolutions and pooling, and a fully connected layer over the last map."""

    def __init__(
        self,
        sample_shape: Shape,
        widths: list[int],
        n_layers: list[int],
        d_shared: int,
        dropout: float,
    ) -> None:
        super().__init__()
        n_channels, *sides = sample_shape
        stages: list[nn.Module] = []
        for width, n_convs in zip(widths, n_layers, strict=True):
            stages.append(vgg_stage(n_channels, width, n_convs))
            n_channels = width
            sides = [math.ceil(side / 2) for side in sides]
        self.stages = nn.Sequential(*stages)
        self.grid = tuple(sides)
        self.to_shared = shared_layer(n_channels * math.prod(sides), d_shared, dropout)
        self.d_tokens = n_channels
        self.d_shared = d_shared

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        feature_map = self.stages(features)  # (batch, d_tokens, *grid)
        tokens = feature_map.flatten(2).transpose(1, 2)  # (batch, n_tokens, d_tokens)
        return tokens, self.to_shared(feature_map)


def vgg_stage(n_channels: int, width: int, n_convs: int) -> nn.Sequential:
    """Build convolutions of one width, each with batch normalisation, then pooling."""
    layers: list[nn.Module] = []
    for d_in in [n_channels] + [width] * (n_convs - 1):
        layers += [
            nn.Conv2d(d_in, width, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers, nn.MaxPool2d(2, ceil_mode=True))
