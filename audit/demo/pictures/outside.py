"""Scenes before the hall: sign, opening hours, frontage, ramp."""

from audit.demo.pictures.canvas import (
    AMBER,
    GREEN,
    GREY,
    HEIGHT,
    INK,
    LEAF,
    RED,
    STEEL,
    WHITE,
    WIDTH,
    Canvas,
    Colour,
    darker,
    lighter,
    mix,
)
from audit.demo.pictures.figures import bike, person, plant
from audit.demo.pictures.sets import brand_mark, note, stamp, street

SIGN = "渝移营业厅"


def _letters(
    c: Canvas,
    box: tuple[float, float, float, float],
    *,
    lit: bool,
    dead: tuple[int, ...] = (),
    dim: tuple[int, ...] = (),
) -> None:
    """The sign's letters one by one, so that single ones can be dark."""
    left, top, right, bottom = box
    height = bottom - top
    middle = (top + bottom) / 2
    pitch = min(height * 1.02, (right - left) / (len(SIGN) + 2.2))
    start = (left + right) / 2 - pitch * (len(SIGN) - 1) / 2 + pitch * 0.55
    brand_mark(c, start - pitch * 1.25, middle, pitch * 0.4, WHITE if lit else lighter(GREEN, 0.35))
    brand_mark(c, start - pitch * 1.25, middle, pitch * 0.36)
    for place, letter in enumerate(SIGN):
        x = start + place * pitch
        if place in dead:
            c.text(x + c.rng.uniform(-6, 6), middle + c.rng.uniform(4, 16), letter, pitch * 0.78, (66, 74, 70))
            continue
        colour: Colour = (255, 250, 226) if lit else (244, 246, 240)
        if place in dim:
            colour = (150, 152, 120)
        elif lit:
            c.glow(x, middle, pitch * 0.75, (255, 246, 200), 0.5)
        c.text(x + 4, middle + 5, letter, pitch * 0.78, darker(GREEN, 0.6))
        c.text(x, middle, letter, pitch * 0.78, colour)


def _signboard(c: Canvas, box: tuple[float, float, float, float], *, dusk: bool) -> None:
    c.panel(box, darker(GREEN, 0.25) if dusk else GREEN, radius=6, depth=26)
    c.draw.rectangle((box[0] + 10, box[3] - 18, box[2] - 10, box[3] - 9), fill=LEAF)


def fascia(c: Canvas, condition: str) -> None:
    """The sign over the door: complete and lit; dirty or dim; with dark, crooked letters."""
    front = street(c, dusk=c.rng.random() < 0.6)
    _signboard(c, front.sign, dusk=front.dusk)
    places = list(range(len(SIGN)))
    c.rng.shuffle(places)
    if condition == "bad":
        _letters(c, front.sign, lit=front.dusk, dead=tuple(places[: c.rng.randint(1, 2)]))
    elif condition == "partial":
        _letters(c, front.sign, lit=front.dusk, dim=(places[0],))
        for _ in range(16):
            x = c.rng.uniform(front.sign[0], front.sign[2])
            c.stroke(
                [(x, front.sign[1] + 10), (x + c.rng.uniform(-6, 6), front.sign[3] - c.rng.uniform(0, 70))],
                mix(GREEN, (70, 70, 60), 0.7),
                c.rng.uniform(3, 9),
            )
    else:
        _letters(c, front.sign, lit=front.dusk)
        if front.dusk:
            c.glow((front.door[0] + front.door[2]) / 2, front.ground, 320, (255, 232, 180), 0.5)
    person(c, front.door[0] - c.rng.uniform(120, 240), front.ground + 130, 430, coat=None, badge=False)


def overview(c: Canvas, condition: str) -> None:  # noqa: ARG001 - every scene has this form
    """The whole front, for the visit's first picture."""
    front = street(c)
    _signboard(c, front.sign, dusk=front.dusk)
    _letters(c, front.sign, lit=front.dusk)
    for x in (front.door[0] - 90, front.door[2] + 90):
        plant(c, x, front.ground + 30, 190)
    for _ in range(c.rng.randint(1, 3)):
        person(
            c,
            c.rng.uniform(160, WIDTH - 160),
            front.ground + c.rng.uniform(90, 190),
            c.rng.uniform(400, 470),
            coat=None,
            badge=False,
        )


