"""Write the tables of README.md and docs/ from records/*.json, between their markers.

python benchmarks/tables.py           # renew
python benchmarks/tables.py --check   # status 1 if a page is not what the records say
"""

import csv
import json
import re
import statistics
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mnistry.assets import MODEL
from mnistry.reader import Reader
from mnistry.safety.json_record import from_json
from mnistry.safety.limits import LIMITS as READING_LIMITS
from mnistry.server import Limits
from mnistry.training.bench.row import Row
from mnistry.training.bench.table import figures
from mnistry.training.recipe_table import RECORDED
from module_map import modules

ROOT = Path(__file__).parents[1]
SOURCES = {
    "hands": "digits drawn from stroke templates of school hands",
    "fonts": "handwriting fonts",
    "cuts": "cuts of touching digits",
    "nondigits": "drawings of what is no digit",
}
# That nothing the recipe `reader` learns resembles: docs/design/0009.
UNMET = ("spatter", "dotted_line", "zigzag")
# Of each limit of `mnistry serve` what it bounds, its unit, and what happens beyond it.
LIMITS = {
    "body": ("a body", "MB", "413"),
    "tensors": ("an infer request's body", "MB", "413"),
    "bodies": ("all bodies under way, together", "MB", "503"),
    "picture_px": ("a picture, told before it is decoded", "megapixels", "413"),
    "memory": ("memory that reading one takes", "MB", "413"),
    "images": ("images in one infer request", "", "413"),
    "head": ("a request's line and headers, and what stands between the parts of its body", "bytes", "431, 413"),
    "headers": ("its headers", "", "431"),
    "connections": ("connections at once", "", "closed"),
    "pipelined": ("requests sent on one before its first is answered", "", "closed"),
    "waiting": ("pictures queued, in addition to those being read", "", "503"),
    "requests": ("infer requests queued", "", "503"),
    "head_s": ("for a request's head to come", "s", "closed; 408 while an answer is due"),
    "body_s": ("for its body to come", "s", "408"),
    "read_s": ("for one picture to be read", "s", "422"),
    "answer_s": ("for the answer to be made", "s", "503"),
    "take_s": ("for a client to take some of its answer", "s", "closed"),
    "rest_s": ("for the rest of a refused body to come", "s", "closed"),
    "drain_s": ("for requests under way, once the server is told to stop", "s", "503"),
}
READING = {
    "picture_bytes": ("a picture's file, and standard input", "MB"),
    "picture_px": ("a picture", "megapixels"),
    "webp_px": ("a WebP, whose decoder takes four times the memory", "megapixels"),
    "side_px": ("each of its sides", "px"),
    "aspect": ("the longer side to the shorter", "to 1"),
    "tile_px": ("a tile of a TIFF", "megapixels"),
    "scans": ("the scans of a JPEG", ""),
    "segments": ("its segments, and the bytes between them", ""),
    "reading_s": ("reading one picture, in `mnistry read` and the server", "s"),
    "reading_bytes": ("memory that this takes, beyond what the process begins with", "MB"),
    "model_bytes": ("a model's file", "MB"),
    "metadata_bytes": ("what it says of itself", "MB"),
    "classes": ("its classes", ""),
    "class_name": ("the name of a class", "characters"),
    "class_names": ("the names of all its classes", "characters"),
    "image_values": ("one image that it takes", "values"),
    "temperature": ("what its logits are divided by, or multiplied by", ""),
    "logit": ("a logit", ""),
    "model_s": ("loading it, and its first answer, on the command line", "s"),
    "run_s": ("its answer to a batch of images", "s"),
    "data_bytes": ("a data set, unpacked, and half of this machine's memory", "MB"),
    "packed": ("an array of more than 100 MB to its file", "to 1"),
    "json_bytes": ("each JSON file of a run folder", "MB"),
    "evaluation_bytes": ("but for its evaluation.json", "MB"),
    "epochs": ("the epochs of a run", ""),
    "history_bytes": ("its history.csv", "MB"),
}
MAX_LISTED = 5  # seeds; the rest can be read in records/


def main() -> None:
    pages = {ROOT / page: tables for page, tables in PAGES.items()}
    texts = {page: page.read_text(encoding="utf-8") for page in pages}
    renewed = {page: renew(texts[page], tables) for page, tables in pages.items()}
    texts[RECORDED], renewed[RECORDED] = RECORDED.read_text(encoding="utf-8"), recorded()
    if "--check" in sys.argv:
        sys.exit(renewed != texts)
    for page, text in renewed.items():
        page.write_text(text, encoding="utf-8")


