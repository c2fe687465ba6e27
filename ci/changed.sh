#!/usr/bin/env bash
# Which policy documents a run is about, and from what they were changed.
#
# Reads KT_FILES (paths and patterns, one on a line), KT_BASE (what to compare with), and of the event
# KT_EVENT_BASE and KT_EVENT_HEAD (a pull request), KT_EVENT_MERGE_BASE, KT_EVENT_BEFORE (a push). Leaves in KT_WORK:
#   files    the documents to check
#   changes  status, name before and name after of each that changed: A, M, R or D
#   base     the commit that was compared with; empty when there is none
set -euo pipefail
# shellcheck source=ci/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

top=$(git rev-parse --show-toplevel) || stop 'this is no git checkout: check the repository out before this step'
cd "$top"
rm -rf "$KT_WORK"
mkdir -p "$KT_WORK"
: >"$KT_WORK/files"
: >"$KT_WORK/changes"
: >"$KT_WORK/base"

# What GitLab calls them.
KT_EVENT_MERGE_BASE=${KT_EVENT_MERGE_BASE:-${CI_MERGE_REQUEST_DIFF_BASE_SHA:-}}
KT_EVENT_HEAD=${KT_EVENT_HEAD:-${CI_MERGE_REQUEST_SOURCE_BRANCH_SHA:-}}
KT_EVENT_BEFORE=${KT_EVENT_BEFORE:-${CI_COMMIT_BEFORE_SHA:-}}

NOBODY='^0+$'
DEPTH='set fetch-depth: 0 in actions/checkout (GIT_DEPTH: 0 in GitLab)'

has() { git cat-file -e "$1^{commit}" 2>/dev/null; }

# A commit that a shallow checkout has not got is asked for by its id.
must_have() {
  has "$1" || git fetch -q --no-tags --depth=1 origin "$1" || true
  has "$1" || stop "commit $1, to compare with, is not in this checkout and cannot be fetched: $DEPTH, or set base"
}

# Where HEAD left a commit: what came after on the other side is not a change of ours.
left_at() {
  git merge-base "$1" HEAD || stop "the checkout does not reach back to where it left $1: $DEPTH"
}

named_base() {
  case $1 in -*) stop 'base is a branch, a tag or a commit' ;; esac
  local commit
  for name in "$1" "refs/remotes/origin/$1"; do
    if commit=$(git rev-parse -q --verify "$name^{commit}"); then
      left_at "$commit"
      return
    fi
  done
  git fetch -q --no-tags origin "$1" || stop "base: there is no $1 here, and none at origin"
  left_at "$(git rev-parse FETCH_HEAD)"
}

# CI systems check out what a merge would give: HEAD's first parent is then what to compare with, and `git rev-parse HEAD^1`
# does not know it in a shallow checkout.
pull_request_base() {
  local parents
  parents=$(git cat-file commit HEAD | sed -n -e '/^$/q' -e 's/^parent //p')
  if [ -n "$KT_EVENT_HEAD" ] && [ "${parents#*$'\n'}" = "$KT_EVENT_HEAD" ] && [ "${parents%%$'\n'*}" != "$parents" ]; then
    must_have "${parents%%$'\n'*}"
    printf '%s' "${parents%%$'\n'*}"
  elif [ -n "$KT_EVENT_MERGE_BASE" ]; then
    must_have "$KT_EVENT_MERGE_BASE"
    printf '%s' "$KT_EVENT_MERGE_BASE"
  else
    must_have "$KT_EVENT_BASE"
    left_at "$KT_EVENT_BASE"
  fi
}

find_base() {
  if [ -n "${KT_BASE:-}" ]; then
    named_base "$KT_BASE"
  elif [ -n "${KT_EVENT_BASE:-}$KT_EVENT_MERGE_BASE" ]; then
    pull_request_base
  elif [ -n "$KT_EVENT_BEFORE" ] && ! [[ $KT_EVENT_BEFORE =~ $NOBODY ]]; then
    must_have "$KT_EVENT_BEFORE"
    printf '%s' "$KT_EVENT_BEFORE"
  fi
}

