# The Python clients of the checks, and what their test suites need, installed with pip and kept in the cache. Sourced after common.sh, never run.
# shellcheck shell=bash disable=SC2154  # the sourcing script says where here is
# shellcheck source-path=SCRIPTDIR source=../real-murano/common.sh
. "$here/../real-murano/common.sh"
venv=$home/clients

stamp() {
  echo "$venv"
  "$python" -c 'import sys; print(sys.version)'
  cat "$here/constraints.txt"
}

install() {
  local pip=("$venv/bin/pip" --quiet --disable-pip-version-check)
  local log=$home/clients.log
  echo "installing the clients into $venv"
  rm -rf "$venv"
  {
    "$python" -m venv "$venv" &&
      "${pip[@]}" install --constraint "$here/constraints.txt" python-muranoclient python-openstackclient tempest
  } >"$log" 2>&1 </dev/null || fail "cannot install the clients: $(tail -n 1 "$log") (all of it: $log)"
  stamp >"$venv/complete"
}

mkdir -p "$home"
exec 9>"$home/clients.lock"
if command -v flock >/dev/null; then flock 9; fi
find_python || { install_python && find_python; } ||
  fail "CPython 3.11 with venv is needed (Debian 12: apt-get install python3-venv; elsewhere set MURANO_LIVE_PYTHON)"
if [[ $(stamp) != "$(cat "$venv/complete" 2>/dev/null)" ]]; then
  install
fi
exec 9>&-
