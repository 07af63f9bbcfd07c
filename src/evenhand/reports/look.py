"""How every chart looks: quiet paper, few lines, and colors that people with any color vision tell apart.

Modelling choice: colors are from Okabe and Ito's set, darkened where text or a thin line has to reach 4.5 : 1 on the paper. Color never speaks
alone: what it marks also has a place, a shape or a word of its own.

References: Okabe & Ito (2008), "Color Universal Design"; WCAG 2.2, success criteria 1.4.1, 1.4.3 and 1.4.11.
"""

from __future__ import annotations

from typing import Any, Final

PAPER: Final = "#fffdf9"
INK: Final = "#1c2623"
INK_SOFT: Final = "#4c5852"
LINE: Final = "#dcd2c2"
BLUE: Final = "#00639c"
VERMILION: Final = "#b84a00"
ORANGE: Final = "#e69f00"
GREY: Final = "#6b736d"

FONT: Final = "Liberation Sans, Arial, Helvetica, sans-serif"

LOOK: Final[dict[str, Any]] = {
    "background": PAPER,
    "font": FONT,
    "padding": 18,
    "locale": {
        "time": {
            "dateTime": "%a %e %b %Y %H:%M",
            "date": "%Y-%m-%d",
            "time": "%H:%M",
            "periods": ["AM", "PM"],
            "days": ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
            "shortDays": ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
            "months": ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
            "shortMonths": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
        }
    },
    "title": {
        "anchor": "start",
        "frame": "group",
        "color": INK,
        "fontSize": 19,
        "fontWeight": "bold",
        "offset": 16,
        "subtitleColor": INK_SOFT,
        "subtitleFontSize": 13.5,
        "subtitleLineHeight": 19,
        "subtitlePadding": 8,
    },
    "axis": {
        "domainColor": INK_SOFT,
        "gridColor": LINE,
        "gridOpacity": 0.6,
        "labelColor": INK_SOFT,
        "labelFontSize": 12.5,
        "labelPadding": 6,
        "tickColor": INK_SOFT,
        "titleColor": INK,
        "titleFontSize": 13,
        "titleFontWeight": "normal",
        "titlePadding": 10,
    },
    "axisX": {"grid": False},
    "axisY": {"domain": False, "ticks": False},
    "legend": {"labelColor": INK, "labelFontSize": 12.5, "orient": "bottom", "symbolSize": 90, "titleColor": INK},
    "mark": {"aria": False},  # the drawing is described as a whole; a thousand bars read out one by one describe nothing
    "view": {"stroke": None},
}
