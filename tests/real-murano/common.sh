# What up, down and the checks with Python programs agree upon. Sourced, never run.
# shellcheck shell=bash disable=SC2034  # the sourcing script uses the variables

home=${MURANO_LIVE_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/murano-rs/live}
[[ $home == /* ]] || home=$PWD/$home
venv=$home/venv
state=$home/state

fail() { # MESSAGE
  echo "${0##*/}: $1" >&2
  exit 1
}

# CPython that can make a virtual environment; the pinned packages do not work on 3.12 and later.
find_python() {
  local candidate
  for candidate in ${MURANO_LIVE_PYTHON:-python3.11 python3 /usr/bin/python3}; do
    if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
      python=$candidate
      return
    fi
  done
  return 1
}

install_python() {
  [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null || return 1
  export DEBIAN_FRONTEND=noninteractive
  { apt-get -qq update && apt-get -qq -y install python3-venv; } </dev/null >"$home/apt.log" 2>&1
}

# A pid alone proves nothing, it may have gone to somebody else since: the command must be ours too.
running() { # NAME
  local pid command
  pid=$(cat "$state/$1.pid" 2>/dev/null) && kill -0 "$pid" 2>/dev/null || return 1
  command=$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null || ps -o command= -p "$pid" 2>/dev/null)
  [[ $command == *"$venv/"* ]]
}

stop() { # NAME
  local pid
  if running "$1"; then
    pid=$(cat "$state/$1.pid")
    kill -TERM -- "-$pid" 2>/dev/null || true
    for _ in {1..100}; do
      running "$1" || break
      sleep 0.1
    done
    running "$1" && kill -KILL -- "-$pid" 2>/dev/null
  fi
  rm -f "$state/$1.pid"
}
