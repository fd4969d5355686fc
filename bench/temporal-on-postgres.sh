#!/usr/bin/env bash
# A Temporal cluster on PostgreSQL, without containers, for as long as it is needed.
#
#   bench/temporal-on-postgres.sh npm run bench campaign-quota
#     runs the command with TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE set, and ends with its exit code
#   bench/temporal-on-postgres.sh
#     prints both, and runs until Ctrl-C
#
# Needs PostgreSQL 12 or newer (Debian: apt-get install postgresql), and Go once, to build the server from its module
# (some minutes; kept in the cache folder of licenseflow). Nothing is left behind but that.
set -euo pipefail

VERSION=v1.32.0
ROOT=$(cd "$(dirname "$0")/.." && pwd)
NAMESPACE=licenseflow
BIN=${LICENSEFLOW_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/licenseflow}/temporal-server-$VERSION
HERE=127.0.0.1
WORK=$(mktemp -d "${TMPDIR:-/tmp}/temporal-on-postgres.XXXXXX")
server_pid=

say() { echo "$*" >&2; }
fail() {
  say "$*"
  exit 1
}

cleanup() {
  trap - EXIT INT TERM HUP
  if [ -n "$server_pid" ]; then
    kill "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
  fi
  if [ -f "$WORK/data/postmaster.pid" ]; then
    as_postgres "$pg/pg_ctl" --pgdata="$WORK/data" --mode=fast --silent stop || true
  fi
  rm -rf "$WORK"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# PostgreSQL refuses to run as root.
as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then runuser --user postgres -- "$@"; else "$@"; fi
}

# So many ports that are free now. Temporal keeps ports in a column that ends at 32767.
free_ports() {
  node -e '
    const net = require("net");
    const server = () =>
      new Promise((done) => {
        const tried = net.createServer().listen(10000 + Math.floor(Math.random() * 20000), "127.0.0.1");
        tried.once("listening", () => done(tried)).once("error", () => done(server()));
      });
    (async () => {
      const servers = [];
      while (servers.length < Number(process.argv[1])) servers.push(await server());
      console.log(servers.map((each) => each.address().port).join(" "));
      servers.forEach((each) => each.close());
    })();' "$1"
}

# within SECONDS COMMAND...: repeats the command until it succeeds.
within() {
  local left=$1 message
  shift
  until message=$("$@" 2>&1); do
    kill -0 "$server_pid" 2>/dev/null || fail "The server has ended: $(tail -n 1 "$WORK/server.log")"
    left=$((left - 1))
    [ "$left" -gt 0 ] || fail "Gave up on '$*': $message"
    sleep 1
  done
}

find_postgres() {
  local candidate
  for candidate in "$(command -v postgres || true)" /usr/lib/postgresql/*/bin/postgres; do
    candidate=$(readlink -f "$candidate" 2>/dev/null || true)
    if [ -x "$candidate" ] && [ -x "$(dirname "$candidate")/initdb" ]; then
      dirname "$candidate"
      return
    fi
  done
  fail 'PostgreSQL is not here. On Debian: apt-get install postgresql'
}

build_server() {
  if [ -x "$BIN/server" ] && [ -x "$BIN/sql" ]; then return; fi
  command -v go >/dev/null || fail "Temporal $VERSION is not in $BIN, and there is no Go to build it."
  say "Building Temporal $VERSION into $BIN, once. This takes some minutes."
  mkdir -p "$BIN"
  GOBIN=$BIN GOFLAGS='-p=1 -buildvcs=false' nice -n 19 go install "go.temporal.io/server/cmd/server@$VERSION"
  GOBIN=$BIN GOFLAGS='-p=1 -buildvcs=false' nice -n 19 go install "go.temporal.io/server/cmd/tools/sql@$VERSION"
}

start_postgres() {
  chmod 755 "$WORK"
  install -d -m 700 "$WORK/data"
  if [ "$(id -u)" -eq 0 ]; then chown postgres "$WORK/data"; fi
  as_postgres "$pg/initdb" --pgdata="$WORK/data" --username=temporal --auth=trust >/dev/null
  # Only the loopback address; its durability is the usual one, so that a benchmark tells the truth.
  as_postgres "$pg/pg_ctl" --pgdata="$WORK/data" --wait --silent --log="$WORK/data/server.log" \
    --options="-c listen_addresses=$HERE -c port=$db_port -c unix_socket_directories= -c max_connections=200" start
}

prepare_database() {
  local sql=("$BIN/sql" --plugin postgres12 --ep "$HERE" -p "$db_port" -u temporal --pw temporal --db "$1")
  "${sql[@]}" create
  "${sql[@]}" setup-schema -v 0.0
  "${sql[@]}" update-schema --schema-name "$2"
}

start_server() {
  DB=postgres12 DB_PORT=$db_port POSTGRES_SEEDS=$HERE POSTGRES_USER=temporal POSTGRES_PWD=temporal \
    DBNAME=temporal VISIBILITY_DBNAME=temporal_visibility BIND_ON_IP=$HERE NUM_HISTORY_SHARDS=128 LOG_LEVEL=error \
    DYNAMIC_CONFIG_FILE_PATH=$ROOT/deploy/temporal-dynamic-config.yaml \
    FRONTEND_GRPC_PORT=${ports[0]} FRONTEND_HTTP_PORT=${ports[1]} FRONTEND_MEMBERSHIP_PORT=${ports[2]} \
    HISTORY_GRPC_PORT=${ports[3]} HISTORY_MEMBERSHIP_PORT=${ports[4]} \
    MATCHING_GRPC_PORT=${ports[5]} MATCHING_MEMBERSHIP_PORT=${ports[6]} \
    WORKER_GRPC_PORT=${ports[7]} WORKER_MEMBERSHIP_PORT=${ports[8]} \
    "$BIN/server" --allow-no-auth start >"$WORK/server.log" 2>&1 &
  server_pid=$!
}

pg=$(find_postgres)
build_server
read -ra ports <<<"$(free_ports 10)"
db_port=${ports[9]}
start_postgres
prepare_database temporal postgresql/v12/temporal >"$WORK/schema.log" 2>&1 || fail "$(tail -n 5 "$WORK/schema.log")"
prepare_database temporal_visibility postgresql/v12/visibility >>"$WORK/schema.log" 2>&1 ||
  fail "$(tail -n 5 "$WORK/schema.log")"
start_server

export TEMPORAL_ADDRESS=$HERE:${ports[0]} TEMPORAL_NAMESPACE=$NAMESPACE
within 90 node "$ROOT/bin/licenseflow.js" setup --create-namespace
echo "TEMPORAL_ADDRESS=$TEMPORAL_ADDRESS"
echo "TEMPORAL_NAMESPACE=$TEMPORAL_NAMESPACE"

if [ $# -gt 0 ]; then
  "$@"
else
  say 'Ready. Ctrl-C ends it.'
  wait "$server_pid" || fail "The server has ended: $(tail -n 5 "$WORK/server.log")"
fi
