"""What is sealed opens for its purpose and with the instance's key alone, the present one or a former one."""

from __future__ import annotations

import base64
import hmac
from typing import Any

import pytest

from evenhand.web.core import sealed_words

KEY, FORMER = "the present key of this instance, 40 long", "a former key of this instance, 40 letters"
WORDS = "GEZDGNBVGY3TQOJQ"


@pytest.fixture(autouse=True)
def _key(settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = KEY, []


def test_what_is_sealed_opens_for_its_purpose_alone() -> None:
    seal = sealed_words.sealed("second_factor 7", WORDS)
    assert sealed_words.opened("second_factor 7", seal) == WORDS
    assert sealed_words.opened("second_factor 8", seal) is None


def test_a_seal_tells_nothing_and_is_another_each_time() -> None:
    seals = {sealed_words.sealed("a test", WORDS) for _seal in range(5)}
    assert len(seals) == 5
    assert not any(WORDS in base64.urlsafe_b64decode(seal).decode("latin-1") for seal in seals)


@pytest.mark.parametrize("wrong", ["", "GEZDGNBVGY3TQOJQ", "gAAAAA", "ñ", "\0", "A" * 300])
def test_what_was_never_sealed_does_not_open(wrong: str) -> None:
    assert sealed_words.opened("a test", wrong) is None


def test_a_seal_that_was_changed_does_not_open() -> None:
    seal = sealed_words.sealed("a test", WORDS)
    place = len(seal) // 2
    changed = seal[:place] + ("A" if seal[place] != "A" else "B") + seal[place + 1 :]
    assert sealed_words.opened("a test", changed) is None


def test_what_a_former_key_sealed_opens_as_long_as_that_key_is_named(settings: Any) -> None:
    settings.SECRET_KEY = FORMER
    seal = sealed_words.sealed("a test", WORDS)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = KEY, [FORMER]
    assert (sealed_words.opened("a test", seal), sealed_words.is_of_present_key("a test", seal)) == (WORDS, False)
    settings.SECRET_KEY_FALLBACKS = []
    assert sealed_words.opened("a test", seal) is None


def test_the_key_is_derived_as_rfc_5869_says_and_signs_as_fernet_says() -> None:
    seal = base64.urlsafe_b64decode(sealed_words.sealed("a test", WORDS))
    extracted = hmac.digest(bytes(32), KEY.encode(), "sha256")  # section 2.2: without a salt, zeros as long as the hash
    derived = hmac.digest(extracted, b"evenhand.sealed a test\x01", "sha256")  # section 2.3, the first and only block
    assert hmac.digest(derived[:16], seal[:-32], "sha256") == seal[-32:]
