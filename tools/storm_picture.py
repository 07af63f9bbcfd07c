"""Draws the pictures of a synthetic storm in README.md and docs: `make picture`. The twin invents readings, the rule finds the outages in them."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from PIL import Image

from evenhand.cli.meters_show import ShowWishes, run
from evenhand.cli.meters_wishes import ReadingWishes
from evenhand.meters.detect import detect
from evenhand.meters.parameters import StormEvent
from evenhand.meters.reliability import reliability
from evenhand.reports.charts import Chart, write_chart
from evenhand.reports.customers_out_chart import customers_out_chart
from evenhand.twin.readings import build_readings, write_readings

IMAGES = Path(__file__).resolve().parent.parent / "docs/images"
HOUSEHOLDS, SEED = 20_000, 8311
LARGEST_BYTES = 150_000
COLORS = 128
A_DAY = timedelta(days=1)


def storm_chart(households: int = HOUSEHOLDS, seed: int = SEED) -> Chart:
    """Readings invented, outages found, customers out counted."""
    made = build_readings(seed=seed, households=households)
    window = made.plan.window
    found = detect(made.readings, event=StormEvent(window.storm_start))
    hours = reliability(found.interruptions, customers=households, timezone=window.timezone).by_hour.since(window.storm_start - A_DAY)
    return customers_out_chart(hours, title="Customers out by hour in a synthetic storm", is_synthetic=True, timezone=window.timezone)


def draw_meter(target: Path, folder: Path, households: int = 200, seed: int = SEED) -> None:
    """One meter that read zero, fell silent, and had power for a moment in between, as `evenhand meters show` draws it."""
    readings = write_readings(folder, seed=seed, households=households, mix="nasty")
    window = build_readings(seed=seed, homes=[0]).plan.window
    found = detect([readings], event=StormEvent(window.storm_start))
    rows = found.outages.to_pylist()
    meter = next(row["meter_id"] for row in rows if row["status"] == "restored" and row["flickers"] and row["evidence"] == "gap+zero")
    given = ReadingWishes((readings,), (), window.timezone, False, "kWh", False, None, "auto", None, False)
    run(ShowWishes(str(meter), given, window.storm_start.isoformat(), None, "robust", target, is_synthetic=True))


def make_small(file: Path) -> None:
    """Few colors need few bytes. Raises where it stays too large for a page."""
    with Image.open(file) as opened:
        picture = opened.convert("RGB")
    picture.quantize(COLORS, dither=Image.Dither.NONE).save(file, optimize=True)
    if file.stat().st_size > LARGEST_BYTES:
        raise ValueError(f"Expected {file} to be at most {LARGEST_BYTES} bytes, and it has {file.stat().st_size}.")


def main() -> int:
    storm, meter = IMAGES / "synthetic-storm.png", IMAGES / "synthetic-meter.png"
    write_chart(storm_chart(), storm)
    with tempfile.TemporaryDirectory() as folder:
        draw_meter(meter, Path(folder))
    make_small(storm)
    make_small(meter)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
