"""A batch of vote slips as a PDF: laid out by a job, fetched by whoever asked for it, gone after a day.

A slip is worth a vote, so no row names the file: the hash stands in the job's result alone. No backup takes it, and the
night's collection of files without a row deletes it.
"""

from audit.db.engine import Database
from audit.db.models import Job
from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.i18n import format_date, translator
from audit.services import jobs
from audit.services.contest import slips
from audit.services.contest.own import check_no_part
from audit.services.contest.slips import SlipSheet
from audit.services.installation import Installation
from audit.services.spreadsheet import Column, Sheet, template
from audit.services.work import unit_of_work
from audit.services.workbooks import XLSX
from exports import vote_slips
from exports.base import Export, Progress, no_progress

KIND = "vote_slips"  # of the job
TEXTS = Sheet("texts", "投票短信", "Texts", (
    Column("transaction", "业务流水号", "Transaction number"),
    Column("phone",       "客户手机",   "Customer's phone"),
    Column("text",        "短信内容",   "Text"),
    Column("address",     "投票链接",   "Address"),
))  # fmt: skip


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


def texts(db: Database, actor: Actor, season_id: int, batch_id: int, locale: str) -> Export:
    """A batch's unused slips as texts to send, with transaction and phone. Raises what `slips.sheet` raises."""
    found = slips.sheet(db, actor, season_id, batch_id)
    until = format_date(locale, found.batch.expires_at)
    _ = translator(locale)
    said = _("Thank you for your visit. Vote for the people who served you, once and by {date}: {address}")
    rows = [
        (slip.transaction, slip.phone, said.format(address=slip.address, date=until), slip.address)
        for slip in found.slips
    ]
    return Export(f"vote-texts-{batch_id:04}.xlsx", XLSX, template([TEXTS], locale, {"texts": rows}))


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
        told.append(f"{served} · {until}" if served else until)
    return told
