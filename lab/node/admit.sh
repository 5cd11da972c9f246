#!/bin/sh
# In a node that has started: let $KEY in as root and as the sudoer admin, who gets $PASSWORD.
set -eu
for user in root admin; do
    home=$(getent passwd "$user" | cut -d: -f6)
    install -d -m 0700 -o "$user" -g "$user" "$home/.ssh"
    echo "$KEY" > "$home/.ssh/authorized_keys"
    chown "$user:$user" "$home/.ssh/authorized_keys"
done
echo "admin:$PASSWORD" | chpasswd
