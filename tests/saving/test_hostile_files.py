"""Files that ``save_model`` did not write as they are: all refused, and nothing in them is run."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import pickle
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from saved_samples import fitted

from sklearn_abmtl import load_model, save_model

REFUSED = r"is no file that save_model wrote: "
CASE = "defaults"  # from which hostile files are made


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("saved") / "classifier.safetensors"
    save_model(fitted("categories and missing numbers"), path)
    return path.read_bytes()


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
    """Change what no parser of JSON minds."""
    stop = 8 + int.from_bytes(data[:8], "little")
    return data[: stop - 1] + b"\t" + data[stop:] if data[stop - 1] == 32 else data + b" "


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("corrupt", [flipped, cut, inserted, swapped, space_as_tab])
def test_corrupted_files_are_refused(corrupt, seed, saved, tmp_path):
    path = tmp_path / "corrupted.safetensors"
    path.write_bytes(corrupt(saved, np.random.default_rng(seed)))
    with pytest.raises(ValueError, match=REFUSED):
        load_model(path)


@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_every_kind_of_byte_counts(place, saved, tmp_path):
    header = int.from_bytes(saved[:8], "little")
    places = {"first": range(16), "middle": range(header, header + 24), "last": range(-16, 0)}
    for number in places[place]:
        changed = bytearray(saved)
        changed[number] ^= 1
        (tmp_path / "a.safetensors").write_bytes(changed)
        with pytest.raises(ValueError, match=REFUSED):
            load_model(tmp_path / "a.safetensors")


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


@pytest.mark.parametrize("name", other_files())
def test_other_files_are_refused_and_not_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("other.safetensors").write_bytes(other_files()[name])
    with pytest.raises(ValueError, match=REFUSED):
        load_model("other.safetensors")
    assert os.listdir() == ["other.safetensors"]


def sealed(metadata: dict[str, str], tensors: dict[str, Any]) -> bytes:
    """Return a file with the right digest, as anyone can make it."""
    blank = "0" * 64
    data = safetensors.numpy.save(tensors, metadata | {"sha256": blank})
    return data.replace(blank.encode(), hashlib.sha256(data).hexdigest().encode(), 1)


def parts_of(data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    length = int.from_bytes(data[:8], "little")
    metadata = json.loads(data[8 : 8 + length])["__metadata__"]
    return json.loads(metadata["sklearn_abmtl"]), safetensors.numpy.load(data)


HUGE = 2**60
MLP = {"__spec__": "MLPEncoder"}
PLAN = ("net", "plan")
SPEC = (*PLAN, "specs", "encoder")
LABELS = ("fitted", "task_label_encoder_")
TEXTS = {"__array__": "<U100000000", "shape": [3], "values": ["a", "b", "c"]}

# what is set in the header: a place and a value; and what the error says
HOSTILE_HEADERS: dict[str, tuple[tuple[str, ...], Any, str]] = {
    "a newer schema": (("schema_version",), 2, "schema version 2, of version '0.1.0' of"),
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
    "a huge layer": (SPEC, MLP | {"options": {"width": HUGE}}, f"claims {HUGE} of something"),
    "a wide layer": (SPEC, MLP | {"options": {"width": 2**20}}, "size mismatch"),
    "many layers": (SPEC, MLP | {"options": {"n_layers": 2**20}}, "more tensors than it holds"),
    "many members": ((*PLAN, "n_members"), 2**20, "more tensors than it holds"),
    "huge samples": ((*PLAN, "sample_shape"), [HUGE], "claims"),
    "other samples": ((*PLAN, "sample_shape"), [4], "size mismatch"),
    "another shape of samples": (("fitted", "sample_shape_"), {"__tuple__": [9]}, "another shape"),
    "codes without features": ((*PLAN, "n_codes"), [0] * 5, ""),
    "other classes": ((*PLAN, "n_classes"), [9, 9, 9], "size mismatch"),
    "fewer tasks": ((*LABELS, "classes_"), [], "was built for"),
    "wide texts": ((*LABELS, "classes_"), [TEXTS] * 3, "names take 36000000"),
    "many wide texts": (
        ("parameters", "class_weight"),
        [TEXTS | {"__array__": "<U1000000"}] * 9,
        "names take 108000",
    ),
    "arrays in arrays": (
        ("parameters", "class_weight"),
        {"__array__": "|O", "shape": [1], "values": [TEXTS]},
        "names take",
    ),
    "an array of code": ((*LABELS, "classes_"), TEXTS | {"__array__": "<V8"}, "array of |V8"),
    "an array of nothing": ((*LABELS, "classes_"), TEXTS | {"__array__": "os"}, "not understood"),
    "shapes that do not fit": (
        ("fitted", "is_categorical_"),
        {"__array__": "|b1", "shape": [HUGE, 4], "values": [True]},
        "reshape",
    ),
    "names that are no list": ((*LABELS, "task_names_"), "abc", "task_names_ of its header"),
    "other attributes": ((*LABELS, "transform"), 1, "its header must have"),
    "a history of texts": (("net", "history"), ["a"], ""),
    "another device": (("net", "options"), {"device": "cuda"}, ""),
    "no plan": (("net",), {}, "its header must have"),
}


@pytest.mark.parametrize("name", HOSTILE_HEADERS)
def test_hostile_headers_are_refused(name, tmp_path):
    place, value, text = HOSTILE_HEADERS[name]
    path = tmp_path / "hostile.safetensors"
    save_model(fitted(CASE), path)
    header, tensors = parts_of(path.read_bytes())
    target = copy.copy(header)
    *parents, last = place
    inner = target
    for parent in parents:
        inner = inner[parent]
    inner[last] = value
    path.write_bytes(sealed({"sklearn_abmtl": json.dumps(target)}, tensors))
    tracemalloc.start()
    with pytest.raises(ValueError, match=REFUSED) as caught:
        load_model(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert text in str(caught.value)
    assert peak < 10 * path.stat().st_size + 2**26


# the header's JSON in place of what save_model writes
HEADERS = {
    "no object": "7",
    "no JSON": "{",
    "nothing": "null",
    "NaN": "NaN",
    "deep lists": "[" * 100_000 + "]" * 100_000,
    "long numbers": '{"schema_version": ' + "9" * 10_000 + "}",
    "an empty object": "{}",
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_that_are_none_are_refused(name, tmp_path):
    path = tmp_path / "hostile.safetensors"
    path.write_bytes(sealed({"sklearn_abmtl": HEADERS[name]}, {"network.a": np.zeros(3)}))
    with pytest.raises(ValueError, match=REFUSED):
        load_model(path)


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


HOSTILE_TENSORS = {
    "one is missing": (without_one, "missing or unknown"),
    "one too many": (lambda t: t | {"network.more": np.zeros(3)}, "missing or unknown"),
    "of no group": (lambda t: t | {"../../etc/passwd": np.zeros(3)}, "belongs to nothing"),
    "transposed": (lambda t: {n: np.ascontiguousarray(a.T) for n, a in t.items()}, "size mismatch"),
    "of half precision": (of_half_precision, "must be of torch.float32"),
    "of integers": (of_integers, "must be of"),
    "of another rank": (of_another_rank, "size mismatch"),
    "moments": (lambda t: t | {"moments.0.exp_avg": np.zeros(3)}, "moments 0 have the shapes"),
    "moments of no parameter": (
        lambda t: t | {f"moments.999.{n}": np.zeros(()) for n in ("step", "exp_avg", "exp_avg_sq")},
        "moments 999",
    ),
}


@pytest.mark.parametrize("name", HOSTILE_TENSORS)
def test_hostile_tensors_are_refused(name, tmp_path):
    change, text = HOSTILE_TENSORS[name]
    path = tmp_path / "hostile.safetensors"
    save_model(fitted(CASE), path)
    header, tensors = parts_of(path.read_bytes())
    path.write_bytes(sealed({"sklearn_abmtl": json.dumps(header)}, change(tensors)))
    with pytest.raises(ValueError, match=REFUSED) as caught:
        load_model(path)
    assert text in str(caught.value)


def test_a_file_that_is_sealed_again_as_it_was_is_loaded(tmp_path):
    path = tmp_path / "a.safetensors"
    save_model(fitted(CASE), path)
    header, tensors = parts_of(path.read_bytes())
    path.write_bytes(sealed({"sklearn_abmtl": json.dumps(header)}, tensors))
    assert load_model(path).task_names_ == fitted(CASE).task_names_
