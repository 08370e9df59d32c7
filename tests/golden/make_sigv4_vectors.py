#!/usr/bin/env python3
"""AWS's published signing tests, as one JSON file.

    make_sigv4_vectors.py <checkout of awslabs/aws-c-auth> > sigv4/vectors.json

Source: tests/aws-signing-test-suite/v4 (Apache License 2.0). Left out are the cases of what Eider
never does: paths that are not normalized (S3's examples stand in sigv4_test.cc), folded header
lines, and a session token that is added after the signing.
"""

import json
import pathlib
import sys

LEFT_OUT = {"get-header-value-multiline", "post-sts-header-after"}


def vector(folder):
    context = json.loads((folder / "context.json").read_text())
    head, _, body = (folder / "request.txt").read_text().partition("\n\n")
    request_line, *header_lines = head.rstrip("\n").split("\n")
    method, target = request_line.removesuffix(" HTTP/1.1").split(" ", 1)
    return {
        "name": folder.name,
        "method": method,
        "url": "https://example.amazonaws.com" + target,
        "headers": [line.split(":", 1) for line in header_lines],
        "body": body,
        "sign_body": context["sign_body"],
        "token": context["credentials"].get("token", ""),
        "canonical_request": (folder / "header-canonical-request.txt").read_text(),
        "string_to_sign": (folder / "header-string-to-sign.txt").read_text(),
        "signature": (folder / "header-signature.txt").read_text(),
    }


def main():
    suite = pathlib.Path(sys.argv[1]) / "tests/aws-signing-test-suite/v4"
    folders = [folder for folder in sorted(suite.iterdir())
               if folder.name not in LEFT_OUT and not folder.name.endswith("-unnormalized")]
    json.dump([vector(folder) for folder in folders], sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
