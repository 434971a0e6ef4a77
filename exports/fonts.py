"""Document fonts: small static subsets of the Noto CJK fonts, made once into a cache folder.

No font is committed. The full Noto collections hold 65,000 glyphs in five regional orders; a report needs the
simplified-Chinese one. Each face is cut in two, under family names of our own: the common characters (the first level
of GB2312, Latin, signs, names of places), and the rare ones (the second level, the characters of people's names like
喆 堃 镕 昇, enclosed numbers, Greek). An embedded font costs two bytes for every glyph up to the last one that is used:
one rare name would add 15 KB to a document if it stood in the same font. What lies beyond both falls back to the full
system fonts, which are read only then.

WeasyPrint finds the subsets through a private fontconfig file, so nothing is installed on the machine.
"""

import ctypes
import ctypes.util
import io
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from audit.errors import RoundsError

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

SANS = "Rounds Sans"
SIGNS = "Rounds Signs"  # first in English: in Chinese fonts quotation marks and the middle dot are as wide as hanzi
SOURCE = "Noto Sans CJK SC"  # as fontconfig knows it
NARROW = "Noto Sans CJK KR"  # in the same file, with these signs as wide as in Latin texts
COMMON, NAMES, WHOLE = "common", "names", "whole"  # the two subsets, and the font that they were cut from
RARE = " Rare"  # behind the family name of the font with the rare characters
IN_DRAWINGS = f"{SANS},{SANS}{RARE}"  # the value of an SVG's font-family
FORMAT = "9"  # a new number makes every installation cut its subsets again


@dataclass(frozen=True)
class Face:
    """One subset of a style of Noto Sans CJK: `family` and `style` of ours, in the file `file`; `signs`: of `SIGNS`."""

    file: str
    family: str
    style: str
    debian: str  # its file in Debian's fonts-noto-cjk, tried before asking fontconfig
    rare: bool = False
    signs: bool = False


