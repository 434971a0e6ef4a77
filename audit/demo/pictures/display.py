"""Scenes of what hangs, lies and stands for customers: boards, posters, racks, screens, handsets, gifts, papers."""

from audit.demo.pictures.canvas import (
    AMBER,
    GREEN,
    GREY,
    HEIGHT,
    INK,
    LEAF,
    PAPER,
    RED,
    STEEL,
    WHITE,
    WIDTH,
    WOOD,
    Canvas,
    Colour,
    darker,
    lighter,
)
from audit.demo.pictures.figures import person
from audit.demo.pictures.sets import brand_mark, close_wall, note, poster, room, table


def tariffs(c: Canvas, condition: str) -> None:
    """The tariff board with its price columns."""
    close_wall(c)
    left, top = c.rng.uniform(110, 360), c.rng.uniform(70, 200)
    right, bottom = WIDTH - c.rng.uniform(110, 360), HEIGHT - c.rng.uniform(100, 260)
    board = c.rng.choice((WHITE, (238, 246, 240), (250, 246, 232), (196, 214, 204)))
    c.panel((left, top, right, bottom), board, radius=12, depth=26, rim=STEEL)
    c.draw.rectangle((left + 8, top + 8, right - 8, top + 130), fill=GREEN)
    brand_mark(c, left + 90, top + 70, 44, lighter(GREEN, 0.25))
    c.text((left + right) / 2, top + 70, "资费公示栏", 88, WHITE)
    rows = 7
    pitch = (bottom - top - 190) / rows
    for row in range(rows):
        y = top + 160 + row * pitch
        if row % 2 == 0:
            c.draw.rectangle((left + 30, y, right - 30, y + pitch), fill=darker(board, 0.06))
        c.text(
            left + 60,
            y + pitch / 2,
            c.rng.choice(("畅享套餐", "家庭宽带", "流量月包", "国内通话", "校园套餐", "长者套餐")),
            44,
            INK,
            anchor="lm",
        )
        c.scribble((left + 360, y + pitch * 0.3, right - 380, y + pitch * 0.8), 2)
        if (condition == "bad" and row % 2) or (condition == "partial" and row == 3):
            c.draw.rectangle((right - 330, y + 12, right - 60, y + pitch - 12), fill=(206, 206, 198))
        else:
            c.text(
                right - 70, y + pitch / 2, f"{c.rng.choice((8, 18, 28, 38, 58, 88, 128))}元/月", 46, RED, anchor="rm"
            )
    if condition == "bad":
        note(c, left + 420, top + 320, 420, "价格问店员")


def expired(c: Canvas, condition: str) -> None:
    """Posters with their dates: current ones, or last year's still hanging."""
    close_wall(c)
    width = c.rng.uniform(400, 440)
    for place in range(3):
        x, y = 90 + place * 490 + c.rng.uniform(0, 50), c.rng.uniform(130, 230)
        poster(c, (x, y, x + width, y + 700), c.rng.choice(("流量加倍送", "宽带提速季", "家庭畅享包", "话费返还")))
        old = condition == "bad" or (condition == "partial" and place == 1)
        c.panel((x + 40, y + 590, x + width - 40, y + 668), WHITE, radius=6, depth=0)
        until = c.rng.choice(("2024.12.31", "2025.03.31")) if old else "2026.12.31"
        c.text(x + width / 2, y + 628, f"至{until}", 46, RED if old else INK)
        if old:
            c.polygon([(x + width - 90, y), (x + width, y), (x + width, y + 100)], (226, 222, 210))


