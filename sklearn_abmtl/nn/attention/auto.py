"""The attention ``'auto'``, chosen by the memory and the number of labels."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..._options import Spec
from .._shapes import Shape
from ._base import Attention
from .cross_stitch import CrossStitchAttention
from .task_query import TaskAttention

MIN_LABELS_FOR_STREAMS = 5000  # per task


@dataclass(kw_only=True)
class AutoAttention(Spec):
    """Choose task queries or cross-stitch streams by the memory and the number of labels.

    :class:`TaskAttention`, with one query per task, is used for several tokens or few labels.
    :class:`MLPEncoder` turns a table into one token, from which a query cannot choose. There,
    :class:`CrossStitchAttention`, with one stream per task, is used if there are 5,000 known labels
    per task or more, or if the rows come in pieces. With fewer labels its layers would overfit.

    Parameters
    ----------
    d_model : int, default=64
        Width of contexts.
    n_heads : int, default=4
        Number of heads of :class:`TaskAttention`.

    Examples
    --------
    >>> few = AutoAttention().for_labels(sample_shape=(7,), n_labels=300)
    >>> few
    TaskAttention(d_model=64, n_heads=4)
    >>> many = AutoAttention().for_labels(sample_shape=(7,), n_labels=30_000)
    >>> type(many.build(n_tasks=3, grid=(1,), d_memory=16)).__name__
    'CrossStitchAttentionModule'
    >>> type(many.build(n_tasks=3, grid=(7,), d_memory=16)).__name__
    'TaskAttentionModule'
    """

    d_model: int = 64
    n_heads: int = 4

    def for_labels(self, sample_shape: Shape, n_labels: float) -> AutoAttention | TaskAttention:
        """Return the options for a mean number of known labels per task."""
        return self if n_labels >= MIN_LABELS_FOR_STREAMS else self._task_attention()

    def build(self, n_tasks: int, grid: Shape, d_memory: int) -> Attention:
        """Build the module for a number of tasks and the grid and width of a memory."""
        has_one_token = math.prod(grid) == 1
        chosen = CrossStitchAttention(d_model=self.d_model)
        spec = chosen if has_one_token else self._task_attention()
        return spec.build(n_tasks, grid, d_memory)

    def _task_attention(self) -> TaskAttention:
        return TaskAttention(d_model=self.d_model, n_heads=self.n_heads)
