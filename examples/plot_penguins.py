"""
A table with categories, missing numbers and missing labels
===========================================================

The table has 344 penguins of the Palmer archipelago. The island is a category. Four measurements
are numbers. Two penguins were not measured, and the sex of eleven is not known. Species and sex are
learned together. No value is filled in, and no row is dropped.
"""

# %%
# Columns of type ``category`` are detected automatically. ``sex`` has missing labels. They add
# nothing to the loss. The row is still used to learn the species.

import matplotlib.pyplot as plt
import numpy as np
from palmerpenguins import load_penguins
from sklearn.inspection import permutation_importance
from sklearn.model_selection import cross_validate

from sklearn_abmtl import ABMTLClassifier, FeatureTokenEncoder
from sklearn_abmtl.metrics import all_task_scorers, task_scorer
from sklearn_abmtl.model_selection import MultiTaskStratifiedKFold, multitask_train_test_split

penguins = load_penguins()
X = penguins.drop(columns=["species", "sex", "year"]).astype({"island": "category"})
y = penguins[["species", "sex"]]
print(X.describe(include="all").loc[["count", "unique", "mean"]].round(1).to_string())
print(y.isna().sum().to_string())

# %%
# Each of three folds has its share of every class of both tasks. scikit-learn's scorers accept one
# label per sample. :func:`~sklearn_abmtl.metrics.all_task_scorers` returns one score per task, on
# known labels.

classifier = ABMTLClassifier(
    encoder=FeatureTokenEncoder(), handle_missing="indicator", random_state=0
)
scores = cross_validate(
    classifier,
    X,
    y,
    scoring=all_task_scorers(["accuracy"]),
    cv=MultiTaskStratifiedKFold(3),
)
for key, values in scores.items():
    if key.startswith("test"):
        print(f"{key:22s} {values.mean():.3f} +- {values.std():.3f}")

# %%
# To see which columns each task uses, one column of the test rows is shuffled at a time. The figure
# shows how much accuracy is lost. The species depends mainly on the bill, and the sex on the body
# mass and the depth of the bill.

X_train, X_test, y_train, y_test = multitask_train_test_split(X, y, stratify=y, random_state=0)
classifier.fit(X_train, y_train)
figure, axis = plt.subplots(figsize=(8, 3.6), layout="constrained")
places = np.arange(X.shape[1])
for shift, task in [(-0.2, "species"), (0.2, "sex")]:
    importance = permutation_importance(
        classifier,
        X_test,
        y_test,
        scoring=task_scorer("accuracy", task),
        n_repeats=5,
        random_state=0,
    )
    axis.barh(
        places + shift,
        importance.importances_mean,
        xerr=importance.importances_std,
        height=0.38,
        label=task,
    )
axis.set(yticks=places, yticklabels=X.columns, xlabel="accuracy lost when the column is shuffled")
axis.legend(loc="center right")
plt.show()
