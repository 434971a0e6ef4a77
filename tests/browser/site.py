"""A real server with the small city, and what tests of the tablet form plan and read in it."""

import datetime as dt
import io
import os
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from sqlmodel import col, select

from audit.config import PROJECT
from audit.db.engine import Database
from audit.db.migrate import migrate
from audit.db.models import Outlet, Photo, Revision, Visit
from audit.domain.checklist import Checklist, Item, Section
from audit.domain.conditions import parse
from audit.domain.revisions import Resolved
from audit.photos.intake import IntakePool
from audit.photos.local import LocalStore
from audit.services import campaigns, checklists, clock, reference_photos, rounds
from audit.services.assignments import AssignmentPlan, OutletPlan
from audit.services.checklist_files import seeds
from audit.services.sign_in import open_session
from audit.services.visit_content import resolved_visit
from audit.services.work import unit_of_work
from tests.factories import City, found_city
from tests.packages import share_packages
from tests.ports import free_port


def short_checklist() -> Checklist:
    """Six items in two sections: an ordinary one, photo always, photo on fail, critical, a condition, no points."""

    def item(code: str, zh: str, points: int = 2, photo: str = "never", **more: Any) -> Item:
        return Item(
            code, zh, f"Item {code}", "现场看。", "Look.", points, more.pop("critical", False), photo, "photo",
            more.pop("severity", "minor"), "整改到位。", "Put it right.", "已整改。", "It is right.", **more,
        )  # fmt: skip

    outside = (
        item("A01", "门头店招完好洁净", photo="always"),
        item("A02", "按公示时间营业", critical=True, severity="critical"),
        item("A03", "门前整洁通畅", photo="on_fail"),
    )
    inside = (
        item("B01", "统一着装、佩戴工牌"),
        item("B02", "工牌缺失原因已登记", show_if=parse("${B01} = 'fail'")),
        item("B03", "仪容妆发得体", points=0),
    )
    return Checklist(
        "short", "1", "简版检查表", "Short checklist", "hall",
        (Section("A", "内外部环境", "Outside", 50, outside), Section("B", "服务规范", "Staff", 50, inside)),
    )  # fmt: skip


@dataclass
class PlannedVisit:
    """A visit that a test planned."""

    id: int
    assignment_id: int


