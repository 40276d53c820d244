import json
import os
import resource
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
import pytest
import torch

from conftest import Cli
from mnistry.assets import MODEL
from mnistry.classifier.classifier import softmax
from mnistry.data import Dataset, load_dataset
from mnistry.data.split import Split
from mnistry.errors import InterruptedRunError, RecipeError, RunError, UsageError
from mnistry.reader import Reader
from mnistry.run.folder import Run
from mnistry.training import distillation, models, resume, train
from mnistry.training.export.ensemble import ensemble
from mnistry.training.loops.keras_loop import KerasLoop
from mnistry.training.loops.torch_loop import TorchLoop
from mnistry.training.progress import Watch
from mnistry.training.recipes import FAST, Recipe

RECIPE = replace(FAST, name="student", epochs=2, label_smoothing=0.0, distillation=2.0, augmentation="writers")


def _copied(model: Path, to: Path) -> Path:
    """The same network in another file."""
    copied = onnx.load(model)
    copied.doc_string = "a copy"
    onnx.save(copied, to)
    return to


class StopAfterFirst(Watch):
    def epoch(self, row: dict[str, float]) -> None:
        raise KeyboardInterrupt


def test_a_student_learns_from_what_its_teacher_thinks_alone(
    finished: tuple[Run, dict[str, Any]], mnist: Dataset, tmp_path: Path
) -> None:
    """With every label of its data set wrong it still reads right; stopped and resumed, it ends the same."""
    few = Split(mnist.train.images[:2000], (mnist.train.labels[:2000] + 1) % 10)
    wrong = tmp_path / "wrong.npz"
    np.savez(
        wrong,
        x_train=few.images[..., 0],
        y_train=few.labels.astype(np.uint8),
        x_test=mnist.validation.images[:500, ..., 0],
        y_test=mnist.validation.labels[:500].astype(np.uint8),
    )
    teachers = [MODEL, _copied(MODEL, tmp_path / "other.onnx")]
    recipe = replace(RECIPE, variants=2)
    with pytest.raises(InterruptedRunError):
        train(recipe, data=wrong, out=tmp_path / "run", teacher=teachers, watch=StopAfterFirst())
    run = resume(tmp_path / "run")
    whole = train(recipe, data=wrong, out=tmp_path / "whole", teacher=teachers)
    assert np.array_equal(Reader(run.model).logits(few.images), Reader(whole.model).logits(few.images))
    assert run.evaluation is not None
    assert run.evaluation.accuracy > 0.8
    result, second = Reader(run.model).metadata.teachers
    assert (result.recipe, second.recipe) == ("reader", "reader")
    assert [result.sha256, second.sha256] == [one.sha256 for one in run.config.teachers]
    assert result.sha256 != second.sha256
    assert "The grey lines compare with the teachers' predictions" in (run.folder / "report.html").read_text()
    assert result.source == second.source == ""


def test_both_loops_take_the_same_lesson(mnist: Dataset) -> None:
    """Of Hinton et al.: T² times the cross-entropy of both softened."""
    few = Split(mnist.train.images[:384], mnist.train.labels[:384])
    teacher_logits = distillation.teacher_logits(Reader(), few.images)
    recipe = replace(RECIPE, learning_rate=0.001)
    ends, losses = [], []
    for kind in (TorchLoop, KerasLoop):
        keras.utils.set_random_seed(3)
        loop = kind(models.build("fast", (28, 28, 1), 10), recipe, 3)
        first = torch.from_numpy(np.array(loop.model(few.images[:128], training=True).detach()))
        keras.utils.set_random_seed(3)
        loop = kind(models.build("fast", (28, 28, 1), 10), recipe, 3)
        result: list[float] = []
        loop.epoch(few, np.arange(384), 1, 5, lambda step, loss, result=result: result.append(loss), teacher_logits)
        wanted = torch.from_numpy(softmax(teacher_logits[:128] / 2))
        assert result[0] == pytest.approx(4 * float(torch.nn.functional.cross_entropy(first / 2, wanted)), rel=1e-3)
        ends.append([np.array(keras.ops.convert_to_numpy(v)) for v in loop.model.weights])
        losses.append(result)
    assert losses[0] == pytest.approx(losses[1], rel=5e-3)
    for a, b in zip(*ends, strict=True):
        assert np.linalg.norm(a - b) < 0.05 * np.linalg.norm(a) + 1e-3


