"""Files that are not what ``save_model`` or a checkpoint wrote: corrupted, of others, hostile."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from saved_samples import fitted

Tensors = dict[str, Any]
Change = Callable[[Tensors], Tensors]

CASE = "defaults"  # from which hostile files are made


class Writer:
    """Writes a file when it is unpickled."""

    def __reduce__(self) -> Any:
        return Path.touch, (Path("executed"),)


def flipped(data: bytes, generator: np.random.Generator) -> bytes:
    changed, place = bytearray(data), generator.integers(len(data))
    changed[place] ^= 1 << generator.integers(8)
    return bytes(changed)


def cut(data: bytes, generator: np.random.Generator) -> bytes:
    return data[: generator.integers(len(data))]


def inserted(data: bytes, generator: np.random.Generator) -> bytes:
    place = generator.integers(len(data) + 1)
    return data[:place] + generator.bytes(int(generator.integers(1, 9))) + data[place:]


def swapped(data: bytes, generator: np.random.Generator) -> bytes:
    first, second = np.sort(generator.integers(len(data) - 8, size=2))
    if second - first < 8 or data[first : first + 8] == data[second : second + 8]:
        return swapped(data, generator)
    between = data[first + 8 : second]
    return (data[:first] + data[second : second + 8] + between + data[first : first + 8]) + data[
        second + 8 :
    ]


def space_as_tab(data: bytes, generator: np.random.Generator) -> bytes:
    """Change bytes that do not matter to a parser of JSON."""
    stop = 8 + int.from_bytes(data[:8], "little")
    return data[: stop - 1] + b"\t" + data[stop:] if data[stop - 1] == 32 else data + b" "


CORRUPTIONS = (flipped, cut, inserted, swapped, space_as_tab)


def other_files() -> dict[str, bytes]:
    """Return files of other kinds."""
    metadata = {"sklearn_abmtl": "{}", "sha256": "0" * 64}
    return {
        "nothing": b"",
        "a pickle": pickle.dumps(Writer()),
        "a pickle of a classifier": pickle.dumps(fitted(CASE)),
        "a pickle behind a length": (16).to_bytes(8, "little") + pickle.dumps(Writer()),
        "text": b"import os\nos.mkdir('executed')\n" * 20,
        "a length and no more": (2).to_bytes(8, "little"),
        "a header of 8 EiB": (2**63).to_bytes(8, "little") + b"{}",
        "another model": safetensors.numpy.save({"weight": np.zeros(3)}),
        "another's digest": safetensors.numpy.save({"weight": np.zeros(3)}, metadata),
    }


def sealed(metadata: dict[str, str], tensors: dict[str, Any]) -> bytes:
    """Return a file with the correct digest, which anyone can compute."""
    blank = "0" * 64
    data = safetensors.numpy.save(tensors, metadata | {"sha256": blank})
    return data.replace(blank.encode(), hashlib.sha256(data).hexdigest().encode(), 1)


def parts_of(data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    length = int.from_bytes(data[:8], "little")
    metadata = json.loads(data[8 : 8 + length])["__metadata__"]
    return json.loads(metadata["sklearn_abmtl"]), safetensors.numpy.load(data)


def with_header_value(data: bytes, place: Sequence[str | int], value: Any) -> bytes:
    """Return a sealed file with another value at a place of its header."""
    header, tensors = parts_of(data)
    *parents, last = place
    inner = header
    for parent in parents:
        inner = inner[parent]
    inner[last] = value
    return sealed({"sklearn_abmtl": json.dumps(header)}, tensors)


def with_tensors(data: bytes, change: Change) -> bytes:
    """Return a sealed file with other tensors."""
    header, tensors = parts_of(data)
    return sealed({"sklearn_abmtl": json.dumps(header)}, change(tensors))


def with_header(text: str) -> bytes:
    """Return a sealed file with a text for its header."""
    return sealed({"sklearn_abmtl": text}, {"network.a": np.zeros(3)})


HUGE = 2**60
MLP = {"__spec__": "MLPEncoder"}
PLAN = ("net", "plan")
SPEC = (*PLAN, "specs", "encoder")
LABELS = ("fitted", "task_label_encoder_")
READER = ("fitted", "_feature_reader")
LAYOUT = (*READER, "layout")
TEXTS = {"__array__": "<U100000000", "shape": [3], "values": ["a", "b", "c"]}

# what is set in the header: a place and a value; and what the error says
HOSTILE_HEADERS: dict[str, tuple[tuple[str, ...], Any, str]] = {
    "a newer schema": (("schema_version",), 3, "schema version 3, of version '0.1.0' of"),
    "an unknown schema": (("schema_version",), "1; import os", "schema version '1; import os'"),
    "another class": (("class",), "os.system", "another class, 'os.system'"),
    "parameters that are a list": (("parameters",), [1], "parameters of its header must be of"),
    "an unknown parameter": (("parameters", "evil"), 1, "unexpected keyword argument 'evil'"),
    "a parameter of another type": (("parameters", "max_epochs"), "9", "The 'max_epochs' param"),
    "an unknown part": (SPEC, {"__spec__": "Popen", "options": {}}, "has no part 'Popen'"),
    "a part by its path": (
        ("parameters", "encoder"),
        {"__spec__": "../../os", "options": {}},
        r"has no part '../../os'",
    ),
    "options of another part": (SPEC, MLP | {"options": {"n_heads": 1}}, "not those of MLPEncoder"),
    "a custom part": (SPEC, {"__custom_spec__": "Popen", "options": {}}, "custom part 'Popen'"),
    "a function": (("parameters", "verbose"), {"__custom__": "system"}, "custom part 'system'"),
    "weights from a path": (
        ("parameters", "encoder"),
        {"__spec__": "BackboneEncoder", "options": {"module": "vgg19", "weights": "/etc/passwd"}},
        "weights='/etc/passwd'",
    ),
    "a module that is none": (
        SPEC,
        {"__spec__": "BackboneEncoder", "options": {"module": 5}},
        "module must be the name of a torchvision model",
    ),
    "a huge layer": (SPEC, MLP | {"options": {"width": HUGE}}, f"its plan has width={HUGE}"),
    "a wide layer": (SPEC, MLP | {"options": {"width": 2**20}}, "size mismatch"),
    "many layers": (SPEC, MLP | {"options": {"n_layers": 2**20}}, "more tensors than it holds"),
    "many members": ((*PLAN, "n_members"), 2**20, "more tensors than it holds"),
    "huge samples": ((*PLAN, "sample_shape"), [HUGE], "sample_shape is ["),
    "other samples": ((*PLAN, "sample_shape"), [4], "samples of another shape, (4,)"),
    "another shape of samples": (
        (*LAYOUT, "sample_shape"),
        {"__tuple__": [9]},
        "shape (9,) and 5 features",
    ),
    "axes that are none": ((*LAYOUT, "axes"), {"__tuple__": [7]}, "no layout of a sample's axes"),
    "a shape of texts": ((*LAYOUT, "shape"), {"__tuple__": ["a"]}, ""),
    "a reader of another type": ((*READER, "dtype"), ["float32"], "dtype of a reader of X must"),
    "a reader with other names": ((*READER, "names"), ["a"], "must have the shape"),
    "a reader with more": ((*READER, "evil"), 1, "its reader of X must have"),
    "codes without features": ((*PLAN, "n_codes"), [0] * 5, ""),
    "other classes": ((*PLAN, "n_classes"), [9, 9, 9], "was built for [9, 9, 9] classes"),
    "fewer tasks": ((*LABELS, "classes_"), [], "and 0 lists of classes"),
    "wide texts": ((*LABELS, "classes_"), [TEXTS] * 3, "names take 3600000"),
    "many wide texts": (
        ("parameters", "class_weight"),
        [TEXTS | {"__array__": "<U1000000"}] * 9,
        "names take 108000",
    ),
    "arrays in arrays": (
        ("parameters", "class_weight"),
        {"__array__": "|O", "shape": [1], "values": [TEXTS]},
        "an array of |O whose values are not scalars",
    ),
    "an array of code": ((*LABELS, "classes_"), TEXTS | {"__array__": "<V8"}, "array of '<V8'"),
    "an array of nothing": ((*LABELS, "classes_"), TEXTS | {"__array__": "os"}, "array of 'os'"),
    "shapes that do not fit": (
        (*READER, "is_categorical"),
        {"__array__": "|b1", "shape": [HUGE, 4], "values": [True]},
        "array of the shape [1152921504606846976, 4]",
    ),
    "names that are no list": ((*LABELS, "task_names_"), "abc", "task_names_ of its header"),
    "other attributes": ((*LABELS, "transform"), 1, "its header must have"),
    "a history of texts": (("net", "history"), ["a"], ""),
    "another device": (("net", "options"), {"device": "cuda"}, ""),
    "no plan": (("net",), {}, "its header must have"),
}


# the header's JSON in place of what save_model writes
HEADERS = {
    "no object": "7",
    "no JSON": "{",
    "null": "null",
    "NaN": "NaN",
    "deep lists": "[" * 100_000 + "]" * 100_000,
    "long numbers": '{"schema_version": ' + "9" * 10_000 + "}",
    "an empty object": "{}",
}


def without_one(tensors):
    return {name: array for name, array in tensors.items() if "branch_scores" not in name}


def of_half_precision(tensors):
    return {
        name: array.astype(np.float16) if array.dtype == np.float32 else array
        for name, array in tensors.items()
    }


def of_integers(tensors):
    return {
        name: array.astype(np.int64) if "task_matrix" in name else array
        for name, array in tensors.items()
    }


def of_another_rank(tensors):
    name = "network.aggregator.task_matrix.reading"
    return tensors | {name: np.zeros((3, 4, 5), dtype=np.float32)}


def with_moments(number, **changes):
    names = ("step", "exp_avg", "exp_avg_sq")
    moments = dict.fromkeys(names, np.zeros((), dtype=np.float32)) | changes
    return lambda t: t | {f"moments.{number}.{name}": array for name, array in moments.items()}


HOSTILE_TENSORS = {
    "one is missing": (without_one, "missing or unknown"),
    "one too many": (lambda t: t | {"network.more": np.zeros(3)}, "missing or unknown"),
    "of no group": (lambda t: t | {"../../etc/passwd": np.zeros(3)}, "belongs to nothing"),
    "transposed": (
        lambda t: {n: np.ascontiguousarray(a.T) for n, a in t.items()},
        "class_mask is not",
    ),
    "of half precision": (of_half_precision, "must be of torch.float32"),
    "of integers": (of_integers, "must be of"),
    "of another rank": (of_another_rank, "size mismatch"),
    "one moment": (
        lambda t: t | {"moments.0.exp_avg": np.zeros(3)},
        "moments 0 must be ['exp_avg', 'exp_avg_sq', 'step']; found ['exp_avg']",
    ),
    **{
        f"moments of {number}": (with_moments(number), "moments of unknown parameters")
        for number in ("999", "-1", "00", "")
    },
}


def hostile_models(data: bytes) -> dict[str, bytes]:
    """Return all models that are made by hand from one."""
    return {
        **other_files(),
        **{name: with_header(text) for name, text in HEADERS.items()},
        **{
            name: with_header_value(data, place, value)
            for name, (place, value, _) in HOSTILE_HEADERS.items()
        },
        **{name: with_tensors(data, change) for name, (change, _) in HOSTILE_TENSORS.items()},
    }
