"""Images of strings of digits, with one task for each position and one for the length."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, validate_params

from ._digits import DIGIT_CONSTRAINTS, digit_pool, paste

NO_DIGIT = 10  # the class of a position after the end


@validate_params(
    {
        "n_samples": [Interval(Integral, 1, None, closed="left")],
        "min_length": [Interval(Integral, 1, None, closed="left")],
        "max_length": [Interval(Integral, 1, None, closed="left")],
        "max_gap": [Interval(Integral, 0, None, closed="left")],
        **DIGIT_CONSTRAINTS,
    },
    prefer_skip_nested_validation=True,
)
def make_digit_strings(
    n_samples: int = 1000,
    *,
    min_length: int = 3,
    max_length: int = 5,
    max_gap: int = 2,
    images: Any = None,
    labels: Any = None,
    subset: str = "train",
    random_state: Any = None,
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Make images of strings of handwritten digits: one task per position, and the length.

    A string is drawn on a canvas of fixed width, with a random gap before each digit, so that a
    position in the string has no fixed place in the image. Digits are drawn with replacement, and
    all lengths are equally likely. The subsets 'train' and 'test' use different source digits, for
    every ``random_state``.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of strings.
    min_length : int, default=3
        Number of digits of the shortest string.
    max_length : int, default=5
        Number of digits of the longest string.
    max_gap : int, default=2
        Largest number of empty pixel columns before a digit; each gap has from 0 to ``max_gap``.
    images : array-like of shape (n_images, height, width), default=None
        Single digits, bright on a background of 0, such as MNIST. By default, the 8 x 8 digits of
        :func:`sklearn.datasets.load_digits`, with values from 0 to 16.
    labels : array-like of shape (n_images,), default=None
        The digit of each image, from 0 to 9 (as numbers or strings).
    subset : {'train', 'test', 'all'}, default='train'
        Which of the source digits to use. 'test' is the last quarter (rounded down, at least one)
        of the images of each digit, in the given order; 'train' is the rest.
    random_state : int, RandomState instance or None, default=None
        Determines digits, lengths and gaps. An int gives the same strings at each call.

    Returns
    -------
    X : ndarray of shape (n_samples, height * max_length * (width + max_gap))
        One image per row, line by line: (n_samples, 400) by default, which
        ``ABMTLClassifier(input_shape=(1, 8, 50))`` reads. float32 for images of uint8 or float32,
        else float64.
    y : ndarray of shape (n_samples, max_length + 1)
        First the digit of each position, where 10 means no digit (a position after the end of the
        string); then the length.

    Raises
    ------
    ValueError
        If only one of images and labels is passed, a shape or a value does not fit, or
        ``min_length`` is above ``max_length``.

    Examples
    --------
    >>> from sklearn_abmtl.datasets import make_digit_strings
    >>> X, y = make_digit_strings(n_samples=500, random_state=0)
    >>> X.shape
    (500, 400)
    >>> y[:3]
    array([[ 2,  9,  9, 10, 10,  3],
           [ 2,  6,  0,  5, 10,  4],
           [ 4,  1,  2, 10, 10,  3]])
    """
    if min_length > max_length:
        raise ValueError(
            f"min_length must not be above max_length, {max_length}; found {min_length}."
        )
    pool = digit_pool(images, labels, subset)
    generator = check_random_state(random_state)
    lengths = generator.randint(min_length, max_length + 1, size=(n_samples, 1))
    chosen = generator.randint(len(pool.labels), size=(n_samples, max_length))
    gaps = generator.randint(max_gap + 1, size=(n_samples, max_length))
    width = pool.images.shape[2]
    columns = gaps.cumsum(axis=1) + width * np.arange(max_length)  # (n_samples, max_length)
    present = np.arange(max_length) < lengths
    canvas = pool.new_canvas(n_samples, max_length * (width + max_gap))
    for position in range(max_length):
        pieces = pool.images[chosen[:, position]]  # (n_samples, height, width)
        paste(canvas, pieces * present[:, position, None, None], columns[:, position])
    digits = np.where(present, pool.labels[chosen], NO_DIGIT)
    return canvas.reshape(n_samples, -1), np.hstack([digits, lengths])
