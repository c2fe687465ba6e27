#!/usr/bin/env bash
# Makes the one document of this run what a gateway must run: `kt policy push`.
#
# KT_GATEWAY_ID, KT_WAIT, KT_TIMEOUT, KT_STRICT; KT_API_URL and KT_API_TOKEN.
set -euo pipefail
# shellcheck source=ci/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
cd "$(git rev-parse --show-toplevel)"
require_kt
use_api

read_list "$KT_WORK/files"
if [ "${#LIST[@]}" -eq 0 ]; then
  say 'nothing to push'
  exit 0
fi
[ "${#LIST[@]}" -eq 1 ] || stop "a gateway runs one document, and these are ${#LIST[@]}: name the one to push in files"

options=(--file="$(operand "${LIST[0]}")" --gateway-id="$KT_GATEWAY_ID")
if flag strict "${KT_STRICT:-}"; then options+=(--strict); fi
if flag wait "${KT_WAIT:-}"; then options+=(--wait); fi
if [ -n "${KT_TIMEOUT:-}" ]; then options+=(--timeout="$KT_TIMEOUT"); fi
plain "$KT" policy push "${options[@]}"
