"""Splitters and cross-validation for several tasks, with labels missing."""

from ._cross_val_predict import cross_val_predict
from ._mask_labels import mask_labels
from ._splitters import MultiTaskStratifiedKFold, MultiTaskStratifiedShuffleSplit
from ._train_test_split import multitask_train_test_split

__all__ = [
    "MultiTaskStratifiedKFold",
    "MultiTaskStratifiedShuffleSplit",
    "cross_val_predict",
    "mask_labels",
    "multitask_train_test_split",
]
