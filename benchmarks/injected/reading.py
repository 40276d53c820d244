"""How well and how fast the bundled model reads, what it is, and the fonts it learned from."""

import csv
import statistics

from injected import records
from mnistry.assets import ASSETS, MODEL
from mnistry.reader import Reader

# Corruptions that nothing the recipe `reader` learns resembles: docs/design/0009.
UNMET = ("spatter", "dotted_line", "zigzag")


def robustness() -> str:
    """What corrupted and foreign images do to each network."""
    rows = records.read("robustness")["rows"]
    lines = ["| | " + " | ".join(f"`{row['name']}`" for row in rows) + " |", "| --- |" + " ---: |" * len(rows)]
    lines.append("| MNIST's test images | " + " | ".join(records.share(row["accuracy"]) for row in rows) + " |")
    mean = " | ".join(f"**{100 * row['corrupted_mean']:.1f} %**" for row in rows)
    lines.append(f"| mean of the fifteen corruptions | {mean} |")
    unmet = " | ".join(records.share(statistics.mean(row["corrupted"][name] for name in UNMET)) for row in rows)
    lines.append(f"| mean of spatter, dotted line and zigzag | {unmet} |")
    for name in sorted(rows[0]["corrupted"], key=UNMET.__contains__):
        each = " | ".join(records.share(row["corrupted"][name]) for row in rows)
        lines.append(f"| {name.replace('_', ' ')} | {each} |")
    others = " | ".join(records.share(row["load_digits"]["right"]) for row in rows)
    lines.append(f"| scikit-learn's digits | {others} |")
    if all("fashion_mnist_test" in row for row in rows):
        rejected = " | ".join(records.share(row["fashion_mnist_test"]["no_digit"]) for row in rows)
        lines.append(f"| clothes of Fashion-MNIST: rejected | {rejected} |")
    return "\n".join(lines)


def reading() -> dict[str, str]:
    """How well the bundled model reads."""
    pages, strangers = records.read("pages"), records.read("strangers")
    apart, touching = pages["apart"], pages["touching"]
    found = {
        "network": records.share(strangers["network"]["accuracy"]),
        "ece": records.share(strangers["network"]["ece"]),
        "placed": records.share(records.read("geometry")["test_accuracy"]["placed_again"]),
        "mnist_pictures": f"{strangers['mnist_test']['pictures']:,}",
        "digits_apart": f"{apart['digits']:,}",
        "apart": records.share(apart["digits_right"]),
        "pairs_touching": f"{touching['pairs']:,}",
        "touching": records.share(touching["pairs_right"]),
    }
    for name in ("mnist_test", "load_digits"):
        found[name] = records.share(strangers[name]["right"])
        found[f"{name}_none"] = records.share(strangers[name]["no_digit"])
    rejected = ("sign", "scribble", "shape", "fashion_mnist_test")
    return found | {name: records.share(strangers[name]["no_digit"]) for name in rejected}


def speed() -> dict[str, str]:
    """How long reading takes."""
    pages, one = records.read("pages"), records.read("one_picture")
    each = [pair["read_s"] for pair in one["pairs"]]
    return {
        "process": f"{one['read_s_median']:.2f} s",
        "processes": f"{len(each)}",
        "fastest": f"{min(each):.2f}",
        "slowest": f"{max(each):.2f} s",
        "imports": f"{one['imports_s_median']:.2f} s",
        "apart": f"{pages['apart']['digits_per_s']:.0f}",
        "touching": f"{pages['touching']['digits_per_s']:.0f}",
        "machine": f"{records.cores(one['machine'])} ({one['machine']['processor']})",
    }


def model() -> dict[str, str]:
    """What the bundled model is, by its own metadata."""
    metadata = Reader().metadata.to_json()
    recipe, data = metadata["recipe"], metadata["data"]
    return {
        "recipe": recipe["name"],
        "seed": f"{metadata['seed']}",
        "parameters": f"{metadata['parameters']:,}",
        "epochs": f"{metadata['epochs']}",
        "minutes": f"{metadata['elapsed_s'] / 60:.0f} minutes",
        "size": f"{MODEL.stat().st_size / 1e6:.2f} MB",
        "commit": metadata["commit"][:7],
        "train": f"{data['train']:,}",
        "validation": f"{data['validation']:,}",
        "accuracy": records.share(metadata["validation"]["accuracy"]),
        "temperature": f"{metadata['temperature']:.3f}",
    }


def fonts() -> str:
    """The fonts that the bundled model has learned."""
    with (ASSETS / "fonts.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return ", ".join(f"{row['name']} {row['version']}" for row in rows) + f". All {len(rows)}: {rows[0]['licence']}."
