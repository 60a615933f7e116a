#!/bin/sh
# server-agent.sh <service address> <project> <server id> -- polls for configs, runs each once, reports. Needs curl and jq.
url="$1/v1/$2/software_deployments/metadata/$3"
mkdir -p "${AGENT_DIR:=/var/lib/server-agent}" && cd "$AGENT_DIR" && touch etag || exit 1
while sleep "${AGENT_SECONDS:-30}"; do
  code=$(curl -sS -H "If-None-Match: $(cat etag)" -H "X-Auth-Token: ${OS_TOKEN:-}" -D headers -o answer -w '%{http_code}' "$url")
  [ "$code" = 200 ] || continue
  jq -r '.metadata[].id' answer | while read -r id; do
    [ -e "$id.done" ] && continue
    rm -f output.* && jq --arg id "$id" 'first(.metadata[] | select(.id == $id))' answer >config && jq -r .config config >script
    jq -r '.inputs[] | select(.name | test("^[A-Za-z_]\\w*$"))
      | "export \(.name)=\(if has("value") then .value else .default end | tostring | @sh)"' config >inputs
    (. ./inputs && heat_outputs_path="$PWD/output" exec sh ./script) >stdout 2>stderr </dev/null
    jq -n --arg code $? --rawfile out stdout --rawfile err stderr \
      '{deploy_status_code: ($code | tonumber), deploy_stdout: $out, deploy_stderr: $err}' >report
    for name in $(jq -r '.outputs[].name' config); do # a script leaves an output in the file $heat_outputs_path.<its name>
      [ -e "output.$name" ] && jq --arg n "$name" --rawfile v "output.$name" '.[$n] = $v' report >more && mv more report
    done
    (. ./inputs && [ -z "$deploy_signal_id" ] || curl -fsS -o signalled -X "$deploy_signal_verb" -d @report "$deploy_signal_id") &&
      touch "$id.done" || exit 1
  done && sed -n 's/^etag: *//Ip' headers | tr -d '\r' >etag # only now: what was not reported is tried again
done
