"""What a picture says of itself in its first bytes, read before any decoder touches it.

A decoder believes the declared size and makes room for it, so a file of 9 kB can ask for gigabytes. The type comes from the bytes: names
and content types are claims of the sender. Whether a JPEG can be decoded strip by strip is read here too: a progressive one, or one whose
colours come in separate scans, keeps every coefficient in memory and counts as a picture that has to be decoded whole.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["JPEG", "PNG", "GIF", "WEBP"]

REFUSED_TYPES: Final = (
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (0, b"II+\x00", "TIFF"),
    (0, b"MM\x00+", "TIFF"),
    (4, b"ftyphe", "HEIC"),
    (4, b"ftypmif1", "HEIC"),
    (4, b"ftypmsf1", "HEIC"),
    (4, b"ftypavi", "AVIF"),
    (4, b"ftyp", "video"),
    (0, b"BM", "BMP"),
    (0, b"8BPS", "Photoshop"),
    (0, b"%PDF", "PDF"),
    (0, b"\xff\x0a", "JPEG XL"),
    (0, b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
    (0, b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (0, b"\x00\x00\x01\x00", "ICO"),
)
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_STRIPWISE_FRAMES: Final = frozenset([0xC0, 0xC1])
_WITHOUT_LENGTH: Final = frozenset([0x01, *range(0xD0, 0xD9)])
_START_OF_SCAN: Final = 0xDA
_END_OF_IMAGE: Final = 0xD9
MOST_STEPS: Final = 10_000  # a photo has some dozen segments; a file that needs more is made to keep us walking
MOST_PADDING: Final = 1_000_000  # bytes outside of segments


@dataclass(frozen=True)
class DeclaredPicture:
    """Type and size as declared; nothing is known yet of whether the pixels are there."""

    kind: Kind
    width: int
    height: int
    is_stripwise: bool = False

    @property
    def pixels(self) -> int:
        return self.width * self.height


def kind_of(data: bytes) -> Kind | None:
    """The type by its signature, of those that are accepted."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    return None


def refused_type_of(data: bytes) -> str | None:
    """The name of a known type that is not accepted; None for what is no picture at all."""
    for offset, signature, name in REFUSED_TYPES:
        if data.startswith(signature, offset):
            return name
    start = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "SVG" if start.startswith(b"<") and b"<svg" in start else None


def declared_picture(data: bytes, kind: Kind) -> DeclaredPicture | None:
    """The declared size; None where the header is cut off or makes no sense."""
    try:
        found = {"JPEG": _jpeg, "PNG": _png, "GIF": _gif, "WEBP": _webp}[kind](data)
    except (struct.error, IndexError):
        return None
    return found if found is not None and found.pixels > 0 else None


def _png(data: bytes) -> DeclaredPicture | None:
    if data[12:16] != b"IHDR":
        return None
    return DeclaredPicture("PNG", *struct.unpack_from(">II", data, 16))


def _gif(data: bytes) -> DeclaredPicture:
    return DeclaredPicture("GIF", *struct.unpack_from("<HH", data, 6))


def _webp(data: bytes) -> DeclaredPicture | None:
    chunk = data[12:16]
    if chunk == b"VP8X":  # canvas, 24 bits each, less one
        width = int.from_bytes(data[24:27], "little") + 1
        return DeclaredPicture("WEBP", width, int.from_bytes(data[27:30], "little") + 1)
    if chunk == b"VP8L":  # 14 bits each, less one, after a byte of signature
        (bits,) = struct.unpack_from("<I", data, 21)
        return DeclaredPicture("WEBP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if chunk == b"VP8 ":  # 14 bits each, beside two bits of scaling
        width, height = struct.unpack_from("<HH", data, 26)
        return DeclaredPicture("WEBP", width & 0x3FFF, height & 0x3FFF)
    return None


def _jpeg(data: bytes) -> DeclaredPicture | None:
    """Walk the segments up to the first scan: the last frame header counts, as it does for the decoder. A walk without end is a damaged file."""
    frame: tuple[int, int, int, int] | None = None
    position, padding = 2, 0
    for _ in range(MOST_STEPS):
        start, position = position, data.find(b"\xff", position)
        padding += position - start
        if position < 0 or padding > MOST_PADDING:
            return None
        marker = data[position + 1]
        if marker in (0x00, 0xFF) or marker in _WITHOUT_LENGTH:
            position += 1 if marker == 0xFF else 2
            continue
        if marker == _END_OF_IMAGE:
            return None
        (length,) = struct.unpack_from(">H", data, position + 2)
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, position + 5)
            frame = (marker, width, height, data[position + 9])
        if marker == _START_OF_SCAN:
            break
        position += 2 + length
    else:
        return None
    if frame is None:
        return None
    kind, width, height, colours = frame
    is_stripwise = kind in _STRIPWISE_FRAMES and data[position + 4] == colours
    return DeclaredPicture("JPEG", width, height, is_stripwise)
