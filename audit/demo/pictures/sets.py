"""What scenes are made of: rooms, streets, people, plants, furniture, boards and sheets of paper."""

import math
from dataclasses import dataclass

from audit.demo.pictures.canvas import (
    GREEN,
    HEIGHT,
    INK,
    LEAF,
    PAPER,
    RED,
    SKY,
    STEEL,
    WHITE,
    WIDTH,
    WOOD,
    Box,
    Canvas,
    Colour,
    darker,
    lighter,
    mix,
)
from audit.demo.pictures.figures import tree

WALLS: tuple[Colour, ...] = (
    (232, 226, 212), (222, 230, 226), (238, 232, 222), (214, 224, 230), (230, 220, 208), (240, 238, 230),
    (206, 222, 208),
)  # fmt: skip
FLOORS: tuple[Colour, ...] = ((190, 184, 172), (172, 178, 180), (204, 192, 170), (158, 150, 142), (214, 210, 202))


def brand_mark(c: Canvas, x: float, y: float, radius: float, colour: Colour = GREEN) -> None:
    """The fictional operator's mark: two hills over a river in a disc."""
    c.draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    r = radius * 0.62
    c.polygon([(x - r, y + r * 0.35), (x - r * 0.2, y - r * 0.8), (x + r * 0.3, y + r * 0.35)], WHITE)
    c.polygon([(x, y + r * 0.35), (x + r * 0.5, y - r * 0.35), (x + r, y + r * 0.35)], lighter(colour, 0.7))
    c.draw.rectangle((x - r, y + r * 0.48, x + r, y + r * 0.7), fill=WHITE)


def room(c: Canvas, horizon: float = 0.62) -> tuple[float, Colour]:
    """A hall: ceiling with lamps, wall, tiled floor. Gives the y where wall and floor meet, and the wall's colour."""
    rng = c.rng
    wall, floor = rng.choice(WALLS), rng.choice(FLOORS)
    ceiling = HEIGHT * rng.uniform(0.08, 0.15)
    ground = HEIGHT * (horizon + rng.uniform(-0.04, 0.04))
    c.gradient((0, 0, WIDTH, ceiling), (226, 228, 228), (246, 246, 242))
    c.gradient((0, ceiling, WIDTH, ground), lighter(wall, 0.15), darker(wall, 0.1))
    c.gradient((0, ground, WIDTH, HEIGHT), darker(floor, 0.22), lighter(floor, 0.1))
    vanishing = WIDTH * rng.uniform(0.3, 0.7)
    seam = darker(floor, 0.3)
    for step in range(-9, 22):
        c.draw.line((vanishing + (step - 6) * 46, ground, vanishing + (step - 6) * 260, HEIGHT), fill=seam, width=2)
    depth = ground
    for step in range(1, 7):
        depth += (HEIGHT - ground) * step / 21
        c.draw.line((0, depth, WIDTH, depth), fill=seam, width=2)
    c.draw.rectangle((0, ground - 22, WIDTH, ground), fill=darker(wall, 0.35))
    accent = rng.choice((GREEN, LEAF, (70, 140, 120)))
    if rng.random() < 0.6:
        band = ceiling + rng.uniform(20, 90)
        c.draw.rectangle((0, band, WIDTH, band + rng.uniform(14, 46)), fill=accent)
    for step in range(rng.randint(2, 4)):
        x = WIDTH * (step + rng.uniform(0.25, 0.75)) / 4
        c.draw.rounded_rectangle((x - 90, ceiling * 0.35, x + 90, ceiling * 0.62), 10, fill=(255, 255, 246))
        c.glow(x, ceiling * 0.5, 240, (255, 252, 232), 0.5)
        c.glow(x, ground + (HEIGHT - ground) * 0.5, 200, lighter(floor, 0.5), 0.4)
    return ground, wall


