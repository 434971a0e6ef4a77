"""`make bench`: runs every bench by itself, one after the other, and prints one table of their goals.

`python -m bench NAME …` runs only those; `--quick` is passed on. A bench that fails, or takes longer than `BOUND`
seconds, says so in its row and the others go on; what it started is ended, and what it wrote to the temporary folder is
taken away. The times that each took stand below the table.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.goals import MARK

FOLDER = Path(__file__).parent
SHARED = ("__main__", "__init__", "goals", "decade", "season")
HEADS = ("bench", "figure", "measured", "goal", "beside", "")
BOUND = 900.0


def main(arguments: list[str]) -> int:
    """Run the benches and return how many goals were missed (at most 1: the exit code)."""
    named = [argument for argument in arguments if not argument.startswith("-")]
    options = [argument for argument in arguments if argument.startswith("-")]
    rows, took = [], []
    for name in named or sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in SHARED):
        print(f"{name} …", file=sys.stderr, flush=True)
        begun = time.monotonic()
        rows += run(name, options)
        took.append(f"{name} {time.monotonic() - begun:.0f} s")
    widths = [max(len(row[index]) for row in [list(HEADS), *rows]) for index in range(len(HEADS))]
    for row in [list(HEADS), *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print(f"{sum(row[-1] == 'held' for row in rows)} held, {sum(row[-1] != 'held' for row in rows)} missed;", *took)
    return int(any(row[-1] != "held" for row in rows))


def run(name: str, options: list[str]) -> list[list[str]]:
    """The rows of one bench, in a process group and a temporary folder of its own."""
    with tempfile.TemporaryDirectory(prefix="rounds-bench-", ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", f"bench.{name}", *options],
            cwd=FOLDER.parent,
            env=os.environ | {"TMPDIR": folder},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            out, err = process.communicate(timeout=BOUND)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            out, err = process.communicate()
            err += f"\nstopped after {BOUND:.0f} s"
        finally:
            _end_group(process.pid)
    rows = [line.split("\t")[1:] for line in out.splitlines() if line.startswith(f"{MARK}\t")]
    if process.returncode or not rows:
        rows.append([name, "did not finish", "", "", (err.strip().splitlines() or [""])[-1][:60], "MISSED"])
    return rows


def _end_group(group: int) -> None:
    """End whatever a bench has started and left behind."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
