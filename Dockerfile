# syntax=docker/dockerfile:1
# Rawi on the CPU, with the default model prepared. torch and what only builds the model stay behind
# in the first stage: the default engine needs none of them.
FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 UV_LINK_MODE=copy UV_NO_CACHE=1
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY pyproject.toml uv.lock README.md LICENSE THIRD_PARTY.md Makefile rawi.py ./
COPY vectorstore vectorstore
COPY ingest ingest
COPY prompts prompts
COPY bot bot
COPY evaluation evaluation
RUN make install && .venv/bin/python -m vectorstore.embedding.default_model.build /opt/models
RUN make runtime RUNTIME=/opt/rawi

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 rawi && mkdir /data && chown rawi /data
COPY --from=build /opt/rawi /opt/rawi
COPY --from=build /opt/models /opt/models
ENV PATH=/opt/rawi/bin:$PATH RAWI_HOME=/data RAWI_STORE_MODELS_DIR=/opt/models \
    RAWI_TELEGRAM_HEALTH_PORT=8080
USER rawi
VOLUME /data
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os,urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"RAWI_TELEGRAM_HEALTH_PORT\"]}/health', timeout=4)"]
ENTRYPOINT ["rawi"]
CMD ["telegram"]
