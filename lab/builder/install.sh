#!/bin/sh
# Runs once in a container of the node image, to make the builder image.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet
# shellcheck disable=SC2086  # a list of packages
apt-get install --yes --quiet --no-install-recommends $LAB_PACKAGES
apt-get clean
