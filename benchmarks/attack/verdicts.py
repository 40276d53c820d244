"""What is wrong with how a command ended: nothing, or `traceback`, `hang`, `memory`, `status`, each with why."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from attack.process import Ended

VERDICTS = ("traceback", "hang", "memory", "status")
MAX_MB = 1_500
TRACEBACK = re.compile(
    r"Traceback|something went wrong inside mnistry|Fatal Python error|Segmentation fault|core dumped"
)
# What a terminal acts on: C0 except the ends of lines and tabs, delete, and C1.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
Verdict = tuple[str, str]  # one of VERDICTS, and why


@dataclass(frozen=True)
class Wanted:
    """What a command is to print.

    `objects`: stdout is lines of JSON. `reading`: it is `read`, which says an error for each picture that failed.
    `files`: its pictures in their order, each of a page or several; None for what is not known. `tabbed`: a line has a
    name, a tab and a text.
    `progress`: stderr may hold more than errors.
    """

    objects: bool = False
    tabbed: bool = False
    files: Sequence[str] | None = None
    reading: bool = False
    progress: bool = False


def verdicts(ended: Ended, wanted: Wanted) -> list[Verdict]:
    """All that is wrong; at most one of each."""
    found: dict[str, str] = {}
    for verdict, why in _all(ended, wanted):
        found.setdefault(verdict, why)
    return list(found.items())


def _all(ended: Ended, wanted: Wanted) -> Iterator[Verdict]:
    errors = ended.stderr.decode("utf-8", "surrogateescape")
    if match := TRACEBACK.search(errors):
        yield "traceback", last_line(errors[match.start() :])
    if ended.status < 0 and not ended.stopped:
        yield "traceback", f"signal {-ended.status}"
    if ended.stopped in ("time", "output"):
        yield "hang", f"passed its bound of {ended.stopped} after {ended.elapsed_s:.0f} s"
    if ended.orphans:
        yield "hang", f"left {ended.orphans} processes behind"
    if ended.peak_mb > MAX_MB:
        yield "memory", f"{ended.peak_mb:.0f} MB"
    if not ended.stopped and not TRACEBACK.search(errors):
        yield from (("status", why) for why in _misprinted(ended, wanted, errors))


def _misprinted(ended: Ended, wanted: Wanted, errors: str) -> Iterator[str]:
    output = ended.stdout.decode("utf-8", "surrogateescape")
    if ended.status not in (0, 1, 2):
        yield f"exit status {ended.status}"
    for name, text in (("stdout", output), ("stderr", errors)):
        if match := CONTROL.search(text):
            yield f"{name} has the control character {match[0]!r}"
    lines = [line for line in errors.split("\n") if line]
    said = [line for line in lines if line.startswith("error: ")]
    strange = [line for line in lines if not line.startswith(("error: ", "warning: "))]
    if strange and not wanted.progress:
        yield f"stderr has a line that is no error: {strange[0][:200]!r}"
    if ended.status == 0 and said:
        yield f"exit status 0 with {said[0][:200]!r}"
    if ended.status in (1, 2) and not said:
        yield f"exit status {ended.status} without an error"
    if len(said) > 1 and not wanted.reading:
        yield f"{len(said)} errors, the second {said[1][:200]!r}"
    if wanted.tabbed and (bare := [line for line in output.split("\n") if line and "\t" not in line]):
        yield f"stdout has a line without a tab: {bare[0][:200]!r}"
    if wanted.objects:
        yield from _misread(ended, wanted, output, len(said))


def _misread(ended: Ended, wanted: Wanted, output: str, errors: int) -> Iterator[str]:
    """Of lines of JSON."""
    objects: list[dict[str, Any]] = []
    for line in output.removesuffix("\n").split("\n") if output else ():
        try:
            objects.append(strict(line))
        except ValueError as error:
            yield f"stdout is not JSON ({error}): {line[:100]!r}"
            return
    if not wanted.reading:
        if len(objects) != (ended.status == 0):
            yield f"exit status {ended.status} with {len(objects)} objects"
        return
    failed = sum("error" in one for one in objects)
    if ended.status == 2:
        if objects and not failed:
            yield "exit status 2, and pictures are read"
        return
    if (failed > 0) != (ended.status == 1):
        yield f"exit status {ended.status} with {failed} failures"
    if failed != errors:
        yield f"{failed} failures on stdout, {errors} on stderr"
    if wanted.files is not None and not _same(wanted.files, [one.get("file") for one in objects if _is_first(one)]):
        yield f"{len(objects)} objects for {len(wanted.files)} pictures, or in another order"


def _is_first(one: dict[str, Any]) -> bool:
    """Whether it is of a picture, or of a file's first page."""
    return one.get("page", 1) == 1


def _same(files: Sequence[str], found: Sequence[Any]) -> bool:
    """A name that is not plain text may be shown as other than it is."""
    alike = (
        file == one or not (file.isascii() and file.isprintable()) for file, one in zip(files, found, strict=False)
    )
    return len(files) == len(found) and all(alike)


def strict(text: str | bytes) -> dict[str, Any]:
    """A JSON object, without NaN or infinities."""
    value = parsed(text)
    if not isinstance(value, dict):
        raise ValueError("no object")
    return value


def parsed(text: str | bytes) -> Any:
    """JSON, without NaN or infinities."""
    return json.loads(text, parse_constant=_refused)


def _refused(name: str) -> float:
    raise ValueError(f"{name} is not valid JSON")


def last_line(text: str) -> str:
    """What a traceback ends with; of a log in JSON, that within its line."""
    lines = [line for line in text.splitlines()[0].split("\\n") if line] if "\\n" in text.splitlines()[0] else []
    lines = lines or [line for line in text.splitlines() if line.strip()]
    ends = [line for line in lines if re.match(r"[\w.]+(Error|Exception|Interrupt|Exit|Warning|Fail)?\b.*", line)]
    return (ends or lines)[-1][:300]
