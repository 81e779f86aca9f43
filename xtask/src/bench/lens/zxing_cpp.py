"""Reads pictures with the zxing-cpp wheel and says what it cost.

Prints the same lines as the example `read_codes` of crates/lens, in the manifest's order:
file, CPU milliseconds of this thread in the decoder alone, JSON array of texts.
"""

import argparse
import json
import time
from pathlib import Path

import zxingcpp

from pictures import grey, manifest


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--manifest", type=Path, required=True)
    arguments = parser.parse_args()
    for row in manifest(arguments.manifest):
        picture = grey(arguments.root / row["file"])
        begun = time.thread_time_ns()
        found = zxingcpp.read_barcodes(
            picture,
            formats=zxingcpp.BarcodeFormat.QRCode,
            text_mode=zxingcpp.TextMode.Plain,
        )
        cpu_ms = (time.thread_time_ns() - begun) / 1e6
        texts = json.dumps([code.text for code in found])
        print(row["file"], f"{cpu_ms:.4f}", texts, sep="\t")


if __name__ == "__main__":
    main()
