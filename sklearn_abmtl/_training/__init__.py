"""Training and inference: the skorch net, its data, callbacks, and what is learned afterwards."""

from ._callbacks import clone_callbacks, training_callbacks
from ._data import DataSplit, TaskData, count_batches
from ._importances import feature_importances
from ._inference import as_tensor, forward_in_batches
from ._lr_groups import lr_groups
from ._net import MultiTaskNet
from ._pseudo_likelihood import learn_task_matrix
from ._random import reproducible_torch

__all__ = [
    "DataSplit",
    "MultiTaskNet",
    "TaskData",
    "as_tensor",
    "clone_callbacks",
    "count_batches",
    "feature_importances",
    "forward_in_batches",
    "learn_task_matrix",
    "lr_groups",
    "reproducible_torch",
    "training_callbacks",
]
