"""How the synthetic sample city works inside: its teams, hours, routing, holidays, prepared answers and articles. Synthetic like the rest of it.

The form is that of a city's configuration (docs/reference/services-file.md), without the members that hold services.
"""

from __future__ import annotations

from typing import Any, Final

_TEAMS: Final = {
    "roads": "Roads crew",
    "lights": "Lights and signals",
    "sanitation": "Sanitation",
    "water": "Water and sewers",
    "parks": "Parks and trees",
    "health": "Homes and health",
    "parking": "Parking and vehicles",
    "front-desk": "Front desk",
}
# Service → team, hours of working time until due (None: no deadline), priority from 0 (low) to 3 (urgent).
_RULES: Final[dict[str | None, tuple[str, int | None, int]]] = {
    "POTHOLE": ("roads", 40, 1),
    "SIDEWALK": ("roads", 480, 0),
    "SNOW": ("roads", 16, 2),
    "STREET_FLOOD": ("roads", 8, 2),
    "STREETLIGHT": ("lights", 80, 1),
    "SIGNAL": ("lights", 8, 3),
    "STREET_SIGN": ("lights", 160, 1),
    "ABANDONED_VEHICLE": ("parking", 160, 0),
    "PARKING": ("parking", 8, 1),
    "MISSED_TRASH": ("sanitation", 16, 1),
    "BULKY": ("sanitation", 80, 0),
    "ILLEGAL_DUMPING": ("sanitation", 80, 1),
    "GRAFFITI": ("sanitation", 160, 0),
    "DEAD_ANIMAL": ("sanitation", 16, 1),
    "NEEDLE": ("sanitation", 8, 3),
    "WATER_LEAK": ("water", 8, 2),
    "SEWER": ("water", 8, 2),
    "POWER_OUTAGE": ("front-desk", None, 2),
    "HEAT": ("health", 16, 2),
    "RODENTS": ("health", 160, 1),
    "WELFARE": ("health", 8, 3),
    "TREE_DOWN": ("parks", 16, 2),
    "TREE_CARE": ("parks", 800, 0),
    "PARK": ("parks", 160, 1),
    "PLAYGROUND": ("parks", 80, 1),
    "DOCKS": ("parks", 160, 1),
    None: ("front-desk", 40, 1),
}
_HOLIDAYS: Final = {
    "2026-12-25": "Christmas Day",
    "2027-01-01": "New Year's Day",
    "2027-05-31": "Memorial Day",
    "2027-07-05": "Independence Day (observed)",
}
_TEMPLATES: Final = (
    ("answer", "en", None, "We are on it", "Thank you for telling us. Our crew has {service} at {place} on its list."),
    ("answer", "es", None, "Ya lo sabemos", "Gracias por avisarnos. Nuestra cuadrilla tiene en su lista: {service}, {place}."),
    ("close:fixed", "en", "POTHOLE", "Pothole filled", "The hole at {place} has been filled. Please tell us here if it opens again."),
    ("close:fixed", "es", "POTHOLE", "Bache tapado", "Se tapó el bache en {place}. Si vuelve a abrirse, avísenos aquí."),
    ("close:fixed", "en", "STREETLIGHT", "Light works again", "The light at {place} was repaired and was on when the crew left."),
    (
        "close:unable",
        "en",
        None,
        "Needs a larger project",
        "This cannot be mended in place; it needs a street project, for which there is no money yet.",
    ),
    ("ask_reporter", "en", None, "Where exactly?", "Our crew could not find it. Can you tell us on which side of the street it is, or send a photo?"),
    (
        "ask_reporter",
        "es",
        None,
        "¿Dónde exactamente?",
        "La cuadrilla no lo encontró. ¿Puede decirnos de qué lado de la calle está, o enviar una foto?",
    ),
    ("decline_reopen", "en", None, "Looked again", "We went there again and found it in order."),
)
_ARTICLES: Final[tuple[dict[str, Any], ...]] = (
    {
        "code": "power-company",
        "title": "Power poles, wires and meters",
        "text": "Poles, wires and meters belong to the power company. A wire that lies on the ground is an emergency: 911 first.",
        "keywords": "electricity, pole, wire, meter, bill",
        "service": None,
        "ours": False,
        "whose": "Harbor Light & Power (synthetic), 555-0142, day and night",
        "translations": {
            "es": {
                "title": "Postes, cables y medidores de luz",
                "text": "Los postes, cables y medidores son de la compañía eléctrica. Un cable en el suelo es una emergencia: primero el 911.",
                "whose": "Harbor Light & Power (sintética), 555-0142, día y noche",
            }
        },
    },
    {
        "code": "state-highway",
        "title": "Holes on the state highway",
        "text": "The highway along the harbor belongs to the state. Ask for the exit number before giving the number to call.",
        "keywords": "highway, route, ramp, freeway",
        "service": "POTHOLE",
        "ours": False,
        "whose": "State highway office (synthetic), 555-0177, weekdays 7:00–17:00",
        "translations": {},
    },
    {
        "code": "bulky-items",
        "title": "What counts as a bulky item",
        "text": "Furniture, mattresses and appliances, up to three a pickup. No paint, tires or building rubble: the yard on Ropewalk takes those.",
        "keywords": "sofa, mattress, fridge, couch",
        "service": "BULKY",
        "ours": True,
        "whose": "",
        "translations": {},
    },
    {
        "code": "opening-hours",
        "title": "Opening hours of City Hall",
        "text": "Monday to Friday, 8:00 to 16:30. Closed on holidays.",
        "keywords": "hours, open, counter",
        "service": None,
        "ours": True,
        "whose": "",
        "translations": {"es": {"title": "Horario del ayuntamiento", "text": "De lunes a viernes, de 8:00 a 16:30. Cerrado en días feriados."}},
    },
)


def sample_desk() -> dict[str, Any]:
    """The members of a configuration that a city has beside its services."""
    return {
        "format": "evenhand-configuration",
        "version": 1,
        "teams": [{"code": code, "name": name, "confined": False, "retired": False} for code, name in _TEAMS.items()],
        "working_hours": {str(day): [["08:00", "16:30"]] for day in range(1, 6)},
        "routing": [
            {"service": service, "area": None, "team": team, "work_hours": hours, "priority": priority}
            for service, (team, hours, priority) in _RULES.items()
        ],
        "holidays": [{"date": date, "name": name} for date, name in _HOLIDAYS.items()],
        "templates": [
            {"use": use, "language": language, "service": service, "name": name, "text": text, "retired": False}
            for use, language, service, name, text in _TEMPLATES
        ],
        "articles": [{**article, "retired": False} for article in _ARTICLES],
    }
