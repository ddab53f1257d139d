"""Training and inference: the skorch net, its data, callbacks, and what is learned afterwards."""

from .afterwards.importances import Importances, draw_task_rows, feature_importances
from .afterwards.pseudo_likelihood import learn_task_matrix
from .arrays import load_moments, moments_of, to_arrays, to_tensors
from .checkpoint.file import OF_A_RANK, Checkpoint, CheckpointOfClone
from .data.batches import DataSplit, TaskData, count_batches, indexed_tensor
from .data.workers import explained_workers, with_workers
from .execution.compiled import with_compiler
from .execution.precision import choose_forward
from .execution.random import PrivateDraws, reproducible_torch
from .execution.torch_state import own_torch_state
from .inference import as_tensor, forward_in_batches
from .loop.callbacks import clone_callbacks, kept_epoch, training_callbacks
from .loop.interrupts import StopTraining, is_fitted_repeatedly
from .loop.net import MultiTaskNet
from .loop.parameter_groups import parameter_groups
from .processes.ranks import (
    ALONE,
    GROUP_VARIABLES,
    OneProcess,
    current_ranks,
    is_in_group,
    join_on_this_machine,
)
from .processes.shared_group import write_shared_memory

__all__ = [
    "ALONE",
    "GROUP_VARIABLES",
    "OF_A_RANK",
    "Checkpoint",
    "CheckpointOfClone",
    "DataSplit",
    "Importances",
    "MultiTaskNet",
    "OneProcess",
    "PrivateDraws",
    "StopTraining",
    "TaskData",
    "as_tensor",
    "choose_forward",
    "clone_callbacks",
    "count_batches",
    "current_ranks",
    "draw_task_rows",
    "explained_workers",
    "feature_importances",
    "forward_in_batches",
    "indexed_tensor",
    "is_fitted_repeatedly",
    "is_in_group",
    "join_on_this_machine",
    "kept_epoch",
    "learn_task_matrix",
    "load_moments",
    "moments_of",
    "own_torch_state",
    "parameter_groups",
    "reproducible_torch",
    "to_arrays",
    "to_tensors",
    "training_callbacks",
    "with_compiler",
    "with_workers",
    "write_shared_memory",
]
