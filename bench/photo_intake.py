"""CPU of taking photos in, against the floor and two other ways. Run: `python -m bench.photo_intake`.

Six synthetic photos of 12 megapixels, about 4 MB each, are made first (same seed, same bytes). Then, alternating in one
run, each way does the whole job on all six; per way and photo the least of the rounds counts.

- entropy floor: Pillow, `draft()` at 1/8 and `load()`: what any JPEG reader pays before it has a single pixel
- Rounds: spool to disk, worker process, SHA-256, EXIF, two derivatives, two hashes, three blobs with fsync;
  CPU of both processes
- pyvips: SHA-256, autorot, thumbnails of the same sizes, both saved, original written with fsync; no hashes, no EXIF
- naive: full decode, `exif_transpose`, two LANCZOS thumbnails, saved, SHA-256, `imagehash.phash`; nothing written
"""

import argparse
import asyncio
import hashlib
import io
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ["VIPS_CONCURRENCY"] = "1"  # read when pyvips is loaded: threads would add CPU, not take it away

import imagehash
import numpy as np
import pyvips
from PIL import Image, ImageOps

from audit.photos.intake import IntakePool
from audit.photos.local import LocalStore
from bench.goals import goal

PHOTOS = 6
REPORT, THUMBNAIL = 1000, 320


def synthetic_photo(seed: int) -> bytes:
    """A JPEG of 4000 × 3000 with the spectrum of a photo: clouds at five scales, and the noise of a sensor."""
    width, height = 4000, 3000
    random = np.random.default_rng(seed)
    scene = np.full((height, width, 3), 128, np.float32)
    for cells, strength in ((6, 30), (24, 18), (96, 11), (400, 7), (1500, 5)):
        cloud = random.standard_normal((cells * 3 // 4, cells, 3)).astype(np.float32) * strength
        for channel in range(3):
            layer = Image.fromarray(cloud[..., channel]).resize((width, height), Image.Resampling.BICUBIC)
            scene[..., channel] += np.asarray(layer)
    scene += random.standard_normal((height, width, 1)).astype(np.float32) * 5
    exif = Image.Exif()
    exif[0x0112] = 1 if seed % 2 else 6
    written = io.BytesIO()
    picture = Image.fromarray(np.clip(scene, 0, 255).astype(np.uint8))
    picture.save(written, "JPEG", quality=91, subsampling=2, exif=exif)
    return written.getvalue()


def floor(data: bytes) -> None:
    picture = Image.open(io.BytesIO(data))
    picture.draft("RGB", (picture.width // 8, picture.height // 8))
    picture.load()


def rounds(pool: IntakePool, store: LocalStore, photos: list[bytes]) -> Callable[[bytes], None]:
    # As a web server hands them over; making the chunks is not the intake's work.
    arrived = {data: [data[at : at + 65536] for at in range(0, len(data), 65536)] for data in photos}

    async def chunks(data: bytes) -> AsyncIterator[bytes]:
        for chunk in arrived[data]:
            yield chunk

    async def job(data: bytes) -> None:
        spooled = await store.spool(chunks(data))
        taken = await pool.take_in_async(spooled.path, (), spooled.sha256)
        store.keep(spooled)
        store.put_bytes(taken.thumbnail)
        store.put_bytes(taken.report)

    runner = asyncio.Runner()
    return lambda data: runner.run(job(data))


def vips(folder: Path) -> Callable[[bytes], None]:
    def job(data: bytes) -> None:
        sha256 = hashlib.sha256(data).hexdigest()
        report = pyvips.Image.thumbnail_buffer(data, REPORT, height=REPORT)  # turns by itself
        report = report.copy_memory()
        report.jpegsave_buffer(Q=82, keep="none")
        report.thumbnail_image(THUMBNAIL, height=THUMBNAIL).jpegsave_buffer(Q=82, keep="none")
        with (folder / sha256).open("wb") as file:
            file.write(data)
            os.fsync(file.fileno())

    return job


def naive(data: bytes) -> None:
    hashlib.sha256(data).hexdigest()
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    for side in (REPORT, THUMBNAIL):
        small = picture.copy()
        small.thumbnail((side, side), Image.Resampling.LANCZOS)
        small.save(io.BytesIO(), "JPEG", quality=82)
    imagehash.phash(picture)


def processor_seconds(worker: int | None) -> float:
    """CPU of this process, and of the worker where there is one (Linux tells it in nanoseconds)."""
    own = time.process_time()
    return own if worker is None else own + int(Path(f"/proc/{worker}/schedstat").read_text().split()[0]) / 1e9


def main() -> None:
    """Print one table: ms of CPU and of wall time per photo, and CPU as a multiple of the floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="three rounds")
    options = parser.parse_args()
    repeats = 3 if options.quick else options.rounds
    photos = [synthetic_photo(seed) for seed in range(PHOTOS)]
    print(f"{PHOTOS} photos of {sum(map(len, photos)) / PHOTOS / 1e6:.1f} MB, least of {repeats} alternating rounds\n")
    with tempfile.TemporaryDirectory() as folder:
        pool, store = IntakePool(1), LocalStore(Path(folder) / "photos")
        ways: dict[str, Callable[[bytes], None]] = {
            "entropy floor": floor,
            "Rounds": rounds(pool, store, photos),
            "pyvips": vips(Path(folder)),
            "naive": naive,
        }
        ways["Rounds"](photos[0])  # starts the worker
        worker = pool.worker_pids()[0]
        cpu = {name: [float("inf")] * PHOTOS for name in ways}
        wall = {name: [float("inf")] * PHOTOS for name in ways}
        for _ in range(repeats):
            for name, job in ways.items():
                measured = worker if name == "Rounds" else None
                for number, data in enumerate(photos):
                    before, started = processor_seconds(measured), time.perf_counter()
                    job(data)
                    cpu[name][number] = min(cpu[name][number], processor_seconds(measured) - before)
                    wall[name][number] = min(wall[name][number], time.perf_counter() - started)
        pool.close()
    ms = {name: sum(least) / PHOTOS * 1000 for name, least in cpu.items()}
    print(f"{'':14}{'CPU ms':>8}{'wall ms':>9}{'× floor':>9}{'Rounds ÷ it':>13}")
    for name in ways:
        waited = sum(wall[name]) / PHOTOS * 1000
        print(
            f"{name:14}{ms[name]:8.1f}{waited:9.1f}{ms[name] / ms['entropy floor']:9.2f}{ms['Rounds'] / ms[name]:13.2f}"
        )
    for name, limit in (("entropy floor", 1.6), ("naive", 0.25), ("pyvips", 1.0)):
        goal("photo_intake", f"CPU to {name}", ms["Rounds"] / ms[name], limit, "×", f"{ms[name]:.0f} ms")


if __name__ == "__main__":
    main()
