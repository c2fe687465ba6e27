#!/usr/bin/env bash
# Compares this checkout, the control plane and the gateways: `kt drift --repo .`, with the answer in the job summary too.
# Further options go to kt. Exit codes are those of `kt drift`.
set -euo pipefail
# shellcheck source=ci/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
cd "$(git rev-parse --show-toplevel)"
require_kt
use_api

mkdir -p "$KT_WORK"
status=0
"$KT" drift --repo . "$@" >"$KT_WORK/drift.txt" || status=$?
plain cat "$KT_WORK/drift.txt"
summary "<pre>$(sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g' "$KT_WORK/drift.txt")</pre>"
exit "$status"