def renew(text: str, tables: Mapping[str, Callable[[], str]]) -> str:
    """A page's text with what stands between `<!-- table: NAME -->` and `<!-- end -->` made anew."""

    def table(match: re.Match[str]) -> str:
        return f"{match[1]}\n{tables[match[2]]()}\n{match[3]}"

    markers = re.findall(r"<!-- table: (\w+) -->", text)
    if sorted(markers) != sorted(tables):
        sys.exit(f"a page has the tables {markers}: wanted each of {list(tables)} once")
    return re.sub(r"(<!-- table: (\w+) -->)\n(?:.*?\n)??(<!-- end -->)", table, text, flags=re.DOTALL)


def read(name: str) -> dict[str, Any]:
    return json.loads((ROOT / "records" / f"{name}.json").read_text(encoding="utf-8"))


def recorded() -> str:
    """What `mnistry train --list` knows of each recipe's runs on torch."""
    found = {}
    for path in sorted((ROOT / "records").glob("*.json")):
        if summary := read(path.stem).get("summary", {}).get("torch"):
            machine = next(run["machine"] for run in read(path.stem)["runs"] if run["backend"] == "torch")
            found[path.stem] = {
                **{key: summary[key] for key in ("n", "accuracy_mean", "accuracy_sd")},
                "elapsed_s": summary["elapsed_s_median"],
                "machine": f"{_cores(machine)}, {machine['processor']}",
            }
    return json.dumps(found, indent=1) + "\n"


def accuracy() -> str:
    rows = ["| recipe | backend | test accuracy | each seed | parameters | epochs | from command to report |"]
    rows.append("| --- | --- | --- | --- | ---: | ---: | ---: |")
    for path in sorted((ROOT / "records").glob("*.json")):
        record = read(path.stem)
        for backend, summary in record.get("summary", {}).items():
            runs = [run for run in record["runs"] if run["backend"] == backend]
            spread = f" ± {100 * summary['accuracy_sd']:.2f}" if summary["n"] > 1 else ""
            waited = _waited(summary["wall_s_median"])
            each = ", ".join(f"{100 * run['accuracy']:.2f}" for run in runs)
            if len(runs) > MAX_LISTED:
                found = [100 * run["accuracy"] for run in runs]
                each = f"{len(runs)}, from {min(found):.2f} to {max(found):.2f}"
            rows.append(
                f"| `{path.stem}` | {backend} | **{100 * summary['accuracy_mean']:.2f} %**{spread} | {each} "
                f"| {runs[0]['parameters']:,} | {runs[0]['epochs']} | {waited} |"
            )
    return "\n".join([*rows, *_averaged()])


def _averaged() -> list[str]:
    """A row for each recipe whose recorded networks were averaged, all of them."""
    rows = []
    for path in sorted((ROOT / "records").glob("ensemble-*.json")):
        record = read(path.stem)
        found, one = record["rows"][-1], read(record["recipe"])["runs"][0]
        rows.append(
            f"| {found['n']} × `{record['recipe']}`, averaged | torch | **{100 * found['accuracy_mean']:.2f} %** | – "
            f"| {found['n'] * one['parameters']:,} | {one['epochs']} each | – |"
        )
    return rows


def ensembles() -> str:
    """What the mean of n networks reaches, over every choice of n."""
    record = read("ensemble-accurate")
    lines = ["| networks averaged | choices of them | test accuracy | each |", "| ---: | ---: | ---: | --- |"]
    for row in record["rows"]:
        spread = f" ± {100 * row['accuracy_sd']:.3f}" if row["ensembles"] > 1 else ""
        each = ", ".join(f"{correct / 100:.2f}" for correct in row["correct"])
        lines.append(f"| {row['n']} | {row['ensembles']} | {100 * row['accuracy_mean']:.3f} %{spread} | {each} |")
    return "\n".join(lines) + f"\n\nNone was chosen. `{record['command']}`."


def _waited(time_s: float | None) -> str:
    if time_s is None:
        return "not timed"
    return f"{time_s / 60:.1f} min" if time_s > 90 else f"{time_s:.0f} s"


