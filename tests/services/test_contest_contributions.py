"""Cases and golden ideas: handed in, reviewed by the table, worth points with a cap; comments; reposts never count."""

import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from sqlmodel import select

from audit.db.models import Contestant, ContestTally, Contribution, ContributionPhoto, Event
from audit.domain.contest.contributions import REVIEWS, Kind, review_for
from audit.domain.contest.season import ContributionState
from audit.domain.permissions import Actor, Granted, Role, Scope
from audit.errors import RoundsError
from audit.photos.intake import IntakePool
from audit.photos.local import LocalStore
from audit.services import clock
from audit.services.contest import comments, contribution_photos, contributions, reposts
from audit.services.contest.reposts import RepostValues
from audit.services.contest.sign_in import ContestantSession
from tests.contesting import Contest, found_contest, tallies_differ
from tests.factories import City
from tests.hands import refusal

CASES_OPEN = dt.datetime(2026, 8, 4, 2, 0, tzinfo=dt.UTC)
ACTIONS = sorted({step.action for step in REVIEWS})


@pytest.fixture
def contest(city: City) -> Iterator[Contest]:
    with clock.stopped(CASES_OPEN):
        made = found_contest(city)
        yield made
        assert tallies_differ(made) == []


def who(contest: Contest, place: int = 0) -> ContestantSession:
    return ContestantSession(contest.ids[place], contest.season_id, "选手")


def bonus(contest: Contest, place: int = 0) -> int:
    with contest.db.read() as session:
        return session.get_one(ContestTally, contest.ids[place]).bonus


def row(contest: Contest, number: int) -> Contribution:
    with contest.db.read() as session:
        return session.get_one(Contribution, number)


def review(contest: Contest, actor: Actor, number: int, action: str, reason: str = "", grade: int = 1) -> None:
    contributions.review(contest.db, actor, number, row(contest, number).version, action, reason, grade)


def in_state(contest: Contest, kind: str, state: str) -> int:
    """A contribution that is in a state."""
    number = contributions.submit(contest.db, who(contest), kind, "题", "文")
    with contest.db.write() as session:
        found = session.get_one(Contribution, number)
        found.state = state
        session.add(found)
    return number


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("state", list(ContributionState))
@pytest.mark.parametrize("action", ACTIONS)
def test_what_a_reviewer_can_do_is_the_table(contest: Contest, kind: str, state: str, action: str) -> None:
    number = in_state(contest, kind, state)
    step = review_for(state, action, kind)
    if step is None:
        with pytest.raises(RoundsError, match="wrong_state"):
            review(contest, contest.ju, number, action, "理由")
        assert row(contest, number).state == state
        return
    if step.reason:
        with pytest.raises(RoundsError, match="required"):
            review(contest, contest.ju, number, action)
    review(contest, contest.ju, number, action, "理由")
    assert row(contest, number).state == step.target


def test_a_published_case_and_an_adopted_idea_give_points_and_taking_one_back_takes_them_off(contest: Contest) -> None:
    case = contributions.submit(contest.db, who(contest), "case", "大字版资费单", "文")
    idea = contributions.submit(contest.db, who(contest), "idea", "小课堂", "文")
    assert bonus(contest) == 0
    review(contest, contest.ju, case, "publish")
    review(contest, contest.ou, idea, "publish")
    assert bonus(contest) == 200, "an idea that is only published gives nothing"
    review(contest, contest.ju, idea, "adopt", grade=3)
    assert bonus(contest) == 500
    review(contest, contest.ou, case, "retract", "与他人重复")
    assert (bonus(contest), row(contest, case).published_at) == (300, None)
    with pytest.raises(RoundsError, match="invalid"):
        review(contest, contest.ju, idea, "retract", "再看", grade=4)


def test_nobody_reviews_their_own_and_others_may_not_review(contest: Contest) -> None:
    number = contributions.submit(contest.db, who(contest), "case", "题", "文")
    with contest.db.write() as session:
        author = session.get_one(Contestant, contest.ids[0])
        author.account_id = contest.ju.account_id
        session.add(author)
    with pytest.raises(RoundsError, match=r"contest\.own"):
        review(contest, contest.ju, number, "publish")
    for role in set(Role) - {Role.ORGANISER, Role.JUDGE}:
        stranger = replace(contest.ou, grants=tuple(replace(grant, role=role) for grant in contest.ou.grants))
        with pytest.raises(RoundsError, match="forbidden"):
            contributions.get_piece(contest.db, stranger, number)
    with pytest.raises(RoundsError, match="stale"):
        contributions.review(contest.db, contest.ke, number, 9, "publish")
    with pytest.raises(RoundsError, match="not_found"):
        contributions.get_piece(contest.db, contest.ke, number + 1)


