"""What is done with each input: the commands and requests it is given to, and the verdict on each."""

import json
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from attack import models, run_folders
from attack.answers import REFUSED, form, message
from attack.cases import Case
from attack.folders import with_picture
from attack.outcomes import Outcome, asked, outcome_of
from attack.pictures import picture
from attack.process import bounded
from attack.served import REQUEST_S, Served
from attack.verdicts import Wanted, verdicts

COMMAND_S = 30.0  # for a command
ALONE_S = 20.0  # for one picture in a process of its own
DOCUMENT_S = 120.0  # for one file of several pages, each of which may take ten seconds, and three in a row all of them
PICTURE_S = 15.0  # for one of several: what takes longer is tried alone
LINE_S = 60.0  # for one of several, until the process is ended
TRAIN_S = 90.0  # for training to go on where it had stopped
SLOW_S = 25.0  # for a request of which nothing more is sent
MAX_SENT = 16_500_000
PICTURE_FINE = frozenset((200, 400, 413, 415, 422))
Job = Callable[[], list[Outcome]]
MNISTRY = [sys.executable, "-m", "mnistry"]
NOTHING_WANTED = Wanted()


class Attack:
    """All that the attacks share: where inputs are made, and two runs, a data set and a picture to use them with."""

    def __init__(self, scratch: Path, finished: Path, begun: Path, data: Path) -> None:
        self.scratch, self.data = scratch, data
        self.runs = {"finished": finished, "begun": begun}
        self.picture = scratch / "good.png"
        self.picture.write_bytes(picture("png-grey"))
        self._servers: SimpleQueue[Served] = SimpleQueue()
        self._all: list[Served] = []

    def close(self) -> None:
        """Stop the servers that pictures are sent to."""
        for server in self._all:
            server.end()

    @contextmanager
    def server(self) -> Iterator[Served]:
        """A server for one job at a time; one that is not well is replaced."""
        if self._servers.empty():
            server = Served("--processes", "1")
            self._all.append(server)
        else:
            server = self._servers.get()
        server.heard()
        yield server
        if not server.alive or server.live_s() > 5:
            server.end()
            server.begin()
        self._servers.put(server)

    def keep(self, case: Case, folder: Path) -> None:
        """Make an input again, in a folder that stays."""
        if not (folder / case.name).exists():
            (folder / case.name).mkdir(parents=True)
            if case.attack.startswith("run "):
                which = run_folders.commands(case.attack, case.name)[0][1]
                run_folders.copied(self.runs[which], folder / case.name / case.file)
            case.do(folder / case.name / case.file)

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """For the files of one job."""
        folder = Path(tempfile.mkdtemp(dir=self.scratch))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def batch(self, cases: Sequence[Case], as_folder: bool) -> list[Outcome]:
        """Many pictures in one process, given by their names or as a folder; then each sent to a server."""
        with self.folder() as folder, self.server() as server:
            files = self._side_by_side(cases, folder)
            given, files = ([str(folder / "all")], sorted(files)) if as_folder else (files, files)
            command = [*MNISTRY, "read", "--json", *given]
            ended = bounded(command, LINE_S + 12 * len(files), line_s=LINE_S)
            wanted = Wanted(objects=True, reading=True, files=files)
            found = verdicts(ended, wanted)
            if found or ended.slowest_s > PICTURE_S:
                outcomes = [self._alone(case, folder / "alone") for case in cases]
                if found and not any(one.verdicts for one in outcomes):
                    outcomes.append(outcome_of(cases[0], f"read, {len(files)} together", ended, found))
            else:
                share = ended.elapsed_s / len(cases)
                outcomes = [Outcome(case, "read, together", [], share, ended.peak_mb) for case in cases]
            by_name = {Path(file).stem: Path(file) for file in files}
            for n, case in enumerate(cases):
                outcomes.append(self._sent(case, by_name[case.name].read_bytes(), server))
                if n % 6 == 0:
                    outcomes.append(self._in_class(case, by_name[case.name], folder))
        return outcomes

    def _side_by_side(self, cases: Sequence[Case], folder: Path) -> list[str]:
        """Their files in one folder."""
        (folder / "all").mkdir()
        made = ((case, case.make(folder)) for case in cases)
        return [str(file.replace(folder / "all" / f"{case.name}{file.suffix}")) for case, file in made]

    def extreme(self, case: Case) -> list[Outcome]:
        """One picture in a process of its own, and sent to a server."""
        with self.folder() as folder, self.server() as server:
            outcomes = [self._alone(case, folder)]
            made = folder / case.name / case.file
            if made.stat().st_size <= MAX_SENT:
                outcomes.append(self._sent(case, made.read_bytes(), server))
        return outcomes

    def document(self, case: Case) -> list[Outcome]:
        """One file of several pages in a process of its own, and sent to a server, which reads some of them."""
        with self.folder() as folder, self.server() as server:
            outcomes = [self._alone(case, folder, DOCUMENT_S)]
            made = folder / case.name / case.file
            if made.stat().st_size <= MAX_SENT:
                outcomes.append(self._sent(case, made.read_bytes(), server, DOCUMENT_S))
        return outcomes

    def _alone(self, case: Case, folder: Path, limit_s: float = ALONE_S) -> Outcome:
        made = case.make(folder)
        ended = bounded([*MNISTRY, "read", "--json", made], limit_s)
        return outcome_of(case, "read", ended, verdicts(ended, Wanted(objects=True, reading=True, files=[str(made)])))

    def _sent(self, case: Case, data: bytes, server: Served, limit_s: float = REQUEST_S) -> Outcome:
        """As the raw body or as a form, by turns."""
        body, kind = form(data) if zlib.crc32(case.name.encode()) % 2 else (data, "application/octet-stream")
        request = message("POST", "/read", body, kind)
        return asked(case, f"POST /read as {kind.partition(';')[0]}", server, request, PICTURE_FINE, limit_s)

    def _in_class(self, case: Case, file: Path, folder: Path) -> Outcome:
        with_picture(folder / "classes" / case.name, file.read_bytes(), file.suffix)
        ended = bounded([*MNISTRY, "data", "check", folder / "classes" / case.name], COMMAND_S)
        return outcome_of(case, "data check, in a class folder", ended, verdicts(ended, NOTHING_WANTED))

    def place(self, case: Case) -> list[Outcome]:
        """Something odd in a folder: by its name, with a good picture, by the folder, and as a class."""
        with self.folder() as folder:
            made = case.make(folder)
            entry = made if made.is_symlink() or made.exists() else next(made.parent.iterdir())
            read = [*MNISTRY, "read"]
            several = Wanted(reading=True, tabbed=True)
            tries = [
                ("read --json", [*read, "--json", entry], Wanted(objects=True, reading=True)),
                ("read", [*read, entry, self.picture], several),
                ("read, its folder", [*read, "--json", made.parent], Wanted(objects=True, reading=True)),
                ("data check", [*MNISTRY, "data", "check", folder], NOTHING_WANTED),
            ]
            (folder / "other").mkdir()
            for n in range(3):
                shutil.copy(self.picture, folder / "other" / f"{n}.png")
            return [self._tried(case, how, command, wanted) for how, command, wanted in tries]

    def model(self, case: Case) -> list[Outcome]:
        """A model: read with it, explained, evaluated; some are served."""
        with self.folder() as folder:
            made = case.make(folder)
            read = [*MNISTRY, "read", "--model", made, self.picture]
            explained = [*read, "--json", "--explain", folder / "explained.html"]
            evaluate = [*MNISTRY, "evaluate", made, "--data", self.data, "--json"]
            tries = [("read --json --explain", explained, Wanted(objects=True, reading=True))]
            tries += [("evaluate --json", evaluate, Wanted(objects=True))]
            if zlib.crc32(case.name.encode()) % 4 == 0:
                tries += [("read", read, Wanted(reading=True))]
            outcomes = [self._tried(case, how, command, wanted) for how, command, wanted in tries]
            if models.serves(case.name):
                outcomes.append(self._served(case, made))
        return outcomes

    def data_set(self, case: Case) -> list[Outcome]:
        """A data set is checked."""
        with self.folder() as folder:
            as_json = ["--json"] if zlib.crc32(case.name.encode()) % 2 else []
            command = [*MNISTRY, "data", "check", case.make(folder), *as_json]
            return [self._tried(case, "data check", command, Wanted(objects=bool(as_json)))]

    def run(self, case: Case) -> list[Outcome]:
        """A damaged copy of a run, for each command its own."""
        outcomes: list[Outcome] = []
        for verb, which in run_folders.commands(case.attack, case.name):
            with self.folder() as folder:
                run = run_folders.copied(self.runs[which], folder / "run")
                case.do(run)
                if verb == "serve":
                    outcomes.append(self._served(case, run))
                    continue
                words = ["evaluate", run] if verb == "evaluate" else ["train", "--resume", run]
                wanted = Wanted(objects=True, progress=verb == "resume")
                limit_s = TRAIN_S if verb == "resume" else COMMAND_S
                outcomes.append(self._tried(case, verb, [*MNISTRY, *words, "--json"], wanted, limit_s))
        return outcomes

    def requests(self, cases: Iterable[Case]) -> list[Outcome]:
        """Requests, one after the other, to one server."""
        outcomes: list[Outcome] = []
        with self.server() as server, self.folder() as folder:
            for case in cases:
                request = case.make(folder).read_bytes()
                fine = REFUSED | {200, 204, 206, 304} if case.attack == "http fine" else REFUSED
                fine |= {0} if case.attack == "http closed" else set()
                number = int(case.name.partition(" -- ")[2].partition("-")[0] or 1)
                outcomes.append(asked(case, "bytes to a server", server, request, fine, SLOW_S, number))
        return outcomes

    def _tried(
        self, case: Case, how: str, command: Sequence[str | Path], wanted: Wanted, limit_s: float = COMMAND_S
    ) -> Outcome:
        ended = bounded(command, limit_s, self.scratch)
        return outcome_of(case, how, ended, verdicts(ended, wanted))

    def _served(self, case: Case, model: Path) -> Outcome:
        """It must end with one line, or serve and stay well, whatever it is asked."""
        server = Served("--processes", "1", "--model", model)
        listens, peak_mb, found = bool(server.port), server.peak_mb, dict[str, str]()
        for request in self._usual() if listens else ():
            page = request.startswith(b"GET") and b"/ready" not in request
            done = asked(case, "", server, request, frozenset({200, 501}) if page else REFUSED | {200})
            peak_mb = max(peak_mb, done.peak_mb)
            found.update(done.verdicts)
        ended = server.end()
        ended.peak_mb = max(ended.peak_mb, peak_mb)
        if not listens and ended.status == 0:
            found["status"] = "ended with status 0 before it listened"
        # Its log, in lines of JSON, is on stderr once it listens.
        found.update(verdicts(ended, Wanted(progress=listens)))
        return outcome_of(case, "serve", ended, list(found.items()))

    def _usual(self) -> list[bytes]:
        """Requests as its page and its clients send them."""
        tensor = {"name": "images", "datatype": "UINT8", "shape": [1, 28, 28, 1], "data": [0] * 784}
        body = json.dumps({"inputs": [tensor]}).encode()
        posts = [message("POST", "/read", self.picture.read_bytes())]
        posts += [message("POST", "/v2/models/mnistry/infer", body, "application/json")]
        return [message("GET", path) for path in SERVED_PATHS] + posts


SERVED_PATHS = (
    *("/v2/health/ready", "/v2/models/mnistry", "/metrics"),
    *("/", "/page/run", "/page/test-set", "/page/test-set.png"),
)
