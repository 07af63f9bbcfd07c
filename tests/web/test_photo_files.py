"""A photo becomes a clean copy or is refused by name; nothing of the sender's file comes along but the picture."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin
from PIL.TiffImagePlugin import IFDRational

from evenhand.web.service_requests.photo_files import CleanPhoto, PhotoLimits, PhotoRefused, clean_photo, place_from_gps
from evenhand.web.service_requests.photo_headers import declared_picture

SECRET = b"serial number 4711 of Ana"
RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)
SLACK = 6  # JPEG rounds colours

# An independent reading of JPEG files (ITU T.81, annex B): what segments there are.

MARKER_NAMES = {0xC0: "SOF", 0xC4: "DHT", 0xDB: "DQT", 0xDD: "DRI", 0xDA: "SOS", 0xE0: "APP0"}


def segments(jpeg: bytes) -> list[tuple[str, bytes]]:
    """Name and content of each segment from SOI to EOI; a marker that is not in MARKER_NAMES keeps its number as its name."""
    assert jpeg[:2] == b"\xff\xd8"
    found, at = [], 2
    while jpeg[at : at + 2] != b"\xff\xd9":
        assert jpeg[at] == 0xFF
        name = MARKER_NAMES.get(jpeg[at + 1], hex(jpeg[at + 1]))
        (length,) = struct.unpack_from(">H", jpeg, at + 2)
        found.append((name, jpeg[at + 4 : at + 2 + length]))
        at += 2 + length
        if name == "SOS":  # entropy-coded data: FF is followed by 00 or by a restart marker
            while jpeg[at] != 0xFF or jpeg[at + 1] == 0 or 0xD0 <= jpeg[at + 1] <= 0xD7:
                at += 1
    assert at + 2 == len(jpeg), "bytes after the end of the image"
    return found


def assert_clean(jpeg: bytes) -> None:
    found = segments(jpeg)
    assert {name for name, _ in found} <= {"APP0", "DQT", "SOF", "DHT", "SOS", "DRI"}
    (application,) = [content for name, content in found if name == "APP0"]
    assert application.startswith(b"JFIF\0")
    assert len(application) == 14  # identifier, version, density, and a thumbnail of 0 × 0
    assert application[12:14] == b"\0\0"
    for trace in (SECRET, b"Exif\0\0", b"http://ns.adobe.com", b"ICC_PROFILE", b"Photoshop 3.0"):
        assert trace not in jpeg


def assert_both_clean(photo: CleanPhoto) -> None:
    assert_clean(photo.jpeg)
    assert_clean(photo.thumbnail)


# Files as phones and cameras make them


def halves(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """Left red, right blue."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(BLUE, (width // 2, 0, width, height))
    return picture.convert(mode)


def exif(orientation: int = 1, gps: dict[int, Any] | None = None) -> Image.Exif:
    data = Image.Exif()
    data[0x010F] = SECRET.decode()  # make of the camera
    data[0x0112] = orientation
    if gps:
        data.get_ifd(0x8825).update(gps)
    return data


GPS = {1: "N", 2: (IFDRational(42), IFDRational(21), IFDRational(3024, 100)), 3: "W", 4: (IFDRational(71), IFDRational(3), IFDRational(2808, 100))}


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def talkative_jpeg() -> bytes:
    """A JPEG with the secret in every place that such a file has."""
    jpeg = encoded(halves(), "JPEG", exif=exif(gps=GPS), icc_profile=srgb_profile() + SECRET, comment=SECRET)
    extra = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>" + SECRET + b"</x>")
    extra += segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(SECRET)) + SECRET + b"\0")
    extra += segment(0xEF, SECRET)
    return jpeg[:2] + extra + jpeg[2:] + SECRET


def talkative_png() -> bytes:
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", SECRET.decode())
    words.add_text("Comment", SECRET.decode(), zip=True)
    words.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    return encoded(halves(), "PNG", exif=exif(gps=GPS), pnginfo=words, icc_profile=srgb_profile()) + SECRET


