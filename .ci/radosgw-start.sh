#!/usr/bin/env bash
# Starts a throw-away Ceph (one monitor, one OSD in memory, radosgw) on loopback: a real S3 server that others wrote.
#   apt-get install -y --no-install-recommends radosgw ceph-mon ceph-osd
# Prints its entry for WAYBILL_TEST_S3 as the only line on stdout. Exit 3: not installed. Stop it with radosgw-stop.sh.
# Settings: RGW_DIR (state), RGW_PORT, RGW_MON_PORT (and the one after it).
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
dir=${RGW_DIR:-${TMPDIR:-/tmp}/waybill-radosgw}
port=${RGW_PORT:-7480}
mon_port=${RGW_MON_PORT:-40300}
access=testaccess
secret=testsecret123
entry="radosgw=http://127.0.0.1:$port|$access|$secret|us-east-1"

for program in radosgw radosgw-admin ceph ceph-mon ceph-osd monmaptool; do
  command -v "$program" >/dev/null || { echo "radosgw-start: $program is not installed" >&2; exit 3; }
done

alive() { [ -f "$dir/$1.pid" ] && kill -0 "$(cat "$dir/$1.pid")" 2>/dev/null; }
answers() { curl -s -o /dev/null "http://127.0.0.1:$port/"; }
fail() {
  echo "radosgw-start: $1" >&2
  tail -n 20 "$dir"/log/*.out >&2 || true
  RGW_DIR=$dir "$(dirname "$0")/radosgw-stop.sh"
  exit 1
}
start() { # name, command: in the background, in a session of its own
  local name=$1
  shift
  setsid nohup "$@" >"$dir/log/$name.out" 2>&1 </dev/null &
  echo $! >"$dir/$name.pid"
}
await() { # what, name of the process, command
  local what=$1 name=$2
  shift 2
  for _ in $(seq 300); do
    "$@" && return
    alive "$name" || fail "$name died"
    sleep 0.1
  done
  fail "$what"
}

if alive radosgw && answers; then
  echo "$entry"
  exit 0
fi
RGW_DIR=$dir "$(dirname "$0")/radosgw-stop.sh"
mkdir -p "$dir"/{mon,osd,run,log,rgw}
fsid=$(cat /proc/sys/kernel/random/uuid)
addresses="[v2:127.0.0.1:$mon_port,v1:127.0.0.1:$((mon_port + 1))]"

# ms_mon_client_mode: radosgw wants "secure" unless said, which needs keys that we do not make.
# tcp_nodelay: without it each small answer waits 40 ms for a delayed ACK.
cat >"$dir/ceph.conf" <<CONF
[global]
fsid = $fsid
mon_host = $addresses
mon_initial_members = a
public_network = 127.0.0.0/8
ms_bind_ipv6 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_max_pg_per_osd = 2000
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
run_dir = $dir/run
admin_socket = $dir/run/\$cluster-\$name.asok
log_file = $dir/log/\$name.log
pid_file = $dir/run/\$name.pid
log_to_stderr = false
debug_ms = 0
[mon]
mon_data = $dir/mon
mon_cluster_log_file = $dir/log/cluster.log
mon_data_avail_warn = 1
mon_data_avail_crit = 0
auth_allow_insecure_global_id_reclaim = false
paxos_propose_interval = 0.05
[osd]
osd_data = $dir/osd
osd_objectstore = memstore
memstore_device_bytes = 4294967296
osd_class_load_list = *
osd_class_default_list = *
[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw_enable_apis = s3, admin
rgw_data = $dir/rgw
rgw_dns_name = localhost
rgw_enable_usage_log = false
rgw_thread_pool_size = 64
CONF

monmaptool --create --fsid "$fsid" --addv a "$addresses" "$dir/monmap" >/dev/null
ceph-mon -c "$dir/ceph.conf" -i a --mkfs --monmap "$dir/monmap" >/dev/null
start mon ceph-mon -c "$dir/ceph.conf" -i a -f
uuid=$(cat /proc/sys/kernel/random/uuid)
timeout 60 ceph -c "$dir/ceph.conf" osd new "$uuid" >/dev/null || fail "the monitor does not answer"
ceph-osd -c "$dir/ceph.conf" -i 0 --mkfs --osd-uuid "$uuid" >"$dir/log/osd-mkfs.out" 2>&1 || fail "the OSD's store could not be made"
start osd ceph-osd -c "$dir/ceph.conf" -i 0 -f
osd_up() { timeout 10 ceph -c "$dir/ceph.conf" osd stat 2>/dev/null | grep -q '1 up'; }
await "the OSD does not come up" osd osd_up
timeout 120 radosgw-admin -c "$dir/ceph.conf" -n client.rgw user create --uid=test --display-name=test \
  --access-key="$access" --secret-key="$secret" >"$dir/log/user.out" 2>&1 || fail "the user could not be made"
start radosgw radosgw -c "$dir/ceph.conf" -n client.rgw -f
await "radosgw does not listen" radosgw answers
echo "$entry"
