#!/bin/sh
# Runs once in a container of the bare Debian base, to make the node image: what a minimal server installation has,
# and nothing of Kubernetes, since installing that is what the roles have to show.
set -eu
export DEBIAN_FRONTEND=noninteractive

rm -f /etc/apt/sources.list
cat > /etc/dpkg/dpkg.cfg.d/lab-without-documentation <<END
path-exclude /usr/share/doc/*
path-exclude /usr/share/man/*
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
END
update-ca-certificates 2>/dev/null || true
apt-get update --quiet
apt-get upgrade --yes --quiet
# shellcheck disable=SC2086  # a list of packages
apt-get install --yes --quiet --no-install-recommends $LAB_PACKAGES
update-ca-certificates

# One lab, many machines: what has to be unique is made at the first start of each.
rm -f /etc/ssh/ssh_host_* /var/lib/dbus/machine-id
: > /etc/machine-id

# A machine has no password for root and a sudoer who is asked for his.
useradd --create-home --shell /bin/bash --groups sudo admin

# Devices and the kernel's modules are the business of the machine that the containers share.
systemctl mask --quiet systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket \
    systemd-udev-trigger.service systemd-modules-load.service console-getty.service

rm -rf /usr/share/doc/* /usr/share/man/* /usr/share/info/* /usr/share/locale/* /var/cache/apt/*.bin /var/log/*
apt-get clean
