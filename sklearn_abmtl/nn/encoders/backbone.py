"""An encoder made elsewhere: torchvision's models, or any module."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from numbers import Real
from os import PathLike

import torch
from torch import Tensor, nn
from torch.func import functional_call

from ..._options import Spec
from .._shapes import Shape
from ._backbones import new_backbone
from ._base import Encoder, shared_layer

MAPS = {1: "(batch, d_tokens)", 2: "(batch, n_tokens, d_tokens)", 3: "(batch, d_tokens, h, w)"}


@dataclass(kw_only=True)
class BackboneEncoder(Spec):
    """A network from elsewhere, pretrained or not; one token per place of its last feature map.

    The shared vector is a fully connected layer over the whole map. Images of one channel are
    repeated to the number of channels that the first convolution takes.

    Each channel is standardised by the mean and scale of the training data before it reaches the
    module. Weights learned on ImageNet expect channels standardised by the mean and scale of
    ImageNet, which is the same kind of input. X therefore needs no transformation.

    Parameters
    ----------
    module : str, torch.nn.Module or callable
        The name of a torchvision classifier whose layers run one after the other ('vgg19',
        'resnet18', 'mobilenet_v3_small', 'efficientnet_b0', 'convnext_tiny', ...), taken up to
        its last feature map; a module, copied and never changed; or a function without arguments
        that makes one. Modules map images to (batch, d_tokens, h, w), sequences to (batch,
        n_tokens, d_tokens) and tables to (batch, d_tokens).
    weights : path, str or None, default=None
        Path of a state dict; for torchvision's models the parameters of a head are left out. For
        these models also the name of weights that torchvision downloads, such as 'DEFAULT' or
        'IMAGENET1K_V1'. With None, a torchvision model has random parameters, and a module keeps
        its own.
    freeze : bool, default=False
        Whether the parameters are kept fixed. The module, with its batch normalisation and dropout,
        then stays in evaluation mode.
    lr_scale : float, default=0.1
        Factor of the learning rate of the module's parameters, above 0. Use 1 for a module that
        starts from random parameters.
    d_shared : int, default=256
        Width of the shared vector.
    dropout : float in [0, 1), default=0.1
        Share of the units of the map dropped before the shared layer.

    References
    ----------
    Yosinski et al. (2014). How transferable are features in deep neural networks? NeurIPS 27.

    Examples
    --------
    >>> import torch
    >>> backbone = torch.nn.Conv2d(3, 8, kernel_size=4, stride=4)
    >>> encoder = BackboneEncoder(backbone, freeze=True).build((1, 28, 28))
    >>> tokens, shared = encoder(torch.zeros(2, 1, 28, 28))
    >>> encoder.grid, tokens.shape, shared.shape
    ((7, 7), torch.Size([2, 49, 8]), torch.Size([2, 256]))
    """

    module: str | nn.Module | Callable[[], nn.Module] = field(kw_only=False)
    weights: str | PathLike[str] | None = None
    freeze: bool = False
    lr_scale: float = 0.1
    d_shared: int = 256
    dropout: float = 0.1

    def blank(self) -> BackboneEncoder:
        """Return the options without the pretrained weights."""
        return replace(self, weights=None)

    def build(self, sample_shape: Shape) -> Encoder:
        """Build the module for samples of the given shape."""
        self.check_counts("d_shared")
        self.check_shares("dropout")
        if not isinstance(self.lr_scale, Real) or not 0 < float(self.lr_scale) < math.inf:
            raise ValueError(
                f"BackboneEncoder: lr_scale must be a number above 0; found {self.lr_scale!r}."
            )
        if not isinstance(self.freeze, bool):
            raise ValueError(f"BackboneEncoder: freeze must be a bool; found {self.freeze!r}.")
        backbone = new_backbone(self.module, self.weights)
        backbone = nn.Sequential(*channel_repeats(backbone, sample_shape), backbone)
        backbone = Frozen(backbone) if self.freeze else backbone
        return BackboneEncoderModule(
            backbone, sample_shape, self.lr_scale, self.d_shared, self.dropout
        )


class BackboneEncoderModule(Encoder):
    """A backbone and a fully connected layer over its feature map."""

    def __init__(
        self,
        backbone: nn.Module,
        sample_shape: Shape,
        lr_scale: float,
        d_shared: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.lr_scales = {"backbone": lr_scale}
        _, *cells, d_tokens = channels_last(probe(backbone, sample_shape)).shape
        self.grid = tuple(cells) or (1,)
        self.to_shared = shared_layer(math.prod(self.grid) * d_tokens, d_shared, dropout)
        self.d_tokens = d_tokens
        self.d_shared = d_shared

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        feature_map = channels_last(self.backbone(features))  # (batch, *grid, d_tokens)
        tokens = feature_map.reshape(features.shape[0], -1, self.d_tokens)
        return tokens, self.to_shared(tokens)


class Frozen(nn.Module):
    """A module with fixed parameters that stays in evaluation mode."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module.requires_grad_(False)

    def train(self, mode: bool = True) -> Frozen:
        return super().train(False)

    def forward(self, features: Tensor) -> Tensor:
        return self.module(features)


