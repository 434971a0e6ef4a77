"""Files as evidence: photos and scans, PDF, Word and Excel. What a file is, its bytes say, never its name.

Order of storing: the blob first (durable when its call returns), then the row, then the receipt. Documents are never
rendered: they are handed out as attachments only.
"""

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from audit.db.engine import Database
from audit.db.models import Evidence
from audit.domain.checklist import EVIDENCE_KINDS
from audit.domain.permissions import Actor, may_somewhere
from audit.domain.revisions import is_uuid
from audit.errors import RoundsError
from audit.services.access import shown_on_tablet
from audit.services.installation import Installation
from audit.services.loop.reach import finding_for
from audit.services.loop.rectifying import FILE_ROLES, SUBJECTS, File, add_evidence

MOST_PARTS = 5_000
MOST_UNPACKED = 200 * 2**20
MODEST = 20 * 2**20  # unpacked: up to here nothing is said about how well it was packed
MOST_RATIO = 100  # unpacked to packed, beyond that: what people write packs to a tenth, bombs to a thousandth
MOST_TYPES = 2**20  # bytes of the list of parts
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What the main part of an Office file says it is; the types with macros are others.
OFFICE = {
    "wordprocessingml.document.main+xml": ("word", WORD, "docx"),
    "spreadsheetml.sheet.main+xml": ("excel", EXCEL, "xlsx"),
}
MACROS = ("macroenabled", "vbaproject", "oleobject", "activex")
PROGRAMS = (".exe", ".dll", ".js", ".vbs", ".bat", ".cmd", ".docm", ".xlsm", ".xlsb", ".pptm", ".dotm", ".xltm")
# How a part begins that is a program, or the container of macros and of embedded programs, whatever its name.
PROGRAM_MARKS = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"MZ", b"\x7fELF")
PDF_ACTIONS = (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/RichMedia")
PDF_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
SCANS = ("photo", "pdf")
PICTURES = ("thumbnail", "report")


@dataclass(frozen=True)
class Upload:
    """What is said about a file that is sent. `sha256`: of its bytes, "" when that is not said."""

    finding_id: int
    uuid: str
    subject: str = "rectification"
    role: str = "other"
    proves: str = "photo"
    filename: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Found:
    """A piece of evidence to hand out: whether it lies with the photos or the documents, its hash, type and name."""

    is_photo: bool
    sha256: str
    media_type: str
    filename: str


def check(upload: Upload) -> None:
    """What is said about a file before it comes. Raises `invalid`."""
    if not is_uuid(upload.uuid):
        raise RoundsError("invalid", field="uuid")
    for name, allowed in (("subject", tuple(SUBJECTS)), ("role", FILE_ROLES), ("proves", EVIDENCE_KINDS)):
        if getattr(upload, name) not in allowed:
            raise RoundsError("invalid", field=name)


def admit(db: Database, actor: Actor, upload: Upload) -> None:
    """Whether this person may send this file now; nothing of it is read before. Raises `not_found`, `invalid`."""
    check(upload)
    permission, states = SUBJECTS[upload.subject]
    with db.read() as session:
        finding = finding_for(session, actor, permission, upload.finding_id).finding
        if finding.state not in states and session.get(Evidence, upload.uuid) is None:
            raise RoundsError("wrong_state", state=finding.state)


def receive(house: Installation, actor: Actor, upload: Upload, data: bytes) -> Evidence:
    """Keep a file as evidence, or give the one kept before under this UUID; blocks while it is examined.

    Raises `evidence.*` and `photo.*` for what is no good file, `photo.uuid_reused`, `photo.digest_mismatch`,
    `wrong_state`, `not_found`.
    """
    admit(house.db, actor, upload)
    return add_evidence(house.db, actor, upload.finding_id, upload.subject, stored(house, upload, data))


def repeat(db: Database, actor: Actor, upload: Upload, same: str) -> Evidence:
    """Count a file that this person gave as evidence before, under the UUID `same`, for another finding too.

    Raises `not_found` for a file that is not theirs or was taken back, `photo.digest_mismatch`, and what `receive`
    raises of the finding.
    """
    admit(db, actor, upload)
    with db.read() as session:
        row = session.get(Evidence, same)
        if row is None or row.account_id != actor.account_id or row.removed_at is not None:
            raise RoundsError("not_found")
        finding_for(session, actor, SUBJECTS[upload.subject][0], row.finding_id)
    if row.subject != upload.subject or (row.kind == "scan") != (upload.role == "scan"):
        raise RoundsError("invalid", field="role")
    if upload.sha256 and upload.sha256 != row.sha256:
        raise RoundsError("photo.digest_mismatch")
    names = ("kind", "media_type", "sha256", "size", "filename", "thumbnail_sha256", "report_sha256", "phash", "dhash")
    role = "other" if upload.role == "scan" else upload.role
    file = File(upload.uuid, role=role, proves=upload.proves, **{name: getattr(row, name) for name in names})
    return add_evidence(db, actor, upload.finding_id, upload.subject, file)


def stored(house: Installation, upload: Upload, data: bytes) -> File:
    """Examine a file and put it into its store."""
    sha256 = hashlib.sha256(data).hexdigest()
    if upload.sha256 and upload.sha256 != sha256:
        raise RoundsError("photo.digest_mismatch")
    sealed = upload.role == "scan"
    said: dict[str, Any] = {"role": "other" if sealed else upload.role, "proves": upload.proves}
    kind = document_kind(data)
    if sealed and kind and kind[0] not in SCANS:
        raise RoundsError("evidence.scan")
    if kind and upload.subject == "comment":
        raise RoundsError("evidence.comment")
    if kind:
        house.documents.put_bytes(data, sha256)
        name = _named(upload.filename, kind[2])
        return File(upload.uuid, "scan" if sealed else kind[0], kind[1], sha256, len(data), name, **said)
    found = house.intake.take_in(data, [], sha256)
    house.photos.put_bytes(data, sha256)
    ending = found.media_type.rpartition("/")[2].replace("jpeg", "jpg")
    return File(
        upload.uuid, "scan" if sealed else "photo", found.media_type, sha256, found.size,
        _named(upload.filename, ending), **said,
        thumbnail_sha256=house.photos.put_bytes(found.thumbnail), report_sha256=house.photos.put_bytes(found.report),
        phash=found.phash, dhash=found.dhash,
    )  # fmt: skip


def document_kind(data: bytes) -> tuple[str, str, str] | None:
    """Kind, media type and ending of a PDF, Word or Excel file; None for what may be a photo.

    Raises `evidence.macros`, `evidence.damaged`, `evidence.too_large` and `evidence.kind`.
    """
    if data[:1024].lstrip().startswith(b"%PDF-"):
        names = PDF_ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), data)  # /J#61vaScript says the same
        if any(action in names for action in PDF_ACTIONS):
            raise RoundsError("evidence.macros")
        if b"%%EOF" not in data[-2048:]:
            raise RoundsError("evidence.damaged")
        return "pdf", "application/pdf", "pdf"
    if data.startswith(b"PK\x03\x04"):
        return _office_kind(data)
    if data.startswith((*PROGRAM_MARKS, b"Rar!", b"7z\xbc\xaf", b"<", b"{\\rtf")):
        raise RoundsError("evidence.kind")
    return None


