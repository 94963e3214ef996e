# Voluta for an NVIDIA GPU and for the CPU:
#   docker build --target gpu -t voluta .
#   docker build --target cpu -t voluta:cpu .
#
# Both run without network, with a read-only root file system and without root. They write below /runs, and for a moment to
# /tmp: README.md has the commands. A folder of the host that is mounted at /runs must be writable for the user of
# the container: give it to 10001, or pass --user "$(id -u):$(id -g)".

# With CUDA 13.0 the host needs driver 580 or newer; for older ones:
#   --build-arg CUDA_IMAGE=nvidia/cuda:12.9.1-cudnn-runtime-ubuntu24.04
ARG CUDA_IMAGE=nvidia/cuda:13.0.2-cudnn-runtime-ubuntu24.04

# The program with a Java runtime of its own; see scripts/bundle.sh.
FROM maven:3.9.11-eclipse-temurin-25 AS build
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends binutils unzip xz-utils zip \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY pom.xml LICENSE ./
COPY scripts scripts
COPY src/main src/main
RUN --mount=type=cache,target=/root/.m2 \
    VOLUTA_BUNDLE_JAVA_HOME=$JAVA_HOME scripts/bundle.sh --folder /opt/voluta \
    && mkdir -m 755 /runs

FROM debian:bookworm-slim AS cpu
LABEL org.opencontainers.image.title="Voluta" \
      org.opencontainers.image.description="Trains convolutional networks on the CPU" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/debian:bookworm-slim"
# Java draws letters, as in a report's pictures, by fontconfig with a font of the system; without them those are left out.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends fontconfig fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/voluta /opt/voluta
COPY --from=build --chown=10001:10001 /runs /runs
USER 10001:10001
# What may be lost, such as an index of fonts, goes to /tmp; to keep what --autotune measured, set VOLUTA_CACHE_DIR=/runs/cache.
ENV XDG_CACHE_HOME=/tmp
# Results go to `runs` in the working folder if nothing else is said: that is /runs.
WORKDIR /
VOLUME /runs
HEALTHCHECK NONE
# The launcher replaces itself by the JVM: a signal to the container reaches the program, which saves and ends.
ENTRYPOINT ["/opt/voluta/bin/voluta"]
CMD ["--help"]

# hadolint ignore=DL3006
FROM ${CUDA_IMAGE} AS gpu
ARG CUDA_IMAGE
LABEL org.opencontainers.image.title="Voluta" \
      org.opencontainers.image.description="Trains convolutional networks on NVIDIA GPUs" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/${CUDA_IMAGE}"
# What the driver's container runtime brings in: computing, and nvidia-smi.
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    XDG_CACHE_HOME=/tmp
# Java draws letters, as in a report's pictures, by fontconfig with a font of the system; without them those are left out.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends fontconfig fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/voluta /opt/voluta
COPY --from=build --chown=10001:10001 /runs /runs
USER 10001:10001
WORKDIR /
VOLUME /runs
HEALTHCHECK NONE
# The base image's own entry point prints a banner to standard output, where results belong.
ENTRYPOINT ["/opt/voluta/bin/voluta"]
CMD ["--help"]
