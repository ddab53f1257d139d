import numpy as np
import pytest

from sklearn_abmtl.datasets import make_digit_strings
from sklearn_abmtl.datasets._digit_strings import NO_DIGIT

MARKED = {"images": np.arange(1, 11).reshape(10, 1, 1), "labels": np.arange(10), "subset": "all"}


@pytest.mark.parametrize("max_gap", [0, 1, 5])
@pytest.mark.parametrize(("min_length", "max_length"), [(1, 1), (1, 4), (3, 5)])
def test_labels_are_the_digits_shown_from_left_to_right(min_length, max_length, max_gap):
    X, y = make_digit_strings(
        100,
        min_length=min_length,
        max_length=max_length,
        max_gap=max_gap,
        random_state=0,
        **MARKED,  # a digit is one pixel of brightness 1 + digit
    )
    assert X.shape == (100, max_length * (1 + max_gap))
    for row, labels in zip(X, y, strict=True):
        shown = row[row > 0] - 1
        assert shown.tolist() == labels[: len(shown)].tolist()
        assert (labels[len(shown) : max_length] == NO_DIGIT).all()
        assert labels[max_length] == len(shown)


def test_gaps_and_lengths_take_every_value():
    X, y = make_digit_strings(2000, max_gap=2, random_state=0, **MARKED)
    columns = [np.flatnonzero(row) for row in X]
    gaps = np.concatenate([np.diff(row, prepend=-1) - 1 for row in columns])
    assert set(gaps) == {0, 1, 2}
    assert set(y[:, -1]) == {3, 4, 5}
    assert set(y[:, 4]) == set(range(NO_DIGIT + 1))


def test_whole_digits_fit_the_canvas():
    X, y = make_digit_strings(
        300, images=np.ones((1, 4, 3)), labels=[0], subset="all", random_state=0
    )
    assert X.sum(axis=1).tolist() == (12 * y[:, -1]).tolist()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"min_length": 6}, "min_length must not be above max_length, 5; found 6"),
        ({"min_length": 0}, "'min_length' parameter of make_digit_strings .* Got 0"),
        ({"max_length": 2.5}, "'max_length' parameter of make_digit_strings .* Got 2.5"),
        ({"max_gap": -1}, "'max_gap' parameter of make_digit_strings .* Got -1"),
    ],
)
def test_bad_lengths_and_gaps_are_named(changed, message):
    with pytest.raises(ValueError, match=message):
        make_digit_strings(**changed)
