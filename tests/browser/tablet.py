"""What a person does at a tablet, in the words of the form."""

import time
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--use-fake-device-for-media-stream",  # a camera
]  # fmt: skip
WAIT = 20_000  # ms: two cores may be busy with other tests


def context_options(width: int = 768, height: int = 1024, locale: str = "zh-CN", **more: Any) -> dict[str, Any]:
    """A tablet-sized page that is touched."""
    return {"viewport": {"width": width, "height": height}, "locale": locale, "has_touch": True, **more}


class Tablet:
    """One tablet with its browser."""

    def __init__(self, context: BrowserContext, url: str, page: Page | None = None) -> None:
        self.context = context
        self.url = url
        self.page: Page = page or (context.pages[0] if context.pages else context.new_page())
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def sign_in(self, token: str) -> None:
        """Be signed in with this session, whoever was before."""
        tomorrow = time.time() + 86_400
        cookie = {"name": "rounds", "value": token, "url": self.url, "httpOnly": True, "expires": tomorrow}
        self.context.add_cookies([{**cookie, "sameSite": "Lax"}])  # type: ignore[typeddict-item]

    def open(self, visit_id: int | None = None, tab: str = "") -> None:
        """Load the form, at a visit when one is named."""
        place = f"#/visit/{visit_id}/{tab}" if visit_id else ""
        self.page.goto("about:blank")  # the same address would not be loaded again
        self.page.goto(f"{self.url}/tablet/{place}")
        self.ready()

    def ready(self) -> None:
        """Wait until the form can be used."""
        self.page.wait_for_selector("html[data-ready]", timeout=WAIT)

    def works_offline(self) -> None:
        """Wait until the service worker has everything: from then on no link is needed."""
        self.page.evaluate(
            """async () => {
                await navigator.serviceWorker.ready;
                while (!navigator.serviceWorker.controller) await new Promise((done) => setTimeout(done, 50));
            }"""
        )

    def go(self, tab: str) -> None:
        """Go to a section, to `extras` or to `close`."""
        self.page.evaluate("to => { location.hash = location.hash.split('/').slice(0, 3).join('/') + '/' + to }", tab)
        expect(self.page.locator("main.form-page")).to_be_visible()

    def item(self, code: str) -> Locator:
        """The card of an item."""
        return self.page.locator(f"#item-{code}")

    def rate(self, code: str, rating: str) -> None:
        """One tap on a rating; the card shows it at once."""
        button = self.item(code).locator(f"[data-rating={rating}]")
        button.tap()
        expect(button).to_have_attribute("aria-pressed", "true")

    def write(self, where: Locator, label: str, text: str) -> None:
        """Type into a field and leave it."""
        field = where.get_by_label(label)
        field.fill(text)
        field.blur()

    def photograph(self, code: str, file: dict[str, Any], nth: int = 0) -> None:
        """Give a photo to an item's camera (nth: 0 camera, 1 gallery) and see it in the card."""
        card = self.item(code)
        before = card.locator(".tile img").count()
        card.locator("input[type=file]").nth(nth).set_input_files(file)
        expect(card.locator(".tile img")).to_have_count(before + 1, timeout=WAIT)

    def sign_refused(self) -> None:
        """The duty manager refuses to sign."""
        self.go("close")
        self.page.locator("#signature").get_by_role("button", name="拒签").tap()

    def draw_signature(self, name: str) -> None:
        """The duty manager signs on the glass."""
        self.go("close")
        card = self.page.locator("#signature")
        card.get_by_role("button", name="签字", exact=True).tap()
        self.write(card, "值班经理姓名", name)
        card.get_by_role("button", name="在此签字").tap()
        self.sign_on_the_glass()
        expect(card.locator(".signed img")).to_be_visible(timeout=WAIT)

    def sign_on_the_glass(self, lower: int = 0) -> None:
        """Draw a stroke on the open sheet, `lower` px further down, and keep it."""
        pad = self.page.locator(".sign-pad")
        pad.wait_for(timeout=WAIT)
        box = pad.bounding_box()
        assert box
        self.page.mouse.move(box["x"] + 60, box["y"] + 80 + lower)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + 260, box["y"] + 140 + lower, steps=8)
        self.page.mouse.up()
        self.page.get_by_role("button", name="保存签字").tap()
        expect(pad).to_have_count(0, timeout=WAIT)

    def write_note(self, code: str, text: str) -> None:
        """Open the note of an item and write."""
        self.item(code).get_by_role("button", name="备注").tap()
        self.write(self.item(code), "备注", text)

    def all_received(self) -> None:
        """Wait until the server has given a receipt for everything."""
        self.page.wait_for_timeout(300)  # the sign of the link follows the paint, and what is kept before it
        expect(self.page.locator('.link-mark[data-waiting="0"][data-status="ok"]')).to_be_visible(timeout=60_000)

    def waiting(self) -> int:
        """How many records wait, as the sign of the link tells."""
        self.page.wait_for_timeout(300)  # the sign of the link follows the paint, and what is kept before it
        return int(self.page.locator(".link-mark").get_attribute("data-waiting") or 0)

    def answer_campaigns(self) -> None:
        """Say of every question on current campaigns that has no answer yet that all is well."""
        self.go("extras")
        for question in self.page.locator(".question").all():
            if not question.locator("[aria-pressed=true]").count():
                question.get_by_role("button", name="合格", exact=True).tap()

    def submit(self) -> None:
        """Submit the visit and see that it is; questions on campaigns are answered on the way."""
        self.answer_campaigns()
        self.all_received()
        self.go("close")
        self.page.get_by_role("button", name="提交走访").tap()
        self.page.get_by_role("dialog").get_by_role("button", name="提交", exact=True).tap()
        expect(self.page.get_by_text("已提交，等待市场部查看。")).to_be_visible(timeout=WAIT)
