"""
A grid search over parts and their options
==========================================

Every part of the network is a parameter. Every option of a part is a key for
:class:`~sklearn.model_selection.GridSearchCV`. The search has scores for each task, which show the
best options of each task.
"""

# %%
# The labels are the species and the sex of 344 penguins. The features are five columns. Another
# example :ref:`describes the table <sphx_glr_gallery_plot_penguins.py>`.

import matplotlib.pyplot as plt
import pandas as pd
from palmerpenguins import load_penguins
from sklearn.model_selection import GridSearchCV

from sklearn_abmtl import ABMTLClassifier
from sklearn_abmtl.metrics import all_task_scorers
from sklearn_abmtl.model_selection import MultiTaskStratifiedKFold

penguins = load_penguins()
X = penguins.drop(columns=["species", "sex", "year"]).astype({"island": "category"})
y = penguins[["species", "sex"]]

# %%
# ``refit`` names the score that selects the best parameters. Here it is the mean over tasks of the
# negative log-loss. With an integer ``cv``, the missing labels of ``sex`` would be an error.

search = GridSearchCV(
    ABMTLClassifier(handle_missing="indicator", max_epochs=15, random_state=0),
    {"encoder__width": [16, 64, 256], "lr": [0.0005, 0.002, 0.008]},
    scoring=all_task_scorers(["accuracy", "neg_log_loss"]),
    refit="mean_neg_log_loss",
    cv=MultiTaskStratifiedKFold(3),
)
search.fit(X, y)
print(search.best_params_)
print(f"mean log-loss {-search.best_score_:.3f}")

# %%
# ``cv_results_`` has one column per score and task, and one column per mean.

results = pd.DataFrame(search.cv_results_)
columns = {f"mean_test_{task}_neg_log_loss": task for task in y}
table = results[["param_encoder__width", "param_lr", *columns]].rename(columns=columns)
print((-table[list(y)]).assign(width=table.iloc[:, 0], lr=table.iloc[:, 1]).round(3).to_string())

# %%
# The figure shows the log-loss of both tasks over the grid. Lower is better. The best cell of each
# task is marked.

figure, axes = plt.subplots(1, 2, figsize=(8.5, 3.4), layout="constrained")
for axis, task in zip(axes, y, strict=True):
    losses = -table.pivot(index="param_encoder__width", columns="param_lr", values=task)
    image = axis.imshow(losses, cmap="viridis_r")
    axis.set(title=task, xlabel="lr", ylabel="encoder__width")
    axis.set_xticks(range(losses.shape[1]), losses.columns)
    axis.set_yticks(range(losses.shape[0]), losses.index)
    best = losses.to_numpy().min()
    for row, values in enumerate(losses.to_numpy()):
        for column, loss in enumerate(values):
            text = f"{loss:.3f}" + (" *" if loss == best else "")
            axis.text(column, row, text, ha="center", va="center", backgroundcolor="white")
    figure.colorbar(image, ax=axis, label="log-loss")
plt.show()
