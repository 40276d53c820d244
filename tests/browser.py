"""Debian's Chromium for the tests that look at pages, or a clear word why they are skipped."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, sync_playwright

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


@contextmanager
def open_page(
    url: str,
    width: int = 1000,
    height: int = 900,
    base: str | None = None,
    refused: int = 0,
    scripts: bool = True,
    touch: bool = False,
) -> Iterator[Page]:
    """A page in headless Chromium; fails at the end if it logged an error or asked for anything beyond `base`.

    That an answer had the status `refused` is no error. With `touch` it is a phone's, without mouse and keys.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        page = browser.new_page(
            viewport={"width": width, "height": height}, java_script_enabled=scripts, has_touch=touch, is_mobile=touch
        )
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith(("data:", "blob:", base or url)) else complaints.append(request.url)
            ),
        )
        page.goto(url)
        yield page
        browser.close()
    found = [
        said for said in complaints if not (refused and f"the server responded with a status of {refused}" in said)
    ]
    assert not found, found
