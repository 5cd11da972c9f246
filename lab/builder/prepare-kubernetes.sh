#!/bin/sh
# In a builder container: Debian's source package of Kubernetes, unpacked (apt checks signature and digests), mended for
# Go 1.18 and later, with its generated files made. Writes /build/kubernetes; $SOURCE_VERSION is Debian's version.
set -eu
say() { echo "==> $*"; }

say "fetching the source package kubernetes $SOURCE_VERSION"
apt-get update --quiet
cd /build
apt-get source --only-source "kubernetes=$SOURCE_VERSION"
mv kubernetes-*/ kubernetes
rm -f ./*.dsc ./*.orig*.tar.* ./*.debian.tar.*
cd kubernetes

# reflect2 1.0.1 reads the internals of Go's maps, which Go 1.18 changed: every program would crash at its first JSON.
rm -rf vendor/github.com/modern-go/reflect2
cp -r /usr/share/gocode/src/github.com/modern-go/reflect2 vendor/github.com/modern-go/reflect2

# The tree predates modules done well: it builds in a GOPATH only.
mkdir -p .go/src/k8s.io lab/part
ln -s ../../.. .go/src/k8s.io/kubernetes

say "generating code (conversions, defaults, OpenAPI)"
GOPATH=$PWD/.go CGO_ENABLED=0 make generated_files
rm -rf _output
mkdir _output
