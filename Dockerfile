# Node 24 is the long-term support release that all dependencies run on.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY src ./src
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit

FROM ${NODE_IMAGE}
# The connection to Temporal checks certificates against those of the system, and slim images come without.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
COPY bin ./bin
COPY data ./data
COPY deploy/worker-health.js ./deploy/
USER node
# A worker is first heard of a minute after its start.
HEALTHCHECK --interval=30s --timeout=15s --start-period=90s --retries=3 CMD ["node", "deploy/worker-health.js"]
ENTRYPOINT ["node", "bin/licenseflow.js"]
CMD ["worker"]
