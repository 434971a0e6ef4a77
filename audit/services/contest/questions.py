"""The question bank: import from Excel and Moodle GIFT (dry run first), export, pictures, retirement.

All seasons share it. A question that was asked is never changed, because what was answered must stay readable: it is
retired, and another one is written. The organisers of any season keep the bank, as long as they play in none: every
verb here raises `contest.takes_part` for a contestant of a season that is not closed.
"""

from collections.abc import Callable, Iterable
from typing import Any

from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import Question, QuizAnswer, QuizPaper
from audit.domain.contest import gift
from audit.domain.contest.questions import (
    DIFFICULTY_WORDS,
    KIND_WORDS,
    OPTION_CODES,
    TRUE_OR_FALSE,
    Option,
    QuestionKind,
    QuestionValues,
    check,
)
from audit.domain.permissions import Actor, authorise_somewhere
from audit.domain.photos import MAX_BYTES
from audit.errors import RoundsError
from audit.i18n import pick
from audit.photos.intake import IntakePool
from audit.photos.store import PhotoStore
from audit.services import values
from audit.services.contest import rulings
from audit.services.contest.own import check_plays_nowhere
from audit.services.spreadsheet import Column, Row, RowError, Sheet, read, template
from audit.services.spreadsheet_import import Outcome, apart, run
from audit.services.values import PAGE_SIZE, Slice, change, matches, slice_of
from audit.services.work import Work, unit_of_work

PERMISSION = "contest.manage"
GIFT, XLSX = "text/plain; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEPT = ("kind", "difficulty", "topic_zh", "topic_en", "text_zh", "text_en")  # as they are written
_OPTIONS = OPTION_CODES[:6]  # columns of the sheet

# fmt: off
QUESTION_SHEETS = (
    Sheet("questions", "题库", "Questions", (
        #      field             中文              English                example
        Column("code",           "编码",           "Code",                "HS-01", required=True),
        Column("kind",           "题型",           "Kind",                "单选题", required=True),
        Column("difficulty",     "难度",           "Difficulty",          "易", required=True),
        Column("topic_zh",       "主题",           "Topic",               "营业厅服务"),
        Column("topic_en",       "主题（英文）",   "Topic (English)",     "Hall service"),
        Column("text_zh",        "题干",           "Question (Chinese)",  "客户进厅后先做什么？", required=True),
        Column("text_en",        "题干（英文）",   "Question (English)",  "What does the greeter do first?"),
        *(column for place, code in enumerate(_OPTIONS) for column in (
            Column(f"{code}_zh", f"选项{code.upper()}", f"Option {code.upper()} (Chinese)",
                   ("问候并询问需求", "请客户取号", "查验证件", "")[min(place, 3)]),
            Column(f"{code}_en", f"选项{code.upper()}（英文）", f"Option {code.upper()} (English)",
                   ("Greet and ask", "Hand out a ticket", "Check papers", "")[min(place, 3)]),
        )),
        Column("right",          "正确答案",       "Right answer",        "A", required=True),
        Column("explanation_zh", "解析",           "Explanation (Chinese)", "先问候，再分流。"),
        Column("explanation_en", "解析（英文）",   "Explanation (English)", "Greet first, then direct."),
    )),
)
# fmt: on
_TRUE, _FALSE = ("正确", "对", "true", "t", "√", "a"), ("错误", "错", "false", "f", "×", "b")


def import_workbook(db: Database, actor: Actor, data: bytes, dry_run: bool = True) -> Outcome:
    """Questions from an .xlsx file, whole or not at all. Raises `spreadsheet.*` for a file that cannot be read."""
    _check_keeper(db, actor)
    reading = read(data, QUESTION_SHEETS)
    reading.unique("questions", "code")
    outcome = Outcome(errors=reading.errors)

    def apply(work: Work) -> None:
        reading.each("questions", apart(work, lambda row: _bring(work, row, outcome)))

    return run(db, actor, apply, outcome, dry_run)


