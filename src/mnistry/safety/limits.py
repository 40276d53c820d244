"""All limits on the pictures, models, data sets and run folders that are read."""

from dataclasses import dataclass

MB = 1_000_000


@dataclass(frozen=True)
class ReadingLimits:
    """Limits on files that other people made. Exceeding one is a one-line error, raised before the file costs much.

    Pictures, checked by their header before anything is decoded: `side_px` is the longest side, `picture_px` the number
    of pixels (`costly_px` for WebP, AVIF and HEIC, whose decoders take four times the memory), `aspect` the ratio of
    the longer to the shorter side, `tile_px` the pixels of a TIFF's tile, `scans` the scans of a JPEG, each of which
    takes time however small it is, `segments` its segments, in which a scan could hide, plus the bytes between them,
    and `picture_bytes` the size of the file. Of a file `pages` pages are read, within `file_s` seconds; of an animation
    so many frames are compared, within `frames_s` seconds, and `frames` that differ are read.

    The command line and the server read pictures in separate processes. Each may take `reading_bytes` more memory than
    it holds at its start, and `reading_s` seconds per page.

    Models: `model_bytes` is the size of the file, `metadata_bytes` of its metadata. `classes` is the number of classes,
    `class_name` the characters of one name, `class_names` of all names, since every digit is reported with all of them.
    `image_values` is the number of values of one image, `logit` the largest absolute logit, `temperature` the largest
    temperature (the smallest is 1 / `temperature`). `model_s` are the seconds to load a model and let it answer once
    (on the command line), `run_s` those for each batch of images (everywhere).

    Data sets: `data_bytes` is the unpacked size, `data_share` the share of this machine's memory; an array of more than
    `packed_bytes` may be at most `packed` times as large as its file.

    Run folders: `json_bytes` is the size of a JSON file, `evaluation_bytes` of evaluation.json, whose confusion matrix
    may have `classes` rows; `epochs` is the number of rows of history.csv, `history_bytes` its size.
    """

    side_px: int = 65_500
    picture_px: int = 100_000_000
    costly_px: int = 50_000_000
    aspect: int = 200
    tile_px: int = 2**24
    scans: int = 32
    segments: int = 10_000
    picture_bytes: int = 512 * MB
    pages: int = 1_000
    file_s: float = 600.0
    frames: int = 100
    frames_s: float = 3.0
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
