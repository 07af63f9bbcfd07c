"""How right are the rules that find outages in readings? On synthetic storms with known truth, on further faults, and where nothing was out.

Seeds: the robust rule was tuned on seeds below 1000; what is printed comes from seeds 2000 to 2004, on which nothing was tuned. The generator knows
no rule, and its further faults were written without having read one. 82,000 meters for seed 2000, fewer for the others.
Run: `python -m benchmarks.meters_accuracy`, with `--meters 4000` for a quick look.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.meters_real import print_real_meters
from benchmarks.meters_scoring import Answers, Scores, compare, joined
from evenhand.meters.detect import detect
from evenhand.meters.formats.options import ReadingOptions
from evenhand.meters.parameters import RobustRule, StormEvent, ZeroRule
from evenhand.twin.readings import build_readings, write_readings
from evenhand.twin.readings_cohort import FAULTS_OF_MIXES, Scenario
from evenhand.twin.readings_scenarios import SCENARIOS
from evenhand.vocabulary.errors import EvenhandError

FIRST_SEED, MORE_SEEDS = 2000, (2001, 2002, 2003, 2004)
SCENARIO_METERS = 4000
Rule = RobustRule | ZeroRule
RULES: dict[str, Rule] = {"robust rule": RobustRule(), '"kWh = 0"': ZeroRule()}


class Bar(NamedTuple):
    """What METERS.md asks of the robust rule, and what both rules reached when its author tried."""

    measure: str
    words: str
    least: float | None  # at least this
    most: float | None  # at most this
    zero_rule: float  # "kWh = 0" in that trial

    def holds(self, value: float) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def text(self) -> str:
        if self.least is not None:
            return f"≥ {self.least}"
        return f"≤ {self.most} h" if self.most is not None else "none"


BARS = {
    "ordinary": (
        Bar("exact", "exact start and end", 0.92, None, 0.52),
        Bar("precision", "precision", 0.999, None, 0.997),
        Bar("recall", "recall", 0.985, None, 0.645),
        Bar("error_hours", "mean error", None, 0.2, 7.3),
    ),
    "nasty": (
        Bar("exact", "exact start and end", 0.84, None, 0.33),
        Bar("precision", "precision", 0.995, None, 0.974),
        Bar("recall", "recall", 0.96, None, 0.657),
        Bar("error_hours", "mean error", None, None, 28.0),
    ),
}


def answers_of_folder(folder: Path, rule: Rule, event: StormEvent) -> Answers:
    found = detect([folder / "readings" / "readings.parquet"], event=event, rule=rule)
    return compare(found.outages, pq.read_table(folder / "truth.parquet"), interval_hours=0.5)


def measure_mix(mix: str, meters: int, more_meters: int) -> dict[str, list[Answers]]:
    """Answers of each rule, seed by seed; readings as files, as a user has them."""
    answers: dict[str, list[Answers]] = {name: [] for name in RULES}
    for seed in (FIRST_SEED, *MORE_SEEDS):
        with tempfile.TemporaryDirectory() as place:
            began = time.process_time()
            folder = write_readings(Path(place) / "twin", seed=seed, households=meters if seed == FIRST_SEED else more_meters, mix=mix).parent
            made = time.process_time() - began
            event = StormEvent(_storm_start(folder), None)
            for name, rule in RULES.items():
                began, wall = time.process_time(), time.perf_counter()
                answers[name].append(answers_of_folder(folder, rule, event))
                spent = f"{time.process_time() - began:.1f} s CPU, {time.perf_counter() - wall:.1f} s wall with scoring; made in {made:.0f} s CPU"
                print(f"{mix}, seed {seed}, {name}: {answers[name][-1].scores().words()} ({spent})", flush=True)
    return answers


def _storm_start(folder: Path) -> datetime:
    return datetime.fromisoformat(json.loads((folder / "truth.json").read_text())["event_start"])


def print_mix(mix: str, answers: dict[str, list[Answers]]) -> bool:
    """The rows of a mix; says whether the robust rule's bars hold, both on the first seed and on the others together."""
    held = True
    first = {name: parts[0].scores() for name, parts in answers.items()}
    others = {name: joined(parts[1:]).scores() for name, parts in answers.items()}
    for bar in BARS[mix]:
        for name in RULES:
            values = [getattr(scores[name], bar.measure) for scores in (first, others)]
            is_robust = name == "robust rule"
            holds = not is_robust or all(bar.holds(value) for value in values)
            held &= holds
            goal = bar.text() if is_robust else f"none ({bar.zero_rule} in the trial)"
            measured = _both(bar.measure, values, first[name].n, others[name].n)
            print(f"| {name}, {mix} storm: {bar.words} | {goal} | {measured}{'' if holds else ' — FAILS'} |")
    robust = first["robust rule"]
    print(f"| robust rule, {mix} storm: exact where the data can tell | none | {robust.exact_told:.4f} ({robust.told:.1%} of meters) |")
    print(f"| robust rule, {mix} storm: mean error against the true moments | none | {robust.error_of_moments_hours:.3f} h |")
    print(f"| robust rule, {mix} storm: true duration within its bounds | none | {robust.within_bounds:.4f} of the restored |")
    print_misses(answers["robust rule"][0])
    return held


