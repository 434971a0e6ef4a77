"""What the server says of the tablet form: addresses, caching, versions, and that nothing else can be read."""

import json
import re
import ssl
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from audit.config import PROJECT, Settings
from audit.domain.loop import STATE_NAMES
from audit.errors import RoundsError
from audit.web import certificates, tablet
from audit.web.app import create
from audit.web.packages import SOURCE, PackagesMissing, ensure_packages, packages_folder


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(create(), raise_server_exceptions=False)


def test_the_page_is_there_without_inline_script_or_foreign_address(client: TestClient) -> None:
    text = client.get("/tablet/").text
    assert '<script type="module" src="/tablet/main.js">' in text
    assert not re.search(r"<script(?![^>]*src=)", text)
    assert "://" not in text


def test_every_own_file_is_served_with_its_type_and_a_tag(client: TestClient) -> None:
    for name in tablet.shell_files():
        answer = client.get(f"/tablet/{name}")
        assert answer.status_code == 200, name
        assert answer.headers["content-type"].split(";")[0] == tablet.OWN_TYPES["." + name.rsplit(".", 1)[1]], name
        again = client.get(f"/tablet/{name}", headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b""), name


@pytest.mark.parametrize(
    "path",
    ["package.json", "package-lock.json", "%2e%2e/config.py", "..%2f..%2fREADME.md", "lib/../package.json",
     "lib/%2e%2e/%2e%2e/rounds.sqlite3",
     "lib/@scarf/scarf/report.js", "lib/htm/nothing.js", "strings/fr.json", "nothing.js"],
)  # fmt: skip
def test_what_does_not_belong_to_the_form_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(f"/tablet/{path}").status_code == 404


def test_the_worker_lists_everything_the_form_imports(client: TestClient) -> None:
    script = client.get("/tablet/sw.js").text
    kept = set(json.loads(re.search(r"const FILES = (\[.*?\]);", script).group(1)))  # type: ignore[union-attr]
    for path in SOURCE.glob("*.js"):
        for address in re.findall(r'from "([^"]+)"', path.read_text("utf-8")):
            full = address if address.startswith("/") else f"/tablet/{address.removeprefix('./')}"
            assert full in kept, f"{path.name} imports {address}"
    for page in SOURCE.glob("*.html"):
        for address in re.findall(r'(?:href|src)="([^"]+)"', page.read_text("utf-8")):
            assert address in kept, f"{page.name} needs {address}"


def test_the_version_changes_with_any_text_of_the_form(monkeypatch: pytest.MonkeyPatch) -> None:
    before = tablet.version()
    assert before == tablet.version()
    monkeypatch.setattr(tablet, "strings", lambda locale: b"{}")
    assert tablet.version() != before


def test_both_languages_hold_the_errors_and_chinese_every_text_of_the_form(client: TestClient) -> None:
    chinese = client.get("/tablet/strings/zh_CN.json").json()
    english = client.get("/tablet/strings/en.json").json()
    assert english["error.photo.unknown_format"]
    used: set[str] = set()
    for path in SOURCE.glob("*.js"):
        if path.name != "strings.js":
            used |= set(re.findall(r'\b(?:t|mark)\(\s*"((?:[^"\\]|\\.)*)"', path.read_text("utf-8")))
    assert used - chinese.keys() == set(), "texts without a Chinese translation"
    for text in used:
        wanted = set(re.findall(r"\{\w+\}", text))
        assert set(re.findall(r"\{\w+\}", chinese[text])) == wanted, f"placeholders of {text!r}"


def test_the_form_tells_a_findings_states_in_the_words_of_the_one_table(client: TestClient) -> None:
    for locale, place in (("zh_CN", 0), ("en", 1)):
        texts = client.get(f"/tablet/strings/{locale}.json").json()
        assert {code: texts[f"finding_state.{code}"] for code in STATE_NAMES} == {
            code: names[place] for code, names in STATE_NAMES.items()
        }
    assert "finding_state.${finding.state}" in (SOURCE / "findings.js").read_text("utf-8")


def test_the_form_names_no_text_that_the_extraction_cannot_see() -> None:
    """`t(condition ? "a" : "b")` would escape the test above."""
    for path in SOURCE.glob("*.js"):
        assert not re.search(r'\bt\([^")]*\?\s*"', path.read_text("utf-8")), path.name


def test_libraries_are_pinned_by_a_lock_without_addresses() -> None:
    lock = json.loads((SOURCE / "package-lock.json").read_text())
    wanted = json.loads((SOURCE / "package.json").read_text())["dependencies"]
    for name, version in wanted.items():
        entry = lock["packages"][f"node_modules/{name}"]
        assert entry["version"] == version
        assert entry["integrity"].startswith("sha512-")
    assert "resolved" not in (SOURCE / "package-lock.json").read_text()


def test_installing_without_a_registry_says_what_to_do_in_one_line(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    with pytest.raises(PackagesMissing) as refusal:
        ensure_packages(tmp_path)
    assert "\n" not in str(refusal.value)
    assert "registry" in str(refusal.value)
    assert not (packages_folder(tmp_path).parent / "installed.sha256").exists()


def test_a_registry_with_a_certificate_that_the_system_trusts_is_asked(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    house = certificates.ensure(Settings(home=tmp_path / "house", public_url="https://127.0.0.1"))
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trusting.load_cert_chain(house.chain, house.key)
    registry = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)  # it has nothing: 501 to whatever is asked
    registry.socket = trusting.wrap_socket(registry.socket, server_side=True)
    Thread(target=registry.serve_forever, daemon=True).start()
    monkeypatch.setenv("npm_config_registry", f"https://127.0.0.1:{registry.server_port}/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("SSL_CERT_FILE", str(house.authority))
    monkeypatch.delenv("NODE_EXTRA_CA_CERTS", raising=False)
    try:
        with pytest.raises(PackagesMissing, match="E501"):
            ensure_packages(tmp_path)
    finally:
        registry.shutdown()
        registry.server_close()


def test_installed_libraries_are_left_alone(tmp_path) -> None:  # type: ignore[no-untyped-def]
    shared = ensure_packages(PROJECT / "var")
    stamp = shared.parent / "installed.sha256"
    before = stamp.stat().st_mtime_ns
    assert ensure_packages(PROJECT / "var") == shared
    assert stamp.stat().st_mtime_ns == before


def test_an_unknown_locale_is_refused() -> None:
    app = FastAPI()
    app.include_router(tablet.router)
    with pytest.raises(RoundsError):
        TestClient(app).get("/tablet/strings/xx.json")