FACES = (
    Face("rounds-sans.otf", SANS, "Regular", "NotoSansCJK-Regular.ttc"),
    Face("rounds-sans-bold.otf", SANS, "Bold", "NotoSansCJK-Bold.ttc"),
    Face("rounds-sans-rare.otf", SANS + RARE, "Regular", "NotoSansCJK-Regular.ttc", rare=True),
    Face("rounds-sans-rare-bold.otf", SANS + RARE, "Bold", "NotoSansCJK-Bold.ttc", rare=True),
    Face("rounds-signs.otf", SIGNS, "Regular", "NotoSansCJK-Regular.ttc", signs=True),
    Face("rounds-signs-bold.otf", SIGNS, "Bold", "NotoSansCJK-Bold.ttc", signs=True),
)
# Of the second level, but often met: in names of places and in our own texts.
PLACE_CHARACTERS = "渝綦璧碚潼涪沱泸浏濯梓黔酉垫忠巫丰彭铜梁江津驿碚夔萱葭婷怡晏曦芙莼诿镕"
# Given names and surnames in use that GB2312 (1980) lacks, with some it has: doubles do no harm.
NAME_CHARACTERS = (
    "喆堃镕昇璟珺玥晞旻昉炘煊翀翯祎頔赟贇珅琭瑀瑄瑢璠璘垚犇骉甡叕劼勍堉埕墁婳媞嫚嬅孖屾峣崟嵚彧忞愔惔昀昳昺晅晗暐暠曈曌朤杺枥柃"
    "栐栞梽棽樾橦檑沄沚泂洺浠浛淏淯渼湉湜溦滢潆濛炅炣烜焜焱煐燊燚珈珝珩珽琇琎琤瑨瑭瑱甯畯皞禔禛禤稑笵絜缦翚翥芃苡菀菡葳蓁薷蕤蘅"
    "虓衎裒諴谞赪跶辀迺逯郗鄢鄯铖钰铄锴锽镔镠镡闫阚韫颀颋颙飏骐骕骦鹍龑龢佺倞俶偲傃儁冼凇勖匼厍郄仝仉佘麹芈弭桢祯皛璆璈璎珂玘"
    "玭珉珙珣珮琀琛琨琬琯瑆瑗瑛瑾璋琰钘钤铉铭锜锳镒镓镐飚嘉喬巽弢惇慜戬斓昊昱晏晔晖晙晢暄暎曦杲栩桦桉梓梣楷槿檀歆毓沅沨泠洳洵浔"
    "浥涴涵淇淞渌湲溱滟漪潞澎澔濡瀚灏煦熙燏爔祐祜祚禧秾稞筱箐篁綎繁罡翊翎聿茉茵荃荻莘莞莹菁萱萸葭蒂蒨蔚蔓蕊薇藜蘖觐訚詠谌谖豫"
    "赓轩轾逄逸遒邈邕郢鄞钊陟隗隽霁霈霭靖靓颉颢飒骁骅骞鸢鸾麾黛黻"
)
HARFBUZZ_POINTERS = (  # functions that return one: without being told, ctypes would cut it to 32 bits
    "blob_create_from_file",
    "face_create",
    "subset_input_create_or_fail",
    "subset_input_unicode_set",
    "subset_input_set",
    "subset_or_fail",
    "face_reference_blob",
    "blob_get_data",
)
NAME_RECORDS = 4  # HB_SUBSET_SETS_NAME_ID
LEGAL_RECORDS = (0, 7, 8, 9, 11, 13, 14)  # copyright, trademark, makers, licence and its address
NO_HINTING = 1  # HB_SUBSET_FLAGS_NO_HINTING: a PDF is drawn without hints
DROPPED_RECORDS = 3  # HB_SUBSET_SETS_DROP_TABLE_TAG
# Nothing is set vertically. Substitutions would keep 7,500 more glyphs (forms of other countries, half widths), and an
# embedded font costs two bytes for every glyph up to the last one that is used.
DROPPED_TABLES = (b"GSUB", b"vmtx", b"vhea", b"VORG")
DEBIAN_FOLDER = Path("/usr/share/fonts/opentype/noto")


def prepare(folder: Path) -> Path:
    """The fontconfig file that offers our subsets before the system's fonts; cuts the subsets if they are missing.

    Safe to call from several processes and threads at once: every file appears by rename, whole or not at all. Raises
    `report.fonts_missing` when the machine has no Noto CJK fonts.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stamp = folder / f"format-{FORMAT}"
    if not stamp.exists() or any(not (folder / face.file).exists() for face in FACES):
        for face in FACES:
            _write(folder / face.file, _cut(face))
        for old in {*folder.glob("*.otf"), *folder.glob("format-*")} - {folder / face.file for face in FACES}:
            old.unlink(missing_ok=True)  # of an earlier format: the same family names with other glyphs
        _write(stamp, b"")
    configuration = folder / "fonts.conf"
    text = _configuration(folder).encode()
    if not configuration.exists() or configuration.read_bytes() != text:
        _write(configuration, text)
    return configuration


def _configuration(folder: Path) -> str:
    system = "\n".join(
        f'  <include ignore_missing="yes">{escape(path)}</include>' for path in dict.fromkeys(_system_configurations())
    )
    return f"""<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{escape(str(folder.resolve()))}</dir>
  <cachedir>{escape(str(folder.resolve() / "fontconfig"))}</cachedir>
{system}
</fontconfig>
"""


def _system_configurations() -> Iterator[str]:
    if os.environ.get("FONTCONFIG_FILE"):
        yield os.environ["FONTCONFIG_FILE"]
    yield "/etc/fonts/fonts.conf"
    yield "/opt/homebrew/etc/fonts/fonts.conf"
    yield "/usr/local/etc/fonts/fonts.conf"


def file_of(folder: Path, kind: str, bold: bool) -> tuple[str, int]:
    """A font's file and its place in it, for who draws without fontconfig; `folder` as in `prepare`.

    `kind`: `COMMON`, `NAMES`, or for what lies beyond both `WHOLE`. Raises `report.fonts_missing`.
    """
    style, rare = "Bold" if bold else "Regular", kind == NAMES
    face = next(face for face in FACES if (face.style, face.rare, face.signs) == (style, rare, False))
    return _whole(face) if kind == WHOLE else (str(folder / face.file), 0)


@lru_cache(maxsize=2)
def _whole(face: Face) -> tuple[str, int]:
    path = _source(face)
    return str(path), _face_number(path, SOURCE)


def common_characters() -> set[int]:
    """Code points of the first subset: Latin, punctuation, our signs, GB2312's first level, characters of places."""
    wanted = {*range(0x20, 0x180), *range(0x2010, 0x2040), *range(0x2190, 0x2194), *range(0x2260, 0x2266)}
    wanted |= {*range(0x25A0, 0x25D0), *range(0x3000, 0x3018), *range(0xFF00, 0xFF60)}
    wanted |= set(map(ord, "℃↻−★☆✓✔✕✗" + PLACE_CHARACTERS))
    return wanted | _gb2312(range(0xB0, 0xD8))


