"""Scenes inside the hall: room, zones, counter, machines, seats, safety, people."""

import math

from audit.demo.pictures.canvas import (
    AMBER,
    GREEN,
    GREY,
    HEIGHT,
    INK,
    LEAF,
    PAPER,
    RED,
    WHITE,
    WIDTH,
    WOOD,
    Canvas,
    Colour,
    darker,
    lighter,
)
from audit.demo.pictures.figures import UNIFORM, chair, person, plant
from audit.demo.pictures.sets import counter, monitor, note, poster, room, table


def overview(c: Canvas, condition: str) -> None:  # noqa: ARG001 - every scene has this form
    """The whole hall from its entrance."""
    ground, _ = room(c, 0.5)
    seats = [330 + step * 430 + c.rng.uniform(-40, 40) for step in range(3)]
    for x in seats:
        person(c, x + 100, ground + 60, 430)
    top = counter(c, ground, left=c.rng.uniform(60, 200), right=c.rng.uniform(1380, 1540))
    for x in seats:
        monitor(c, x, top + 12, 150)
    chairs = c.rng.choice(((60, 140, 110), (80, 120, 170), (150, 160, 165)))
    for step in range(c.rng.randint(3, 5)):
        chair(c, 240 + step * 190 + c.rng.uniform(-8, 8), HEIGHT - c.rng.uniform(60, 110), 160, chairs)
    plant(c, c.rng.choice((120, 1480)), HEIGHT - 120, 420)


def surfaces(c: Canvas, condition: str) -> None:
    """Floor, wall and ceiling in a corner: clean, or cobweb, stain and loose cables."""
    ground, wall = room(c, 0.55)
    corner = WIDTH * c.rng.choice((0.22, 0.78))
    c.gradient(
        (0, 120, corner, ground) if corner < WIDTH / 2 else (corner, 120, WIDTH, ground),
        darker(wall, 0.3),
        darker(wall, 0.12),
        across=True,
    )
    c.draw.line((corner, 110, corner, ground), fill=darker(wall, 0.4), width=5)
    plant(c, WIDTH - corner, ground + 150, 430)
    if condition == "good":
        for _ in range(2):
            c.glow(c.rng.uniform(300, 1300), ground + 260, 260, WHITE, 0.45)
        return
    for _ in range(6 if condition == "bad" else 2):
        x = c.rng.uniform(60, 1300)
        y = ground + c.rng.uniform(60, 420)
        line = [(x + step * 12, y + math.sin(step * 0.16 + x) * 50 + math.sin(step * 0.41) * 14) for step in range(44)]
        c.stroke([(px + 5, py + 8) for px, py in line], (90, 88, 86), 12)
        c.stroke(line, c.rng.choice((INK, (60, 62, 66), (196, 120, 60))), 11)
    if condition == "bad":
        reach = 330
        c.glow(corner, 130, 420, darker(wall, 0.6), 0.8)
        direction = 1 if corner < WIDTH / 2 else -1
        for step in range(7):
            angle = step * math.pi / 12
            c.stroke(
                [(corner, 130), (corner + direction * reach * math.cos(angle), 130 + reach * math.sin(angle))],
                (250, 250, 246),
                4,
            )
        for ring in range(1, 6):
            size = reach * ring / 6
            arc = [
                (corner + direction * size * math.cos(step * math.pi / 12), 130 + size * math.sin(step * math.pi / 12))
                for step in range(7)
            ]
            c.stroke(arc, (250, 250, 246), 4)
    for _ in range(5 if condition == "bad" else 2):
        c.glow(
            c.rng.uniform(200, 1400), c.rng.uniform(240, ground - 60), c.rng.uniform(50, 140), darker(wall, 0.45), 0.5
        )
        c.glow(c.rng.uniform(200, 1400), ground + c.rng.uniform(80, 450), c.rng.uniform(60, 170), (84, 74, 62), 0.45)


