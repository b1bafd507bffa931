# Sconce's image. CPU:  docker build -t sconce .
#                 GPU:  docker build -t sconce:gpu --target gpu .
#
#   docker run --rm --read-only -p 8001:8001 -p 8002:8002 -v "$PWD/models:/models:ro" sconce
#
# Models at /models; checkpoints only when asked for:  -v ...:/checkpoints  and  --checkpoints /checkpoints.
# A machine that reaches package registries through a proxy or mirror of its own gives pip's configuration as the
# secrets `pip.conf` (and `ca.crt`, which pip.conf may name as /run/secrets/ca.crt).

FROM debian:bookworm-slim AS build
WORKDIR /src
COPY deploy/setup.sh deploy/apt-packages.txt deploy/
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf --mount=type=secret,id=ca.crt,target=/run/secrets/ca.crt \
    deploy/setup.sh && rm -rf /var/lib/apt/lists/*
COPY CMakeLists.txt CMakePresets.json ./
COPY deploy/cmake deploy/cmake
COPY proto proto
COPY server server
COPY client client
# The programs find LibTorch beside them, wherever the folder is put.
RUN cmake --preset release -DSCONCE_TESTS=OFF -DCMAKE_BUILD_WITH_INSTALL_RPATH=ON \
      '-DCMAKE_INSTALL_RPATH=$ORIGIN/../torch/lib' \
    && cmake --build build/release --target sconced sconce \
    && mkdir -p /stage/bin && find build/release -type f \( -name sconced -o -name sconce \) -perm -u+x -exec cp -t /stage/bin {} + \
    && strip /stage/bin/* \
    && mkdir -p /stage/torch /stage/nvidia && cp -a .deps/libtorch/torch/lib /stage/torch/ \
    && cp -a .deps/libtorch/nvidia/. /stage/nvidia/

FROM build AS build-gpu
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf --mount=type=secret,id=ca.crt,target=/run/secrets/ca.crt \
    deploy/setup.sh --gpu \
    && rm -rf /stage/torch/lib /stage/nvidia && cp -a .deps/libtorch/torch/lib /stage/torch/ \
    && cp -a .deps/libtorch/nvidia /stage/

FROM debian:bookworm-slim AS runtime
COPY deploy/apt-runtime-packages.txt /tmp/
RUN apt-get update -qq \
    && sed 's/#.*//' /tmp/apt-runtime-packages.txt | xargs env DEBIAN_FRONTEND=noninteractive \
       apt-get install -y -qq --no-install-recommends \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* /tmp/* /usr/share/doc/* /usr/share/man/* \
    && useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent sconce \
    && mkdir /models /checkpoints && chown sconce:sconce /checkpoints
ENV PATH=/opt/sconce/bin:/usr/local/bin:/usr/bin:/bin
USER 10001:10001
EXPOSE 8001 8002
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["sconce", "--server", "127.0.0.1:8001", "health"]
ENTRYPOINT ["sconced", "--models", "/models", "--grpc", "0.0.0.0:8001", "--http", "0.0.0.0:8002"]

FROM runtime AS gpu
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=build-gpu /stage /opt/sconce

FROM runtime AS cpu
COPY --from=build /stage /opt/sconce
