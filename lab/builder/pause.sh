#!/bin/sh
# In a builder container: the container that holds a pod's namespaces, from the tree's own pause.c.
set -eu
echo "==> compiling pause"
gcc -Os -Wall -Werror -static -DVERSION=kubewright-lab -o /out/pause /build/kubernetes/build/pause/linux/pause.c
strip /out/pause
