#!/bin/sh
# Stands before runc in the search path of a node container. Docker asks for what a container without CAP_SYS_RESOURCE may not
# give, and has no switch for it: an oom score below that of the machine, and capabilities that the machine itself does not have.
# Where the machine has that capability, and for everything but Docker, it is runc and nothing else.
real=/usr/bin/runc
[ -x "$real" ] || real=/usr/sbin/runc
bounding=$((0x$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status)))
case " $* " in
    *" --root "*/moby" "*) ;;
    *) exec "$real" "$@" ;;
esac
[ $((bounding >> 24 & 1)) -eq 0 ] || exec "$real" "$@"

document=
before=
for word in "$@"; do
    case "$before" in
        --bundle | -b) document=$word/config.json ;;
        --process | -p) document=$word ;;
    esac
    before=$word
done
[ -z "$document" ] || python3 -I -S - "$document" "$bounding" << 'END'
import json, sys
path, bounding = sys.argv[1], int(sys.argv[2])
names = ("chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast net_admin net_raw "
         "ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod "
         "lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore").split()
had = {"CAP_" + name.upper() for number, name in enumerate(names) if bounding >> number & 1}
with open(path) as stream:
    document = json.load(stream)
process = document.get("process", document)
for kind, wanted in (process.get("capabilities") or {}).items():
    process["capabilities"][kind] = [name for name in wanted or [] if name in had]
with open("/proc/self/oom_score_adj") as stream:
    least = int(stream.read())
if process.get("oomScoreAdj") is not None:
    process["oomScoreAdj"] = max(process["oomScoreAdj"], least)
with open(path, "w") as stream:
    json.dump(document, stream)
END
exec "$real" "$@"
