"""What was tried: ideas for the fast recipe, cells of the study, sources, corrections, and where a step's time goes."""

import statistics

from injected import records


def ideas() -> str:
    """Every idea with what was expected of it and what it gave."""
    lines = [
        "| idea | accuracy, pp: predicted | measured | time: predicted | measured |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for row in records.read("ideas")["rows"]:
        predicted = f"{row['predicted_pp']:+.2f} | "
        measured = f"{row['difference_pp']:+.3f} ± {row['standard_error_pp']:.3f} | "
        times = f"× {row['predicted_time']:.2f} | × {row['time_ratio']:.2f}"
        base = f"{100 * row['accuracy_mean']:.3f} % | – | {statistics.median(row['elapsed_s']):.2f} s"
        result = f"– | {base}" if row["idea"] == "base" else f"{predicted}{measured}{times}"
        lines.append(f"| {row['idea']} | {result} |")
    return "\n".join(lines)


def study() -> str:
    """Every cell of the study beside the base it changes, in one row."""
    record = records.read("study")
    rows = {row["cell"]: row for row in record["rows"]}
    lines = [
        "| | changed | parameters | MFLOP | epochs | accuracy on 20,000 held out | cross-entropy "
        "| both in five views | time on one core |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, found in record["cells"].items():
        row = rows[name]
        spread = f" ± {100 * found['accuracy_sd']:.3f}" if found["n"] > 1 else ""
        # With smoothed or a teacher's targets it is a cross-entropy of another kind.
        loss = "–" if row["change"].keys() & {"label_smoothing", "distillation"} else f"{found['loss_mean']:.4f}"
        five = found.get("five_views")
        five = f"{100 * five['accuracy_mean']:.3f} %, {five['loss_mean']:.4f}" if five else "–"
        lines.append(
            f"| {row['group']} | {name} | {row['parameters']:,} | {row['mflop']:.1f} "
            f"| {row['change'].get('epochs', record['base']['epochs'])} | {100 * found['accuracy_mean']:.3f} %{spread} "
            f"| {loss} | {five} | {found['elapsed_s_median'] / 60:.1f} min |"
        )
    return "\n".join(lines)


def ensembles() -> str:
    """What the mean of n networks reaches, over every choice of n."""
    record = records.read("ensemble-accurate")
    lines = ["| networks averaged | choices of them | test accuracy | each |", "| ---: | ---: | ---: | --- |"]
    for row in record["rows"]:
        spread = f" ± {100 * row['accuracy_sd']:.3f}" if row["ensembles"] > 1 else ""
        each = ", ".join(f"{correct / 100:.2f}" for correct in row["correct"])
        lines.append(f"| {row['n']} | {row['ensembles']} | {100 * row['accuracy_mean']:.3f} %{spread} | {each} |")
    return "\n".join(lines)


def profile() -> str:
    """What a step of `fast` spends its time on."""
    record = records.read("profile")
    lines = ["| part of a step | share |", "| --- | ---: |"]
    lines += [f"| {kind} | {100 * share:.0f} % |" for kind, share in record["shares"].items()]
    return "\n".join(lines)


def step() -> dict[str, str]:
    """A step of `fast` in numbers."""
    record = records.read("profile")
    compiled = record["compiled"]
    measured = isinstance(compiled, dict)  # otherwise it says why torch.compile does not work there
    return {
        "profiled": f"{record['profiled_step_ms']:.2f} ms",
        "time": f"{record['step_ms']:.2f} ms",
        "work": f"{record['mflop']:.0f} MFLOP",
        "rate": f"{record['gflop_s']:.0f} GFLOP/s",
        "share": f"{100 * record['gflop_s'] / record['sgemm_gflop_s']:.0f} %",
        "sgemm": f"{record['sgemm_gflop_s']:.0f} GFLOP/s",
        "inside": f"{record['gflop_s_inside_convolutions_and_dense_layers']:.0f} GFLOP/s",
        "keras": f"{record['keras_fit_step_ms']:.1f} ms",
        "compiled": f"{compiled['step_ms']:.2f} ms" if measured else "–",
        "compiling": f"{compiled['until_it_stands_s']:.0f} s" if measured else "–",
        "threads": f"{record['threads']}",
    }


def sources() -> str:
    """What each source of the recipe `reader` gives."""
    record = records.read("sources")
    heads = {
        "validation": "MNIST's validation images",
        "hands": "digits in school handwriting",
        "load_digits": "scikit-learn's digits",
        "touching": "pairs that touch",
        "drawn": "letters, scribbles, shapes: rejected",
        "fashion": "clothes: rejected",
    }
    heads = {name: result for name, result in heads.items() if name in record["rows"][0]}
    lines = [f"| learned from | {' | '.join(heads.values())} |", "| --- |" + " ---: |" * len(heads)]
    for row in record["rows"]:
        lines.append(f"| {row['trial']} | {' | '.join(records.share(row[key]) for key in heads)} |")
    return "\n".join(lines)


def extend() -> str:
    """What a few pictures of one's own give, and what they cost."""
    record = records.read("extend")
    lines = ["| recipe | | crossed sevens | MNIST's test images |", "| --- | --- | ---: | ---: |"]
    for row in record["means"]:
        learned = f"and {record['given']} crossed sevens" if row["extended"] else "MNIST alone"
        lines.append(f"| `{row['recipe']}` | {learned} | {100 * row['own']:.1f} % | {100 * row['mnist']:.2f} % |")
    return "\n".join(lines)


def placement() -> dict[str, str]:
    """What networks read that were trained on class folders, by how the pictures were placed."""
    means = records.read("placement")["means"]
    return {f"{row['placement']}_{key}": records.share(row[key]) for row in means for key in ("classified", "read")}
