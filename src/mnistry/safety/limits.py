"""What reading takes on, and from where it refuses: every bound of pictures, models and data sets in one place."""

from dataclasses import dataclass

MB = 1_000_000


@dataclass(frozen=True)
class ReadingLimits:
    """Bounds of files that other people made. What goes beyond them is an error of one line, before it costs much.

    A picture's header is checked before anything is decoded: `side_px` of either side, `picture_px` in all
    (`webp_px` of a WebP, whose decoder takes four times the memory), `aspect` of the longer side to the shorter,
    `tile_px` of a TIFF's tile, `scans` of a JPEG, each of which takes time however little it holds, and
    `segments`, in which a scan could hide, and bytes between them; and `picture_bytes` of its file.

    On the command line and in the server each picture is read in a process of its own kind, which may take
    `reading_bytes` more memory than it holds when it begins, and `reading_s` seconds for a picture.

    A model: `model_bytes` of its file, `metadata_bytes` of what it says of itself, `classes`, `class_name` characters
    of each name and `class_names` of all, since each digit that is read is told with all of them; `image_values` of one
    image; a `logit`, and what it is divided by (`temperature`, or one by that at least); `model_s` seconds to load and
    to answer once (on the command line), and `run_s` for each batch of images (everywhere).

    A data set: `data_bytes` once it is unpacked, and `data_share` of this machine's memory; an array of more than
    `packed_bytes` may be `packed` times as large as its file at most.

    A run folder: `json_bytes` of its JSON, `evaluation_bytes` of evaluation.json, which holds a confusion matrix of as
    many `classes` as there may be, `epochs`, and `history_bytes` of history.csv.
    """

    side_px: int = 65_500
    picture_px: int = 100_000_000
    webp_px: int = 50_000_000
    aspect: int = 200
    tile_px: int = 2**24
    scans: int = 32
    segments: int = 10_000
    picture_bytes: int = 512 * MB
    reading_bytes: int = 1_000 * MB
    reading_s: float = 10.0
    model_bytes: int = 256 * MB
    metadata_bytes: int = MB
    classes: int = 4_000
    class_name: int = 100
    class_names: int = 100_000
    image_values: int = MB
    model_s: float = 9.0
    run_s: float = 60.0
    temperature: float = 1e3
    logit: float = 1e30
    data_bytes: int = 4_000 * MB
    data_share: float = 0.5
    packed_bytes: int = 100 * MB
    packed: int = 100
    json_bytes: int = 16 * MB
    evaluation_bytes: int = 64 * MB
    epochs: int = 10_000
    history_bytes: int = 4 * MB


LIMITS = ReadingLimits()