def import_gift(db: Database, actor: Actor, data: bytes, dry_run: bool = True) -> Outcome:
    """Questions from a GIFT file, whole or not at all; an error's row is the line. Raises `gift.not_text`."""
    _check_keeper(db, actor)
    try:
        reading = gift.read(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise RoundsError("gift.not_text") from None
    outcome = Outcome(errors=[RowError("GIFT", line, "", error) for line, error in reading.faults])

    def apply(work: Work) -> None:
        for line, question in reading.questions:
            try:
                with work.session.begin_nested():
                    _keep(work, question, outcome)
            except RoundsError as error:
                outcome.errors.append(RowError("GIFT", line, "", error))

    return run(db, actor, apply, outcome, dry_run)


# What a file's name ends with → how it is imported.
IMPORTS: dict[str, Callable[[Database, Actor, bytes, bool], Outcome]] = {
    ".xlsx": import_workbook,
    ".gift": import_gift,
    ".txt": import_gift,
}


def import_file(db: Database, actor: Actor, name: str, data: bytes, dry_run: bool = True) -> Outcome:
    """Questions from a file of either kind, told apart by its name. Raises `invalid` for another kind."""
    for ending, use in IMPORTS.items():
        if name.lower().endswith(ending):
            return use(db, actor, data, dry_run)
    raise RoundsError("invalid", field="file")


def export_workbook(db: Database, actor: Actor, locale: str) -> bytes:
    """All questions that are not retired, in the shape that `import_workbook` reads. They carry the right answers."""
    return template(QUESTION_SHEETS, locale, {"questions": [_cells(one, locale) for one in _all(db, actor)]})


def export_gift(db: Database, actor: Actor) -> bytes:
    """All questions that are not retired, as Moodle reads them. They carry the right answers."""
    return gift.write(values_of(one) for one in _all(db, actor)).encode()


def find_questions(
    db: Database, actor: Actor, search: str = "", difficulty: str = "", retired: bool = False, page: int = 1
) -> Slice:
    """Questions of the bank by code, topic and text; `retired`: those that are no longer drawn."""
    _check_keeper(db, actor)
    state = col(Question.retired_at).is_not(None) if retired else col(Question.retired_at).is_(None)
    columns = (Question.code, Question.topic_zh, Question.topic_en, Question.text_zh, Question.text_en)
    query = select(Question).where(state, *matches(search, *columns)).order_by(col(Question.code))
    if difficulty:
        query = query.where(Question.difficulty == difficulty)
    with db.read() as session:
        return slice_of(session, query, page, PAGE_SIZE)


def get_question(db: Database, actor: Actor, question_id: int) -> Question:
    """One question with its right answers, for those who keep the bank. Raises `not_found`."""
    _check_keeper(db, actor)
    with db.read() as session:
        row = session.get(Question, question_id)
    if row is None:
        raise RoundsError("not_found")
    return row


def retire(db: Database, actor: Actor, question_id: int, version: int, retired: bool = True) -> None:
    """Draw a question no more (or again). Papers that have it keep it.

    Raises `not_found`, `stale`, `question.ruled` for one that would be drawn again with a wrong key.
    """
    _check_keeper(db, actor)
    with unit_of_work(db, actor) as work:
        row = _locked(work.session, question_id)
        if not retired:
            rulings.check_key(work.session, row)
        change(work.session, row, version, {"retired_at": work.now if retired else None})
        work.record("question.retired" if retired else "question.restored", "question", row.id, code=row.code)


def set_picture(
    db: Database, actor: Actor, store: PhotoStore, intake: IntakePool, question_id: int, data: bytes
) -> None:
    """Show a picture with a question that was not asked yet; blocks while it is decoded.

    The small derivative is kept: a light page carries it. Raises `not_found`, `question.used`, `photo.*`.
    """
    _check_keeper(db, actor)
    if len(data) > MAX_BYTES:
        raise RoundsError("photo.too_big", limit=MAX_BYTES // 1024 // 1024)
    sha256 = store.put_bytes(intake.take_in(data).thumbnail)
    with unit_of_work(db, actor) as work:
        row = _locked(work.session, question_id)
        _check_unused(work.session, row)
        change(work.session, row, row.version, {"picture_sha256": sha256})
        work.record("question.picture_set", "question", row.id, code=row.code, sha256=sha256)


def values_of(row: Question) -> QuestionValues:
    """A row of the bank as it is written."""
    options = tuple(Option(one["code"], one["zh"], one["en"]) for one in row.options)
    return QuestionValues(
        row.code, row.kind, row.difficulty, row.topic_zh, row.topic_en, row.text_zh, row.text_en, options,
        tuple(row.right), row.explanation_zh, row.explanation_en,
    )  # fmt: skip


def _bring(work: Work, row: Row, outcome: Outcome) -> None:
    """Keep the question of a row. Raises as `_keep` does."""
    given = _of_row(row)
    if row.assumed:  # the row is wrong, which was told: nothing of this file will be kept
        _checked(given)
    else:
        _keep(work, given, outcome)


def _keep(work: Work, given: QuestionValues, outcome: Outcome) -> None:
    """Insert or change one question. Raises what is wrong with it, and `question.used` for one that was asked."""
    question = _checked(given)
    columns = {
        **{name: getattr(question, name) for name in KEPT},
        "options": [vars(one) for one in question.options],
        "right": sorted(question.right),
        "explanation_zh": question.explanation_zh,
        "explanation_en": question.explanation_en,
    }
    row = work.session.exec(select(Question).where(Question.code == question.code)).first()
    if row is None:
        row = Question(code=question.code, created_at=work.now, **columns)
        work.session.add(row)
        work.session.flush()
        work.record("question.created", "question", row.id, code=row.code)
        return outcome.count(None, None)
    changes = change(work.session, row, row.version, columns)
    if changes:
        _check_unused(work.session, row)
        work.record("question.changed", "question", row.id, code=row.code, fields=sorted(changes))
    return outcome.count(row, changes)


def _checked(given: QuestionValues) -> QuestionValues:
    """The question with trimmed and measured texts."""
    question = QuestionValues(
        code=values.code("code", given.code),
        kind=given.kind,
        difficulty=given.difficulty,
        topic_zh=values.line("topic", given.topic_zh, 60),
        topic_en=values.line("topic", given.topic_en, 60),
        text_zh=values.text("text_zh", given.text_zh, 1000),
        text_en=values.text("text_en", given.text_en, 1000),
        options=tuple(
            Option(one.code, values.text("options", one.zh, 300), values.text("options", one.en, 300))
            for one in given.options
        ),
        right=given.right,
        explanation_zh=values.text("explanation_zh", given.explanation_zh, 2000),
        explanation_en=values.text("explanation_en", given.explanation_en, 2000),
    )
    check(question)
    return question


def _of_row(row: Row) -> QuestionValues:
    cells = row.cells
    kind = _by_word("kind", cells["kind"], {str(one): words for one, words in KIND_WORDS.items()})
    difficulty = _by_word("difficulty", cells["difficulty"], DIFFICULTY_WORDS)
    told = [one for one in cells["right"].lower().replace("、", ",").replace("，", ",") if one not in ", ;；"]
    if kind == QuestionKind.TRUE_FALSE:
        word = cells["right"].strip().lower()
        told = ["a"] if word in _TRUE else ["b"] if word in _FALSE else []
        options: tuple[Option, ...] = TRUE_OR_FALSE
    else:
        pairs = [(code, cells.get(f"{code}_zh", ""), cells.get(f"{code}_en", "")) for code in _OPTIONS]
        options = tuple(Option(code, zh, en) for code, zh, en in pairs if zh or en)
    return QuestionValues(
        cells["code"], kind, difficulty, cells.get("topic_zh", ""), cells.get("topic_en", ""), cells["text_zh"],
        cells.get("text_en", ""), options, tuple(dict.fromkeys(told)), cells.get("explanation_zh", ""),
        cells.get("explanation_en", ""),
    )  # fmt: skip


def _by_word(field: str, told: str, table: dict[str, tuple[str, str]]) -> str:
    for code, (zh, en) in table.items():
        if told.strip().lower() in (code, zh.lower(), en.lower()):
            return code
    raise RoundsError(f"question.{field}", field=field, value=told[:40])


def _cells(row: Question, locale: str) -> list[Any]:
    options = {one["code"]: one for one in row.options}
    true_false = row.kind == QuestionKind.TRUE_FALSE
    told = [options.get(code, {}).get(language, "") for code in _OPTIONS for language in ("zh", "en")]
    right = pick(locale, *(("正确", "True") if "a" in row.right else ("错误", "False")))
    return [
        row.code, pick(locale, *KIND_WORDS[QuestionKind(row.kind)]), pick(locale, *DIFFICULTY_WORDS[row.difficulty]),
        row.topic_zh, row.topic_en, row.text_zh, row.text_en, *([""] * len(told) if true_false else told),
        right if true_false else ",".join(row.right).upper(), row.explanation_zh, row.explanation_en,
    ]  # fmt: skip


def _check_keeper(db: Database, actor: Actor) -> None:
    """Raise `forbidden` unless the actor keeps the bank, and `contest.takes_part` while they play somewhere."""
    authorise_somewhere(actor, PERMISSION)
    with db.read() as session:
        check_plays_nowhere(session, actor)


def _all(db: Database, actor: Actor) -> Iterable[Question]:
    _check_keeper(db, actor)
    query = select(Question).where(col(Question.retired_at).is_(None))
    with db.read() as session:
        return session.exec(query.order_by(col(Question.topic_zh), col(Question.code))).all()


def _locked(session: Session, question_id: int) -> Question:
    row = session.exec(select(Question).where(Question.id == question_id).with_for_update()).first()
    if row is None:
        raise RoundsError("not_found")
    return row


def _check_unused(session: Session, row: Question) -> None:
    """Raise `question.used` for a question of a paper: whoever plays it must find it as it was drawn."""
    papers = session.exec(select(QuizPaper.questions)).all()
    answered = select(QuizAnswer.attempt_id).where(QuizAnswer.question_id == row.id).limit(1)
    if any(row.id in ids for ids in papers) or session.exec(answered).first() is not None:
        raise RoundsError("question.used", code=row.code)
