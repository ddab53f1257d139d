"""Values as JSON: values that are restored, and values that are refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sklearn_abmtl._files.values import MAX_DEPTH, MAX_PAIRS, check_values, from_json, to_json

VALUES = [
    None,
    True,
    -(2**63),
    2**64 - 1,
    0.1,
    float("-inf"),
    "é\u20ac",
    [1, [2.5, "a"]],
    (1, (2,), []),
    {"a": (1,), "b": {"c": None}},
    {1: "a", None: 2, 2.5: 3, False: 4},
    {"__tuple__": 1, "b": 2},
    {float("inf"): 1},
    {np.int64(3): 1, np.datetime64("2020-01-01"): 2},
    np.float64(0.5),
    np.array([1.0, np.nan, -np.inf]),
    np.array([], dtype="<U3"),
    np.array(["ab", ""], dtype="<U7"),
    np.array([[True], [False]]),
    np.array([2**64 - 1], dtype=np.uint64),
    np.array(["2020-01-01", "NaT"], dtype="datetime64[25s]"),
    np.array([None, "a", 1, 0.5, True, float("nan"), np.int8(3)], dtype=object),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_come_back_as_they_were(value):
    found = from_json(json.loads(json.dumps(to_json(value, "x"), allow_nan=False)), {})
    assert repr(found) == repr(value)
    assert type(found) is type(value)
    assert getattr(found, "dtype", None) == getattr(value, "dtype", None)


def array(**changes):
    return {"__array__": "<i8", "shape": [2], "values": [1, 2]} | changes


def nested(n_levels):
    return [nested(n_levels - 1)] if n_levels else 0


REFUSED = {  # a value of JSON, and what the error says
    "a tag and another key": ({"__tuple__": [], "more": 1}, "__tuple__ in a dict with the keys"),
    "two tags": ({"__tuple__": [], "__dict__": []}, "in a dict with the keys"),
    "an array without a shape": ({"__array__": "<i8", "values": []}, "__array__ in a dict"),
    "a tuple of text": ({"__tuple__": "abc"}, "tuple of 'abc', which is not a list"),
    "a tuple of a tuple's dict": ({"__tuple__": {"__tuple__": []}}, "which is not a list"),
    "a dict of a number": ({"__dict__": 3}, "dict of 3, which is not a list"),
    "pairs that are none": ({"__dict__": [[1, 2, 3]]}, "items that are not pairs"),
    "pairs of text": ({"__dict__": ["ab"]}, "items that are not pairs"),
    "a list as key": ({"__dict__": [[[1], 2]]}, "whose keys are neither numbers, times nor text"),
    "a tuple as key": ({"__dict__": [[{"__tuple__": []}, 2]]}, "whose keys are neither"),
    "an array as key": ({"__dict__": [[array(), 2]]}, "whose keys are neither"),
    "many pairs": ({"__dict__": [[k, 0] for k in range(MAX_PAIRS + 1)]}, f"at most {MAX_PAIRS}"),
    "a float of code": ({"__float__": "1e5"}, "float of '1e5'"),
    "a float of a list": ({"__float__": ["nan"]}, "float of "),
    "an integer of 65 bits": (2**64, "integer of more than 64 bits"),
    "a negative one": ([-(2**63) - 1], "integer of more than 64 bits"),
    "half a surrogate": (["\ud800"], "not Unicode"),
    "half a surrogate as key": ({"\ud800": 1}, "not Unicode"),
    "deep lists": (nested(MAX_DEPTH + 1), f"more than {MAX_DEPTH} levels"),
    "a custom part of a number": ({"__custom__": 3}, "custom part of "),
    "options that are a tag": (
        {"__custom_spec__": "Part", "options": {"__dict__": []}},
        "custom part of ",
    ),
    "an array of structures": (array(__array__="f8,i4"), "array of 'f8,i4'"),
    "an array of a module's type": (array(__array__="os.system"), "array of 'os.system'"),
    "an array of complex numbers": (array(__array__="<c16"), "array of '<c16'"),
    "an array of bytes": (array(__array__="|S3"), r"array of '\|S3'"),
    "a dtype that is a list": (array(__array__=["<i8"]), "array of "),
    "a shape that is a number": (array(shape=2), "array of the shape 2"),
    "a negative shape": (array(shape=[-1]), r"array of the shape \[-1\]"),
    "a shape of truths": (array(shape=[True, 2]), "array of the shape"),
    "another number of values": (array(shape=[3]), r"shape \[3\] and of 2 values"),
    "values that are text": (array(values="ab"), "which is not a list"),
    "values that are a dict": (array(values={"a": 1, "b": 2}), "which is not a list"),
    "values that are an array": (array(values=array()), "which is not a list"),
    "lists in an array": (array(values=[[1], [2]]), "whose values are not scalars"),
    "arrays in an array": (
        array(__array__="|O", values=[array(), array()]),
        "whose values are not scalars",
    ),
    "text in an array of integers": (array(values=["1", "2"]), "the value '1'"),
    "truths in an array of integers": (array(values=[True, False]), "the value True"),
    "floats in an array of integers": (array(values=[1.5, 2.5]), "the value 1.5"),
    "integers in an array of floats": (array(__array__="<f8"), "the value 1"),
    "integers that are too large": (array(__array__="<i2", values=[1, 2**20]), "cannot hold"),
    "integers that are negative": (array(__array__="<u8", values=[1, -2]), "cannot hold"),
    "text that is too long": (array(__array__="<U1", values=["a", "bc"]), "the value 'bc'"),
    "wide text": (array(__array__="<U99999999"), "names take 799999992 bytes; at most 67108864"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_values_are_refused(name):
    value, text = REFUSED[name]
    for outer in (value, [value], {"a": value}):
        with pytest.raises(ValueError, match=text):
            from_json(outer, {})


@pytest.mark.parametrize(
    "value",
    [
        {key: 0 for key in range(MAX_PAIRS + 1)},
        {(1, 2): 0},
        np.array([(1, 2), None], dtype=object),
        2**64,
        "\ud800",
        nested(MAX_DEPTH + 1),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_could_not_be_read_is_not_written(value):
    with pytest.raises(ValueError, match="it has "):
        check_values(to_json(value, "x"))


def test_dicts_of_text_may_be_long():
    value = {f"name {number}": number for number in range(2 * MAX_PAIRS)}
    assert from_json(to_json(value, "x"), {}) == value
