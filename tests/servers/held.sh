# Sourced by tests/run and tests/matrix: runs the real servers while the script runs.

# Sets FXPANE_SERVERS and SERVERS_NAMES (the servers' names); if the servers cannot be started,
# prints the reason on standard error and returns 1.
hold_servers() {
  if [ -n "${FXPANE_SERVERS:-}" ]; then
    [ -r "$FXPANE_SERVERS" ] || { echo "FXPANE_SERVERS: cannot read $FXPANE_SERVERS" >&2; exit 1; }
    FXPANE_SERVERS=$(realpath "$FXPANE_SERVERS")
  else
    [ "$(id -u)" = 0 ] || { echo "real servers need root" >&2; return 1; }
    if ! bash tests/servers/servers.sh installed 2>/dev/null; then
      bash tests/servers/servers.sh install >&2 || { echo "the servers could not be installed" >&2; return 1; }
    fi
    # in its own session, so that Ctrl-C does not kill the holder before it has cleaned up
    coproc HOLDER { FXPANE_SERVERS_BIG_MIB=${FXPANE_SERVERS_BIG_MIB:-4} \
      exec setsid bash tests/servers/servers.sh hold; }
    HOLDER_INPUT=${HOLDER[1]} HOLDER_ID=$HOLDER_PID
    trap release_servers EXIT
    read -r -u "${HOLDER[0]}" FXPANE_SERVERS || { echo "the servers did not start" >&2; return 1; }
  fi
  export FXPANE_SERVERS
  SERVERS_NAMES=$(python3 -c 'import json,sys; print(*(s["name"] for s in json.load(open(sys.argv[1]))))' "$FXPANE_SERVERS")
}

release_servers() {
  exec {HOLDER_INPUT}>&-
  wait "$HOLDER_ID" || true
}