def climate(c: Canvas, condition: str) -> None:
    """A thermometer on the wall: 24 °C is fine, 30 °C is not."""
    wall = c.rng.choice(((226, 222, 210), (214, 224, 226)))
    c.gradient((0, 0, WIDTH, HEIGHT), lighter(wall, 0.2), darker(wall, 0.2))
    c.panel((120, 70, 1480, 330), (240, 242, 242), radius=30, depth=26)
    for row in range(4):
        c.draw.line((190, 250 + row * 18, 1410, 250 + row * 18), fill=GREY, width=5)
    x, y = c.rng.uniform(520, 700), c.rng.uniform(430, 500)
    c.panel((x, y, x + 420, y + 560), WHITE, radius=40, depth=24)
    value = {"bad": c.rng.uniform(29, 31), "partial": c.rng.uniform(26.6, 27.8)}.get(
        condition, c.rng.uniform(22.5, 25.5)
    )
    c.panel((x + 50, y + 60, x + 370, y + 300), (196, 210, 190), radius=16, depth=0)
    c.text(x + 210, y + 170, f"{value:.1f}℃", 112, (36, 48, 40))
    c.text(x + 210, y + 265, f"湿度 {c.rng.randint(48, 76)}%", 44, (60, 74, 62))
    c.ball(x + 210, y + 430, 64, RED if condition == "bad" else LEAF)
    if condition == "bad":
        note(c, x + 480, y + 120, 330, "空调报修中")


def wayfinding(c: Canvas, condition: str) -> None:
    """Hanging signs over the zones."""
    ground, _ = room(c, 0.66)
    counter(c, ground, left=80, right=c.rng.uniform(760, 1000))
    names = ["业务受理区", "自助服务区", "休息等候区", "新业务体验区"]
    c.rng.shuffle(names)
    count = 2 if condition == "bad" else 3
    for place in range(count):
        width, height = c.rng.uniform(400, 450), c.rng.uniform(120, 150)
        x, y = 60 + place * 510 + c.rng.uniform(0, 40), 190 + c.rng.uniform(0, 90)
        missing = condition == "bad" and place == 1
        for rope in (0.15, 0.85):
            c.draw.line((x + width * rope, 60, x + width * rope, y), fill=GREY, width=5)
        c.panel((x, y, x + width, y + height), (226, 226, 220) if missing else GREEN, radius=12, depth=20)
        if missing:
            c.text(x + width / 2, y + height / 2, names[place][:2] + "　　", 62, (196, 198, 190))
        else:
            c.text(x + width / 2, y + height / 2, names[place], 66, WHITE)
        if condition == "partial" and place == 2:
            poster(c, (x + width * 0.3, y + 20, x + width * 0.9, y + 300))
    if condition == "good":
        c.polygon(
            [(700, HEIGHT - 60), (900, HEIGHT - 60), (860, ground + 130), (740, ground + 130)], lighter(LEAF, 0.2)
        )
        c.polygon([(800, ground + 60), (900, ground + 150), (700, ground + 150)], lighter(LEAF, 0.2))
    person(c, c.rng.uniform(1080, 1330), ground + 330, 560)


