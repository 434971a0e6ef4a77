"""A report value with everything a report can show, and drawn photos for it. Used by the tests and the bench."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import count
from pathlib import Path

from PIL import Image, ImageDraw

from audit.domain.reports import (
    CampaignAnswer,
    CampaignPart,
    CampaignQuestion,
    Communication,
    Highlight,
    ItemResult,
    Member,
    Participant,
    PhotoRef,
    Score,
    SectionScore,
    Shape,
    Shortcoming,
    Signature,
    Signed,
    VisitPart,
    VisitReport,
    Words,
)

SECTIONS = (
    ("A", Words("营业厅内外部环境", "Inside and outside environment"), 25),
    ("B", Words("营业人员服务规范", "Staff service norms"), 30),
    ("C", Words("业务办理与客户权益", "Transactions and customer rights"), 25),
    ("D", Words("服务管理", "Service management"), 20),
)
ITEMS = (
    ("A", "门头店招完好洁净、按时亮灯", "Fascia sign intact, clean and lit on time"),
    ("A", "按公示时间营业", "Open as the posted hours say"),
    ("A", "门前整洁通畅", "Frontage clean and unobstructed"),
    ("A", "地面、墙面、天花洁净无破损", "Floor, walls and ceiling clean and undamaged"),
    ("A", "功能分区与导视清晰", "Zones and wayfinding clear"),
    ("A", "台席整洁、暂停服务牌规范", "Counters tidy, closed sign used properly"),
    ("A", "取号机、自助终端可用", "Queue and self-service machines work"),
    ("A", "等候座椅及便民设施齐备", "Seats and convenience items present"),
    ("A", "消防设施有效、通道畅通", "Fire kit valid, exits clear"),
    ("A", "宣传物料在有效期内", "Promotional material within its dates"),
    ("A", "真机体验设备通电可用", "Demonstration phones powered and usable"),
    ("A", "卫生间洁净", "Washroom clean"),
    ("B", "统一着装、佩戴工牌", "Uniform and badge worn"),
    ("B", "迎送规范、微笑服务", "Greeting, smile and farewell"),
    ("B", "姿态规范、双手递接", "Posture; things are handed over with both hands"),
    ("B", "用语规范、无服务禁语", "Standard language, no banned phrases"),
    ("B", "值班经理、引导员在岗分流", "Duty manager and greeter on post and triaging"),
    ("B", "业务解答准确", "Answers to questions are correct"),
    ("B", "资费、合约、生效时间告知并确认", "Tariff, contract and effective date disclosed and confirmed"),
    ("B", "实名查验规范", "Identity checked as the rules say"),
    ("B", "首问负责", "First contact owns the case"),
    ("B", "投诉当场受理并登记", "Complaints taken and recorded on the spot"),
    ("B", "特殊客户优先照顾", "Customers with special needs come first"),
    ("B", "离台亮牌、无扎堆聊天", "Sign shown when away, no chatting in groups"),
)
REQUIREMENT = Words(
    "三个工作日内查明原因并恢复，营业期间每班检查一次并在台账登记。",
    "Find the cause and restore it; check once a shift during opening hours and record it in the register.",
)
CRITERION = Words(
    "同角度照片显示问题消除，台账连续五日有记录。", "A photo from the same angle shows it gone; five days recorded."
)
HALLS = (
    (Words("渝北龙溪营业厅", "Longxi Hall, Yubei"), "own_hall"),
    (Words("渝北回兴合作厅", "Huixing Franchised Hall, Yubei"), "franchised_hall"),
    (Words("渝北两路空港营业厅", "Lianglu Airport Hall, Yubei"), "own_hall"),
    (Words("渝北木耳镇营业厅", "Mu'er Town Hall, Yubei"), "own_hall"),
)
CHINA = dt.timezone(dt.timedelta(hours=8))
START = dt.date(2026, 11, 3)
ARROW = Shape("arrow", 0.15, 0.8, 0.5, 0.45)
BOX = Shape("box", 0.45, 0.25, 0.8, 0.6, colour="#b07400")
LABEL = Shape("text", 0.1, 0.9, text="灯箱右侧两字不亮")


def sample(photos: int = 24, items: int = 49, halls: int = 4) -> VisitReport:
    """A draft report of `halls` visits with `items` items each and `photos` figures, always the same."""
    numbers = count(1)

    def photo(place: Words, caption: str, overlay: tuple[Shape, ...] = ()) -> PhotoRef:
        number = next(numbers)
        upright = number % 5 == 0
        taken = dt.datetime(2026, 11, 3, 9, 0, tzinfo=CHINA) + dt.timedelta(minutes=7 * number)
        width, height = (750, 1000) if upright else (1000, 750)
        return PhotoRef(photo_uuid(number), width, height, "report", caption, place, taken, overlay, number)

    visits = tuple(_visit(index, *HALLS[index % len(HALLS)], items) for index in range(halls))
    highlights = tuple(
        Highlight(
            number,
            visit.outlet,
            "设置“银发专席”，配放大镜、老花镜与大字版资费单，引导员主动陪同长者办理，等候客户评价很好。",
            Words(ITEMS[22][1], ITEMS[22][2]),
            (photo(visit.outlet, "银发专席与大字版资费单"), photo(visit.outlet, "引导员陪同长者取号")),
        )
        for number, visit in enumerate(visits[:2], start=1)
    )
    findings = tuple(_findings(visits, photos - 2 * len(highlights), photo))
    return VisitReport(
        branch=Words("渝北分公司", "Yubei Branch"),
        round=Words("2026年第四季度交叉巡检", "Cross-inspection, fourth quarter of 2026"),
        round_kind="cross_inspection",
        inspecting=Words("江北分公司", "Jiangbei Branch"),
        operator=Words("渝移公司", "Yu Mobile"),
        starts_on=START,
        ends_on=dt.date(2026, 11, 4),
        announced=False,
        team=(Member("陈喆", leader=True), Member("林堃"), Member("赵镕昇")),
        score=Score(Decimal("86.41"), Decimal("86.41"), "good", provisional=True, city=Decimal("88.02")),
        visits=visits,
        highlights=highlights,
        shortcomings=findings,
        campaigns=(_campaign(visits),),
        communication=Communication(
            dt.datetime(2026, 11, 4, 16, 30, tzinfo=CHINA),
            "渝北分公司三楼会议室",
            (Participant("王珺", "分公司副总经理"), Participant("刘翀", "服务主管"), Participant("陈喆", "巡检组长")),
            "对检查结果无异议。木耳镇营业厅门头维修需房东配合，预计两周。",
            "灯箱故障三个工作日内先行断电警示；资费公示当天更新；其余按整改通知书执行。",
            (Signed("刘翀", photo_of_signature(901)), Signed("陈喆", photo_of_signature(902))),
        ),
        remarks="四个厅现场管理总体平稳，窗口人员微笑服务自然；短板集中在门头维护和宣传物料更新，属于日常自查不到位。",
        as_of=dt.datetime(2026, 11, 5, 9, 30, tzinfo=CHINA),
    )


def photo_uuid(number: int) -> uuid.UUID:
    """The uuid of the sample's photo of this number."""
    return uuid.UUID(int=0x5EED_0000_0000_4000_8000_0000_0000_0000 + number)


