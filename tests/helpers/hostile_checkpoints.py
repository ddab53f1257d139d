"""Checkpoints that no fit wrote, made from one that did."""

from __future__ import annotations

from typing import Any

import numpy as np
from hostile_files import (
    HEADERS,
    HUGE,
    TEXTS,
    Change,
    Tensors,
    other_files,
    parts_of,
    with_header,
    with_header_value,
    with_tensors,
)

STOPS = {"early_stopping": True, "lr": 1.0, "max_epochs": 6}  # of the fit that was cut off

SECOND = ("history", 1)  # of three epochs

# what is set in the header: a place and a value; and what the error says
CHECKPOINT_HEADERS: dict[str, tuple[tuple[str | int, ...], Any, str]] = {
    "a newer checkpoint": (("checkpoint_version",), 2, "has checkpoint version 2; version "),
    "a version that is a truth": (("checkpoint_version",), True, "checkpoint version True"),
    "more in the header": (("os.system",), "ls", "its header has"),
    "a fingerprint that is none": (
        ("fingerprint",),
        7,
        "fingerprint must be a dict of texts; found 7",
    ),
    "a fingerprint of numbers": (("fingerprint", "X"), 7, "fingerprint must be a dict of texts"),
    "a huge number of epochs": (
        ("n_epochs",),
        HUGE,
        f"its n_epochs is {HUGE}, but its history has",
    ),
    "a text of epochs": (("n_epochs",), "3", "its n_epochs must be an integer; found '3'"),
    "no history": (("history",), [], "but its history has 0 epochs"),
    "a history that is a number": (("history",), 7, "not iterable"),
    "a history of texts": (("history",), ["a"] * 3, "epoch 1 of its history must be a dict"),
    "an epoch without values": (SECOND, {}, "epoch 2 of its history must have 'epoch' of the type"),
    "a number of the epoch that is none": ((*SECOND, "epoch"), "2", "must have 'epoch' of"),
    "another number of the epoch": ((*SECOND, "epoch"), 3, "epoch 2 of its history is {"),
    "a text as loss": ((*SECOND, "train_loss"), "low", "'train_loss' of the type float; found 'l"),
    "a list as loss": ((*SECOND, "valid_loss"), [0.1], "'valid_loss' of the type float; found ["),
    "a truth as loss": ((*SECOND, "valid_loss_color"), True, "'valid_loss_color' of the type flo"),
    "no accuracy of a task": ((*SECOND, "train_accuracy_size"), None, "'train_accuracy_size' of"),
    "a number as truth": ((*SECOND, "valid_loss_best"), 1, "'valid_loss_best' of the type bool"),
    "no duration": ((*SECOND, "dur"), None, "'dur' of the type float; found None"),
    "a dict of batches": ((*SECOND, "batches"), {}, "'batches' of the type list; found {}"),
    "batches of texts": ((*SECOND, "batches"), ["a"], "epoch 2 of its history is {"),
    "a function in the history": (("history",), [{"__custom__": "system"}], "part 'system'"),
    "wide texts in the history": (("history",), [{"a": TEXTS}], "names take"),
}


def with_epochs(data: bytes, n_epochs: int) -> bytes:
    """Return a checkpoint with so many epochs, each like the first."""
    header, _ = parts_of(data)
    first = header["history"][0]
    rows = [first | {"epoch": number} for number in range(1, n_epochs + 1)]
    return with_header_value(with_header_value(data, ("history",), rows), ("n_epochs",), n_epochs)


def without(prefix: str) -> Change:
    def change(tensors: Tensors) -> Tensors:
        return {name: array for name, array in tensors.items() if not name.startswith(prefix)}

    return change


def reshaped(prefix: str) -> Change:
    def change(tensors: Tensors) -> Tensors:
        changed = {name: a[None] for name, a in tensors.items() if name.startswith(prefix)}
        return tensors | changed

    return change


def as_numbers(prefix: str) -> Change:
    def change(tensors: Tensors) -> Tensors:
        numbers = {n: np.zeros((), a.dtype) for n, a in tensors.items() if n.startswith(prefix)}
        return tensors | numbers

    return change


def with_short_generator(tensors: Tensors) -> Tensors:
    return tensors | {"generators.cpu": np.zeros(5, dtype=np.uint8)}


CHECKPOINT_TENSORS: dict[str, tuple[Change, str]] = {
    "no network": (without("network"), "tensors are missing or unknown"),
    "another network": (reshaped("network"), "must have the shape"),
    "no weighting": (without("weighting"), "tensors are missing or unknown"),
    "a weighting that is a number": (as_numbers("weighting"), "must have the shape (3,)"),
    "tensors of nothing": (lambda t: t | {"../a": np.zeros(3)}, "belongs to nothing, '../a'"),
    "moments of an optimizer that there is not": (
        lambda t: t | {"optimizer7.0.step": np.zeros((), np.float32)},
        "tensors of optimizer7, which this training",
    ),
    "another best network": (reshaped("best"), "must have the shape"),
    "other moments": (reshaped("optimizer0"), "moments 0 must have "),
    "no step of the moments": (without("optimizer0.0.step"), "moments 0 must be "),
    "moments that are a number": (as_numbers("optimizer0"), "moments 0 must have "),
    "no generator": (without("generators"), "cpu"),
    "a generator that is none": (with_short_generator, "RNG state"),
}


CHECKPOINT_EPOCHS: dict[str, tuple[int, str]] = {
    "no epoch": (0, "its history has 0 epochs of at most 6"),
    "more epochs than there are": (7, "its history has 7 epochs of at most 6"),
}


def hostile_checkpoints(data: bytes) -> dict[str, bytes]:
    """Return all checkpoints that are made by hand from one."""
    return {
        **other_files(),
        **{name: with_header(text) for name, text in HEADERS.items()},
        **{
            name: with_header_value(data, place, value)
            for name, (place, value, _) in CHECKPOINT_HEADERS.items()
        },
        **{name: with_tensors(data, change) for name, (change, _) in CHECKPOINT_TENSORS.items()},
        **{name: with_epochs(data, n_epochs) for name, (n_epochs, _) in CHECKPOINT_EPOCHS.items()},
    }
