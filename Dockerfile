# Voluta on the CPU: docker build --target cpu -t voluta .
#
# The image needs no network, no writable root file system and no root user. It writes only below /runs:
#   docker run --rm --read-only --network none -v "$PWD/runs:/runs" -v /data/flowers:/data:ro voluta \
#     train --data-dir /data --output /runs
# A host folder mounted at /runs must be writable for the user of the container: give it to 10001, or pass
# --user "$(id -u):$(id -g)".

FROM maven:3.9-eclipse-temurin-17 AS build
WORKDIR /src
COPY pom.xml ./
COPY src/main src/main
RUN --mount=type=cache,target=/root/.m2 \
    mvn -B -q -ntp -Dmaven.test.skip=true -Dspotless.check.skip=true package
# The native libraries are laid out as files, so that nothing is unpacked when the program starts. Those for CUDA stay
# out: this image is for the CPU.
RUN mkdir -p /opt/voluta/native /tmp/jars && cd /opt/voluta \
    && cp -r /src/target/voluta.jar /src/target/lib . \
    && rm -f lib/j*-natives-*.jar \
    && for jar in lib/*-linux-*.jar; do (cd /tmp/jars && jar xf "/opt/voluta/$jar") && rm "$jar"; done \
    && find /tmp/jars -type f -name '*.so*' -exec mv -t native {} + \
    && tr ':' '\n' </src/target/classpath.txt | grep -v -- '-linux-' | paste -sd: >classpath.txt
COPY scripts/voluta /opt/voluta/scripts/voluta
COPY LICENSE /opt/voluta/LICENSE

FROM debian:bookworm-slim AS cpu
# oneDNN asks for libstdc++; its OpenMP runtime comes with it.
RUN apt-get update \
    && apt-get install -y --no-install-recommends openjdk-17-jre-headless libstdc++6 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 voluta \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin voluta \
    && install -d -o voluta -g voluta /runs
COPY --from=build /opt/voluta /opt/voluta
USER voluta
WORKDIR /runs
VOLUME /runs
# The script replaces itself by the JVM: a signal to the container reaches the program, which saves and ends.
ENTRYPOINT ["/opt/voluta/scripts/voluta"]
CMD ["--help"]
