#!/bin/sh
# Makes what compose.yaml mounts as secrets: random, each once. What is there already stays as it is.
#
#   deploy/docker/make-secrets.sh [FOLDER]
#
# Nobody else can enter the folder. The files in it can be read by all, because each is mounted into a container whose
# account is not yours.
set -eu

folder=${1:-$(dirname "$0")/secrets}
database=postgres:5432/fluxgate

mkdir -p "$folder"
chmod 700 "$folder"

# random BYTES: in hex, which needs no escaping in a URL.
random() {
  od -An -v -tx1 -N "$1" /dev/urandom | tr -d ' \n'
}

# keep NAME CONTENT: whole or not at all.
keep() {
  if [ -e "$folder/$1" ]; then
    return
  fi
  printf '%s\n' "$2" >"$folder/$1.new"
  chmod 444 "$folder/$1.new"
  mv "$folder/$1.new" "$folder/$1"
  echo "made $folder/$1"
}

for name in secret postgres-password owner-password server-password valkey-password; do
  keep "$name" "$(random 32)"
done
keep migration-database-url "postgres://fluxgate_owner:$(cat "$folder/owner-password")@$database"
keep database-url "postgres://fluxgate_server:$(cat "$folder/server-password")@$database"
keep valkey-config "requirepass $(cat "$folder/valkey-password")"
keep redis-url "redis://:$(cat "$folder/valkey-password")@valkey:6379"
