"""The text of mails about duplicates, splitting, hiding, questions and contractors. Written by hand: change them only after reading them aloud."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from evenhand.web.conversations import actions as conversations
from evenhand.web.conversations import links
from evenhand.web.service_requests.models import Service, ServiceRequest
from tests import cast
from tests.contracts.test_mail_texts import ANSWERED, FOOT, FOOT_OF_REPORTER, follower, masked, written

LINKED = """Known from another report: Pothole (NUMBER)

Harbor knew about this from another report, and goes on with that one: 123-456-789.

What: Pothole
Where: 12 Wharf Street

Same hole.

You hear what happens there; nothing is lost. See it:
PUBLIC

Your own report:
PRIVATE
"""

LINKED_TO_PRIVATE = """Known from another report: Pothole (NUMBER)

Harbor knew about this from another report, and goes on with that one.

What: Pothole
Where: 12 Wharf Street

Nothing is lost: when the city closes it, you hear of it.
"""

CLOSED_ELSEWHERE = """Closed together: Pothole (NUMBER)

Harbor went on with another report of the same thing, and has closed that one now: Pothole.

Where: 12 Wharf Street

Not so? Say that it is not fixed, and the city looks again:
PUBLIC
"""

SPLIT = """Made into two: Pothole (NUMBER)

This request was about two things: Pothole (12 Wharf Street). Harbor has made a request of its own of the second one: 123-456-789.

See the new one; you can follow it there:
https://new.test/
"""

SPLIT_TO_REPORTER = """A request of its own: Pothole (NUMBER)

Your report 123-456-789 was about two things. Harbor has made a request of its own of the second one, so that neither is forgotten.

What: Pothole
Where: 12 Wharf Street
Number: NUMBER

We write to you about both. With this private link you see what happens with the new one:
PRIVATE
"""

MODERATED = """Hidden from the public: Pothole (NUMBER)

Harbor has hidden words of yours from the public page of this request. Why: it insults or threatens somebody.

Please stay polite.

Your report counts as before, and the city works on it as before. You still see everything on your own page:
PRIVATE
"""

SHOWN_AGAIN = """Shown again: Pothole (NUMBER)

Harbor shows to everybody again what it had hidden of yours.

See your report:
PRIVATE
"""

QUESTION = """A question to you: Pothole (NUMBER)

Harbor has a question about your report “Pothole” (12 Wharf Street):

In which lane?

Answer here, if you like with a photo. Only the city reads your answer:
https://answer.test/

The link works until March 16, 2026, 11:59 p.m.; after that the city goes on without your answer.
"""

QUESTION_REMINDER = """Still waiting for your answer: Pothole (NUMBER)

Harbor asked you something about your report “Pothole” (12 Wharf Street) and has no answer yet:

In which lane?

Answer here, if you like with a photo. Only the city reads your answer:
https://answer.test/

The link works until March 16, 2026, 11:59 p.m.; after that the city goes on without your answer. This is the only reminder.
"""

WORK = """Work for Bay Paving: Pothole (NUMBER)

Harbor asks you to do this:

What: Pothole
Where: 12 Wharf Street
Number: NUMBER

Fill it with hot asphalt.

See it on the map, answer, and say with a photo when it is done:
https://work.test/

The link works until March 16, 2026, 11:59 p.m., and you may pass it on to those who do the work; whoever has it can answer for you.
"""

WORK_SENT_BACK = """More is to be done: Pothole (NUMBER)

You said that this is done: Pothole (12 Wharf Street). Harbor looked, and more is to be done:

The edge is loose.

Answer, and say with a photo when it is done:
https://work.test/

Until March 16, 2026, 11:59 p.m. the link goes on working.
"""

FOOT_OF_DUPLICATE = """
—

You get this mail because the city goes on with this request for another one about the same thing, NUMBER. No more mails about it:

STOP
"""
END_OF_DAY = datetime(2026, 3, 17, 3, 59, tzinfo=UTC)
"""Of 16 March in the city's zone, where summer time has begun."""


def test_a_duplicate_was_linked(pothole_request: ServiceRequest) -> None:
    known = {"parent_number": "123-456-789", "parent_url": links.request_url(pothole_request), "words": "Same hole."}
    text = conversations.enqueue(
        "request_linked",
        to="ben@next.test",
        language="en",
        request=pothole_request,
        at=cast.NOON,
        context=known,
        follower=follower(pothole_request, is_reporter=True),
    )
    assert masked(text).replace("NUMBER.\n\nWhat", "123-456-789.\n\nWhat") == LINKED + FOOT_OF_REPORTER
    assert written("request_linked", pothole_request, to=follower(pothole_request)).startswith(LINKED_TO_PRIVATE)


def test_what_happens_at_the_request_that_goes_on(pothole: Service, pothole_request: ServiceRequest) -> None:
    child = cast.make_request(pothole, by=cast.LUZ)
    text = written("request_answered", pothole_request, to=follower(child, is_reporter=True), words="We come on Monday.")
    assert text == ANSWERED.replace("PUBLIC", "PRIVATE") + FOOT_OF_DUPLICATE


@pytest.mark.parametrize(
    ("kind", "expected", "context"),
    [
        ("request_closed_elsewhere", CLOSED_ELSEWHERE, {}),
        ("request_split", SPLIT, {"new_number": "NEW", "new_url": "https://new.test/"}),
    ],
)
def test_what_followers_hear_of_relations(pothole_request: ServiceRequest, kind: str, expected: str, context: dict[str, object]) -> None:
    told = written(kind, pothole_request, to=follower(pothole_request), **context)
    assert told.replace("NEW.", "123-456-789.") == expected + FOOT


@pytest.mark.parametrize(
    ("kind", "expected", "context"),
    [
        ("request_split", SPLIT_TO_REPORTER, {"original_number": "OLD"}),
        ("request_moderated", MODERATED, {"what": "words", "is_hidden": True, "reason": "abuse", "words": "Please stay polite."}),
        ("request_moderated", SHOWN_AGAIN, {"what": "words", "is_hidden": False}),
    ],
)
def test_what_the_reporter_hears(pothole_request: ServiceRequest, kind: str, expected: str, context: dict[str, object]) -> None:
    told = written(kind, pothole_request, to=follower(pothole_request, is_reporter=True), **context)
    assert told.replace("OLD was", "123-456-789 was") == expected + FOOT_OF_REPORTER


@pytest.mark.parametrize(("kind", "expected"), [("request_question", QUESTION), ("request_question_reminder", QUESTION_REMINDER)])
def test_the_city_asks_the_reporter(pothole_request: ServiceRequest, kind: str, expected: str) -> None:
    context = {"words": "In which lane?", "answer_url": "https://answer.test/", "expires_at": END_OF_DAY}
    assert written(kind, pothole_request, to=follower(pothole_request, is_reporter=True), **context) == expected + FOOT_OF_REPORTER


@pytest.mark.parametrize(
    ("kind", "expected", "words"),
    [("request_work", WORK, "Fill it with hot asphalt."), ("request_work_sent_back", WORK_SENT_BACK, "The edge is loose.")],
)
def test_the_city_asks_a_contractor(pothole_request: ServiceRequest, kind: str, expected: str, words: str) -> None:
    context = {"words": words, "work_url": "https://work.test/", "expires_at": END_OF_DAY, "contractor": "Bay Paving"}
    assert written(kind, pothole_request, to=None, **context) == expected
