#!/bin/sh
# First program of a node container: makes the container look like a machine to systemd and kubelet, at every start.
set -eu

# systemd and kubelet write here; without --privileged Docker mounts them read-only.
for place in /sys/fs/cgroup /sys/fs/cgroup/* /proc/sys; do
    if mountpoint --quiet "$place" && [ ! -L "$place" ]; then
        mount -o remount,bind,rw "$place"
    fi
done

# Mounts made in a node have to reach the containers in it, as on a machine (kubelet's volumes).
mount --make-rshared /

# The kubelet reads the kernel's messages and exits without this device.
[ -e /dev/kmsg ] || mknod /dev/kmsg c 1 11

# Docker mounts a file of its own over these three: on a machine they are files that can be replaced.
for name in hosts hostname resolv.conf; do
    given=$(cat "/etc/$name")
    if mountpoint --quiet "/etc/$name"; then
        umount "/etc/$name"
    fi
    [ -s "/etc/$name" ] || printf '%s\n' "$given" > "/etc/$name"
    chmod 0644 "/etc/$name"
done

# Docker's own name server answers in the node's network namespace only, so pods could not use it.
if [ -n "${LAB_NAMESERVERS:-}" ]; then
    for address in $LAB_NAMESERVERS; do
        echo "nameserver $address"
    done > /etc/resolv.conf
fi

# A machine has an identity from its first start on.
[ -s /etc/machine-id ] || tr -d - < /proc/sys/kernel/random/uuid > /etc/machine-id
ssh-keygen -A > /dev/null

unset LAB_NAMESERVERS
export container=docker
exec /lib/systemd/systemd
