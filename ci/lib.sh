# shellcheck shell=bash
# What the CI scripts share: where they keep notes, what they say, and what a policy document is. Sourced, for bash 3.2 and later.
#
# Names of files come from whoever opened the pull request. They travel in lists that end each name with NUL, are never part
# of a command that is evaluated, and are shown quoted.

# Not /tmp: on a machine that others use they could be there first.
KT_WORK=${KT_WORK:-${RUNNER_TEMP:-$(git rev-parse --absolute-git-dir 2>/dev/null || pwd)}/kt-policy}
KT_FILES=${KT_FILES:-}
KT_SUMMARY=${KT_SUMMARY:-${GITHUB_STEP_SUMMARY:-}}
KT_MOST_BYTES=262144 # what kt reads of a document
KT_CI=$(cd "${BASH_SOURCE[0]%/*}" && pwd)

on_github() { [ "${GITHUB_ACTIONS:-}" = true ]; }

# The runner takes lines that begin with `::` for commands. Whatever may show somebody's text goes through `plain`.
say() { plain printf 'kt-policy: %s\n' "$*"; }

# The runner reads commands on both streams, and only this one is seen from inside `$(…)`.
stop() {
  if on_github; then
    local text="$*"
    text=${text//'%'/%25}
    text=${text//$'\r'/%0D}
    printf '::error title=kt-policy::%s\n' "${text//$'\n'/%0A}" >&2
  else
    printf 'kt-policy: %s\n' "$*" >&2
  fi
  exit 2
}

# Runs a command with its output as text and nothing else; returns what it returned.
plain() {
  local token='' status=0
  if on_github; then
    token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    printf '::stop-commands::%s\n' "$token"
  fi
  "$@" || status=$?
  if [ -n "$token" ]; then printf '\n::%s::\n' "$token"; fi
  return "$status"
}

# The value is one line: everything that is given here is.
output() {
  if [ -n "${GITHUB_OUTPUT:-}" ]; then printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"; fi
}

summary() {
  if [ -n "$KT_SUMMARY" ]; then printf '%s\n' "$*" >>"$KT_SUMMARY"; fi
}

# A name as Markdown that is that name and never markup.
code() { printf '%s' "$1" | node "$KT_CI/names.mjs" code; }

# A name as an operand: neither an option nor standard input.
operand() {
  case $1 in
    -*) printf './%s' "$1" ;;
    *) printf '%s' "$1" ;;
  esac
}

# Reads a list into the array LIST.
read_list() {
  LIST=()
  local name
  while IFS= read -r -d '' name; do LIST+=("$name"); done <"$1"
}

# Names that `kt policy lint DIRECTORY` would look at.
may_be_policy() {
  case /$1 in
    */node_modules/* | */.*/*) return 1 ;;
    *.yaml | *.yml) return 0 ;;
  esac
  return 1
}

# Whether the file $2 would count as a policy document under the name $1: as `kt policy lint DIRECTORY` tells, by its name or
# by a key at the start of a line, so that one that is not well-formed is not passed over.
is_policy() {
  local bom=$'\xef\xbb\xbf' q="[\"']?" keys='(pack|policy|policies|input_policies|output_policies)'
  may_be_policy "$1" || return 1
  case ${1##*/} in policy-config.yaml | policy-config.yml) return 0 ;; esac
  [ -r "$2" ] || return 0
  head -c "$KT_MOST_BYTES" "$2" | LC_ALL=C tr '\r' '\n' | LC_ALL=C grep -aE "^($bom)?${q}${keys}${q}[[:blank:]]*:" >/dev/null && return 0
  head -c "$KT_MOST_BYTES" "$2" | LC_ALL=C tr '\r\n\t' '   ' | LC_ALL=C grep -aE "^($bom)? *\\{ *${q}(pack|policy|policies)${q} *:" >/dev/null
}

# Settings for the API: inputs go first, else what the job has in its environment.
use_api() {
  if [ -n "${KT_API_URL:-}" ]; then export KEEPTRUSTS_API_URL=$KT_API_URL; fi
  if [ -n "${KT_API_TOKEN:-}" ]; then export KEEPTRUSTS_API_TOKEN=$KT_API_TOKEN; fi
}

# A setting that is on or off. `yes` must not quietly mean no.
flag() {
  case $2 in
    true) return 0 ;;
    false | '') return 1 ;;
  esac
  stop "$1 is true or false"
}

require_kt() {
  [ -n "${KT:-}" ] || KT=$(command -v kt) || stop 'there is no kt: set KT to the path of one'
}

# Node runs the build as it is written, in TypeScript.
builds_kt() {
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 18) ? 0 : 1)' 2>/dev/null
}
