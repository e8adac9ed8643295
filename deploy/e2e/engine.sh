#!/usr/bin/env bash
# A machine for containers: engine.sh FOLDER SUITE HOSTS. It has a network of its own, joined to the suite's by one cable: the suite is
# 10.99.0.1, and who asks 10.99.0.2 asks for the ports that containers publish. HOSTS is what all containers know by name.
# It says "ready" and stays; containers.mjs enters it to run podman.
set -euo pipefail
folder=$1 suite=$2 hosts=$3
ip link set lo up
ip link add cable type veth peer name containers netns "$suite"
ip address add 10.99.0.2/24 dev cable
ip link set cable up
nsenter --target "$suite" --net ip address add 10.99.0.1/24 dev containers
nsenter --target "$suite" --net ip link set containers up
umount -l /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
# Control groups are the machine's, and those of a suite are taken from others: so limits of memory are not tried here.
cat >"$folder/containers.conf" <<CONF
[containers]
cgroups = "disabled"
base_hosts_file = "$hosts"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "crun"
[network]
network_backend = "netavark"
network_config_dir = "$folder/networks"
CONF
cat >"$folder/storage.conf" <<CONF
[storage]
driver = "overlay"
graphroot = "$folder/storage"
runroot = "$folder/run"
CONF
echo ready
exec sleep infinity