def desk(c: Canvas, condition: str) -> None:
    """A counter from the customer's side: tidy, or with food, cups and no "closed" sign."""
    ground, _ = room(c, 0.5)
    c.glow(800, 260, 500, WHITE, 0.25)
    attended = condition == "good"
    seat = c.rng.uniform(600, 1000)
    if attended:
        person(c, seat, ground + 260, 640)
    else:
        c.panel((seat - 110, ground - 260, seat + 110, ground + 60), (62, 66, 72), radius=50, depth=16)
    top = counter(c, ground + 130, left=30, right=1570)
    monitor(c, seat - 330, top + 8, 260, lit=condition != "bad")
    number = c.rng.randint(1, 9)
    c.panel((seat + 240, top - 170, seat + 400, top), WHITE, radius=8, depth=10)
    c.text(seat + 320, top - 105, f"{number}", 90, GREEN)
    c.text(seat + 320, top - 35, "号台席", 34, INK)
    if attended:
        c.panel((seat - 120, top - 26, seat + 90, top + 6), PAPER, radius=3, depth=4)
        plant(c, seat + 520, top + 4, 130)
        return
    things: list[Colour] = [AMBER, (206, 92, 60), (120, 180, 210), (236, 236, 230), LEAF, (150, 84, 150)]
    for _ in range(9 if condition == "bad" else 4):
        x, colour, size = c.rng.uniform(80, 1480), c.rng.choice(things), c.rng.uniform(50, 110)
        if c.rng.random() < 0.45:
            c.draw.rounded_rectangle((x, top - size * 1.5, x + size * 0.7, top + 6), 10, fill=colour)
            c.draw.ellipse((x, top - size * 1.62, x + size * 0.7, top - size * 1.38), fill=lighter(colour, 0.4))
        else:
            c.panel((x, top - size * 0.5, x + size * 1.7, top + 6), colour, radius=6, depth=6)
    if condition == "partial":
        c.panel((seat - 90, top - 110, seat + 110, top), RED, radius=8, depth=8)
        c.text(seat + 10, top - 56, "暂停服务", 44, WHITE)


def machine(c: Canvas, condition: str) -> None:
    """The queue or self-service machine with its screen, working or with a fault notice."""
    ground, _ = room(c, 0.68)
    x = c.rng.uniform(480, 820)
    width, top = c.rng.uniform(360, 430), c.rng.uniform(150, 220)
    body = c.rng.choice((WHITE, (64, 96, 90), (206, 210, 212)))
    bottom = ground + 260
    c.contact(x + width / 2, bottom, width * 1.3, 0.6)
    c.panel((x, top, x + width, bottom), body, radius=30, depth=30)
    c.draw.rounded_rectangle((x, top, x + width, top + 90), 30, fill=GREEN)
    c.text(x + width / 2, top + 46, c.rng.choice(("排队取号机", "自助服务终端")), 48, WHITE)
    screen = (x + 36, top + 120, x + width - 36, top + 430)
    c.draw.rounded_rectangle(screen, 12, fill=(28, 32, 36))
    inner = (screen[0] + 14, screen[1] + 14, screen[2] - 14, screen[3] - 14)
    if condition == "bad":
        c.text((screen[0] + screen[2]) / 2, (screen[1] + screen[3]) / 2, "系统故障", 42, (120, 60, 60))
    else:
        c.gradient(inner, (96, 178, 196), (40, 110, 150))
        for row in range(3):
            for column in range(2):
                left, upper = inner[0] + 16 + column * (width - 110) / 2, inner[1] + 20 + row * 86
                c.draw.rounded_rectangle((left, upper, left + (width - 150) / 2, upper + 66), 12, fill=(240, 250, 250))
        c.glow((screen[0] + screen[2]) / 2, (screen[1] + screen[3]) / 2, 260, (160, 220, 240), 0.35)
    c.draw.rounded_rectangle((x + width * 0.25, top + 470, x + width * 0.75, top + 500), 12, fill=INK)
    if condition != "bad":
        c.panel((x + width * 0.33, top + 486, x + width * 0.67, top + 600), PAPER, radius=3, depth=8)
        c.text(x + width / 2, top + 540, f"A{c.rng.randint(10, 99):03d}", 50, INK)
    if condition == "bad":
        note(c, x + 20, top + 220, width - 40, "故障 暂停使用", WHITE)
    elif condition == "partial":
        note(c, x + width * 0.25, top + 620, width * 0.5, "缺纸")
    side = -1 if x > 640 else 1
    poster(c, (x + width / 2 + side * 560 - 110, top + 60, x + width / 2 + side * 560 + 110, top + 400))
    person(c, x + width / 2 + side * 420, bottom + 30, 700, coat=None if c.rng.random() < 0.6 else UNIFORM, badge=False)