def test_a_contestant_changes_what_came_back_and_hands_it_in_again_but_nothing_that_is_decided(
    contest: Contest,
) -> None:
    number = contributions.submit(contest.db, who(contest), "case", "题", "文")
    review(contest, contest.ju, number, "return", "请补充做法")
    with pytest.raises(RoundsError, match="not_found"):
        contributions.revise(contest.db, who(contest, 1), number, row(contest, number).version, "题", "抄")
    contributions.revise(contest.db, who(contest), number, row(contest, number).version, "题二", "更多")
    assert (row(contest, number).state, row(contest, number).title) == ("submitted", "题二")
    review(contest, contest.ju, number, "publish")
    with pytest.raises(RoundsError, match="wrong_state"):
        contributions.revise(contest.db, who(contest), number, row(contest, number).version, "题三", "文")


def test_it_is_handed_in_while_the_stage_is_open_five_times_a_day_and_never_empty(contest: Contest) -> None:
    for told in (("case", "", "文"), ("case", "题", " "), ("poem", "题", "文"), ("case", "题" * 121, "文")):
        with pytest.raises(RoundsError):
            contributions.submit(contest.db, who(contest), *told)
    for _ in range(contest.rules.bonus.most_a_day):
        contributions.submit(contest.db, who(contest), "case", "题", "文")
    with pytest.raises(RoundsError, match=r"contribution\.too_many"):
        contributions.submit(contest.db, who(contest), "case", "题", "文")
    contributions.submit(contest.db, who(contest, 1), "case", "题", "文")
    with clock.stopped(dt.datetime(2026, 10, 6, 2, 0, tzinfo=dt.UTC)), pytest.raises(RoundsError, match="not_open"):
        contributions.submit(contest.db, who(contest, 2), "case", "题", "文")


def test_only_what_is_published_is_read_by_others_and_commented_on(contest: Contest) -> None:
    number = contributions.submit(contest.db, who(contest), "case", "题", "文")
    assert contributions.readable(contest.db, number, who(contest)).row.title == "题"
    for reader in (None, who(contest, 1)):
        with pytest.raises(RoundsError, match="not_found"):
            contributions.readable(contest.db, number, reader)
    with pytest.raises(RoundsError, match="not_found"):
        comments.comment(contest.db, who(contest, 1), number, "好")
    review(contest, contest.ju, number, "publish")
    assert contributions.readable(contest.db, number, None).row.title == "题"
    assert [piece.row.id for piece in contributions.published(contest.db, contest.season_id).rows] == [number]
    comments.comment(contest.db, who(contest, 1), number, "<b>好</b>")
    said = comments.comments_of(contest.db, number)[0]
    comments.set_hidden(contest.db, contest.ju, said.id, True)
    assert comments.comments_of(contest.db, number) == []
    assert comments.comments_of(contest.db, number, hidden=True)[0].hidden
    with pytest.raises(RoundsError, match="forbidden"):
        comments.set_hidden(contest.db, contest.city.actors["mei"], said.id, False)
    for _ in range(comments.A_DAY - 1):
        comments.comment(contest.db, who(contest, 1), number, "好")
    with pytest.raises(RoundsError, match=r"contribution\.too_many"):
        comments.comment(contest.db, who(contest, 1), number, "好")


def test_judge_and_organiser_comment_on_what_is_published_and_are_shown_as_the_panel(contest: Contest) -> None:
    number = contributions.submit(contest.db, who(contest), "case", "题", "文")

    def say(actor: Actor, text: str = "写得很具体") -> None:
        comments.comment_as_panel(contest.db, actor, number, text)

    assert refusal(lambda: say(contest.ju)).code == "wrong_state", "not before it is published"
    review(contest, contest.ju, number, "publish")
    for actor in (contest.city.actors["mei"], contest.city.wang):
        assert refusal(lambda actor=actor: say(actor)).code == "forbidden"
    elsewhere = Actor(contest.ju.account_id, "", grants=(Granted(Role.JUDGE, Scope.SEASON, contest.season_id + 1),))
    assert refusal(lambda: say(elsewhere)).code == "not_found"
    assert refusal(lambda: comments.comment_as_panel(contest.db, contest.ju, number + 1, "好")).code == "not_found"
    assert [refusal(lambda text=text: say(contest.ju, text)).code for text in (" ", "好" * 1001)] == [
        "required", "too_long",
    ]  # fmt: skip
    assert comments.comments_of(contest.db, number) == []
    say(contest.ju)
    comments.comment(contest.db, who(contest, 1), number, "谢谢")
    say(contest.ou, "下周在例会上讲一讲")
    told = [(one.name, one.name_en, one.text, one.panel) for one in comments.comments_of(contest.db, number)]
    assert told == [
        ("Ju", "Ms Ju", "写得很具体", True), ("选手1", "", "谢谢", False), ("Ou", "Ms Ou", "下周在例会上讲一讲", True),
    ]  # fmt: skip
    with contest.db.write() as session:
        session.get_one(Contestant, contest.ids[0]).account_id = contest.ou.account_id
    assert refusal(lambda: say(contest.ou)).code == "contest.own", "nobody praises the own work as the panel"
    with contest.db.read() as session:
        mine = select(Event).where(Event.verb == "contribution.commented", Event.account_id == contest.ju.account_id)
        assert len(session.exec(mine).all()) == 1


