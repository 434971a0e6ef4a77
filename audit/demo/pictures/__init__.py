"""Drawn photos of the demo city: for every checklist item a scene that a person recognises, no two alike.

`photo` and `portrait` are the only entrances. The place seed fixes the hall (walls, layout, people), the shot seed the
photographer (framing, tilt, light, hour), so that "before" and "after" show one place in two states.
"""

import datetime as dt
import io
import random
from collections.abc import Callable

from audit.demo.pictures import camera, display, hall, outside, papers, people
from audit.demo.pictures.canvas import HEIGHT, WIDTH, Canvas, darker, lighter, seeded
from audit.demo.pictures.figures import person, plant

CONDITIONS = ("good", "partial", "bad", "fixed")
IN_THE_WAY = 0.4  # share of photos with something at one side that does not belong to the subject
Scene = Callable[[Canvas, str], None]

# fmt: off
SCENES: dict[str, Scene] = {
    "A01": outside.fascia,      "A02": outside.opening_hours, "A03": outside.frontage,  "A04": outside.ramp,
    "A05": hall.surfaces,       "A06": hall.climate,          "A07": hall.wayfinding,   "A08": hall.desk,
    "A09": hall.machine,        "A10": hall.waiting,          "A11": hall.fire,         "A12": hall.secure,
    "B01": people.uniforms,       "B11": papers.ticket,
    "C01": display.tariffs,     "C02": display.expired,       "C03": display.campaign_kit, "C04": papers.complaints,
    "C05": papers.licences,    "C06": display.brand,         "C07": display.leaflets,  "C08": display.hangers,
    "C09": display.screen,      "C10": display.handsets,      "C11": display.wording,   "C12": outside.handwritten_ad,
    "D01": display.demo_devices, "D09": hall.touchpoints,     "D10": display.gifts,     "D11": people.priority,
    "front": outside.overview,  "inside": hall.overview,      "meeting": people.meeting,
}
# fmt: on


def photo(subject: str, condition: str, place: object, shot: object, taken_at: dt.datetime) -> bytes:
    """One JPEG of 1024 x 768 pixels.

    `subject` is an item code, or `front`, `inside`, `meeting`; an item without a scene of its own gets the inspector's
    record sheet. `condition` is one of `CONDITIONS`; `taken_at` is the local time that goes into the EXIF.
    """
    canvas = Canvas(seeded("place", subject, place))
    SCENES.get(subject, papers.record_sheet)(canvas, "good" if condition == "fixed" else condition)
    rng = seeded("shot", subject, condition, place, shot)
    if rng.random() < IN_THE_WAY:
        _something_in_the_way(canvas, rng)
    return camera.develop(camera.shoot(canvas.image, rng), taken_at)


def portrait(*seed: object) -> bytes:
    """One upright JPEG of somebody in uniform before the wall of a hall."""
    canvas = Canvas(seeded("portrait", *seed))
    people.portrait(canvas)
    output = io.BytesIO()
    side = HEIGHT * 3 // 4
    left = (WIDTH - side) // 2
    canvas.image.crop((left, 0, left + side, HEIGHT)).resize((600, 800)).save(output, "JPEG", quality=camera.QUALITY)
    return output.getvalue()


def _something_in_the_way(canvas: Canvas, rng: random.Random) -> None:
    """What a visitor gets into the frame: a door frame, a plant, or somebody's shoulder at one side."""
    canvas.rng = rng
    right = rng.random() < 0.5
    match rng.randrange(3):
        case 0:
            width = rng.uniform(130, 250)
            left = WIDTH - width if right else 0.0
            shade = rng.choice(((58, 56, 58), (92, 70, 54), (120, 126, 130)))
            canvas.gradient((left, 0, left + width, HEIGHT), lighter(shade, 0.1), darker(shade, 0.3), across=True)
        case 1:
            x = rng.uniform(40, 150)
            plant(canvas, WIDTH - x if right else x, HEIGHT + 30, rng.uniform(520, 760))
        case _:
            x = rng.uniform(10, 110)
            person(canvas, WIDTH - x if right else x, HEIGHT + 420, rng.uniform(1050, 1300), coat=None, badge=False)