def test_what_can_be_no_teacher(
    finished: tuple[Run, dict[str, Any]], small_npz: Path, tmp_path: Path, cli: Cli
) -> None:
    data = load_dataset(small_npz)
    assert distillation.describe(None, FAST, data) == ()
    for given, recipe, error, message in (
        (None, RECIPE, UsageError, "the recipe 'student' learns from a teacher: say with --teacher which model"),
        (
            MODEL,
            FAST,
            UsageError,
            f"--teacher {MODEL}: the recipe 'fast' learns from labels (`distillation` is 0)",
        ),
        (tmp_path / "a.onnx", RECIPE, RunError, f"--teacher {tmp_path / 'a.onnx'}: no such model or run"),
    ):
        with pytest.raises(error) as caught:
            distillation.describe(given, recipe, data)
        assert str(caught.value) == message
    letters = replace(data, class_names=tuple("abcdefghij"))
    with pytest.raises(RunError, match=f"reads other classes or images than those of {small_npz}$"):
        distillation.describe(MODEL, RECIPE, letters)
    with pytest.raises(RunError, match=r"--teacher nowhere: no such model or run$"):
        distillation.describe([MODEL, "nowhere"], RECIPE, data)
    twice = ("--teacher", finished[0].folder, "--teacher", MODEL)
    done = cli("train", "fast", "--data", small_npz, *twice, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: --teacher {finished[0].folder}: the recipe 'fast' learns from labels")


def test_teachers_look_once_and_keep_their_temperature(
    finished: tuple[Run, dict[str, Any]], small_npz: Path, tmp_path: Path, mnist: Dataset
) -> None:
    five = replace(FAST, name="five", views=5, epochs=1)
    run = train(five, data=small_npz, out=tmp_path / "five")
    own, bundled = distillation.find(distillation.describe([run.folder, MODEL], RECIPE, load_dataset(small_npz)))
    images = mnist.validation.images[:20]
    plain = keras.ops.convert_to_numpy(keras.saving.load_model(run.folder / "model.keras")(images))
    assert own.logits(images) == pytest.approx(np.asarray(plain), abs=1e-3)
    assert np.abs(own.logits(images) - Reader(run.model).logits(images)).max() > 0.1
    assert own.temperature == Reader(run.model).temperature
    assert bundled.logits(images) == pytest.approx(Reader().logits(images), abs=1e-4)
    both = ensemble([run.folder, finished[0].folder], out=tmp_path / "both", data=small_npz)
    (mean,) = distillation.find(distillation.describe(both.folder, RECIPE, load_dataset(small_npz)))
    members = [own.logits(images) / own.temperature, distillation.teacher_logits(Reader(finished[0].model), images)]
    assert mean.logits(images) == pytest.approx(np.mean(members, axis=0), abs=1e-3)


@pytest.mark.slow
def test_a_teacher_that_has_learned_what_its_pupil_is_calibrated_on(
    finished: tuple[Run, dict[str, Any]], small_npz: Path, tmp_path: Path
) -> None:
    recipe = Recipe(**finished[0].config.to_json()["recipe"])
    run = train(recipe, data=small_npz, out=tmp_path / "whole", calibrate_from=finished[0].folder)
    data = load_dataset(small_npz)
    with pytest.raises(RunError, match="has learned the validation images, that this run is to be calibrated on$"):
        distillation.describe(run.folder, RECIPE, data)
    assert distillation.describe(run.folder, RECIPE, data, whole=True)


@pytest.mark.parametrize(
    ("epochs", "variants", "equal", "refused"),
    [(2, 0, 2, 3), (3, 0, 3, 2), (4, 2, 2, 4), (8, 4, 4, 3), (3, 10, 3, 2), (12, 10, 1, 5), (40, 10, 5, 4)],
)
def test_turns_are_equal(
    finished: tuple[Run, dict[str, Any]], small_npz: Path, epochs: int, variants: int, equal: int, refused: int
) -> None:
    data, recipe = load_dataset(small_npz), replace(RECIPE, epochs=epochs, variants=variants)
    turns = [distillation.turn(recipe.variant(epoch), equal) for epoch in range(1, epochs + 1)]
    assert {turns.count(one) for one in range(equal)} == {epochs // equal}
    copies = f" over {variants} augmented copies" if variants else ""
    with pytest.raises(UsageError) as caught:
        distillation.describe([MODEL] * refused, recipe, data)
    assert str(caught.value) == f"{refused} teachers cannot take equal turns in {epochs} epochs{copies}"
    if equal == 2:
        assert len(distillation.describe([MODEL, finished[0].folder], recipe, data)) == 2


def test_each_teacher_is_another_and_finished(own_run: Run, small_npz: Path) -> None:
    data = load_dataset(small_npz)
    with pytest.raises(UsageError) as caught:
        distillation.describe([own_run.folder, own_run.model], RECIPE, data)
    assert str(caught.value) == f"--teacher {own_run.folder}: is given twice: it would have twice the turns"
    own_run.checkpoint.touch()
    with pytest.raises(RunError) as caught:
        distillation.describe(own_run.folder, RECIPE, data)
    wanted = f"--teacher {own_run.folder}: is not finished: go on with: mnistry train --resume {own_run.folder}"
    assert str(caught.value) == wanted


def test_a_teacher_that_has_changed_is_refused(own_run: Run, small_npz: Path) -> None:
    result = distillation.describe(own_run.folder, RECIPE, load_dataset(small_npz))
    assert [reader.class_names for reader in distillation.find(result)] == [tuple("0123456789")]
    own_run.model.write_bytes(own_run.model.read_bytes() + b"x")
    with pytest.raises(
        RunError, match="is not there as it was when the run was started: the teacher is needed to the end"
    ):
        distillation.find(result)


@pytest.mark.parametrize("source", ["fifo", "a\0b", "loop", "."])
def test_a_teacher_in_a_place_that_cannot_be_read(source: str, own_run: Run, small_npz: Path) -> None:
    os.mkfifo(own_run.folder / "fifo")
    (own_run.folder / "loop").symlink_to("loop")
    (result,) = distillation.describe(own_run.folder, RECIPE, load_dataset(small_npz))
    with pytest.raises(RunError, match="is not there as it was when the run was started"):
        distillation.find([replace(result, source=str(own_run.folder / source))])


def test_no_room_for_a_teachers_copy_is_said(
    own_run: Run, small_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder for temporary files is gone; and no file grows beyond ten thousand bytes."""
    result = distillation.describe(own_run.folder, RECIPE, load_dataset(small_npz))
    wanted = "wanted room for one model in the folder for temporary files: TMPDIR may name another"
    with monkeypatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
        with pytest.raises(RunError) as caught:
            distillation.find(result)
    assert str(caught.value) == f"{own_run.model}: cannot be copied (No such file or directory): {wanted}"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(RunError) as caught:
            distillation.find(result)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert str(caught.value) == f"{own_run.model}: cannot be copied (File too large): {wanted}"


def test_a_run_that_does_not_say_its_teachers(small_npz: Path, tmp_path: Path) -> None:
    with pytest.raises(InterruptedRunError):
        train(RECIPE, data=small_npz, out=tmp_path / "run", teacher=MODEL, watch=StopAfterFirst())
    result = json.loads((tmp_path / "run" / "recipe.json").read_text())
    result["teacher"] = result.pop("teachers")[0]
    (tmp_path / "run" / "recipe.json").write_text(json.dumps(result))
    with pytest.raises(RunError, match="does not say its teachers, as runs of this version of mnistry do$"):
        resume(tmp_path / "run")


def test_a_recipe_of_distillation_has_neither_smoothing_nor_sources() -> None:
    changes: list[dict[str, Any]] = [{"label_smoothing": 0.1}, {"sources": ("cuts",)}]
    for change in changes:
        with pytest.raises(
            RecipeError, match=r"`distillation` \(=1.0\) does not go with `label_smoothing` or `sources`"
        ):
            Recipe("a", "fast", 1, 1, 0.1, distillation=1.0, **change)