def evidence_file(db: Database, actor: Actor, uuid: str, kind: str) -> Found:
    """A piece of evidence of a finding that the actor may read; `kind`: thumbnail, report, or original.

    Raises `not_found`.
    """
    if not is_uuid(uuid):
        raise RoundsError("not_found")
    with db.read() as session:
        row = session.get(Evidence, uuid)
        if row is None or row.removed_at is not None:
            raise RoundsError("not_found")
        on_tablet = row.subject == "rectification" and kind in PICTURES and shown_on_tablet(session, actor, uuid)
        if not (on_tablet and may_somewhere(actor, "visit.conduct")):
            finding_for(session, actor, "finding.read", row.finding_id)
    return file_of(row, kind)


def file_of(row: Evidence, kind: str) -> Found:
    """A piece of evidence to hand out to whoever may have it. Raises `not_found`."""
    is_photo = bool(row.report_sha256)
    if kind in PICTURES and is_photo:
        sha256 = row.thumbnail_sha256 if kind == "thumbnail" else row.report_sha256
        return Found(True, sha256, "image/jpeg", row.filename)
    if kind != "original" or is_photo:  # what a camera wrote into a photo stays with us
        raise RoundsError("not_found")
    return Found(False, row.sha256, row.media_type, row.filename)


def _office_kind(data: bytes) -> tuple[str, str, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            _check_parts(parts)
            listed = archive.getinfo("[Content_Types].xml")
            if listed.file_size > MOST_TYPES:
                raise RoundsError("evidence.too_large")
            types = _types(archive.read(listed))
            if any(mark in said for said in types for mark in MACROS):
                raise RoundsError("evidence.macros")
            for part in parts:
                with archive.open(part) as file:
                    if file.read(8).startswith(PROGRAM_MARKS):
                        raise RoundsError("evidence.macros")
    except KeyError:
        raise RoundsError("evidence.kind") from None  # an archive, and no Office file
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, RuntimeError, EOFError):
        raise RoundsError("evidence.damaged") from None
    for mark, kind in OFFICE.items():
        if any(mark in said for said in types):
            return kind
    raise RoundsError("evidence.kind")


def _check_parts(parts: Iterable[zipfile.ZipInfo]) -> None:
    """Raise for what unpacks to too much, and for parts that are programs or other files with macros by name."""
    parts = list(parts)
    # zipfile never unpacks more of a part than its header announces, so the announced sizes may be trusted.
    unpacked, packed = (sum(getattr(part, name) for part in parts) for name in ("file_size", "compress_size"))
    bomb = unpacked > MODEST and unpacked > MOST_RATIO * packed
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED or bomb:
        raise RoundsError("evidence.too_large")
    if any(part.filename.lower().endswith(("vbaproject.bin", *PROGRAMS)) for part in parts):
        raise RoundsError("evidence.macros")


def _types(listed: bytes) -> list[str]:
    """What the parts of an Office file are said to be, as a reader of XML reads it: nothing hides behind entities."""
    try:
        root = ElementTree.fromstring(listed, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException):
        raise RoundsError("evidence.damaged") from None
    return [entry.get("ContentType", "").lower() for entry in root.iter()]


def _named(filename: str, ending: str) -> str:
    """The name as it is shown and saved under: no folders, and the ending of what the file really is."""
    stem = " ".join(filename.replace("\\", "/").rpartition("/")[2].split())
    stem = "".join(letter for letter in stem if letter.isprintable() and letter not in '<>:"|?*')
    stem = stem.rsplit(".", 1)[0] if "." in stem else stem
    return f"{stem.strip('. ')[:150] or 'evidence'}.{ending}"
