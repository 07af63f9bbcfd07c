"""What an area is called here. The next file of areas brings its own names again."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from evenhand.web.places.models import Area, Jurisdiction


@transaction.atomic
def rename_area(area: Area, name: str) -> None:
    """Give an area another name; what processes keep of the city's places is made anew."""
    if area.name == name:
        return
    Area.objects.filter(pk=area.pk).update(name=name)
    Jurisdiction.objects.filter(pk=area.jurisdiction_id).update(places_version=F("places_version") + 1)
