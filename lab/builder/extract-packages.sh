#!/bin/sh
# In a builder container: download $PACKAGES of Debian (with $DEPENDENCIES=yes all they depend on, but for $LEFT_OUT)
# from the $SOURCES of any suite, through an apt configuration of its own, and unpack them into /out/root.
# /out/versions lists what was taken.
set -eu
echo "==> taking $PACKAGES from Debian"

private=/tmp/apt
mkdir -p $private/sources $private/lists/partial $private/cache/archives/partial /out/root /tmp/debs
printf '%s\n' "$SOURCES" > $private/sources/suite.sources
: > $private/status
private_apt() {
    apt-get --quiet -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=$private/sources \
        -o Dir::State::lists=$private/lists -o Dir::State::status=$private/status -o Dir::Cache=$private/cache \
        -o Debug::NoLocking=1 -o APT::Sandbox::User=root "$@"
}

private_apt update
cd /tmp/debs
# shellcheck disable=SC2086  # lists of packages
if [ "$DEPENDENCIES" = yes ]; then
    private_apt install --download-only --yes --no-install-recommends $PACKAGES
    mv $private/cache/archives/*.deb .
    for name in $LEFT_OUT; do rm -f "$name"_*.deb; done
else
    private_apt download $PACKAGES
fi

# The packages name both /lib and /usr/lib, which are one folder on today's Debian.
cd /out/root
mkdir -p usr/bin usr/sbin usr/lib usr/lib64 etc run tmp
for name in bin sbin lib lib64; do ln -s "usr/$name" "$name"; done
chmod 1777 tmp
for deb in /tmp/debs/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar --extract --keep-directory-symlink
    # shellcheck disable=SC2016  # dpkg-deb's own variables
    dpkg-deb --show --showformat '${Package} ${Version}\n' "$deb" >> /out/versions
done
rm -rf usr/share usr/include usr/games usr/lib/systemd usr/lib/init etc/init.d etc/default etc/cron* var

# As Debian's alternatives choose on the nodes; both families stay callable by their full names.
if [ -e usr/sbin/iptables-nft ]; then
    for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
        ln -sf "${name%%-*}-nft${name#"${name%%-*}"}" "usr/sbin/$name"
    done
fi
