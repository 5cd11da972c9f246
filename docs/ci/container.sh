#!/bin/sh
# A Docker engine for a CI job that is a container itself: the job has to be privileged, and is Debian. With `start`, the engine
# is installed and started, too; the lab does that by itself.
set -eu

# With cgroup v2, a group that hands controllers down may hold no process of its own: ours go into one below it.
if [ -f /sys/fs/cgroup/cgroup.type ]; then
    mkdir -p /sys/fs/cgroup/job
    while read -r process; do
        echo "$process" > /sys/fs/cgroup/job/cgroup.procs || true # some end meanwhile
    done < /sys/fs/cgroup/cgroup.procs
    sed 's/^/+/; s/ / +/g' /sys/fs/cgroup/cgroup.controllers > /sys/fs/cgroup/cgroup.subtree_control
fi

# An overlay cannot lie on another: the engine's data goes to a volume, or to the job's own folder, which is one.
if [ "$(stat --file-system --format=%T /var/lib)" = overlayfs ] && ! mountpoint --quiet /var/lib/docker; then
    mkdir -p /etc/docker "$PWD/engine"
    printf '{"data-root": "%s"}\n' "$PWD/engine" > /etc/docker/daemon.json
fi

if [ "${1:-}" = start ]; then
    apt-get update --quiet
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends docker.io openssh-client
    dockerd > "$PWD/engine.log" 2>&1 &
    timeout 60 sh -c 'until docker info > /dev/null 2>&1; do sleep 1; done'
fi
