"""The branch's answer while it is written at a desk: its texts are kept as they are typed, without drawing a page."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from audit.errors import RoundsError
from audit.services import clock
from audit.services.loop import rectifying, together
from audit.services.loop.fields import RECTIFICATION_TEXTS
from audit.web.api.common import LARGEST_ID, REFUSALS, Body, Tablet

router = APIRouter(prefix="/api/v1", tags=["answers"], responses=REFUSALS)
TEXTS = (*RECTIFICATION_TEXTS, "responsible")
Number = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class Written(Body):
    """What was written in some fields of one finding's answer, or of several ones alike.

    `seen`: field → what stood there in each of the findings, in the order of `findings`, when the writing began.
    """

    findings: Annotated[list[Number], Field(min_length=1, max_length=200)]
    given: Annotated[dict[str, str], Field(min_length=1, max_length=10)]
    seen: Annotated[dict[str, list[str]], Field(max_length=10)]


class Kept(BaseModel):
    """When it was kept; `version` grows with every change of these answers."""

    saved_at: str
    version: int


@router.put("/answers")
def put_answers(context: Tablet, written: Written) -> Kept:
    """Keep what was written; the same again is answered alike. `stale`: somebody else changed one of these fields."""
    db, actor, numbers = context.house.db, context.actor, written.findings
    for name in written.given:
        if name not in TEXTS:
            raise RoundsError("invalid", field=name)
        if len(written.seen.get(name, ())) != len(numbers):
            raise RoundsError("invalid", field="seen")
    if len(numbers) == 1:
        seen = {name: texts[0] for name, texts in written.seen.items()}
        version = rectifying.keep(db, actor, numbers[0], written.given, seen)
    else:
        stood = {
            number: {name: written.seen[name][place] for name in written.given} for place, number in enumerate(numbers)
        }
        version = together.write(db, actor, written.given, stood)
    return Kept(saved_at=clock.now().isoformat(), version=version)