def test_reposts_are_recorded_and_change_no_score(contest: Contest) -> None:
    number = contributions.submit(contest.db, who(contest), "case", "题", "文")
    today = clock.today()
    with pytest.raises(RoundsError, match="wrong_state"):
        reposts.record(contest.db, contest.ou, number, RepostValues("企业微信", 12, today))
    review(contest, contest.ju, number, "publish")
    before = bonus(contest)
    reposts.record(contest.db, contest.ou, number, RepostValues("企业微信", 12, today, "https://example.org/1"))
    reposts.record(contest.db, contest.ou, number, RepostValues("朋友圈", 30, today))
    assert list(reposts.reach(contest.db, contest.ou, contest.season_id)) == [("朋友圈", 30), ("企业微信", 12)]
    assert bonus(contest) == before == 200
    for wrong in (
        RepostValues("", 1, today),
        RepostValues("x", 0, today),
        RepostValues("x", 1, today + dt.timedelta(days=1)),
        RepostValues("x", 1, today, "javascript:alert(1)"),
    ):
        with pytest.raises(RoundsError):
            reposts.record(contest.db, contest.ou, number, wrong)
    with pytest.raises(RoundsError, match="forbidden"):
        reposts.reach(contest.db, contest.city.actors["mei"], contest.season_id)


def test_photos_are_taken_in_without_metadata_six_at_most_and_seen_by_who_may(
    contest: Contest, intake: IntakePool, tmp_path: Path
) -> None:
    store, number = LocalStore(tmp_path), contributions.submit(contest.db, who(contest), "case", "题", "文")

    def picture(shade: int) -> bytes:
        out = io.BytesIO()
        Image.new("RGB", (64, 48), (shade, 90, 90)).save(out, "JPEG")
        return out.getvalue()

    def add(shade: int, me: ContestantSession = who(contest)) -> None:
        contribution_photos.add_photo(contest.db, me, store, intake, number, picture(shade))

    read_by_reviewer = row(contest, number).version
    add(1)
    add(1)
    assert row(contest, number).version == read_by_reviewer + 1
    with pytest.raises(RoundsError, match="stale"):  # a picture that nobody has reviewed is not published along
        contributions.review(contest.db, contest.ju, number, read_by_reviewer, "publish")
    with contest.db.read() as session:
        (kept,) = session.exec(select(ContributionPhoto)).all()
    assert store.exists(kept.picture_sha256)
    with pytest.raises(RoundsError, match="not_found"):
        add(2, who(contest, 1))
    with pytest.raises(RoundsError, match=r"photo\."):
        contribution_photos.add_photo(contest.db, who(contest), store, intake, number, b"no photo")
    seen = (kept.thumbnail_sha256, kept.picture_sha256)
    for sha256 in seen:
        contribution_photos.check_picture(contest.db, sha256, who(contest), None)
        contribution_photos.check_picture(contest.db, sha256, None, contest.ju)
        with pytest.raises(RoundsError, match="not_found"):
            contribution_photos.check_picture(contest.db, sha256, who(contest, 1), contest.city.actors["mei"])
    for shade in range(40, 40 + 20 * (contribution_photos.MOST - 1), 20):
        add(shade)
    with pytest.raises(RoundsError, match=r"contribution\.photos"):
        add(250)
    before = row(contest, number).version
    contribution_photos.remove_photo(contest.db, who(contest), number, kept.picture_sha256)
    assert row(contest, number).version == before + 1
    review(contest, contest.ju, number, "publish")
    with contest.db.read() as session:
        others = session.exec(select(ContributionPhoto.picture_sha256)).all()
    assert len(others) == contribution_photos.MOST - 1
    contribution_photos.check_picture(contest.db, others[0], None, None)
    with pytest.raises(RoundsError, match="not_found"):
        contribution_photos.check_picture(contest.db, kept.picture_sha256, None, None)
