"""What is signed and sealed here, checked by programs that are not ours.

Opens the kept evidence bundles and envelopes of crates/verify/tests/golden with libraries of others
and nothing of this repository. What it knows of our formats is written down here once more, from
docs/consent.md and the RFCs: COSE_Sign1 (9052), Merkle trees (9162), HPKE (9180), CBOR (8949).

Run by `cargo xtask test`; by hand: a Python with requirements.txt, then `python check.py`.
"""

import hashlib
import io
import sys
import unittest
from pathlib import Path

import cbor2
from cwt import COSE, COSEKey
from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKey

GOLDEN = Path(__file__).resolve().parents[2] / "crates" / "verify" / "tests" / "golden"
BUNDLES = sorted(GOLDEN.glob("*.bundle"))

# A key of a test, as the test that made the envelopes says: 32 times 7.
TEST_SEED = bytes([7]) * 32
ENVELOPE_ID = bytes([1]) * 16
# The root key of the tests' bank: the public half of the seed of 32 times 1.
ROOT = bytes.fromhex("8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c")


class Refused(Exception):
    """What was given does not hold."""


def require(holds, why):
    if not holds:
        raise Refused(why)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def decode(data, sorted_keys=False):
    """The item in `data`, if these are the bytes that an encoder with shortest numbers writes; with
    `sorted_keys`, also only if map keys are in the order of RFC 8949, section 4.2."""
    stream = io.BytesIO(data)
    item = cbor2.CBORDecoder(stream).decode()
    require(stream.tell() == len(data), "bytes behind the item")
    require(cbor2.dumps(item, canonical=sorted_keys) == data, "not the one encoding")
    return item


def key_id(public):
    return sha256(public)[:8]


def open_signed(signed, namespace, public):
    """The payload of a COSE_Sign1 by the Ed25519 key `public`, for one namespace."""
    protected, unprotected, _, _ = decode(signed)
    require(decode(protected) == {1: -8, 4: key_id(public)}, "another algorithm or key")
    require(unprotected == {}, "something is not protected")
    key = COSEKey.new({1: 1, 2: key_id(public), 3: -8, -1: 6, -2: public})
    return COSE.new().decode(cbor2.CBORTag(18, decode(signed)), key, external_aad=namespace)


def claimed_key(signed):
    return decode(decode(signed)[0])[4]


class Directory:
    """The bank's keys, by its root key."""

    def __init__(self, signed, root):
        self.keys = decode(open_signed(signed, b"sanbu/directory/1", root))["keys"]

    def open(self, signed, namespace, use, time_of):
        """What a key of this use signed that could sign at the time that it says."""
        kid = claimed_key(signed)
        keys = [key for key in self.keys if key_id(key["public"]) == kid]
        require(len(keys) == 1 and keys[0]["use"] == use, "no such key of the bank")
        payload = decode(open_signed(signed, namespace, keys[0]["public"]))
        require(keys[0]["revoked_at"] is None, "the key was revoked")
        require(
            keys[0]["not_before"] <= time_of(payload) < keys[0]["not_after"], "outside its window"
        )
        return payload


def root_of_path(entry, index, size, path):
    """Section 2.1.3.2 of RFC 9162."""
    require(index < size, "no such entry")
    fn, sn, r = index, size - 1, sha256(b"\0", entry)
    for p in path:
        require(sn != 0, "the path is too long")
        if fn & 1 or fn == sn:
            r = sha256(b"\1", p, r)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha256(b"\1", r, p)
        fn, sn = fn >> 1, sn >> 1
    require(sn == 0, "the path is too short")
    return r


def digest_of_words(notice, locale):
    """What field 8 of a record names: every string in one language, and the lists behind them."""
    say = {"zh-Hans": "zh_hans", "en": "en"}[locale]
    texts = [notice["adverse_effect"], notice["question"]]
    texts += [text for _, text in notice["lines"]]
    texts += [notice["agree"], notice["refuse"], notice["if_refused"], notice["necessary_because"]]
    texts += [text for _, text in notice["full_text"]]
    names = ["purpose", "processing", "collection", "recipient"]
    rest = ["months_back", "repeat", "valid_days", "retention", "upstream"]
    shown = ["sanbu/notice/1", notice["id"], notice["version"], locale]
    shown += [[text[say] for text in texts if text is not None], notice["items"]]
    shown += [[notice[name] for name in names], [notice[name] for name in rest]]
    return sha256(cbor2.dumps(shown))


