-- What PostgreSQL's image runs once, in a new database. The passwords come from mounted files, so that they are in no
-- command line and no log.
\set owner_password `cat /run/secrets/owner-password`
\set server_password `cat /run/secrets/server-password`
\ir /etc/fluxgate/roles.sql