def campaign_kit(c: Canvas, condition: str) -> None:
    """The kit of the current campaign: roll-up, table card, leaflets, hangers."""
    edge = table(c, 0.55)
    title = c.rng.choice(("流量加倍送", "宽带提速季", "家庭畅享包", "开学优惠季"))
    colour = c.rng.choice(((224, 96, 60), (52, 118, 178), (242, 178, 66), (150, 84, 150)))
    if condition == "bad":
        c.panel((360, edge - 120, 1240, edge + 330), (186, 146, 98), radius=6, depth=26)
        c.draw.line((360, edge + 100, 1240, edge + 100), fill=(226, 208, 170), width=36)
        c.text(800, edge + 210, "主推物料 未拆封", 72, darker(WOOD, 0.6))
        return
    poster(
        c, (c.rng.uniform(60, 260), c.rng.uniform(40, 200), c.rng.uniform(500, 620), edge + 260), title, colour=colour
    )
    if condition != "partial":
        for step in range(3):
            x, y = 690 + step * 270 + c.rng.uniform(0, 60), c.rng.uniform(30, 120)
            c.draw.line((x + 90, 0, x + 90, y), fill=GREY, width=5)
            poster(c, (x, y, x + 190, y + c.rng.uniform(200, 270)), title, colour=colour, small=True)
    for step in range(1 if condition == "partial" else 3):
        x = 680 + step * 300 + c.rng.uniform(-20, 20)
        c.polygon(
            [(x, edge + 180), (x + 200, edge + 180), (x + 230, edge + 230), (x - 30, edge + 230)], darker(colour, 0.3)
        )
        poster(c, (x, edge - 90, x + 200, edge + 190), title, colour=colour)
    for step in range(5):
        x = 640.0 + step * 16
        c.panel((x, edge + 320 - step * 8, x + 420, edge + 520 - step * 8), lighter(colour, 0.5), radius=3, depth=6)


def brand(c: Canvas, condition: str) -> None:
    """The brand wall behind the counter: right colours, or a stretched, faded or home-made one."""
    wall = c.rng.choice((WHITE, (226, 236, 230), (206, 180, 146)))
    c.gradient((0, 0, WIDTH, HEIGHT), lighter(wall, 0.2), darker(wall, 0.18))
    for seam in range(0, WIDTH, c.rng.randint(120, 260)):
        c.draw.line((seam, 0, seam, HEIGHT), fill=darker(wall, 0.1), width=4)
    x, y = c.rng.uniform(330, 460), c.rng.uniform(360, 520)
    colour: Colour = {"bad": (196, 120, 40), "partial": (120, 176, 150)}.get(condition, GREEN)
    c.shadow((x - 140, y - 130, x + 140, y + 150), 24, 0.3)
    brand_mark(c, x, y, 150, colour)
    size = 190 if condition != "bad" else 150
    c.text(x + 560 + 6, y - 20 + 8, "渝移通信", size, (110, 116, 112))
    c.text(x + 560, y - 20, "渝移通信", size, colour)
    c.text(x + 560, y + 130, "服 务 每 一 步", 62, GREY)
    if condition == "bad":
        c.text(x + 560, y + 230, "诚信手机大卖场", 96, RED)
    if condition == "partial":
        for _ in range(14):
            c.glow(c.rng.uniform(x - 150, x + 1000), y + c.rng.uniform(-150, 160), c.rng.uniform(30, 80), wall, 0.7)
    c.gradient((0, 940, WIDTH, HEIGHT), darker(wall, 0.45), darker(wall, 0.6))
    c.draw.rectangle((0, 930, WIDTH, 952), fill=GREEN)
    if c.rng.random() < 0.7:
        person(c, c.rng.uniform(200, 1400), 1250, 700)


