#!/usr/bin/env bash
# finds.sh SIM PLANT PROPERTY SEEDS HOURS: with the planted bug the simulator must fail and name the property.
set -uo pipefail
rc=0
out=$("$1" --seeds "$4" --hours "$5" --plant "$2" 2>&1) || rc=$?
found=$(grep -cE "^violation ($3) " <<<"$out")
if [ "$rc" -ne 1 ] || [ "$found" -eq 0 ]; then
  echo "$out"
  echo "planted $2: exit $rc, and $3 was named $found times"
  exit 1
fi
grep -m1 -E "^violation ($3) " <<<"$out"
