"""Scenes with people in the middle: staff in a row, the exit meeting, the priority seat."""

from audit.demo.pictures.canvas import AMBER, GREEN, HEIGHT, LEAF, PAPER, STEEL, WHITE, WIDTH, WOOD, Canvas, lighter
from audit.demo.pictures.figures import CASUAL, UNIFORM, chair, person
from audit.demo.pictures.sets import brand_mark, counter, room


def portrait(c: Canvas) -> None:
    """Somebody of the staff from head to waist, in the middle."""
    room(c, 0.8)
    person(c, WIDTH / 2, HEIGHT * 2.05, 2150 + c.rng.uniform(-60, 60))


def uniforms(c: Canvas, condition: str) -> None:
    """Staff in a row: uniform and badge, or somebody in private clothes."""
    ground, _ = room(c, 0.55)
    counter(c, ground - 40, left=60, right=1540)
    count = c.rng.randint(3, 4)
    odd = c.rng.randrange(count)
    coat = c.rng.choice((UNIFORM, (36, 76, 104), (58, 92, 62)))
    for place in range(count):
        x = WIDTH * (place + 0.5 + c.rng.uniform(-0.12, 0.12)) / count
        height, base = c.rng.uniform(800, 900), HEIGHT - c.rng.uniform(30, 90)
        if condition == "bad" and place == odd:
            person(c, x, base, height, coat=c.rng.choice(CASUAL), badge=False)
        else:
            person(c, x, base, height, coat=coat, badge=not (condition == "partial" and place == odd))


def priority(c: Canvas, condition: str) -> None:
    """The seat and lane for elderly, pregnant and disabled customers."""
    ground, _ = room(c, 0.6)
    counter(c, ground - 30, left=60, right=1000)
    colour = AMBER if condition != "bad" else (140, 146, 150)
    for step in range(3):
        chair(c, 260 + step * 330, ground + 370, 270, colour if step < 2 else (140, 146, 150))
    if condition != "bad":
        c.contact(1290, ground + 340, 200)
        c.draw.rectangle((1280, ground - 150, 1300, ground + 330), fill=STEEL)
        c.panel((1130, ground - 400, 1450, ground - 130), GREEN, radius=16, depth=16)
        c.text(1290, ground - 320, "爱心专席", 68, WHITE)
        c.text(1290, ground - 220, "老幼病残孕优先", 40, lighter(LEAF, 0.5))
        if condition == "partial":
            c.panel((200, ground + 70, 360, ground + 240), (186, 146, 98), radius=3, depth=12)
    else:
        for step in range(3):
            x = 160 + step * 300
            c.panel((x, ground + 90, x + 210, ground + 240), (186, 146, 98), radius=3, depth=12)
    brand_mark(c, 1400, 260, 60)


def meeting(c: Canvas, condition: str) -> None:  # noqa: ARG001 - every scene has this form
    """The exit meeting: people around a table before a whiteboard."""
    ground, _ = room(c, 0.5)
    left, right = c.rng.uniform(160, 480), c.rng.uniform(1020, 1440)
    c.panel((left, 150, right, 520), c.rng.choice((WHITE, (226, 236, 226), (60, 90, 80))), radius=8, depth=18)
    c.text((left + right) / 2, 215, "现场沟通会", 70, LEAF)
    c.handwriting((left + 70, 280, right - 90, 500), c.rng.randint(2, 5))
    for step in range(c.rng.randint(3, 4)):
        person(
            c,
            260 + step * 350 + c.rng.uniform(-40, 40),
            ground + 430,
            640,
            sitting=True,
            coat=UNIFORM if step % 2 else None,
            badge=bool(step % 2),
        )
    wood = c.rng.choice((WOOD, (120, 86, 60), (206, 176, 136)))
    c.polygon([(120, ground + 220), (1480, ground + 220), (WIDTH, HEIGHT), (0, HEIGHT)], wood)
    c.draw.line((120, ground + 220, 1480, ground + 220), fill=lighter(wood, 0.4), width=10)
    for step in range(4):
        x = 220 + step * 340 + c.rng.uniform(-30, 30)
        c.polygon([(x, ground + 300), (x + 200, ground + 300), (x + 220, ground + 410), (x - 20, ground + 410)], PAPER)
        c.draw.rounded_rectangle((x + 220, ground + 260, x + 270, ground + 350), 10, fill=WHITE)