def opening_hours(c: Canvas, condition: str) -> None:
    """The plate on the glass door, and whether the hall is open behind it."""
    closed = condition == "bad"
    c.gradient(
        (0, 0, WIDTH, HEIGHT), (74, 80, 86) if closed else (212, 226, 222), (40, 44, 48) if closed else (150, 176, 170)
    )
    if not closed:
        for _ in range(5):
            c.glow(c.rng.uniform(100, 1500), c.rng.uniform(80, 500), c.rng.uniform(80, 200), (255, 244, 214), 0.75)
        for x in (c.rng.uniform(100, 320), c.rng.uniform(1280, 1500)):
            person(c, x, 1120, c.rng.uniform(620, 720))
    handle = c.rng.choice((170, WIDTH - 170))
    if closed:
        for y in range(0, HEIGHT, 44):
            c.gradient((0, y, WIDTH, y + 40), (168, 172, 176), (112, 118, 122))
    else:
        for step in range(3):
            x = c.rng.uniform(0, WIDTH)
            c.polygon([(x, 0), (x + 90, 0), (x - 240, HEIGHT), (x - 330 - step * 40, HEIGHT)], (216, 230, 228))
    c.draw.rounded_rectangle((handle - 22, 330, handle + 22, 900), 22, fill=STEEL)
    c.draw.rounded_rectangle((handle - 22, 330, handle - 8, 900), 8, fill=WHITE)
    left, top = c.rng.uniform(400, 560), c.rng.uniform(200, 330)
    width, height = c.rng.uniform(560, 660), c.rng.uniform(460, 540)
    c.panel((left, top, left + width, top + height), WHITE, radius=18, depth=24)
    c.draw.rounded_rectangle((left + 10, top + 10, left + width - 10, top + 120), 14, fill=GREEN)
    brand_mark(c, left + 76, top + 65, 40, lighter(GREEN, 0.2))
    c.text(left + width / 2 + 40, top + 64, "营业时间", 72, WHITE)
    opens, closes = c.rng.choice(("08:30", "09:00")), c.rng.choice(("18:00", "18:30", "20:00"))
    c.text(left + width / 2, top + 215, f"{opens} — {closes}", 78, INK)
    c.text(left + width / 2, top + 300, "节假日照常营业", 46, GREY)
    c.scribble((left + 80, top + 360, left + width - 80, top + height - 50), 3)
    if condition == "partial":
        note(c, left + width * 0.52, top + height * 0.5, 290, f"今日{opens[:2]}:50开门")
    if closed:
        note(c, left + width * 0.25, top + height * 0.86, 380, "盘点 暂停营业", WHITE)


def frontage(c: Canvas, condition: str) -> None:
    """The pavement before the door: clear, or full of bikes, boxes and stickers."""
    front = street(c, ground=0.62)
    _signboard(c, front.sign, dusk=front.dusk)
    _letters(c, front.sign, lit=front.dusk)
    amount = {"bad": c.rng.randint(6, 8), "partial": 2}.get(condition, 0)
    spots = sorted(c.rng.uniform(40, WIDTH - 420) for _ in range(amount))
    for place, x in enumerate(spots):
        base = front.ground + 120 + (place % 3) * 90 + c.rng.uniform(0, 40)
        bike(c, x, min(base, HEIGHT - 40), c.rng.uniform(330, 430), motor=c.rng.random() < 0.5)
    if condition == "bad":
        for _ in range(3):
            x, y, size = c.rng.uniform(100, 1400), front.ground + c.rng.uniform(40, 110), c.rng.uniform(90, 150)
            c.panel((x, y - size, x + size * 1.2, y), (186, 146, 98), radius=3, depth=12)
            c.draw.line((x, y - size * 0.5, x + size * 1.2, y - size * 0.5), fill=(220, 200, 160), width=8)
    if condition == "good":
        for x in (front.door[0] - 70, front.door[2] + 70):
            plant(c, x, front.ground + 40, 200)
        c.polygon(
            [
                (front.door[0] - 60, front.ground + 10),
                (front.door[2] + 60, front.ground + 10),
                (front.door[2] + 120, front.ground + 150),
                (front.door[0] - 120, front.ground + 150),
            ],
            (72, 92, 82),
        )
        c.text((front.door[0] + front.door[2]) / 2, front.ground + 80, "欢迎光临", 56, lighter(LEAF, 0.4))