def machine() -> str:
    records = {path.stem: read(path.stem) for path in sorted((ROOT / "records").glob("*.json"))}
    recipes = {name: record for name, record in records.items() if "summary" in record}
    machines = [
        f"`{name}` on {_cores(run['machine'])} ({run['machine']['processor']}, {run['machine']['system']}; "
        f"python {run['versions']['python']}, keras {run['versions']['keras']}, torch {run['versions']['torch']})"
        for name, record in recipes.items()
        for run in record["runs"][:1]
    ]
    return (
        f"Mean ± standard deviation over the seeds, none left out. {next(iter(recipes.values()))['chosen']} "
        f"No GPU: {', '.join(machines)}. One of them again: `mnistry train RECIPE --seed N`; more of them, those that "
        "are missing: `python benchmarks/record.py RECIPE --seeds 0-29`; another backend: `KERAS_BACKEND=jax` before "
        f"either.{_calibrated(recipes)}"
    )


def _calibrated(recipes: Mapping[str, Any]) -> str:
    named = [f"`{name}`" for name, record in recipes.items() if record["runs"][0].get("calibrated_from")]
    result = (
        "learned all 60,000 training images, once nothing was left to choose: temperature (of the probabilities) and "
        'threshold (of "not a digit") come from a run that did not: again with '
        "`--calibrate-from records/calibrations/RECIPE.json`."
    )
    calibrated = f" {_listed(named)} {result}" if named else ""
    pupils = [f"`{name}`" for name, record in recipes.items() if record["runs"][0].get("teachers")]
    return calibrated + (f" {_listed(pupils)} learned from other runs; again with `--teacher`." if pupils else "")


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _cores(machine: Mapping[str, Any]) -> str:
    return f"{machine['cores']} core" + "s" * (machine["cores"] > 1)


def bench() -> str:
    """What each recipe of records/bench.json takes and reaches, the fastest first."""
    heads = {"training": "training", "× fast": "× `fast`", "to model": "from command to model"}
    return _standings(heads | {"accuracy": "test accuracy", "runs": "runs", "99.19 % at": "99.19 % first held after"})


def bench_machine() -> str:
    """Where and how it was measured."""
    record = read("bench")
    machine, versions = record["machine"], record["versions"]
    runs = sorted({row["n"] for row in record["rows"]})
    return (
        f"Medians, and means ± sd, over {' or '.join(map(str, runs))} runs, all in one go on {machine['cores']} cores "
        f"({machine['processor']}, {machine['system']}; torch {versions['torch']}, tensorflow "
        f"{versions['tensorflow']}), on the same 55,000 images. On your machine: `{record['command']}`, or, with "
        "`--quick`, an estimate in two minutes."
    )


def work() -> str:
    """The work behind it."""
    heads = {"MFLOP": "MFLOP to learn an image", "GFLOP/s": "GFLOP/s", "of sgemm": "of a matrix product's"}
    return _standings(heads | {"memory": "memory at most"})


def _standings(heads: Mapping[str, str]) -> str:
    lines = [f"| recipe | backend | {' | '.join(heads.values())} |", f"| --- | --- |{' ---: |' * len(heads)}"]
    for row in sorted(read("bench")["rows"], key=lambda row: row["training_s"]):
        result = figures(from_json(Row, row))
        lines.append(f"| `{row['recipe']}` | {row['backend']} | {' | '.join(result[key] for key in heads)} |")
    return "\n".join(lines)


def growth() -> str:
    """Seconds of one epoch and the most memory, by recipe and threads, over the images."""
    rows = read("growth")["rows"]
    shares = sorted({row["share"] for row in rows})
    lines = [f"| recipe | backend | threads |{''.join(f' {55_000 * share:,.0f} images |' for share in shares)}"]
    lines.append("| --- | --- | ---: |" + " ---: |" * len(shares))
    cells = {(row["recipe"], row["backend"], row["threads"], row["share"]): row for row in rows}
    for recipe, backend, threads in dict.fromkeys(key[:3] for key in cells):
        result = (figures(from_json(Row, cells[recipe, backend, threads, share])) for share in shares)
        each = "".join(f" {one['training']}, {one['memory']} |" for one in result)
        lines.append(f"| `{recipe}` | {backend} | {threads} |{each}")
    return "\n".join(lines)


