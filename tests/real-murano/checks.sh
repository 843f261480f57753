# What check-main-job and check-commands agree upon: a program, a scratch folder, and a count of what was
# shown. Sourced in the folder of the repository, never run; the sourcing script defines `clean_up`.
# shellcheck shell=bash disable=SC2034  # the sourcing script uses the variables

# The program to run: one that is built already, or the one of this folder.
if [[ -z ${MURANO_TEST_PROGRAM:-} ]]; then
  cargo build --quiet --locked --package murano-cli
fi
murano=${MURANO_TEST_PROGRAM:-$PWD/target/debug/murano}
packages=$PWD/tests/data/packages
scratch=$(mktemp -d)
export OS_CLOUD=live-demo
# Neither the tokens nor the keyring of whoever runs this.
export XDG_CACHE_HOME=$scratch/cache XDG_DATA_HOME=$scratch/data MURANO_KEYRING=none
name=check-$$
shown=0 wrong=0 code=0 command=

finish() {
  local code=$?
  trap - EXIT
  : >"$scratch/out" >"$scratch/err"
  command="all of them" check "no token was printed or left in a file" keeps_secrets
  clean_up >/dev/null 2>&1 || true
  rm -rf "$scratch"
  echo "test result: $( ((code == 0 && wrong == 0)) && echo ok || echo FAILED). $shown passed; $wrong failed"
  exit $((code > 0 ? code : wrong > 0))
}
trap finish EXIT

# Whether the document on stdin, called `it`, is as the Python expression says.
holds() { # EXPRESSION
  python3 -c 'import json, sys; it = json.load(sys.stdin); sys.exit(not eval(sys.argv[1]))' "$1"
}

pick() { # EXPRESSION
  python3 -c 'import json, sys; it = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"
}

# Runs the program; its streams and its exit code are looked at by what follows.
run() {
  feed /dev/null "$@"
}

# The same with a file as standard input.
feed() { # FILE ARGUMENT...
  local input=$1
  shift
  code=0
  "$murano" "$@" >"$scratch/out" 2>"$scratch/err" <"$input" || code=$?
  # That command is there to print one.
  [[ "$1 ${2:-}" == "auth token" ]] || cat "$scratch/out" "$scratch/err" >>"$scratch/printed"
  command="murano $*"
}

# The program keeps tokens in one folder; they belong nowhere else, and no password that a check has made up.
keeps_secrets() {
  ! grep -raE 'gAAAA[A-Za-z0-9_-]{20}|s3cret-of-' --exclude-dir=tokens "$scratch" | cut -c1-60 | grep .
}

check() { # WHAT TEST...
  local what=$1
  shift
  if "$@"; then
    shown=$((shown + 1))
    echo "ok    $what"
  else
    wrong=$((wrong + 1))
    echo "WRONG $what: $command (exit $code)"
    head -n 20 "$scratch/out" | sed 's/^/      out: /'
    head -n 20 "$scratch/err" | sed 's/^/      err: /'
  fi
}

succeeds() { # EXPRESSION
  ((code == 0)) && holds "$1" <"$scratch/out"
}

# Succeeded, and printed exactly this.
prints() { # TEXT
  ((code == 0)) && [[ $(<"$scratch/out") == "$1" ]]
}

# Nothing on stdout, the first line of stderr an error that has this in it, and no dump of anything.
fails() { # CODE TEXT
  [[ ! -s $scratch/out ]] && complains "$@"
}

# The same, whatever is on stdout.
complains() { # CODE TEXT
  ((code == $1)) && grep -q "^error: " "$scratch/err" && grep -qF -- "$2" "$scratch/err" &&
    ! grep -qE 'Traceback|panicked|<br|RUST_BACKTRACE' "$scratch/err"
}
