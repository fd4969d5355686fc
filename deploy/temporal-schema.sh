#!/bin/sh
# Creates the databases of Temporal and of the audit trail, and brings Temporal's schemas to the version of this image. Safe to repeat: what is there
# already is left alone, and after an upgrade of the image only the missing steps are taken.
# Reads SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD (variables of temporal-sql-tool itself).
set -eu

prepare() {
  database=$1
  schema=$2
  temporal-sql-tool --database "$database" create-database
  temporal-sql-tool --database "$database" setup-schema --version 0.0
  temporal-sql-tool --database "$database" update-schema --schema-name "$schema"
}

prepare temporal postgresql/v12/temporal
prepare temporal_visibility postgresql/v12/visibility
# Of the audit trail; the worker makes its tables.
temporal-sql-tool --database licenseflow_audit create-database
