"""A photo that a resident sends becomes a clean copy; the original is never kept, in no case.

Clean means: decoded to pixels, turned upright, in sRGB, painted on an empty canvas and encoded anew as JPEG of at most 1600 px, so that
no byte of the sender's file (place, name, serial number, a thumbnail of what was cropped away) can come along. What cannot be decoded
whole is refused: there is no "as it is". The place in the EXIF data is read once, to be *offered* to the sender.

Memory: a JPEG that can be decoded strip by strip (what phones take) is scaled while it is decoded and may have 65 megapixels; everything
else stands in memory whole and may have 25, or 15 as WebP, whose decoder keeps two canvases more. One photo at a time is decoded in a
process, so the bound holds however many are sent: 260 MB for the worst file, 40 MB for a phone's 48 megapixels.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from io import BytesIO
from math import isfinite
from typing import Any, Final, Literal

from PIL import ExifTags, Image, ImageCms

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.service_requests.photo_headers import DeclaredPicture, declared_picture, kind_of, refused_type_of

RefusalCode = Literal["photo_too_large", "photo_not_an_image", "photo_too_many_pixels", "photo_damaged", "photo_type_not_accepted"]
MOST_COLOUR_PROFILE_BYTES: Final = 4 * 2**20
WHITE: Final = (255, 255, 255)
UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class PhotoRefused(EvenhandError):
    """What came cannot be kept as a photo. The codes: RefusalCode."""

    def __init__(self, code: RefusalCode, message: str, **facts: object) -> None:
        super().__init__(code, message, permanent=True, **facts)


@dataclass(frozen=True)
class PhotoLimits:
    """What is accepted (bytes, pixels) and what is made (longest sides in pixels, JPEG quality)."""

    most_bytes: int = 20 * 2**20
    most_pixels: int = 65_000_000
    most_pixels_decoded_whole: int = 25_000_000
    most_pixels_of_webp: int = 15_000_000
    longest_side: int = 1600
    longest_thumbnail_side: int = 400
    quality: int = 82

    def most_pixels_of(self, declared: DeclaredPicture) -> int:
        """The number of pixels that a picture of this kind may have."""
        if declared.is_stripwise:
            return self.most_pixels
        return self.most_pixels_of_webp if declared.kind == "WEBP" else self.most_pixels_decoded_whole


@dataclass(frozen=True)
class CleanPhoto:
    """Two JPEG files without metadata, the larger one's size in pixels, and where the photo says it was taken (WGS 84 degrees; both or neither)."""

    jpeg: bytes
    width: int
    height: int
    thumbnail: bytes
    taken_lat: float | None
    taken_long: float | None


_one_at_a_time = threading.Lock()


def clean_photo(data: bytes, *, limits: PhotoLimits | None = None) -> CleanPhoto:
    """Make the clean copy of a JPEG, MPO, PNG, WebP or GIF (first frame) file.

    Raises
    ------
    PhotoRefused
        For everything else, with the code that says why; nothing else is ever raised.
    """
    limits = limits or PhotoLimits()
    declared = _accepted_header(data, limits)
    with _one_at_a_time:
        try:
            return _cleaned(data, declared, limits)
        except PhotoRefused:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise _too_many_pixels(declared, limits) from error
        except Exception as error:  # a decoder fed with damaged bytes raises whatever it meets
            raise PhotoRefused("photo_damaged", f"The {declared.kind} file cannot be decoded whole: {type(error).__name__}.") from error


def _accepted_header(data: bytes, limits: PhotoLimits) -> DeclaredPicture:
    if len(data) > limits.most_bytes:
        raise PhotoRefused(
            "photo_too_large", f"Expected at most {limits.most_bytes} bytes, got {len(data)}.", size=len(data), limit=limits.most_bytes
        )
    kind = kind_of(data)
    if kind is None:
        if other := refused_type_of(data):
            raise PhotoRefused("photo_type_not_accepted", f"Expected JPEG, PNG, WebP or GIF, got {other}.", kind=other)
        raise PhotoRefused("photo_not_an_image", f"Expected JPEG, PNG, WebP or GIF, got {len(data)} bytes that are no known picture.")
    declared = declared_picture(data, kind)
    if declared is None:
        raise PhotoRefused("photo_damaged", f"The {kind} file ends before it says how large its picture is, or says 0.")
    _check_pixels(declared, limits)
    return declared


def _check_pixels(declared: DeclaredPicture, limits: PhotoLimits) -> None:
    if declared.pixels > limits.most_pixels_of(declared):
        raise _too_many_pixels(declared, limits)


