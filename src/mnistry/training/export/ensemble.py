"""Combines several finished runs into one run, whose network averages theirs.

    ensemble(["runs/a", "runs/b", "runs/c"], out="runs/three")

The members' logits, each divided by its own temperature, are averaged inside one model.onnx, so that
callers need not know of it. Inference costs as much as that of all members.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mnistry.classifier.classifier import Classifier
from mnistry.classifier.metadata import CalibratingRun, ModelMetadata
from mnistry.data import load
from mnistry.data.dataset import Dataset
from mnistry.errors import RunError, UsageError
from mnistry.evaluation import evaluate, report
from mnistry.lineage import Calibration, EnsembleMember, RecipeRecord, RecipeSettings
from mnistry.run import folder as runs
from mnistry.run.config import RunConfig
from mnistry.run.folder import Run
from mnistry.safety import strict_json
from mnistry.safety.atomic_write import writing
from mnistry.safety.json_record import as_json, from_json
from mnistry.training import full_data, provenance
from mnistry.training.export.calibrate import calibrated
from mnistry.training.export.write_metadata import write_metadata
from mnistry.training.loops import backend

# Required metadata of a member; older models lack `learned_below`.
METADATA_SHAPE = {"epochs": int, "elapsed_s": float, "rejection?": ({"learned_below?": float}, None)}


def ensemble(members: Sequence[str | Path], out: str | Path | None = None, data: str | Path | None = None) -> Run:
    """Combine finished runs, score the result on the test images, and write it to a run folder.

    `members` are two or more runs of the same data; their recipes may differ. `data` is the present location
    of that data set, if it has moved. The ensemble is calibrated on the validation images or, if a member has
    learned them, takes its calibration from its members.

    Raises `UsageError` for fewer than two members, `RunError` if one is unfinished, of other data or given
    twice, and `DataError` if the data are not those they were trained on.
    """
    backend.choose()
    chosen = [runs.open_finished(Path(folder)) for folder in members]
    _check(chosen)
    classifiers = [Classifier(run.model) for run in chosen]
    _check_models(chosen, classifiers)
    data_set = load.load_again(chosen[0].config.data, str(chosen[0].folder), data)
    calibration = next((run.config.calibrated_from for run in chosen if run.config.calibrated_from), None)
    learned = full_data.merged(data_set) if calibration else data_set
    config = _config([run.config for run in chosen], classifiers[0], learned, calibration)
    run = runs.create(Path(out) if out is not None else None, config)
    with run.locked(), writing(run.folder, f"remove {run.folder} and run mnistry ensemble again"):
        run.write("model.onnx", lambda path: _export(classifiers, path, learned, _metadata(config, classifiers)))
        classifier = Classifier(run.model)
        report.write(evaluate.evaluate(classifier, data_set), data_set, classifier, run.folder, [])
    return run


def _check(members: Sequence[Run]) -> None:
    if len(members) < 2:
        raise UsageError(f"an ensemble of {len(members)}: wanted two runs or more")
    first = members[0]
    for run in members:
        if run.config.kind:
            raise RunError(f"{run.folder}: is of a detector: wanted runs of classifiers")
    for i, run in enumerate(members):
        if run.config.data.sha256 != first.config.data.sha256:
            raise RunError(f"{run.folder}: was trained on other data than {first.folder} (SHA-256 differs)")
        if run.folder.resolve() in [other.folder.resolve() for other in members[:i]]:
            raise RunError(f"{run.folder}: is given twice: its vote would count double")


def _check_models(members: Sequence[Run], classifiers: Sequence[Classifier]) -> None:
    """Raise `RunError` if a model.onnx does not match its recipe.json, or its metadata is unfit for a member."""
    for run, classifier in zip(members, classifiers, strict=True):
        expected = run.config.class_names, classifiers[0].image_shape
        if (classifier.class_names, classifier.image_shape) != expected:
            raise RunError(f"{run.model}: reads other classes or images than its run was trained on")
        if problem := strict_json.misfit(classifier.metadata.to_json(), METADATA_SHAPE):
            raise RunError(f"{run.model}: lacks what is needed of a member ({problem})")
        below = rejection.learned_below if (rejection := classifier.metadata.rejection) else 0
        if not 0 <= below <= 1:
            raise RunError(f"{run.model}: its share of images below the threshold is {below:g}: wanted 0 to 1")


def _config(
    members: Sequence[RunConfig], classifier: Classifier, learned: Dataset, calibration: Calibration | None
) -> RunConfig:
    parts = tuple(
        EnsembleMember(recipe=from_json(RecipeSettings, as_json(one.recipe)), seed=one.seed) for one in members
    )
    backends = {one.backend for one in members}
    return RunConfig(
        recipe=RecipeRecord(name="ensemble", members=parts),
        seed=None,  # the ensemble has none; its members do
        data=replace(
            members[0].data,
            train=len(learned.train),
            validation=len(learned.validation),
            placement=classifier.placement if members[0].data.placement or members[0].extension else None,
        ),
        class_names=classifier.class_names,
        image_shape=classifier.image_shape,
        parameters=sum(one.parameters for one in members),
        backend=backends.pop() if len(backends) == 1 else None,
        versions=provenance.versions(),
        commit=provenance.commit(),
        machine=provenance.machine(),
        calibrated_from=calibration,
    )


def _metadata(config: RunConfig, classifiers: Sequence[Classifier]) -> ModelMetadata:
    """Return the metadata that can be had without images, including the members' mean calibration."""
    members = [classifier.metadata for classifier in classifiers]
    rejections = [one.rejection for one in members if one.rejection]
    rejection = None
    if len(rejections) == len(members):  # models of earlier versions lack it
        below = float(np.mean([one.learned_below for one in rejections]))
        rejection = replace(rejections[0], learned_below=below)
    return ModelMetadata(
        mnistry=config.versions["mnistry"],
        commit=config.commit,
        recipe=config.recipe,
        seed=None,
        class_names=config.class_names,
        data=replace(config.data, source=""),
        backend=config.backend,
        parameters=config.parameters,
        epochs=sum(one.epochs or 0 for one in members),
        elapsed_s=round(sum(one.elapsed_s or 0 for one in members), 1),
        calibrated_from=CalibratingRun(config.calibrated_from.seed) if config.calibrated_from else None,
        temperature=1.0,  # the members' own are inside the graph
        rejection=rejection,
    )


