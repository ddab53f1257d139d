"""The axes of a sample, read as a row of a table, a sequence or an image."""

from __future__ import annotations

import math
from functools import singledispatch
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .stored_rows import StoredRows
from .warn_caller import warn_caller

Array = NDArray[Any]
Shape = tuple[int, ...]

N_COLORS = (1, 3, 4)  # channels of grey pictures, of colours, and of colours with transparency
MIN_SIDE = 8  # of a grey image without an axis of channels
MAX_RATIO = 2.0  # of the sides of such an image
DOUBTFUL_RATIO = 4.0  # of the sides of a sequence that may be an image
LESS = 2  # the last axis may be channels if the first is at least so many times as long
KINDS = {1: "table", 2: "sequence", 3: "image"}
SET_CHANNELS = "Set channels='first' or channels='last' to say which."


class SampleLayout(NamedTuple):
    """The order of the axes of a sample of X in the input of the network.

    Attributes
    ----------
    sample_shape : tuple of int
        Shape of a sample of X.
    shape : tuple of int
        The same with ``input_shape``, and with an axis of channels for grey images.
    axes : tuple of int
        The axis of ``shape`` for each axis of the network's input.
    """

    sample_shape: Shape
    shape: Shape
    axes: tuple[int, ...]

    @property
    def network_shape(self) -> Shape:
        """Shape of the network's input: (n_features,), (n_steps, n_channels), or that of images.

        Images are (n_channels, height, width).
        """
        return tuple(self.shape[axis] for axis in self.axes)

    @property
    def kind(self) -> str:
        """'table', 'sequence' or 'image'."""
        return KINDS[len(self.axes)]

    def check(self) -> None:
        """Raise a ValueError unless the axes and shapes match."""
        values = [*self.sample_shape, *self.shape]
        is_order = sorted(self.axes) == list(range(len(self.shape))) and len(self.axes) in KINDS
        is_whole = all(type(side) is int and side > 0 for side in values)
        if not is_order or not is_whole or math.prod(self.sample_shape) != math.prod(self.shape):
            raise ValueError(f"{self!r:.200} is no layout of a sample's axes.")

    def describe(self) -> str:
        """Return the names of the axes of ``shape``, in its order."""
        names = {
            "table": ("n_features",),
            "sequence": ("n_steps", "n_channels"),
            "image": ("n_channels", "height", "width"),
        }[self.kind]
        ordered = [names[self.axes.index(axis)] for axis in range(len(self.axes))]
        return f"({', '.join(ordered)}{',' if len(ordered) == 1 else ''})"

    def arrange(self, samples: Array) -> Array:
        """Return samples (n_samples, *sample_shape) in the axis order of the network."""
        shaped = samples.reshape(len(samples), *self.shape)
        return shaped.transpose(0, *(1 + axis for axis in self.axes))

    def restore(self, samples: Array) -> Array:
        """Return samples (n_samples, *network_shape) in the shape of X."""
        order = np.argsort(self.axes)
        restored = samples.transpose(0, *(1 + axis for axis in order.tolist()))
        return restored.reshape(len(samples), *self.sample_shape)


@singledispatch
def arranged(rows: Any, layout: SampleLayout) -> Any:
    """Return rows in the axis order of the network; rows of a file change when they are read."""
    return layout.arrange(rows)


@arranged.register
def _(rows: StoredRows, layout: SampleLayout) -> StoredRows:
    return rows.then(layout.arrange, layout.network_shape)


def choose_layout(
    sample_shape: Shape, *, input_shape: Shape | None, channels: str, is_bytes: bool
) -> SampleLayout:
    """Choose the layout of samples.

    Channels are last if the last axis has 1, 3 or 4 entries and the first axis does not.

    Parameters
    ----------
    sample_shape : tuple of int
    input_shape : tuple of int or None
        Shape of the sample in a flat row, or shape of samples with an axis of channels added.
    channels : {'auto', 'first', 'last'}
    is_bytes : bool
        Whether X is of type uint8, like pictures.

    Raises
    ------
    ValueError
        If samples have more than 3 axes, or do not fit ``input_shape``.

    Warns
    -----
    UserWarning
        If two readings are possible.
    """
    if 0 in sample_shape:
        raise ValueError(f"A sample of X must hold values; found samples of shape {sample_shape}.")
    shape = sample_shape if input_shape is None else _shaped(sample_shape, input_shape, channels)
    if len(shape) > 3:
        raise ValueError(
            "A sample of X must have 1 (table), 2 (sequence) or 3 (image) axes; found samples of "
            f"shape {shape}."
        )
    if len(shape) == 1:
        return SampleLayout(sample_shape, shape, (0,))
    if len(shape) == 2:
        return _read_two_axes(sample_shape, shape, channels, is_bytes)
    if len(sample_shape) == 2:  # input_shape adds the axis of channels
        is_last = shape[:2] == sample_shape and (shape[0] != 1 or channels == "last")
    else:
        is_last = channels == "last" or (channels == "auto" and _ends_in_channels(shape))
    return SampleLayout(sample_shape, shape, (2, 0, 1) if is_last else (0, 1, 2))