def _too_many_pixels(declared: DeclaredPicture, limits: PhotoLimits) -> PhotoRefused:
    limit = limits.most_pixels_of(declared)
    return PhotoRefused(
        "photo_too_many_pixels",
        f"Expected at most {limit} pixels in such a {declared.kind} file, got {declared.width} × {declared.height}.",
        width=declared.width,
        height=declared.height,
        limit=limit,
    )


def _cleaned(data: bytes, declared: DeclaredPicture, limits: PhotoLimits) -> CleanPhoto:
    with Image.open(BytesIO(data), formats=[declared.kind]) as source:
        _check_pixels(DeclaredPicture(declared.kind, *source.size, declared.is_stripwise), limits)  # the decoder may read the header otherwise
        orientation, place = _exif_facts(source)
        picture = _upright(_in_srgb(_reduced(source, limits), source.info.get("icc_profile")), orientation)
    jpeg = _encoded(picture, limits)
    width, height = picture.size
    picture.thumbnail((limits.longest_thumbnail_side, limits.longest_thumbnail_side), Image.Resampling.LANCZOS)
    lat, long = place or (None, None)
    return CleanPhoto(jpeg, width, height, _encoded(picture, limits), lat, long)


def _reduced(source: Image.Image, limits: PhotoLimits) -> Image.Image:
    """The first frame's pixels in 8 bits a colour, no larger than needed, without transparency."""
    shrink = min(1.0, limits.longest_side / max(source.size))
    size = (max(1, round(source.width * shrink)), max(1, round(source.height * shrink)))
    source.draft(None, size)  # lets the JPEG decoder scale by 1/2, 1/4 or 1/8; nothing for other types
    source.load()
    return _without_transparency(_in_8_bits(source).resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0))


def _in_8_bits(picture: Image.Image) -> Image.Image:
    if picture.mode in ("L", "RGB", "RGBA", "CMYK"):
        if "transparency" not in picture.info:
            return picture
        return picture.convert("RGBA")
    if picture.mode.startswith("I"):  # 16-bit grey: the upper 8 bits
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if picture.mode == "1":
        return picture.convert("L")
    return picture.convert("RGBA")


def _without_transparency(picture: Image.Image) -> Image.Image:
    """See-through parts become white, as paper."""
    if picture.mode != "RGBA":
        return picture
    paper = Image.new("RGB", picture.size, WHITE)
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as the sender's profile means them; a profile that makes no sense for these pixels is passed over, as browsers do."""
    if profile and len(profile) <= MOST_COLOUR_PROFILE_BYTES:
        try:
            meant = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(picture, meant, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
            converted = None
        if converted is not None:
            return converted
    return picture.convert("RGB")


def _upright(picture: Image.Image, orientation: int) -> Image.Image:
    return picture.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else picture


def _encoded(picture: Image.Image, limits: PhotoLimits) -> bytes:
    """JPEG from an empty canvas: a decoded picture drags its comment and profile along into the encoder."""
    canvas = Image.new("RGB", picture.size)
    canvas.paste(picture)
    file = BytesIO()
    canvas.save(file, "JPEG", quality=limits.quality, optimize=True)
    return file.getvalue()


def _exif_facts(source: Image.Image) -> tuple[int, tuple[float, float] | None]:
    """Orientation (1 = upright) and place. EXIF data that cannot be read says nothing, and the photo stays a photo."""
    try:
        exif = source.getexif()
        orientation = exif.get(ExifTags.Base.Orientation, 1)
        place = place_from_gps(dict(exif.get_ifd(ExifTags.IFD.GPSInfo)))
    except Exception:  # noqa: BLE001  # as for pixels: damaged bytes raise whatever the reader meets
        return 1, None
    return orientation if isinstance(orientation, int) else 1, place


def place_from_gps(gps: dict[int, Any]) -> tuple[float, float] | None:
    """(latitude, longitude) in degrees from an EXIF GPS directory, or None if any part is missing, not a number, out of range, or 0, 0."""
    lat = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), positive="N", negative="S", most=90.0)
    long = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), positive="E", negative="W", most=180.0)
    if lat is None or long is None or (lat, long) == (0.0, 0.0):
        return None
    return lat, long


def _degrees(parts: Any, reference: Any, *, positive: str, negative: str, most: float) -> float | None:
    if isinstance(reference, bytes):
        reference = reference.decode("ascii", "replace")
    side = str(reference or "").strip("\0 ").upper()
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if side not in (positive, negative) or not isfinite(value) or min(degrees, minutes, seconds) < 0 or max(minutes, seconds) > 60 or value > most:
        return None
    return round(-value if side == negative else value, 6)
