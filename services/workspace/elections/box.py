"""The ballot box: all ballots of an election as one sealed value, shuffled with every ballot that comes in.

Whoever reads the table sees that a ballot came in, which the roll tells as well, and nothing of it: not what it says,
and not which of the ballots it is once the box is opened. Every ballot takes the same room, so that the length tells
only how many there are. The key is made of the platform's secret and of a salt that is destroyed when the box is
opened: what old copies of the box hold can be read by nobody from then on.
"""

import json
import secrets
from collections.abc import Collection, Sequence
from random import SystemRandom

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.workspace.elections.counting import Ballot
from shared.ids import derived_key

NONCE = 12
SALT = 32
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Letters and digits that nobody takes for one another."""


def new_salt() -> bytes:
    return secrets.token_bytes(SALT)


def new_receipt() -> str:
    """78 random bits, easy to write down: `K7QF-3M2X-9RTD-W5HN`."""
    letters = [secrets.choice(ALPHABET) for _ in range(16)]
    return "-".join("".join(letters[start : start + 4]) for start in range(0, 16, 4))


def sealed(secret: bytes, salt: bytes, ballots: Sequence[Ballot], options: Collection[str]) -> bytes:
    """The ballots in random order; `options` are all that a ballot can name."""
    shuffled = list(ballots)
    SystemRandom().shuffle(shuffled)
    longest = len(_written([Ballot(new_receipt(), tuple(options))]))
    plain = _written(shuffled).ljust(len(shuffled) * longest + 2)
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(_key(secret, salt)).encrypt(nonce, plain, None)


def opened(secret: bytes, salt: bytes, box: bytes) -> list[Ballot]:
    """What is in it, in no order that means anything."""
    plain = AESGCM(_key(secret, salt)).decrypt(box[:NONCE], box[NONCE:], None)
    return [Ballot(receipt, tuple(choices)) for receipt, choices in json.loads(plain)]


def _written(ballots: Sequence[Ballot]) -> bytes:
    return json.dumps([[one.receipt, list(one.choices)] for one in ballots], separators=(",", ":")).encode()


def _key(secret: bytes, salt: bytes) -> bytes:
    return derived_key(derived_key(secret, "ballots"), salt.hex())
