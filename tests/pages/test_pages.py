"""Every page for every role: who is offered what, what stands there in both languages, how a refusal looks."""

import datetime as dt
import json

import pytest
from streamlit.testing.v1 import AppTest

from audit.config import PROJECT
from audit.domain.permissions import Role
from audit.errors import RoundsError
from audit.i18n import catalogue, message
from audit.services import accounts, backup, checklists, clock, organisations, rounds, sign_in
from audit.services.assignments import AssignmentPlan, OutletPlan
from audit.services.installation import installation
from audit.services.rounds import RoundValues
from tests.contesting import member
from tests.factories import NOW, City
from tests.pages.conftest import Visit, texts

# fmt: off
OFFERED = {
    #         organiser judge supervisor marketing approver leader branch hall administrator
    "home":          "ou ju lin wang fang luo mei hu adam",
    "my_visits":     "lin",
    "review":        "wang",
    "rectifications": "wang",
    "drafts":        "wang fang",
    "findings":      "lin wang fang luo mei hu",
    "together":      "mei",
    "board":         "lin wang fang luo mei hu",
    "register":      "lin wang fang luo mei hu",
    "reinspections": "wang",
    "escalations":   "wang fang luo",
    "papers":        "lin wang fang luo mei",
    "messages":      "ou ju lin wang fang luo mei hu adam",
    "contest":       "ou ju lin wang fang luo mei hu adam",
    "contest_board": "ou ju lin wang fang luo mei hu adam",
    "contestants":   "ou ju mei",
    "contest_quiz":  "ou",
    "contest_cases": "ou ju",
    "contest_votes": "ou",
    "contest_stars": "ou ju",
    "visits":        "lin wang fang luo mei hu",
    "rounds":        "wang fang luo",
    "visit_report":  "lin wang fang luo",
    "campaigns":     "ou ju lin wang fang luo mei hu adam",
    "checklists":    "ou ju lin wang fang luo mei hu adam",
    "organisations": "ou ju lin wang fang luo mei hu adam",
    "outlets":       "ou ju lin wang fang luo mei hu adam",
    "calendar_days": "wang adam",
    "accounts":      "adam",
    "profile":       "ou ju lin wang fang luo mei hu adam",
}
# fmt: on
OURS = [
    page
    for page, names in OFFERED.items()
    if page not in ("checklists", "visit_report") and names.split()[-1] not in ("ou", "ju")
]  # fmt: skip


def planned(city: City) -> int:
    """A published round in which Lin and Zhao inspect both halls of Jiangbei; returns its id."""
    checklists.seed(city.db, city.wang)
    hall = checklists.published(city.db, city.wang, "hall")
    day = NOW.date()
    given = RoundValues("十一月巡检", "cross_inspection", day, day, "November")
    number = rounds.create_round(city.db, city.wang, given)
    team = (city.lin.account_id, city.zhao.account_id)
    halls = tuple(OutletPlan(city.outlets[code], hall.id, day) for code in ("JB01", "JB02"))
    where = (city.organisations["yuzhong"], city.organisations["jiangbei"])
    rounds.add_assignment(city.db, city.wang, number, AssignmentPlan(*where, team, team[0], halls, day, day))
    rounds.publish_round(city.db, city.wang, number, 1)
    return number


def button(at: AppTest, label: str) -> AppTest:
    return next(one for one in at.button if one.label == label).click().run()


def test_every_page_has_a_row() -> None:
    assert set(OFFERED) == {file.stem for file in (PROJECT / "pages").glob("*.py")} - {"main", "__init__"}


@pytest.mark.parametrize("name", ["ou", "ju", "lin", "wang", "fang", "luo", "mei", "hu", "adam"])
def test_a_role_is_offered_its_pages_and_no_others(visit_page: Visit, page_city: City, name: str) -> None:
    page_city.actors.update(ou=member(page_city, "ou", Role.ORGANISER), ju=member(page_city, "ju", Role.JUDGE))
    at = visit_page(name)
    assert not at.exception
    offered = set()
    for page in OFFERED:
        try:
            at.switch_page(f"{page}.py")
        except ValueError:
            continue
        offered.add(page)
    assert offered == {page for page, names in OFFERED.items() if name in names.split()}


