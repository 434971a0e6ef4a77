"""What a branch report costs, beside the same report made from original photos and beside headless Chromium.

    python bench/branch_report.py [--quick] [--folder DIR]

Each run is a fresh process, the runs of the variants alternate, and the smallest of five counts (two with `--quick`).
CPU is user and system time of the whole process tree, taken from /proc until each process ended; memory is the peak of
the tree's proportional set size (PSS), taken in runs of their own because taking it costs time. Linux only.

The report has 4 halls of 49 items, 24 photos and 9 charts. The originals are 12-megapixel JPEGs of about 4 MB with
EXIF, as phones write them; the derivatives are made from them as photo intake makes them.
"""

import argparse
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from PIL import Image  # noqa: E402

from bench.goals import goal  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
NAME = "branch_report"
CHROMIUM = "/usr/bin/chromium"
MEMORY_TURNS = 2  # a peak can fall between two looks
SCENES = 6  # different originals; each is drawn in two seconds


@dataclass(frozen=True)
class Run:
    """Seconds of CPU, bytes of peak PSS (0 when not taken), bytes of the PDF."""

    cpu: float
    memory: int
    size: int


def main() -> None:
    """Run the bench and print its table; or, as a child, make one report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two runs of each instead of five")
    parser.add_argument("--folder", type=Path, help="keep the photos here for the next time")
    parser.add_argument("--one", nargs=3, metavar=("PHOTOS", "KIND", "OUT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="rounds-bench-"))
    if options.one:
        make_one(folder, int(options.one[0]), options.one[1], Path(options.one[2]))
        return
    prepare(folder)
    report(folder, runs=2 if options.quick else 5)


def make_one(folder: Path, photos: int, kind: str, out: Path) -> None:
    """One report, as the command line makes it, from `derivatives` or `originals`; or only its HTML for Chromium."""
    from exports.render import Renderer
    from exports.visit_report import export, html
    from tests.exports.sample_report import sample

    value = sample(photos)
    if kind == "html":
        text = html(value, "zh")
        for photo in value.photos():
            text = text.replace(f"rounds:photo/{photo.uuid}", (folder / "derivatives" / f"{photo.uuid}.jpg").as_uri())
        out.write_text(text)
        return
    renderer = Renderer(folder / "cache")
    export(value, "zh", lambda photo: folder / kind / f"{photo.uuid}.jpg", renderer, out)
    renderer.close()


def prepare(folder: Path) -> None:
    """Make the originals, take them in as the product does, cut the fonts."""
    from audit.photos.intake import IntakePool
    from exports.fonts import prepare as prepare_fonts
    from tests.exports.sample_report import draw_photos, sample

    prepare_fonts(folder / "cache" / "fonts")
    originals, derivatives = folder / "originals", folder / "derivatives"
    photos = list(sample(200).photos())
    figures, signatures = [photo for photo in photos if photo.number], [photo for photo in photos if not photo.number]
    if (derivatives / f"{figures[-1].uuid}.jpg").exists():
        return
    for kind in (originals, derivatives):
        draw_photos(replace(sample(24), highlights=(), shortcomings=()), kind)
    assert all((originals / f"{photo.uuid}.jpg").exists() for photo in signatures)
    scenes = [phone_photo(number) for number in range(SCENES)]
    pool = IntakePool(1)
    for photo in figures[:24]:
        original = with_exif(scenes[photo.number % SCENES], 6 if photo.height > photo.width else 1)
        (originals / f"{photo.uuid}.jpg").write_bytes(original)
        taken = pool.take_in(original)
        assert taken.report_size == (photo.width, photo.height)
        (derivatives / f"{photo.uuid}.jpg").write_bytes(taken.report)
    pool.close()
    for photo in figures[24:]:  # the same picture under another name is another picture in the file
        alike = next(one for one in figures[:24] if (one.width, one.number % 4) == (photo.width, photo.number % 4))
        (derivatives / f"{photo.uuid}.jpg").write_bytes((derivatives / f"{alike.uuid}.jpg").read_bytes())


def phone_photo(seed: int) -> bytes:
    """A JPEG of 4000 × 3000, about 4 MB, with detail at every scale, as a hall full of signs and people has it."""
    import numpy as np  # here, so that the report's own process does not pay for it

    width, height = 4000, 3000
    random = np.random.default_rng(seed)
    scene = np.full((height, width, 3), 128, np.float32)
    for cells, strength in ((6, 30), (24, 18), (96, 12), (400, 13), (1000, 10), (2000, 4)):
        cloud = random.standard_normal((cells * 3 // 4, cells)).astype(np.float32) * strength
        layer = np.asarray(Image.fromarray(cloud).resize((width, height), Image.Resampling.BICUBIC))
        scene += layer[..., None] * random.uniform(0.6, 1.2, 3).astype(np.float32)
    scene += random.standard_normal((height, width, 1)).astype(np.float32) * 5
    written = io.BytesIO()
    Image.fromarray(np.clip(scene, 0, 255).astype(np.uint8)).save(written, "JPEG", quality=91)
    return written.getvalue()


def with_exif(jpeg: bytes, orientation: int) -> bytes:
    """The same picture with an EXIF block in front, as phones write it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    block = exif.tobytes()
    return jpeg[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + jpeg[2:]


def report(folder: Path, runs: int) -> None:
    """Run all variants in turn and print the table."""
    variants: Mapping[str, list[str]] = {
        "ours": child(folder, 24, "derivatives"),
        "originals": child(folder, 24, "originals"),
        "200 photos": child(folder, 200, "derivatives"),
        "chromium": [],
    }
    page = folder / "report.html"
    subprocess.run([*child(folder, 24, "html"), str(page)], check=True)
    profile = folder / "chromium"
    # Everybody finds the same fonts, and compiled modules, as an installation has them after its first start.
    surroundings = {**os.environ, "FONTCONFIG_FILE": str(folder / "cache" / "fonts" / "fonts.conf")}
    surroundings |= {"PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    surroundings.pop("PYTHONDONTWRITEBYTECODE", None)

    def command(name: str, out: Path) -> list[str]:
        if name == "chromium":
            return [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync",
                    f"--user-data-dir={profile}", "--no-pdf-header-footer",
                    f"--print-to-pdf={out}", page.as_uri()]  # fmt: skip
        return [*variants[name], str(out)]

    best: dict[str, Run] = {}
    for turn in range(MEMORY_TURNS + runs):
        for name in variants:
            out = folder / f"{name.replace(' ', '')}.pdf"
            out.unlink(missing_ok=True)
            memory = turn < MEMORY_TURNS  # these also warm the disk cache; their CPU does not count
            run = measure(command(name, out), surroundings, out, memory)
            before = best.get(name, Run(float("inf"), 0, 0))
            cpu = before.cpu if memory else min(before.cpu, run.cpu)
            best[name] = Run(cpu, max(before.memory, run.memory), run.size)
            print(f"  {turn} {name:<11} {run.cpu:6.2f} s", flush=True)
    pictures = photo_bytes(folder)
    print_table(best, pictures)


def child(folder: Path, photos: int, kind: str) -> list[str]:
    """The command of one run of ours; the path of the output follows."""
    return [sys.executable, __file__, "--folder", str(folder), "--one", str(photos), kind]


def photo_bytes(folder: Path) -> int:
    """Bytes of the JPEGs in the 24-photo report."""
    from tests.exports.sample_report import sample

    return sum((folder / "derivatives" / f"{photo.uuid}.jpg").stat().st_size for photo in sample(24).photos())


def measure(command: list[str], environment: Mapping[str, str], out: Path, memory: bool) -> Run:
    """Run a command and watch its process tree until it ends."""
    process = subprocess.Popen(
        command, env=dict(environment), start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    seen: dict[tuple[int, str], float] = {}
    peak = 0
    while True:
        tree = descendants(process.pid)
        for pid, fields in tree.items():
            seen[pid, fields[19]] = (int(fields[11]) + int(fields[12])) / TICK
        if memory:
            peak = max(peak, sum(map(proportional_set, tree)))
        ended, _, usage = os.wait4(process.pid, os.WNOHANG)
        if ended:
            break
        time.sleep(0.05 if memory else 0.02)
    process.returncode = 0
    # What the root and the children it waited for used is exact; the sum of last looks also sees the others.
    return Run(max(sum(seen.values()), usage.ru_utime + usage.ru_stime), peak, out.stat().st_size)


def descendants(root: int) -> dict[int, list[str]]:
    """The processes of the tree: pid → fields of /proc/<pid>/stat from the third on."""
    stats: dict[int, list[str]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stats[int(entry.name)] = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
    wanted = {root}
    while True:
        more = {pid for pid, fields in stats.items() if int(fields[1]) in wanted or int(fields[3]) == root} - wanted
        if not more:
            return {pid: stats[pid] for pid in wanted if pid in stats}
        wanted |= more


def proportional_set(pid: int) -> int:
    """Bytes of PSS of one process."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def print_table(best: Mapping[str, Run], pictures: int) -> None:
    """Figures and goals."""
    for name, run in best.items():
        print(f"{name:<12} {run.cpu:6.2f} s CPU   {run.memory / 1e6:7.0f} MB   PDF {run.size / 1e6:6.2f} MB")
    ours, many, originals, chromium = (best[name] for name in ("ours", "200 photos", "originals", "chromium"))
    goal(
        NAME,
        "CPU to the report from originals",
        ours.cpu / originals.cpu,
        0.45,
        "×",
        f"{originals.cpu:.2f} s, ours {ours.cpu:.2f} s",
    )
    goal(NAME, "CPU to Chromium, same HTML", ours.cpu / chromium.cpu, 0.8, "×", f"Chromium {chromium.cpu:.2f} s")
    goal(
        NAME, "memory to Chromium", ours.memory / chromium.memory, 0.25, "×", f"Chromium {chromium.memory / 1e6:.0f} MB"
    )
    goal(NAME, "PDF to its JPEGs", ours.size / pictures, 1.05, "×", f"{(ours.size - pictures) / 1e3:.0f} kB on top")
    goal(NAME, "PDF", ours.size / 1e6, 8, "MB", f"Chromium {chromium.size / 1e6:.2f} MB")
    goal(NAME, "CPU of 200 photos to 24", many.cpu / ours.cpu, 1.6, "×", f"{many.cpu:.2f} s")
    goal(NAME, "memory of 200 photos to 24", many.memory / ours.memory, 1.15, "×", f"{many.memory / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
