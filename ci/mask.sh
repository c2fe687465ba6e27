#!/usr/bin/env bash
# Keeps the token of KT_API_TOKEN out of the log of a GitHub job.
set -euo pipefail
# shellcheck source=ci/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

case ${KT_API_TOKEN:-} in
  '') exit 0 ;;
  *$'\n'* | *$'\r'*) stop 'api-token is more than one line; was it stored with a line end?' ;;
esac
printf '::add-mask::%s\n' "${KT_API_TOKEN//'%'/%25}"
