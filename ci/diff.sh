#!/usr/bin/env bash
# What the changes that changed.sh found do to enforcement, for the job summary.
#
# KT_FAIL_ON (as `--fail-on` of `kt policy diff`): 1 when there is such a change, 2 when that could not be told. A document
# that is gone is an unknown change: kt-gitops keeps its last version in force, and calls the link an error.
set -euo pipefail
# shellcheck source=ci/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
top=$(git rev-parse --show-toplevel)
cd "$top"
require_kt
case $KT in */*) KT=$(cd "${KT%/*}" && pwd)/${KT##*/} ;; esac

MOST_SUMMARY=900000 # GitHub takes a mebibyte for each step
base=$(cat "$KT_WORK/base")
fail_on=$(printf '%s' "${KT_FAIL_ON:-}" | tr -d '[:space:]')
status=0
loosens=false

worst() { if [ "$1" -gt "$status" ]; then status=$1; fi; }

# Two trees, so that a name is the same before and after, and is not taken for a version of the API.
put_before() {
  local path=$KT_WORK/before/$1
  mkdir -p "${path%/*}"
  git cat-file blob "$base:$1" >"$path"
}
put_after() {
  local path=$KT_WORK/after/$1
  mkdir -p "${path%/*}"
  cp "$(operand "$1")" "$path"
}

kt_diff() { (cd "$KT_WORK" && "$KT" policy diff "$@" "before/$before" "after/$after" </dev/null); }

show() {
  local used=0
  if [ -z "$KT_SUMMARY" ]; then
    plain cat "$KT_WORK/diff.md"
    return
  fi
  if [ -f "$KT_SUMMARY" ]; then used=$(wc -c <"$KT_SUMMARY"); fi
  if [ $((used + $(wc -c <"$KT_WORK/diff.md"))) -gt "$MOST_SUMMARY" ]; then
    summary "The changes of $(code "$after") are too long to be shown here."
  else
    summary "$(cat "$KT_WORK/diff.md")"
    summary ''
  fi
}

changed() {
  local code=0
  put_before "$before"
  put_after "$after"
  kt_diff --format markdown --fail-on loosens >"$KT_WORK/diff.md" 2>"$KT_WORK/diff.err" || code=$?
  if [ "$code" -gt 1 ]; then
    plain cat "$KT_WORK/diff.err"
    summary "$(code "$after") could not be compared with what it was: one of the two is no well-formed document."
    summary ''
    if [ -n "$fail_on" ]; then worst 2; fi
    return
  fi
  if [ "$code" -eq 1 ]; then loosens=true; fi
  show
  if [ -z "$fail_on" ]; then return; fi
  code=0
  kt_diff --fail-on "$fail_on" >"$KT_WORK/diff.txt" || code=$?
  if [ "$code" -eq 1 ]; then plain cat "$KT_WORK/diff.txt"; fi
  worst "$code"
}

gone() {
  summary "$(code "$before") is gone, or is no policy document any more. Where it is linked its last version stays in force, and the link is in error."
  summary ''
  case ,$fail_on, in *,any,* | *,unknown,*) worst 1 ;; esac
}

if [ -z "$base" ]; then
  summary 'There was no earlier commit to compare with.'
elif [ -n "$fail_on" ]; then
  # Also when nothing changed: a misspelt word must not look like a gate.
  probe=$KT_WORK/probe
  printf 'pack: {name: probe, version: 1.0.0, enabled: true}\npolicies: {chain: []}\n' >"$probe"
  code=0
  "$KT" policy diff --fail-on "$fail_on" "$probe" "$probe" >/dev/null 2>"$KT_WORK/diff.err" || code=$?
  if [ "$code" -ne 0 ]; then
    plain cat "$KT_WORK/diff.err"
    stop 'fail-on: not understood'
  fi
fi

while IFS= read -r -d '' kind && IFS= read -r -d '' before && IFS= read -r -d '' after; do
  case $kind in
    A)
      summary "$(code "$after") is new."
      summary ''
      ;;
    D) gone ;;
    R)
      summary "$(code "$before") is now $(code "$after"). A link follows a path: it has to be changed too."
      summary ''
      changed
      ;;
    *) changed ;;
  esac
done <"$KT_WORK/changes"

output loosens "$loosens"
if [ "$status" -eq 1 ]; then
  say "there are changes that fail-on names: $fail_on"
  if on_github; then echo '::error title=kt-policy::There are changes that fail-on names; the job summary shows them.'; fi
fi
exit "$status"
