"""
Known labels improve the predictions of the others
==================================================

The island on which a penguin was caught is known. Its species and its sex are not known. A known
label of a row changes the probabilities of its other tasks, without additional training.
"""

# %%
# There are two measurements and three tasks. The bill is left out. ``WeightedAggregator(cv=5)``
# learns the influence of known labels from out-of-fold rows. With 1,000 rows or more, it can learn
# from the validation rows instead.

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
# ``given`` has the shape of ``y``, with ``None`` for unknown labels. The next lines print the
# accuracy of the tasks that are not given: with no known label, with the island, with the species,
# and with both.


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
# If no label is known, ``predict`` returns the most probable label of each task. ``predict_joint``
# returns the labels that are most probable together.

for method in (classifier.predict, classifier.predict_joint):
    predicted = pd.DataFrame(method(X_test), columns=y.columns)
    print(f"{method.__name__:14s} all three correct: {exact_match_score(y_test, predicted):.3f}")

# %%
# ``task_weights_`` shows how much a known label of the column's task changes the prediction of the
# row's task. The other panel shows the weight of each branch of the network for each task. Without
# a decoder there is one branch.

TaskWeightsDisplay.from_estimator(classifier)
plt.show()
