#!/bin/sh
# Makes sure that the namespace exists, keeps finished workflows for TEMPORAL_RETENTION, and can be used. Safe to repeat.
# Reads TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE (variables of the temporal command itself) and TEMPORAL_RETENTION.
set -eu

# within SECONDS COMMAND...: repeats the command once a second until it succeeds; shows its last error when it never does.
within() {
  left=$1
  shift
  until message=$("$@" 2>&1); do
    left=$((left - 1))
    if [ "$left" -le 0 ]; then
      echo "Gave up on '$*': $message" >&2
      return 1
    fi
    sleep 1
  done
}

within 60 temporal operator cluster health

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$TEMPORAL_RETENTION"
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$TEMPORAL_RETENTION"
fi

# A new namespace reaches all parts of the server within seconds, and until then its use is refused.
within 60 temporal workflow count --namespace "$TEMPORAL_NAMESPACE"
echo "Namespace '$TEMPORAL_NAMESPACE' is ready and keeps finished workflows for $TEMPORAL_RETENTION."
