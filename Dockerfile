# The gateway without what it brings along for machines that have npm alone: no Node of its own, no embedded PostgreSQL.
#
#   docker build --tag fluxgate .
#   docker run --rm fluxgate --help
FROM node:26.10.0-bookworm-slim AS node

FROM node AS build
WORKDIR /build
COPY package.json package-lock.json ./
COPY runtime/package.json runtime/
# Nothing that runs needs an install script: they prepare the embedded database, and the build that comes below.
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node tools/build.mjs
# The workspace `runtime` is Node and PostgreSQL. Optional dependencies stay, which --omit=optional would take away: argon2
# is one.
RUN npm pkg delete workspaces && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Fluxgate" \
      org.opencontainers.image.description="A GraphQL auth gateway." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.base.name="docker.io/library/node:26.10.0-bookworm-slim"
ENV NODE_ENV=production
WORKDIR /app
# Everything belongs to root: the process cannot change what it runs, and it writes no file, so that the root file
# system can be read-only.
COPY --chmod=0644 package.json LICENSE ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
# The account `node` of the base image, by number: Kubernetes' runAsNonRoot cannot tell what a name stands for.
USER 1000:1000
EXPOSE 4000
# Alive, not ready: while the database is away, a new container would be no better than this one.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --start-interval=1s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 4000) + '/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# No init process: node is the only one, with no children to reap, and handles its signals, as process 1 has to.
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "dist/src/main.js"]
CMD ["serve"]
