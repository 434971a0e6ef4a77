"""Charts as SVG, and the fonts that documents are set in."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

from defusedxml import ElementTree
from fontTools.ttLib import TTFont

from exports import charts, fonts
from tests.exports.conftest import SHARED

D = Decimal


def test_a_radar_names_the_font_of_every_text_and_is_well_formed() -> None:
    svg = ElementTree.fromstring(
        charts.radar(["环境", "服务<b>", "业务", "管理"], [D(80), D(90), None, D(100)], [D(85)] * 4)
    )
    texts = [one for one in svg.iter() if one.tag.endswith("text")]
    assert {one.get("font-family") for one in texts} == {fonts.IN_DRAWINGS}
    assert "服务<b>" in [one.text for one in texts]


def test_a_radar_needs_three_axes() -> None:
    assert charts.radar(["a", "b"], [D(1), D(2)], [None, None]) == ""


def test_a_bar_is_as_long_as_its_value_and_unknown_values_are_a_dash() -> None:
    svg = ElementTree.fromstring(charts.bars(["甲", "乙", "丙"], [D(50), D(100), None], [None, D(75), None]))
    bars = [float(one.get("width", 0)) for one in svg.iter() if one.tag.endswith("rect")]
    assert len(bars) == 2
    assert bars[1] == 2 * bars[0]
    assert "—" in [one.text for one in svg.iter() if one.tag.endswith("text")]


def test_labels_break_between_words_into_at_most_two_lines() -> None:
    assert charts.wrap("服务管理", 7) == ["服务管理"]
    assert charts.wrap("营业厅内外部环境", 7) == ["营业厅内", "外部环境"]
    assert charts.wrap("Staff service norms", 7) == ["Staff service", "norms"]
    assert len(charts.wrap("x" * 500, 7)) == 2
    assert charts.wrap("一二三四五六七八九十一二三四五六七八", 7)[1].endswith("…")


def test_the_subsets_hold_names_and_signs_under_our_own_family() -> None:
    fonts.prepare(SHARED / "fonts")
    for face in fonts.FACES:
        font = TTFont(SHARED / "fonts" / face.file, lazy=True)
        assert font["name"].getBestFamilyName() == face.family
        assert "Adobe" in str(font["name"].getDebugName(0))  # the copyright notice stays
        assert font["name"].getDebugName(13)  # and the licence
        known = font.getBestCmap()
        held = "喆堃昇珺祎翀旻焱龑①" if face.rare else "中国服务A1，。—〔〕★▲●渝綦怡镕"
        assert not [sign for sign in ("A é·‘’“”" if face.signs else held) if ord(sign) not in known]
        wide = [sign for sign in "‘’“”" if known.get(ord(sign)) and font["hmtx"][known[ord(sign)]][0] == 1000]
        assert wide == ([] if face.signs or face.rare else list("‘’“”")), "full width in Chinese alone"


def test_the_fonts_of_an_earlier_format_go(tmp_path: Path) -> None:
    for name in ("format-1", "rounds-serif-bold.otf"):
        (tmp_path / name).write_bytes(b"old")
    for path in (SHARED / "fonts").glob("*.otf"):
        shutil.copy(path, tmp_path)
    fonts.prepare(tmp_path)
    left = {path.name for path in tmp_path.glob("*") if path.is_file()}
    assert left == {face.file for face in fonts.FACES} | {f"format-{fonts.FORMAT}", "fonts.conf"}


def test_preparing_again_changes_nothing(tmp_path: Path) -> None:
    fonts.prepare(SHARED / "fonts")
    before = {path.name: path.stat().st_mtime_ns for path in (SHARED / "fonts").glob("*.otf")}
    fonts.prepare(SHARED / "fonts")
    assert {path.name: path.stat().st_mtime_ns for path in (SHARED / "fonts").glob("*.otf")} == before


def test_two_at_once_cut_the_same_subsets(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(fonts.prepare, [tmp_path] * 4))) == 1
    assert {path.name for path in tmp_path.glob("*.otf")} == {face.file for face in fonts.FACES}
    assert not list(tmp_path.glob(".*"))
