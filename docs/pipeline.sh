#!/usr/bin/env bash
# Tries an application package on a cloud: uploads it, deploys it into an environment of its own, calls an
# action of it, and leaves nothing behind, whether that went well or not.
#
# Usage: pipeline.sh PACKAGE CLASS ACTION [PROPERTY=VALUE]...
set -euo pipefail

package=$1 class=$2 action=$3
shift 3
environment=ci-$class-${CI_JOB_ID:-${GITHUB_RUN_ID:-$$}}
begun=no

finish() {
  local code=$?
  trap - EXIT
  if [[ $begun == yes ]]; then
    # What happened, for the archive of the job.
    murano deployment logs "$environment" -f json >deployment.json || true
    murano env delete "$environment" --wait --timeout 10m ||
      murano env delete "$environment" --abandon || true
  fi
  exit "$code"
}
trap finish EXIT

# Mistakes that need no cloud to be found.
murano package check "$package" --quiet

# A package of that name may be there from a run before: it is replaced. 5 means just that.
code=0
murano package import "$package" --quiet || code=$?
if ((code == 5)); then
  murano package delete "$class"
  murano package import "$package" --quiet
elif ((code != 0)); then
  exit "$code"
fi

murano env create "$environment" -f value -c id
begun=yes
session=$(murano session create "$environment" -f value -c id)
settings=()
for setting in "$@"; do
  settings+=(--set "$setting")
done
murano app add "$environment" "$class" --name app "${settings[@]}" --session "$session" -f json

# Shows the reports as they come. 6 is a deployment that failed, 7 one that did not end in time.
murano session deploy "$environment" "$session" --wait --timeout 20m
murano app show "$environment" app -f json >app.json

result=$(murano action call "$environment" "app.$action" --timeout 5m -f json)
echo "$action returned $result"