def test_whoever_is_deactivated_is_refused_at_the_next_tap_on_an_open_page(visit_page: Visit, page_city: City) -> None:
    at = visit_page("wang", "rounds.py")
    assert at.title
    accounts.deactivate(page_city.db, page_city.adam, page_city.wang.account_id, 1)
    at.run()
    assert not at.title
    assert not at.button
    assert [one.value for one in at.error] == [message(RoundsError("unauthenticated"), "zh_CN")]


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("page", OURS)
def test_a_page_speaks_one_language_throughout(visit_page: Visit, page_city: City, page: str, locale: str) -> None:
    planned(page_city)
    at = visit_page(OFFERED[page].split()[-1], f"{page}.py", locale)
    assert not at.exception
    assert not at.error
    assert len(at.title) == 1
    known = {str(source): str(text) for source, text in catalogue("zh_CN")._catalog.items() if source}  # type: ignore[attr-defined]
    foreign = set(known) if locale == "zh_CN" else set(known.values()) - set(known)
    shown = {line.strip() for line in texts(at).splitlines()} - {"English", "中文", "E-mail"}
    assert shown & {text for text in foreign if len(text) > 1 and known.get(text) != text} == set()


def test_the_supervisor_sees_the_visits_and_the_way_to_the_tablet(visit_page: Visit, page_city: City) -> None:
    planned(page_city)
    told = texts(visit_page("lin", "my_visits.py"))
    assert "观音桥营业厅" in told
    assert "开始走访" in told
    assert "暗访：请勿提前告知" in told
    assert "观音桥" not in texts(visit_page("chen", "my_visits.py"))
    assert "次走访待完成" in texts(visit_page("lin"))


def test_progress_names_each_outlet_with_its_state(visit_page: Visit, page_city: City) -> None:
    number = planned(page_city)
    told = texts(visit_page("luo", "rounds.py", id=number))
    assert "观音桥营业厅 · 待走访" in told
    assert "林晓、\n赵明" in told
    assert "添加任务" not in told
    assert "添加任务" in texts(visit_page("wang", "rounds.py", id=number))


@pytest.mark.parametrize(
    ("name", "page"), [("luo", "rounds"), ("wang", "review"), ("adam", "accounts"), ("mei", "organisations")]
)
def test_what_is_missing_or_foreign_is_one_sentence_and_no_trace(visit_page: Visit, name: str, page: str) -> None:
    at = visit_page(name, f"{page}.py", id=999)
    assert not at.exception
    assert [error.value for error in at.error] == ["没有找到，或您无权查看。"]


@pytest.mark.parametrize("bad", ["-1", "1 or 1=1", "9999999999999999999", "<b>"])
def test_an_address_that_is_no_number_shows_the_list(visit_page: Visit, bad: str) -> None:
    at = visit_page("adam", "outlets.py", id=bad)
    assert not at.exception
    assert "观音桥营业厅" in texts(at)


def test_without_a_session_there_is_only_the_way_to_sign_in(visit_page: Visit) -> None:
    at = visit_page(None)
    assert [error.value for error in at.error] == ["请先登录。"]
    assert not at.title


def test_a_revoked_session_ends_at_the_next_tap(visit_page: Visit, page_city: City) -> None:
    at = visit_page("wang", "rounds.py")
    accounts.deactivate(page_city.db, page_city.adam, page_city.wang.account_id, 1)
    button(at, "新建轮次")
    assert [error.value for error in at.error] == ["请先登录。"]


def test_a_one_time_password_is_changed_before_anything_else(visit_page: Visit, page_city: City) -> None:
    accounts.reset_password(page_city.db, page_city.adam, page_city.wang.account_id, 1)
    at = visit_page("wang")
    assert [title.value for title in at.title] == ["设置您的密码"]
    assert "走访审核" not in texts(at)


def test_a_name_with_markup_stays_a_name(visit_page: Visit, page_city: City) -> None:
    name = "<img src=x onerror=alert(1)>**厅** $x$ :red[a]"
    given = organisations.OrganisationValues("odd", "branch", name)
    number = organisations.create_organisation(page_city.db, page_city.adam, given)
    assert name in texts(visit_page("luo", "organisations.py"))
    at = visit_page("luo", "organisations.py", id=number)
    shown = at.title[0].value.replace("\u2060", "")
    assert shown == r"\<img src=x onerror=alert\(1\)\>\*\*厅\*\* \$x\$ \:red\[a\]"  # escaped for Markdown


