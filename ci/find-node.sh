#!/usr/bin/env bash
# Whether there is a Node that kt can be built with, 22.18 or later.
set -euo pipefail
# shellcheck source=ci/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

found=false
if builds_kt; then found=true; fi
output found "$found"
echo "$found"
