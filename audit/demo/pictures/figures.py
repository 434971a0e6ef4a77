"""People and things that stand about: figures, plants, bikes, seats."""

from audit.demo.pictures.canvas import GREEN, GREY, INK, LEAF, STEEL, WHITE, Canvas, Colour, darker, lighter

SKINS: tuple[Colour, ...] = ((244, 208, 178), (236, 194, 160), (248, 216, 190))


HAIRS: tuple[Colour, ...] = ((36, 30, 30), (52, 40, 34), (24, 24, 30))


CASUAL: tuple[Colour, ...] = ((196, 92, 74), (88, 116, 178), (222, 168, 82), (140, 102, 160), (96, 110, 96))


UNIFORM: Colour = (30, 92, 84)


def tree(c: Canvas, x: float, base: float, height: float) -> None:
    trunk = (96, 74, 58)
    c.contact(x, base, height * 0.4)
    c.polygon([(x - 16, base), (x - 9, base - height * 0.6), (x + 9, base - height * 0.6), (x + 18, base)], trunk)
    leaf = c.rng.choice(((76, 132, 76), (98, 146, 70), (62, 116, 84)))
    for _ in range(9):
        radius = height * c.rng.uniform(0.12, 0.2)
        c.ball(
            x + c.rng.uniform(-0.24, 0.24) * height,
            base - height * c.rng.uniform(0.55, 0.98),
            radius,
            darker(leaf, c.rng.random() * 0.3),
        )


def plant(c: Canvas, x: float, base: float, height: float) -> None:
    """A pot with long leaves."""
    c.contact(x, base, height * 0.4)
    pot = c.rng.choice(((206, 202, 196), (150, 96, 66), (84, 92, 96)))
    for step in range(11):
        lean = (step - 5) / 5 + c.rng.uniform(-0.1, 0.1)
        tip = (x + lean * height * 0.34, base - height * (1 - abs(lean) * 0.35))
        green = darker((88, 150, 84), c.rng.random() * 0.4)
        c.polygon(
            [
                (x - 8, base - height * 0.28),
                (x + lean * height * 0.1 - 12, base - height * 0.6),
                tip,
                (x + 8, base - height * 0.28),
            ],
            green,
        )
    c.polygon(
        [
            (x - height * 0.15, base - height * 0.32),
            (x + height * 0.15, base - height * 0.32),
            (x + height * 0.11, base),
            (x - height * 0.11, base),
        ],
        pot,
    )
    c.draw.rectangle(
        (x - height * 0.17, base - height * 0.34, x + height * 0.17, base - height * 0.29), fill=lighter(pot, 0.2)
    )


def person(
    c: Canvas,
    x: float,
    base: float,
    height: float,
    *,
    coat: Colour | None = UNIFORM,
    badge: bool = True,
    sitting: bool = False,
) -> None:
    """A stylised figure; `coat=None` wears private clothes."""
    rng = c.rng
    uniform = coat is not None
    skin, hair, dress = rng.choice(SKINS), rng.choice(HAIRS), coat or rng.choice(CASUAL)
    woman = rng.random() < 0.6
    head = height * 0.075
    if not sitting:
        c.contact(x, base, height * 0.3)
        leg = (44, 48, 58) if uniform else rng.choice(((70, 84, 120), (90, 80, 72)))
        for side in (-1, 1):
            c.draw.rounded_rectangle(
                (
                    x + side * height * 0.045 - height * 0.036,
                    base - height * 0.46,
                    x + side * height * 0.045 + height * 0.036,
                    base - height * 0.02,
                ),
                8,
                fill=leg,
            )
            c.draw.rounded_rectangle(
                (
                    x + side * height * 0.05 - height * 0.045,
                    base - height * 0.035,
                    x + side * height * 0.05 + height * 0.045,
                    base,
                ),
                8,
                fill=INK,
            )
    shoulder, waist = base - height * 0.82, base - height * 0.42
    for side in (-1, 1):
        c.stroke(
            [
                (x + side * height * 0.1, shoulder + height * 0.05),
                (x + side * height * 0.14, shoulder + height * 0.22),
                (x + side * height * 0.08, waist - height * 0.02),
            ],
            darker(dress, 0.18),
            height * 0.06,
        )
        c.ball(x + side * height * 0.08, waist - height * 0.02, height * 0.03, skin)
    c.polygon(
        [
            (x - height * 0.125, shoulder + height * 0.02),
            (x - height * 0.05, shoulder - height * 0.02),
            (x + height * 0.05, shoulder - height * 0.02),
            (x + height * 0.125, shoulder + height * 0.02),
            (x + height * 0.1, waist),
            (x - height * 0.1, waist),
        ],
        dress,
    )
    c.polygon(
        [
            (x + height * 0.03, shoulder),
            (x + height * 0.12, shoulder + height * 0.03),
            (x + height * 0.1, waist),
            (x + height * 0.04, waist),
        ],
        darker(dress, 0.12),
    )
    c.draw.rectangle((x - head * 0.35, base - height * 0.87, x + head * 0.35, shoulder), fill=darker(skin, 0.12))
    if uniform:
        c.polygon(
            [
                (x - height * 0.045, shoulder - height * 0.018),
                (x + height * 0.045, shoulder - height * 0.018),
                (x, shoulder + height * 0.1),
            ],
            WHITE,
        )
        c.polygon(
            [(x - 0.02 * height, shoulder), (x + 0.02 * height, shoulder), (x, shoulder + height * 0.07)],
            LEAF if woman else GREEN,
        )
    if badge:
        c.panel(
            (x + height * 0.035, shoulder + height * 0.1, x + height * 0.1, shoulder + height * 0.145),
            WHITE,
            radius=4,
            depth=3,
        )
        c.draw.rectangle(
            (x + height * 0.042, shoulder + height * 0.108, x + height * 0.062, shoulder + height * 0.137), fill=GREEN
        )
    centre = base - height * 0.925
    if woman:
        c.draw.ellipse((x - head * 1.15, centre - head * 1.2, x + head * 1.15, centre + head * 1.1), fill=hair)
    c.ball(x, centre, head, skin)
    c.draw.pieslice((x - head * 1.08, centre - head * 1.15, x + head * 1.08, centre + head * 0.9), 180, 360, fill=hair)
    for side in (-1, 1):
        c.draw.ellipse(
            (x + side * head * 0.38 - 3, centre + head * 0.1, x + side * head * 0.38 + 3, centre + head * 0.1 + 7),
            fill=INK,
        )
    c.draw.arc(
        (x - head * 0.35, centre + head * 0.2, x + head * 0.35, centre + head * 0.62),
        20,
        160,
        fill=(170, 74, 66),
        width=max(2, round(head * 0.1)),
    )


