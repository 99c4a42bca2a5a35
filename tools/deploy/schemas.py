"""`schemas.py DIRECTORY VERSION...` writes the schemas of the package kubernetes-validate as kubeconform reads them: their names and
references are of a site, and these become files side by side."""

import json
import pathlib
import sys

import kubernetes_validate

found = pathlib.Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
for version in sys.argv[2:]:
    target = pathlib.Path(sys.argv[1]) / version
    target.mkdir(parents=True)
    for file in (found / f"v{version}-local-strict").glob("*.json"):
        schema = json.loads(file.read_text(encoding="utf-8").replace('"/api/_definitions.json', '"_definitions.json'))
        schema.pop("$id", None)
        (target / file.name).write_text(json.dumps(schema), encoding="utf-8")