def _shaped(sample_shape: Shape, input_shape: Shape, channels: str) -> Shape:
    """Return ``input_shape`` if samples may be reshaped to it."""
    if math.prod(sample_shape) != math.prod(input_shape):
        raise ValueError(
            f"input_shape={input_shape} holds {math.prod(input_shape)} values; a sample of X "
            f"has the shape {sample_shape}, {math.prod(sample_shape)} values."
        )
    with_channel = {
        "first": [(1, *sample_shape)],
        "last": [(*sample_shape, 1)],
        "auto": [(1, *sample_shape), (*sample_shape, 1)],
    }
    allowed = [sample_shape, *(with_channel[channels] if len(sample_shape) == 2 else [])]
    if len(sample_shape) == 1 or input_shape in allowed:
        return input_shape
    raise ValueError(
        f"input_shape={input_shape} would give the axes of samples of shape {sample_shape} "
        "another order or meaning; input_shape is for flat rows, and may add an axis of one "
        "channel to grey images. Leave input_shape out, and set channels='last' where the "
        "channels are the last axis; or transpose X."
    )


def _ends_in_channels(shape: Shape) -> bool:
    """Return whether the last of three axes is that of channels; warn if the first may be, too."""
    first, middle, last = shape
    is_color, starts_with_color = last in N_COLORS, first in N_COLORS
    could_be = LESS * last <= first and middle != last  # (256, 7, 7) is a map of 256 channels
    if (is_color and starts_with_color) or (not is_color and not starts_with_color and could_be):
        warn_caller(
            f"X has samples of shape {shape}, whose first and last axis can both be that of "
            f"channels; they are read as (n_channels, height, width). {SET_CHANNELS}"
        )
    return is_color and not starts_with_color


def _read_two_axes(
    sample_shape: Shape, shape: Shape, channels: str, is_bytes: bool
) -> SampleLayout:
    if channels != "auto":
        return SampleLayout(sample_shape, shape, (0, 1) if channels == "last" else (1, 0))
    ratio = max(shape) / min(shape)
    is_large = min(shape) >= MIN_SIDE
    image = SampleLayout(sample_shape, (1, *shape), (0, 1, 2))
    if is_bytes and is_large:
        return image
    if is_large and ratio <= MAX_RATIO:
        warn_caller(
            f"X has samples of shape {shape}, which are read as grey images (height, width). Set "
            "channels='last' if they are sequences (n_steps, n_channels), or "
            f"input_shape={image.shape} if they are images; either stops this warning."
        )
        return image
    if is_large and ratio <= DOUBTFUL_RATIO:
        warn_caller(
            f"X has samples of shape {shape}, which are read as sequences (n_steps, n_channels). "
            f"Set input_shape={image.shape} if they are grey images (height, width), "
            "channels='first' if they are sequences (n_channels, n_steps), or channels='last' if "
            "this is correct; each of these stops this warning."
        )
    return SampleLayout(sample_shape, shape, (0, 1))


def check_input_shape(input_shape: Any) -> Shape | None:
    """Return ``input_shape`` as a tuple of 1 to 3 positive integers, or None."""
    if input_shape is None:
        return None
    sides = tuple(input_shape)
    valid = all(isinstance(side, int | np.integer) and side >= 1 for side in sides)
    if not valid or not 1 <= len(sides) <= 3:
        raise ValueError(
            "input_shape must be None or 1 to 3 positive integers: (n_features,), (n_steps, "
            "n_channels), (n_channels, height, width) or, with the channels last, (height, width, "
            f"n_channels); found {input_shape!r}."
        )
    return tuple(int(side) for side in sides)
