"""Scenes of papers: complaint channels, licences, record sheet, queue tickets."""

from audit.demo.pictures.canvas import (
    AMBER,
    GREEN,
    GREY,
    HEIGHT,
    INK,
    PAPER,
    RED,
    STEEL,
    WHITE,
    WIDTH,
    WOOD,
    Box,
    Canvas,
)
from audit.demo.pictures.figures import plant
from audit.demo.pictures.sets import brand_mark, close_wall, frame, note, table


def _board(c: Canvas, title: str) -> Box:
    close_wall(c)
    box = (
        c.rng.uniform(110, 200),
        c.rng.uniform(110, 180),
        WIDTH - c.rng.uniform(110, 200),
        HEIGHT - c.rng.uniform(120, 220),
    )
    c.panel(box, c.rng.choice(((226, 234, 226), (238, 232, 216), (222, 230, 236))), radius=10, depth=22, rim=STEEL)
    c.text((box[0] + box[2]) / 2, box[1] + 72, title, 78, GREEN)
    return box


def complaints(c: Canvas, condition: str) -> None:
    """Complaint channels on the board, and the comment book on its string."""
    left, top, right, bottom = _board(c, "服务监督")
    if condition != "bad":
        for row, words in enumerate(("投诉热线  10086", "申诉电话  12300", "服务监督  值班经理")):
            c.panel((left + 60, top + 150 + row * 130, left + 760, top + 255 + row * 130), WHITE, radius=10, depth=6)
            c.text(left + 410, top + 204 + row * 130, words, 58, INK)
    else:
        c.scribble((left + 80, top + 180, left + 700, top + 420), 3, (206, 208, 200))
    x, y = right - 470, top + 190
    if condition != "bad":
        c.panel((x, y, x + 380, y + 500), (150, 60, 50), radius=8, depth=18)
        c.text(x + 190, y + 110, "客户", 76, AMBER)
        c.text(x + 190, y + 210, "意见簿", 88, AMBER)
        c.stroke([(x + 360, y - 60), (x + 400, y + 120), (x + 340, y + 300)], INK, 6)
    else:
        c.draw.ellipse((x + 180, y, x + 210, y + 30), fill=GREY)
        c.stroke([(x + 195, y + 15), (x + 180, y + 200), (x + 220, y + 360)], PAPER, 6)
    if condition == "partial":
        c.panel((left + 120, bottom - 250, left + 700, bottom - 60), PAPER, radius=4, depth=10)
        c.handwriting((left + 150, bottom - 235, left + 680, bottom - 80), 2)


def licences(c: Canvas, condition: str) -> None:
    """Framed business licence, authorisation and commitments."""
    close_wall(c)
    y = c.rng.uniform(130, 230)
    titles = ["营业执照", "授权书", "服务承诺"]
    for place, title in enumerate(titles):
        x, drop = 80 + place * 500 + c.rng.uniform(0, 40), c.rng.uniform(-30, 50)
        if condition == "bad" and place == 1:
            c.shadow((x + 20, y + drop + 20, x + 420, y + drop + 560), 20, 0.14)
            c.ball(x + 215, y + drop + 20, 12, GREY)
            note(c, x + 80, y + drop + 230, 280, "年检中", WHITE)
            continue
        rim = c.rng.choice(((150, 116, 74), (60, 62, 66), (176, 150, 90)))
        frame(c, (x, y + drop, x + 430, y + drop + c.rng.uniform(560, 640)), title, rim=rim, seal=place < 2)
        if condition == "partial" and place == 0:
            c.text(x + 215, y + drop + 430, "有效期至 2025年", 42, RED)
    if c.rng.random() < 0.6:
        plant(c, c.rng.uniform(200, 1400), HEIGHT - 20, 300)


def record_sheet(c: Canvas, condition: str) -> None:
    """The inspector's handwritten record on a clipboard: for what cannot be photographed, such as talk."""
    edge = table(c, 0.2)
    x, y = c.rng.uniform(380, 560), edge - 40
    width, height = c.rng.uniform(620, 720), 900
    c.panel(
        (x - 30, y - 20, x + width + 30, y + height),
        c.rng.choice((WOOD, (60, 70, 80), (46, 96, 84))),
        radius=16,
        depth=26,
    )
    c.panel((x, y + 30, x + width, y + height - 30), WHITE, radius=2, depth=6)
    c.panel((x + width / 2 - 110, y - 50, x + width / 2 + 110, y + 40), STEEL, radius=12, depth=8)
    c.text(x + width / 2, y + 95, "现场检查记录", 62, INK)
    for row in range(9):
        line = y + 170 + row * 72
        c.draw.line((x + 40, line + 60, x + width - 40, line + 60), fill=(200, 206, 210), width=2)
        if row < c.rng.randint(5, 8):
            c.handwriting((x + 50, line, x + width - 120, line + 62), 1)
        bad = condition == "bad" or (condition == "partial" and row % 2)
        mark = (x + width - 100, line + 14)
        if bad:
            c.stroke([mark, (mark[0] + 40, mark[1] + 36)], RED, 7)
            c.stroke([(mark[0] + 40, mark[1]), (mark[0], mark[1] + 36)], RED, 7)
        else:
            c.stroke([(mark[0], mark[1] + 16), (mark[0] + 14, mark[1] + 34), (mark[0] + 44, mark[1] - 6)], GREEN, 7)
    c.stroke([(x + width + 120, y + 260), (x + width + 220, y + 640)], (40, 60, 130), 26)
    c.stroke([(x + width + 220, y + 640), (x + width + 232, y + 690)], STEEL, 14)


def ticket(c: Canvas, condition: str) -> None:
    """Queue tickets with printed and called times."""
    edge = table(c, 0.25)
    for place in range(3):
        x, y = 120 + place * 480 + c.rng.uniform(0, 60), edge + c.rng.uniform(40, 190)
        c.panel((x, y, x + 380, y + 560), WHITE, radius=3, depth=14)
        brand_mark(c, x + 190, y + 70, 40)
        c.text(x + 190, y + 190, f"A{c.rng.randint(10, 180):03d}", 120, INK)
        start, wait = c.rng.randint(0, 25), {"bad": 28, "partial": 17}.get(condition, 6) + c.rng.randint(0, 6)
        c.text(x + 190, y + 310, f"取号 10:{start:02d}", 54, INK)
        c.text(x + 190, y + 390, f"叫号 10:{min(59, start + wait):02d}", 54, INK)
        c.scribble((x + 60, y + 450, x + 320, y + 530), 3)
        if wait > 15:
            c.draw.ellipse((x + 40, y + 345, x + 340, y + 435), outline=RED, width=8)
