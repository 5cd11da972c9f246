#!/bin/sh
# In a builder container: a root folder with Debian's static busybox and a link for each of its applets.
set -eu
mkdir -p /out/bin /out/etc /out/tmp /out/root
chmod 1777 /out/tmp
cp /busybox/bin/busybox /out/bin/
for applet in $(/out/bin/busybox --list); do
    [ "$applet" = busybox ] || ln -s busybox "/out/bin/$applet"
done
echo 'root:x:0:0:root:/root:/bin/sh' > /out/etc/passwd
echo 'root:x:0:' > /out/etc/group

# Without it the static C library looks for a name service that needs shared libraries, and crashes.
echo 'hosts: files dns' > /out/etc/nsswitch.conf
