"""Moodle's GIFT format: questions as plain text, read with the line of every fault, and written.

Read: single and multiple choice, true/false, missing word; `// [id:…] [tag:easy]` for code and difficulty, `$CATEGORY:`
for the topic (`营业厅 | Hall`), `####` for the explanation, both languages as Moodle's multi-language spans.
Matching, numerical, short answers and essays are refused: nobody but a person could mark them here, or nobody could
play them by tapping.
"""

import hashlib
import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from audit.domain.contest.questions import OPTION_CODES, TRUE_OR_FALSE, Option, QuestionKind, QuestionValues, check
from audit.domain.contest.rules import DIFFICULTIES
from audit.errors import RoundsError

SPECIAL = "~=#{}:\\"
NO_TOPIC = "quiz"  # a category must have a name
_HIDDEN = {sign: chr(0xE000 + ord(sign)) for sign in SPECIAL}
_SPAN = re.compile(r'<span\s+(?=[^>]*class="multilang")[^>]*lang="([A-Za-z_-]+)"[^>]*>(.*?)</span>', re.DOTALL)
_TAGS = re.compile(r"\[(id|tag):([^\]]+)\]")
_TITLE = re.compile(r"\s*::(.*?)::", re.DOTALL)
_FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]")
_WEIGHT = re.compile(r"\s*%(-?\d+(?:\.\d+)?)%")
_TRUTH = re.compile(r"(T|TRUE|F|FALSE)\s*(#.*)?", re.DOTALL | re.IGNORECASE)
_CHINESE = re.compile(r"[\u3400-\u9fff]")


@dataclass
class Reading:
    """What a file held: (line, question) of what can be taken, (line, error) of what cannot."""

    questions: list[tuple[int, QuestionValues]] = field(default_factory=list)
    faults: list[tuple[int, RoundsError]] = field(default_factory=list)


@dataclass
class _Block:
    """The lines between two empty lines: where the question begins, its text, what comments say of it."""

    line: int
    text: str
    marks: dict[str, list[str]]
    topic: str


def read(text: str) -> Reading:
    """All questions of a GIFT file; a code that stands twice is a fault."""
    reading = Reading()
    lines: dict[str, int] = {}
    for block in _blocks(text):
        try:
            found = _question(block)
            check(found)
            if found.code in lines:
                raise RoundsError("spreadsheet.duplicate", value=found.code, row=lines[found.code])
            lines[found.code] = block.line
            reading.questions.append((block.line, found))
        except RoundsError as error:
            reading.faults.append((block.line, error))
    return reading


def write(questions: Iterable[QuestionValues]) -> str:
    """The questions as a GIFT file that `read`, and Moodle, take."""
    parts, topic = [], None
    for one in questions:
        if (one.topic_zh, one.topic_en) != topic:
            topic = (one.topic_zh, one.topic_en)
            parts.append(f"$CATEGORY: {_category(*topic)}\n")
        parts.append(_written(one))
    return "\n".join(parts)


def _blocks(text: str) -> Iterator[_Block]:
    topic = ""
    block = _Block(0, "", {}, topic)
    for number, line in enumerate([*text.lstrip("\ufeff").splitlines(), ""], start=1):
        bare = line.strip()
        if not bare:
            if block.text.strip():
                yield block
            block = _Block(0, "", block.marks if not block.text.strip() else {}, topic)
        elif bare.startswith("//"):
            for name, value in _TAGS.findall(bare):
                block.marks.setdefault(name, []).append(value.strip())
        elif bare.startswith("$CATEGORY:"):
            topic = block.topic = bare.removeprefix("$CATEGORY:").strip().rsplit("/", 1)[-1]
        else:
            block.line = block.line or number
            block.text += line + "\n"


def _category(zh: str, en: str) -> str:
    """A topic as Moodle shows a category: both languages side by side. A slash would begin a category within."""
    said = [text.replace("/", "／").replace("|", "｜") for text in (zh, en) if text]
    return " | ".join(said) or NO_TOPIC


def _topic(category: str) -> tuple[str, str]:
    zh, _, en = category.partition(" | ")
    return (zh.strip(), en.strip()) if en else _languages("" if category == NO_TOPIC else category)


def _question(block: _Block) -> QuestionValues:
    text = block.text
    for sign, hidden in _HIDDEN.items():
        text = text.replace("\\" + sign, hidden)
    title = _TITLE.match(text)
    rest = text[title.end() :] if title else text
    style = _FORMAT.match(rest)
    rest = rest[style.end() :] if style else rest
    before, opened, inside = rest.partition("{")
    if not opened:
        raise RoundsError("gift.no_answers")
    answers, closed, after = inside.partition("}")
    if not closed or "{" in answers or "{" in after:
        raise RoundsError("gift.braces")
    stem = before.strip() + (f" _____ {after.strip()}" if after.strip() else "")
    answers, _, explanation = answers.partition("####")
    kind, options, right, told = _answers(answers.strip())
    zh, en = _languages(stem)
    explained = _languages(explanation if explanation.strip() else told)
    topic = _topic(block.topic)
    return QuestionValues(
        code=_code(block, "".join(_languages(title.group(1))) if title else "", zh or en),
        kind=kind,
        difficulty=next((tag for tag in block.marks.get("tag", ()) if tag in DIFFICULTIES), "medium"),
        topic_zh=topic[0],
        topic_en=topic[1],
        text_zh=zh,
        text_en=en,
        options=options,
        right=right,
        explanation_zh=explained[0],
        explanation_en=explained[1],
    )


