"""The contest's pages at a desk: who is offered what, what stands there, and what a step does."""

import datetime as dt

import pytest
from streamlit.testing.v1 import AppTest

from audit.domain.permissions import Granted, Role, Scope
from audit.services import accounts, clock
from audit.services.contest import contestants, contributions, recount_files, reposts, seasons, skills
from audit.services.contest.seasons import SeasonValues
from audit.services.contest.sign_in import ContestantSession
from audit.services.installation import installation
from audit.ui.held_parts import PICKED
from tests.contesting import IN_SEASON, Contest, contribute, found_contest
from tests.factories import City
from tests.pages.conftest import Visit, texts
from tests.pages.test_pages import button
from tests.services.test_contest_contributions import CASES_OPEN
from tests.voting import Booth

PAGES = (
    "contest.py", "contest_board.py", "contestants.py", "contest_quiz.py", "contest_cases.py", "contest_votes.py",
    "contest_stars.py",
)  # fmt: skip


@pytest.fixture
def contest(page_city: City, monkeypatch: pytest.MonkeyPatch) -> Contest:
    """A running season; Ou, Ju and Ke can open pages like the city's other people."""
    monkeypatch.setattr(clock, "now", lambda: CASES_OPEN)
    made = found_contest(page_city)
    page_city.actors.update({"ou": made.ou, "ju": made.ju})
    skills.enter_score(made.db, made.ou, made.ids[0], clock.today(), "95")
    return made


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_the_organiser_opens_every_page_without_an_error(
    visit_page: Visit, contest: Contest, page: str, locale: str
) -> None:
    at = visit_page("ou", page, locale=locale)
    assert not at.exception
    assert not at.error


def test_beside_another_season_every_page_asks_once_which_one_is_meant(visit_page: Visit, contest: Contest) -> None:
    seasons.create_season(contest.db, contest.ou, SeasonValues("2027", "次年赛季"))
    for page in PAGES:
        at = visit_page("ou", page)
        assert not at.exception, page
        assert not at.error, page
        assert len([one for one in at.selectbox if "次年赛季" in one.options]) == 1, page


def test_the_season_says_where_it_stands_what_is_lacking_and_its_rules(visit_page: Visit, contest: Contest) -> None:
    told = texts(visit_page("ou", "contest.py"))
    for text in ("进行中", "答题赛季", "第 4 周（共 16 周）", "技能成绩", "封榜"):
        assert text in told, text
    assert "封榜" not in [one.label for one in visit_page("wang", "contest.py").button], "marketing only looks on"
    assert "50 % skills" in texts(visit_page("wang", "contest.py", locale="en", view="rules"))
    seasons.amend_rules(
        contest.db, contest.ou, contest.season_id, 2, contest.rules.to_json() | {"ties": []}, "不再排并列"
    )
    assert "不再排并列" in texts(visit_page("ou", "contest.py", view="rules"))


def test_who_lacks_what_is_found_and_a_reason_against_somebody_is_the_organisers_alone(
    visit_page: Visit, contest: Contest
) -> None:
    told = texts(visit_page("ou", "contestants.py", lacks="skill"))
    assert "选手1" in told
    assert "选手0" not in told
    contestants.set_eligibility(contest.db, contest.ou, contest.ids[1], 1, "代刷票", 1)
    assert "代刷票" in texts(visit_page("ou", "contestants.py", id=contest.ids[1]))
    assert "代刷票" in texts(visit_page("ou", "contest_stars.py"))
    for page in ("contestants.py", "contest_stars.py"):
        assert "代刷票" not in texts(visit_page("ju", page, id=contest.ids[1]))


def test_a_branch_sees_its_own_contestants_and_enters_scores(visit_page: Visit, contest: Contest) -> None:
    told = texts(visit_page("mei", "contestants.py"))
    own = [place for place in range(9) if place % 3 == 1]  # of the organisations in turn, Jiangbei is the second
    assert all((f"选手{place}" in told) is (place in own) for place in range(9))
    at = visit_page("mei", "contestants.py", id=contest.ids[1])
    at.text_input[0].set_value("88.5")
    at = button(at, "录入")
    assert not at.error
    assert [one.points for one, *_ in skills.scores_of(contest.db, contest.ou, contest.ids[1])] == [8850]
    assert visit_page("mei", "contestants.py", id=contest.ids[0]).error


def test_the_board_has_its_charts_and_says_that_it_is_live(visit_page: Visit, contest: Contest) -> None:
    for query in ({}, {"view": "organisation"}, {"view": "leg"}, {"view": "league"}):
        at = visit_page("wang", "contest_board.py", **query)
        assert not at.exception
        assert len(at.get("plotly_chart")) == 1
        assert "实时榜单" in texts(at)


