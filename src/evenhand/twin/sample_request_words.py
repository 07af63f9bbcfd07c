"""What people of the sample city write, and what the city answers: short, public, without names.

Each service has descriptions in English and Spanish, and the words that close it when it is done. Other closings share one set of words for all
services: they speak of where the report went, not of what it was.
"""

from __future__ import annotations

from evenhand.twin.sample_words_homes import HOME_WORDS
from evenhand.twin.sample_words_streets import STREET_WORDS

WORDS = STREET_WORDS | HOME_WORDS

OTHER_CLOSINGS = {
    "duplicate": (
        "This was reported before. We are working on it there, and everybody who reported it will hear.",
        "Esto ya se había reportado. Lo atendemos allí y avisaremos a todas las personas que lo reportaron.",
    ),
    "not_ours": (
        "This is not the city's to fix. We passed your report on to those who can.",
        "Esto no le corresponde a la ciudad. Enviamos su reporte a quien puede atenderlo.",
    ),
    "unable": (
        "We came twice and could not find it. Please report it again with a photo if it is still there.",
        "Fuimos dos veces y no lo encontramos. Si sigue ahí, repórtelo otra vez con una foto.",
    ),
    "invalid": ("This report names nothing that the city could act on.", "Este reporte no describe nada que la ciudad pueda atender."),
}
