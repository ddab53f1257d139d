"""Files that were made to take memory or time, to write elsewhere, or to show markup."""

from __future__ import annotations

import json
from itertools import count

import numpy as np
import pytest
from hostile_files import parts_of, sealed, with_header_value
from samples import quick, table
from saved_samples import CASES, fitted

from sklearn_abmtl import load_model, save_model

X, CODES = table(60)
PLAN, PARAMETERS = ("net", "plan"), ("parameters",)
OPTIONS = (*PLAN, "specs", "encoder", "options")
LABELS = ("fitted", "task_label_encoder_")
ARRAY = {"__array__": "<i8", "shape": [], "values": [2**20]}

ATTACKS = {  # the case, a place of its header, a value, and what the error says
    "a path to write to in pairs": (
        "defaults",
        PARAMETERS,
        {"__dict__": [["checkpoint", "/tmp/x"]]},
        "must not set checkpoint",
    ),
    "a path to write to": (
        "defaults",
        (*PARAMETERS, "checkpoint"),
        "/tmp/x",
        "must not set checkpoint, a path to write to",
    ),
    "callbacks": (
        "defaults",
        (*PARAMETERS, "callbacks"),
        [["a", "b"]],
        "or callbacks, which are code",
    ),
    "weights from a path, in pairs": (
        "defaults",
        (*PARAMETERS, "encoder"),
        {
            "__dict__": [
                ["__spec__", "BackboneEncoder"],
                ["options", {"__dict__": [["module", "vgg19"], ["weights", "a/b"]]}],
            ]
        },
        "encoder has weights='a/b'",
    ),
    "weights that may be a file": (
        "defaults",
        (*PARAMETERS, "encoder"),
        {"__spec__": "BackboneEncoder", "options": {"module": "vgg19", "weights": "secret"}},
        "encoder has weights='secret'",
    ),
    "many bins": ("bins", (*PLAN, "n_bins"), 2**20, ""),
    "bins that no table has": ("defaults", (*PLAN, "n_bins"), 10**7, "n_bins is 10000000"),
    "a count that is an array": ("defaults", (*OPTIONS, "n_layers"), ARRAY, "more tensors than"),
    "counts in an array": (
        "encoder vgg",
        (*OPTIONS, "n_layers"),
        ARRAY | {"shape": [1]},
        "which is not a plain option",
    ),
    "a count that is a text": (
        "encoder vgg",
        (*OPTIONS, "n_layers"),
        {"__array__": "<U3", "shape": [], "values": ["999"]},
        "",
    ),
    "sizes in a tag": (
        "defaults",
        (*PLAN, "sample_shape"),
        {"__tuple__": [{"__array__": "<i8", "shape": [], "values": [2**40]}]},
        "sample_shape is",
    ),
    "many layers of many": ("encoder vgg", (*OPTIONS, "n_layers"), [2**20], "more tensors than"),
    "many codes": (
        "categories and missing numbers",
        (*PLAN, "n_codes"),
        [2**20] * 7,
        "The network was built for",
    ),
    "long and short lists of categories": (
        "categories and missing numbers",
        ("fitted", "_feature_reader", "categories", 0),
        {"__array__": "|O", "shape": [10**5], "values": list(range(10**5))},
        "The network was built for",
    ),
    "categories that are the same": (
        "categories and missing numbers",
        ("fitted", "_feature_reader", "categories", 0, "values"),
        ["x", "x"],
        "the categories of a feature must be different",
    ),
    "a list of categories too many": (
        "categories and missing numbers",
        ("fitted", "_feature_reader", "categories"),
        [{"__array__": "|O", "shape": [1], "values": [0]}] * 3,
        "3 lists of categories for 2 features",
    ),
    "many classes": ("defaults", (*PLAN, "n_classes"), [2**20] * 3, "was built for"),
    "another name of a feature": (
        "categories and missing numbers",
        ("fitted", "feature_names_in_", "values", 0),
        "z",
        "feature_names_in_ must be the names of its reader of X, ['a', 'b'",
    ),
    "colliding keys": (
        "defaults",
        (*PARAMETERS, "class_weight"),
        {"__dict__": [[k * (2**61 - 1), 0] for k in range(60_000)]},
        "",
    ),
    "many layers of a file of many tensors": (
        "defaults",
        (*OPTIONS, "n_layers"),
        30,
        "more tensors than it holds",
    ),
    **{
        f"a reader of X with another {name}": (
            "categories and missing numbers",
            ("fitted", "_feature_reader", name),
            value,
            f"its reader of X has {name}=",
        )
        for name, value in {
            "dtype": "os",
            "channels": "x",
            "handle_missing": "x",
            "names": list("aaaaaaa"),
            "categorical_features": [[1]],
        }.items()
    },
    "a range that is none": (
        "categories and missing numbers",
        ("fitted", "_feature_reader", "ranges", "low"),
        None,
        "",
    ),
    "a device of another module": ("defaults", (*PARAMETERS, "device"), "hpu", "device must be"),
    "a dtype of torch's attributes": ("defaults", (*PLAN, "dtype"), "nn", "dtype is 'nn'"),
    "a schema that is a truth": ("defaults", ("schema_version",), True, "schema version True"),
    "a task whose name is a number": ("defaults", (*LABELS, "task_names_", 0), 3, "must be texts"),
    "two tasks of one name": (
        "defaults",
        (*LABELS, "task_names_"),
        ["a", "a", "b"],
        "must have a unique name",
    ),
    "classes in another order": (
        "defaults",
        (*LABELS, "classes_", 0, "values"),
        [2, 1, 0],
        "in ascending order",
    ),
    "a history of lists": ("defaults", ("net", "history", 0, "dur"), [1], "must be a dict"),
    "a loss that is a text": ("defaults", ("net", "history", 0, "train_loss"), "x", "type float"),
    "no history": ("defaults", ("net", "history"), [], "has no epoch"),
    "a seed of another type": ("defaults", ("net", "seed"), True, "seed"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attacks_are_refused(name, tmp_path):
    case, place, value, text = ATTACKS[name]
    path = tmp_path / "hostile.safetensors"
    save_model(fitted(case), path)
    path.write_bytes(with_header_value(path.read_bytes(), place, value))
    with pytest.raises(ValueError, match="is not a file that save_model wrote") as caught:
        load_model(path)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    "name", ["class_mask", "input_layer.feature_of_column", "input_layer.numbers"]
)
def test_places_and_masks_are_what_the_plan_makes_them(name, tmp_path):
    path = tmp_path / "hostile.safetensors"
    save_model(fitted("categories and missing numbers"), path)
    header, tensors = parts_of(path.read_bytes())
    tensors[f"network.{name}"] = tensors[f"network.{name}"] + 1 > 0
    if name != "class_mask":
        tensors[f"network.{name}"] = np.full(len(tensors[f"network.{name}"]), 10**6)
    path.write_bytes(sealed({"sklearn_abmtl": json.dumps(header)}, tensors))
    with pytest.raises(ValueError, match="is not the tensor that the plan of the network gives"):
        load_model(path)


def colliding_ranges(n_ranges):
    """Return ranges whose ends were chosen so that all have one hash, which is that of a tuple."""
    first, second, start, size = (
        11400714785074694791,
        14029467366897019727,
        2870177450012600261,
        2**64,
    )

    def after(accumulator, end):
        mixed = (accumulator + end * second) % size
        return (mixed << 31 | mixed >> 33) % size * first % size

    wanted = after(after(start, 1), 2**60) * pow(first, -1, size) % size
    mixed = (wanted >> 31 | wanted << 33) % size
    found = []
    for low in count(1):
        high = (mixed - after(start, low)) * pow(second, -1, size) % size
        if low <= high < 2**61 - 1:
            found.append({"__interval__": [low, high], "closed": "right"})
        if len(found) == n_ranges:
            return found


@pytest.mark.parametrize(
    ("place", "tagged"),
    [
        (
            ("fitted", "_feature_reader", "categories", 0),
            lambda ranges: {"__array__": "|O", "shape": [len(ranges)], "values": ranges},
        ),
        (
            (*LABELS, "classes_", 0),
            lambda ranges: {"__array__": "|O", "shape": [len(ranges)], "values": ranges},
        ),
        (
            (*PARAMETERS, "class_weight"),
            lambda ranges: {"__dict__": [[each, 1] for each in ranges]},
        ),
    ],
)
def test_ranges_that_collide_as_keys_are_refused(place, tagged, tmp_path):
    pd = pytest.importorskip("pandas")
    ranges = colliding_ranges(100)
    assert len({hash(pd.Interval(*each["__interval__"])) for each in ranges}) == 1
    path = tmp_path / "hostile.safetensors"
    save_model(fitted("categories and missing numbers"), path)
    path.write_bytes(with_header_value(path.read_bytes(), place, tagged(ranges)))
    with pytest.raises(ValueError, match="100 labels or keys of one hash; 64 at most"):
        load_model(path)


MARKUP = [
    "<script>alert(1)</script>",
    "[a](http://evil.example)",
    "`x` **b** | c",
    "$\\frac$",
    "_x_",
]


def test_cards_and_notebooks_show_names_as_text(tmp_path):
    labels = np.array(MARKUP, dtype=object)[CODES[:, [0, 0, 0]] + [0, 1, 2]]
    frame = pytest.importorskip("pandas").DataFrame(labels, columns=MARKUP[:3])
    losses = {MARKUP[0]: "binary_cross_entropy"}
    classifier = quick(losses=losses, missing_label=MARKUP[1]).fit(X, frame)
    save_model(classifier, tmp_path / "model")
    card = (tmp_path / "model" / "README.md").read_text()
    for text in ("<script>", "[a](", "http://", "`x`", "**b**", "* | c", " $\\frac"):
        assert text not in card
    assert "&lt;script&gt;alert\\(1\\)" in card
    assert "\\[a\\]\\(http:\\//evil.example\\)" in card
    assert "<script>alert(1)" not in classifier._repr_html_()


@pytest.mark.parametrize("name", ["README.md", "config.json", "model.safetensors"])
def test_files_of_others_stay_in_a_folder(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text("# My project\nlibrary_name: sklearn-abmtl\n")
    text = f"a folder whose {name}, if it has one.* no sign .* or remove this file"
    with pytest.raises(ValueError, match=text):
        save_model(fitted("defaults"), ".")
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text().startswith("# My project")


def test_folders_of_save_model_are_saved_over(tmp_path):
    for name in ("defaults", "one task"):
        save_model(fitted(name), tmp_path)
    assert load_model(tmp_path).task_names_ == fitted("one task").task_names_
    assert '"is_1d_": true' in (tmp_path / "config.json").read_text()


def test_a_killed_save_leaves_the_new_model_or_all_old_files(tmp_path, monkeypatch):
    save_model(fitted("defaults"), tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    replaced = []

    def replace(new, path):
        replaced.append(path.name)
        raise OSError("killed")

    monkeypatch.setattr("os.replace", replace)
    with pytest.raises(OSError, match="killed"):
        save_model(fitted("one task"), tmp_path)
    assert replaced == ["model.safetensors"]
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_what_breaks_a_rule_is_not_written(tmp_path):
    for change, text in [
        ({"device": "hpu"}, "device must be one of"),
        ({"missing_label": [1]}, "missing_label must be a number, a text or a time"),
        ({"lr": -1.0}, "The 'lr' parameter"),
    ]:
        classifier = quick(max_epochs=1).fit(*CASES["defaults"][1:]).set_params(**change)
        with pytest.raises(ValueError, match=text):
            save_model(classifier, tmp_path / "a.safetensors")
    assert list(tmp_path.iterdir()) == []