# Git says what a link is, not where it leads: kt-gitops publishes no links.
add_file() {
  if [ -L "$1" ]; then
    say "passed over, a symbolic link: $(printf %q "$1")"
    return 1
  fi
  [ -f "$1" ] && is_policy "$1" "$(operand "$1")"
}

was_policy() {
  may_be_policy "$1" || return 1
  git cat-file blob "$base:$1" >"$KT_WORK/blob" 2>/dev/null || return 1
  is_policy "$1" "$KT_WORK/blob"
}

add_change() { printf '%s\0%s\0%s\0' "$1" "$2" "$3" >>"$KT_WORK/changes"; }

compare() {
  local status before after
  while IFS= read -r -d '' status; do
    IFS= read -r -d '' before
    after=$before
    case $status in R*) IFS= read -r -d '' after ;; esac
    if [ "$status" != D ] && add_file "$after"; then
      printf '%s\0' "$after" >>"$KT_WORK/changed"
      case $status in
        R*) if was_policy "$before"; then add_change R "$before" "$after"; else add_change A '' "$after"; fi ;;
        *) if was_policy "$before"; then add_change M "$before" "$after"; else add_change A '' "$after"; fi ;;
      esac
    elif [ "$status" != A ] && was_policy "$before"; then
      add_change D "$before" ''
    fi
  done <"$KT_WORK/diff"
}

# The paths and patterns that were asked for, as `kt` understands them.
name_files() {
  local line operands=() status=0
  require_kt
  while IFS= read -r line || [ -n "$line" ]; do
    line=${line%$'\r'}
    if [ -n "${line//[[:space:]]/}" ]; then operands+=("$(operand "$line")"); fi
  done <<<"$KT_FILES"
  "$KT" policy lint --json -- "${operands[@]}" >"$KT_WORK/asked.json" || status=$?
  [ "$status" -le 1 ] || stop 'files: not every line stands for a policy document that can be read; kt says above which'
  node "$KT_CI/names.mjs" files <"$KT_WORK/asked.json" >"$KT_WORK/files"
}

# Of the changes, those of the files that were asked for.
keep_asked() {
  local status before after name
  read_list "$KT_WORK/files"
  mv "$KT_WORK/changes" "$KT_WORK/all-changes"
  : >"$KT_WORK/changes"
  while IFS= read -r -d '' status && IFS= read -r -d '' before && IFS= read -r -d '' after; do
    for name in ${LIST[@]+"${LIST[@]}"}; do
      if [ "$name" = "$after" ]; then add_change "$status" "$before" "$after"; fi
    done
  done <"$KT_WORK/all-changes"
}

base=$(find_base)
printf '%s' "$base" >"$KT_WORK/base"
: >"$KT_WORK/changed"
if [ -n "$base" ]; then
  say "comparing with commit $base"
  git diff --name-status -z --find-renames --no-ext-diff "$base" HEAD >"$KT_WORK/diff"
  compare
fi
if [ -n "${KT_FILES//[[:space:]]/}" ]; then
  name_files
  keep_asked
elif [ -n "$base" ]; then
  mv "$KT_WORK/changed" "$KT_WORK/files"
else
  say 'there is no earlier commit to compare with: every policy document of the checkout counts'
  git ls-files -z >"$KT_WORK/tracked"
  while IFS= read -r -d '' name; do
    if add_file "$name"; then printf '%s\0' "$name" >>"$KT_WORK/files"; fi
  done <"$KT_WORK/tracked"
fi

read_list "$KT_WORK/files"
if [ "${#LIST[@]}" -eq 0 ]; then
  say 'no policy document to check'
else
  plain printf 'kt-policy: to check: %q\n' "${LIST[@]}"
fi
output changed-files "$(node "$KT_CI/names.mjs" json <"$KT_WORK/files")"
