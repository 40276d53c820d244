"""`mnistry data`: lists, checks and converts data sets, and draws augmented images and synthetic pages."""

import json
from pathlib import Path
from typing import Annotated

import typer

from mnistry.errors import UsageError, needs_extra, visible
from mnistry.lineage import Placement

app = typer.Typer(
    help="Look at, check and convert data sets.",
    epilog="Example: [bold]mnistry data check[/bold]",
    rich_markup_mode="rich",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else on stdout.")]
DATA_HELP = "A data set's name, an npz or CSV file, a folder of IDX files, or a folder of class folders of pictures."
PLACEMENT_HELP = "How pictures of folders are placed: mnist (their ink, as reading does) or pad (the whole picture)."
MAX_SHEET_PX = 100_000_000
DetectorOption = Annotated[
    Path | None, typer.Option(help="A detector's model.onnx or run folder, to find the digits of pages with.")
]
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


@app.command("pages", epilog="Example: [bold]mnistry data pages --out sheet.png --boxes[/bold]")
def pages(
    out: Annotated[Path, typer.Option(help="A PNG: one sheet of all pages. A new folder: a PNG per page, coco.json.")],
    count: Annotated[int, typer.Option(help="How many pages.", min=1, max=100_000)] = 40,
    seed: Annotated[int, typer.Option(help="Same seed, same pages.", min=0)] = 0,
    split: Annotated[
        str, typer.Option(help="Of whose digits, fonts and photos: training, validation or figures.", metavar="SPLIT")
    ] = "training",
    width: Annotated[int, typer.Option(help="Of a page, in px.", min=32, max=4096)] = 224,
    height: Annotated[int, typer.Option(help="Of a page, in px.", min=32, max=4096)] = 128,
    boxes: Annotated[
        bool, typer.Option("--boxes", help="Draw boxes: digits green, signs blue, others orange, cut off grey.")
    ] = False,
    truth: Annotated[Path | None, typer.Option(help="The file for what is on the sheet, as COCO JSON.")] = None,
) -> None:
    """Draw synthetic pages, which a detector learns from: each with its truth, the box and class of every glyph."""
    if split not in ("training", "validation", "figures"):
        raise UsageError(f"--split {split}: wanted training, validation or figures")
    as_sheet = out.suffix.lower() == ".png"
    if as_sheet:
        _check_sheet(out, truth, count, width, height)
    else:
        _check_folder(out, truth, boxes)

    import numpy as np

    from mnistry.data import load_dataset

    with needs_extra("train", "drawing pages"):
        from mnistry.training.synthetic.pages import materials, save_pages, scene

        digits = load_dataset()
        of = {"training": digits.train, "validation": digits.validation}
        made_of = materials.materials(split, of.get(split) or digits.test)
    drawn = (scene.draw(height, width, made_of, np.random.default_rng((seed, k))) for k in range(count))
    if as_sheet:
        save_pages.as_sheet(list(drawn), out, boxes=boxes, truth=truth)
    else:
        out.mkdir(exist_ok=True)
        save_pages.as_folder(drawn, out)
    print(visible(str(out)))


def _check_sheet(out: Path, truth: Path | None, count: int, width: int, height: int) -> None:
    """Raise `UsageError` if a sheet of pages would be too large, or cannot be written there."""
    if truth and truth.suffix.lower() != ".json":
        raise UsageError(f"--truth {truth}: wanted a name that ends in .json")
    for option, path in (("--out", out), ("--truth", truth)):
        if path and not path.parent.is_dir():
            raise UsageError(f"{option} {path}: there is no folder {path.parent}")
    if (area := count * width * height) > MAX_SHEET_PX:
        raise UsageError(
            f"--count {count}: a sheet of pages of {width}×{height} px would have {area / 1e6:,.0f} megapixels, at "
            f"most {MAX_SHEET_PX // 10**6} are drawn: give fewer or smaller pages, or a folder with --out"
        )


def _check_folder(out: Path, truth: Path | None, boxes: bool) -> None:
    """Raise `UsageError` if pages cannot be written into this folder, or options do not go with it."""
    if given := [name for name, value in (("--boxes", boxes), ("--truth", truth)) if value]:
        raise UsageError(f"--out {out}: a folder gets each page as it is, and coco.json: leave out {', '.join(given)}")
    if out.suffix and not out.is_dir():
        raise UsageError(f"--out {out}: wanted a name that ends in .png, for a sheet, or a folder's, without a dot")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"--out {out}: is there already: wanted a new or an empty folder")
    if not out.parent.is_dir():
        raise UsageError(f"--out {out}: there is no folder {out.parent}")
