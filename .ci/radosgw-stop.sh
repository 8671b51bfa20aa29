#!/usr/bin/env bash
# Ends what radosgw-start.sh started, by the process ids it noted, and removes its state.
set -euo pipefail
dir=${RGW_DIR:-${TMPDIR:-/tmp}/waybill-radosgw}
for name in radosgw osd mon; do
  [ -f "$dir/$name.pid" ] || continue
  kill -KILL "$(cat "$dir/$name.pid")" 2>/dev/null || true
done
rm -rf "$dir"