def bike(c: Canvas, x: float, base: float, size: float, *, motor: bool = False) -> None:
    """A bicycle, or an electric scooter."""
    colour = c.rng.choice(((206, 92, 60), (60, 120, 180), (240, 190, 60), (80, 90, 96), (90, 160, 110)))
    radius = size * 0.2
    c.contact(x + size * 0.45, base, size * 1.1, 0.4)
    for wheel in (x + radius, x + size - radius):
        c.draw.ellipse(
            (wheel - radius, base - 2 * radius, wheel + radius, base),
            outline=INK,
            width=round(size * (0.06 if motor else 0.03)),
        )
        c.ball(wheel, base - radius, size * 0.035, STEEL)
    crank = (x + size * 0.5, base - radius)
    saddle, bar = (x + size * 0.36, base - size * 0.5), (x + size * 0.76, base - size * 0.58)
    if motor:
        c.polygon(
            [
                (x + size * 0.1, base - size * 0.44),
                (x + size * 0.5, base - size * 0.44),
                (x + size * 0.56, base - size * 0.2),
                (x + size * 0.74, base - size * 0.22),
                (x + size * 0.7, base - size * 0.12),
                (x + size * 0.2, base - size * 0.14),
            ],
            colour,
        )
        c.draw.rounded_rectangle(
            (x + size * 0.12, base - size * 0.52, x + size * 0.48, base - size * 0.43), 12, fill=INK
        )
    else:
        for line in (
            [(x + radius, base - radius), crank, saddle, (x + radius, base - radius)],
            [crank, bar, saddle],
            [bar, (x + size - radius, base - radius)],
        ):
            c.stroke(line, colour, size * 0.03)
        c.draw.rounded_rectangle(
            (saddle[0] - size * 0.09, saddle[1] - size * 0.05, saddle[0] + size * 0.08, saddle[1]), 6, fill=INK
        )
    c.stroke([(x + size - radius, base - radius), bar, (bar[0] - size * 0.1, bar[1] - size * 0.05)], INK, size * 0.035)


def chair(c: Canvas, x: float, base: float, width: float, colour: Colour) -> None:
    """A waiting seat: shell and chrome feet."""
    c.contact(x, base, width)
    for side in (-0.34, 0.34):
        c.draw.line((x + side * width, base - width * 0.5, x + side * width * 1.1, base), fill=GREY, width=10)
    c.panel((x - width * 0.45, base - width * 1.25, x + width * 0.45, base - width * 0.55), colour, radius=26, depth=10)
    c.panel(
        (x - width * 0.48, base - width * 0.62, x + width * 0.48, base - width * 0.42),
        darker(colour, 0.15),
        radius=20,
        depth=6,
    )
