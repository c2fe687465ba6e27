#!/usr/bin/env bash
# Gives the path of a kt: the one that KT names, or one that is built from the checkout that these scripts are in.
#
# The build goes into KT_HOME, by default dist/ci of this checkout, once. It takes npm and Node 22.18 or later; what the rest of the project needs is not installed.
set -euo pipefail
# shellcheck source=ci/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

build() {
  builds_kt || stop 'kt is built with npm and Node 22.18 or later (it runs on 20.19): have that on the path, or name a kt'
  rm -rf "$KT_HOME"
  mkdir -p "$KT_HOME"
  node "$KT_CI/../scripts/kt/cut-install.ts" "$KT_HOME/source"
  (
    cd "$KT_HOME/source"
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    node scripts/build-kt.ts
  ) >/dev/null
  chmod +x "$KT_HOME/source/dist/kt/kt.mjs"
  mv "$KT_HOME/source/dist/kt" "$KT_HOME/kt"
  rm -rf "$KT_HOME/source"
}

if [ -z "${KT:-}" ]; then
  KT_HOME=${KT_HOME:-$KT_CI/../dist/ci}
  KT=$KT_HOME/kt/kt.mjs
  if ! [ -x "$KT" ]; then build; fi
fi
[ -x "$KT" ] || stop 'kt: there is no program of that name'
case $KT in /*) ;; *) KT=$(cd "$(dirname "$KT")" && pwd)/$(basename "$KT") ;; esac
output path "$KT"
printf '%s\n' "$KT"
