#!/bin/sh
# Installs the system libraries that are missing; says which command does it where we may not.
# Usage: system-libraries.sh run|test     (test: also Chromium, for the browser tests)
set -eu
purpose=${1:-run}
python=${PYTHON:-python3}
if command -v "$python" >/dev/null && ! "$python" -c "import sys; sys.exit(sys.version_info < (3, 11))"; then
    echo "Python 3.11 or newer is needed, and $("$python" -V) is found. Name another: make PYTHON=python3.12 …" >&2
    exit 1
fi
chinese_font() { fc-list 2>/dev/null | grep -q "Noto Sans CJK SC"; }

if [ "$(uname -s)" = Darwin ]; then
    missing=""
    brew_has() { brew list --versions "$1" >/dev/null 2>&1; }
    command -v brew >/dev/null || { echo "Install Homebrew first, then: brew install pango font-noto-sans-cjk-sc" >&2; exit 1; }
    brew_has pango || missing="pango"
    chinese_font || missing="$missing font-noto-sans-cjk-sc"
    [ "$purpose" = run ] || [ -d "/Applications/Chromium.app" ] || missing="$missing chromium"
    [ -z "$missing" ] || { echo "Missing system libraries. Run: brew install $missing" >&2; exit 1; }
    exit 0
fi

library() { ldconfig -p 2>/dev/null | grep -q "$1" || ls /usr/lib/*/"$1"* >/dev/null 2>&1; }
packages=""
need() { packages="$packages $1"; }

library libpango-1.0.so.0 || need libpango-1.0-0
library libpangoft2-1.0.so.0 || need libpangoft2-1.0-0
library libharfbuzz-subset.so.0 || need libharfbuzz-subset0
[ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ] || chinese_font || need fonts-noto-cjk
command -v fc-list >/dev/null || need fontconfig
"$python" -c "import ensurepip" 2>/dev/null || need python3-venv
if [ "$purpose" = test ]; then
    command -v chromium >/dev/null || need chromium
    library libatomic.so.1 || need libatomic1 # of the Node that comes with Playwright
fi
[ -n "$packages" ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "Missing system libraries. On Debian they are:$packages; install what your system calls them, then run this again." >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    run="Run as root:" sudo=""
    if command -v sudo >/dev/null; then run="Run:" sudo="sudo "; fi
    echo "Missing system libraries. $run ${sudo}apt-get update && ${sudo}apt-get install --no-install-recommends$packages" >&2
    exit 1
fi
echo "Installing system libraries:$packages" >&2
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq >&2
# shellcheck disable=SC2086  (a list of words is meant)
$as_root apt-get install -y -qq --no-install-recommends $packages >/dev/null