class ChannelRepeat(nn.Module):
    """Repeat the one channel of grey images."""

    def __init__(self, n_channels: int) -> None:
        super().__init__()
        self.n_channels = n_channels

    def forward(self, features: Tensor) -> Tensor:
        return features.expand(-1, self.n_channels, -1, -1)


def channel_repeats(backbone: nn.Module, sample_shape: Shape) -> list[nn.Module]:
    """Return the layer that grey images need before a backbone for colour images, if any."""
    if len(sample_shape) != 3 or sample_shape[0] != 1:
        return []
    expected = [m.in_channels for m in backbone.modules() if isinstance(m, nn.Conv2d)][:1]
    return [ChannelRepeat(n_channels) for n_channels in expected if n_channels > 1]


def probe(backbone: nn.Module, sample_shape: Shape) -> Tensor:
    """Return the feature map of two samples; only its shape is used.

    The module runs on the meta device, where nothing is computed, or else on zeros if it cannot run
    there.

    Raises
    ------
    ValueError
        If the backbone does not accept such samples, or its result is not a feature map.
    """
    backbone.eval()
    try:
        feature_map = _run_on_meta(backbone, sample_shape)
    except Exception:  # a module that reads values may raise anything there
        feature_map = _run(backbone, sample_shape)
    backbone.train()
    shape = tuple(getattr(feature_map, "shape", ()))
    if len(shape) != len(sample_shape) + 1:
        raise ValueError(
            f"BackboneEncoder: module must map samples of shape {sample_shape} to "
            f"{MAPS[len(sample_shape)]}; found {shape or type(feature_map).__name__}."
        )
    return feature_map


def _run_on_meta(backbone: nn.Module, sample_shape: Shape) -> Tensor:
    state = {**dict(backbone.named_parameters()), **dict(backbone.named_buffers())}
    on_meta = {name: tensor.detach().to("meta") for name, tensor in state.items()}
    with torch.no_grad(), torch.device("meta"):
        return functional_call(backbone, on_meta, _zeros(backbone, sample_shape))


def _run(backbone: nn.Module, sample_shape: Shape) -> Tensor:
    try:
        with torch.no_grad():
            return backbone(_zeros(backbone, sample_shape))
    except Exception as error:
        raise ValueError(
            f"BackboneEncoder: module does not accept samples of shape {sample_shape}: {error}"
        ) from error


def _zeros(backbone: nn.Module, sample_shape: Shape) -> Tensor:
    dtype = next((parameter.dtype for parameter in backbone.parameters()), None)
    return torch.zeros(2, *sample_shape, dtype=dtype)


def channels_last(feature_map: Tensor) -> Tensor:
    """Move the channels of the map of images, (batch, d_tokens, h, w), to the end."""
    return feature_map.movedim(1, -1) if feature_map.ndim == 4 else feature_map
