"""The pictures of a synthetic storm are made by the project itself, and say what they are."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tools import storm_picture


def test_the_storm_of_the_picture_is_found_by_the_rule_and_called_synthetic() -> None:
    chart = storm_picture.storm_chart(households=150)
    assert chart.title == "Customers out by hour in a synthetic storm"
    assert chart.words[0] == "Synthetic data."
    assert ">Synthetic data<" in chart.svg()


def test_the_meter_of_the_picture_is_drawn_by_the_command(tmp_path: Path) -> None:
    storm_picture.draw_meter(tmp_path / "meter.png", tmp_path / "twin", households=120)
    storm_picture.make_small(tmp_path / "meter.png")
    with Image.open(tmp_path / "meter.png") as picture:
        assert picture.width > picture.height