def waiting(c: Canvas, condition: str) -> None:
    """Seats, water dispenser and the convenience shelf."""
    ground, _ = room(c, 0.58)
    colour = c.rng.choice(((60, 140, 110), (80, 120, 170), (206, 130, 70), (140, 146, 150)))
    seats = 3
    start = c.rng.choice((140, 620))
    for step in range(seats):
        x = start + 110 + step * 230
        chair(c, x, ground + 330, 215, colour)
        if condition == "bad" and step == 1:
            c.polygon(
                [(x - 60, ground + 80), (x + 30, ground + 60), (x + 70, ground + 160), (x - 40, ground + 180)],
                (226, 206, 160),
            )
            note(c, x - 90, ground + 30, 190, "已损坏", WHITE)
    x = start - 480 if start > 400 else 1000
    x = max(x, 60)
    c.contact(x + 110, ground + 210, 240, 0.6)
    c.panel((x, ground - 270, x + 210, ground + 210), (238, 242, 242), radius=16, depth=18)
    c.draw.rectangle((x + 40, ground - 110, x + 170, ground - 20), fill=(70, 76, 80))
    for tap, tint in ((0.35, RED), (0.65, (60, 120, 190))):
        c.draw.rectangle((x + 210 * tap - 12, ground - 110, x + 210 * tap + 12, ground - 70), fill=tint)
    if condition != "bad":
        c.draw.rounded_rectangle((x + 35, ground - 470, x + 175, ground - 265), 30, fill=(150, 200, 226))
        c.glow(x + 80, ground - 400, 60, WHITE, 0.6)
    shelf = x + 250
    c.panel((shelf, ground - 330, shelf + 260, ground + 180), WOOD, radius=8, depth=16)
    labels = ("雨伞", "老花镜", "充电器")
    for row, label in enumerate(labels):
        y = ground - 300 + row * 160
        c.draw.rectangle((shelf + 16, y, shelf + 244, y + 130), fill=darker(WOOD, 0.4))
        c.text(shelf + 130, y + 112, label, 30, PAPER)
        empty = condition == "bad" or (condition == "partial" and row != 0)
        if not empty:
            for item in range(4):
                tint = c.rng.choice((RED, AMBER, (70, 120, 180), LEAF, WHITE))
                c.draw.rounded_rectangle((shelf + 32 + item * 52, y + 18, shelf + 66 + item * 52, y + 90), 8, fill=tint)
    poster(c, (start + 180, 200, start + 400, 490), "便民服务")


