"""Makes the pictures of `cargo xtask bench lens`: the same ones in every run.

From a corpus, or from codes drawn here when there is none:
  codes.tsv    posters in growing trouble; only without a corpus
  frames.tsv   1280x720 camera frames, with a code, without, and hard to refuse
  live.tsv     those of frames.tsv without a code, each once for every turn of the live reader
  large.tsv    12-megapixel photos with a small code, and without
"""

import argparse
import csv
import json
import shutil
from io import BytesIO
from pathlib import Path

import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

FRAME = (1280, 720)
PHOTO = (4000, 3000)
# A photo of a code is not blown up further than this when it is put into a frame.
MAX_ENLARGEMENT = 2.0
# Beyond this a picture is a photo of the whole room: shrunk to a frame, its code is gone.
MAX_SIDE = 2000
LARGE_WITH_CODE = 16
# At least as many as the live reader has further stages, of which each frame gets one by turns.
TURNS = 16
PHOTO_LIKE = 10
COLUMNS = "file expected_json set licence truth severity version ec module_px w h source sha256".split()
# Pictures without a code whose pattern keeps a decoder busy, by a part of their name.
HARD = ("text", "checker", "halftone", "noise", "rings")
ALPHANUMERIC = list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def manifest(path):
    """The rows of a manifest, as dictionaries."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def grey(path):
    """Upright, transparent parts white, brightness by Rec. 601."""
    picture = ImageOps.exif_transpose(Image.open(path))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture).convert("RGB")
    return np.ascontiguousarray(np.asarray(picture.convert("L")))


def bytes_of(values):
    return np.clip(values, 0, 255).astype(np.uint8)


def enlarged(values, size):
    return np.asarray(Image.fromarray(values.astype(np.float32)).resize(size, Image.Resampling.BICUBIC))


def photo_like(rng, size):
    """A blurred room: falling spectrum, a few edges, light from one side, sensor noise."""
    if size == PHOTO:
        # As sharp as a phone's photo is: its detail ends well above a pixel.
        room = enlarged(photo_like(rng, (PHOTO[0] // 3, PHOTO[1] // 3)), PHOTO)
        return bytes_of(room + 2 * rng.standard_normal(room.shape, np.float32))
    width, height = size
    field = np.full((height, width), rng.uniform(90, 150), np.float32)
    cells = 3
    while cells < width:
        rows = max(2, cells * height // width)
        field += enlarged(rng.normal(0, 90 / cells**0.75, (rows, cells)), size)
        cells *= 2
    room = Image.fromarray(field)
    draw = ImageDraw.Draw(room)
    for _ in range(12):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        box = [x, y, x + rng.uniform(0.03, 0.3) * width, y + rng.uniform(0.03, 0.4) * height]
        shape = draw.rectangle if rng.random() < 0.6 else draw.ellipse
        shape(box, fill=float(rng.uniform(20, 235)))
    room = np.asarray(room) * 0.6 + field * 0.4
    light = np.linspace(rng.uniform(-30, 0), rng.uniform(0, 30), width, dtype=np.float32)
    return bytes_of(room + light + 3 * rng.standard_normal((height, width), np.float32))


def text_page(rng, size, points):
    page = Image.new("L", size, 245)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(points)
    for y in range(points, size[1] - points, int(points * 1.4)):
        letters = rng.choice(list("etaoinshrdlucmfwypvbgk0123456789        "), size[0] // points * 2)
        draw.text((points, y), "".join(letters), fill=25, font=font)
    return bytes_of(np.asarray(page) + rng.normal(0, 2, (size[1], size[0])))


def halftone(rng, size, pitch):
    tone = photo_like(rng, size).astype(np.float32) / 255
    y, x = np.mgrid[: size[1], : size[0]].astype(np.float32)
    turn = np.float32(np.pi / 12)
    u = (x * np.cos(turn) + y * np.sin(turn)) * np.float32(2 * np.pi / pitch)
    v = (y * np.cos(turn) - x * np.sin(turn)) * np.float32(2 * np.pi / pitch)
    screen = (np.cos(u) * np.cos(v) + 1) / 2
    return bytes_of(np.where(tone > screen, 235, 30) + rng.normal(0, 2, tone.shape))


def cells(rng, size, side):
    """Random black and white squares: a code without finders."""
    width, height = size
    small = rng.integers(0, 2, (-(-height // side), -(-width // side)), dtype=np.uint8) * 255
    return np.ascontiguousarray(np.kron(small, np.ones((side, side), np.uint8))[:height, :width])


def lookalikes(size, module, gap, degrees):
    """A grid of finder patterns with nothing between them."""
    finder = np.pad(np.pad(np.zeros((3, 3)), 1, constant_values=255), 1)
    tile = np.kron(np.pad(finder, (0, gap), constant_values=255), np.ones((module, module)))
    side = max(size) * 3 // 2
    count = -(-side // len(tile))
    grid = Image.fromarray(bytes_of(np.tile(tile, (count, count))))
    grid = grid.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=255)
    left, top = (grid.width - size[0]) // 2, (grid.height - size[1]) // 2
    return np.asarray(grid.crop((left, top, left + size[0], top + size[1])))


def placed(rng, picture, size, wanted):
    """The picture, its longer side at most `wanted` px, somewhere in a photo-like room."""
    factor = min(wanted / max(picture.shape), size[1] * 0.9 / picture.shape[0])
    width, height = (max(1, round(side * factor)) for side in picture.shape[::-1])
    filtering = Image.Resampling.LANCZOS if factor < 1 else Image.Resampling.BICUBIC
    picture = Image.fromarray(picture).resize((width, height), filtering)
    # A crop may end where the code does; a camera would see the paper around it.
    border = max(4, min(width, height) // 16)
    paper = int(np.percentile(np.asarray(picture), 90))
    picture = ImageOps.expand(picture, border, paper)
    room = Image.fromarray(photo_like(rng, size))
    room.paste(picture, tuple(int(rng.integers(0, max(1, room - side))) for room, side in zip(size, picture.size)))
    return np.asarray(room)


class Folder:
    """Writes pictures and the manifest that lists them."""

    def __init__(self, folder, name):
        self.folder, self.name, self.rows = folder, name, []
        (folder / name).mkdir(parents=True)

    def add(self, kind, picture, expected="[]", severity=""):
        file = f"{self.name}/{len(self.rows):03}-{kind}.png"
        Image.fromarray(picture).save(self.folder / file, compress_level=1)
        height, width = picture.shape
        known = dict(file=file, expected_json=expected, set=kind, severity=severity, w=width, h=height)
        self.rows.append({column: "" for column in COLUMNS} | known)

    def close(self):
        self.list(f"{self.name}.tsv", self.rows)

    def list(self, manifest, rows):
        with open(self.folder / manifest, "w", encoding="utf-8") as file:
            print(*COLUMNS, sep="\t", file=file)
            for row in rows:
                print(*(row[column] for column in COLUMNS), sep="\t", file=file)


def frames(rng, folder, root, rows):
    out = Folder(folder, "frames")
    for row in rows:
        picture = grey(root / row["file"])
        height, width = picture.shape
        if max(picture.shape) > MAX_SIDE or min(picture.shape) < 21:
            continue
        if height > width and row["expected_json"] != "[]":
            picture = np.ascontiguousarray(np.rot90(picture))
        hard = "nocode" in row["set"] and any(part in row["file"] for part in HARD)
        kind = "code" if row["expected_json"] != "[]" else "hard" if hard else "nocode"
        if picture.shape != FRAME[::-1]:
            wanted = min(FRAME[0] * 0.9, max(picture.shape) * MAX_ENLARGEMENT)
            picture = placed(rng, picture, FRAME, wanted)
        out.add(kind, picture, row["expected_json"])
    for _ in range(PHOTO_LIKE):
        out.add("nocode", photo_like(rng, FRAME))
    for points in (11, 16, 28):
        out.add("hard", text_page(rng, FRAME, points))
    for pitch in (5, 9):
        out.add("hard", halftone(rng, FRAME, pitch))
    for side in (1, 3, 6):
        out.add("hard", cells(rng, FRAME, side))
    out.add("hard", bytes_of(rng.normal(128, 40, FRAME[::-1])))
    for module, gap, degrees in ((3, 1, 0), (3, 3, 17), (5, 2, 0), (8, 4, 33)):
        out.add("hard", lookalikes(FRAME, module, gap, degrees))
    out.close()
    without = [row for row in out.rows if row["set"] != "code"]
    out.list("live.tsv", [row for row in without for _ in range(TURNS)])


def large(rng, folder, root, rows):
    out = Folder(folder, "large")
    with_code = [row for row in rows if row["expected_json"] != "[]"]
    for row in with_code:
        if int(row["w"]) * int(row["h"]) > 10_000_000:
            out.add("code", grey(root / row["file"]), row["expected_json"])
    fitting = [row for row in with_code if 100 < max(int(row["w"]), int(row["h"])) < MAX_SIDE]
    for row in fitting[:: max(1, len(fitting) // LARGE_WITH_CODE)][:LARGE_WITH_CODE]:
        picture = grey(root / row["file"])
        out.add("code", placed(rng, picture, PHOTO, rng.uniform(600, 1300)), row["expected_json"])
    out.add("nocode", photo_like(rng, PHOTO))
    out.add("nocode", photo_like(rng, PHOTO))
    out.add("hard", text_page(rng, PHOTO, 40))
    out.add("hard", halftone(rng, PHOTO, 11))
    out.add("hard", cells(rng, PHOTO, 5))
    out.add("hard", lookalikes(PHOTO, 6, 3, 9))
    out.close()


def codes(rng, folder):
    """What stands in for a corpus: posters in eleven kinds of trouble, in three severities."""
    out = Folder(folder, "codes")
    for severity in (1, 2, 3):
        for case in CASES:
            for length in (40, 120):
                text = "HTTPS://B001.EXAMPLE/Q/" + "".join(rng.choice(ALPHANUMERIC, length))
                picture = CASES[case](rng, poster(rng, text, case, severity), severity)
                out.add(f"synth-{case}", bytes_of(picture), json.dumps([text]), severity)
    for _ in range(8):
        out.add("synth-nocode", photo_like(rng, FRAME))
    out.close()


def poster(rng, text, case, severity):
    """A printed code on the wall of a room."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    side = {"small": (170, 120, 100)}.get(case, (520, 480, 420))[severity - 1]
    code = Image.fromarray(np.array(code.to_image(add_quiet_zones=True)))
    card = code.resize((side, side), Image.Resampling.BOX if code.width > side else Image.Resampling.NEAREST)
    card = ImageOps.expand(card, 40, 255).convert("LA")
    tilt = {"perspective": (0.15, 0.28, 0.38)}.get(case, (0.02,) * 3)[severity - 1] * card.width
    width, height = card.size
    # Where the corners of the wanted picture lie in the flat one.
    corners = [(0, 0), (0, height), (width, height), (width, 0)]
    seen = [(0, 0), (0, height), (width - tilt, height - tilt), (width - tilt, tilt)]
    equations = []
    for (x, y), (u, v) in zip(seen, corners):
        equations += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    bent = np.linalg.solve(np.array(equations, float), np.array(corners, float).ravel())
    card = card.transform(card.size, Image.Transform.PERSPECTIVE, bent, Image.Resampling.BICUBIC)
    turn = rng.uniform(15, 75) if case == "rotation" else rng.uniform(-4, 4)
    card = card.rotate(turn, Image.Resampling.BICUBIC, expand=True)
    if max(card.size) > FRAME[1]:
        card.thumbnail((FRAME[1], FRAME[1]))
    room = Image.fromarray(photo_like(rng, FRAME))
    at = tuple(int(rng.integers(0, room - side + 1)) for room, side in zip(FRAME, card.size))
    room.paste(card.convert("L"), at, card.getchannel("A"))
    return np.asarray(room).astype(np.float32)