def leaflets(c: Canvas, condition: str) -> None:
    """The leaflet rack, full and sorted, or empty and mixed."""
    close_wall(c)
    left, top, columns, rows = c.rng.uniform(240, 340), c.rng.uniform(90, 140), c.rng.choice((4, 5)), 3
    width, height = 1600 - 2 * left, 940
    c.contact(WIDTH / 2, top + height + 40, width)
    c.panel((left, top, left + width, top + height), c.rng.choice((WOOD, STEEL, (70, 76, 80))), radius=14, depth=24)
    cell_width, cell_height = width / columns, height / rows
    for row in range(rows):
        kind = c.rng.choice((GREEN, (224, 96, 60), (52, 118, 178), (242, 178, 66)))
        for column in range(columns):
            x, y = left + column * cell_width + 14, top + row * cell_height + 24
            c.draw.rectangle((x, y, x + cell_width - 28, y + cell_height - 40), fill=(48, 50, 52))
            chance = {"bad": 0.65, "partial": 0.3}.get(condition, 0.0)
            if c.rng.random() < chance:
                continue
            colour = kind if condition == "good" else c.rng.choice((kind, (150, 84, 150), LEAF, AMBER))
            lean = c.rng.uniform(-30, 30) if condition != "good" else c.rng.uniform(-4, 4)
            for sheet in range(3):
                shift = sheet * 5
                c.polygon(
                    [
                        (x + 14 + shift + lean, y + 20 - shift),
                        (x + cell_width - 46 + shift + lean, y + 20 - shift),
                        (x + cell_width - 46 + shift, y + cell_height - 60),
                        (x + 14 + shift, y + cell_height - 60),
                    ],
                    darker(colour, 0.2 - sheet * 0.09),
                )
            c.scribble((x + 40, y + 90, x + cell_width - 70, y + cell_height - 100), 4, lighter(colour, 0.6))
            c.draw.rectangle(
                (x - 4, y + cell_height * 0.66, x + cell_width - 24, y + cell_height - 36), fill=(196, 204, 206)
            )


def hangers(c: Canvas, condition: str) -> None:
    """Posters and hanging flags: in line, or in front of the exit sign."""
    ground, _ = room(c, 0.7)
    door = c.rng.uniform(560, 860)
    c.gradient((door, ground - 480, door + 300, ground), (190, 208, 204), (130, 150, 146))
    c.panel((door + 30, ground - 560, door + 270, ground - 485), (30, 150, 90), radius=8, depth=8)
    c.text(door + 150, ground - 523, "安全出口", 50, WHITE)
    colour = c.rng.choice(((224, 96, 60), (52, 118, 178), LEAF, (242, 178, 66)))
    for step in range(5):
        x = 60 + step * 310
        y = 70 if condition == "good" else c.rng.uniform(60, 280)
        c.draw.line((x + 90, 0, x + 90, y), fill=GREY, width=4)
        poster(c, (x, y, x + 180, y + 180), colour=colour if condition == "good" else None, small=True)
    if condition == "bad":
        poster(c, (door - 20, ground - 640, door + 300, ground - 250), "钜惠来袭")
    if condition == "partial":
        poster(c, (door + 190, ground - 580, door + 330, ground - 380), "钜惠")
    for x in (120, 1250):
        poster(c, (x, ground - 420, x + 240, ground - 60), "最新优惠")


def screen(c: Canvas, condition: str) -> None:
    """The electronic screen: playing, old content, or dark."""
    close_wall(c)
    left, top = c.rng.uniform(160, 240), c.rng.uniform(130, 210)
    right, bottom = WIDTH - c.rng.uniform(160, 240), HEIGHT - c.rng.uniform(260, 340)
    c.panel((left, top, right, bottom), (30, 32, 36), radius=14, depth=30)
    inner = (left + 26, top + 26, right - 26, bottom - 26)
    middle = (left + right) / 2
    if condition == "bad":
        c.gradient(inner, (44, 48, 54), (18, 20, 24))
        c.polygon([(inner[0], inner[1]), (inner[0] + 400, inner[1]), (inner[0], inner[1] + 500)], (62, 66, 74))
        if c.rng.random() < 0.5:
            c.text(middle, (top + bottom) / 2, "无信号 NO SIGNAL", 70, (120, 150, 200))
        return
    colour = c.rng.choice(((20, 110, 150), (20, 124, 88), (206, 90, 50), (110, 70, 140)))
    c.gradient(inner, lighter(colour, 0.35), darker(colour, 0.25))
    for _ in range(6):
        c.glow(
            c.rng.uniform(inner[0] + 120, inner[2] - 120),
            c.rng.uniform(inner[1] + 120, inner[3] - 120),
            c.rng.uniform(60, 120),
            lighter(colour, 0.8),
            0.5,
        )
    words = c.rng.choice(("畅享5G 家庭套餐", "宽带提速 免费升级", "流量加倍 月月送"))
    c.text(middle, top + 250, words, 110, WHITE)
    until = "活动截止 2025年5月" if condition == "partial" else "详询值班经理"
    c.text(middle, top + 400, until, 70, (255, 226, 120))
    c.draw.rectangle((inner[0], inner[3] - 90, inner[2], inner[3]), fill=darker(colour, 0.6))
    c.text(middle, inner[3] - 46, "欢迎光临渝移营业厅", 54, (255, 200, 110))


