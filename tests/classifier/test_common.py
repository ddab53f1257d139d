"""scikit-learn's own checks of estimators."""

from __future__ import annotations

import pytest
import sklearn
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_abmtl import ABMTLClassifier, MLPEncoder, TaskClassifier

DEFAULTS = ABMTLClassifier(max_epochs=8, random_state=0)  # enough for the data of the checks
EXACT = ABMTLClassifier(
    encoder=MLPEncoder(width=16, dropout=0.0),
    task_classifier=TaskClassifier(dropout=0.0),
    batch_size=1000,
    max_epochs=25,  # of one batch each
    lr=0.02,
    early_stopping=False,
    dtype="float64",
    random_state=0,
)


EXACT_WITH_MISSING = clone(EXACT).set_params(handle_missing="indicator")


def expected_failed_checks(estimator: ABMTLClassifier) -> dict[str, str]:
    if estimator.dtype == "float64":
        return {}
    return {
        "check_sample_weight_equivalence_on_dense_data": "asks for equality to 1e-7, which "
        "float32, mini-batches and dropout cannot give; the exact configuration passes it"
    }


@pytest.mark.filterwarnings("ignore")  # what the checks warn of is theirs to judge
@parametrize_with_checks(
    [DEFAULTS, EXACT, EXACT_WITH_MISSING], expected_failed_checks=expected_failed_checks
)
def test_scikit_learn_takes_the_estimator_for_one_of_its_own(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore")  # what the checks warn of is theirs to judge
@parametrize_with_checks([EXACT])
def test_checks_pass_with_metadata_routing(estimator, check):
    with sklearn.config_context(enable_metadata_routing=True):
        check(estimator)
