# What the checks of the sandbox share: the program, a running sandbox, and its end. Sourced, never run.
# shellcheck shell=bash disable=SC2034  # the sourcing script uses the variables

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit
# The program to run: one that is built already, or the one of this folder.
if [[ -z ${MURANO_TEST_PROGRAM:-} ]]; then
  cargo build --quiet --locked --package murano-cli
fi
murano=${MURANO_TEST_PROGRAM:-$PWD/target/debug/murano}
scratch=$(mktemp -d)
sandbox=

# Settings of the caller's own cloud must not reach the sandbox, nor its data.
for variable in "${!OS_@}" "${!MURANO_SANDBOX_@}"; do
  unset "$variable"
done
export MURANO_SANDBOX_DIR=$scratch/data

clean() {
  local code=$?
  trap - EXIT
  if [[ -n $sandbox ]]; then
    kill "$sandbox" 2>/dev/null || true
    wait "$sandbox" 2>/dev/null || true
  fi
  # A shell that was tried may still be writing there, as fish does for a while.
  for _ in {1..10}; do
    rm -rf "$scratch" 2>/dev/null && break
    sleep 0.5
  done
  exit "$code"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Starts a sandbox on a free port and waits until it answers; its clouds.yaml is in $clouds.
serve() { # OPTION...
  local url
  clouds=$scratch/clouds.yaml
  # It is looked into before the program has opened it.
  : >"$clouds"
  "$murano" sandbox serve --listen 127.0.0.1:0 "$@" >"$clouds" 2>"$scratch/serve.log" </dev/null &
  sandbox=$!
  for _ in {1..300}; do
    kill -0 "$sandbox" 2>/dev/null || break
    url=$(sed -n 's/^ *auth_url: //p' "$clouds" | head -n 1)
    if [[ -n $url ]] && python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1])' "$url" 2>/dev/null; then
      return
    fi
    sleep 0.1
  done
  cat "$scratch/serve.log" >&2
  echo "${0##*/}: the sandbox does not answer" >&2
  return 1
}
