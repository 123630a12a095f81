"""The report of a shop whose parcels are late, written by the command and opened in a browser."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.integration.evaluated_shop import HOUR, parcels, watched_shop
from tests.support.browser import opened
from tests.support.command import settings, signalbox
from tests.unit.web.test_report import PAYLOADS, page_of

pytestmark = pytest.mark.browser
COLOURS = "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"


@pytest.fixture
async def report(database_url: str, tmp_path: Path) -> Path:
    """Two days with few late parcels, then a day with many, of which an opportunity came."""
    file = tmp_path / "report.html"
    async with watched_shop(database_url) as watched:
        now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        watched.world.time = now - HOUR
        for hours in (60, 40):
            await watched.shop.arrive(now - hours * HOUR, parcels(range(30), late=1))
        await watched.shop.arrive(now - 6 * HOUR, parcels(range(30), late=15))
        await watched.step()
        await watched.step(1)
    variables = settings(database_url, "127.0.0.1:1")
    said = await signalbox("report", "--html", str(file), "--since", "7d", variables=variables)
    assert said.status == 0, said.err
    return file


async def test_it_reads_well_without_network_and_script(report: Path) -> None:
    async with opened(report) as shown:
        assert shown.requests == [report.as_uri()]
        assert await shown.all(".track .stage h4") == ["I wait for my parcel"]
        assert await shown.all(".places em") == ["moment of truth"]
        assert "50 %" in (await shown.all(".stage .key"))[0]
        (headline,) = await shown.all(".finding h3")
        assert headline.startswith("#1  I wait for my parcel: late parcels is 50 %")
        (label,) = await shown.all("svg", "e => e.getAttribute('aria-label')")
        assert label == "Late parcels: now 50 %, at most 5 %; each point is 24 h"
        lengths = await shown.all("svg path.value:not(.miss)", "e => e.getTotalLength()")
        assert len(lengths) == 2, "the line is broken where nothing counted"
        assert sum(lengths) > 100
        assert await shown.all("svg line.target", "e => e.getBoundingClientRect().width > 100")
        light = await shown.all("body", COLOURS)
        assert shown.complaints == []
    async with opened(report, "dark", width=360) as shown:
        assert await shown.all("body", COLOURS) != light
        assert await shown.all("html", "e => e.scrollWidth") == [360], "it fits a phone"
        assert (await shown.page.pdf()).startswith(b"%PDF")
        assert shown.complaints == []


async def test_a_browser_sees_no_markup_in_any_text(tmp_path: Path) -> None:
    file = tmp_path / "hostile.html"
    file.write_text(page_of("".join(PAYLOADS[:5])))
    async with opened(file) as shown:
        assert await shown.all("script, img, iframe, a[href^=javascript]") == []
        assert shown.requests == [file.as_uri()]
        assert shown.complaints == []


async def test_what_cannot_be_reported_is_said(database_url: str, tmp_path: Path) -> None:
    variables, file = settings(database_url, "127.0.0.1:1"), tmp_path / "report.html"
    said = await signalbox("report", "--html", str(file), variables=variables)
    assert said.status == 2
    assert "No framework has been applied yet." in said.err
    assert not file.exists()
    late = ("--since", "2999-01-01")
    said = await signalbox("report", "--html", str(file), *late, variables=variables)
    assert said.status == 2
    assert "--since lies in the future." in said.err


async def test_a_shop_that_has_read_nothing_gets_its_map(database_url: str, tmp_path: Path) -> None:
    async with watched_shop(database_url):
        pass
    variables, file = settings(database_url, "127.0.0.1:1"), tmp_path / "report.html"
    said = await signalbox("report", "--html", str(file), variables=variables)
    assert said.status == 0, said.err
    page = file.read_text()
    for words in ("Nothing has been read yet.", "I wait for my parcel", "No opportunities found"):
        assert words in page
    nowhere = tmp_path / "missing" / "report.html"
    said = await signalbox("report", "--html", str(nowhere), variables=variables)
    assert said.status == 2
    assert f"{nowhere} cannot be written: No such file or directory." in said.err
