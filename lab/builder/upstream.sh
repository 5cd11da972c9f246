#!/bin/sh
# In a builder container, with internet: packages of Kubernetes $VERSION from the project's own repository into
# /out/packages, and every image that its kubeadm asks for from the project's registry into /out/images, with
# /out/images/list naming each file and its reference. Nothing is accepted that the pinned key did not sign.
set -eu
say() { echo "==> $*"; }
export DEBIAN_FRONTEND=noninteractive
minor=${VERSION%.*}
repository="$REPOSITORY/core:/stable:/v$minor/deb/"

say "installing skopeo"
apt-get update --quiet
apt-get install --yes --quiet --no-install-recommends curl skopeo

say "fetching the packages of $VERSION"
GNUPGHOME=$(mktemp -d)
export GNUPGHOME
curl --fail --silent --show-error --location --retry 3 "${repository}Release.key" > /tmp/release.key
gpg --batch --quiet --import /tmp/release.key
found=$(gpg --batch --list-keys --with-colons | awk -F: '$1 == "fpr" { print $10; exit }')
if [ "$found" != "$FINGERPRINT" ]; then
    echo "The key of $repository has the fingerprint $found, expected $FINGERPRINT."
    exit 1
fi
gpg --batch --export "$FINGERPRINT" > /usr/share/keyrings/upstream.gpg

private=/tmp/apt
mkdir -p $private/sources $private/lists/partial $private/cache/archives/partial /out/packages /out/images
cat > $private/sources/upstream.sources <<END
Types: deb
URIs: $repository
Suites: /
Signed-By: /usr/share/keyrings/upstream.gpg
END
: > $private/status
private_apt() {
    apt-get --quiet -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=$private/sources \
        -o Dir::State::lists=$private/lists -o Dir::State::status=$private/status -o Dir::Cache=$private/cache \
        -o APT::Sandbox::User=root "$@"
}
private_apt update
cd /out/packages
private_apt download "kubelet=$VERSION-*" "kubeadm=$VERSION-*" "kubectl=$VERSION-*" kubernetes-cni cri-tools

dpkg-deb --extract kubeadm_*.deb /tmp/kubeadm
number=0
for ref in $(/tmp/kubeadm/usr/bin/kubeadm config images list --kubernetes-version "v$VERSION"); do
    number=$((number + 1))
    file="image-$number.tar"
    say "fetching $ref"
    skopeo copy --quiet --retry-times 3 --override-os linux --override-arch amd64 \
        "docker://$ref" "docker-archive:/out/images/$file:$ref"
    echo "$file $ref" >> /out/images/list
done