def blurred(picture, radius):
    return np.asarray(Image.fromarray(bytes_of(picture)).filter(ImageFilter.GaussianBlur(radius)))


def moved(picture, pixels):
    return sum(np.roll(picture, shift, axis=1) for shift in range(pixels)) / pixels


def noisy(rng, picture, sigma):
    return picture + rng.normal(0, sigma, picture.shape)


def pressed(picture, quality):
    file = BytesIO()
    Image.fromarray(bytes_of(picture)).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


CASES = {
    "clean": lambda rng, p, s: p,
    "rotation": lambda rng, p, s: noisy(rng, p, 5 * s),
    "perspective": lambda rng, p, s: noisy(rng, p, 2 * s),
    "small": lambda rng, p, s: noisy(rng, blurred(p, 0.6), 2 * s),
    "defocus": lambda rng, p, s: blurred(p, (2, 4, 6)[s - 1]),
    "motion": lambda rng, p, s: moved(p, (5, 10, 16)[s - 1]),
    "lowcontrast": lambda rng, p, s: noisy(rng, 128 + (p - 128) * (0.2, 0.09, 0.05)[s - 1], 1.5),
    "lowlight": lambda rng, p, s: noisy(rng, p * (0.2, 0.14, 0.1)[s - 1], (4, 6, 8)[s - 1]),
    "inverted": lambda rng, p, s: noisy(rng, 255 - p, 5 * s),
    "shadow": lambda rng, p, s: p * np.where(np.arange(p.shape[1]) % 500 < 250, 1, (0.5, 0.3, 0.2)[s - 1]),
    "jpeg": lambda rng, p, s: pressed(blurred(p, s), (20, 10, 5)[s - 1]),
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, help="the corpus")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    for name in ("codes", "frames", "large"):
        shutil.rmtree(arguments.out / name, ignore_errors=True)
    root = arguments.root
    if root is None:
        root = arguments.out
        codes(np.random.default_rng(1), arguments.out)
        rows = manifest(root / "codes.tsv")
    else:
        rows = manifest(root / "manifest.tsv")
    frames(np.random.default_rng(2), arguments.out, root, rows)
    large(np.random.default_rng(3), arguments.out, root, rows)


if __name__ == "__main__":
    main()
