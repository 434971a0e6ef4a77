"""A season's result read back: the scoreboard and the certificates as PDFs, the board as an Excel workbook."""

import datetime as dt
import io
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import openpyxl
import pypdfium2
import pytest
from PIL import Image
from pypdf import PdfReader

from audit.domain.contest.honours import Honoured, LeagueLine, Result, ResultLine
from audit.domain.events import Head
from audit.domain.reports import Issue, PhotoRef, Words
from exports import scoreboard_workbook
from exports.exporters import EXPORTERS
from exports.qr import qr_svg
from exports.render import Renderer

NOW = dt.datetime(2026, 11, 13, 2, 0, tzinfo=dt.UTC)
ADDRESS = "https://rounds.example/verify/SA-2026-C"


def result(people: int = 40, stars: int = 5) -> Result:
    """A result with a star whose name is rare, one without a portrait, and a name that looks like a formula."""
    names = [Words("王喆堃", "Wang Zhekun"), Words("=1+1", "=1+1")]
    names += [Words(f"选手{number}", f"Contestant {number}") for number in range(people - 2)]
    place = Words("渝中分公司", "Yuzhong branch")
    head = Head(7, "ab" * 32)
    address = ADDRESS.removesuffix("-C") + "-B"
    return Result(
        round=Words("2026年度竞赛", "Contest 2026"),
        operator=Words("渝移公司", "Yu Mobile"),
        stars=tuple(
            Honoured(
                names[number], place, number + 1, 9566 - number,
                PhotoRef(UUID(int=number + 1), 600, 800) if number else None,
                f"SA-2026-C{number:05}", f"{ADDRESS}{number:05}", qr_svg(f"{ADDRESS}{number:05}"),
            )
            for number in range(stars)
        ),
        lines=tuple(
            ResultLine(number + 1, f"E{number}", name, place, 9000, 8000, 7000, 100, 9566 - number, number < stars)
            for number, name in enumerate(names)
        ),
        league=(LeagueLine(1, place, people, 9000, 8950),),
        published_at=NOW,
        head=head,
        issue=Issue("SA-2026-B", NOW, "赵丽华", str(head), address, qr_svg(address)),
    )  # fmt: skip


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("portraits") / "one.jpg"
    Image.new("RGB", (600, 800), (40, 110, 90)).save(path)
    return path


def made(kind: str, value: Result, language: str, portrait: Path, renderer: Renderer, out: Path) -> list[str]:
    """The text of each page."""
    EXPORTERS[kind].export(value, language, lambda _photo: portrait, renderer, out)
    with pypdfium2.PdfDocument(out) as pdf:
        return [page.get_textpage().get_text_range() for page in pdf]


@pytest.mark.parametrize(
    ("language", "title", "star"), [("zh", "服务竞赛榜单", "王喆堃"), ("en", "Scoreboard", "Wang Zhekun")]
)
def test_the_scoreboard_shows_stars_league_and_everybody(
    portrait: Path, renderer: Renderer, tmp_path: Path, language: str, title: str, star: str
) -> None:
    pages = made("scoreboard", result(), language, portrait, renderer, tmp_path / "a.pdf")
    text = "\n".join(pages)
    assert title in pages[0]
    assert star in pages[0]
    assert "SA-2026-B" in text
    assert "95.66" in text
    assert "89.50" in text
    assert all(f"{(9566 - number) / 100:.2f}" in text for number in range(40))
    reader = PdfReader(tmp_path / "a.pdf")
    assert len(reader.pages[0].images) == 4, "four portraits; the star without one has a letter"
    assert reader.trailer["/Root"].get("/MarkInfo"), "tagged"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_star_has_a_certificate_of_one_page_with_its_own_number(
    portrait: Path, renderer: Renderer, tmp_path: Path, language: str
) -> None:
    value = replace(result(), lines=())
    pages = made("certificates", value, language, portrait, renderer, tmp_path / "c.pdf")
    assert len(pages) == len(value.stars)
    for star, page in zip(value.stars, pages, strict=True):
        assert star.number in page
        assert star.name.of(language) in page
        assert f"{star.total / 100:.2f}" in page


def test_the_workbook_has_typed_figures_and_no_formulas() -> None:
    export = scoreboard_workbook.export(result(), "zh_CN", "2026 决赛")
    assert export.filename == "rounds-scoreboard-2026---.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(export.content))
    rows = list(book["榜单"].iter_rows(values_only=True))
    assert rows[0][:4] == ("名次", "工号", "姓名", "单位")
    assert rows[1] == (1, "E0", "王喆堃", "渝中分公司", 90, 80, 70, 1, 95.66, "★")
    assert (rows[2][2], book["榜单"]["C3"].data_type) == ("=1+1", "s")
    assert list(book["单位榜"].iter_rows(values_only=True))[1] == (1, "渝中分公司", 40, 90, 89.5)
    assert openpyxl.load_workbook(io.BytesIO(scoreboard_workbook.export(result(), "en", "x").content)).sheetnames == [
        "Scoreboard",
        "League",
    ]
