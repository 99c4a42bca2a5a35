"""Checks rendered manifests: `check.py FILE...` reads the settings and the promises of every pod; `check.py --settings FILE NAME`
prints the configuration file of a ConfigMap whose name ends with NAME."""

import re
import sys

import yaml

# The server's own ends after its grace period: the last errors, the last rows of the ledger, and a rest. DeployTest holds it to the server.
AFTER_GRACE_SECONDS = 18


def faults_of_container(container):
    security = container.get("securityContext", {})
    if security.get("readOnlyRootFilesystem") is not True:
        yield "its root file system can be written"
    if security.get("allowPrivilegeEscalation") is not False:
        yield "it may gain privileges"
    if security.get("capabilities", {}).get("drop") != ["ALL"]:
        yield "it keeps capabilities"
    for kind in ("requests", "limits"):
        if "memory" not in container.get("resources", {}).get(kind, {}):
            yield f"it has no {kind} of memory"
    if "/tmp" not in [mount["mountPath"] for mount in container.get("volumeMounts", [])]:
        yield "it has no /tmp to write to"


def faults_of_server(container):
    for probe, path in (("startupProbe", "/livez"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz")):
        if container.get(probe, {}).get("httpGet", {}).get("path") != path:
            yield f"its {probe} does not ask {path}"
    for variable in container.get("env", []):
        if re.search("KEY|PASSWORD", variable["name"]) and "secretKeyRef" not in variable.get("valueFrom", {}):
            yield f"its {variable['name']} is not from a Secret"


def faults_of_pod(pod, settings):
    spec = pod["spec"]
    security = spec.get("securityContext", {})
    if security.get("runAsNonRoot") is not True or not security.get("runAsUser"):
        yield "it may run as root"
    if security.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "it has no seccomp profile"
    if spec.get("automountServiceAccountToken") is not False:
        yield "it has a token for the cluster"
    if spec.get("enableServiceLinks") is not False:
        yield "it gets variables of services"
    server = spec["containers"][0]
    for container in spec["containers"] + spec.get("initContainers", []):
        for fault in faults_of_container(container):
            yield f"{container['name']}: {fault}"
    for fault in faults_of_server(server):
        yield fault
    wait = int(server["lifecycle"]["preStop"]["exec"]["command"][1])
    grace = int(re.search(r"^grace-seconds = (\d+)$", settings, re.MULTILINE)[1])
    needed = wait + grace + AFTER_GRACE_SECONDS
    if spec["terminationGracePeriodSeconds"] < needed:
        yield f"it is killed after {spec['terminationGracePeriodSeconds']} s, and its drain takes up to {needed} s"
    if not server["startupProbe"]["failureThreshold"] * server["startupProbe"]["periodSeconds"] >= 60:
        yield "it has less than a minute to start"


def faults(documents):
    settings = {each["metadata"]["name"]: each["data"] for each in documents if each["kind"] == "ConfigMap"}
    budgets = [each["spec"]["selector"]["matchLabels"] for each in documents if each["kind"] == "PodDisruptionBudget"]
    services = [each["spec"]["selector"] for each in documents if each["kind"] == "Service"]
    for document in documents:
        if document["kind"] not in ("Deployment", "StatefulSet"):
            continue
        name, template = document["metadata"]["name"], document["spec"]["template"]
        labels = template["metadata"]["labels"].items()
        for fault in faults_of_pod(template, settings[name]["tramontane.toml"]):
            yield f"{document['kind']} {name}: {fault}"
        if not all(item in labels for item in document["spec"]["selector"]["matchLabels"].items()):
            yield f"{document['kind']} {name}: its selector does not match its pods"
        for kind, selectors in (("Service", services), ("PodDisruptionBudget", budgets)):
            if selectors and not any(set(each.items()) <= set(labels) for each in selectors):
                yield f"{document['kind']} {name}: no {kind} selects its pods"


def read(path):
    with open(path, encoding="utf-8") as file:
        return [each for each in yaml.safe_load_all(file) if each]


def main(arguments):
    if arguments[0] == "--settings":
        found = [each for each in read(arguments[1]) if each["kind"] == "ConfigMap" and each["metadata"]["name"].endswith(arguments[2])]
        print(found[0]["data"]["tramontane.toml"], end="") if found else sys.exit(3)
        return
    found = [f"{path}: {fault}" for path in arguments for fault in faults(read(path))]
    print("\n".join(found))
    sys.exit(1 if found else 0)


main(sys.argv[1:])
