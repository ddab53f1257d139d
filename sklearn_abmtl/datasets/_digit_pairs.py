"""Images of two digits, with one task for each digit."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, validate_params

from ._digits import DIGIT_CONSTRAINTS, digit_pool, paste


@validate_params(
    {
        "n_samples": [Interval(Integral, 1, None, closed="left")],
        "overlap": [Interval(Integral, 0, None, closed="left")],
        **DIGIT_CONSTRAINTS,
    },
    prefer_skip_nested_validation=True,
)
def make_digit_pairs(
    n_samples: int = 1000,
    *,
    images: Any = None,
    labels: Any = None,
    subset: str = "train",
    overlap: int = 0,
    random_state: Any = None,
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Make images of two handwritten digits, with one task for each digit.

    Each image shows two digits side by side, drawn with replacement. The subsets 'train' and 'test'
    use different source digits, for every ``random_state``.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of pairs.
    images : array-like of shape (n_images, height, width), default=None
        Single digits, bright on a background of 0, such as MNIST. By default, the 8 x 8 digits of
        :func:`sklearn.datasets.load_digits`, with values from 0 to 16.
    labels : array-like of shape (n_images,), default=None
        The digit of each image, from 0 to 9 (as numbers or strings).
    subset : {'train', 'test', 'all'}, default='train'
        Which of the source digits to use. 'test' is the last quarter (rounded down, at least one)
        of the images of each digit, in the given order; 'train' is the rest.
    overlap : int, default=0
        Number of pixel columns that the two digits share, less than their width. The brighter of
        two pixels is kept.
    random_state : int, RandomState instance or None, default=None
        Determines the choice of digits. An int gives the same pairs at each call.

    Returns
    -------
    X : ndarray of shape (n_samples, height * (2 * width - overlap))
        One image per row, line by line: (n_samples, 128) for 8 x 8 digits side by side, which
        ``ABMTLClassifier(input_shape=(1, 8, 16))`` reads. float32 for images of uint8 or float32,
        else float64.
    y : ndarray of shape (n_samples, 2)
        The left and the right digit.

    Raises
    ------
    ValueError
        If only one of images and labels is passed, a shape or a value does not fit, or the
        overlap is not less than the width of a digit.

    References
    ----------
    Sabour, Frosst and Hinton (2017). Dynamic Routing Between Capsules. NeurIPS 30. It introduced
    MultiMNIST, the first such data set.

    Examples
    --------
    >>> from sklearn_abmtl.datasets import make_digit_pairs
    >>> X, y = make_digit_pairs(n_samples=500, random_state=0)
    >>> X.shape, y.shape
    ((500, 128), (500, 2))
    >>> X_test, y_test = make_digit_pairs(n_samples=100, subset="test", overlap=2, random_state=0)
    >>> X_test.reshape(-1, 8, 14).shape
    (100, 8, 14)
    """
    pool = digit_pool(images, labels, subset)
    width = pool.images.shape[2]
    if overlap >= width:
        raise ValueError(
            f"overlap must be less than the width of a digit, {width}; found {overlap}."
        )
    pairs = check_random_state(random_state).randint(len(pool.labels), size=(n_samples, 2))
    canvas = pool.new_canvas(n_samples, 2 * width - overlap)
    for position, column in enumerate((0, width - overlap)):
        paste(canvas, pool.images[pairs[:, position]], np.full(n_samples, column))
    return canvas.reshape(n_samples, -1), pool.labels[pairs]
