"""Trackers of experiments, through skorch's own callbacks."""

from __future__ import annotations

import pytest
from samples import quick, table
from skorch.callbacks import MlflowLogger, TensorBoard

X, CODES = table()
LOGGED = {"train_loss", "train_loss_task_0", "train_accuracy_task_1", "valid_loss", "dur"}


@pytest.mark.filterwarnings("ignore::DeprecationWarning:tensorboard")
def test_tensorboard_has_every_loss(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import (  # noqa: PLC0415 (optional)
        EventAccumulator,
    )
    from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 (optional)

    with SummaryWriter(tmp_path) as writer:
        classifier = quick(callbacks=[TensorBoard(writer)], early_stopping=True).fit(X, CODES)
    events = EventAccumulator(str(tmp_path)).Reload()
    assert {tag.removeprefix("Loss/") for tag in events.Tags()["scalars"]} >= LOGGED
    losses = [event.value for event in events.Scalars("Loss/valid_loss")]
    assert losses == pytest.approx([row["valid_loss"] for row in classifier.history_])


def test_mlflow_has_every_loss(tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri((tmp_path / "runs").as_uri())
    with mlflow.start_run() as run:
        logger = MlflowLogger(terminate_after_train=False)
        classifier = quick(callbacks=[logger], early_stopping=True).fit(X, CODES)
    metrics = mlflow.tracking.MlflowClient().get_run(run.info.run_id).data.metrics
    assert metrics.keys() >= LOGGED
    assert metrics["valid_loss"] == pytest.approx(classifier.history_[-1]["valid_loss"])
