"""The renderer: opens nothing but its photos, keeps its limits, tells how far it is, outlives its workers."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image

from audit.errors import RoundsError
from exports.base import Progress, no_progress
from exports.render import PROJECT, Renderer
from tests.exports.conftest import SHARED


def made(
    renderer: Renderer, html: str, photos: Mapping[str, Path] | None = None, progress: Progress = no_progress
) -> bytes:
    """The bytes of the PDF; nothing else may be left in its folder, whether it was made or not."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.pdf"
        try:
            pages = renderer.pdf(html, photos or {}, out, progress)
            assert pages == 1
        finally:
            left = list(Path(folder).iterdir())
            assert left in ([], [out])
        return out.read_bytes()


class Canary:
    """A server that counts who connects."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.visitors = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.visitors += 1
            connection.close()


def test_a_document_opens_no_file_and_no_network_address(renderer: Renderer, tmp_path: Path) -> None:
    canary = Canary()
    secret = tmp_path / "secret.png"
    Image.new("RGB", (40, 40), "red").save(secret)
    style = tmp_path / "style.css"
    style.write_text("p { color: red } p::after { content: 'LEAK' }")
    ways = [
        f'<{tag} {attribute}="{address}"></{tag}>'
        for address in (f"http://127.0.0.1:{canary.port}/x.png", secret.as_uri(), str(secret), "rounds:photo/../secret")
        for tag, attribute in (("img", "src"), ("object", "data"), ("embed", "src"), ("link rel=attachment", "href"))
    ]
    markup = (
        f'<base href="{tmp_path.as_uri()}/"><link rel=stylesheet href="{style.as_uri()}">'
        f'<link rel=stylesheet href="http://127.0.0.1:{canary.port}/s.css">'
        f"<style>@import url('{style.as_uri()}'); @font-face {{ font-family: x; src: url('{secret.as_uri()}') }}"
        f"p {{ background: url('{secret.as_uri()}'); font-family: x }}</style><p>text</p>{''.join(ways)}"
        f'<svg width="9" height="9"><image href="{secret.as_uri()}" width="9" height="9"/>'
        f'<use href="http://127.0.0.1:{canary.port}/a.svg#b"/></svg>'
    )
    content = made(renderer, markup)
    assert canary.visitors == 0
    assert b"/Subtype /Image" not in content
    assert b"LEAK" not in content
    assert b"EmbeddedFile" not in content
    canary.socket.close()


def test_a_photo_that_is_no_picture_is_not_shown(renderer: Renderer, tmp_path: Path) -> None:
    drawing = tmp_path / "drawing.svg"
    drawing.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
    )
    content = made(renderer, '<img src="rounds:photo/a">', {"a": drawing})
    assert b"/Subtype /Image" not in content


def test_a_missing_photo_is_refused_before_any_work(renderer: Renderer, tmp_path: Path) -> None:
    with pytest.raises(RoundsError) as caught:
        made(renderer, "<p>x", {"a": tmp_path / "gone.jpg"})
    assert caught.value.code == "report.photo_missing"


def test_a_document_that_takes_too_long_is_stopped_and_the_next_one_is_made() -> None:
    renderer = Renderer(SHARED, workers=1, seconds=2.0)
    try:
        endless = "<table>" + "<tr><td><b>x</b><td>y</tr>" * 60_000 + "</table>"
        with pytest.raises(RoundsError) as caught:
            made(renderer, endless)
        assert caught.value.code == "report.timeout"
        renderer.seconds = 60.0
        assert made(renderer, "<p>x")
    finally:
        renderer.close()


def test_a_document_that_needs_too_much_memory_is_refused() -> None:
    renderer = Renderer(SHARED, workers=1, memory=350 * 1024**2)
    try:
        with pytest.raises(RoundsError) as caught:
            made(renderer, "<table>" + "<tr><td><b>x</b><td>y</tr>" * 30_000 + "</table>")
        assert caught.value.code == "report.too_large"
    finally:
        renderer.close()


def test_a_worker_that_was_killed_is_replaced() -> None:
    renderer = Renderer(SHARED, workers=1)
    try:
        assert made(renderer, "<p>x")
        worker = renderer._slots.get()
        assert worker
        os.kill(worker.process.pid, 9)
        worker.process.wait()
        renderer._slots.put(worker)
        assert made(renderer, "<p>x")
    finally:
        renderer.close()


def test_progress_rises_to_the_end(renderer: Renderer) -> None:
    told: list[float] = []
    made(renderer, "<p>x", progress=lambda share, step: told.append(share))
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_who_stops_watching_stops_the_work_and_the_renderer_goes_on(renderer: Renderer) -> None:
    class Stopped(Exception):
        pass

    def stop(share: float, step: str) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        made(renderer, "<p>x", progress=stop)
    assert made(renderer, "<p>x")


def test_rendering_does_not_make_this_process_accept_truncated_photos(renderer: Renderer) -> None:
    from PIL import ImageFile

    made(renderer, "<p>x")
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


def test_the_worker_still_has_the_parts_of_its_libraries_that_it_loads_late() -> None:
    code = (
        "import exports.worker\n"
        "from weasyprint.pdf.fonts import subset, instantiateVariableFont\n"
        "assert subset.Options().hinting in (True, False)\n"
        "assert type(subset.Subsetter()).__name__ == 'Subsetter'\n"
        "try:\n    instantiateVariableFont(None, {})\n"
        "except (AttributeError, ValueError, TypeError):\n    pass\n"
        "import fontTools.varLib.instancer as real\n"
        "assert real.__file__\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT)