@pytest.mark.parametrize("view", ["city", "organisation", "leg", "league"])
def test_the_board_is_searched_and_keeps_the_search_in_its_address(
    visit_page: Visit, contest: Contest, view: str
) -> None:
    word, other = ("渝中", "江北") if view == "league" else ("选手3", "选手6")
    more = {"of": "yuzhong"} if view == "organisation" else {}
    at = visit_page("wang", "contest_board.py", view=view, q=word, **more)
    assert not at.exception
    shown = texts(at)
    assert word in shown
    assert other not in shown
    assert not at.get("plotly_chart")
    at.text_input(key="q").set_value("没有这个词").run()
    assert "没有找到" in texts(at)
    assert at.query_params["q"] in ("没有这个词", ["没有这个词"])


def test_a_closed_season_leads_to_its_recount_file_or_lets_the_organiser_publish_it(
    visit_page: Visit, contest: Contest
) -> None:
    for place, id_ in enumerate(contest.ids[:5]):
        contribute(contest, id_, "idea", 500 - 50 * place)
    for version, action in enumerate(("freeze", "close"), start=2):
        seasons.move_season(contest.db, contest.ou, contest.season_id, version, action)
    assert "发布复核文件" in [one.label for one in visit_page("ou", "contest_stars.py").button]
    for page in (visit_page("ou", "contestants.py"), visit_page("ou", "contestants.py", id=contest.ids[0])):
        offered = {one.label for one in page.button}
        assert not offered & {"导入选手", "添加选手", "导入技能成绩", "录入", "修改资料…", "退出赛季"}
    assert "结束全部登录" in offered, "a phone can be lost later, too"
    assert "自行复核结果" not in texts(visit_page("wang", "contest_board.py"))
    recount_files.publish_due(installation())
    told = visit_page("ou", "contest_stars.py")
    assert "发布复核文件" not in [one.label for one in told.button]
    for at in (told, visit_page("wang", "contest_board.py")):
        assert "/contest/recount" in [one.proto.url for one in at.get("link_button")]


def test_a_step_that_the_days_of_the_rules_speak_against_is_warned_of(visit_page: Visit, contest: Contest) -> None:
    past = SeasonValues("2025", "去年的赛季", first=clock.today() - dt.timedelta(days=200))
    old = seasons.create_season(contest.db, contest.ou, past)
    at = visit_page("ou", "contest.py", season=old).button(key="step_start").click().run()
    assert "启动后不会计入任何成绩" in texts(at)
    seasons.move_season(contest.db, contest.ou, contest.season_id, 2, "freeze")
    at = visit_page("ou", "contest.py", season=contest.season_id).button(key="step_close").click().run()
    assert "现在结束将提前截止" in texts(at)


def test_while_all_share_their_places_the_dry_run_speaks_of_the_panel_and_of_no_vacant_seat(
    visit_page: Visit, contest: Contest
) -> None:
    skills.enter_score(contest.db, contest.ou, contest.ids[0], clock.today(), "")
    told = texts(visit_page("ou", "contest_stars.py"))
    assert "待评委表决 4 席；其余名额待表决后全市择优" in told
    assert "现有名额均有并列" in told
    assert "空缺" not in told


def test_a_judge_reviews_what_was_handed_in(visit_page: Visit, contest: Contest) -> None:
    me = ContestantSession(contest.ids[0], contest.season_id, "")
    number = contributions.submit(contest.db, me, "idea", "小课堂 <b>屏</b>", "文")
    assert "小课堂 <b>屏</b>" in texts(visit_page("ju", "contest_cases.py"))
    at = visit_page("ju", "contest_cases.py", id=number)
    assert [one.label for one in at.button if one.key and one.key.startswith("review_")] == ["发布", "退回", "不予采用"]
    contributions.review(contest.db, contest.ju, number, 1, "publish")
    at = visit_page("ju", "contest_cases.py", id=number)
    assert "暂无评论" in texts(at)
    at.text_area[0].input("写得很具体")
    at.button(key="FormSubmitter:comment_0-发表评论").click().run()
    assert not at.exception
    assert "写得很具体" in texts(visit_page("ou", "contest_cases.py", id=number))
    assert "Ju · 赛事评审组" in texts(visit_page("ou", "contest_cases.py", id=number))
    assert [one.label for one in at.button if one.key and one.key.startswith("review_")] == ["采纳", "撤回重审"]


def test_a_repost_that_is_refused_stays_in_its_form_and_one_that_is_noted_leaves_it(
    visit_page: Visit, contest: Contest
) -> None:
    me = ContestantSession(contest.ids[0], contest.season_id, "")
    number = contributions.submit(contest.db, me, "idea", "小课堂", "文")
    contributions.review(contest.db, contest.ju, number, 1, "publish")
    at = visit_page("ju", "contest_cases.py", id=number)
    for address, channel in (("不是地址", "公众号"), ("https://example.com/1", "")):
        at.text_input[0].set_value("公众号")
        at.text_input[1].set_value(address)
        button(at, "登记")
        assert at.text_input[0].value == channel
    assert [one.channel for one in reposts.reposts_of(contest.db, contest.ju, number)] == ["公众号"]


