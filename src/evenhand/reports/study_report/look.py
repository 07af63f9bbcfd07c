"""How a report looks, on a screen and on paper: one column, quiet, the same words in both.

Modelling choice: nothing is said by color alone, and what is grey on paper still reads: verdicts and standings are words in a frame. Paper is letter
size; each part begins on a page of its own, and every page says whether the data are synthetic and whether it may be published.
"""

from __future__ import annotations

from typing import Final

from evenhand.reports.look import BLUE, FONT, GREY, INK, INK_SOFT, LINE, PAPER

_SCREEN: Final = f"""
:root{{color-scheme:light}}
*{{box-sizing:border-box}}
body{{margin:0 auto;max-width:54rem;padding:1.5rem 1.25rem 4rem;background:{PAPER};color:{INK};font:1rem/1.55 {FONT}}}
h1{{font-size:2rem;line-height:1.15;margin:0 0 .3rem}}
h2{{font-size:1.5rem;line-height:1.2;margin:0 0 .8rem}}
h3{{font-size:1.1rem;line-height:1.3;margin:1.6rem 0 .4rem}}
h4{{font-size:1rem;line-height:1.3;margin:1.2rem 0 .3rem}}
p,ul,ol{{margin:0 0 .8rem}}
ul,ol{{padding-left:1.3rem}}
li{{margin-bottom:.35rem}}
section.part{{border-top:3px solid {INK};margin-top:3.5rem;padding-top:1.2rem}}
.lead{{font-size:1.2rem;line-height:1.5;margin-bottom:.9rem}}
.under{{color:{INK_SOFT};margin-bottom:1.2rem}}
.mark{{border:1.5px solid {INK};padding:.45rem .7rem;margin:0 0 1rem;font-weight:700}}
.mark span{{font-weight:400}}
.said{{border:1px solid {INK_SOFT};border-radius:.2rem;padding:0 .35rem;font-size:.85em;font-weight:700;white-space:nowrap}}
.sure{{border-left:4px solid {BLUE};padding-left:.9rem;margin-bottom:1.2rem}}
.unsure{{border-left:4px dashed {GREY};padding-left:.9rem;margin-bottom:1.2rem}}
.sure h2,.unsure h2{{font-size:1.1rem;margin:0 0 .3rem}}
.because{{color:{INK_SOFT};font-size:.9em}}
figure{{margin:1rem 0 1.4rem}}
figure img{{display:block;width:100%;height:auto}}
.pair figure{{display:inline-block;width:48%;vertical-align:top;margin:0 1% 1rem 0}}
figcaption{{color:{INK_SOFT};font-size:.88rem;line-height:1.45;margin-top:.3rem}}
table{{border-collapse:collapse;table-layout:fixed;width:100%;overflow-wrap:break-word;
font-variant-numeric:tabular-nums;font-size:.9rem;line-height:1.35;margin:0 0 .5rem}}
caption{{text-align:left;font-weight:700;padding:.9rem 0 .35rem}}
th,td{{padding:.22rem .5rem;text-align:right;vertical-align:top;border-bottom:1px solid {LINE}}}
thead th{{border-bottom:1.5px solid {INK_SOFT};vertical-align:bottom}}
th:first-child,td:first-child{{text-align:left;padding-left:0}}
tbody th{{font-weight:400}}
table.words th,table.words td{{text-align:left}}
table.hashes td{{font-family:"Liberation Mono",monospace;font-size:.72rem;word-break:break-all}}
.notes{{color:{INK_SOFT};font-size:.84rem;line-height:1.45;margin:0 0 .3rem}}
.wide{{overflow-x:auto;margin-bottom:1rem}}.wide table{{min-width:36rem}}
blockquote{{margin:.5rem 0 1rem;padding:.6rem .9rem;border:1px solid {LINE};background:#fff}}
code{{font-family:"Liberation Mono",monospace;font-size:.85em;overflow-wrap:anywhere}}
nav ol{{columns:2}}
a{{color:{BLUE}}}
"""


def style(running: str) -> str:
    """All rules; `running` stands at the head of every printed page."""
    return f"{_SCREEN}{_paper(running)}"


def _paper(running: str) -> str:
    text = running.replace("\\", "\\\\").replace('"', '\\"')
    return f"""
@page{{size:8.5in 11in;margin:.75in .75in .7in;
@top-left{{content:"{text}";font:8pt {FONT};color:{INK};width:100%}}
@bottom-right{{content:counter(page) " of " counter(pages);font:8pt {FONT};color:{INK_SOFT}}}}}
@media print{{
body{{max-width:none;padding:0;background:#fff;font-size:10pt;line-height:1.42}}
h1{{font-size:21pt}}h2{{font-size:15pt}}
h3,.sure h2,.unsure h2{{font-size:11.5pt;margin-top:11pt}}
.sure h2,.unsure h2{{margin-top:0}}h4{{font-size:10pt;margin-top:9pt}}
.lead{{font-size:11pt;line-height:1.34;margin-bottom:4pt}}
section.part{{border-top:0;margin-top:0;padding-top:0;break-before:page}}
h2,h3,h4,caption{{break-after:avoid}}
figure,blockquote,.check,tr{{break-inside:avoid}}
figure{{margin:6pt 0 9pt}}figcaption{{font-size:7.8pt;line-height:1.3;margin-top:2pt}}
#first figure img{{width:66%}}#happened>figure img{{width:52%}}.pair figure{{width:40%;margin-bottom:0}}
#concluded table{{font-size:7pt}}#concluded th,#concluded td{{padding:1pt 4pt}}#concluded p:not(.notes){{font-size:9pt}}
#again .wide{{margin-bottom:2pt}}#again caption{{padding-top:4pt}}#again th,#again td{{padding:1pt 4pt}}
#concluded table.words th:first-child{{width:25%}}#concluded table.words th:nth-child(2){{width:30%}}
.wide+p,.notes+p:not(.notes){{margin-top:5pt}}
#concluded caption{{padding-top:4pt}}#first li{{margin-bottom:1pt}}
#first ul,#first .sure,#first .unsure{{margin-bottom:5pt}}
#first .mark{{margin-bottom:6pt;padding:3pt 6pt}}#first .under{{margin-bottom:6pt}}.notes{{margin-bottom:1pt}}
table{{font-size:8pt}}
.appendix table{{font-size:7.2pt}}
.appendix p,.appendix li{{font-size:9pt}}
th,td{{padding:1.6pt 4pt}}
.notes,.appendix .notes{{font-size:7.4pt;line-height:1.35;margin-bottom:2pt}}
table.hashes td{{font-size:6.6pt}}
.wide{{overflow:visible}}.wide table{{min-width:0}}
.screen{{display:none}}
a{{color:inherit;text-decoration:none}}
}}
"""
