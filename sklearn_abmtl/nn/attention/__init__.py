"""Attentions: from encoder tokens or decoder states to one context per task."""

from ._base import Attention
from .auto import AutoAttention
from .cross_stitch import CrossStitchAttention
from .mmoe import MMoEAttention
from .mtan import MTANAttention
from .none import NoAttention
from .task_query import TaskAttention

ATTENTIONS = {
    "auto": AutoAttention,
    "task_query": TaskAttention,
    "mtan": MTANAttention,
    "mmoe": MMoEAttention,
    "cross_stitch": CrossStitchAttention,
    "none": NoAttention,
}

__all__ = [
    "ATTENTIONS",
    "Attention",
    "AutoAttention",
    "CrossStitchAttention",
    "MMoEAttention",
    "MTANAttention",
    "NoAttention",
    "TaskAttention",
]