def photo_of_signature(number: int) -> PhotoRef:
    """A signature's picture."""
    return PhotoRef(photo_uuid(number), 600, 220)


def _visit(index: int, outlet: Words, kind: str, items: int) -> VisitPart:
    ratings = ["pass"] * 11 + ["partial", "pass", "fail", "na", "pass", "pass"]
    results = []
    for number in range(items):
        section, zh, en = ITEMS[number % len(ITEMS)]
        section = "ABCD"[number * 4 // items]
        rating = "later" if index == 1 and number == items - 1 else ratings[(number * (index + 2)) % len(ratings)]
        results.append(
            ItemResult(
                section,
                f"{section}{number + 1:02d}",
                Words(zh, en),
                critical=number % 12 == 1,
                points=2 + number % 2,
                rating=rating,
                note={"fail": "现场查看与抽问均不符合，值班经理已确认。", "partial": "抽查三人，一人不符合。"}.get(
                    rating, ""
                ),
                reason="该厅未设此功能区" if rating == "na" else "",
                photos=2 if rating == "fail" else 0,
            )
        )
    rates = [Decimal(f"{80 + (index * 7 + place * 11) % 20}.{place}5") for place in range(4)]
    scores = (
        Score(Decimal("95.20"), Decimal("95.20"), "excellent", city=Decimal("88.02")),
        Score(Decimal("87.65"), Decimal("87.65"), "good", provisional=True, city=Decimal("88.02")),
        Score(Decimal("78.10"), Decimal("78.10"), "qualified", city=Decimal("88.02")),
        Score(Decimal("59.99"), Decimal("83.33"), "failed", capped=True, city=Decimal("88.02")),
    )
    signatures = (
        Signature("signed", "周旻", photo=photo_of_signature(911)),
        Signature("refused", "吴焱", "对两项判定有不同意见"),
        Signature("signed", "郑祎", photo=photo_of_signature(913)),
        Signature("absent", "", "值班经理外出开会"),
    )
    return VisitPart(
        outlet=outlet,
        outlet_code=f"YB-{index + 1:02d}",
        outlet_kind=kind,
        checklist=Words("营业厅服务质量检查表", "Hall service checklist"),
        checklist_version="2026.1",
        visited_on=START + dt.timedelta(days=index // 2),
        score=scores[index % 4],
        sections=tuple(
            SectionScore(code, title, weight, rates[place], Decimal(f"{86 + place}.40"))
            for place, (code, title, weight) in enumerate(SECTIONS)
        ),
        items=tuple(results),
        signature=signatures[index % 4],
        remarks="早班交接记录完整，午间引导力量偏弱。" if index < 2 else "",
    )


def _findings(visits: tuple[VisitPart, ...], photos: int, photo) -> Iterator[Shortcoming]:  # type: ignore[no-untyped-def]
    """Fails and partials of the visits as findings, with `photos` figures spread over them."""
    found = [
        (visit, item)
        for visit in visits
        for item in [item for item in visit.items if item.rating in ("fail", "partial")][:4]
    ]
    for number, (visit, item) in enumerate(found, start=1):
        share = photos * number // len(found) - photos * (number - 1) // len(found)
        spot = number % 7 == 3 and share >= 2
        evidence = [
            photo(visit.outlet, item.text.zh, {1: (ARROW, LABEL), 2: (BOX,)}.get(number, ()) if place == 0 else ())
            for place in range(share)
        ]
        fail = item.rating == "fail"
        yield Shortcoming(
            number=number,
            outlet=visit.outlet,
            item_code=item.code,
            clause=item.text,
            kind="nonconformity" if fail else "improvement",
            severity="critical" if item.critical and fail else "major" if fail else "minor",
            observation="上午十点走访时，"
            + item.text.zh
            + "一项未达到要求：现场拍照留存，值班经理当场确认，客户有两次询问。",
            requirement=REQUIREMENT,
            criterion=CRITERION,
            evidence_kind=("photo", "training_record", "retest")[number % 3],
            working_days=3 if item.critical and fail else 7 if fail else 15,
            critical_item=item.critical,
            repeat=number % 6 == 5,
            corrected_on_spot=spot,
            photos=() if spot else tuple(evidence),
            before=tuple(evidence[:1]) if spot else (),
            after=tuple(evidence[1:]) if spot else (),
        )


def _campaign(visits: tuple[VisitPart, ...]) -> CampaignPart:
    questions = (
        Words("主推物料在醒目位置，且为当期版本", "Current material in a prominent place"),
        Words("抽问两名员工，能说出办理条件与生效时间", "Two staff asked know the conditions and effective date"),
    )
    return CampaignPart(
        Words("5G家庭融合季", "5G family season"),
        dt.date(2026, 10, 1),
        dt.date(2026, 12, 31),
        tuple(
            CampaignQuestion(
                text,
                tuple(
                    CampaignAnswer(visit.outlet, ("pass", "partial", "pass", "fail")[(index + place) % 4],
                                   "海报被绿植遮挡" if (index + place) % 4 == 3 else "")
                    for index, visit in enumerate(visits)
                ),
            )
            for place, text in enumerate(questions)
        ),
    )  # fmt: skip


def draw_photos(report: VisitReport, folder: Path, scale: int = 1, quality: int = 82) -> dict[uuid.UUID, Path]:
    """A drawn JPEG without EXIF for every photo of the report, `scale` times its size, each one different."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for photo in report.photos():
        path = folder / f"{photo.uuid}.jpg"
        if not path.exists():
            _draw(photo, scale).save(path, "JPEG", quality=quality)
        files[photo.uuid] = path
    return files


def _draw(photo: PhotoRef, scale: int) -> Image.Image:
    width, height = photo.width * scale, photo.height * scale
    if not photo.number:
        paper = Image.new("RGB", (width, height), "white")
        pen = ImageDraw.Draw(paper)
        seed = photo.uuid.int % 97
        points = [(40 + step * 22, height / 2 + ((step * seed) % 13 - 6) * height / 18) for step in range(24)]
        pen.line(points, fill="#1b2622", width=6 * scale, joint="curve")
        return paper
    number = photo.number
    # Fine grain on top of the drawing gives the file the size of a real photo.
    # Coarse grain survives in the derivative, fine grain only in an original.
    noise = Image.effect_noise((photo.width, photo.height), 60).convert("L")
    if scale > 1:
        noise = noise.resize((width, height), Image.Resampling.BILINEAR)
        noise = Image.blend(noise, Image.effect_noise((width, height), 60).convert("L"), 0.35)
    wall = Image.new("RGB", (width, height), (150 + number * 13 % 90, 160 + number * 29 % 80, 170 + number * 7 % 70))
    pen = ImageDraw.Draw(wall)
    pen.rectangle((0, int(height * 0.7), width, height), fill=(120, 118, 112))
    pen.rectangle((int(width * 0.1), int(height * 0.12), int(width * 0.9), int(height * 0.26)), fill="#14614a")
    for desk in range(3):
        left = width * (0.12 + 0.27 * desk)
        pen.rectangle((int(left), int(height * 0.55), int(left + width * 0.2), int(height * 0.8)), fill=(225, 214, 190))
    return Image.blend(wall, Image.merge("RGB", (noise, noise, noise)), 0.25)


def with_text(report: VisitReport, text: str) -> VisitReport:
    """The report with `text` in every field that people type."""
    words = Words(text, text)

    def shot(photo: PhotoRef) -> PhotoRef:
        return replace(photo, caption=text, place=words, overlay=(Shape("text", 0.1, 0.5, text=text),))

    visits = tuple(
        replace(
            visit,
            outlet=words,
            remarks=text,
            checklist=words,
            sections=tuple(replace(section, title=words) for section in visit.sections),
            items=tuple(replace(item, note=text, reason=text) for item in visit.items[:2]),
            signature=replace(visit.signature, name=text, note=text),
        )
        for visit in report.visits
    )
    findings = tuple(
        replace(
            finding,
            outlet=words,
            observation=text,
            clause=words,
            requirement=words,
            criterion=words,
            photos=tuple(map(shot, finding.photos)),
            before=tuple(map(shot, finding.before)),
            after=tuple(map(shot, finding.after)),
        )
        for finding in report.shortcomings
    )
    assert report.communication
    return replace(
        report,
        branch=words,
        round=words,
        inspecting=words,
        team=(Member(text, leader=True),),
        visits=visits,
        highlights=tuple(
            replace(highlight, outlet=words, text=text, photos=tuple(map(shot, highlight.photos)))
            for highlight in report.highlights
        ),
        shortcomings=findings,
        communication=replace(
            report.communication, place=text, opinion=text, agreed=text, participants=(Participant(text, text),)
        ),
        remarks=text,
    )
