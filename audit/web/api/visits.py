"""Visits over HTTP: what the tablet needs, revisions one by one, submission and recall."""

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Header, Path, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, Field

from audit.services import photos, submission
from audit.services.bootstrap import assignment_json, assignment_tag, bootstrap, visit_json, visit_tag
from audit.services.revisions import MOST_BASES, SUBJECT_LIMIT, Record, receive
from audit.services.sign_in import set_locale
from audit.services.submission import Manifest, Submitted
from audit.services.visits import open_visit
from audit.web.api.common import LARGEST_ID, REFUSALS, Body, Tablet

router = APIRouter(prefix="/api/v1", tags=["visits"], responses=REFUSALS)

UUID_PATTERN = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
Uuid = Annotated[str, Field(pattern=UUID_PATTERN)]
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
VisitId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
AssignmentId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


class RevisionBody(Body):
    """A revision; which `body` a `subject` may have stands in the documentation of the API."""

    assignment_id: Id
    visit_id: Id | None
    subject: Annotated[str, Field(min_length=1, max_length=SUBJECT_LIMIT)]
    bases: Annotated[list[Uuid], Field(max_length=MOST_BASES)]
    body: dict[str, Any]
    device_at: Annotated[AwareDatetime, Field(strict=False)]
    author_id: Id | None = None


class RevisionReceipt(BaseModel):
    """The server's word that a revision is kept."""

    uuid: str
    received_at: dt.datetime
    sha256: str


class VisitState(BaseModel):
    """How a visit stands."""

    id: int
    state: str
    version: int


class LocaleBody(Body):
    """The language a person chose on the tablet."""

    locale: Annotated[str, Field(max_length=20)]


class ManifestPhoto(Body):
    """One photo the tablet knows; an empty hash when it was taken by a team mate and not seen since."""

    uuid: Uuid
    sha256: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] = ""


class ManifestBody(Body):
    """All that the leader's tablet knows of the visit."""

    revisions: Annotated[list[Uuid], Field(max_length=20_000)]
    photos: Annotated[list[ManifestPhoto], Field(max_length=2_000)]


class SubmitBody(Body):
    """What is handed in."""

    manifest: ManifestBody


class SubmittedBody(BaseModel):
    """A visit after submission or recall, with its score and how many findings of each kind were drafted."""

    state: str
    score: dict[str, Any] | None
    findings: dict[str, int]
    version: int


@router.get("/bootstrap")
def get_bootstrap(context: Tablet) -> Response:
    """Everything a tablet needs to work without a connection: the person's visits and what belongs to them."""
    return JSONResponse(bootstrap(context.house.db, context.actor), headers={"Cache-Control": "no-store"})


@router.put("/locale", status_code=204)
def put_locale(context: Tablet, body: LocaleBody) -> Response:
    """Keep the person's language on the account, where pages and other tablets find it."""
    set_locale(context.house.db, context.actor, body.locale)
    return Response(status_code=204)


@router.get("/assignments/{assignment_id}", responses={304: {"description": "Nothing new since this ETag."}})
def get_assignment(
    context: Tablet, assignment_id: AssignmentId, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """One assignment as in the bootstrap: its team and the record of the meeting with the branch."""
    db, actor = context.house.db, context.actor
    return _unless_known(
        if_none_match, assignment_tag(db, actor, assignment_id), lambda: assignment_json(db, actor, assignment_id)
    )


@router.get("/visits/{visit_id}", responses={304: {"description": "Nothing new since this ETag."}})
def get_visit(context: Tablet, visit_id: VisitId, if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """One visit as in the bootstrap: team mates' revisions and photos. With `If-None-Match`, asking often is cheap."""
    db, actor = context.house.db, context.actor
    return _unless_known(if_none_match, visit_tag(db, actor, visit_id), lambda: visit_json(db, actor, visit_id))


@router.post("/visits/{visit_id}/open")
def post_open(context: Tablet, visit_id: VisitId) -> VisitState:
    """Begin a planned or returned visit. Doing it again changes nothing."""
    visit = open_visit(context.house.db, context.actor, visit_id)
    return VisitState(id=visit_id, state=visit.state, version=visit.version)


@router.put("/revisions/{uuid}", status_code=201, responses={200: {"description": "Kept before."}})
def put_revision(
    context: Tablet,
    response: Response,
    afterwards: BackgroundTasks,
    uuid: Annotated[str, Path(pattern=UUID_PATTERN)],
    body: RevisionBody,
) -> RevisionReceipt:
    """Keep a revision under the tablet's UUID: 201; the same again: 200 with the same receipt; another one: 409."""
    record = Record(
        uuid=uuid,
        assignment_id=body.assignment_id,
        visit_id=body.visit_id,
        subject=body.subject,
        body=body.body,
        device_at=body.device_at,
        bases=tuple(body.bases),
        author_id=body.author_id,
    )
    receipt = receive(context.house.db, context.actor, record)
    response.status_code = 201 if receipt.created else 200
    if receipt.stale_photo:
        # Until then the photo is shown to nobody; should the process end before, its first reader has it made.
        house = context.house
        afterwards.add_task(photos.remake, house.db, house.photos, house.intake, receipt.stale_photo)
    return RevisionReceipt(uuid=receipt.uuid, received_at=receipt.received_at, sha256=receipt.sha256)


@router.post("/visits/{visit_id}/submit")
def post_submit(context: Tablet, visit_id: VisitId, body: SubmitBody) -> SubmittedBody:
    """Hand a visit in; the leader only, and only when everything the tablet made is here. Again: the same answer."""
    photos = {photo.uuid: photo.sha256 for photo in body.manifest.photos}
    manifest = Manifest(frozenset(body.manifest.revisions), photos)
    return _answer(submission.submit(context.house.db, context.actor, visit_id, manifest))


@router.post("/visits/{visit_id}/recall")
def post_recall(context: Tablet, visit_id: VisitId) -> SubmittedBody:
    """Take a submitted visit back, until the marketing department opened it."""
    return _answer(submission.recall(context.house.db, context.actor, visit_id))


def _answer(found: Submitted) -> SubmittedBody:
    return SubmittedBody(state=found.state, score=found.score, findings=found.findings, version=found.version)


def _unless_known(if_none_match: str | None, tag: str, content: Callable[[], dict[str, Any]]) -> Response:
    """The content, unless the tablet has it; its tag is taken before, so that it is never newer than the answer."""
    headers = {"Cache-Control": "no-store", "ETag": f'"{tag}"'}
    if headers["ETag"] == if_none_match:
        return Response(status_code=304, headers=headers)
    return JSONResponse(content(), headers=headers)
