"""Messages that meters send by themselves: a last gasp when power goes, a greeting when it is back.

Modelling choice: most come through and some do not, each by its own chance; a few meters send one without cause. Flickers send none.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from evenhand.twin.readings_cohort import Cohort
from evenhand.twin.readings_truth import moments

GASPS_HEARD, GREETINGS_HEARD, CAUSELESS = 0.70, 0.90, 0.005


def meter_events_of(cohort: Cohort, meter_id: pa.Array) -> pa.Table:
    """`meter_id, at, event` of the meters of a cohort, by meter and time."""
    history, chance, window = cohort.history, cohort.chance, cohort.plan.window
    sent = []
    for kind in ("blip", "dark", "second"):
        for event, edge, heard in (("power_off", "from", GASPS_HEARD), ("power_on", "until", GREETINGS_HEARD)):
            at = getattr(history, f"{kind}_{edge}")
            comes = np.isfinite(at) & cohort.is_installed & chance.happens(f"{event} heard, {kind}", cohort.index, heard)
            sent.append((event, at, comes))
    sent.append(("power_off", chance.uniform("causeless at", cohort.index) * window.slots, chance.happens("causeless", cohort.index, CAUSELESS)))
    tables = [_events(cohort, meter_id, event, at, comes) for event, at, comes in sent]
    return pa.concat_tables(tables).sort_by([("meter_id", "ascending"), ("at", "ascending")])


def _events(cohort: Cohort, meter_id: pa.Array, event: str, at: np.ndarray, comes: np.ndarray) -> pa.Table:
    rows = np.flatnonzero(comes)
    columns = {
        "meter_id": meter_id.take(pa.array(rows)),
        "at": moments(cohort, at[rows], np.ones(rows.size, dtype=bool)),
        "event": pa.array([event] * rows.size, pa.string()),
    }
    return pa.table(columns)
