"""Serves the tablet form: its own files, the design tokens, the texts, the libraries and the service worker.

Everything here is public and the same for everybody: what is personal comes from the API and is kept in the
browser's database, partitioned by user. Files have fixed addresses and are revalidated by ETag; the service worker
carries a version, a hash over everything that the form consists of, and keeps one complete set of one version.
"""

import hashlib
import json
import mimetypes
from functools import lru_cache
from pathlib import Path

from babel.messages.pofile import read_po
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, RedirectResponse, Response

from audit import tokens
from audit.config import settings
from audit.domain.loop import STATE_NAMES
from audit.errors import RoundsError
from audit.i18n import FOLDER as LOCALES_FOLDER
from audit.i18n import LOCALES, pick
from audit.web.packages import SOURCE, packages_folder

PARTS = ("tablet*.po", "*errors.po")  # the catalogues whose texts the form may show
REVALIDATE = "no-cache"
KEEP_A_MONTH = "public, max-age=2592000"
SHELL_LIBRARIES = (  # what the form needs before it can start; font slices are kept as they are met
    "htm/preact/standalone.module.js",
    "idb/build/index.js",
    "signature_pad/dist/signature_pad.js",
)
FONT_STYLES = ("@fontsource/noto-sans-sc/400.css", "@fontsource/noto-sans-sc/700.css")
PACKAGES = ("htm", "idb", "signature_pad", "@fontsource/noto-sans-sc", "swagger-ui-dist")
OWN_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml",
             ".webmanifest": "application/manifest+json"}  # fmt: skip
ELSEWHERE = ("check.js", "ghost.js")  # modules of other pages
NOT_SERVED = ("package.json", "package-lock.json")

router = APIRouter(prefix="/tablet", include_in_schema=False)


def shell_files() -> list[str]:
    """The addresses (below /tablet/) of the form's own files, in a stable order."""
    return sorted(
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*")
        if path.suffix in OWN_TYPES and path.name not in (*NOT_SERVED, "sw.js")
    )


@lru_cache(maxsize=4)
def strings(locale: str) -> bytes:
    """The form's texts of one locale as JSON: message id → text. English source texts are not repeated.

    A finding's states are told in the words of the one table, as `finding_state.<code>`.
    """
    texts = {f"finding_state.{code}": pick(locale, *names) for code, names in STATE_NAMES.items()}
    for source in sorted(path for part in PARTS for path in (LOCALES_FOLDER / locale).glob(part)):
        with source.open("rb") as file:
            for message in read_po(file, locale=locale):
                if message.id and message.string:
                    texts[str(message.id)] = str(message.string)
    return json.dumps(texts, ensure_ascii=False, sort_keys=True).encode()


def version() -> str:
    """Twelve hex digits over the content of everything that the form consists of."""
    digest = hashlib.sha256((tokens.css_variables() + tokens.icon_svg()).encode())
    for name in (*shell_files(), "sw.js", "package-lock.json"):
        digest.update(name.encode() + b"\0" + (SOURCE / name).read_bytes() + b"\0")
    for locale in LOCALES:
        digest.update(strings(locale))
    return digest.hexdigest()[:12]


def worker_script() -> bytes:
    """The service worker with its version and the complete list of what it keeps."""
    files = ["/tablet/", "/tablet/tokens.css", "/tablet/icon.svg"]
    files += [f"/tablet/{name}" for name in shell_files() if name != "index.html"]
    files += [f"/tablet/strings/{locale}.json" for locale in LOCALES]
    files += [f"/tablet/lib/{name}" for name in (*SHELL_LIBRARIES, *FONT_STYLES)]
    head = f"const VERSION = {json.dumps(version())};\nconst FILES = {json.dumps(files)};\n"
    return head.encode() + (SOURCE / "sw.js").read_bytes()


@router.get("")
def without_slash() -> Response:
    """The form's scope ends with a slash; relative addresses need it."""
    return RedirectResponse("/tablet/", status_code=308)


@router.get("/")
def page(request: Request) -> Response:
    """The form. Its modules are named at once, so that none waits for the one that imports it."""
    modules = [f"/tablet/{name}" for name in shell_files() if name.endswith(".js") and name not in ELSEWHERE]
    modules += [f"/tablet/lib/{name}" for name in SHELL_LIBRARIES]
    links = "".join(f'<link rel="modulepreload" href="{address}">\n' for address in modules)
    text = (SOURCE / "index.html").read_text("utf-8").replace("</head>", links + "</head>")
    return _answer(request, text.encode(), "text/html")


@router.get("/sw.js")
def worker(request: Request) -> Response:
    """The service worker; its path gives it the scope /tablet/."""
    return _answer(request, worker_script(), "text/javascript")


@router.get("/tokens.css")
def tokens_css(request: Request) -> Response:
    """The design tokens as CSS custom properties."""
    return _answer(request, tokens.css_variables().encode(), "text/css")


@router.get("/icon.svg")
def icon(request: Request) -> Response:
    """The product's mark, below the form's own scope so that it is there offline."""
    return _answer(request, tokens.icon_svg().encode(), "image/svg+xml")


@router.get("/strings/{locale}.json")
def strings_json(request: Request, locale: str) -> Response:
    """The texts of one locale."""
    if locale not in LOCALES:
        raise RoundsError("not_found")
    return _answer(request, strings(locale), "application/json")


@router.get("/lib/{path:path}")
def library(path: str) -> Response:
    """A file of an installed library."""
    if not path.startswith(tuple(f"{name}/" for name in PACKAGES)):
        raise RoundsError("not_found")
    found = _inside(packages_folder(settings().home), path)
    media_type = OWN_TYPES.get(found.suffix) or mimetypes.guess_type(found.name)[0] or "application/octet-stream"
    return FileResponse(found, media_type=media_type, headers={"Cache-Control": KEEP_A_MONTH})


@router.get("/{path:path}")
def own_file(request: Request, path: str) -> Response:
    """One of the form's own files."""
    found = _inside(SOURCE, path)
    if found.suffix not in OWN_TYPES:
        raise RoundsError("not_found")
    return _answer(request, found.read_bytes(), OWN_TYPES[found.suffix])


def _inside(folder: Path, path: str) -> Path:
    try:
        found = (folder / path).resolve()
        there = found.is_relative_to(folder.resolve()) and found.is_file()
    except (OSError, ValueError):  # longer than any name, or with a NUL in it
        there = False
    if not there:
        raise RoundsError("not_found")
    return found


def _answer(request: Request, content: bytes, media_type: str) -> Response:
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": REVALIDATE}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
