"""One small synthetic city, studied once for all tests of a worker: 600 households, one of eight reports, two weeks of half-hours."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from evenhand.meters.detect import detect
from evenhand.meters.detections import Detections
from evenhand.meters.parameters import StormEvent
from evenhand.reports.study_report.methods import Provenance
from evenhand.studies.raw.tables import RawTables, check_raw_tables
from evenhand.studies.study_run import StudyResults, StudyWishes, study_of
from evenhand.twin.study_city import StudyCity, build_study_city

PROVENANCE = Provenance("evenhand study run --out DIR", {"evenhand": "0"}, {"requests": "ab12"}, "America/New_York")


@cache
def city() -> StudyCity:
    return build_study_city(households=600, seed=8311, days=14, reporting_share=0.125)


@cache
def event() -> StormEvent:
    return StormEvent(datetime.fromisoformat(city().story["event_start"]))


@cache
def raw_tables() -> RawTables:
    return check_raw_tables(city().requests, city().households, city().areas, event_start=event().start).whole()


@cache
def detected() -> Detections:
    return detect(city().readings, event=event())


@cache
def results(preset: str = "default") -> StudyResults:
    return study_of(detected(), raw_tables(), StudyWishes(event(), preset=preset))
