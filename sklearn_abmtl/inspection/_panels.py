"""The axes of the displays, and drawing functions that several displays use."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils.validation import check_is_fitted

from .._data.containers import open_rows
from .._data.sample_layout import SampleLayout
from .._data.stored_rows import Source
from .._wrappers.task_view import inner_classifier

Array = NDArray[Any]

# colour-blind-safe colours of Okabe and Ito, with grey for their yellow, which is pale on white
COLORS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#999999", "#000000")
MAX_COLORED = len(COLORS)  # for more tasks a heat map is drawn, or only the worst are named
COLOR_MAP = "viridis"
LINE_HEIGHT = 0.22  # inches per line of small text
LETTER_WIDTH = 0.07  # inches per letter of small text
BESIDE = {
    "fontsize": 8,
    "loc": "upper left",
    "bbox_to_anchor": (1.02, 1),
    "frameon": False,
}  # legends


def make_panels(
    display: Any,
    ax: Any,
    shape: tuple[int, int],
    size: tuple[float, float],
    *,
    ratios: dict[str, Any] | None = None,
    **sharing: Any,
) -> Array:
    """Return new axes (n_rows, n_columns), in the place of ``ax`` or in a new figure.

    Parameters
    ----------
    display : object
        Its class is named in errors.
    ax : matplotlib Axes or None
        It is turned off, and the new axes take its place.
    shape : tuple of int
        Numbers of rows and columns.
    size : tuple of float
        Width and height of a new figure, in inches.
    ratios : dict, default=None
        ``width_ratios`` and ``height_ratios`` of the grid.
    **sharing
        ``sharex`` and ``sharey``, as in ``matplotlib.pyplot.subplots``.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    ValueError
        If ``ax`` is not part of a grid.
    """
    check_matplotlib_support(f"{type(display).__name__}.plot")
    import matplotlib.pyplot as plt  # noqa: PLC0415 (matplotlib is an extra)

    if ax is None:
        figure = plt.figure(figsize=size, layout="constrained")
        grid = figure.add_gridspec(*shape, **(ratios or {}))
    else:
        grid = _place(ax).subgridspec(*shape, **(ratios or {}))
        ax.set_axis_off()
    return grid.subplots(squeeze=False, **sharing)


def _place(ax: Any) -> Any:
    spec = getattr(ax, "get_subplotspec", lambda: None)()
    if spec is None:
        raise ValueError(
            f"ax must be an Axes of a grid, as returned by matplotlib.pyplot.subplots; found {ax}."
        )
    return spec


def grid_shape(n_panels: int, height: float = 1.0) -> tuple[int, int]:
    """Return rows and columns for panels: wider than high, with fewer columns for flat panels.

    ``height`` is the height of a panel divided by its width.

    Examples
    --------
    >>> [grid_shape(n_panels) for n_panels in (1, 2, 8, 40)]
    [(1, 1), (1, 2), (2, 4), (5, 8)]
    >>> grid_shape(8, 0.2)
    (3, 3)
    """
    n_columns = min(n_panels, math.ceil(math.sqrt(1.6 * n_panels * min(1.0, 2 * height))))
    return math.ceil(n_panels / n_columns), n_columns


def turn_off_from(axes: Array, n_panels: int) -> None:
    """Turn off the axes from ``n_panels`` on."""
    for axis in axes.flat[n_panels:]:
        axis.set_axis_off()


def lowest(axes: Array, n_panels: int) -> list[Any]:
    """Return the lowest axes in use of each column of a grid."""
    n_columns = axes.shape[1]
    return [axes[(n_panels - 1 - column) // n_columns, column] for column in range(n_columns)]


def shorten(name: Any, n_characters: int = 24) -> str:
    """Return a name, without its middle if it is too long for a label; often ends differ.

    A dollar sign is escaped, since matplotlib reads text between two of them as a formula.

    Examples
    --------
    >>> shorten("protein with binding function", 12)
    'protei…ction'
    """
    text = str(name)
    n_last = (n_characters - 1) // 2
    if len(text) > n_characters:
        text = f"{text[: n_characters - 1 - n_last]}…{text[-n_last:]}"
    return text.replace("$", r"\$")


def width_of(names: Iterable[Any], n_characters: int = 24) -> float:
    """Return the width of the longest name in inches, as a label in small text."""
    return LETTER_WIDTH * max((len(shorten(name, n_characters)) for name in names), default=0)


def draw_heat_map(
    axis: Any,
    values: Array,
    rows: Sequence[Any],
    columns: Sequence[Any],
    limits: tuple[float, float],
) -> Any:
    """Draw values (n_rows, n_columns) with one name per row and, if given, one per column."""
    low, high = limits
    image = axis.imshow(values, cmap=COLOR_MAP, aspect="auto", vmin=low, vmax=high)
    axis.set_yticks(range(len(rows)), [shorten(name) for name in rows], fontsize=8)
    if len(columns):
        names = [shorten(name) for name in columns]
        axis.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
    return image


def add_color_bar(image: Any, label: str) -> None:
    """Draw a colour bar beside the axes of an image, as high as they are."""
    place = image.axes.inset_axes((1.03, 0, 0.04, 1))
    image.axes.figure.colorbar(image, cax=place, label=label)


def draw_channels(axis: Any, sequence: Array) -> None:
    """Draw a sequence (n_steps, n_channels), with one colour per channel up to eight channels."""
    n_channels = sequence.shape[1]
    if n_channels <= MAX_COLORED:
        axis.set_prop_cycle(color=COLORS)
        labels = [f"channel {channel}" for channel in range(n_channels)]
    else:
        axis.set_prop_cycle(color=COLORS[:1], alpha=[0.5])
        labels = [f"{n_channels} channels"]
    lines = axis.plot(sequence, linewidth=1)
    for line, label in zip(lines, labels, strict=False):
        line.set_label(label)


def classifier_with(estimator: Any, attribute: str) -> Any:
    """Return the classifier within a fitted estimator; raise an error if it lacks an attribute."""
    check_is_fitted(estimator)
    classifier = inner_classifier(estimator)
    if not hasattr(classifier, attribute):
        raise TypeError(
            f"estimator must have the attribute {attribute}, as ABMTLClassifier has; "
            f"found {type(classifier).__name__}."
        )
    return classifier


def check_method(estimator: Any, method: str) -> None:
    """Raise an error unless an estimator is fitted and has a method."""
    if not hasattr(estimator, method):
        raise TypeError(
            f"estimator must have the method {method}, as ABMTLClassifier has; "
            f"found {type(estimator).__name__}."
        )
    check_is_fitted(estimator)


def shaped_samples(estimator: Any, X: Any) -> Array:
    """Return samples in the shape that the network reads, (n_samples, ...)."""
    rows = open_rows(X)
    values = rows.read(np.arange(rows.shape[0])) if isinstance(rows, Source) else np.asarray(rows)
    return layout_of(estimator).arrange(values)


def layout_of(estimator: Any) -> SampleLayout:
    """Return how the axes of a sample of X are read."""
    return inner_classifier(estimator)._feature_reader.layout


def to_pictures(images: Array) -> Array:
    """Return images (n_images, n_channels, height, width) scaled to [0, 1], for drawing.

    Images with three channels keep their colours, (n_images, height, width, 3); others are grey,
    (n_images, height, width).
    """
    colored = np.moveaxis(images, 1, -1)  # (n_images, height, width, n_channels)
    pictures = colored if colored.shape[-1] == 3 else colored.mean(axis=-1)
    low, high = pictures.min(), pictures.max()
    return (pictures - low) / ((high - low) or 1)
