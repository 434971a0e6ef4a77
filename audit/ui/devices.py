"""What a browser calls itself, as a person would call it."""

from audit.ui.page import Here

# fmt: off
BROWSERS = (("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("HuaweiBrowser", "Huawei"), ("Firefox", "Firefox"),
            ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (("iPad", "iPad"), ("iPhone", "iPhone"), ("HarmonyOS", "HarmonyOS"), ("Android", "Android"),
           ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"))
# fmt: on


def device(me: Here, agent: str) -> str:
    """`Chrome on Android` for a User-Agent header; the header as it is when neither is known."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    if browser and system:
        return me._("{browser} on {system}").format(browser=browser, system=system)
    return agent or me._("Unknown device")
