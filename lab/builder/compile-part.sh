#!/bin/sh
# In a builder container: compile the lab part $PART, mounted at /build/kubernetes/lab/part, into /out/$PART, with the libraries vendored in the
# tree at /build/kubernetes. It has to lie inside the tree: vendored packages are visible from there only.
set -eu
echo "==> compiling $PART"
cd /build/kubernetes
export GOPATH=$PWD/.go GOCACHE=$PWD/_output/local/go/cache CGO_ENABLED=0 GO111MODULE=off
cd .go/src/k8s.io/kubernetes/lab/part
go vet .
go build -ldflags "-s -w -X main.version=$VERSION" -o "/out/$PART" .
