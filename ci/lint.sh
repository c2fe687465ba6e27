#!/usr/bin/env bash
# Checks the documents that changed.sh found. Exit codes are those of `kt policy lint`.
#
# KT_FORMAT github (annotations), gitlab (a Code Quality report in KT_REPORT, text in the log), or text. KT_STRICT=true.
set -euo pipefail
# shellcheck source=ci/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
cd "$(git rev-parse --show-toplevel)"
require_kt

read_list "$KT_WORK/files"
if [ "${#LIST[@]}" -eq 0 ]; then
  if [ -n "${KT_REPORT:-}" ]; then echo '[]' >"$KT_REPORT"; fi
  output valid true
  summary 'No policy document changed.'
  exit 0
fi

operands=()
for name in "${LIST[@]}"; do operands+=("$(operand "$name")"); done
strict=()
if flag strict "${KT_STRICT:-}"; then strict=(--strict); fi
lint() { "$KT" policy lint ${strict[@]+"${strict[@]}"} --format "$1" -- "${operands[@]}"; }

status=0
case ${KT_FORMAT:-text} in
  github) lint github || status=$? ;;
  gitlab)
    lint gitlab >"${KT_REPORT:?where the report goes}" || status=$?
    lint text || true
    ;;
  *) lint text || status=$? ;;
esac

case $status in
  0)
    output valid true
    summary "✅ ${#LIST[@]} policy document(s) checked, all valid."
    ;;
  1)
    output valid false
    summary "❌ ${#LIST[@]} policy document(s) checked, not all valid."
    ;;
  *)
    output valid ''
    summary "❌ ${#LIST[@]} policy document(s) to check, and not all could be."
    ;;
esac
exit "$status"
