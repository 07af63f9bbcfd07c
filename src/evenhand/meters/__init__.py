"""Interval readings in, outages out: every household of a utility, in about a second, without web, database or network."""

from evenhand.meters.detect import detect
from evenhand.meters.detections import Detections
from evenhand.meters.formats.options import ReadingOptions
from evenhand.meters.parameters import RobustRule, StormEvent, ZeroRule

__all__ = ["Detections", "ReadingOptions", "RobustRule", "StormEvent", "ZeroRule", "detect"]
