#!/usr/bin/env bash
# finds.sh SIM PLANT PROPERTY SEEDS HOURS: with the planted bug the simulator must fail and name the
# property. It looks at so many seeds, SHARE at a time: what a common bug breaks is found in the first.
set -uo pipefail
SHARE=40
for ((first = 1; first <= $4; first += SHARE)); do
  rc=0
  out=$("$1" --first-seed "$first" --seeds $(($4 - first < SHARE ? $4 - first + 1 : SHARE)) --hours "$5" \
    --plant "$2" 2>&1) || rc=$?
  [ "$rc" -le 1 ] || break
  grep -m1 -E "^violation ($3) " <<<"$out" && exit 0
done
echo "$out"
echo "planted $2: exit $rc, and $3 was not named"
exit 1