def handsets(c: Canvas, condition: str) -> None:
    """Phones on their stands with price tags."""
    edge = table(c, 0.42)
    count = c.rng.randint(4, 5)
    for place in range(count):
        x = 120 + place * 1380 / count + c.rng.uniform(-10, 20)
        y = edge + c.rng.uniform(-160, -110)
        dummy = condition == "bad" and place % 2 == 0
        c.contact(x + 110, edge + 320, 230)
        c.polygon([(x + 60, edge + 220), (x + 160, edge + 220), (x + 200, edge + 320), (x + 20, edge + 320)], WHITE)
        c.panel((x, y, x + 210, y + 400), (30, 32, 36), radius=30, depth=18)
        shell = c.rng.choice(((60, 130, 190), (220, 110, 80), (90, 170, 130), (150, 110, 180), (240, 180, 80)))
        if dummy:
            c.draw.rounded_rectangle((x + 12, y + 14, x + 198, y + 386), 20, fill=(60, 62, 66))
        else:
            c.gradient((x + 12, y + 24, x + 198, y + 376), lighter(shell, 0.4), darker(shell, 0.2))
            c.text(x + 105, y + 90, f"{c.rng.randint(9, 17)}:{c.rng.randint(10, 59)}", 50, WHITE)
            for icon in range(9):
                ix, iy = x + 34 + (icon % 3) * 54, y + 190 + (icon // 3) * 54
                c.draw.rounded_rectangle((ix, iy, ix + 36, iy + 36), 9, fill=lighter(shell, 0.7))
        missing = (condition == "bad" and place % 2) or (condition == "partial" and place == 1)
        if not missing:
            c.panel((x - 10, edge + 350, x + 220, edge + 470), WHITE, radius=8, depth=10)
            c.text(x + 105, edge + 388, f"¥{c.rng.choice((899, 1299, 1999, 2699, 3999, 5499))}", 58, RED)
            c.scribble((x + 20, edge + 426, x + 190, edge + 456), 2)
        else:
            note(c, x + 10, edge + 350, 190, "面议")


def wording(c: Canvas, condition: str) -> None:
    """A poster's promise: with legible conditions, or absolute claims and tiny print."""
    close_wall(c)
    left, top = c.rng.uniform(330, 420), c.rng.uniform(60, 120)
    right, bottom = WIDTH - left, HEIGHT - 90
    colour = c.rng.choice(((224, 74, 50), (52, 118, 178), GREEN, (206, 120, 30)))
    c.panel((left, top, right, bottom), colour, radius=6, depth=26)
    c.gradient((left + 6, top + 6, right - 6, top + 520), lighter(colour, 0.3), colour)
    middle = (left + right) / 2
    claims = (
        ("全城最低价", "史上最强", "永久免费", "第一网速")
        if condition == "bad"
        else ("套餐优惠", "宽带升级", "流量加倍", "老客户专享")
    )
    c.text(middle, top + 150, c.rng.choice(claims), 150 if condition == "bad" else 130, (255, 240, 150))
    c.text(middle, top + 350, f"{c.rng.choice((28, 38, 58, 88))}元/月起", 110, WHITE)
    c.ball(middle + c.rng.uniform(-200, 200), top + 560, 110, lighter(colour, 0.5))
    if condition == "good":
        c.panel((left + 50, bottom - 330, right - 50, bottom - 50), PAPER, radius=8, depth=0)
        c.text(left + 90, bottom - 290, "活动规则", 46, INK, anchor="lm")
        c.scribble((left + 90, bottom - 250, right - 90, bottom - 70), 4, INK)
    elif condition == "partial":
        c.scribble((left + 60, bottom - 90, right - 60, bottom - 40), 4, lighter(colour, 0.4))
    else:
        c.text(middle, bottom - 120, "最终解释权归本店", 54, WHITE)


def demo_devices(c: Canvas, condition: str) -> None:
    """Tablets and set-top boxes to try: online, or dark and with a note."""
    edge = table(c, 0.46)
    for place in range(3):
        x, y = 90 + place * 490 + c.rng.uniform(0, 40), edge - c.rng.uniform(160, 220)
        dead = condition == "bad" or (condition == "partial" and place == 2)
        c.contact(x + 210, edge + 270, 400)
        c.polygon([(x + 150, edge + 100), (x + 270, edge + 100), (x + 320, edge + 260), (x + 100, edge + 260)], STEEL)
        c.panel((x, y, x + 420, y + 320), (36, 38, 42), radius=22, depth=22)
        inner = (x + 20, y + 20, x + 400, y + 300)
        if dead:
            c.gradient(inner, (54, 58, 64), (24, 26, 30))
            if c.rng.random() < 0.6:
                note(c, x + 90, y + 70, 250, c.rng.choice(("维修中", "无网络", "没电")))
        else:
            colour = c.rng.choice(((60, 140, 190), (90, 170, 130), (220, 120, 80), (120, 90, 170)))
            c.gradient(inner, lighter(colour, 0.45), colour)
            c.text(x + 210, y + 110, c.rng.choice(("新业务体验", "高清视频", "智慧家庭", "云游戏")), 58, WHITE)
            c.polygon([(x + 180, y + 170), (x + 180, y + 250), (x + 250, y + 210)], WHITE)
        c.panel((x + 90, edge + 290, x + 330, edge + 370), GREEN, radius=8, depth=8)
        c.text(x + 210, edge + 330, f"体验{place + 1}号", 46, WHITE)


def gifts(c: Canvas, condition: str) -> None:
    """The gift stack and the stock book."""
    edge = table(c, 0.5)
    rows = {"bad": 1, "partial": 2}.get(condition, 4)
    for row in range(rows):
        for place in range(5 - row if condition != "bad" else 1):
            size = 190
            x, y = 130 + place * 205 + row * 100 + c.rng.uniform(-6, 6), edge + 230 - row * 165
            colour = c.rng.choice((RED, AMBER, (70, 150, 190), LEAF, (190, 90, 150)))
            c.panel((x, y - 160, x + size, y), colour, radius=6, depth=12)
            c.draw.rectangle((x + 82, y - 160, x + 108, y), fill=lighter(colour, 0.6))
            c.draw.rectangle((x, y - 95, x + size, y - 73), fill=lighter(colour, 0.6))
            for side in (-1, 1):
                c.draw.ellipse(
                    (x + 95 + side * 26 - 24, y - 186, x + 95 + side * 26 + 24, y - 154),
                    outline=lighter(colour, 0.7),
                    width=9,
                )
    x = c.rng.uniform(1060, 1140)
    c.panel((x, edge + 130, x + 410, edge + 560), PAPER, radius=6, depth=18)
    c.text(x + 205, edge + 185, "礼品台账", 58, INK)
    for row in range(6):
        y = edge + 240 + row * 48
        c.draw.line((x + 20, y, x + 390, y), fill=GREY, width=2)
        if not (condition == "bad" and row > 1):
            c.handwriting((x + 30, y + 4, x + 380, y + 44), 1)