def ideas() -> str:
    """Every idea with what was expected of it and what it gave."""
    lines = [
        "| idea | accuracy, pp: predicted | measured | time: predicted | measured |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for row in read("ideas")["rows"]:
        predicted = f"{row['predicted_pp']:+.2f} | "
        measured = f"{row['difference_pp']:+.3f} ± {row['standard_error_pp']:.3f} | "
        times = f"× {row['predicted_time']:.2f} | × {row['time_ratio']:.2f}"
        base = f"{100 * row['accuracy_mean']:.3f} % | – | {statistics.median(row['elapsed_s']):.2f} s"
        result = f"– | {base}" if row["idea"] == "base" else f"{predicted}{measured}{times}"
        lines.append(f"| {row['idea']} | {result} |")
    return "\n".join(lines)


def study() -> str:
    """Every cell of the study beside the base it changes, in one row."""
    record = read("study")
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
    seeds = sorted({found["n"] for found in record["cells"].values()})
    result = "One seed a row" if seeds == [1] else f"{' or '.join(map(str, seeds))} seeds a row, mean ± sd"
    return "\n".join(lines) + f"\n\n{result}. `{record['command']}`."


def robustness() -> str:
    """What worn and foreign images do to each network."""
    rows = read("robustness")["rows"]
    lines = ["| | " + " | ".join(f"`{row['name']}`" for row in rows) + " |", "| --- |" + " ---: |" * len(rows)]
    lines.append("| MNIST's test images | " + " | ".join(_share(row["accuracy"]) for row in rows) + " |")
    mean = " | ".join(f"**{100 * row['corrupted_mean']:.1f} %**" for row in rows)
    lines.append(f"| mean of the fifteen corruptions | {mean} |")
    unmet = " | ".join(_share(statistics.mean(row["corrupted"][name] for name in UNMET)) for row in rows)
    lines.append(
        f"| mean of spatter, dotted line and zigzag, which resemble nothing that the recipe `reader` learns | {unmet} |"
    )
    for name in sorted(rows[0]["corrupted"], key=UNMET.__contains__):
        each = " | ".join(_share(row["corrupted"][name]) for row in rows)
        lines.append(f"| {name.replace('_', ' ')} | {each} |")
    lines.append("| scikit-learn's digits | " + " | ".join(_share(row["load_digits"]["right"]) for row in rows) + " |")
    if all("fashion_mnist_test" in row for row in rows):
        rejected = " | ".join(_share(row["fashion_mnist_test"]["no_digit"]) for row in rows)
        lines.append(f"| clothes of Fashion-MNIST: rejected | {rejected} |")
    return "\n".join(lines)


def profile() -> str:
    """What a step of `fast` spends its time on."""
    record = read("profile")
    lines = ["| part of a step | share |", "| --- | ---: |"]
    lines += [f"| {kind} | {100 * share:.0f} % |" for kind, share in record["shares"].items()]
    inside = record["gflop_s_inside_convolutions_and_dense_layers"]
    compiled = record["compiled"]
    with_compiler = (
        f"with `torch.compile` {compiled['step_ms']:.2f} ms, once it stands after {compiled['until_it_stands_s']:.0f} s"
        if isinstance(compiled, dict)
        else f"`torch.compile` does not work here ({compiled})"
    )
    lines.append(
        f"\nShares of a step under the profiler, which makes it {record['profiled_step_ms']:.2f} ms: what is in no "
        f"operation may be the profiler's own time. A step takes {record['step_ms']:.2f} ms for "
        f"{record['mflop']:.0f} MFLOP: {record['gflop_s']:.0f} GFLOP/s, "
        f"{100 * record['gflop_s'] / record['sgemm_gflop_s']:.0f} % of the {record['sgemm_gflop_s']:.0f} GFLOP/s of a "
        f"product of 2048×2048 matrices. Inside the convolutions and dense layers it is {inside:.0f} GFLOP/s. In "
        f"Keras' `Model.fit` the same step takes {record['keras_fit_step_ms']:.1f} ms; {with_compiler}. "
        f"`{record['command']}`, {record['threads']} threads."
    )
    return "\n".join(lines)


def reading() -> str:
    """How well the bundled model reads."""
    pages, strangers, placed = read("pages"), read("strangers"), read("geometry")["test_accuracy"]["placed_again"]
    network = strangers["network"]
    rows = [
        (
            "MNIST's test images, by the network alone",
            network["accuracy"],
            f"; calibration error {_share(network['ece'])}",
        ),
        ("the same, each placed anew as a piece of ink", placed, ""),
        (
            f"the first {strangers['mnist_test']['pictures']:,} of them, each read as a picture",
            *_right(strangers["mnist_test"]),
        ),
        ("scikit-learn's 1,797 digits of 8×8 px, of other writers", *_right(strangers["load_digits"])),
        (f"pages: {pages['apart']['digits']:,} digits apart", pages["apart"]["digits_right"], " of digits"),
        (f"pages: {pages['touching']['pairs']:,} pairs that touch", pages["touching"]["pairs_right"], " of pairs"),
    ]
    none = {"sign": "letters and signs", "scribble": "scribbles", "shape": "shapes"}
    none = {name: f"{result}, drawn as those it learned from, with other seeds" for name, result in none.items()}
    none["fashion_mnist_test"] = "clothes: Fashion-MNIST's first test images"
    rows += [(result, strangers[name]["no_digit"], " rejected") for name, result in none.items() if name in strangers]
    lines = ["| what is read | right |", "| --- | ---: |"]
    return "\n".join([*lines, *(f"| {result} | {_share(share)}{more} |" for result, share, more in rows)])


def speed() -> str:
    """How long reading takes."""
    pages, one = read("pages"), read("one_picture")
    each = [pair["read_s"] for pair in one["pairs"]]
    return (
        f"`mnistry read one.png` takes {one['read_s_median']:.2f} s in a new process (median of {len(each)}, "
        f"{min(each):.2f} to {max(each):.2f} s), of which the imports alone are {one['imports_s_median']:.2f} s. From "
        f"pages come {pages['apart']['digits_per_s']:.0f} digits a second where they stand apart, and "
        f"{pages['touching']['digits_per_s']:.0f} where they touch in pairs. On {one['machine']['cores']} cores "
        f"({one['machine']['processor']}): `{one['command']}`, `{pages['command']}`."
    )


def sources() -> str:
    """What each source of the recipe `reader` gives."""
    record = read("sources")
    heads = {
        "validation": "MNIST's validation images",
        "hands": "digits of school hands",
        "load_digits": "scikit-learn's digits",
        "touching": "pairs that touch",
        "drawn": "letters, scribbles, shapes: rejected",
        "fashion": "clothes: rejected",
    }
    heads = {name: result for name, result in heads.items() if name in record["rows"][0]}
    lines = [f"| learned from | {' | '.join(heads.values())} |", "| --- |" + " ---: |" * len(heads)]
    for row in record["rows"]:
        lines.append(f"| {row['trial']} | {' | '.join(_share(row[key]) for key in heads)} |")
    return "\n".join(lines) + f"\n\nOne seed, {record['epochs']} epochs each. `{record['command']}`."


def _right(found: Mapping[str, float]) -> tuple[float, str]:
    return found["right"], f"; no digit found in {_share(found['no_digit'])}"


def _share(share: float) -> str:
    return f"{100 * share:.1f} %" if 0.02 < share < 0.98 else f"{100 * share:.2f} %"


def card() -> str:
    """What the bundled model is, its figures by its own metadata."""
    result, size = Reader().metadata.to_json(), MODEL.stat().st_size / 1e6
    recipe, data, found = result["recipe"], result["data"], result["validation"]
    sources = ", ".join(SOURCES[source] for source in recipe["sources"])
    rows = {
        "What it does": "28×28 grey images, white ink on black → logits of ten digits; with the temperature and the "
        'threshold in its metadata, calibrated probabilities and "not a digit"',
        "Made by": f"`mnistry train {recipe['name']}`, seed {result['seed']}: a convolutional network of "
        f"{result['parameters']:,} parameters, {result['epochs']} epochs, {result['elapsed_s'] / 60:.0f} minutes "
        f"of training, {size:.2f} MB. Trained at commit {result['commit'][:7]}: what cuts leave depends on how ink is "
        "found, so that other commits may train another network of the same kind",
        "Learned from": f"MNIST's {data['train']:,} training images, {sources}: "
        "[more of it](reading.md#what-the-bundled-model-has-learned)",
        "Chosen on": f"MNIST's {data['validation']:,} validation images, of which it reads {_share(found['accuracy'])} "
        f"right (temperature {result['temperature']:.3f}, threshold: 0.2 % of them are rejected), and pages and "
        "drawings made of them. Of the networks before it some were left for what they read of MNIST's test images and "
        "of the pages of the table below, and which wear it learns was chosen on corrupted test images",
        "For": "single digits, numbers and pages of digits on paper or a screen, offline",
        "Not for": "decisions about people or money without a second look; letters, signs, decimal points; digits of "
        "other scripts",
        "Licence": "MIT, as the code is; MNIST is under CC BY-SA 3.0",
    }
    return "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {text} |" for name, text in rows.items())])


