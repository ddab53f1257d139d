"""The single digits in the subsets of the makers of digit images."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from sklearn_abmtl.datasets import make_digit_pairs, make_digit_strings
from sklearn_abmtl.datasets._digits import digit_pool

MAKERS = [make_digit_pairs, make_digit_strings]


@pytest.fixture
def tiny_digits():
    """Three images of each digit; image i is 4 x 3 pixels of brightness i + 1."""
    images = np.broadcast_to(np.arange(1, 31, dtype=np.uint8)[:, None, None], (30, 4, 3))
    return {"images": images.copy(), "labels": np.tile(np.arange(10), 3)}


def test_subsets_part_the_digits():
    digits = load_digits()
    train, test = (digit_pool(None, None, subset) for subset in ("train", "test"))
    pixels = [{image.tobytes() for image in pool.images} for pool in (train, test)]
    assert not pixels[0] & pixels[1]
    assert pixels[0] | pixels[1] == {image.tobytes() for image in digits.images}


def test_test_digits_are_the_last_quarter_of_each_class():
    labels = np.array([0] * 9 + [1] * 3)
    images = np.arange(12).reshape(12, 1, 1)
    assert digit_pool(images, labels, "test").images.ravel().tolist() == [7, 8, 11]


def test_all_digits_keep_their_order(tiny_digits):
    pool = digit_pool(**tiny_digits, subset="all")
    np.testing.assert_array_equal(pool.images, tiny_digits["images"])
    np.testing.assert_array_equal(pool.labels, tiny_digits["labels"])


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("subset", ["train", "test"])
@pytest.mark.parametrize("random_state", [0, 1])
def test_images_show_the_digits_of_their_subset_alone(maker, subset, random_state, tiny_digits):
    X, _ = maker(200, **tiny_digits, subset=subset, random_state=random_state)
    shown = set(np.unique(X)) - {0}  # a brightness is a source digit
    assert shown == set(range(21, 31) if subset == "test" else range(1, 21))


@pytest.mark.parametrize("maker", MAKERS)
def test_an_int_random_state_gives_the_same_data(maker):
    first, again, other = (maker(20, random_state=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert (first[0] != other[0]).any()
    assert (first[1] != other[1]).any()


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize(
    ("given", "made"),
    [("uint8", "float32"), ("float32", "float32"), ("int64", "float64"), ("float64", "float64")],
)
def test_rows_are_floats_and_labels_integers(maker, given, made, tiny_digits):
    tiny_digits["images"] = tiny_digits["images"].astype(given)
    X, y = maker(7, **tiny_digits, random_state=0)
    assert X.dtype == made
    assert X.ndim == 2
    assert y.dtype == np.int64


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("kind", [str, object, float])
def test_labels_may_be_strings_or_any_numbers(maker, kind, tiny_digits):
    _, expected = maker(7, **tiny_digits, random_state=0)
    spelt = tiny_digits["labels"].astype(str) if kind is object else tiny_digits["labels"]
    _, y = maker(7, images=tiny_digits["images"], labels=spelt.astype(kind), random_state=0)
    np.testing.assert_array_equal(y, expected)


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"n_samples": 0}, r"'n_samples' parameter .* range \[1, inf\). Got 0"),
        ({"subset": "valid"}, "'subset' parameter .* Got 'valid'"),
        ({"labels": None}, "images and labels must be passed together; found images alone"),
        ({"images": None}, "images and labels must be passed together; found labels alone"),
        ({"images": np.ones((20, 9))}, r"\(n_images, height, width\); found \(20, 9\)"),
        ({"images": np.ones((20, 0, 3))}, r"\(n_images, height, width\); found \(20, 0, 3\)"),
        ({"images": np.full((20, 2, 2), -1.5)}, "images must not be negative, .* found -1.5"),
        ({"images": np.full((20, 2, 2), np.nan)}, "Input images contains NaN"),
        ({"labels": np.zeros(19)}, r"one digit per image, \(20,\); found the shape \(19,\)"),
        ({"labels": np.full(20, 12)}, r"labels must be digits from 0 to 9; found \[12\]"),
        ({"labels": np.full(20, np.nan)}, r"labels must be digits from 0 to 9; found \[nan, nan"),
        ({"labels": ["x"] * 20}, r"labels must be digits from 0 to 9; found \['x'\]"),
        ({"labels": [5] + [6] * 19}, r"at least twice, .* 'all'; found one image of \[5\]"),
    ],
)
def test_bad_arguments_are_named(maker, changed, message):
    good = {"images": np.ones((20, 2, 2)), "labels": np.tile(np.arange(10), 2)}
    with pytest.raises(ValueError, match=message):
        maker(**(good | changed))


@pytest.mark.parametrize("maker", MAKERS)
def test_a_single_image_of_a_digit_will_do_where_all_are_used(maker):
    X, y = maker(4, images=np.ones((1, 2, 2)), labels=[7], subset="all", random_state=0)
    assert X.any(axis=1).all()
    assert (y[:, :2] == 7).all()