def characters() -> set[int]:
    """Code points of both: GB2312, people's names beyond it, Latin, Greek, Cyrillic, punctuation and signs."""
    wanted = {*range(0x20, 0x250), *range(0x370, 0x460), *range(0x2000, 0x2400), *range(0x2460, 0x2800)}
    wanted |= {*range(0x3000, 0x3100), *range(0x3200, 0x3400), *range(0xFF00, 0xFFF0), *map(ord, NAME_CHARACTERS)}
    return wanted | _gb2312(range(0xA1, 0xFF))


def _gb2312(rows: range) -> set[int]:
    """Code points of the rows of GB2312 with these lead bytes."""
    data = b"".join(bytes((lead, trail)) for lead in rows for trail in range(0xA1, 0xFF))
    return set(map(ord, data.decode("gb2312", errors="ignore")))


def _cut(face: Face) -> bytes:
    from fontTools.ttLib import TTFont  # 60 ms, needed once in the life of an installation

    path = _source(face)
    number = _face_number(path, NARROW if face.signs else SOURCE)
    data = _subset(path, number, _wanted(face))
    font = TTFont(io.BytesIO(data), lazy=True, recalcBBoxes=False)
    _renumber(font)
    _rename(font, face)
    result = io.BytesIO()
    font.save(result)
    return result.getvalue()


def _wanted(face: Face) -> set[int]:
    if face.signs:  # with the letters, and above all the space: it is drawn with the font of the sign beside it
        return {point for point in common_characters() if point < 0x2040}
    return characters() - common_characters() if face.rare else common_characters()


def _source(face: Face) -> Path:
    if (DEBIAN_FOLDER / face.debian).exists():
        return DEBIAN_FOLDER / face.debian
    matcher = shutil.which("fc-match")
    if matcher:
        pattern = f"{SOURCE}:style={face.style}"
        answer = subprocess.run(
            [matcher, "--format=%{file}|%{family}", pattern], capture_output=True, text=True, check=False, timeout=60
        )
        path, _, family = answer.stdout.partition("|")
        if SOURCE in family:
            return Path(path)
    raise RoundsError("report.fonts_missing", family=SOURCE)


def _face_number(path: Path, family: str) -> int:
    """The place of `family` in a font collection; 0 for a file that holds one font."""
    if path.suffix.lower() not in {".ttc", ".otc"}:
        return 0
    from fontTools.ttLib import TTCollection

    with TTCollection(str(path), lazy=True) as collection:
        for number, font in enumerate(collection.fonts):
            if font["name"].getBestFamilyName() == family:
                return number
    raise RoundsError("report.fonts_missing", family=family)