def close_wall(c: Canvas) -> Colour:
    """A piece of wall seen from near, for what hangs on it."""
    wall = c.rng.choice(WALLS)
    c.gradient((0, 0, WIDTH, HEIGHT), lighter(wall, 0.25), darker(wall, 0.16), across=c.rng.random() < 0.5)
    kind = c.rng.randrange(3)
    if kind == 0:
        pitch = c.rng.randint(180, 320)
        for x in range(c.rng.randrange(pitch), WIDTH, pitch):
            c.draw.line((x, 0, x, HEIGHT), fill=darker(wall, 0.14), width=5)
    elif kind == 1:
        y = HEIGHT * c.rng.uniform(0.74, 0.9)
        c.gradient((0, y, WIDTH, HEIGHT), darker(wall, 0.4), darker(wall, 0.55))
        c.draw.line((0, y, WIDTH, y), fill=lighter(wall, 0.5), width=6)
    else:
        c.draw.rectangle((0, 0, WIDTH, HEIGHT * c.rng.uniform(0.06, 0.14)), fill=mix(GREEN, wall, 0.15))
    return wall


def table(c: Canvas, top: float = 0.5) -> float:
    """A table top before a blurred hall; gives the y of its far edge."""
    rng = c.rng
    back = rng.choice(WALLS)
    edge = HEIGHT * (top + rng.uniform(-0.05, 0.05))
    c.gradient((0, 0, WIDTH, edge), lighter(back, 0.2), darker(back, 0.22))
    for _ in range(5):
        colour = rng.choice((GREEN, LEAF, (220, 210, 180), SKY, WOOD))
        c.glow(rng.uniform(0, WIDTH), rng.uniform(0, edge), rng.uniform(90, 240), colour, 0.4)
    surface = rng.choice(((196, 156, 112), (226, 222, 214), (150, 112, 80), (206, 212, 210)))
    c.gradient((0, edge, WIDTH, HEIGHT), darker(surface, 0.16), lighter(surface, 0.18))
    c.draw.line((0, edge, WIDTH, edge), fill=darker(surface, 0.35), width=5)
    for _ in range(6):
        y = edge + rng.random() * (HEIGHT - edge)
        c.draw.line((0, y, WIDTH, y + rng.uniform(-24, 24)), fill=darker(surface, 0.07), width=3)
    return edge


@dataclass(frozen=True, slots=True)
class Front:
    """Where the parts of a shop front are."""

    ground: float
    sign: Box
    door: Box
    windows: tuple[Box, ...]
    dusk: bool


