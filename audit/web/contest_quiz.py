"""The contest's home for contestants, and the quiz: plain pages that work without scripts and on old phones.

Each answer is one small request. A page's script sends it in the background and is answered as JSON; without scripts a
button sends it and the page comes back at the next question. No answer of these routes holds a right option before the
attempt is over.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import StreamingResponse
from starlette.responses import JSONResponse, RedirectResponse, Response

from audit.domain.contest.questions import KIND_WORDS, QuestionKind
from audit.errors import RoundsError
from audit.i18n import pick
from audit.photos.store import is_blob_name
from audit.services import clock
from audit.services.contest import attempt_reading, attempts, own_lines, remarked
from audit.web.contest_context import Anybody, ContestantOnly, Entrance, LightRoute, contestant, light_page, wants_json
from audit.web.streaming import chunks

router = APIRouter(prefix="/contest", include_in_schema=False, route_class=LightRoute)
Number = Annotated[int, Path(ge=1, lt=2**31)]
Position = Annotated[int, Path(ge=0, lt=1000)]
QUIZ = "/contest/quiz"


@router.get("/")
def home(visit: Anybody) -> Response:
    """What to do today and what was counted so far; for others, the ways into the contest."""
    if visit.me is None:
        return light_page("contest_home.html", visit, today=None, attempts=(), running=None)
    db, me = visit.house.db, visit.me
    open_id = attempt_reading.running(db, me)
    today = own_lines.today(db, me, visit.locale)
    done = attempt_reading.attempts_of(db, me, clock.today())
    return light_page("contest_home.html", visit, today=today, attempts=done, running=open_id)


@router.get("")
def home_without_slash() -> Response:
    """The same place, as people type it."""
    return RedirectResponse("/contest/", status_code=303)


@router.get("/quiz")
def overview(visit: ContestantOnly) -> Response:
    """Rules of today, the button that starts, and one's attempts; an open attempt goes on."""
    db, me = visit.house.db, visit.me
    open_id = attempt_reading.running(db, me)
    if open_id:
        return RedirectResponse(f"{QUIZ}/{open_id}", status_code=303)
    today = own_lines.today(db, me, visit.locale)
    return light_page("contest_quiz.html", visit, today=today, attempts=attempt_reading.attempts_of(db, me))


@router.post("/quiz")
def start(visit: ContestantOnly) -> Response:
    """Start an attempt, or go on with the open one."""
    return RedirectResponse(f"{QUIZ}/{attempts.start(visit.house.db, visit.me)}", status_code=303)


@router.get("/quiz/wrong")
def wrong(visit: ContestantOnly, page: Annotated[int, Query(ge=1, le=10_000)] = 1) -> Response:
    """The wrong-answer book."""
    book = attempt_reading.wrong_book(visit.house.db, visit.me, visit.locale, page)
    today = own_lines.today(visit.house.db, visit.me, visit.locale)
    ruled = remarked.remarked(visit.house.db, visit.me, visit.locale)
    return light_page("contest_wrong.html", visit, book=book, today=today, ruled=ruled, **_words(visit))


@router.get("/quiz/pictures/{sha256}")
def picture(visit: ContestantOnly, sha256: Annotated[str, Path(max_length=64)]) -> Response:
    """A question's picture, for whoever plays. It never changes under its name."""
    if not is_blob_name(sha256):
        raise RoundsError("not_found")
    attempt_reading.check_picture(visit.house.db, sha256)
    headers = {"Cache-Control": "private, max-age=604800, immutable", "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(chunks(visit.house.photos.open(sha256)), media_type="image/jpeg", headers=headers)


@router.get("/quiz/{attempt_id}")
def show(visit: ContestantOnly, attempt_id: Number) -> Response:
    """An attempt: to play while it is open, explained when it is over."""
    return _attempt(visit, attempt_id)


@router.post("/quiz/{attempt_id}/answers/{position}")
def answer(
    request: Request,
    attempt_id: Number,
    position: Position,
    choice: Annotated[list[str] | None, Form(max_length=8)] = None,
) -> Response:
    """Save one answer: a receipt for the page's script, or the page again at the next question."""
    visit = contestant(request)  # in this thread: the one request of which there are thousands takes the shortest way
    try:
        receipt = attempts.answer(visit.house.db, visit.me, attempt_id, position, choice or [])
    except RoundsError as error:
        if error.code == "quiz.over" and not wants_json(visit.request):
            return RedirectResponse(f"{QUIZ}/{attempt_id}", status_code=303)
        raise
    if wants_json(visit.request):
        told = {"position": receipt.position, "letters": receipt.letters, "left": receipt.seconds_left}
        return JSONResponse(told, headers={"Cache-Control": "no-store"})
    following = min(position + 1, receipt.of - 1)
    return RedirectResponse(f"{QUIZ}/{attempt_id}#q{following + 1}", status_code=303)


@router.get("/quiz/{attempt_id}/finish")
@router.get("/quiz/{attempt_id}/answers/{position}")
def back(attempt_id: Number) -> Response:
    """Reloaded where something was sent: the attempt itself."""
    return RedirectResponse(f"{QUIZ}/{attempt_id}", status_code=303)


@router.post("/quiz/{attempt_id}/finish")
def finish(visit: ContestantOnly, attempt_id: Number, sure: Annotated[str, Form(max_length=1)] = "") -> Response:
    """Hand in; with questions unanswered, ask first."""
    if not sure:
        try:
            shown = attempt_reading.open_attempt(visit.house.db, visit.me, attempt_id, visit.locale)
        except RoundsError as error:
            if error.code != "quiz.over":
                raise
            return RedirectResponse(f"{QUIZ}/{attempt_id}", status_code=303)
        if shown.answered < len(shown.questions):
            return light_page("contest_attempt.html", visit, attempt=shown, asking=True, **_words(visit))
    attempts.finish(visit.house.db, visit.me, attempt_id)
    return RedirectResponse(f"{QUIZ}/{attempt_id}", status_code=303)


def _attempt(visit: Entrance, attempt_id: int) -> Response:
    try:
        shown = attempt_reading.open_attempt(visit.house.db, visit.me, attempt_id, visit.locale)
    except RoundsError as error:
        if error.code != "quiz.over":
            raise
    else:
        return light_page("contest_attempt.html", visit, attempt=shown, asking=False, **_words(visit))
    if attempt_reading.running(visit.house.db, visit.me):  # another one is open: its answers are not to be seen here
        return RedirectResponse(QUIZ, status_code=303)
    found = attempt_reading.result(visit.house.db, visit.me, attempt_id, visit.locale)
    today = own_lines.today(visit.house.db, visit.me, visit.locale)
    return light_page("contest_result.html", visit, result=found, today=today, **_words(visit))


def _words(visit: Entrance) -> dict[str, Any]:
    return {
        "kinds": {str(kind): pick(visit.locale, *words) for kind, words in KIND_WORDS.items()},
        "Kind": QuestionKind,
    }
