# The app as an image: the package, and of Debian 12 the libraries that it needs and the shell that its health check needs.
#
#   docker build --tag starter .
#   docker run --env-file app.env --publish 127.0.0.1:3000:3000 --volume data:/app/data --stop-timeout 35 starter
#
# script/try-image applies it without Docker, and knows the instructions that are here and no others.

FROM rust:1.95-bookworm AS build
WORKDIR /src
# First what changes seldom: its layer is kept.
COPY script script
RUN script/bootstrap --release
COPY . .
RUN script/package --bare /package

FROM debian:12-slim AS system
COPY --from=build /package /package
RUN mkdir -p /system/bin /system/etc /system/tmp /state/data \
    && chmod 1777 /system/tmp \
    && chmod 700 /state/data \
    && cp /bin/bash /system/bin/ \
    && ldd /package/starter /bin/bash | grep -o '/lib[^ ]*' | sort -u | xargs cp -L --parents -t /system \
    && cp /etc/nsswitch.conf /system/etc/ \
    && printf 'app:x:10001:10001::/app:/bin/bash\n' >/system/etc/passwd \
    && printf 'app:x:10001:\n' >/system/etc/group

FROM scratch
COPY --from=system /system /
COPY --from=build /package /app
# SQLite's folder. A new volume that is mounted there takes its owner.
COPY --from=system --chown=10001:10001 /state /app
WORKDIR /app
USER 10001:10001
ENV HOST=0.0.0.0 LEPTOS_SITE_ROOT=site DRAIN_SECONDS=3
EXPOSE 3000
# Whether it lives: a process whose database is away is not better for a restart. There is no curl: bash opens the connection.
HEALTHCHECK --interval=10s --timeout=5s --start-period=40s CMD ["/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${PORT:-3000} && printf 'GET /healthz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ $status = 200 ]"]
ENTRYPOINT ["/app/starter"]