def street(c: Canvas, *, dusk: bool | None = None, ground: float = 0.78) -> Front:
    """A hall from outside: sky, building, sign band (empty), glass door and windows, pavement."""
    rng = c.rng
    dark = rng.random() < 0.35 if dusk is None else dusk
    base = HEIGHT * (ground + rng.uniform(-0.04, 0.03))
    sky = (
        ((58, 70, 112), (196, 140, 120))
        if dark
        else (rng.choice((SKY, (170, 200, 222), (190, 200, 206))), (228, 234, 236))
    )
    c.gradient((0, 0, WIDTH, HEIGHT * 0.3), *sky)
    roof = HEIGHT * rng.uniform(0.02, 0.14)
    stone = rng.choice(((196, 186, 172), (176, 168, 160), (206, 196, 176), (160, 150, 146), (190, 196, 198)))
    if dark:
        stone = darker(stone, 0.35)
    c.gradient((0, roof, WIDTH, base), lighter(stone, 0.1), darker(stone, 0.15))
    for y in range(round(roof) + 30, round(base), 58):
        c.draw.line((0, y, WIDTH, y), fill=darker(stone, 0.12), width=2)
    pavement = darker(rng.choice(FLOORS), 0.3 if dark else 0.05)
    c.gradient((0, base, WIDTH, HEIGHT), darker(pavement, 0.2), lighter(pavement, 0.08))
    for step in range(-6, 16):
        c.draw.line((step * 120 + 100, base, step * 230 - 300, HEIGHT), fill=darker(pavement, 0.22), width=2)
    top = HEIGHT * rng.uniform(0.16, 0.22)
    sign = (60.0 + rng.uniform(0, 110), top, WIDTH - 60 - rng.uniform(0, 110), top + HEIGHT * rng.uniform(0.13, 0.17))
    shop_top = sign[3] + 24
    middle = WIDTH * rng.choice((0.3, 0.5, 0.7))
    door = (middle - 150, shop_top + 20, middle + 150, base)
    windows = (
        (sign[0] + 20, shop_top + 20, door[0] - 26, base - 70),
        (door[2] + 26, shop_top + 20, sign[2] - 20, base - 70),
    )
    for pane in (*windows, door):
        _glass(c, pane, dark)
    for left, upper, right, lower in windows:
        for _ in range(max(1, round((right - left) / 330))):
            x = rng.uniform(left + 60, max(left + 61, right - 160))
            poster(c, (x, upper + 60, min(x + 130, right - 10), min(upper + 250, lower - 10)), small=True)
    c.draw.line((middle, door[1], middle, door[3]), fill=STEEL, width=8)
    for side in (-26, 26):
        c.draw.rounded_rectangle((middle + side - 6, base - 260, middle + side + 6, base - 120), 6, fill=STEEL)
    if rng.random() < 0.5:
        tree(c, rng.choice((30, WIDTH - 40)), base + 40, rng.uniform(420, 640))
    return Front(base, sign, door, windows, dark)


def _glass(c: Canvas, box: Box, dark: bool) -> None:
    left, top, right, bottom = box
    if right - left < 30:
        return
    inside = ((255, 236, 186), (226, 186, 120)) if dark else ((150, 178, 184), (96, 116, 120))
    c.draw.rectangle((left - 8, top - 8, right + 8, bottom + 4), fill=(92, 98, 102))
    c.gradient(box, *inside)
    counter = top + (bottom - top) * 0.62
    c.draw.rectangle((left, counter, right, bottom), fill=mix(inside[1], GREEN, 0.4))
    for step in range(2):
        x = left + (right - left) * (0.2 + 0.45 * step)
        c.polygon([(x, top), (x + 60, top), (x - 80, bottom), (x - 140, bottom)], lighter(inside[0], 0.22))
    c.draw.rectangle((left - 8, top, left, bottom), fill=(92, 98, 102))


