"""The tables of places. Coordinates are WGS 84 degrees; shapes are GeoJSON geometry as published, turned into shapely objects once a process."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Jurisdiction(models.Model):
    """A city that this instance serves."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    timezone = models.CharField(max_length=64)
    language = models.CharField(max_length=16, default="en")
    emergency_number = models.CharField(max_length=32, default="911")
    boundary = models.JSONField(help_text="GeoJSON geometry, Polygon or MultiPolygon")
    west = models.FloatField()
    south = models.FloatField()
    east = models.FloatField()
    north = models.FloatField()
    hostnames = models.JSONField(default=list, help_text="Host names under which this city is shown first")
    is_synthetic = models.BooleanField(default=False)
    is_default = models.BooleanField(default=False)
    places_version = models.PositiveIntegerField(default=1, help_text="Grows with every import of places; caches of shapes go by it")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "places_jurisdiction"

    def __str__(self) -> str:
        return self.name

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        return (self.west, self.south, self.east, self.north)


class Area(models.Model):
    """A neighbourhood, tract or ward: what requests are counted by. `code` is its id, normalised (`14000US25025010300` → `25025010300`)."""

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.CASCADE, related_name="areas")
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    population = models.PositiveIntegerField(null=True)
    land_sq_mi = models.FloatField(null=True)
    land_area_computed = models.BooleanField(default=False, help_text="The file gave no land area, so it was computed from the shape")
    shape = models.JSONField(help_text="GeoJSON geometry")
    west = models.FloatField()
    south = models.FloatField()
    east = models.FloatField()
    north = models.FloatField()
    properties = models.JSONField(default=dict, help_text="Every other column of the file, as published")
    is_retired = models.BooleanField(default=False, help_text="No longer in the city's file; kept because requests point at it")

    class Meta:
        db_table = "places_area"
        constraints: ClassVar = [models.UniqueConstraint(fields=["jurisdiction", "code"], name="places_area_code")]
        ordering: ClassVar = ["name", "code"]

    def __str__(self) -> str:
        return self.name

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        return (self.west, self.south, self.east, self.north)


class Ground(models.Model):
    """Park or water, for the base map only."""

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.CASCADE, related_name="grounds")
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=120, blank=True)
    shape = models.JSONField()

    class Meta:
        db_table = "places_ground"


class Street(models.Model):
    """A street's lines: base map, and what a place without a house number is called after."""

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.CASCADE, related_name="streets")
    name = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=16, default="minor")
    shape = models.JSONField(help_text="GeoJSON LineString or MultiLineString")
    west = models.FloatField()
    south = models.FloatField()
    east = models.FloatField()
    north = models.FloatField()

    class Meta:
        db_table = "places_street"
        indexes: ClassVar = [models.Index(fields=["jurisdiction", "name"], name="places_street_name")]


class Address(models.Model):
    """One address of the city's own address file."""

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.CASCADE, related_name="addresses")
    address_id = models.CharField(max_length=64)
    address = models.CharField(max_length=200)
    unit = models.CharField(max_length=40, blank=True)
    zipcode = models.CharField(max_length=16, blank=True)
    lat = models.FloatField()
    long = models.FloatField()
    search_key = models.CharField(max_length=240, help_text="Folded to lower case without accents, street types spelled out")

    class Meta:
        db_table = "places_address"
        constraints: ClassVar = [models.UniqueConstraint(fields=["jurisdiction", "address_id"], name="places_address_id")]
        indexes: ClassVar = [models.Index(fields=["jurisdiction", "lat", "long"], name="places_address_point")]

    def __str__(self) -> str:
        return f"{self.address} {self.unit}".strip()
