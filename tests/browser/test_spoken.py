"""What is said to screen readers follows the language, also when it changes without a new page."""

from playwright.sync_api import Browser

from audit.ui.spoken import script


def test_labels_are_said_in_the_language_and_taken_back_when_it_changes(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content('<button aria-label="Close"></button><button aria-label="Remove a.pdf"></button>')

    def labels() -> list[str | None]:
        return [one.get_attribute("aria-label") for one in page.get_by_role("button").all()]

    page.evaluate(script("zh_CN"))
    chinese = labels()
    assert "Close" not in chinese
    assert str(chinese[1]).endswith("a.pdf")
    assert not str(chinese[1]).startswith("Remove")
    page.evaluate("document.body.append(Object.assign(document.createElement('button'), {ariaLabel: 'Close'}))")
    page.wait_for_function("document.querySelectorAll('[aria-label=\"Close\"]').length === 0")
    page.evaluate(script("en"))
    assert labels() == ["Close", "Remove a.pdf", "Close"]
    page.close()