def test_an_administrator_renames_an_organisation_on_the_page(visit_page: Visit, page_city: City) -> None:
    number = page_city.organisations["fuling"]
    at = visit_page("adam", "organisations.py", id=number)
    field = next(field for field in at.text_input if field.label == "中文名称 *")
    field.set_value(" ")
    button(at, "保存")
    assert [error.value for error in at.error] == ["请填写中文名称。"]
    next(field for field in at.text_input if field.label == "中文名称 *").set_value("涪陵区分公司")
    button(at, "保存")
    assert at.title[0].value == "涪陵区分公司"
    assert organisations.get_organisation(page_city.db, page_city.adam, number).name_zh == "涪陵区分公司"


def test_a_reader_is_offered_no_change(visit_page: Visit, page_city: City) -> None:
    at = visit_page("luo", "outlets.py", id=page_city.outlets["JB01"])
    assert not at.text_input
    assert [one.label for one in at.button] == ["← 触点"]


def test_filters_come_from_the_address_and_go_there(visit_page: Visit, page_city: City) -> None:
    at = visit_page("luo", "outlets.py", of=page_city.organisations["jiangbei"], q="红旗")
    told = texts(at)
    assert "红旗河沟合作厅" in told
    assert "观音桥营业厅" not in told
    at.selectbox(key="filter_kind").set_value("own_hall").run()
    assert at.query_params["kind"] in ("own_hall", ["own_hall"])
    assert "没有找到。请调整搜索条件，或新建触点。" in texts(at)


def test_a_role_without_its_place_is_refused(visit_page: Visit, page_city: City) -> None:
    at = visit_page("adam", "accounts.py", id=page_city.chen.account_id)
    pills = next(group for group in at.button_group if group.label == "角色")
    pills.set_value([*pills.value, "branch"]).run()
    button(at, "保存角色")
    assert [error.value for error in at.error] == ["角色“分公司服务主管”不能用于所选范围，或缺少范围。"]


def test_the_language_is_kept_on_the_account(visit_page: Visit, page_city: City) -> None:
    at = visit_page("lin", "profile.py")
    at.button(key="locale_en").click().run()
    with page_city.db.read() as session:
        assert accounts.find(session, page_city.lin.account_id).locale == "en"


def test_my_own_password_changes_only_with_the_present_one(visit_page: Visit, page_city: City) -> None:
    old = accounts.reset_password(page_city.db, page_city.adam, page_city.lin.account_id, 1)
    at = visit_page("lin")
    fields = at.text_input
    for field, value in zip(fields, ("wrong", "a long new one", "a long new one"), strict=True):
        field.set_value(value)
    button(at, "修改密码")
    assert [error.value for error in at.error] == ["用户名或密码错误。"]
    for field, value in zip(at.text_input, (old, "a long new one", "a long new one"), strict=True):
        field.set_value(value)
    button(at, "修改密码")
    assert sign_in.sign_in(page_city.db, "lin", "a long new one", "10.0.0.9")


def test_the_administrator_sees_how_old_the_last_backup_is_and_a_warning_when_it_is_late(
    visit_page: Visit, page_city: City
) -> None:
    home = installation().settings.home
    at = visit_page("adam", "home.py", locale="en")
    assert "⚠　Last backup" in texts(at)
    assert "never" in texts(at)
    for hours, sign in ((3, "✓"), (27, "⚠")):
        made = clock.now() - dt.timedelta(hours=hours, minutes=1)
        (home / backup.LAST).write_text(json.dumps({"at": made.isoformat(), "folder": "x"}))
        at = visit_page("adam", "home.py", locale="en")
        assert f"{sign}　Last backup" in texts(at)
        assert f"{hours} hours ago" in texts(at)
        assert [warning for warning in at.warning if "audit backup" in warning.value.replace("\\", "")] == list(
            at.warning if sign == "⚠" else []
        )
    assert "Last backup" not in texts(visit_page("wang", "home.py", locale="en"))
