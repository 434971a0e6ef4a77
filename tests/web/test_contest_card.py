"""The card that people send on in chats: a small picture in the page's language, drawn once, for whom the page is."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import segno
import time_machine
from PIL import Image
from sqlmodel import update
from starlette.testclient import TestClient

from audit.config import settings
from audit.db.models import Contestant
from audit.services.installation import Installation
from exports import fonts
from exports.vote_card import HEIGHT, LARGEST, QR_PX, WIDTH, Card, draw
from tests.contesting import IN_SEASON, found_contest
from tests.exports.conftest import SHARED
from tests.factories import City
from tests.papers import lay_fonts_ready
from tests.voting import Booth

Browsers = Callable[..., TestClient]
NUMBER = "7KQ2M9XWPA"
ADDRESS = f"https://rounds.example/contest/vote/contestants/{NUMBER}"
NAMES = {
    "short": "王喆堃",
    "rare": "𠮷野𫖯乂",
    "long": "Maximiliana Konstantinopolska-Wang Zhekun van der Bergen-Ohm",
    "long Chinese": "阿卜杜拉·买买提·吐尔逊江·艾合买提·伊布拉音" * 2,
    "odd": "\u202e ☺\x00\n",
}


def jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()


def says(card: Image.Image, address: str) -> bool:
    """Whether the QR code in the lower left corner is the one of an address, module by module."""
    wanted = [[bool(dot) for dot in row] for row in segno.make(address, error="m", micro=False).matrix_iter(border=0)]
    corner = card.convert("L").crop((40, HEIGHT - QR_PX - 10, 60 + QR_PX, HEIGHT))
    box = corner.point(lambda value: 255 if value < 100 else 0).getbbox()
    assert box
    size = round((box[2] - box[0]) / len(wanted))
    middles = [int((index + 0.5) * size) for index in range(len(wanted))]
    return [[corner.getpixel((box[0] + x, box[1] + y)) < 128 for x in middles] for y in middles] == wanted


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_a_card_is_small_and_its_code_leads_to_the_contestant_whatever_the_name(name: str, locale: str) -> None:
    fonts.prepare(SHARED / "fonts")
    card = Card(locale, "微笑天使 2026", NAMES[name], "渝中分公司 · " + "解放碑营业厅" * 9, NUMBER, ADDRESS)
    content = draw(card, None, SHARED / "fonts")
    picture = Image.open(io.BytesIO(content))
    assert (picture.format, picture.size, len(content) <= LARGEST) == ("JPEG", (WIDTH, HEIGHT), True)
    assert says(picture, ADDRESS)
    assert not picture.getexif()


def test_a_portrait_of_pure_noise_is_small_enough_too() -> None:
    noise = jpeg(Image.effect_noise((1200, 1600), 120).convert("RGB"))
    card = Card("zh_CN", "微笑天使", "王喆堃", "渝中分公司", NUMBER, ADDRESS)
    content = draw(card, noise, SHARED / "fonts")
    assert len(content) <= LARGEST
    assert says(Image.open(io.BytesIO(content)), ADDRESS)


@pytest.fixture
def booth(city: City, house: Installation) -> Booth:
    """A season whose first contestant has a red portrait."""
    lay_fonts_ready(house)
    with time_machine.travel(IN_SEASON, tick=False):
        made = Booth(found_contest(city, people=3))
    portrait = house.photos.put_bytes(jpeg(Image.new("RGB", (600, 800), "red")))
    change(made, photo_sha256=portrait, name_en="Wang Zhekun")
    return made


def change(booth: Booth, **values: object) -> None:
    with booth.contest.db.write() as session:
        session.exec(update(Contestant).where(Contestant.id == booth.contest.ids[0]).values(**values))


def kept(house: Installation) -> list[Path]:
    return sorted((house.settings.home / "cache" / "cards").iterdir())


def test_the_card_is_drawn_once_for_each_language_and_anew_for_another_portrait(
    booth: Booth, house: Installation, sign_in_as: Browsers
) -> None:
    browser, path = sign_in_as(None), f"/contest/vote/contestants/{booth.codes[0]}"
    page = browser.get(f"{path}/card", params={"lang": "en"}).text
    assert f'href="{path}/card.jpg?lang=en"' in page
    answers = [browser.get(f"{path}/card.jpg", params={"lang": lang}) for lang in ("en", "zh_CN", "en")]
    assert {answer.headers["content-type"] for answer in answers} == {"image/jpeg"}
    english, chinese, again = (answer.content for answer in answers)
    assert english == again != chinese
    assert len(kept(house)) == 2
    picture = Image.open(io.BytesIO(english))
    assert says(picture, f"{settings().public_url}{path}")
    assert picture.convert("RGB").getpixel((WIDTH // 2, 400))[0] > 240, "the portrait"
    stamps = [file.stat().st_mtime_ns for file in kept(house)]
    change(booth, photo_sha256="")
    other = browser.get(f"{path}/card.jpg", params={"lang": "en"}).content
    assert other != english
    assert len(kept(house)) == 2, "it takes the place of the one before"
    assert len(set(stamps) & {file.stat().st_mtime_ns for file in kept(house)}) == 1, "the other language's stays"


def test_there_is_a_card_for_whom_there_is_a_page(booth: Booth, house: Installation, sign_in_as: Browsers) -> None:
    browser, path = sign_in_as(None), f"/contest/vote/contestants/{booth.codes[0]}"
    assert browser.get(f"{path}/card.jpg").status_code == 200
    change(booth, withdrawn_at=IN_SEASON)
    assert [browser.get(f"{path}{end}").status_code for end in ("", "/card", "/card.jpg")] == [404, 404, 404]
    assert browser.get("/contest/vote/contestants/nobody/card.jpg").status_code == 404
