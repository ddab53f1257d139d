"""The comparisons of the benchmark of speed that are made for a GPU."""

from __future__ import annotations

import argparse
import json
from statistics import median
from typing import Any

import numpy as np
import torch
from _sets import load_set
from _speed_captured import CapturedLoop
from _speed_clock import Row, compare, seconds, wall_seconds
from skorch.callbacks import Callback
from torch.autograd import DeviceType
from torch.nn import functional

from sklearn_abmtl import ABMTLClassifier, VGGEncoder

BATCH_SIZE = 128
KURIN_PAIRS = {"train": 50_000, "test": 10_000}
Arguments = argparse.Namespace
XY = tuple[np.ndarray, np.ndarray]


class KernelClock(Callback):
    """Takes the seconds that the kernels of the last epoch worked, copies left out."""

    def on_epoch_begin(self, net: Any, **kwargs: Any) -> None:
        self.profile_ = torch.profiler.profile()
        self.profile_.start()

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        self.profile_.stop()
        microseconds = [
            event.self_device_time_total
            for event in self.profile_.key_averages()
            if event.device_type == DeviceType.CUDA
            and not event.is_user_annotation
            and not event.key.startswith(("Memcpy", "Memset"))
        ]
        self.seconds_ = sum(microseconds) / 1e6
        del self.profile_


def measure_step(arguments: Arguments) -> dict[str, Any]:
    X, Y = image_rows(arguments)
    ours = new_classifier(arguments, max_epochs=5)
    by_hand = CapturedLoop(ours.fit(X, Y), arguments.by_hand_precision)
    milliseconds = 1000 / (len(X) // BATCH_SIZE)  # per step, for each second per epoch

    def hand_written() -> float:
        by_hand.fit(X, Y)
        return median(by_hand.epoch_seconds) * milliseconds

    return compare(
        lambda: epoch_seconds(ours.fit(X, Y)) * milliseconds, hand_written, arguments.repeats, "ms"
    )


def measure_compiled(arguments: Arguments) -> dict[str, Any]:
    X, Y = image_rows(arguments)
    compiled = new_classifier(arguments, max_epochs=3, compile=True)
    plain = new_classifier(arguments, max_epochs=3)
    return compare(
        lambda: epoch_seconds(compiled.fit(X, Y)),
        lambda: epoch_seconds(plain.fit(X, Y)),
        arguments.repeats,
    )


def measure_kernels(arguments: Arguments) -> dict[str, Any]:
    X, Y = image_rows(arguments)
    plain = new_classifier(arguments, max_epochs=3)
    profiled = new_classifier(arguments, max_epochs=3, callbacks=[("kernels", KernelClock())])
    return compare(
        lambda: dict(profiled.fit(X, Y).net_.callbacks_)["kernels"].seconds_,
        lambda: epoch_seconds(plain.fit(X, Y)),
        arguments.repeats,
    )


def measure_kurin(arguments: Arguments) -> dict[str, Any]:
    (X, Y), (X_test, Y_test) = (
        kurin_pairs(arguments.data, subset, max(2, int(n_pairs * arguments.share)))
        for subset, n_pairs in KURIN_PAIRS.items()
    )
    encoder = VGGEncoder(width=10, n_stages=2, n_layers=1, d_shared=50)  # 10 and 20 maps: LeNet's
    ours = new_classifier(
        arguments,
        encoder=encoder,
        decoder=None,
        batch_size=256,
        max_epochs=max(2, int(100 * arguments.share)),
    )
    measured = compare(
        lambda: seconds(lambda: ours.fit(X, Y), wall_seconds), lambda: 60.0, arguments.repeats
    )
    accuracy = 100 * ours.score(X_test, Y_test)
    what = f"{CUDA_ROWS['kurin'].what}; mean accuracy {accuracy:.2f}, to be at least 94.8"
    return measured | {"what": what}


def new_classifier(arguments: Arguments, **parameters: Any) -> ABMTLClassifier:
    """Return a classifier on the device, with the parameters that the caller changes."""
    own = {"batch_size": BATCH_SIZE, "early_stopping": False, "random_state": 0, **parameters}
    return ABMTLClassifier(device=arguments.device, **own).set_params(
        **json.loads(arguments.params)
    )


def epoch_seconds(classifier: ABMTLClassifier) -> float:
    """Return the median of all epochs but the first, which compiles; each ends with a read."""
    return median(row["dur"] for row in classifier.history_[1:])


def image_rows(arguments: Arguments) -> XY:
    """Return multi_mnist in full batches, because a graph has a fixed batch size."""
    data = load_set(arguments.data, "multi_mnist")
    n_batches = max(1, int(len(data.train) * arguments.share) // BATCH_SIZE)
    rows = data.train[: n_batches * BATCH_SIZE]
    return data.X[rows, None], data.Y.to_numpy(np.int64)[rows]


def kurin_pairs(folder: str, subset: str, n_pairs: int) -> XY:
    """Return images (n_pairs, 1, 28, 28) of two digits that overlap, and both digits.

    As in Sener and Koltun (2018), one digit is at the top left of 36 x 36 pixels, and the other is
    6 pixels further down and right. Where they overlap, the brighter pixel is kept. The image is
    then reduced to 28 x 28. Training pairs and test pairs have no digit in common.
    """
    data = load_set(folder, "mnist_single")
    drawn = np.random.default_rng(0).choice(getattr(data, subset), (2, n_pairs))
    canvas = np.zeros((n_pairs, 1, 36, 36), np.uint8)
    canvas[:, 0, :28, :28] = data.X[drawn[0]]
    overlapped = canvas[:, 0, 6:34, 6:34]
    np.maximum(overlapped, data.X[drawn[1]], out=overlapped)
    shrunk = functional.interpolate(
        torch.from_numpy(canvas).float(), size=28, mode="bilinear", antialias=True
    )
    return shrunk.round().byte().numpy(), data.Y["digit"].to_numpy(np.int64)[drawn].T


CUDA_ROWS = {
    "captured_step": Row(
        "a step of fit, multi_mnist, VGGEncoder, batch 128",
        "a hand-written loop whose step is one CUDA graph",
        1.2,
        measure_step,
    ),
    "compiled": Row(
        "an epoch of multi_mnist, VGGEncoder, batch 128, compile=True",
        "the same without compile",
        1.0,
        measure_compiled,
    ),
    "kernels": Row(
        "CUDA kernels in an epoch of multi_mnist: the share of arithmetic",
        "the epoch on the clock",
        1.0,
        measure_kernels,
    ),
    "kurin": Row(
        "fit, 50,000 pairs of digits, 28 x 28, 10 and 20 maps, batch 256, 100 epochs",
        "60 s",
        1.0,
        measure_kurin,
    ),
}