def ramp(c: Canvas, condition: str) -> None:
    """The step-free way in, with rail, mat and glass marking."""
    front = street(c, dusk=False, ground=0.55)
    g = front.ground
    side = 1 if c.rng.random() < 0.5 else -1
    middle = WIDTH / 2
    concrete = (196, 194, 188)

    def at(x: float, y: float) -> tuple[float, float]:
        return (middle + side * x, y)

    c.polygon([at(-700, g), at(-200, g), at(-200, g + 140), at(-700, g + 140)], darker(concrete, 0.15))
    for step in range(3):
        c.polygon(
            [
                at(-700, g + step * 48),
                at(-200, g + step * 48),
                at(-200, g + step * 48 + 12),
                at(-700, g + step * 48 + 12),
            ],
            lighter(concrete, 0.4),
        )
    c.polygon([at(-180, g), at(120, g), at(720, g + 420), at(150, g + 480)], lighter(concrete, 0.15))
    c.polygon([at(120, g), at(720, g + 420), at(720, g + 452), at(120, g + 30)], darker(concrete, 0.3))
    for step in range(1, 9):
        t = step / 9
        c.stroke(
            [at(-180 + 330 * t, g + 480 * t), at(120 + 600 * t, g + 420 * t)],
            AMBER if condition != "bad" else darker(concrete, 0.12),
            9,
        )
    if condition == "bad":
        for dx, dy, size in ((40, 150, 170), (190, 190, 150), (120, 260, 190)):
            x, y = at(dx, g + dy)
            c.panel((x - size / 2, y - size * 0.8, x + size / 2, y + size * 0.1), (186, 146, 98), radius=3, depth=16)
            c.draw.line((x - size / 2, y - size * 0.4, x + size / 2, y - size * 0.4), fill=(222, 204, 164), width=9)
        bike(c, at(360, 0)[0] - 180, g + 400, 400, motor=True)
    else:
        for shift in (0, 70):
            rail = [at(120, g - 150 + shift), at(720, g + 260 + shift)]
            if not (condition == "partial" and shift):
                c.stroke(rail, STEEL, 16)
        for t in (0.0, 0.33, 0.66, 1.0):
            c.stroke([at(120 + 600 * t, g - 150 + 410 * t), at(120 + 600 * t, g + 20 + 410 * t)], STEEL, 12)
    x, y = at(470, g - 60)
    c.panel((x - 75, y - 75, x + 75, y + 75), (38, 96, 168), radius=10, depth=10)
    c.ball(x - 4, y - 44, 13, WHITE)
    c.stroke([(x - 4, y - 28), (x - 2, y + 8), (x + 30, y + 8), (x + 40, y + 40)], WHITE, 12)
    c.draw.arc((x - 42, y - 12, x + 24, y + 54), 40, 260, fill=WHITE, width=9)
    left, _, right, bottom = front.door
    if condition == "good":
        for step in range(5):
            c.draw.ellipse((left + 25 + step * 58, bottom - 230, left + 51 + step * 58, bottom - 204), fill=AMBER)
    if condition == "partial":
        c.polygon([(left - 20, g + 8), (right + 20, g + 8), (right + 50, g + 70), (left - 50, g + 60)], (92, 98, 92))
        c.polygon(
            [(right - 40, g + 8), (right + 20, g + 8), (right + 50, g + 70), (right - 10, g + 30)], (150, 152, 144)
        )


def handwritten_ad(c: Canvas, condition: str) -> None:
    """The glass door: clean, or with third-party and handwritten advertising."""
    c.gradient((0, 0, WIDTH, HEIGHT), (206, 220, 220), (134, 160, 158))
    for _ in range(6):
        c.glow(
            c.rng.uniform(0, WIDTH),
            c.rng.uniform(0, 700),
            c.rng.uniform(120, 260),
            c.rng.choice(((255, 246, 220), (170, 206, 190), WHITE)),
            0.55,
        )
    person(c, c.rng.uniform(200, 1400), 1180, 760)
    gap = c.rng.uniform(620, 980)
    c.draw.rectangle((gap - 16, 0, gap + 16, HEIGHT), fill=(96, 102, 106))
    for side in (-60, 60):
        c.draw.rounded_rectangle((gap + side - 14, 380, gap + side + 14, 840), 14, fill=STEEL)
    c.draw.rectangle((0, HEIGHT * 0.53, WIDTH, HEIGHT * 0.555), fill=LEAF)
    for x in (gap - 320, gap + 320):
        brand_mark(c, x, HEIGHT * 0.42, 84)
        c.text(x, HEIGHT * 0.62, c.rng.choice(("推 PUSH", "拉 PULL")), 56, WHITE)
    if condition in ("bad", "partial"):
        words = ["旺铺转让", "高价收机", "手机贴膜10元", "代办宽带", "招聘店员", "回收旧手机"]
        c.rng.shuffle(words)
        for place in range(4 if condition == "bad" else 1):
            x = c.rng.uniform(80, 300) + (place % 2) * 700
            y = 130 + (place // 2) * 420 + c.rng.uniform(0, 160)
            note(
                c,
                x,
                y,
                c.rng.uniform(300, 420),
                words[place],
                c.rng.choice(((250, 232, 120), WHITE, (250, 190, 190), (206, 232, 250))),
            )
    if condition == "bad":
        stamp(c, gap + 260, 930, 60)
        c.text(gap + 260, 1020, "13X-XXXX-XXXX", 44, RED)
