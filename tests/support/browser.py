"""A real browser without a network, and what it was asked for and complained about."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from playwright.async_api import Page, async_playwright

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_QUIET: Final = (
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def executable() -> str | None:
    """Where Chromium is, if it is here."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


@dataclass
class Opened:
    """A page that was opened, every address that it asked for, and every complaint."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def all(self, selector: str, script: str = "e => e.textContent.trim()") -> list[Any]:
        """What the script says of each element."""
        found: list[Any] = await self.page.eval_on_selector_all(
            selector, f"elements => elements.map({script})"
        )
        return found


@asynccontextmanager
async def opened(
    file: Path, scheme: Literal["light", "dark"] = "light", width: int = 1280
) -> AsyncIterator[Opened]:
    """The file in Chromium, whose network is off."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable(), args=list(_QUIET), chromium_sandbox=False
        )
        context = await browser.new_context(
            offline=True, color_scheme=scheme, viewport={"width": width, "height": 900}
        )
        shown = Opened(await context.new_page())
        shown.page.on("request", lambda request: shown.requests.append(request.url))
        shown.page.on("console", lambda message: shown.complaints.append(message.text))
        shown.page.on("pageerror", lambda error: shown.complaints.append(str(error)))
        await shown.page.goto(file.as_uri())
        yield shown
        await browser.close()
