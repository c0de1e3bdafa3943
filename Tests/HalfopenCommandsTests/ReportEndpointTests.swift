import Foundation
import TestSupport
import Testing

/// `halfopen watch --web.listen-address` as it is run, with clients that are not well-behaved.
@Suite struct ReportEndpointTests {
    private static let prelude = """
        await() {
            for _ in $(seq 300); do
                if eval "$1"; then return; fi
                sleep 0.1
            done
            echo "never: $1"
            exit 1
        }
        watch() { halfopen watch -s good.json "$@" >out 2>err & watch=$!; }
        finish() { kill "$watch" && wait "$watch"; echo "status $?"; }
        trap 'kill "$watch" 2>/dev/null' EXIT

        """

    private func run(_ script: String) throws -> String {
        let answer = try Session().run(Self.prelude + script)
        #expect(answer.errors == "")
        return answer.output
    }

    @Test func `An address that is in use, or may not be listened on, is named and ends the watch`()
        throws
    {
        let output = try run(
            """
            watch --interval 100ms --web.listen-address 127.0.0.1:0
            await '[ -s out ]'
            port=$(ss -Hltnp | sed -nE "s/.*127.0.0.1:([0-9]+) .*pid=$watch,.*/\\1/p")
            halfopen watch -s good.json --web.listen-address ":$port" 2>&1 | sed "s/$port/PORT/"
            echo "status ${PIPESTATUS[0]}"
            halfopen watch -s good.json --web.listen-address 192.0.2.1:9471 2>&1
            echo "status $?"
            finish
            """
        )
        #expect(
            output == """
                halfopen: cannot listen on 127.0.0.1:PORT: EADDRINUSE (Address already in use); give \
                another address (--web.listen-address)
                status 2
                halfopen: cannot listen on 192.0.2.1:9471: EADDRNOTAVAIL (Cannot assign requested \
                address); give another address (--web.listen-address)
                status 2
                status 0

                """
        )
    }

    @Test
    func `Clients that say nothing and clients that talk on do not hold up a watch or a scrape`()
        throws
    {
        let output = try run(
            """
            watch --interval 50ms --web.listen-address 127.0.0.1:0
            await '[ -s out ]'
            port=$(ss -Hltnp | sed -nE "s/.*127.0.0.1:([0-9]+) .*pid=$watch,.*/\\1/p")
            cat >clients.py <<'END'
            import socket, sys
            clients = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(200)]
            for number, client in enumerate(clients):
                try:
                    client.sendall(b"GET /metrics HTTP/1.1\\r\\nX: y\\r\\n" * (number % 3 * 100))
                except OSError:
                    pass
            print("connected", flush=True)
            sys.stdin.read()
            END
            mkfifo idle && exec 9<>idle
            python3 clients.py "$port" <&9 >connected &
            clients=$!
            await '[ -s connected ]'
            scans() { curl -sS --max-time 3 "http://127.0.0.1:$port/metrics" | sed -n 's/^halfopen_last_scan_timestamp_seconds //p'; }
            before=$(scans)
            await '[ "$(scans)" != "$before" ]'
            ls "/proc/$watch/fd" | awk 'END { print NR < 60 }'
            kill "$clients"
            finish
            cat err
            """
        )
        #expect(output == "1\nstatus 0\n")
    }
}
