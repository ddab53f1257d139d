"""
A search that ends bad trials early
===================================

`optuna <https://optuna.org>`_ chooses learning rates and widths near those of earlier good trials.
It prunes a trial, that is, it ends it early, if its validation loss is worse than that of most
earlier trials at the same epoch. A callback of skorch reports the losses. They are computed on
``X_val``.
"""

# %%
# The callback reports each epoch. If the pruner decides to end the trial, the callback ends ``fit``
# with an exception. ``fit`` uses a copy of the callback, with the same trial.
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import optuna
from sklearn.model_selection import train_test_split
from skorch.callbacks import Callback

from sklearn_abmtl import ABMTLClassifier, MLPEncoder
from sklearn_abmtl.datasets import make_multitask_classification


class Prune(Callback):
    def __init__(self, trial):
        self.trial = trial

    def on_epoch_end(self, net, **kwargs):
        self.trial.report(net.history[-1, "valid_loss"], step=len(net.history))
        if self.trial.should_prune():
            raise optuna.TrialPruned


# %%
# One trial is one fit. Its value is the best validation loss. A constant classifier has a loss of
# 1.
X, y = make_multitask_classification(600, n_classes=(3, 2), random_state=0)
X_train, X_val, y_train, y_val = train_test_split(X, y, random_state=0)


def best_loss(trial):
    classifier = ABMTLClassifier(
        lr=trial.suggest_float("lr", 1e-4, 1e-1, log=True),
        encoder=MLPEncoder(width=trial.suggest_int("width", 8, 128, log=True)),
        max_epochs=10,
        callbacks=[Prune(trial)],
        random_state=0,
    )
    classifier.fit(X_train, y_train, X_val=X_val, y_val=y_val)
    return min(row["valid_loss"] for row in classifier.history_)


optuna.logging.set_verbosity(optuna.logging.WARNING)
study = optuna.create_study(
    sampler=optuna.samplers.TPESampler(seed=0),
    pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=2),
)
study.optimize(best_loss, n_trials=12)

# %%
# The figure shows all trials. Pruned trials are grey.
pruned = study.get_trials(states=[optuna.trial.TrialState.PRUNED])
print(f"best loss {study.best_value:.3f} with {study.best_params}")
print(f"{len(pruned)} of {len(study.trials)} trials were pruned")

figure, axis = plt.subplots(figsize=(6, 4), layout="constrained")
for trial in study.trials:
    losses = trial.intermediate_values
    axis.plot(losses.keys(), losses.values(), color="silver" if trial in pruned else "tab:blue")
axis.set(xlabel="epoch", ylabel="validation loss (1: constant prediction)", yscale="log")
if len(sys.argv) > 1:
    figure.savefig(Path(sys.argv[1]), dpi=120)
