"""The options of a network, from which it can be built again without data."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch.nn.utils import convert_conv2d_weight_memory_format

from .._data.row_reader import RowReader
from .._data.rows import LabelledRows
from .._data.sample_layout import KINDS
from .._data.statistics import bin_edges, find_missing_numbers, input_statistics
from ..nn import InputScaler, MemberNetworks, Network, RandomShift, TableInput
from ..nn.assembly import build_network
from ..nn.input_layers.category_embeddings import embedding_width
from ..nn.parts import PartSpecs, choose_parts
from .plan import choose_max_shift, choose_n_bins


@dataclass(frozen=True, kw_only=True)
class NetworkPlan:
    """The options of a network. Its arrays are computed from training rows, or set later.

    Parameters
    ----------
    specs : PartSpecs
    sharing : {'hard', 'soft'}
    n_members : int
    dtype : {'float32', 'float64'}
    sample_shape : tuple of int
    n_classes : list of int
        Number of classes of each task.
    max_shift : int
        Largest random shift of images in training, in pixels.
    n_bins : int
        Number of bins of each numeric feature of a table.
    n_codes : list of int or None
        Number of category codes of each feature, 0 for numeric features. None if the first layer
        only scales X.
    has_missing : list of bool
        Which features get a column that marks missing numbers.
    """

    specs: PartSpecs
    sharing: str
    n_members: int
    dtype: str
    sample_shape: tuple[int, ...]
    n_classes: list[int]
    max_shift: int
    n_bins: int
    n_codes: list[int] | None
    has_missing: list[bool]

    @classmethod
    def choose(
        cls,
        parameters: Mapping[str, Any],
        reader: RowReader,
        rows: LabelledRows,
        n_labels: float | None,
    ) -> Self:
        """Return the plan for training rows.

        Parameters
        ----------
        parameters : dict
            Parameters of the estimator.
        reader : RowReader
            The reader that has read the rows.
        rows : LabelledRows
        n_labels : float or None
            Mean number of labels per task; None if the rows are the first piece of the data.
        """
        features = rows.features
        sample_shape = features.shape[1:]
        specs = choose_parts(parameters, len(sample_shape))
        n_bins = choose_n_bins(parameters["n_bins"], len(features))
        kinds = reader.features
        has_own_kinds = kinds.is_categorical is not None or kinds.handle_missing != "error"
        is_plain = features.ndim != 2 or (n_bins == 1 and not has_own_kinds)
        return cls(
            specs=PartSpecs(*(_for_labels(spec, sample_shape, n_labels) for spec in specs)),
            sharing=parameters["sharing"],
            n_members=int(parameters["n_members"]),
            dtype=parameters["dtype"],
            sample_shape=sample_shape,
            n_classes=[len(classes) for classes in reader.labels.classes_],
            max_shift=choose_max_shift(parameters["max_shift"], sample_shape),
            n_bins=n_bins,
            n_codes=None if is_plain else kinds.n_codes,
            has_missing=[] if is_plain else find_missing_numbers(features).tolist(),
        )

    def build(self, input_layer: InputScaler | TableInput) -> Network:
        """Build the network with this first layer."""
        networks = [
            build_network(self.specs, self.sharing, self.sample_shape, self.n_classes, input_layer)
            for _ in range(self.n_members)
        ]
        network = networks[0] if len(networks) == 1 else MemberNetworks(networks)
        network = network.to(getattr(torch, self.dtype))
        # convolutions are faster in this layout, also on CPUs
        return convert_conv2d_weight_memory_format(network, torch.channels_last)

    def fitted_input_layer(self, rows: LabelledRows) -> InputScaler | TableInput:
        """Build the first layer from training rows."""
        features = rows.features
        mean, scale = input_statistics(features, rows.row_weights)
        edges = None
        if self.n_codes is not None:
            edges = torch.from_numpy(bin_edges(features, mean, self.n_bins, rows.row_weights))
        return self._input_layer(torch.from_numpy(mean), torch.from_numpy(scale), edges)

    def blank_input_layer(self) -> InputScaler | TableInput:
        """Build the first layer with placeholders, whose values are set later."""
        is_image = KINDS[len(self.sample_shape)] == "image"
        shape = (self.sample_shape[0], 1, 1) if is_image else self.sample_shape[-1:]
        edges = None
        if self.n_codes is not None:
            edges = torch.zeros(self.sample_shape[-1], self.n_bins + 1)
        return self._input_layer(torch.zeros(shape), torch.ones(shape), edges)

    @property
    def d_embeddings(self) -> int:
        """Sum of the widths of the categories' embeddings."""
        return sum(map(embedding_width, filter(None, self.n_codes or [])))

    @property
    def n_layers(self) -> int:
        """Sum of the layers in the specs, as in one network with hard sharing."""
        return sum(map(_count_layers, self.specs))

    def _input_layer(
        self, mean: torch.Tensor, scale: torch.Tensor, edges: torch.Tensor | None
    ) -> InputScaler | TableInput:
        if self.max_shift:
            return RandomShift(mean, scale, self.max_shift)
        if self.n_codes is None or edges is None:
            return InputScaler(mean, scale)
        numbers = [feature for feature, n in enumerate(self.n_codes) if not n]
        scaler = InputScaler(mean[numbers], scale[numbers])
        return TableInput(scaler, edges[numbers], self.n_codes, self.has_missing)


def build_on_meta(plan: NetworkPlan) -> Network:
    """Build a network on the meta device; only tensors that the plan determines take memory."""
    with torch.device("meta"):
        return plan.build(plan.blank_input_layer())


def _count_layers(spec: Any) -> int:
    n_layers, n_stages = getattr(spec, "n_layers", 0), getattr(spec, "n_stages", 1)
    if isinstance(n_layers, list | tuple):
        return sum(n_layers)
    return int(n_layers) * (int(n_stages) if isinstance(n_stages, int) else 1)


def _for_labels(spec: Any, sample_shape: tuple[int, ...], n_labels: float | None) -> Any:
    """Return a copy of the options, since the caller may set them later."""
    if n_labels is None or not hasattr(spec, "for_labels"):
        return copy.copy(spec)
    return copy.copy(spec.for_labels(sample_shape, n_labels))
