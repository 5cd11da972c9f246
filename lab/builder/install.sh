#!/bin/sh
# Runs once in a container of the bare Debian base, to make the builder image.
set -eu
export DEBIAN_FRONTEND=noninteractive
rm -f /etc/apt/sources.list
apt-get update --quiet
# shellcheck disable=SC2086  # a list of packages
apt-get install --yes --quiet --no-install-recommends $LAB_PACKAGES
update-ca-certificates
apt-get clean
