"""How a service of the sample city is written down: every sentence in English and Spanish side by side, so that neither can be forgotten.

`as_file_row` turns it into one entry of the services file, whose format stands in docs/reference/services-file.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Say:
    """The same words in both languages of the sample city."""

    en: str
    es: str


@dataclass(frozen=True, slots=True)
class Ask:
    """An extra question; `choices` are (key, words) for the two list types."""

    code: str
    datatype: str
    question: Say
    hint: Say = Say("", "")
    required: bool = False
    choices: tuple[tuple[str, Say], ...] = ()
    variable: bool = True


@dataclass(frozen=True, slots=True)
class Stop:
    """A question whose "yes" means: put this form away and call."""

    code: str
    question: Say
    message: Say
    call: str = "911"


@dataclass(frozen=True, slots=True)
class Service:
    """One kind of request; `offered_in` names a kind of neighbourhood, None is the whole city."""

    code: str
    name: Say
    description: Say
    group: Say
    keywords: str
    asks: tuple[Ask, ...] = ()
    stops: tuple[Stop, ...] = ()
    notice: Say = Say("", "")
    private: bool = False
    offered_in: str | None = None


def as_file_row(service: Service, areas: dict[str, list[str]]) -> dict[str, Any]:
    """One entry of the services file; `areas` maps a kind of neighbourhood to area ids."""
    row: dict[str, Any] = {
        "service_code": service.code,
        "service_name": service.name.en,
        "description": service.description.en,
        "metadata": bool(service.asks),
        "type": "realtime",
        "keywords": service.keywords,
        "group": service.group.en,
        "private": service.private,
        "notice": service.notice.en,
        "definition": {"attributes": [_attribute(ask, order) for order, ask in enumerate(service.asks, start=1)]},
        "stop_questions": [_stop(stop) for stop in service.stops],
        "translations": {"es": _spanish(service)},
    }
    return row if service.offered_in is None else row | {"areas": areas[service.offered_in]}


def _attribute(ask: Ask, order: int) -> dict[str, Any]:
    return {
        "variable": ask.variable,
        "code": ask.code,
        "datatype": ask.datatype,
        "required": ask.required,
        "datatype_description": ask.hint.en,
        "order": order,
        "description": ask.question.en,
        "values": [{"key": key, "name": words.en} for key, words in ask.choices],
    }


def _stop(stop: Stop) -> dict[str, str]:
    return {"code": stop.code, "question": stop.question.en, "stop_answer": "yes", "message": stop.message.en, "call": stop.call}


def _spanish(service: Service) -> dict[str, Any]:
    return {
        "service_name": service.name.es,
        "description": service.description.es,
        "group": service.group.es,
        "notice": service.notice.es,
        "attributes": {
            ask.code: {
                "description": ask.question.es,
                "datatype_description": ask.hint.es,
                "values": {key: words.es for key, words in ask.choices},
            }
            for ask in service.asks
        },
        "stop_questions": {stop.code: {"question": stop.question.es, "message": stop.message.es} for stop in service.stops},
    }