def _export(classifiers: Sequence[Classifier], path: Path, learned: Dataset, metadata: ModelMetadata) -> None:
    _write(classifiers, path)
    write_metadata(path, calibrated(metadata, path, learned))


def _write(classifiers: Sequence[Classifier], path: Path) -> None:
    """Write one graph of all members: each under its own prefix, then the mean of their logits."""
    import onnx
    from onnx import compose, helper, numpy_helper

    models = [onnx.load(classifier.path) for classifier in classifiers]
    graphs = [compose.add_prefix(model, f"{i}/", rename_inputs=False) for i, model in enumerate(models)]
    parts = [graph.graph for graph in graphs]
    nodes = [node for part in parts for node in part.node]
    weights = [tensor for part in parts for tensor in part.initializer]
    for i, classifier in enumerate(classifiers):
        weights.append(numpy_helper.from_array(np.array(classifier.temperature, np.float32), f"{i}/temperature"))
        nodes.append(helper.make_node("Div", [f"{i}/logits", f"{i}/temperature"], [f"{i}/calibrated"]))
    nodes.append(helper.make_node("Mean", [f"{i}/calibrated" for i in range(len(parts))], ["logits"]))
    output = helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, [None, len(classifiers[0].class_names)])
    graph = helper.make_graph(nodes, "ensemble", [parts[0].input[0]], [output], weights)
    whole = helper.make_model(graph, opset_imports=graphs[0].opset_import, ir_version=graphs[0].ir_version)
    onnx.checker.check_model(whole)
    onnx.save(whole, path)
