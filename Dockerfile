# Amends as an image: two stages, so that no build tool and no cache is left; runs as nobody in particular (uid 10001).
#
#   docker build -t amends .
#   docker run -p 8000:8000 -v amends:/var/lib/amends amends          # the embedded database and the demo world
#
# For PostgreSQL with a worker of its own: compose.yaml.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /srv/amends
RUN python -m venv /venv
COPY requirements.lock ./
RUN /venv/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY app ./app
RUN /venv/bin/pip install --no-deps --no-build-isolation --no-index -e . \
 && /venv/bin/pip uninstall --yes hatchling editables trove-classifiers pathspec pip \
 && find /venv -type d \( -name tests -o -name test \) -path '*/site-packages/*' -prune -exec rm -rf {} + \
 && /venv/bin/python -m compileall -q app /venv/lib

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Amends" \
      org.opencontainers.image.description="From complaint to care, and from care to a fitting offer" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --system --uid 10001 --no-create-home amends && install -d -o amends -m 0700 /var/lib/amends
WORKDIR /srv/amends
COPY --from=build /venv /venv
COPY --from=build /srv/amends ./
COPY alembic.ini ./
COPY migrations ./migrations
COPY workflows ./workflows
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 \
    AMENDS_HOST=0.0.0.0 AMENDS_PORT=8000 AMENDS_VAR=/var/lib/amends AMENDS_LOG_FORMAT=json
USER amends
VOLUME /var/lib/amends
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['AMENDS_PORT']}/health/live\", timeout=3)"]
ENTRYPOINT ["amends"]
CMD ["up"]
