"""Compares a CycloneDX list with the jars of a tar.gz: each must be in it once, with its sum, a version and a licence.

    sbom.py SBOM TAR
"""

import hashlib
import json
import sys
import tarfile


def jars(path):
    with tarfile.open(path) as archive:
        for member in archive:
            if member.name.endswith(".jar") and "/lib/" in member.name and "/runtime/" not in member.name:
                yield member.name.rsplit("/", 1)[-1], hashlib.sha256(archive.extractfile(member).read()).hexdigest()


def faults(sbom, archive):
    listed = {f"{each['name']}-{each['version']}.jar": each for each in sbom["components"] if each["purl"].startswith("pkg:maven/")}
    shipped = dict(jars(archive))
    if len(shipped) < 10:
        yield f"only {len(shipped)} jars found in {archive}"
    for name in shipped.keys() ^ listed.keys():
        yield f"{name} is {'not listed' if name in shipped else 'listed, but not shipped'}"
    for name in shipped.keys() & listed.keys():
        sums = {each["alg"]: each["content"] for each in listed[name].get("hashes", [])}
        if sums.get("SHA-256") != shipped[name]:
            yield f"{name} has another SHA-256 than listed"
    for each in sbom["components"]:
        if not each.get("version") or not each.get("licenses"):
            yield f"{each['name']} lacks version or licence"


found = sorted(faults(json.load(open(sys.argv[1])), sys.argv[2]))
print("\n".join(found))
sys.exit(bool(found))
