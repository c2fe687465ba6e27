#!/usr/bin/env bash
# The hook of pre-commit: checks the policy documents among the files it is given. `--strict` may go first.
#
# KT, else a kt on the path, else one that is built next to this script, once.
set -euo pipefail
# shellcheck source=ci/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

strict=()
if [ "${1:-}" = --strict ]; then
  strict=(--strict)
  shift
fi
operands=()
for name in "$@"; do
  if [ -f "$(operand "$name")" ] && is_policy "$name" "$(operand "$name")"; then operands+=("$(operand "$name")"); fi
done
if [ "${#operands[@]}" -eq 0 ]; then exit 0; fi

if [ -z "${KT:-}" ]; then
  KT=$(command -v kt) || KT=$(bash "$KT_CI/get-kt.sh")
fi
exec "$KT" policy lint ${strict[@]+"${strict[@]}"} -- "${operands[@]}"
