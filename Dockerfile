# The service alone, without root, from the locked versions.

FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/signalbox
WORKDIR /source
COPY requirements.lock requirements-service.lock ./
RUN /opt/signalbox/bin/pip install --require-hashes -r requirements-service.lock
# The build needs setuptools, in its locked version and nowhere else.
RUN python -m venv /opt/build \
    && sed -n '/^setuptools==/,/[^\\]$/p' requirements.lock > setuptools.lock \
    && /opt/build/bin/pip install --require-hashes -r setuptools.lock
COPY pyproject.toml README.md LICENSE ./
COPY connectors connectors
COPY migrations migrations
COPY service service
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/signalbox/bin/pip install --no-deps /wheels/*.whl

FROM python:3.12-slim
RUN useradd --system --uid 10001 --no-create-home signalbox
COPY --from=build /opt/signalbox /opt/signalbox
ENV PATH=/opt/signalbox/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
WORKDIR /tmp
ENTRYPOINT ["signalbox"]
CMD ["run"]
