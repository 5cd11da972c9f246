#!/bin/sh
# In a builder container: compile $PROGRAMS of the tree at /build/kubernetes, stamped with $VERSION, into /out.
# Go's own build cache lies where the tree's makefiles want it, in _output/local/go/cache: with it kept, another version
# stamp of the same source is linked anew, not compiled anew.
set -eu
say() { echo "==> $*"; }

cd /build/kubernetes
export GOPATH=$PWD/.go CGO_ENABLED=0
export KUBE_GIT_VERSION_FILE=/tmp/version
cat > "$KUBE_GIT_VERSION_FILE" <<END
KUBE_GIT_COMMIT='$SOURCE_VERSION'
KUBE_GIT_TREE_STATE='archive'
KUBE_GIT_VERSION='v$VERSION'
KUBE_GIT_MAJOR='$(echo "$VERSION" | cut -d. -f1)'
KUBE_GIT_MINOR='$(echo "$VERSION" | cut -d. -f2)'
END

# shellcheck disable=SC2086  # a list of programs
set -- $PROGRAMS
count=$#
number=0
for program in "$@"; do
    number=$((number + 1))
    say "compiling $program, $number of $count"
    hack/make-rules/build.sh "cmd/$program"
    mv "_output/local/go/bin/$program" /out/
done
