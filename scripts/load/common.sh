# shellcheck shell=bash
# What the load scripts share: where the server is, what is asked, and that wrk and hey are there.

# shellcheck disable=SC2034  # used by the scripts that source this
url=${PILOTLIGHT_URL:-http://127.0.0.1:8080}
model=${MODEL:-mlp}

body_of() { # model
  case $1 in
    mlp | mlp_aoti) echo '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"data":[1,2,3,4]}]}' ;;
    identity) echo '{"inputs":[{"name":"x","datatype":"FP32","shape":[2,2],"data":[1,2,3,4]}]}' ;;
    minilm)
      echo '{"inputs":[{"name":"input_ids","datatype":"INT64","shape":[1,6],"data":[101,7592,2088,999,2088,102]},{"name":"attention_mask","datatype":"INT64","shape":[1,6],"data":[1,1,1,1,1,1]}]}' ;;
    *)
      echo "no request is known for the model '$1': give one in BODY (there are mlp, mlp_aoti, identity, minilm)" >&2
      exit 2 ;;
  esac
}
body=${BODY:-$(body_of "$model")}
target=$url/v2/models/$model/infer

need() { # commands
  local name
  for name in "$@"; do
    if ! command -v "$name" >/dev/null; then
      echo "$name is missing: run scripts/install.sh --test" >&2
      exit 1
    fi
  done
}

if ! curl -fsS -o /dev/null "$url/v2/health/live"; then
  echo "nothing answers at $url: start scripts/run.sh, or give PILOTLIGHT_URL" >&2
  exit 1
fi
