#!/usr/bin/env bash
# Makes what one gateway is proven to run what another must run: `kt policy deploy`.
#
# KT_SOURCE_GATEWAY_ID, KT_TARGET_GATEWAY_ID, KT_WAIT, KT_TIMEOUT, KT_STRICT; KT_API_URL and KT_API_TOKEN. Where KT_FILES
# names one document, or KT_GATEWAY_ID says that one was pushed, the source must run exactly that.
set -euo pipefail
# shellcheck source=ci/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
cd "$(git rev-parse --show-toplevel)"
require_kt
use_api

if [ -z "${KT_SOURCE_GATEWAY_ID:-}" ] || [ -z "${KT_TARGET_GATEWAY_ID:-}" ]; then
  stop 'deploy needs source-gateway-id and target-gateway-id'
fi
options=(--source-gateway-id="$KT_SOURCE_GATEWAY_ID" --target-gateway-id="$KT_TARGET_GATEWAY_ID")
read_list "$KT_WORK/files"
if [ -n "${KT_FILES//[[:space:]]/}${KT_GATEWAY_ID:-}" ]; then
  if [ "${#LIST[@]}" -eq 1 ]; then
    options+=(--file="$(operand "${LIST[0]}")")
  elif [ "${#LIST[@]}" -gt 1 ]; then
    stop "a gateway runs one document, and these are ${#LIST[@]}: name the one to deploy in files"
  fi
fi
if flag strict "${KT_STRICT:-}"; then options+=(--strict); fi
if flag wait "${KT_WAIT:-}"; then options+=(--wait); fi
if [ -n "${KT_TIMEOUT:-}" ]; then options+=(--timeout="$KT_TIMEOUT"); fi
plain "$KT" policy deploy "${options[@]}"