def _answers(text: str) -> tuple[str, tuple[Option, ...], tuple[str, ...], str]:
    """Kind, options, right codes, and the feedback that explains when there is no general one."""
    if not text:
        raise RoundsError("gift.kind")
    if text.startswith("#"):
        raise RoundsError("gift.kind")
    if truth := _TRUTH.fullmatch(text):
        right = "a" if truth.group(1).upper().startswith("T") else "b"
        return QuestionKind.TRUE_FALSE, TRUE_OR_FALSE, (right,), (truth.group(2) or "").rpartition("#")[2]
    found = re.findall(r"([=~])([^=~]*)", text)
    if text[0] not in "=~" or len(found) > len(OPTION_CODES):
        raise RoundsError("gift.answers", most=len(OPTION_CODES))
    if any(sign == "=" and "->" in body for sign, body in found):
        raise RoundsError("gift.kind")
    weights = [_WEIGHT.match(body) for _, body in found]
    if all(sign == "=" for sign, _ in found):
        raise RoundsError("gift.kind")
    options, right_codes, told = [], [], ""
    for code, (sign, body), weight in zip(OPTION_CODES, found, weights, strict=False):
        said, _, feedback = (body[weight.end() :] if weight else body).partition("#")
        zh, en = _languages(said)
        options.append(Option(code, zh, en))
        if (float(weight.group(1)) > 0) if weight else sign == "=":
            right_codes.append(code)
            told = told or feedback
    kind = QuestionKind.MULTIPLE if len(right_codes) > 1 else QuestionKind.SINGLE
    return kind, tuple(options), tuple(right_codes), told


def _code(block: _Block, title: str, stem: str) -> str:
    """The id that a comment names, or the title where it can be one, or one made from the text."""
    for told in (*block.marks.get("id", ()), title):
        if told and len(told) <= 40 and all(sign.isalnum() or sign in "-_." for sign in told):
            return str(told)
    return f"gift-{hashlib.sha256((title + stem).encode()).hexdigest()[:12]}"


def _languages(text: str) -> tuple[str, str]:
    """Chinese and English of a text with multi-language spans; one without them is in the language it looks like."""
    for sign in SPECIAL.replace("\\", ""):  # a backslash stays hidden until line breaks are told from it
        text = text.replace(_HIDDEN[sign], sign)
    spans = {language.lower()[:2]: said for language, said in _SPAN.findall(text)}
    if spans:
        return _plain(spans.get("zh", "")), _plain(spans.get("en", ""))
    plain = _plain(text)
    return (plain, "") if _CHINESE.search(plain) else ("", plain)


def _plain(text: str) -> str:
    """Without markup and escapes, on as many lines as the author wrote with `\\n`."""
    said = html.unescape(re.sub(r"<[^<>]+>", " ", " ".join(text.split())))
    lines = (part.strip() for part in said.replace("\\n", "\n").split("\n"))
    return "\n".join(lines).strip().replace(_HIDDEN["\\"], "\\")


def _written(question: QuestionValues) -> str:
    head = f"// [id:{question.code}] [tag:{question.difficulty}]\n::{_escaped(question.code)}::[html]"
    stem = _both(question.text_zh, question.text_en)
    explained = _both(question.explanation_zh, question.explanation_en)
    feedback = f"\n####{explained}" if explained else ""
    if question.kind == QuestionKind.TRUE_FALSE:
        return f"{head}{stem}{{{'T' if 'a' in question.right else 'F'}{feedback}\n}}\n"
    several = question.kind == QuestionKind.MULTIPLE
    share = f"{100 / max(1, len(question.right)):.5f}".rstrip("0").rstrip(".")
    lines = []
    for option in question.options:
        fine = option.code in question.right
        sign = (f"~%{share}%" if fine else "~%-100%") if several else ("=" if fine else "~")
        lines.append(f"\t{sign}{_both(option.zh, option.en)}")
    return f"{head}{stem}{{\n" + "\n".join(lines) + f"{feedback}\n}}\n"


def _both(zh: str, en: str) -> str:
    said = [
        f'<span lang\\="{language}" class\\="multilang">{_escaped(html.escape(text, quote=False))}</span>'
        for language, text in (("zh_cn", zh), ("en", en))
        if text
    ]
    return "".join(said)


def _escaped(text: str) -> str:
    for sign in ("\\", *SPECIAL.replace("\\", "")):
        text = text.replace(sign, "\\" + sign)
    return text.replace("\n", "\\n")
