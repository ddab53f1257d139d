"""The single digits of composed images, and how they are drawn on a canvas."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.utils import check_array
from sklearn.utils._param_validation import StrOptions

Array = NDArray[Any]
Labels = NDArray[np.int64]

DIGIT_CONSTRAINTS: dict[str, list[Any]] = {
    "images": ["array-like", None],
    "labels": ["array-like", None],
    "subset": [StrOptions({"train", "test", "all"})],
    "random_state": ["random_state"],
}


class DigitPool(NamedTuple):
    """Images of single digits.

    Attributes
    ----------
    images : ndarray of shape (n_images, height, width)
    labels : ndarray of int64 of shape (n_images,)
        From 0 to 9.
    """

    images: Array
    labels: Labels

    def new_canvas(self, n_samples: int, width: int) -> Array:
        """Return an empty canvas of floats, of the images' height: (n_samples, height, width)."""
        dtype = np.result_type(self.images, np.float32)  # float32 holds every uint8
        return np.zeros((n_samples, self.images.shape[1], width), dtype=dtype)


def digit_pool(images: Any, labels: Any, subset: str) -> DigitPool:
    """Return the digits of a subset, from the passed images or from scikit-learn's.

    The test subset is the last quarter of the images of each digit, in the given order.

    Parameters
    ----------
    images : array-like of shape (n_images, height, width) or None
    labels : array-like of shape (n_images,) or None
    subset : {'train', 'test', 'all'}

    Raises
    ------
    ValueError
        If only one of images and labels is passed, a shape or a value does not fit, or a digit has
        only one image, which cannot be split.
    """
    if (images is None) != (labels is None):
        passed = "images" if labels is None else "labels"
        raise ValueError(f"images and labels must be passed together; found {passed} alone.")
    if images is None:
        digits = load_digits()
        images, labels = digits.images, digits.target
    images = _check_images(images)
    labels = _check_labels(labels, len(images))
    if subset == "all":
        return DigitPool(images, labels)
    rows = _is_test(labels) == (subset == "test")
    return DigitPool(images[rows], labels[rows])


def paste(canvas: Array, pieces: Array, columns: Array) -> None:
    """Draw the piece of each sample on its canvas, from its column on; brighter pixels are kept.

    Parameters
    ----------
    canvas : ndarray of shape (n_samples, height, canvas_width)
        Changed in place.
    pieces : ndarray of shape (n_samples, height, width)
    columns : ndarray of int of shape (n_samples,)
    """
    rows = np.arange(len(canvas))[:, np.newaxis]
    covered = columns[:, np.newaxis] + np.arange(pieces.shape[2])  # (n_samples, width)
    behind = canvas[rows, :, covered]  # (n_samples, width, height)
    canvas[rows, :, covered] = np.maximum(behind, pieces.transpose(0, 2, 1))


def _is_test(labels: Labels) -> NDArray[np.bool_]:
    digits, counts = np.unique(labels, return_counts=True)
    if (counts < 2).any():
        raise ValueError(
            "labels must hold each digit at least twice, for training and for test, or subset "
            f"must be 'all'; found one image of {digits[counts < 2].tolist()}."
        )
    in_test = np.zeros(len(labels), dtype=bool)
    for digit, count in zip(digits, counts, strict=True):
        in_test[np.flatnonzero(labels == digit)[-max(1, count // 4) :]] = True
    return in_test


def _check_images(images: Any) -> Array:
    images = check_array(images, ensure_2d=False, allow_nd=True, input_name="images")
    if images.ndim != 3 or 0 in images.shape:
        raise ValueError(
            f"images must have the shape (n_images, height, width); found {images.shape}."
        )
    if images.min() < 0:
        raise ValueError(f"images must not be negative, 0 is the background; found {images.min()}.")
    return images


def _check_labels(labels: Any, n_images: int) -> Labels:
    labels = np.asarray(labels)
    if labels.shape != (n_images,):
        raise ValueError(
            f"labels must hold one digit per image, ({n_images},); found the shape {labels.shape}."
        )
    read = {spelt: digit for digit in range(10) for spelt in (digit, str(digit))}  # OpenML: '5'
    unknown = [label for label in dict.fromkeys(labels.tolist()) if label not in read]
    if unknown:
        raise ValueError(f"labels must be digits from 0 to 9; found {unknown[:5]}.")
    return np.array([read[label] for label in labels.tolist()], dtype=np.int64)
