"""Writes what the packages contain: sbom.cdx.json (CycloneDX), THIRD-PARTY.txt and the texts of the licences.

    contents.py SBOM LICENCES TREE

SBOM is what cyclonedx-maven-plugin wrote about the jars. Added to it are the Java runtime, the modules of the playground, and this
program itself in place of the Maven module that happens to see all others. LICENCES has the texts that jars lack.
"""

import hashlib
import json
import re
import sys
import zipfile
from pathlib import Path

TEXT = re.compile(r"(?:^|/)(?:LICEN[CS]E|NOTICE|COPYING)[^/]*$")
# The plugin takes "BSD License" for the one with four clauses. The licences of jline and TwelveMonkeys have three.
JLINE = ["jline-terminal", "jline-native"]
TWELVE_MONKEYS = ["common-image", "common-io", "common-lang", "imageio-core", "imageio-metadata", "imageio-webp"]
CORRECTIONS = dict.fromkeys(JLINE + TWELVE_MONKEYS, "BSD-3-Clause")


def jar_of(tree, component):
    return tree / "lib" / f"{component['name']}-{component['version']}.jar"


def sha256(file):
    return {"alg": "SHA-256", "content": hashlib.sha256(file.read_bytes()).hexdigest()}


def licence(component):
    """As SPDX writes it: a component with several licences may be used under any of them."""
    each = [entry["license"] for entry in component["licenses"]]
    return " OR ".join(entry.get("id") or entry["name"] for entry in each)


def component(kind, name, version, spdx, purl, **more):
    licences = [{"license": {"id": spdx}}] if " " not in spdx else [{"expression": spdx}]
    return {"type": kind, "bom-ref": purl, "name": name, "version": version, "licenses": licences, "purl": purl, **more}


def runtime(tree):
    release = dict(re.findall(r'^(\w+)="(.*)"$', (tree / "runtime/release").read_text(), re.MULTILINE))
    version = release["JAVA_VERSION"]
    return component("platform", "openjdk", version, "GPL-2.0-only WITH Classpath-exception-2.0", f"pkg:generic/openjdk@{version}",
                     description="Made with jlink of the modules " + release["MODULES"].replace(" ", ", "),
                     hashes=[sha256(tree / "runtime/lib/modules")])


def page_modules(server_jar):
    """The licences of the playground's bundles stand in one file, each under a line `NAME VERSION (SPDX)`."""
    with zipfile.ZipFile(server_jar) as jar:
        text = jar.read("tramontane/web/vendor/licences.txt").decode()
    for name, version, spdx in re.findall(r"^(@?[\w./-]+) (\d[\w.-]*) \(([^()]+|\([^()]+\))\)$", text, re.MULTILINE):
        yield component("library", name, version, spdx.strip("()"), f"pkg:npm/{name.replace('@', '%40')}@{version}")


def complete(sbom, tree):
    module = sbom["metadata"]["component"]
    version = module["version"]
    bench = {**module, "type": "library", "hashes": [sha256(jar_of(tree, module))]}
    program = f"pkg:generic/tramontane@{version}"
    sbom["metadata"]["component"] = component("application", "tramontane", version, "Apache-2.0", program)
    for each in sbom["components"]:
        if each["name"] in CORRECTIONS:
            each["licenses"] = [{"license": {"id": CORRECTIONS[each["name"]]}}]
    added = [runtime(tree), *page_modules(jar_of(tree, {"name": "tramontane-server", "version": version}))]
    sbom["components"] += [bench, *added]
    sbom["components"].sort(key=lambda each: each["bom-ref"])
    sbom["dependencies"].append({"ref": program, "dependsOn": sorted([bench["bom-ref"], *(each["bom-ref"] for each in added)])})
    return sbom


def write_texts(sbom, licences, tree):
    """Returns a line for each component: name, version, licence, and where its text is."""
    for each in sbom["components"]:
        name, jar = each["name"], jar_of(tree, each)
        where = "LICENSE"
        if each["type"] == "platform":
            where = "runtime/legal"
        elif each["purl"].startswith("pkg:npm"):
            where = "licences/playground.txt"
        elif texts := list(texts_of(jar)):
            where = f"licences/{name}"
            for path, content in texts:
                target = tree / where / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
        elif (given := given_text(each, licences)) is not None:
            where = f"licences/{given.name}"
            (tree / where).parent.mkdir(exist_ok=True)
            (tree / where).write_bytes(given.read_bytes())
        elif "Apache-2.0" not in licence(each):
            sys.exit(f"{jar.name} has no text of its licence, {licence(each)}: put one into {licences}")
        if not name.startswith("tramontane-"):
            yield f"{name} {each['version']}: {spdx(each)}, see {where}"


def given_text(component, licences):
    """The file of this directory that is named like the component or like who publishes it."""
    publisher = component["purl"].removeprefix("pkg:maven/").split("/")[0].split(".")[1:2]
    names = [component["name"].split("-")[0], *publisher]
    return next((file for name in names if (file := licences / f"{name}.txt").is_file()), None)


def spdx(each):
    return each["licenses"][0].get("expression") or licence(each)


def texts_of(jar):
    with zipfile.ZipFile(jar) as archive:
        for path in sorted(archive.namelist()):
            if TEXT.search(path):
                yield path.removeprefix("META-INF/"), archive.read(path)


def main(sbom_file, licences, tree):
    sbom = complete(json.loads(sbom_file.read_text()), tree)
    (tree / "sbom.cdx.json").write_text(json.dumps(sbom, indent=2, ensure_ascii=False) + "\n")
    lines = list(write_texts(sbom, licences, tree))
    (tree / "THIRD-PARTY.txt").write_text("What Tramontane brings along, and under which licences:\n\n" + "\n".join(lines) + "\n")
    server, = (tree / "lib").glob("tramontane-server-*.jar")
    with zipfile.ZipFile(server) as jar:
        (tree / "licences/playground.txt").write_bytes(jar.read("tramontane/web/vendor/licences.txt"))


main(*map(Path, sys.argv[1:]))
