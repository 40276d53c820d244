"""`mnistry data`: lists, checks and converts data sets, and draws augmented images."""

import json
from pathlib import Path
from typing import Annotated

import typer

from mnistry.errors import UsageError, visible
from mnistry.lineage import Placement

app = typer.Typer(
    help="Look at, check and convert data sets.",
    epilog="Example: [bold]mnistry data check[/bold]",
    rich_markup_mode="rich",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else on stdout.")]
DATA_HELP = "A data set's name, an npz or CSV file, a folder of IDX files, or a folder of class folders of pictures."
PLACEMENT_HELP = "How pictures of folders are placed: mnist (their ink, as reading does) or pad (the whole picture)."
PlacementOption = Annotated[Placement | None, typer.Option("--placement", help=PLACEMENT_HELP, show_default="mnist")]


@app.command("list", epilog="Example: [bold]mnistry data list[/bold]")
def show(as_json: Json = False) -> None:
    """List the data sets known by name."""
    from rich.console import Console
    from rich.table import Table

    from mnistry.data.catalog import PUBLISHED, cache_folder

    rows = [("mnist", "MNIST (LeCun, Cortes & Burges)", 10, "CC BY-SA 3.0", "bundled")]
    rows += [(name, p.title, len(p.class_names), p.licence, str(cache_folder(name))) for name, p in PUBLISHED.items()]
    headings = ("name", "title", "classes", "licence", "folder")
    if as_json:
        print(json.dumps({"datasets": [dict(zip(headings, row, strict=True)) for row in rows]}))
        return
    table = Table(*headings[:-1], box=None, pad_edge=False)
    for row in rows:
        table.add_row(*map(str, row[:-1]))
    Console().print(table)


@app.command("check", epilog="Example: [bold]mnistry data check symbols/[/bold]")
def check(
    source: Annotated[str, typer.Argument(help=DATA_HELP, metavar="DATA")] = "mnist",
    placement: PlacementOption = None,
    as_json: Json = False,
) -> None:
    """Load a data set, including its test images, and say what is in it."""
    from mnistry.data import load_dataset

    found = load_dataset(source, placement)
    parts = {"train": found.train, "validation": found.validation, "test": found.test}
    height, width, channels = found.image_shape
    if as_json:
        summary = {"name": found.name, "class_names": found.class_names, "image_shape": found.image_shape}
        print(json.dumps({**summary, "sha256": found.sha256, **{name: len(split) for name, split in parts.items()}}))
        return
    print(f"{visible(found.name)}: {len(found.class_names)} classes ({', '.join(found.class_names)})")
    print(f"images {height}×{width} px, {channels} channel{'s' if channels > 1 else ''}")
    for name, split in parts.items():
        print(f"{name:<10} {len(split):>7,}  SHA-256 {split.sha256}")


@app.command("import", epilog="Example: [bold]mnistry data import symbols/ --out symbols.npz[/bold]")
def convert(
    source: Annotated[str, typer.Argument(help=DATA_HELP, metavar="DATA")],
    out: Annotated[Path, typer.Option(help="The npz to write.")],
    placement: PlacementOption = None,
) -> None:
    """Convert a data set, its split included, to one npz that loads fast."""
    from mnistry.data import load_dataset, save
    from mnistry.safety.atomic_write import replace

    if out.suffix != ".npz":
        raise UsageError(f"--out {out}: wanted a name that ends in .npz")
    if not out.parent.is_dir():
        raise UsageError(f"--out {out}: there is no folder {out.parent}")
    found = load_dataset(source, placement)
    replace(out, lambda path: save(found, path))
    print(visible(str(out)))


@app.command("augment", epilog="Example: [bold]mnistry data augment reader --out sheet.png[/bold]")
def augment(
    recipe: Annotated[str, typer.Argument(help="A recipe's name.")],
    out: Annotated[Path, typer.Option(help="The picture to write.")],
    data: Annotated[str, typer.Option(help=DATA_HELP)] = "mnist",
    seed: Annotated[int, typer.Option(help="Same seed, same picture.", min=0)] = 0,
) -> None:
    """Draw what a network sees in training: one row per image, first the original, then augmented versions."""
    if out.suffix.lower() != ".png":
        raise UsageError(f"--out {out}: wanted a name that ends in .png")
    if not out.parent.is_dir():
        raise UsageError(f"--out {out}: there is no folder {out.parent}")

    import numpy as np
    from PIL import Image

    from mnistry.data import load_dataset
    from mnistry.safety.atomic_write import replace
    from mnistry.training import recipes
    from mnistry.training.augment import geometric

    how = geometric.AUGMENTATIONS[recipes.find(recipe).augmentation]
    if how is None:
        raise UsageError(f"{recipe}: does not augment images")
    train = load_dataset(data).train
    rng = np.random.default_rng(seed)
    shown = [rng.choice(np.flatnonzero(train.labels == label)) for label in np.unique(train.labels)[:20]]
    picture = Image.fromarray(geometric.sheet(train.images[shown], how, rng))
    replace(out, lambda path: picture.resize((2 * picture.width, 2 * picture.height)).save(path))
    print(visible(str(out)))
