import numpy as np
import pytest
from sklearn.datasets import load_digits

from sklearn_abmtl.datasets import make_digit_pairs


@pytest.mark.parametrize("subset", ["train", "test", "all"])
def test_labels_are_those_of_the_digits_shown(subset):
    digits = load_digits()
    label_of = {  # no two digits of load_digits are alike
        image.tobytes(): label for image, label in zip(digits.images, digits.target, strict=True)
    }
    X, y = make_digit_pairs(50, subset=subset, random_state=0)
    halves = X.reshape(50, 8, 2, 8).swapaxes(1, 2)  # (n_samples, 2, height, width)
    assert [[label_of[half.tobytes()] for half in pair] for pair in halves] == y.tolist()


@pytest.mark.parametrize("overlap", [0, 1, 7])
def test_the_brighter_pixel_shows_where_digits_overlap(overlap):
    apart, y_apart = make_digit_pairs(30, random_state=0)
    X, y = make_digit_pairs(30, overlap=overlap, random_state=0)
    left, right = np.split(apart.reshape(30, 8, 16), 2, axis=2)
    expected = np.zeros((30, 8, 16 - overlap))
    expected[:, :, :8] = left
    expected[:, :, 8 - overlap :] = np.maximum(expected[:, :, 8 - overlap :], right)
    np.testing.assert_array_equal(X, expected.reshape(30, -1))
    np.testing.assert_array_equal(y, y_apart)


def test_every_pair_of_digits_occurs():
    _, y = make_digit_pairs(3000, random_state=0)
    assert len(np.unique(y, axis=0)) == 100


@pytest.mark.parametrize(
    ("overlap", "message"),
    [
        (8, "overlap must be less than the width of a digit, 8; found 8"),
        (-1, "'overlap' parameter of make_digit_pairs .* Got -1"),
    ],
)
def test_the_overlap_has_bounds(overlap, message):
    with pytest.raises(ValueError, match=message):
        make_digit_pairs(overlap=overlap)
