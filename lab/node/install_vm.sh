#!/bin/sh
# Runs once in a container of the node image, to make a virtual machine's: what only a machine of its own has, which is
# a kernel with its modules, how it boots, and its network. Still nothing of Kubernetes.
set -eu
export DEBIAN_FRONTEND=noninteractive

apt-get update --quiet
# shellcheck disable=SC2086  # a list of packages
apt-get install --yes --quiet --no-install-recommends $LAB_PACKAGES

# Devices and modules are this machine's own business now.
systemctl unmask --quiet systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket \
    systemd-udev-trigger.service systemd-modules-load.service
rm -f /usr/local/sbin/lab-entry /usr/local/sbin/runc

cat > /etc/systemd/network/10-lab.network <<NETWORK
[Match]
Type=ether
Name=en*

[Network]
DHCP=ipv4
NETWORK
systemctl enable --quiet systemd-networkd.service

rm -rf /usr/share/doc/* /usr/share/man/* /usr/share/locale/* /var/cache/apt/*.bin /var/log/*
apt-get clean
