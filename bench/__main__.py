"""`make bench`: runs every bench by itself, one after the other, and prints one table of their goals.

`python -m bench NAME …` runs only those; `--quick` is passed on.
"""

import subprocess
import sys
from pathlib import Path

from bench.goals import MARK

FOLDER = Path(__file__).parent
SHARED = ("__main__", "__init__", "goals", "decade", "season")
HEADS = ("bench", "figure", "measured", "goal", "beside", "")


def main(arguments: list[str]) -> int:
    """Run the benches and return how many goals were missed (at most 1: the exit code)."""
    named = [argument for argument in arguments if not argument.startswith("-")]
    options = [argument for argument in arguments if argument.startswith("-")]
    rows = []
    for name in named or sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in SHARED):
        print(f"{name} …", file=sys.stderr, flush=True)
        ran = subprocess.run(
            [sys.executable, "-m", f"bench.{name}", *options],
            cwd=FOLDER.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        found = [line.split("\t")[1:] for line in ran.stdout.splitlines() if line.startswith(f"{MARK}\t")]
        rows += found
        if ran.returncode or not found:
            said = (ran.stderr.strip().splitlines() or [""])[-1][:60]
            rows.append([name, "did not finish", "", "", said, "MISSED"])
    widths = [max(len(row[index]) for row in [list(HEADS), *rows]) for index in range(len(HEADS))]
    for row in [list(HEADS), *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return int(any(row[-1] == "MISSED" for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
