"""Several finished runs → one run whose network is the mean of theirs.

    ensemble(["runs/a", "runs/b", "runs/c"], out="runs/three")

The members' logits, each divided by its own temperature, are averaged inside one model.onnx, so that
whoever reads with it need not know. It costs as much as all of them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mnistry import dataset as datasets
from mnistry import evaluate, report
from mnistry import run as runs
from mnistry.errors import RunError
from mnistry.reader import Reader
from mnistry.run import Run
from mnistry.training import backend, provenance


def ensemble(members: Sequence[str | Path], out: str | Path | None = None) -> Run:
    """Put finished runs together, score the result on the test images, and leave it in a run folder.

    `members` are two or more runs of the same data; their recipes may differ. Raises `RunError` where
    one is unfinished or of other data.
    """
    backend.choose()
    chosen = [runs.open_run(Path(folder)) for folder in members]
    _check(chosen)
    told, readers = [run.description for run in chosen], [Reader(run.model) for run in chosen]
    description = {
        "recipe": {"name": "ensemble", "members": [{"recipe": t["recipe"], "seed": t["seed"]} for t in told]},
        "seed": told[0]["seed"],
        "twin": next((t["twin"] for t in told if t.get("twin")), None),
        **{key: told[0][key] for key in ("data", "class_names", "image_shape", "backend")},
        "parameters": sum(t["parameters"] for t in told),
        **provenance.describe(),
    }
    run = runs.create(Path(out) if out is not None else None, description)
    metadata = {key: value for key, value in description.items() if key not in ("image_shape", "versions", "machine")}
    metadata |= {
        "mnistry": description["versions"]["mnistry"],
        "data": {key: value for key, value in description["data"].items() if key != "source"},
        "epochs": sum(reader.metadata["epochs"] for reader in readers),
        "elapsed_s": round(sum(reader.metadata["elapsed_s"] for reader in readers), 1),
        "temperature": 1.0,  # the members' own are inside
    }
    models, temperatures = [run.model for run in chosen], [reader.temperature for reader in readers]
    run.write("model.onnx", lambda path: _write(models, temperatures, path, metadata))
    data_set, reader = datasets.load(description["data"]["source"]), Reader(run.model)
    report.write(evaluate.evaluate(reader, data_set), data_set, reader, run.folder, [])
    return run


def _check(members: Sequence[Run]) -> None:
    if len(members) < 2:
        raise RunError(f"an ensemble of {len(members)}: wanted two runs or more")
    first = members[0]
    for run in members:
        if not run.finished:
            raise RunError(f"{run.folder}: is not finished: go on with: mnistry train --resume {run.folder}")
        if run.description["data"]["sha256"] != first.description["data"]["sha256"]:
            raise RunError(f"{run.folder}: was trained on other data than {first.folder} (SHA-256 differs)")


def _write(models: Sequence[Path], temperatures: Sequence[float], path: Path, metadata: Mapping[str, Any]) -> None:
    """One graph of all: every member under a prefix of its own, then the mean of their logits."""
    import onnx
    from onnx import compose, helper, numpy_helper

    from mnistry.training.export import write_metadata

    graphs = [compose.add_prefix(onnx.load(model), f"{i}/", rename_inputs=False) for i, model in enumerate(models)]
    parts = [graph.graph for graph in graphs]
    nodes = [node for part in parts for node in part.node]
    weights = [tensor for part in parts for tensor in part.initializer]
    for i, temperature in enumerate(temperatures):
        weights.append(numpy_helper.from_array(np.array(temperature, np.float32), f"{i}/temperature"))
        nodes.append(helper.make_node("Div", [f"{i}/logits", f"{i}/temperature"], [f"{i}/calibrated"]))
    nodes.append(helper.make_node("Mean", [f"{i}/calibrated" for i in range(len(parts))], ["logits"]))
    output = helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, [None, len(metadata["class_names"])])
    graph = helper.make_graph(nodes, "ensemble", [parts[0].input[0]], [output], weights)
    whole = helper.make_model(graph, opset_imports=graphs[0].opset_import, ir_version=graphs[0].ir_version)
    onnx.checker.check_model(whole)
    onnx.save(whole, path)
    write_metadata(path, metadata)