def fonts() -> str:
    """The fonts that the bundled model has learned."""
    with (ROOT / "src" / "mnistry" / "assets" / "fonts.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return ", ".join(f"{row['name']} {row['version']}" for row in rows) + f". All {len(rows)}: {rows[0]['licence']}."


def limits() -> str:
    """The bounds of `mnistry serve`."""
    lines = ["| limit | | beyond it |", "| --- | ---: | --- |"]
    for name, (what, unit, answer) in LIMITS.items():
        value = getattr(Limits(), name) / (1e6 if unit in ("MB", "megapixels") else 1)
        lines.append(f"| {what} | {f'{value:,.0f} {unit}'.strip()} | {answer} |")
    return "\n".join(lines)


def reading_limits() -> str:
    """The bounds of files that other people made."""
    lines = ["| limit | at most |", "| --- | ---: |"]
    for name, (what, unit) in READING.items():
        value = getattr(READING_LIMITS, name) / (1e6 if unit in ("MB", "megapixels") else 1)
        lines.append(
            f"| {what} | {f'{value:,.3g}' if value % 1 or value > 1e12 else f'{value:,.0f}'} {unit} |".replace(
                "  |", " |"
            )
        )
    return "\n".join(lines)


def serving() -> str:
    """How many requests are answered."""
    record = read("serving")
    named = {"read": "`POST /read`, a picture of one digit", "infer": "`POST /v2/models/mnistry/infer`, one image"}
    lines = ["| | requests | errors | a second | median | 99th percentile | in the worst round |"]
    lines.append("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, title in named.items():
        found = record[name]
        times = [f"{found[key]:.1f} ms" for key in ("p50_ms", "p99_ms", "worst_p99_ms")]
        lines.append(
            f"| {title} | {found['requests']:,} | {found['errors']} | **{found['per_s']:,.0f}** | {' | '.join(times)} |"
        )
    memory = record["memory"]
    held = memory["mb_each_minute"]
    machine, at_once = record["machine"], record["connections"]
    return "\n".join(lines) + (
        f"\n\nOn {machine['cores']} cores ({machine['processor']}), which wrk, asking over {at_once['read']} and "
        f"{at_once['infer']} connections, shares; medians of {record['read']['rounds']} and "
        f"{record['infer']['rounds']} rounds. "
        f"`{record['command']}`. In {memory['minutes']:g} minutes of reading, {memory['requests']:,} requests and "
        f"{memory['errors']} errors, the server held {held[0]:.0f} MB after the first and {held[-1]:.0f} MB after the "
        "last."
    )


def latency() -> str:
    """How long after the pen is lifted the page shows what is read."""
    record = read("latency")
    reading, layers, machine = record["reading"], record["layers"], record["machine"]
    return (
        f"On the page, new probabilities are on the screen {reading['p50']:.0f} ms after the pen is lifted, in 95 of "
        f"100 strokes within {reading['p95']:.0f} ms; what lights up inside after {layers['p50']:.0f} ms, and within "
        f"{layers['p95']:.0f} ms. ({reading['n']} digits drawn in Chromium on the same {machine['cores']} cores, "
        f"{machine['processor']}; `{record['command']}`.)"
    )


def extend() -> str:
    """What a few pictures of one's own give, and what they cost."""
    record = read("extend")
    lines = ["| recipe | | crossed sevens | MNIST's test images |", "| --- | --- | ---: | ---: |"]
    for row in record["means"]:
        learned = f"and {record['given']} crossed sevens" if row["extended"] else "MNIST alone"
        lines.append(f"| `{row['recipe']}` | {learned} | {100 * row['own']:.1f} % | {100 * row['mnist']:.2f} % |")
    seeds = len({run["seed"] for run in record["runs"]})
    return "\n".join(lines) + f"\n\nMeans of {seeds} seeds. `{record['command']}`."


PAGES: dict[str, dict[str, Callable[[], str]]] = {
    "README.md": {
        "accuracy": accuracy,
        "machine": machine,
        "bench": bench,
        "bench_machine": bench_machine,
        "reading": reading,
    },
    "docs/design/0005-the-fast-recipe.md": {"ideas": ideas, "profile": profile},
    "docs/design/0006-peers-side-by-side.md": {"work": work, "growth": growth},
    "docs/design/0008-the-accurate-and-the-tiny-recipe.md": {"study": study, "ensembles": ensembles},
    "docs/serving.md": {"limits": limits, "serving": serving, "latency": latency, "extend": extend},
    "docs/reading.md": {"reading": reading, "speed": speed, "sources": sources, "reading_limits": reading_limits},
    "docs/where-things-are.md": {"modules": modules},
    "docs/model-card.md": {"card": card, "reading": reading, "robustness": robustness, "fonts": fonts},
}

if __name__ == "__main__":
    main()
