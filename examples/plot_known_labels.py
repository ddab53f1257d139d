"""
One label is known: what does it say of the others?
===================================================

The island on which a penguin was caught is written in the notebook; its species and sex are not. A
known label of a row moves the probabilities of its other tasks, without another training.
"""

# %%
# Two measures, three tasks: nobody measured the bill. ``WeightedAggregator(cv=5)`` learns from
# out-of-fold rows what the labels tell of each other; sets of 1,000 rows and more have validation
# rows for that.

import matplotlib.pyplot as plt
import pandas as pd
from palmerpenguins import load_penguins

from sklearn_abmtl import ABMTLClassifier, WeightedAggregator
from sklearn_abmtl.inspection import TaskWeightsDisplay
from sklearn_abmtl.metrics import exact_match_score, task_accuracy_scores
from sklearn_abmtl.model_selection import multitask_train_test_split

penguins = load_penguins().dropna(subset=["body_mass_g"])
X = penguins[["flipper_length_mm", "body_mass_g"]]
y = penguins[["species", "island", "sex"]]
X_train, X_test, y_train, y_test = multitask_train_test_split(
    X, y, stratify=y, test_size=0.4, random_state=0
)
classifier = ABMTLClassifier(aggregator=WeightedAggregator(cv=5), random_state=0)
classifier.fit(X_train, y_train)

# %%
# ``given`` has the shape of ``y``, with ``None`` where nothing is known. The accuracy of the tasks
# that are not given, with nothing known, with the island, and with the species:


def accuracies(known):
    """Return the accuracy of the other tasks, given the labels of the known ones."""
    given = y_test.assign(**dict.fromkeys(y.columns.difference(known)))
    predicted = pd.DataFrame(classifier.predict(X_test, given=given), columns=y.columns)
    scores = pd.Series(task_accuracy_scores(y_test, predicted), index=y.columns)
    return scores.drop(known)


for known in [[], ["island"], ["species"], ["island", "species"]]:
    scores = accuracies(known).round(3).to_dict()
    print(f"known: {', '.join(known) or 'nothing':16s} {scores}")

# %%
# With no label known, ``predict`` takes the most probable label of each task, and
# ``predict_joint`` the labels that are most probable together.

for method in (classifier.predict, classifier.predict_joint):
    predicted = pd.DataFrame(method(X_test), columns=y.columns)
    print(f"{method.__name__:14s} all three right: {exact_match_score(y_test, predicted):.3f}")

# %%
# ``task_weights_`` says how far a known label of the column's task moves the row's task. Beside it,
# how much each task trusts the branches of the network; without a decoder there is one.

TaskWeightsDisplay.from_estimator(classifier)
plt.show()
