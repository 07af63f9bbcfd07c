"""Run in another instance: fails unless every chain verifies, no id is there twice and the map cells are right; prints what is there as JSON."""

from __future__ import annotations

import json
import sys

import django


def main() -> None:
    django.setup()
    from evenhand.web.places.models import Jurisdiction
    from evenhand.web.service_requests.models import ImportRun, QuarantinedRow, ServiceRequest
    from tests.journeys.published_files import assert_whole, everything_said

    city = Jurisdiction.objects.get()
    assert_whole(city)
    runs = ImportRun.objects.order_by("pk")
    found = {
        "requests": ServiceRequest.objects.count(),
        "aside": QuarantinedRow.objects.count(),
        "finished": [run.finished_at is not None for run in runs],
        "told": [run.counts.get("rows", 0) for run in runs],
        "said": everything_said(city),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
