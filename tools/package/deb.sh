#!/usr/bin/env bash
# Packs a Debian package: the tree, a system user, a hardened unit and a configuration file.
#
#   deb.sh TREE VERSION ARCHITECTURE DIRECTORY
#
#   /usr/bin/tramontane             for everybody, with directories of their own
#   /usr/sbin/tramontane-admin      the same program as the service's user, for keys, models and usage of the service
#   /usr/lib/tramontane             the program, and the environment of the service
#   /etc/tramontane/tramontane.toml its settings
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)/debian
tree=$1 version=$2 architecture=$3 out=$4
package=$(dirname "$tree")/deb
program=$package/usr/lib/tramontane doc=$package/usr/share/doc/tramontane

rm -rf "$package"
mkdir -p "$package"/{DEBIAN,etc/tramontane,usr/bin,usr/sbin,usr/lib/systemd/system,usr/share/lintian/overrides} "$program" "$doc"
cp -R "$tree/bin" "$tree/lib" "$tree/runtime" "$program/"
ln -s ../lib/tramontane/bin/tramontane "$package/usr/bin/tramontane"
cp "$here/service.env" "$program/"
cp "$here/tramontane-admin" "$package/usr/sbin/"
cp "$here/tramontane.service" "$package/usr/lib/systemd/system/"
cp "$here/tramontane.toml" "$package/etc/tramontane/"
cp "$here/lintian-overrides" "$package/usr/share/lintian/overrides/tramontane"

# The licence of Apache is in every Debian; those of the others are not.
mv "$program/runtime/legal" "$doc/runtime-legal"
cp -R "$tree/licences" "$tree/THIRD-PARTY.txt" "$tree/sbom.cdx.json" "$doc/"
cp "$here/copyright" "$doc/"
moment=$(date -uR -d "@$SOURCE_DATE_EPOCH")
gzip -n -9 >"$doc/changelog.gz" <<TEXT
tramontane ($version) unstable; urgency=medium

  * CHANGELOG.md of the source has what changed.

 -- Tramontane <maintainers@tramontane.invalid>  $moment
TEXT

cp "$here"/{postinst,prerm,postrm,conffiles} "$package/DEBIAN/"
sed -e "s/@version@/$version/" -e "s/@architecture@/$architecture/" -e "s/@size@/$(du -sk --apparent-size "$package" | cut -f1)/" \
    "$here/control" >"$package/DEBIAN/control"
(cd "$package" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$package/DEBIAN/md5sums"
chmod -R u=rwX,go=rX "$package"
chmod 755 "$package"/DEBIAN/{postinst,prerm,postrm} "$package/usr/sbin/tramontane-admin"
find "$package" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zgzip -z6 --build "$package" "$out/tramontane_${version}_$architecture.deb" >/dev/null
