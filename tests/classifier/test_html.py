"""The view of a classifier in notebooks."""

from __future__ import annotations

import pandas as pd
import pytest
from samples import quick, table
from sklearn import config_context
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, CODES = table(60)


def as_html(estimator):
    html = estimator._repr_html_()
    assert estimator._repr_mimebundle_()["text/html"].count("<details>") == html.count("<details>")
    return html


def test_an_unfitted_classifier_has_the_diagram_alone():
    assert "Network:" not in as_html(quick())


@pytest.mark.parametrize("options", [{}, {"n_members": 2}, {"sharing": "soft"}])
def test_tasks_and_network_are_folded_below_the_diagram(options):
    classifier = quick(**options).fit(X, CODES)
    html = as_html(classifier)
    n_parameters = sum(parameter.numel() for parameter in classifier.net_.module_.parameters())
    assert f"<summary>Network: {n_parameters:,} parameters" in html
    assert f"<summary>Tasks: {CODES.shape[1]}, scores of training rows in epoch" in html
    last = classifier.history_[-1]
    for task in classifier.task_names_:
        assert f"<td>{task}</td>" in html
        assert f"<td>{last[f'train_accuracy_{task}']:.4f}</td>" in html
    counts = [int(cell.replace(",", "")) for cell in last_cells(html)]
    assert sum(counts) == n_parameters


def last_cells(html):
    rows = html.split("<summary>Network:")[1].split("</table>")[0].split("<tr>")[2:]
    return [row.rsplit("<td>", 1)[1].removesuffix("</td></tr>").split("</td>")[0] for row in rows]


def test_the_best_epoch_is_shown():
    classifier = quick(early_stopping=True, max_epochs=4).fit(X, CODES)
    losses = [row["valid_loss"] for row in classifier.history_]
    best = losses.index(min(losses)) + 1
    assert f"scores of validation rows in epoch {best} of {len(losses)}" in as_html(classifier)


def test_after_a_warm_start_the_epoch_is_one_of_the_last_fit():
    classifier = quick(early_stopping=True, max_epochs=4, warm_start=True).fit(X, CODES)
    classifier.set_params(lr=0.3, lr_schedule=None, max_epochs=2).fit(X, CODES)
    losses = [row["valid_loss"] for row in classifier.history_]
    assert losses.index(min(losses)) < 4
    best = 5 + losses[4:].index(min(losses[4:]))
    assert f"scores of validation rows in epoch {best} of 6" in as_html(classifier)


def test_without_early_stopping_the_epoch_is_the_last():
    classifier = quick(early_stopping=False, lr=0.3, lr_schedule=None, max_epochs=4)
    html = as_html(classifier.fit(X[:40], CODES[:40], X_val=X[40:], y_val=CODES[40:]))
    assert "scores of validation rows in epoch 4 of 4" in html


def test_names_of_tasks_and_classes_are_escaped():
    y = pd.DataFrame(
        {"<script>": CODES[:, 0], "b": ["<i>" if code else "x" for code in CODES[:, 1]]}
    )
    html = as_html(quick().fit(X, y))
    assert "<script>alert" not in html
    assert "<td>&lt;script&gt;</td>" in html
    assert "&lt;i&gt;" in html.split("<summary>Tasks")[1]
    assert "<i>" not in html.split("<summary>Tasks")[1]


def test_within_a_pipeline_the_diagram_is_that_of_scikit_learn():
    pipeline = make_pipeline(StandardScaler(), quick()).fit(X, CODES)
    assert "Network:" not in pipeline._repr_html_()


def test_text_is_shown_where_scikit_learn_is_set_to_it():
    classifier = quick().fit(X, CODES)
    with config_context(display="text"):
        assert "text/html" not in classifier._repr_mimebundle_()
