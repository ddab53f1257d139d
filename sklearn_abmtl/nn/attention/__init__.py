"""Attentions: encoder tokens or decoder states to one context a task."""

from ._base import Attention
from .none import NoAttention
from .task_query import TaskAttention

ATTENTIONS = {"task_query": TaskAttention, "none": NoAttention}

__all__ = ["ATTENTIONS", "Attention", "NoAttention", "TaskAttention"]
