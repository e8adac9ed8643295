#!/usr/bin/env bash
# Runs Glewlwyd in the foreground with an empty database: glewlwyd.sh CACHE PORT URL
# The administrator is admin/password; it answers on 127.0.0.1:PORT, and calls itself URL.
set -euo pipefail
root=$1/glewlwyd port=$2 url=$3
home=$(mktemp -d)
gzip -dc "$root/usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz" | sqlite3 "$home/glewlwyd.db"
cat >"$home/glewlwyd.conf" <<CONF
port=$port
bind_address="127.0.0.1"
external_url="$url"
login_url="login.html"
api_prefix="api"
static_files_path="$root/usr/share/glewlwyd/webapp/"
log_mode="console"
log_level="INFO"
cookie_domain=""
cookie_secure=1
session_expiration=3600
session_key="GLEWLWYD2_SESSION_ID"
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="$root/usr/lib/glewlwyd/user"
user_middleware_module_path="$root/usr/lib/glewlwyd/user_middleware"
client_module_path="$root/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="$root/usr/lib/glewlwyd/scheme"
plugin_module_path="$root/usr/lib/glewlwyd/plugin"
hash_algorithm = "SHA512"
database = { type = "sqlite3"; path = "$home/glewlwyd.db"; };
CONF
export LD_LIBRARY_PATH
LD_LIBRARY_PATH=$(echo "$root"/usr/lib/*-linux-gnu)
exec "$root/usr/bin/glewlwyd" --config-file="$home/glewlwyd.conf"