def test_nobody_else_is_offered_what_is_not_theirs(visit_page: Visit, contest: Contest) -> None:
    for name in ("wang", "lin"):
        for page in ("contest_quiz.py", "contest_cases.py", "contest_stars.py"):
            with pytest.raises(Exception, match=r"page|Page"):
                visit_page(name, page)


def test_who_has_one_season_sees_that_one_where_there_is_something_to_do(visit_page: Visit, contest: Contest) -> None:
    """And founds no other; a role in one season stays in that one when other roles of the account are changed."""
    db, adam = contest.db, contest.city.adam
    offered = [one for one in visit_page("ou", "contest.py").button if one.label == "新建赛季"]
    assert [one.proto.type for one in offered] == ["tertiary"], "quiet while a season runs"
    other = seasons.create_season(db, contest.ou, SeasonValues("2027", "下一季"))
    mine = Granted(Role.ORGANISER, Scope.SEASON, contest.season_id)
    accounts.set_grants(db, adam, contest.ou.account_id, 1, [mine])
    for page in ("contest_quiz.py", "contest_votes.py", "contest_stars.py", "contestants.py"):
        at = visit_page("ou", page, season=other)
        assert not at.error
        assert "下一季" not in texts(at)
    assert "新建赛季" not in [one.label for one in visit_page("ou", "contest.py").button]
    at = visit_page("adam", "accounts.py", id=contest.ou.account_id)
    assert [one.value for one in at.multiselect if "竞赛组织" in one.label] == [[contest.season_id]]
    button(at, "保存角色")
    assert accounts.get_account(db, adam, contest.ou.account_id).grants == (mine,)


def test_a_flood_waits_for_the_organiser_who_decides_with_a_comment(
    visit_page: Visit, page_city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: IN_SEASON)
    booth = Booth(found_contest(page_city, people=3))
    page_city.actors.update({"ou": booth.contest.ou})
    assert "没有待核选票" in texts(visit_page("ou", "contest_votes.py"))
    for number in range(16):
        booth.cast(f"bot {number}", [0], device="one phone")
    ids = [row.ballot_id for row in booth.held()]
    told = texts(visit_page("ou", "contest_votes.py"))
    assert "同一设备投票过多" in told
    at = visit_page("ou", "contest_votes.py")
    at.session_state[PICKED] = set(ids)
    at.run()
    at.button(key="held_discard").click().run()
    assert agree(at).error, "no decision without a comment"
    at.text_input[-1].set_value("一部手机连投")
    agree(at)
    assert {row.decision for row in booth.held()} == {"discard"}
    assert "一部手机连投" in texts(visit_page("ou", "contest_votes.py", view="decided"))


def test_a_whole_flood_is_decided_in_one_dialog_as_it_was_seen(
    visit_page: Visit, page_city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: IN_SEASON)
    booth = Booth(found_contest(page_city, people=3))
    page_city.actors.update({"ou": booth.contest.ou})
    for number in range(30):
        booth.cast(f"bot {number}", [0], device="one phone")
    at = visit_page("ou", "contest_votes.py")
    at.button(key="held_heap").click().run()
    assert "30 张" in texts(at)
    assert "选手0（30）" in texts(at)
    at.text_input[-1].set_value("一部手机连投")
    at.button(key="held_heap").click()
    at.button(key="heap_discard").click().run()
    assert {(row.decision, row.comment) for row in booth.held()} == {("discard", "一部手机连投")}


def agree(at: AppTest) -> AppTest:
    """Confirm the open dialog; the runner knows of it only while the button that opens it is pressed again."""
    at.button(key="held_discard").click()
    return at.button(key="held_yes").click().run()


def test_held_ballots_and_versions_of_the_rules_are_searched(
    visit_page: Visit, page_city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: IN_SEASON)
    booth = Booth(found_contest(page_city, people=3))
    page_city.actors.update({"ou": booth.contest.ou})
    for number in range(16):
        receipt = booth.cast(f"bot {number}", [number % 2], device="one phone")
    nothing = "没有找到。请调整搜索条件或筛选项。"
    for search, found in (("选手1", True), ("E0001", True), (f"{receipt[:4]}-{receipt[4:]}", True), ("选手2", False)):
        told = texts(visit_page("ou", "contest_votes.py", q=search))
        assert (nothing not in told) is found, search
        assert ("同一设备投票过多" in told) or not found
    contest, other = booth.contest, booth.contest.rules.to_json() | {"ties": []}
    seasons.amend_rules(contest.db, contest.ou, contest.season_id, 2, other, "甲")
    assert "甲" in texts(visit_page("ou", "contest.py", view="rules", q="甲"))
    for search, stages, lacking in (("封榜投票", True, False), ("照片", False, True), ("没有这个词", False, False)):
        at = visit_page("ou", "contest.py", q=search)
        told = texts(at)
        found = "核查与公示" in told, "赛程" in told, "缺项情况" in told, nothing in told
        assert found == (False, stages, lacking, not (stages or lacking)), search
        assert at.text_input(key="q").value == search
    assert nothing in texts(visit_page("ou", "contest.py", view="rules", q="没有"))
