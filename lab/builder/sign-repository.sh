#!/bin/sh
# In a builder container: make /bundle/apt (with its pool) a signed flat apt repository, and write its public key to
# /bundle/keys/apt.asc. The private key is made for this one signature and dies with the container.
set -eu
echo "==> signing the package repository"
cd /bundle/apt
apt-ftparchive packages pool > Packages
gzip --keep --no-name --best Packages
apt-ftparchive -o APT::FTPArchive::Release::Origin=kubewright -o APT::FTPArchive::Release::Label=kubewright \
    -o APT::FTPArchive::Release::Architectures=amd64 release . > /tmp/Release
mv /tmp/Release Release

GNUPGHOME=$(mktemp -d)
export GNUPGHOME
gpg --batch --quiet --passphrase '' --quick-generate-key 'Kubewright bundle' rsa3072 sign never
gpg --batch --quiet --armor --detach-sign --output Release.gpg Release
gpg --batch --quiet --clearsign --output InRelease Release
gpg --batch --quiet --armor --export > ../keys/apt.asc
gpg --batch --list-keys --with-colons | awk -F: '$1 == "fpr" { print $10; exit }' > /fingerprint/apt
