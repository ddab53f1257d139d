"""Saved models with one node of the header replaced or removed, with a correct digest."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import checkpoint_samples
from hostile_checkpoints import STOPS
from hostile_files import parts_of, sealed
from samples import quick
from saved_samples import CASES, CODES, IMAGES, SEQUENCES
from sklearn.base import clone
from torch import nn

from sklearn_abmtl import (
    BackboneEncoder,
    BiLSTMDecoder,
    ConvDecoder,
    RecurrentEncoder,
    TaskAttention,
    TaskClassifier,
    VGGEncoder,
    export_onnx,
    load_model,
    save_model,
)

Place = tuple[str | int, ...]


def small_backbone() -> nn.Module:
    """Return what a caller passes in ``custom_parts``."""
    return nn.Sequential(nn.Conv2d(1, 4, 3, stride=2), nn.BatchNorm2d(4), nn.ReLU())


SMALL = {"attention": TaskAttention(d_model=8), "task_classifier": TaskClassifier(d_hidden=8)}
KINDS: dict[str, tuple[dict[str, Any], Any, Any]] = {  # of models: parameters, X and y
    "table of categories and bins": CASES["categories and missing numbers"],
    "images with a decoder and members": (
        {
            **SMALL,
            "n_members": 2,
            "encoder": VGGEncoder(width=2, d_shared=8),
            "decoder": BiLSTMDecoder(width=4),
            "warm_start": True,
        },
        IMAGES,
        CODES,
    ),
    "sequences, each task by itself": (
        {
            **SMALL,
            "sharing": "soft",
            "encoder": RecurrentEncoder(width=4, d_shared=8),
            "decoder": ConvDecoder(width=4),
            "loss_weights": "famo",
            "class_weight": ["balanced", {0: 1, 1: 3}, None],
        },
        SEQUENCES,
        CODES,
    ),
    "images with a backbone": (
        {**SMALL, "encoder": BackboneEncoder(small_backbone, d_shared=8), "decoder": None},
        IMAGES,
        CODES,
    ),
}
CHECKPOINT = "a checkpoint"
REMOVED = object()  # in place of a value
ARRAY = {"__array__": "<i8", "shape": [2], "values": [1, 2]}
VALUES: dict[str, Any] = {
    "removed": REMOVED,
    "null": None,
    "true": True,
    "false": False,
    "zero": 0,
    "one": 1,
    "minus one": -1,
    "seven": 7,
    "a million": 10**6,
    "2^31": 2**31,
    "2^61 - 1": 2**61 - 1,
    "2^64": 2**64,
    "a half": 0.5,
    "minus a half": -0.5,
    "1e308": 1e308,
    "NaN": {"__float__": "nan"},
    "infinity": {"__float__": "inf"},
    "an empty text": "",
    "a text": "x",
    "a name": "auto",
    "a path": "../../etc/passwd",
    "markup": "<img src=x onerror=alert(1)>|`[a](b)`$",
    "half a surrogate": "\ud800",
    "a long text": "ab" * 50_000,
    "an empty list": [],
    "a list of itself": [[[[]]]],
    "a list of numbers": [1, 2, 3],
    "a list of texts": ["a", "b", "c"],
    "a long list": [1] * 100_000,
    "an empty dict": {},
    "a dict": {"a": 1},
    "pairs": {"__dict__": [["checkpoint", "x"], [1, 2]]},
    "a tuple": {"__tuple__": [1, 8, 8]},
    "an array": ARRAY,
    "an empty array": ARRAY | {"shape": [0], "values": []},
    "an array of text": ARRAY | {"__array__": "<U1", "values": ["a", "b"]},
    "an array of objects": ARRAY | {"__array__": "|O", "values": ["a", None]},
    "an array of truths": ARRAY | {"__array__": "|b1", "values": [True, False]},
    "a number of NumPy": {"__array__": "<i8", "shape": [], "values": [2]},
    "a wide array": ARRAY | {"__array__": "<U100000000", "values": ["a", "b"]},
    "two tags": {"__tuple__": [], "__dict__": []},
    "a part": {"__spec__": "VGGEncoder", "options": {"n_layers": 10**6, "n_stages": 1}},
    "a part by 'auto'": {"__auto__": "encoder", "options": {"width": 8}},
    "a backbone": {"__spec__": "BackboneEncoder", "options": {"module": "vgg19"}},
    "a custom part": {"__custom_spec__": "Popen", "options": {}},
    "a function": {"__custom__": "system"},
}


def saved_kind(kind: str, path: Path) -> bytes:
    """Return a saved model of a kind, or a checkpoint."""
    if kind == CHECKPOINT:
        path.unlink(missing_ok=True)  # else the fit resumes from it
        checkpoint_samples.leave_checkpoint(path, **STOPS)
        return path.read_bytes()
    parameters, X, y = KINDS[kind]
    save_model(quick(max_epochs=2).set_params(**parameters).fit(X, y), path)
    return path.read_bytes()


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Give the place of each node of a header, but for the header itself."""
    if place:
        yield place
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*place, key))


def all_forgeries(data: bytes) -> list[tuple[Place, str]]:
    """Return each place of a model's header with the name of each value."""
    header, _ = parts_of(data)
    return [(place, name) for place in places(header) for name in VALUES]


def forged(header: dict[str, Any], tensors: dict[str, Any], place: Place, name: str) -> bytes:
    """Return a sealed file whose header has another value at a place."""
    header = copy.deepcopy(header)
    *parents, last = place
    inner: Any = header
    for parent in parents:
        inner = inner[parent]
    if VALUES[name] is REMOVED:
        del inner[last]
    else:
        inner[last] = VALUES[name]
    return sealed({"sklearn_abmtl": json.dumps(header)}, tensors)


def use(path: Path, *, rows: Any, with_export: bool) -> str:
    """Load a model and use it in common ways; return the outcome."""
    step = "load_model"
    try:
        classifier = load_model(path, custom_parts=[small_backbone])
        step = "repr"
        repr(classifier)
        step = "_repr_html_"
        classifier._repr_html_()
        step = "predict"
        classifier.predict(rows)
        step = "clone"
        clone(classifier)
        step = "save_model"
        save_model(classifier, path.with_name("saved"))
        step = "export_onnx"
        if with_export:
            export_onnx(classifier, path.with_name("exported.onnx"))
    except ValueError:
        return "refused" if step == "load_model" else f"loaded, then a ValueError of {step}"
    except ImportError:
        if step != "load_model":
            raise
        return "refused, as torchvision is missing"
    except Exception as error:  # what should not be: counted, and shown
        return f"{type(error).__name__} of {step}: {error!s:.200}"
    return "loaded and used"


def resume(path: Path, *, with_export: bool) -> str:
    """Resume from a checkpoint and predict; return the outcome."""
    step = "fit"
    try:
        classifier = checkpoint_samples.cut_off(checkpoint=path, **STOPS)
        classifier.fit(checkpoint_samples.X, checkpoint_samples.Y)
        step = "predict"
        classifier.predict(checkpoint_samples.X)
    except ValueError:
        return "refused" if step == "fit" else f"loaded, then a ValueError of {step}"
    except Exception as error:  # what should not be: counted, and shown
        return f"{type(error).__name__} of {step}: {error!s:.200}"
    return "loaded and used"


USES: dict[str, Callable[..., str]] = {  # what is done with a file of each kind
    **{kind: partial(use, rows=rows) for kind, (_, rows, _) in KINDS.items()},
    CHECKPOINT: resume,
}
