"""A batch of vote slips as a PDF: laid out by a job, fetched by whoever asked for it, gone after a day.

A slip is worth a vote, so no row names the file: the hash stands in the job's result alone. No backup takes it, and the
night's collection of files without a row deletes it.
"""

from audit.db.models import Job
from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.i18n import format_date, translator
from audit.services import jobs
from audit.services.contest import slips
from audit.services.contest.own import check_no_part
from audit.services.contest.slips import SlipSheet
from audit.services.installation import Installation
from audit.services.work import unit_of_work
from exports import vote_slips
from exports.base import Progress, no_progress

KIND = "vote_slips"  # of the job


def make(
    house: Installation, actor: Actor, season_id: int, batch_id: int, progress: Progress = no_progress
) -> tuple[str, int]:
    """Lay out a batch's unused slips; the file's hash and its size in bytes. Raises what `slips.sheet` and
    `Renderer.pdf` raise."""
    sheet = slips.sheet(house.db, actor, season_id, batch_id)
    pairs = [(slip.transaction, slip.address) for slip in sheet.slips]
    _pages, kept = house.documents.put_made(
        lambda path: vote_slips.pdf(pairs, _lines(sheet), house.renderer, path, progress)
    )
    return kept.sha256, kept.size


def made(house: Installation, actor: Actor, season_id: int, batch_id: int, job_id: int) -> Job | None:
    """One's own job for this batch, whatever became of it; None when there is none, or its file is gone."""
    slips.batch(house.db, actor, season_id, batch_id)
    try:
        job = jobs.look(house.db, actor, job_id)
    except RoundsError:  # an old address, or somebody else's
        return None
    if job.kind != KIND or (job.params["season_id"], job.params["batch_id"]) != (season_id, batch_id):
        return None
    gone = job.state == "done" and not house.documents.exists(job.result["sha256"])
    return None if gone else job


def fetch(house: Installation, actor: Actor, season_id: int, batch_id: int, job_id: int) -> tuple[str, int]:
    """The file that a job made, to be sent: its hash in `house.documents` and its size. Every time it is recorded.

    Raises `forbidden`, `not_found` also for somebody else's job and for a file that is gone, `contest.takes_part`.
    """
    job = made(house, actor, season_id, batch_id, job_id)
    if job is None or job.state != "done":
        raise RoundsError("not_found")
    with unit_of_work(house.db, actor) as work:
        check_no_part(work.session, actor, season_id)
        work.record("vote_slips.fetched", "vote_slip_batch", batch_id, season_id=season_id, job=job_id)
    return str(job.result["sha256"]), int(job.result["size"])


def _lines(sheet: SlipSheet) -> list[str]:
    """For whom and until when, in both languages."""
    told = []
    for locale, served in (("zh_CN", sheet.batch.served_zh), ("en", sheet.batch.served_en)):
        until = translator(locale)("Valid until {date}").format(date=format_date(locale, sheet.batch.expires_at))
        told.append(f"{served} · {until}")
    return told