def talkative_webp() -> bytes:
    return encoded(halves(), "WEBP", exif=exif(gps=GPS), xmp=b"<x>" + SECRET + b"</x>", icc_profile=srgb_profile())


def talkative_gif() -> bytes:
    return encoded(halves(), "GIF", comment=SECRET, save_all=True, append_images=[Image.new("RGB", (64, 48), WHITE)])


def talkative_mpo() -> bytes:
    return encoded(halves(), "MPO", exif=exif(gps=GPS), save_all=True, append_images=[Image.new("RGB", (64, 48), WHITE)])


def srgb_profile() -> bytes:
    return bytes(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())


def profile_with_red_and_blue_exchanged() -> bytes:
    """The sRGB profile whose directory lets rXYZ point at the blue primary and bXYZ at the red one."""
    profile = srgb_profile()
    return profile.replace(b"rXYZ", b"####", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"####", b"bXYZ", 1)


def flat_png_of_81_megapixels() -> bytes:
    """9,000 × 9,000 black pixels of one bit."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = zlib.compress(bytes(9000 * (1 + 1125)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 9000, 9000, 1, 0, 0, 0, 0)) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def pixels_of(jpeg: bytes) -> Image.Image:
    return Image.open(BytesIO(jpeg)).convert("RGB")


def colour_at(picture: Image.Image, x: int, y: int) -> tuple[int, ...]:
    colour = picture.getpixel((x, y))
    assert isinstance(colour, tuple)
    return tuple(int(part) for part in colour)


def assert_colour(found: tuple[int, ...], expected: tuple[int, int, int]) -> None:
    assert max(abs(a - b) for a, b in zip(found, expected, strict=True)) <= SLACK, f"{found} is not {expected}"


TALKATIVE = {"jpeg": talkative_jpeg, "png": talkative_png, "webp": talkative_webp, "gif": talkative_gif, "mpo": talkative_mpo}


# What is accepted


@pytest.mark.parametrize("kind", TALKATIVE)
def test_nothing_that_the_file_says_comes_along(kind: str) -> None:
    data = TALKATIVE[kind]()
    assert SECRET in data or kind == "png"  # there it is packed as well
    photo = clean_photo(data)
    assert_both_clean(photo)
    assert (photo.width, photo.height) == (64, 48)
    picture = pixels_of(photo.jpeg)  # the first frame, in its colours
    assert_colour(colour_at(picture, 8, 24), RED)
    assert_colour(colour_at(picture, 56, 24), BLUE)


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "mpo"])
def test_the_place_is_read_to_be_offered(kind: str) -> None:
    photo = clean_photo(TALKATIVE[kind]())
    assert photo.taken_lat == pytest.approx(42.3584, abs=1e-6)  # 42° 21′ 30.24″ N
    assert photo.taken_long == pytest.approx(-71.0578, abs=1e-6)  # 71° 3′ 28.08″ W


@pytest.mark.parametrize(
    ("orientation", "red_side"),
    # EXIF 2.32, tag 274: where row 0 and column 0 of the stored picture belong; stored: left red, right blue.
    [(1, "left"), (2, "right"), (3, "right"), (4, "left"), (5, "top"), (6, "top"), (7, "bottom"), (8, "bottom"), (9, "left")],
)
def test_the_photo_stands_upright(orientation: int, red_side: str) -> None:
    picture = pixels_of(clean_photo(encoded(halves(64, 48), "JPEG", exif=exif(orientation), subsampling=0)).jpeg)
    assert picture.size == ((48, 64) if red_side in ("top", "bottom") else (64, 48))
    corners = {"left": (4, 24), "right": (60, 24), "top": (24, 4), "bottom": (24, 60)}
    assert_colour(colour_at(picture, *corners[red_side]), RED)


def test_colours_are_those_that_the_profile_means() -> None:
    data = encoded(Image.new("RGB", (32, 32), RED), "PNG", icc_profile=profile_with_red_and_blue_exchanged())
    assert_colour(colour_at(pixels_of(clean_photo(data).jpeg), 16, 16), BLUE)


def test_a_profile_of_rubbish_is_passed_over() -> None:
    data = encoded(halves(), "JPEG", icc_profile=b"rubbish" * 50)
    assert_colour(colour_at(pixels_of(clean_photo(data).jpeg), 8, 24), RED)


def test_a_large_photo_becomes_1600_pixels_and_a_thumbnail_of_400() -> None:
    photo = clean_photo(encoded(halves(4000, 3000), "JPEG"))
    assert (photo.width, photo.height) == pixels_of(photo.jpeg).size == (1600, 1200)
    assert pixels_of(photo.thumbnail).size == (400, 300)


def test_a_small_photo_is_not_blown_up() -> None:
    photo = clean_photo(encoded(halves(20, 10), "PNG"))
    assert pixels_of(photo.jpeg).size == pixels_of(photo.thumbnail).size == (20, 10)


def test_a_strip_of_one_pixel_stays_a_picture() -> None:
    assert pixels_of(clean_photo(encoded(Image.new("RGB", (9000, 1), RED), "PNG")).thumbnail).size == (400, 1)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_pixel_is_read(mode: str) -> None:
    grey = Image.new("I;16", (16, 16), 0x8000) if mode == "I;16" else Image.new("RGB", (16, 16), WHITE).convert(mode)
    photo = clean_photo(encoded(grey, "PNG"))
    assert_both_clean(photo)
    assert_colour(colour_at(pixels_of(photo.jpeg), 8, 8), (128, 128, 128) if mode == "I;16" else WHITE)


def test_ink_colours_are_read() -> None:
    data = encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG")  # magenta and yellow make red
    assert_colour(colour_at(pixels_of(clean_photo(data).jpeg), 8, 8), RED)


def test_see_through_parts_are_white() -> None:
    data = encoded(Image.new("RGBA", (16, 16), (0, 0, 0, 0)), "PNG")
    assert_colour(colour_at(pixels_of(clean_photo(data).jpeg), 8, 8), WHITE)


# What is refused


def refusal(data: bytes, limits: PhotoLimits | None = None) -> PhotoRefused:
    with pytest.raises(PhotoRefused) as refused:
        clean_photo(data, limits=limits)
    return refused.value


def outcome(data: bytes) -> str:
    """ "clean", after both files have been looked at, or the code of the refusal; any other exception is a failure."""
    try:
        photo = clean_photo(data)
    except PhotoRefused as refused:
        return refused.code
    assert_both_clean(photo)
    return "clean"


def test_a_file_above_the_limit_is_refused_unread() -> None:
    assert refusal(b"\xff\xd8\xff" + bytes(20 * 2**20)).code == "photo_too_large"


def test_nine_kilobytes_of_81_megapixels_are_refused_before_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = flat_png_of_81_megapixels()
    assert len(bomb) < 11_000
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("a decoder saw the bomb"))
    refused = refusal(bomb)
    assert (refused.code, refused.facts["width"], refused.facts["height"]) == ("photo_too_many_pixels", 9000, 9000)


@pytest.mark.parametrize(
    ("kind", "options", "limit"),
    [
        ("JPEG", {}, "most_pixels"),
        ("JPEG", {"progressive": True}, "most_pixels_decoded_whole"),
        ("PNG", {}, "most_pixels_decoded_whole"),
        ("GIF", {}, "most_pixels_decoded_whole"),
        ("WEBP", {}, "most_pixels_of_webp"),
        ("WEBP", {"lossless": True}, "most_pixels_of_webp"),
        ("WEBP", {"exif": b"Exif\0\0"}, "most_pixels_of_webp"),
    ],
)
def test_each_type_is_measured_by_what_it_costs_to_decode(kind: str, options: dict[str, Any], limit: str) -> None:
    data = encoded(halves(64, 48), kind, **options)
    assert clean_photo(data, limits=PhotoLimits(**{limit: 64 * 48})).width == 64
    assert refusal(data, PhotoLimits(**{limit: 64 * 48 - 1})).code == "photo_too_many_pixels"


def test_a_gif_whose_first_frame_is_larger_than_it_declares_is_measured_by_the_frame() -> None:
    data = bytearray(encoded(halves(64, 48), "GIF"))
    data[6:10] = struct.pack("<HH", 1, 1)
    assert refusal(bytes(data), PhotoLimits(most_pixels_decoded_whole=64 * 48 - 1)).code == "photo_too_many_pixels"


@pytest.mark.parametrize("kind", TALKATIVE)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_a_file_that_is_cut_off_gives_a_refusal_or_a_clean_copy(kind: str, share: float) -> None:
    data = TALKATIVE[kind]().removesuffix(SECRET)
    assert outcome(data[: int(len(data) * share)]) in {"clean", "photo_damaged", "photo_not_an_image"}


def test_a_photo_that_lost_its_second_half_is_damaged() -> None:
    data = encoded(Image.effect_noise((200, 200), 60), "JPEG")
    assert refusal(data[: len(data) // 2]).code == "photo_damaged"


def test_a_picture_of_no_width_is_damaged() -> None:
    data = bytearray(encoded(halves(), "PNG"))
    data[16:20] = bytes(4)
    assert refusal(bytes(data)).code == "photo_damaged"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (encoded(halves(), "TIFF"), "TIFF"),
        (encoded(halves(), "BMP"), "BMP"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "SVG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "AVIF"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "video"),
        (b"%PDF-1.7\n", "PDF"),
    ],
)
def test_other_types_are_refused_by_their_name(data: bytes, kind: str) -> None:
    refused = refusal(data)
    assert (refused.code, refused.facts["kind"]) == ("photo_type_not_accepted", kind)


@pytest.mark.parametrize("data", [b"", b"\0", b"hello", b"<html><body>not found</body></html>", b"MZ" + bytes(200)])
def test_what_is_no_picture_is_refused_as_such(data: bytes) -> None:
    assert refusal(data).code == "photo_not_an_image"


def test_a_refusal_holds_nothing_of_the_file() -> None:
    refused = refusal(talkative_jpeg()[:700])
    assert SECRET.decode() not in f"{refused.message}{refused.facts}"


# A JPEG whose colours come in separate scans is baseline by name, and costs as much memory as a progressive one.


def test_a_baseline_jpeg_of_separate_scans_counts_as_decoded_whole() -> None:
    frame = segment(0xC0, struct.pack(">BHHB", 8, 6000, 8000, 3) + b"\x01\x11\0\x02\x11\0\x03\x11\0")
    together = segment(0xDA, b"\x03\x01\0\x02\0\x03\0\0\x3f\0")
    alone = segment(0xDA, b"\x01\x01\0\0\x3f\0")
    answers = [declared_picture(b"\xff\xd8" + frame + scan, "JPEG") for scan in (together, alone)]
    assert [(a.width, a.height, a.is_stripwise) for a in answers if a] == [(8000, 6000, True), (8000, 6000, False)]


# Places


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (42.3584, -71.0578)),
        ({1: "S", 3: "E"}, (-42.3584, 71.0578)),
        ({1: b"N\0", 3: " w"}, (42.3584, -71.0578)),
        ({2: (42.3584, 0, 0)}, (42.3584, -71.0578)),
        ({1: None}, None),
        ({3: "X"}, None),
        ({2: None}, None),
        ({2: (42, 21)}, None),
        ({2: "forty-two"}, None),
        ({2: 42.0}, None),
        ({2: (IFDRational(1, 0), IFDRational(0), IFDRational(0))}, None),
        ({2: (IFDRational(0, 0), IFDRational(0), IFDRational(0))}, None),
        ({2: (90, 0, 1)}, None),
        ({4: (181, 0, 0)}, None),
        ({2: (-42, 0, 0)}, None),
        ({2: (42, 61, 0)}, None),
        ({2: (0, 0, 0), 4: (0, 0, 0)}, None),
        ({2: (float("inf"), 0, 0)}, None),
    ],
)
def test_a_place_is_read_whole_or_not_at_all(changes: dict[int, Any], expected: tuple[float, float] | None) -> None:
    assert place_from_gps({**GPS, **changes}) == (pytest.approx(expected, abs=1e-6) if expected else None)


# Anything at all

SOURCES = [make() for make in TALKATIVE.values()]


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow warns of damaged EXIF data, which is what is made here
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_damaged_files_give_a_refusal_or_a_clean_copy_and_nothing_else(data: st.DataObject) -> None:
    file = bytearray(data.draw(st.sampled_from(SOURCES)))
    for _ in range(data.draw(st.integers(0, 8), label="changes")):
        at = data.draw(st.integers(0, len(file) - 1))
        file[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    del file[data.draw(st.one_of(st.just(len(file)), st.integers(0, len(file)))) :]
    assert outcome(bytes(file)) in {"clean", "photo_not_an_image", "photo_too_many_pixels", "photo_damaged", "photo_type_not_accepted"}


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\xff\0\0\0WEBPVP8 ", b"II*\0", b""]), st.binary(max_size=300))
def test_rubbish_behind_a_signature_is_refused(signature: bytes, rubbish: bytes) -> None:
    refusal(signature + rubbish)


# The kernel's high-water mark of a process of its own; `getrusage` would begin with the mark of the process that started it.
MEASURE = """
import re, sys
from PIL import Image, ImageCms
from evenhand.web.service_requests.photo_files import clean_photo

