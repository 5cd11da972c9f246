#!/bin/sh
# A cluster of the lab in a CI job: made of bare machines, run again for `changed=0`, your playbook on it, taken down. Runs as root on Debian.
# Variables: SUPPLIER, VERSION, RUNTIME, INVENTORY and so on as docs/lab.md has them; PLAYBOOK is run on the cluster; logs go to LOGS.
set -eu
clone=$(cd "$(dirname "$0")/../.." && pwd)
logs=${LOGS:-$PWD/logs}
lab=$clone/.lab/ci
mkdir -p "$logs"

collect() {
    for node in $(docker ps --quiet --filter label=kubewright.lab=ci --filter label=kubewright.host); do
        name=$(docker inspect --format '{{.Config.Hostname}}' "$node")
        docker exec "$node" journalctl --no-pager > "$logs/$name.journal" || true
    done
    if [ -f "$lab/kubeconfig" ]; then
        for words in "get nodes,pods --all-namespaces --output=wide" "describe nodes" "get events --all-namespaces"; do
            echo "== kubectl $words"
            # shellcheck disable=SC2086  # several words
            "$lab/bin/kubectl" --kubeconfig "$lab/kubeconfig" $words || true
        done > "$logs/cluster.txt" 2>&1
    fi
    make -C "$clone" clean NAME=ci
}

if ! command -v make > /dev/null || ! command -v python3 > /dev/null; then
    apt-get update --quiet
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends ca-certificates make python3
fi
trap collect EXIT
make -C "$clone" cluster NAME=ci

cd "$clone"
if ! .venv/bin/ansible-playbook site.yml -i "$lab/inventory" > "$logs/second-run.txt" 2>&1 || grep 'changed=[1-9]' "$logs/second-run.txt"; then
    tail -n 100 "$logs/second-run.txt"
    echo "The second run failed or changed something." >&2
    exit 1
fi
if [ -n "${PLAYBOOK:-}" ]; then
    .venv/bin/ansible-playbook "$PLAYBOOK" -i "$lab/inventory"
fi
