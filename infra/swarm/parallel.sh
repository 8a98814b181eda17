#!/usr/bin/env bash
# Runs one swarm as several shards, here or on other machines over ssh, and merges what they saw.
#
#   infra/swarm/parallel.sh --url LINK [--shards N] [--hosts a,b,c] [--path DIR] [--lead SECONDS] [--out DIR] [-- OPTIONS OF conclave swarm]
#
#   --url LINK       link to a room that exists: every shard joins that one
#   --shards N       into how many shards the swarm is cut (4)
#   --hosts a,b,c    machines that ssh reaches without asking; shards go round them (this machine)
#   --path DIR       the checkout on those machines, set up there (~/conclave)
#   --lead SECONDS   how long after now all shards start; they must be ready by then (60)
#   --out DIR        folder of the results: shard-1 … shard-N and merged (a new one)
#
# Uses GNU parallel where it is installed, else xargs. Needs clocks that are set to the second; what is left, each shard
# measures against the homeserver. Exit code: that of the merge, which judges the whole; 2 for wrong options.
set -euo pipefail

here=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
conclave=${CONCLAVE:-$here/../../bin/conclave}
MAX_SHARDS=1000

usage() { sed -n '2,/^set /p' "${BASH_SOURCE[0]}" | sed '$d; s/^# \{0,1\}//'; }
refuse() { printf '%s\n' "$1" >&2; exit 2; }
is_number() { case $1 in '' | *[!0-9]* | 0*) return 1 ;; *) [ ${#1} -le 5 ] ;; esac; }

# One shard; called back by parallel or xargs with what the parent exported.
run_shard() {
  local number=$1 folder=$SWARM_OUT/shard-$1 host='' code=0
  local -a command hosts options
  eval "options=($SWARM_OPTIONS)"
  IFS=, read -r -a hosts <<<"$SWARM_HOSTS"
  [ "${#hosts[@]}" -eq 0 ] || host=${hosts[$(((number - 1) % ${#hosts[@]}))]}
  command=(swarm --url "$SWARM_URL" --shard "$number/$SWARM_SHARDS" --at "$SWARM_AT" --quiet ${options[@]+"${options[@]}"})
  if [ -z "$host" ]; then
    "$conclave" "${command[@]}" --out "$folder" >"$folder.log" 2>&1 || code=$?
  else
    run_remote "$host" "$folder" "${command[@]}" || code=$?
  fi
  printf 'shard %s of %s%s ended with %s\n' "$number" "$SWARM_SHARDS" "${host:+ on $host}" "$code" >&2
}

# The result comes back as a stream, so that nothing but ssh and tar is needed there.
run_remote() {
  local host=$1 folder=$2 code=0 quoted there
  shift 2
  there=/tmp/conclave-$SWARM_RUN-${folder##*/}
  quoted=$(printf '%q ' "$@" --out "$there")
  ssh -o BatchMode=yes -- "$host" "$SWARM_PATH/bin/conclave $quoted" </dev/null >"$folder.log" 2>&1 || code=$?
  mkdir -p "$folder"
  ssh -o BatchMode=yes -- "$host" "tar -C $there -cf - . && rm -rf $there" </dev/null | tar -C "$folder" -xf - || rmdir "$folder" 2>/dev/null || true
  return "$code"
}

if [ "${1:-}" = --one-shard ]; then
  run_shard "$2"
  exit 0
fi

url='' shards=4 hosts='' lead=60 out=''
path='~/conclave'
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --) shift; break ;;
    --url | --shards | --hosts | --path | --lead | --out)
      [ $# -ge 2 ] || refuse "$1 needs a value."
      printf -v "${1#--}" '%s' "$2"
      shift 2
      ;;
    *) refuse "There is no option $1; options of conclave swarm stand behind --." ;;
  esac
done
[ -n "$url" ] || refuse '--url is missing: all shards join the room of one link.'
is_number "$shards" && [ "$shards" -ge 2 ] && [ "$shards" -le "$MAX_SHARDS" ] || refuse "--shards must be a number from 2 to $MAX_SHARDS, not \"$shards\"."
is_number "$lead" || refuse "--lead must be a number of seconds, not \"$lead\"."
case $hosts in *[!A-Za-z0-9@.,:_-]* | -* | *,-*) refuse '--hosts must be names, separated by commas.' ;; esac
case $path in *[!A-Za-z0-9/._~-]*) refuse '--path must be a path without blanks.' ;; esac
[ -n "$out" ] || out=$(mktemp -d "${TMPDIR:-/tmp}/conclave-shards-XXXXXX")
mkdir -p "$out"

at=$(($(date +%s) + lead))
SWARM_AT=$(date -u -d "@$at" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || date -u -r "$at" +%Y-%m-%dT%H:%M:%SZ)
SWARM_URL=$url SWARM_SHARDS=$shards SWARM_HOSTS=$hosts SWARM_PATH=$path SWARM_OUT=$out SWARM_RUN=$at-$$
SWARM_OPTIONS=
[ $# -eq 0 ] || SWARM_OPTIONS=$(printf '%q ' "$@")
export SWARM_AT SWARM_URL SWARM_SHARDS SWARM_HOSTS SWARM_PATH SWARM_OUT SWARM_RUN SWARM_OPTIONS
printf '%s shards start at %s, results in %s\n' "$shards" "$SWARM_AT" "$out" >&2

if command -v parallel >/dev/null && parallel --version 2>/dev/null | grep -q GNU; then
  seq "$shards" | parallel --will-cite --jobs "$shards" --halt never "${BASH_SOURCE[0]}" --one-shard {}
else
  seq "$shards" | xargs -P "$shards" -I{} "${BASH_SOURCE[0]}" --one-shard {}
fi

folders=()
for number in $(seq "$shards"); do folders+=("$out/shard-$number"); done
exec "$conclave" swarm merge "${folders[@]}" --out "$out/merged"