def check_bundle(data, root):
    """Opens a bundle from the root key up; the events of its records."""
    bundle = decode(data, sorted_keys=True)
    require(set(bundle) == set(range(1, 8)) and bundle[1] == 1, "another shape")
    require(bundle[2] == root, "another bank")
    directory, device = Directory(bundle[3], root), bundle[5]
    notices = {}
    for signed in bundle[4]:
        catalogue = directory.open(
            signed, b"sanbu/catalogue/1", "catalogue", lambda payload: payload["issued_at"]
        )
        notices |= {(n["id"], n["version"]): n for n in catalogue["notices"]}
    head = directory.open(bundle[7], b"sanbu/log/1", "acknowledgement", lambda payload: payload[3])
    events, before = [], None
    for exhibit in bundle[6]:
        signed, logged = exhibit[1], exhibit[2]
        payload = open_signed(signed, b"sanbu/consent/1", device)
        record = decode(payload, sorted_keys=True)
        require(record[4] == key_id(device), "of another device")
        require(record[3] == (before and sha256(before)), "it does not follow the one before")
        shown = record[8]
        words = digest_of_words(notices[shown[1], shown[2]], shown[4])
        require(shown[3] == words, "other words")
        stamp = directory.open(
            logged[1], b"sanbu/countersignature/1", "acknowledgement", lambda payload: payload[2]
        )
        require(stamp[1] == sha256(signed), "the countersignature of another record")
        path_root = root_of_path(logged[1], logged[2], head[1], logged[3])
        require(path_root == head[2], "not in the log")
        events.append(record[20][1])
        before = signed
    return events


SUITE = CipherSuite.new(
    KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.CHACHA20_POLY1305
)


def open_envelope(data, envelope_id, seed):
    """The content of an envelope; its outside is bound to it."""
    frame = decode(data)
    version, suite, kid, device, schema = frame[:5]
    parts = frame[5:-2]
    require((version, suite) == (2 if parts else 1, 1), "another version")
    pair = SUITE.kem.derive_key_pair(seed)
    public = pair.public_key.to_public_bytes()
    require(kid == key_id(public), "to another key")
    bound = cbor2.dumps([version, suite, kid, envelope_id, device, schema, *parts])
    recipient = SUITE.create_recipient_context(frame[-2], pair.private_key, b"sanbu/envelope/1")
    return recipient.open(frame[-1], bound), device


def flips(data, step=1):
    for at in range(0, len(data), step):
        changed = bytearray(data)
        changed[at] ^= 1 << (at % 8)
        yield at, bytes(changed)


class Evidence(unittest.TestCase):
    def test_every_kept_bundle_holds(self):
        self.assertGreaterEqual(len(BUNDLES), 7)
        for file in BUNDLES:
            with self.subTest(file.name):
                self.assertEqual(check_bundle(file.read_bytes(), ROOT)[0], 1)

    def test_events_are_read_as_they_were_signed(self):
        for name, last in [("withdrawn", 3), ("expired", 4), ("superseded", 5)]:
            data = (GOLDEN / f"{name}.snap.bundle").read_bytes()
            self.assertEqual(check_bundle(data, ROOT), [1, 2, last])

    def test_a_bundle_of_another_bank_is_refused(self):
        with self.assertRaises(Refused):
            check_bundle(BUNDLES[0].read_bytes(), bytes(32))

    def test_a_signature_for_one_purpose_is_none_for_another(self):
        bundle = decode(BUNDLES[0].read_bytes())
        signed = bundle[6][0][1]
        open_signed(signed, b"sanbu/consent/1", bundle[5])
        with self.assertRaises(Exception):
            open_signed(signed, b"sanbu/application/1", bundle[5])

    def test_a_flipped_byte_is_refused_anywhere(self):
        data = (GOLDEN / "withdrawn.snap.bundle").read_bytes()
        for at, changed in flips(data):
            with self.subTest(at=at), self.assertRaises(Exception):
                check_bundle(changed, ROOT)

    def test_a_path_of_another_place_does_not_lead_to_the_root(self):
        bundle = decode(BUNDLES[0].read_bytes())
        logged = bundle[6][0][2]
        head = decode(decode(bundle[7])[2])
        self.assertEqual(root_of_path(logged[1], logged[2], head[1], logged[3]), head[2])
        for index in set(range(head[1])) - {logged[2]}:
            try:
                found = root_of_path(logged[1], index, head[1], logged[3])
            except Refused:
                continue
            self.assertNotEqual(found, head[2])


class Envelopes(unittest.TestCase):
    FILES = ["envelope.snap.sealed", "envelope_with_parts.snap.sealed"]

    def test_the_content_is_an_application_by_the_device_outside(self):
        for name in self.FILES:
            content, device = open_envelope((GOLDEN / name).read_bytes(), ENVELOPE_ID, TEST_SEED)
            claimed = decode(decode(content)[2])
            self.assertEqual(key_id(claimed["device"]), device)
            payload = open_signed(content, b"sanbu/application/1", claimed["device"])
            application = decode(payload)
            self.assertEqual(application["envelope_id"], ENVELOPE_ID)
            for record in application["consents"]:
                open_signed(record, b"sanbu/consent/1", claimed["device"])
            self.assertEqual(len(application["consents"]), 2)

    def test_neither_another_id_nor_another_key_opens_it(self):
        data = (GOLDEN / self.FILES[0]).read_bytes()
        for envelope_id, seed in [(bytes(16), TEST_SEED), (ENVELOPE_ID, bytes(32))]:
            with self.assertRaises(Exception):
                open_envelope(data, envelope_id, seed)

    def test_a_flipped_byte_is_refused_anywhere(self):
        for name in self.FILES:
            for at, changed in flips((GOLDEN / name).read_bytes()):
                with self.subTest(name, at=at), self.assertRaises(Exception):
                    open_envelope(changed, ENVELOPE_ID, TEST_SEED)


if __name__ == "__main__":
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    done = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    sys.exit(not done.wasSuccessful())
