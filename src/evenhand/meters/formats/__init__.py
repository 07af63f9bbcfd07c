"""Everything that turns what a utility has into standard batches of readings."""

from evenhand.meters.formats.errors import Fault, ReadingsUnusable
from evenhand.meters.formats.faults import FaultCounts
from evenhand.meters.formats.opening import open_readings
from evenhand.meters.formats.options import ReadingOptions
from evenhand.meters.formats.source import ReadingSource, standard_schema

__all__ = ["Fault", "FaultCounts", "ReadingOptions", "ReadingSource", "ReadingsUnusable", "open_readings", "standard_schema"]