def poster(c: Canvas, box: Box, title: str = "", *, small: bool = False, colour: Colour | None = None) -> None:
    """A printed poster: coloured ground, a big figure, lines of text."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    if width < 20 or height < 20:
        return
    ground = colour or c.rng.choice((GREEN, (224, 96, 60), (52, 118, 178), (242, 178, 66), (150, 84, 150), LEAF))
    c.panel(box, ground, radius=4, depth=4 if small else 12)
    c.gradient((left + 4, top + 4, right - 4, top + height * 0.62), lighter(ground, 0.25), ground)
    c.ball(
        left + width * c.rng.uniform(0.3, 0.7),
        top + height * 0.36,
        width * c.rng.uniform(0.16, 0.26),
        lighter(ground, 0.6),
    )
    c.draw.rounded_rectangle(
        (left + width * 0.42, top + height * 0.2, left + width * 0.58, top + height * 0.52), 8, fill=darker(ground, 0.5)
    )
    c.scribble(
        (left + width * 0.1, top + height * 0.66, right - width * 0.1, bottom - height * 0.05), 4, lighter(ground, 0.75)
    )
    if title:
        c.text(left + width / 2, top + height * 0.11, title, width * 0.86 / max(4, len(title)), WHITE)


def frame(
    c: Canvas,
    box: Box,
    title: str,
    *,
    paper: Colour = PAPER,
    rim: Colour = (150, 116, 74),
    seal: bool = False,
    lines: int = 8,
) -> None:
    """A framed sheet behind glass, with a title and small print."""
    left, top, right, bottom = box
    width = right - left
    c.panel(box, rim, radius=6, depth=16)
    inner = (left + width * 0.045, top + width * 0.045, right - width * 0.045, bottom - width * 0.045)
    c.draw.rectangle(inner, fill=paper)
    c.polygon(
        [(inner[0], inner[1]), (inner[0] + width * 0.3, inner[1]), (inner[0], inner[1] + width * 0.4)],
        lighter(paper, 0.5),
    )
    c.text(left + width / 2, top + width * 0.16, title, min(width * 0.8 / max(4, len(title)), 70), INK)
    c.scribble((left + width * 0.12, top + width * 0.28, right - width * 0.12, bottom - width * 0.14), lines)
    if seal:
        stamp(c, right - width * 0.27, bottom - width * 0.24, width * 0.13)


def stamp(c: Canvas, x: float, y: float, radius: float) -> None:
    """A round red seal with a star."""
    c.draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=RED, width=max(3, round(radius * 0.1)))
    points = [
        (
            x + radius * (0.5 if step % 2 == 0 else 0.2) * math.sin(step * math.pi / 5),
            y - radius * (0.5 if step % 2 == 0 else 0.2) * math.cos(step * math.pi / 5),
        )
        for step in range(10)
    ]
    c.polygon(points, RED)


def note(c: Canvas, x: float, y: float, width: float, words: str, colour: Colour = (250, 232, 120)) -> None:
    """A handwritten notice stuck on with tape, slightly askew."""
    height = width * 0.7
    skew = c.rng.uniform(-0.08, 0.08) * width
    c.shadow((x + 6, y + 8, x + width, y + height), 10, 0.35)
    c.polygon(
        [
            (x, y + skew),
            (x + width, y - skew),
            (x + width + skew * 0.5, y + height - skew),
            (x + skew * 0.5, y + height + skew),
        ],
        colour,
    )
    c.polygon(
        [
            (x + width * 0.36, y - 14),
            (x + width * 0.64, y - 16),
            (x + width * 0.64, y + 16),
            (x + width * 0.36, y + 18),
        ],
        (236, 228, 206),
    )
    size = min(width * 0.8 / max(1, len(words)), height * 0.4)
    c.text(x + width / 2, y + height * 0.46, words, size, (40, 44, 70))
    c.handwriting((x + width * 0.15, y + height * 0.66, x + width * 0.8, y + height * 0.94), 1, (40, 44, 70))


def counter(c: Canvas, ground: float, *, left: float = 120, right: float = 1480, height: float = 330) -> float:
    """A service counter across the hall; gives the y of its top."""
    top = ground - height * 0.35
    front = c.rng.choice(((238, 240, 236), (214, 190, 156), (226, 226, 220)))
    c.contact((left + right) / 2, ground + height * 0.62, right - left, 0.4)
    c.gradient((left, top, right, ground + height * 0.62), lighter(front, 0.1), darker(front, 0.2))
    c.draw.rectangle((left, top + 64, right, top + 92), fill=GREEN)
    c.panel((left - 24, top - 18, right + 24, top + 20), lighter(front, 0.3), radius=10, depth=12)
    return top - 18


def monitor(c: Canvas, x: float, base: float, width: float, *, lit: bool = True) -> None:
    """A computer screen from the back or side of a counter."""
    height = width * 0.66
    c.draw.rectangle((x - 12, base - 40, x + 12, base), fill=(70, 74, 78))
    c.panel((x - width / 2, base - 40 - height, x + width / 2, base - 30), (52, 56, 60), radius=8, depth=8)
    c.gradient(
        (x - width * 0.45, base - 30 - height, x + width * 0.45, base - 46),
        (120, 190, 200) if lit else (40, 44, 48),
        (60, 120, 150) if lit else (30, 32, 36),
    )