def most_mb_so_far():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) / 1024

Image.init()
ImageCms.createProfile("sRGB")
data = open(sys.argv[1], "rb").read()
before = most_mb_so_far()
clean_photo(data)
print(most_mb_so_far() - before)
"""


@pytest.mark.parametrize(
    ("size", "options", "most_mb"),
    [
        ((8064, 6048), {"format": "JPEG"}, 60),  # a phone's
        ((5000, 5000), {"format": "JPEG", "progressive": True, "subsampling": 0}, 260),
        ((5000, 5000), {"format": "PNG"}, 260),
    ],
)
def test_memory_stays_within_the_stated_bound(tmp_path: Path, size: tuple[int, int], options: dict[str, Any], most_mb: int) -> None:
    file = tmp_path / "photo"
    Image.new("RGB", size, BLUE).save(file, **options)
    measured = subprocess.run([sys.executable, "-c", MEASURE, str(file)], capture_output=True, text=True, check=True)
    assert 1 < float(measured.stdout) <= most_mb


def test_a_jpeg_that_is_all_padding_is_damaged_after_a_bounded_walk() -> None:
    class Counting(bytes):
        finds = 0

        def find(self, *where: Any) -> int:
            Counting.finds += 1
            return bytes.find(self, *where)

    assert declared_picture(Counting(b"\xff\xd8" + b"\xff" * 20_000_000), "JPEG") is None
    assert Counting.finds <= 10_000


def test_a_jpeg_whose_first_segment_lies_behind_megabytes_is_damaged() -> None:
    frame = segment(0xC0, struct.pack(">BHHB", 8, 60, 80, 3) + b"\x01\x11\0\x02\x11\0\x03\x11\0")
    scan = segment(0xDA, b"\x03\x01\0\x02\0\x03\0\0\x3f\0")
    assert declared_picture(b"\xff\xd8" + bytes(500_000) + frame + scan, "JPEG") is not None
    assert declared_picture(b"\xff\xd8" + bytes(2_000_000) + frame + scan, "JPEG") is None
