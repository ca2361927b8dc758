"""Checks an envelope without `dod`: DSSE by hand, Ed25519 by `cryptography`, and, where they are installed, the envelope
by `securesystemslib` and statement and predicate by `in-toto-attestation`.

    check.py ENVELOPE NAME+ID+BASE64        prints what it was checked with; fails where anything does not fit
"""

import base64
import json
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

envelope = json.load(open(sys.argv[1], encoding="utf-8"))
name, key_id, key = sys.argv[2].split("+", 2)
public = base64.b64decode(key)
assert public[0] == 1 and len(public) == 33, "not an Ed25519 key of a signed note"
public = public[1:]
checked = []

# DSSE protocol, version 1.0.0: PAE(type, body).
kind, body = envelope["payloadType"].encode(), base64.b64decode(envelope["payload"], validate=True)
pae = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)
assert kind == b"application/vnd.in-toto+json", kind
signatures = [one for one in envelope["signatures"] if one["keyid"] == f"{name}+{key_id}"]
assert len(signatures) == 1, "one signature of this key"
Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(signatures[0]["sig"], validate=True), pae)
checked.append("ed25519")

statement = json.loads(body)
assert statement["_type"] == "https://in-toto.io/Statement/v1"
assert all(subject["digest"] for subject in statement["subject"])
# A bill of materials stands there as it was reported; everything else is canonical.
if "/bom" not in statement["predicateType"]:
    assert body == json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    checked.append("canonical")

try:
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import SSlibKey

    parsed = Envelope.from_dict(json.loads(json.dumps(envelope)))
    sslib = SSlibKey(f"{name}+{key_id}", "ed25519", "ed25519", {"public": public.hex()})
    assert list(parsed.verify([sslib], 1)) == [f"{name}+{key_id}"]
    assert parsed.pae() == pae
    checked.append("securesystemslib")
except ImportError:
    pass

try:
    from google.protobuf import json_format
    from in_toto_attestation.v1.statement import Statement
    import in_toto_attestation.v1.statement_pb2 as statement_pb2

    # Every field of the statement is one of the framework's; of a predicate, consumers ignore what they do not know.
    Statement.copy_from_pb(json_format.ParseDict(statement, statement_pb2.Statement())).validate()
    predicate = statement["predicate"]
    if statement["predicateType"] == "https://slsa.dev/verification_summary/v1":
        from in_toto_attestation.predicates.vsa.v1 import vsa_pb2

        # The published description of the predicate has one level where the specification has a list.
        levels = predicate.pop("verifiedLevels")
        assert isinstance(levels, list) and len(levels) == 1 and isinstance(levels[0], str)
        vsa = json_format.ParseDict(predicate, vsa_pb2.VerificationSummary(), ignore_unknown_fields=True)
        assert vsa.verification_result in ("PASSED", "FAILED") and vsa.verifier.id and vsa.resource_uri
        assert vsa.policy.uri and vsa.policy.digest["sha256"] and vsa.time_verified.seconds > 0
        assert all(cited.digest["sha256"] for cited in vsa.input_attestations)
        checked.append("in-toto-attestation vsa")
    elif statement["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1":
        from in_toto_attestation.predicates.test_result.v0 import test_result_pb2

        tests = json_format.ParseDict(predicate, test_result_pb2.TestResult(), ignore_unknown_fields=True)
        assert tests.result in ("PASSED", "WARNED", "FAILED") and tests.configuration
        checked.append("in-toto-attestation test-result")
    else:
        checked.append("in-toto-attestation statement")
except ImportError:
    pass

print(" ".join(checked))