class Site:
    """The server, its database, and the city in it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        share_packages(home)
        self.db = Database(f"sqlite:///{home / 'rounds.sqlite3'}")
        migrate(self.db)
        self.city: City = found_city(self.db)
        wang = self.city.wang
        self.short = checklists.upload(self.db, wang, short_checklist())
        self.hall = checklists.upload(self.db, wang, next(one for one in seeds() if one.code == "hall"))
        for version in (self.short, self.hall):
            checklists.publish(self.db, wang, version)
        today = clock.today()
        questions = (campaigns.Question("Q1", "店员能说清三个档位吗？", "Can staff explain the tiers?"),)
        values = campaigns.CampaignValues(
            "全家享套餐",
            today - dt.timedelta(3),
            today + dt.timedelta(9),
            questions,
            "Family plan",
            talking_points_zh="三个档位：129、169、239 元",
        )
        campaigns.create_campaign(self.db, wang, values)
        self.port = free_port()
        environment = os.environ | {
            "ROUNDS_HOME": str(home), "ROUNDS_HOST": "127.0.0.1", "ROUNDS_PORT": str(self.port),
            "ROUNDS_PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "ROUNDS_JOB_WORKERS": "0", "ROUNDS_PHOTO_WORKERS": "1",
        }  # fmt: skip
        self.log = (home / "server.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "audit", "serve"], cwd=PROJECT, env=environment, stdout=self.log, stderr=self.log
        )
        self._wait()

    def _wait(self) -> None:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=2)
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.2)
        raise RuntimeError(self.said()[-3000:])

    def said(self, since: int = 0) -> str:
        """What the server logged after so many bytes: it logs failures, and no requests."""
        return (self.home / "server.log").read_bytes()[since:].decode(errors="replace")

    def close(self) -> None:
        """Stop the server."""
        self.process.terminate()
        self.process.wait(20)
        self.log.close()
        self.db.close()

    def plan(self, checklist: int | None = None, outlet: str = "JB01", **more: Any) -> PlannedVisit:
        """A visit of today by Lin (leader) and Zhao at a hall of Jiangbei."""
        today = clock.today()
        actors = self.city.actors
        team = more.get("team", ("lin", "zhao"))
        plan = AssignmentPlan(
            inspecting_id=self.city.organisations["yuzhong"],
            inspected_id=self.city.organisations["jiangbei"],
            team=tuple(actors[name].account_id for name in team),
            leader_id=actors[team[0]].account_id,
            outlets=(OutletPlan(self.city.outlets[outlet], checklist or self.short, today),),
            starts_on=today,
            ends_on=today + dt.timedelta(days=5),
        )
        _, assignment_id = rounds.plan_ad_hoc_visit(self.db, self.city.wang, plan)
        with self.db.read() as session:
            visit = session.exec(select(Visit).where(Visit.assignment_id == assignment_id)).one()
        return PlannedVisit(visit.id or 0, assignment_id)

    def session_of(self, name: str) -> str:
        """A session id of one of the cast."""
        return open_session(self.db, self.city.actors[name].account_id, "127.0.0.1", "test")

    def profile(self, outlet: str, na_items: dict[str, str]) -> None:
        """What can never apply at an outlet."""
        with unit_of_work(self.db, self.city.wang) as work:
            row = work.session.get(Outlet, self.city.outlets[outlet])
            assert row
            row.profile = {"na_items": na_items}
            work.session.add(row)

    def visit(self, visit_id: int) -> Visit:
        """The visit as it stands."""
        with self.db.read() as session:
            found = session.get(Visit, visit_id)
            assert found
            return found

    def content(self, visit_id: int) -> dict[str, Resolved]:
        """Subject → what counts."""
        with self.db.read() as session:
            return resolved_visit(session, visit_id)

    def ratings(self, visit_id: int) -> dict[str, str]:
        """Item code → rating."""
        found = self.content(visit_id).items()
        return {name[5:]: one.entry.body.get("rating") for name, one in found if name.startswith("item:")}

    def revisions(self, visit_id: int) -> list[Revision]:
        """All revisions in the order received."""
        with self.db.read() as session:
            query = select(Revision).where(Revision.visit_id == visit_id).order_by(col(Revision.seq))
            return list(session.exec(query).all())

    def meeting_photos(self, assignment_id: int) -> list[Photo]:
        """The photos received that belong to an assignment's meeting."""
        with self.db.read() as session:
            query = select(Photo).where(Photo.assignment_id == assignment_id, col(Photo.visit_id).is_(None))
            return list(session.exec(query).all())

    def show_how_it_should_look(self, version_id: int, item_code: str) -> None:
        """Attach a reference photo to an item."""
        intake = IntakePool(1)
        data = photo_file("reference.jpg", 99)["buffer"]
        store = LocalStore(self.home / "photos")
        try:
            reference_photos.attach(self.db, self.city.wang, store, intake, version_id, item_code, data)
        finally:
            intake.close()

    def photos(self, visit_id: int) -> list[Photo]:
        """The photos received."""
        with self.db.read() as session:
            return list(session.exec(select(Photo).where(Photo.visit_id == visit_id)).all())


def photo_file(name: str, seed: int = 0, size: tuple[int, int] = (1600, 1200)) -> dict[str, Any]:
    """A photo for a file field; another seed, other bytes."""
    picture = Image.new("RGB", size, (90 + seed * 37 % 120, 120, 140))
    draw = ImageDraw.Draw(picture)
    for step in range(0, size[0], 90):
        colour = (step % 255, 90, seed * 53 % 255)
        draw.rectangle((step, (step * (seed + 3)) % size[1], step + 60, size[1]), fill=colour)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return {"name": name, "mimeType": "image/jpeg", "buffer": out.getvalue()}