def _both(measure: str, values: list[float], first: int, others: int) -> str:
    texts = [f"{value:.3f} h" if measure == "error_hours" else f"{value:.4f}" for value in values]
    return f"{texts[0]} (seed {FIRST_SEED}, {first:,} meters); {texts[1]} (seeds {MORE_SEEDS[0]}–{MORE_SEEDS[-1]}, {others:,})"


def print_misses(answers: Answers) -> None:
    """Where the robust rule is wrong although the data can tell, by what was true and what it said, and by fault."""
    wrong = answers.only(~answers.exact & answers.can_tell)
    print(f"  wrong although the data can tell: {wrong.n:,} of {int(answers.can_tell.sum()):,}")
    for (true, said), count in Counter(zip(wrong.true_status, wrong.said_status, strict=True)).most_common(8):
        print(f"    {true} called {said}: {count:,}")
    names = Counter(name for faults in wrong.faults for name in faults)
    of_all = Counter(name for faults, told in zip(answers.faults, answers.can_tell, strict=True) if told for name in faults)
    print("    by fault: " + ", ".join(f"{name} {count:,} of {of_all[name]:,}" for name, count in names.most_common(12)))


def print_arrivals(meters: int) -> bool:
    """Does the order of arrival change any answer?"""
    same = True
    for mix in BARS:
        ways = [build_readings(seed=MORE_SEEDS[0], households=meters, mix=mix, layout=layout) for layout in ("sorted", "arrival")]
        event = StormEvent(ways[0].plan.window.storm_start, None)
        tables = [detect(way.readings, event=event, rule=RULES["robust rule"]).outages.sort_by("meter_id").to_pylist() for way in ways]
        differ = sum(one != other for one, other in zip(*tables, strict=True))
        same &= not differ
        rows = f"{ways[1].readings.num_rows:,} rows with late, double and revised ones"
        print(f"| {mix} storm in order of arrival: meters with another answer than in sorted order | 0 | {differ} of {meters:,} ({rows}) |")
    return same


def print_scenarios(meters: int) -> None:
    for scenario in SCENARIOS.values():
        for name, rule in RULES.items():
            print(f"| further fault, {scenario.words}: {name} | none | {_scenario_words(scenario, rule, meters)} |", flush=True)


def _scenario_words(scenario: Scenario, rule: Rule, meters: int) -> str:
    made = build_readings(seed=FIRST_SEED, households=meters, scenario=scenario)
    window = made.plan.window
    options = ReadingOptions(timezone=window.timezone if scenario.is_local else None, is_register=scenario.is_register)
    try:
        found = detect(made.readings, event=StormEvent(window.storm_start, None), rule=rule, options=options)
    except EvenhandError as refused:
        return f"refused: {refused.code}: {refused.message}".replace("|", "/").replace("\n", " ")
    answers = compare(found.outages, made.truth, interval_hours=window.interval_hours)
    parts = [f"{name}: exact {_worded(answers.carrying(name).scores())}" for name in sorted(_of_scenario(made.truth))]
    return "; ".join([answers.scores().words(), *parts])


def _of_scenario(truth: pa.Table) -> set[str]:
    """The faults that no mix has."""
    return {name for names in truth["faults"].to_pylist() for name in names} - FAULTS_OF_MIXES


def _worded(scores: Scores) -> str:
    recall = "none out" if math.isnan(scores.recall) else f"recall {scores.recall:.3f}"
    return f"{scores.exact:.3f}, {recall} of {scores.n:,}"


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--meters", type=int, default=82_000, help="meters of the first seed; a fifth of it for each other one")
    chosen = arguments.parse_args()
    fewer = max(chosen.meters // 5, 500)
    held = True
    for mix in BARS:
        held &= print_mix(mix, measure_mix(mix, chosen.meters, fewer))
    held &= print_arrivals(min(fewer, 4000))
    print_scenarios(min(fewer, SCENARIO_METERS))
    print_real_meters(RULES)
    print("All bars hold." if held else "A bar does not hold.", file=sys.stderr)
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