def _renumber(font: "TTFont") -> None:
    """Make each glyph's character id its place in the font.

    The subset keeps the ids of the whole collection, and every embedded font would carry that table: 20 KB a font.
    """
    if "CFF " not in font:
        return
    top = font["CFF "].cff.topDictIndex[0]
    if not hasattr(top, "ROS"):
        return
    glyphs = top.CharStrings
    names = [".notdef", *(f"cid{number:05d}" for number in range(1, len(top.charset)))]
    places = [glyphs.charStrings[name] for name in top.charset]
    glyphs.charStrings = dict(zip(names, places, strict=True))
    top.charset = names
    top.CIDCount = len(names)
    font.setGlyphOrder(names)


def _rename(font: "TTFont", face: Face) -> None:
    """Give the subset our own family name, and keep the copyright and licence records."""
    names = font["name"]
    names.names = [record for record in names.names if record.nameID in LEGAL_RECORDS]
    full = f"{face.family} {face.style}"
    postscript = full.replace(" ", "")
    for number, text in ((1, face.family), (2, face.style), (3, postscript), (4, full), (6, postscript)):
        names.setName(text, number, 3, 1, 0x409)


def _subset(path: Path, number: int, wanted: set[int]) -> bytes:
    """The font cut to the wanted code points: by HarfBuzz (0.1 s), or by fontTools (15 s) where it is not installed."""
    library = ctypes.util.find_library("harfbuzz-subset")
    if library is None:
        return _subset_slowly(path, number, wanted)
    harfbuzz = ctypes.CDLL(library)
    for name in HARFBUZZ_POINTERS:
        getattr(harfbuzz, f"hb_{name}").restype = ctypes.c_void_p
    pointer = ctypes.c_void_p
    blob = pointer(harfbuzz.hb_blob_create_from_file(os.fsencode(path)))
    face = pointer(harfbuzz.hb_face_create(blob, ctypes.c_uint(number)))
    order = pointer(harfbuzz.hb_subset_input_create_or_fail())
    harfbuzz.hb_subset_input_set_flags(order, ctypes.c_uint(NO_HINTING))
    kept = pointer(harfbuzz.hb_subset_input_set(order, ctypes.c_uint(NAME_RECORDS)))
    for record in LEGAL_RECORDS:
        harfbuzz.hb_set_add(kept, ctypes.c_uint32(record))
    dropped = pointer(harfbuzz.hb_subset_input_set(order, DROPPED_RECORDS))
    for table in DROPPED_TABLES:
        harfbuzz.hb_set_add(dropped, ctypes.c_uint32(int.from_bytes(table, "big")))
    points = pointer(harfbuzz.hb_subset_input_unicode_set(order))
    for point in wanted:
        harfbuzz.hb_set_add(points, ctypes.c_uint32(point))
    cut = pointer(harfbuzz.hb_subset_or_fail(face, order))
    if not cut.value:
        raise RoundsError("report.fonts_missing", family=path.name)
    result = pointer(harfbuzz.hb_face_reference_blob(cut))
    length = ctypes.c_uint(0)
    start = harfbuzz.hb_blob_get_data(result, ctypes.byref(length))
    data = ctypes.string_at(start, length.value)
    for destroy, thing in ((harfbuzz.hb_blob_destroy, result), (harfbuzz.hb_face_destroy, cut),
                           (harfbuzz.hb_subset_input_destroy, order), (harfbuzz.hb_face_destroy, face),
                           (harfbuzz.hb_blob_destroy, blob)):  # fmt: skip
        destroy(thing)
    return data


def _subset_slowly(path: Path, number: int, wanted: set[int]) -> bytes:
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options(notdef_outline=True, glyph_names=False, hinting=False, name_IDs=["*"])
    options.drop_tables += [table.decode() for table in DROPPED_TABLES]
    font = (
        subset.load_font(str(path), options, dontLoadGlyphNames=True)
        if number == 0
        else TTFont(path, fontNumber=number, lazy=True)
    )
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted)
    cutter.subset(font)
    result = io.BytesIO()
    font.save(result)
    return result.getvalue()


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    temporary.write_bytes(data)
    temporary.replace(path)
