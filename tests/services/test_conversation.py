"""The conversation on a finding: photos of a comment, and whom it may mention."""

from collections.abc import Iterator

import pytest
from sqlmodel import select

from audit.db.models import Account, Grant, Reinspection, ReinspectionMember
from audit.domain.permissions import Actor, Role, Scope
from audit.errors import RoundsError
from audit.services import clock
from audit.services.loop import conversation, delegating, reading, rectifying
from audit.services.loop.reach import finding_for
from audit.services.sign_in import actor_from
from tests.factories import City
from tests.hands import refusal
from tests.looping import Loop, enter_the_loop
from tests.telling import forget, told


@pytest.fixture
def loop(city: City) -> Iterator[Loop]:
    found = enter_the_loop(city)
    with clock.stopped(found.at):
        yield found


def photo(loop: Loop, actor: Actor, finding_id: int) -> str:
    return loop.prove(actor, finding_id, "comment", role="other")


def everybody(loop: Loop) -> dict[str, Actor]:
    """All accounts with the grants that stand, by name."""
    with loop.db.read() as session:
        rows = session.exec(select(Account).where(Account.active)).all()
        return {row.name: actor_from(session, row) for row in rows}


def those_who_read(loop: Loop, finding_id: int) -> set[str]:
    """Asked one by one, as each of them would reach the finding."""
    found = set()
    for name, actor in everybody(loop).items():
        try:
            with loop.db.read() as session:
                finding_for(session, actor, "finding.read", finding_id)
            found.add(name)
        except RoundsError:
            continue
    return found


def mentionable(loop: Loop, finding_id: int) -> set[str]:
    names = set(conversation.readers(loop.db, loop.city.wang, finding_id).values())
    return names | {"王镕"}


def people(loop: Loop) -> None:
    """Leaders of the branch and of another one, a second manager of the hall, a colleague who looks again."""
    with loop.db.write() as session:
        for name, role, scope, where in (
            ("江北领导", Role.LEADER, Scope.BRANCH, loop.city.organisations["jiangbei"]),
            ("涪陵领导", Role.LEADER, Scope.BRANCH, loop.city.organisations["fuling"]),
            ("副店长", Role.HALL, Scope.OUTLET, loop.city.outlets["JB01"]),
            ("别厅经理", Role.HALL, Scope.OUTLET, loop.city.outlets["JB02"]),
        ):
            row = Account(sign_in_name=name, name=name, name_en=name, created_at=loop.at)
            session.add(row)
            session.flush()
            session.add(Grant(account_id=row.id or 0, role=role, scope_kind=scope, scope_id=where))


def test_exactly_those_who_may_read_a_finding_may_be_mentioned(loop: Loop) -> None:
    people(loop)
    draft = loop.draft("A02")
    inspectors, city = {"林晓", "赵明"}, {"王镕", "方敏", "罗昇"}
    assert mentionable(loop, draft) == those_who_read(loop, draft) == inspectors | city
    on_spot = loop.draft("A03", corrected_on_spot=True, state="submitted")
    branch = {"梅芳", "江北领导"}
    assert mentionable(loop, on_spot) == those_who_read(loop, on_spot) == inspectors | city | branch
    number = loop.rectifying(item="B01")
    assert mentionable(loop, number) == those_who_read(loop, number) == inspectors | city | branch
    delegation = delegating.delegate(loop.db, loop.city.mei, number, loop.city.hu.account_id)
    assert mentionable(loop, number) == those_who_read(loop, number) == inspectors | city | branch | {"胡堃"}
    delegating.revoke(loop.db, loop.city.mei, delegation)
    with loop.db.write() as session:
        look = Reinspection(finding_id=number, cycle=1, planned_on=loop.at.date(), asked_at=loop.at,
                            asked_by=loop.city.wang.account_id)  # fmt: skip
        session.add(look)
        session.flush()
        session.add(ReinspectionMember(reinspection_id=look.id or 0, account_id=loop.city.chen.account_id))
    assert mentionable(loop, number) == those_who_read(loop, number) == inspectors | city | branch | {"陈喆"}
    with loop.db.write() as session:
        session.get_one(Account, loop.city.zhao.account_id).active = False
    assert "赵明" not in mentionable(loop, number)


def test_the_manager_to_whom_it_was_delegated_is_told_of_a_mention(loop: Loop) -> None:
    number = loop.rectifying()
    delegating.delegate(loop.db, loop.city.mei, number, loop.city.hu.account_id)
    forget(loop)
    conversation.say(loop.db, loop.city.wang, number, "请补拍门头", [loop.city.hu.account_id, loop.city.luo.account_id])
    assert {("hu", "mentioned"), ("luo", "mentioned")} <= set(told(loop))


def test_photos_of_a_comment_stand_with_it_in_the_timeline(loop: Loop) -> None:
    number, mei, wang = loop.rectifying(), loop.city.mei, loop.city.wang
    first, second = photo(loop, mei, number), photo(loop, mei, number)
    photo(loop, wang, number)
    assert [one.uuid for one in conversation.unsaid(loop.db, mei, number)] == sorted([first, second])
    conversation.say(loop.db, mei, number, "已到货，见照片", photos=[first, second])
    assert conversation.unsaid(loop.db, mei, number) == []
    entries = conversation.history(loop.db, wang, number)
    assert [entry.photos for entry in entries if entry.verb == "comment"] == [(first, second)]
    assert not [entry for entry in entries if entry.verb.startswith("evidence.")]
    assert reading.view(loop.db, mei, number).evidence == ()
    assert "evidence" in rectifying.lacking(rectifying.answer_of(loop.db, mei, number)), "it proves nothing"


def test_a_photo_for_a_comment_is_taken_back_by_its_sender_until_it_is_said(loop: Loop) -> None:
    number, mei, wang = loop.rectifying(), loop.city.mei, loop.city.wang
    said, unsaid = photo(loop, mei, number), photo(loop, mei, number)
    conversation.say(loop.db, mei, number, "见照片", photos=[said])
    for actor, uuid, code in (
        (wang, unsaid, "not_found"),
        (loop.city.chen, unsaid, "not_found"),
        (mei, said, "wrong_state"),
    ):
        assert refusal(lambda a=actor, u=uuid: rectifying.remove_evidence(loop.db, a, u)).code == code  # type: ignore[misc]
    rectifying.remove_evidence(loop.db, mei, unsaid)
    rectifying.remove_evidence(loop.db, mei, unsaid)
    assert conversation.unsaid(loop.db, mei, number) == []
    code = refusal(lambda: conversation.say(loop.db, mei, number, "x", photos=[unsaid])).code
    assert code == "invalid", "what was taken back is not shown"


def test_photos_for_comments_come_in_every_state_and_from_nobody_who_may_not_comment(loop: Loop) -> None:
    closed = loop.submitted(item="A03")
    loop.do(loop.city.wang, closed, "accept")
    draft = loop.draft("A02")
    for number in (draft, closed):
        assert photo(loop, loop.city.wang, number)
        assert photo(loop, loop.city.lin, number)
    assert refusal(lambda: photo(loop, loop.city.mei, draft)).code == "not_found"
    assert refusal(lambda: photo(loop, loop.city.hu, closed)).code == "not_found", "it was not delegated"
    assert refusal(lambda: photo(loop, loop.city.chen, closed)).code == "not_found"
    assert refusal(lambda: photo(loop, loop.city.luo, closed)).code == "forbidden", "leaders read"
    assert loop.read(closed).state == "closed"