def fire(c: Canvas, condition: str) -> None:
    """Two extinguishers in their box, gauge and tag, and the way to the exit."""
    ground, _ = room(c, 0.72)
    x = c.rng.uniform(260, 760)
    c.panel((x - 30, ground - 110, x + 470, ground + 210), (190, 40, 36), radius=10, depth=24)
    c.text(x + 220, ground + 150, "灭火器箱", 66, WHITE)
    for step in range(2):
        left = x + 40 + step * 210
        c.panel((left, ground - 430, left + 150, ground + 30), (212, 44, 38), radius=56, depth=14)
        c.draw.rectangle((left + 50, ground - 490, left + 100, ground - 420), fill=(60, 62, 64))
        c.stroke([(left + 96, ground - 470), (left + 190, ground - 440), (left + 176, ground - 220)], INK, 16)
        c.draw.rounded_rectangle((left + 20, ground - 300, left + 130, ground - 130), 8, fill=PAPER)
        c.scribble((left + 32, ground - 285, left + 118, ground - 140), 6)
        gauge = (left + 75, ground - 380)
        c.ball(gauge[0], gauge[1], 42, WHITE)
        box = (gauge[0] - 36, gauge[1] - 36, gauge[0] + 36, gauge[1] + 36)
        for begin, end, tint in ((160, 220, RED), (220, 320, LEAF), (320, 380, AMBER)):
            c.draw.arc(box, begin, end, fill=tint, width=10)
        low = condition == "bad" or (condition == "partial" and step == 1)
        angle = math.radians(190 if low else 270)
        c.stroke([gauge, (gauge[0] + 30 * math.cos(angle), gauge[1] + 30 * math.sin(angle))], INK, 5)
    year = "2026" if condition == "good" else "2024"
    c.panel((x + 470, ground - 360, x + 650, ground - 110), (250, 236, 150), radius=6, depth=10)
    c.text(x + 560, ground - 320, "检查卡", 44, INK)
    c.text(x + 560, ground - 260, year, 44, RED if year == "2024" else GREEN)
    c.scribble((x + 490, ground - 220, x + 630, ground - 130), 4)
    door = x + 720 if x < 520 else 40
    c.gradient((door, ground - 560, door + 250, ground), (196, 214, 206), (140, 166, 156))
    c.panel((door + 10, ground - 660, door + 240, ground - 580), (30, 150, 90), radius=8, depth=8)
    c.text(door + 125, ground - 620, "安全出口", 46, WHITE)
    if condition == "bad":
        for step in range(5):
            left, size = door - 20 + (step % 3) * 100, c.rng.uniform(120, 170)
            base = ground + 110 - (step // 3) * 150
            c.panel((left, base - size, left + size * 1.1, base), (186, 146, 98), radius=3, depth=12)
            c.draw.line((left, base - size / 2, left + size * 1.1, base - size / 2), fill=(226, 208, 170), width=10)


def secure(c: Canvas, condition: str) -> None:
    """A counter top: papers locked away, or copies of identity cards in the open."""
    edge = table(c, 0.3)
    monitor(c, c.rng.uniform(300, 500), edge + 120, 420)
    c.panel((980, edge - 80, 1480, edge + 420), (176, 182, 186), radius=10, depth=20)
    for row in range(3):
        y = edge - 60 + row * 155
        c.draw.rounded_rectangle((1000, y, 1460, y + 140), 6, fill=(200, 206, 210), outline=GREY, width=3)
        c.draw.rectangle((1190, y + 60, 1270, y + 76), fill=INK)
        c.ball(1420, y + 40, 12, AMBER)
    if condition == "good":
        c.panel((240, edge + 320, 760, edge + 640), GREEN, radius=8, depth=14)
        c.text(500, edge + 480, "客户资料袋", 72, WHITE)
        return
    for _ in range(6 if condition == "bad" else 2):
        x, y = c.rng.uniform(120, 760), edge + c.rng.uniform(230, 560)
        c.panel((x, y, x + 330, y + 210), (206, 224, 236), radius=12, depth=12)
        c.draw.rectangle((x + 220, y + 40, x + 305, y + 150), fill=(150, 160, 170))
        c.ball(x + 262, y + 80, 26, (196, 176, 156))
        c.scribble((x + 26, y + 40, x + 200, y + 150), 4, (110, 130, 150))
        c.draw.rectangle((x + 26, y + 165, x + 300, y + 190), fill=(120, 130, 140))


def touchpoints(c: Canvas, condition: str) -> None:
    """The campaign at entrance, counter and waiting area."""
    ground, _ = room(c, 0.58)
    top = counter(c, ground, left=520, right=1560)
    colour = c.rng.choice(((224, 96, 60), (52, 118, 178), (242, 178, 66), (150, 84, 150)))
    title = c.rng.choice(("流量加倍送", "宽带提速季", "家庭畅享包", "开学优惠季"))
    count = {"bad": 0, "partial": 1}.get(condition, 4)
    if count:
        c.contact(240, HEIGHT - 90, 330)
        poster(c, (100, 300, 380, HEIGHT - 100), title, colour=colour)
    if count > 1:
        for step in range(3):
            x = 660 + step * 330 + c.rng.uniform(-30, 30)
            c.draw.line((x + 70, 60, x + 70, 170), fill=GREY, width=4)
            poster(c, (x, 170, x + 160, 390), title, colour=colour, small=True)
            poster(c, (x + 60, top - 130, x + 150, top), colour=colour, small=True)
    if condition == "bad":
        c.panel((120, 420, 370, 1020), (222, 222, 216), radius=4, depth=14)
        c.draw.line((150, 1020, 340, 1020), fill=GREY, width=20)
    person(c, c.rng.uniform(900, 1400), ground + 330, 520, coat=None if condition == "bad" else UNIFORM)
