"""Documents of 36 branches by two workers, beside one after the other. Run: `python -m bench.issuing [--quick]`.

Each branch gets a visit report (4 halls of 49 items, 24 photos, 9 charts) and a rectification notice (12 findings with
photos), laid out, hashed and stored as issuing does it: `audit.jobs.alongside` over `put_made`. The ways alternate, and
of each the smallest of three rounds counts (one with `--quick`, of 12 branches). Wall-clock time; CPU is user and
system time of this process and of the workers, which have ended by then. The workers are started, and have made one
document each, before the clock runs: an installation has them already.

Memory is the proportional set size of a single worker after each of 200 documents: what the last 50 took at most,
against the first 50 after the tenth. A worker is replaced after 60 documents; here it must not be, so that what creeps
is seen.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from audit.domain.papers import Notice
from audit.domain.reports import VisitReport
from audit.jobs.alongside import alongside
from audit.photos.local import LocalStore
from bench.goals import goal
from exports import render
from exports.exporters import EXPORTERS
from exports.fonts import prepare
from tests.exports.sample_papers import notice
from tests.exports.sample_report import draw_photos, sample

NAME = "issuing"
BRANCHES, DOCUMENTS, WARM = 36, 200, 10


@dataclass(frozen=True)
class Bench:
    """What all runs share."""

    folder: Path
    report: VisitReport
    asked: Notice
    files: dict[object, Path]

    def papers(self, renderer: render.Renderer, store: LocalStore) -> None:
        """The two documents of one branch."""
        for kind, value in (("visit_report", self.report), ("notice", self.asked)):
            form = EXPORTERS[kind]
            store.put_made(
                lambda path, form=form, value=value: form.export(
                    value, "zh", lambda photo: self.files[photo.uuid], renderer, path
                )
            )


def seconds_of_cpu() -> float:
    """User and system time of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def run(bench: Bench, workers: int, branches: int) -> tuple[float, float]:
    """Wall-clock and CPU seconds of all branches; the workers' start is in neither."""
    renderer = render.Renderer(bench.folder / "cache", workers)
    store = LocalStore(bench.folder / f"documents-{workers}-{time.monotonic_ns()}")
    try:
        alongside(range(workers), lambda _: bench.papers(renderer, store), workers, lambda _: None)
        warm = cpu_now(renderer)
        begun = time.monotonic()
        outcomes = alongside(range(branches), lambda _: bench.papers(renderer, store), workers, lambda _: None)
        wall, cpu = time.monotonic() - begun, cpu_now(renderer) - warm
        assert all(outcome is None for outcome in outcomes), outcomes
        return wall, cpu
    finally:
        renderer.close()


def cpu_now(renderer: render.Renderer) -> float:
    """CPU of this process and of the workers that run, or have ended."""
    tick = os.sysconf("SC_CLK_TCK")
    running = 0.0
    for pid in workers_of(renderer):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        running += (int(fields[11]) + int(fields[12])) / tick
    return seconds_of_cpu() + running


def workers_of(renderer: render.Renderer) -> list[int]:
    """The process ids of the idle workers."""
    return [worker.process.pid for worker in renderer._slots.queue if worker]


def memory_of(pid: int) -> float:
    """Proportional set size in MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def memory(bench: Bench, documents: int) -> list[float]:
    """A worker's memory in MB after each document."""
    render.DOCUMENTS_PER_WORKER = documents + 1
    renderer, store, found = render.Renderer(bench.folder / "cache", 1), LocalStore(bench.folder / "kept"), []
    try:
        for _ in range(documents // 2):
            bench.papers(renderer, store)
            (pid,) = workers_of(renderer)
            found += [memory_of(pid)] * 2
        return found
    finally:
        renderer.close()


def main() -> None:
    """Run the bench and print its goals."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round of 12 branches, 60 documents")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as name:
        folder = Path(name)
        prepare(folder / "cache" / "fonts")
        report, asked = sample(photos=24, halls=4), notice(12)
        drawn = draw_photos(report, folder / "photos") | draw_photos(asked, folder / "photos")  # type: ignore[arg-type]
        bench = Bench(folder, report, asked, dict(drawn))
        best: dict[int, tuple[float, float]] = {}
        for _ in range(1 if quick else 3):
            for workers in (1, 2):
                wall, cpu = run(bench, workers, 12 if quick else BRANCHES)
                before = best.get(workers, (float("inf"), float("inf")))
                best[workers] = min(wall, before[0]), min(cpu, before[1])
                print(f"  {workers} worker(s): {wall:6.1f} s, CPU {cpu:6.1f} s", flush=True)
        sizes = memory(bench, 60 if quick else DOCUMENTS)
    (one_wall, one_cpu), (two_wall, two_cpu) = best[1], best[2]
    early, late = max(sizes[WARM : WARM + 50]), max(sizes[-50:])
    goal(NAME, "wall of two workers to one", two_wall / one_wall, 0.62, "×", f"{one_wall:.1f} s → {two_wall:.1f} s")
    goal(NAME, "CPU of two workers to one", two_cpu / one_cpu, 1.08, "×", f"{one_cpu:.1f} s → {two_cpu:.1f} s")
    goal(NAME, "memory of a worker, last 50 to first", late / early, 1.05, "×", f"{early:.0f} MB → {late:.0f} MB")


if __name__ == "__main__":
    main()
