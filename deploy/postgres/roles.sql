-- The two roles of Fluxgate, each with the least that it needs:
--
--   fluxgate_owner   owns the tables; for `fluxgate migrate`, as FLUXGATE_MIGRATION_DATABASE_URL
--   fluxgate_server  reads and writes their rows; for the gateways, as DATABASE_URL
--
-- Run it in Fluxgate's database, as a superuser, with a password for each:
--
--   psql "$ADMIN_URL" --set ON_ERROR_STOP=1 --set owner_password=… --set server_password=… --file roles.sql
--
-- psql fills in :'owner_password', :'server_password' and :"DBNAME"; the rest is plain SQL. It can be run again at any
-- time: it sets the passwords anew and puts every privilege right. A server that several installations share needs
-- other names for the roles in each: replace them throughout. On a managed server, whose administrator is no
-- superuser, run GRANT fluxgate_owner TO CURRENT_USER after the roles were made.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fluxgate_owner') THEN
    CREATE ROLE fluxgate_owner;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fluxgate_server') THEN
    CREATE ROLE fluxgate_server;
  END IF;
END $$;

ALTER ROLE fluxgate_owner LOGIN PASSWORD :'owner_password';
ALTER ROLE fluxgate_server LOGIN PASSWORD :'server_password';

-- Nobody else gets in, and only the owner makes tables.
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO fluxgate_owner, fluxgate_server;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO fluxgate_owner;
GRANT USAGE ON SCHEMA public TO fluxgate_server;

-- Tables that the owner makes later.
ALTER DEFAULT PRIVILEGES FOR ROLE fluxgate_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO fluxgate_server;

-- Tables that are there already, whoever made them.
DO $$
DECLARE
  ours text;
BEGIN
  FOR ours IN
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
      AND relname IN ('users', 'devices', 'sessions', 'security_events', 'signing_keys', 'imported_refresh_tokens',
                      'identities', 'used_proofs', 'pulse', 'mikro_orm_migrations')
  LOOP
    EXECUTE format('ALTER TABLE public.%I OWNER TO fluxgate_owner', ours);
    EXECUTE format('REVOKE ALL ON public.%I FROM fluxgate_server', ours);
    IF ours = 'mikro_orm_migrations' THEN
      EXECUTE format('GRANT SELECT ON public.%I TO fluxgate_server', ours);
    ELSE
      EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON public.%I TO fluxgate_server', ours);
    END IF;
  END LOOP;
  IF to_regprocedure('public.refresh_time_lost(timestamptz, tstzrange, interval)') IS NOT NULL THEN
    ALTER FUNCTION public.refresh_time_lost(timestamptz, tstzrange, interval) OWNER TO fluxgate_owner;
  END IF;
END $$;

-- Behind a pooler in transaction mode these hold; elsewhere the settings of the gateway replace them. All below 25 s:
-- a revocation that is written later than that after its time-stamp would not be noticed by other gateways.
ALTER ROLE fluxgate_server SET statement_timeout = '10s';
ALTER ROLE fluxgate_server SET lock_timeout = '5s';
ALTER ROLE fluxgate_server SET idle_in_transaction_session_timeout = '10s';
