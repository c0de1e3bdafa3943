import Foundation
import KernelTestSupport
import TestSupport
import Testing

/// What `halfopen watch` writes, in a real Prometheus, by way of a real node_exporter.
///
/// Both run in a network namespace of their own, where only they can be reached.
@Suite(.enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)))
struct PrometheusTests {
    private static let programs = Command.root.appending(path: ".build/prometheus/usr/bin").path

    /// Starts all three and waits for what is asked; the rules with less patience than they have.
    private static let prelude = """
        export PATH="$PATH:\(programs)"
        await() {
            for _ in $(seq 400); do
                if eval "$1"; then return; fi
                sleep 0.1
            done
            echo "never: $1"
            exit 1
        }
        replace() { cp "$1" pods.new && mv pods.new pods.json; }
        query() { promtool query instant http://127.0.0.1:9090 "$1" 2>&1; }
        firing() { query 'ALERTS{alertstate="firing"}' | grep -o 'alertname="[A-Za-z]*"' | sort -u; }
        ip link set lo up
        mkdir textfile
        sed 's/for: .*/for: 1s/' '\(Command.root.path)/scripts/prometheus/halfopen.rules.yml' >rules.yml
        cat >prometheus.yml <<'END'
        global: {scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms}
        rule_files: [rules.yml]
        scrape_configs:
          - job_name: node
            static_configs: [{targets: ["127.0.0.1:9100"]}]
          - job_name: watch
            static_configs: [{targets: ["127.0.0.1:9471"]}]
        END
        # They share the life of this shell.
        trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT
        prometheus-node-exporter --web.listen-address=127.0.0.1:9100 --collector.disable-defaults \
            --collector.textfile --collector.textfile.directory=textfile >exporter 2>&1 &
        prometheus --config.file=prometheus.yml --storage.tsdb.path=data --log.level=warn \
            --web.listen-address=127.0.0.1:9090 >prometheus 2>&1 &

        """

    /// Runs a script in a network namespace of its own.
    private func run(
        _ script: String,
        in session: borrowing Session,
        within seconds: Int = 60
    ) throws -> String {
        try #require(FileManager.default.isExecutableFile(atPath: "\(Self.programs)/prometheus"))
        try session.write(Self.prelude + script, to: "script")
        let answer = try session.run("unshare -n bash script", within: seconds)
        #expect(answer.errors == "")
        return answer.output
    }

    @Test func `A half-open connection sets off the alert, and its end clears it`() async throws {
        let namespace = try SocketNamespace(["10.244.0.1,15008,3", "10.244.0.5,15008,2"])
        let heard = Date()
        try await Task.sleep(for: .seconds(5))
        let session = try Session()
        var snapshot = SnapshotText()
        snapshot.pods = [.old("cart", "10.244.0.1"), .old("web", "10.244.0.5")]
        try session.write(snapshot.compact, to: "before.json")
        snapshot.pods[0].start = heard.addingTimeInterval(3)
        snapshot.pods[0].networkTransition = heard.addingTimeInterval(3)
        try session.write(snapshot.compact, to: "after.json")
        let output = try run(
            """
            replace before.json
            halfopen watch -s pods.json -N \(namespace.path) --clock-skew 1s --interval 300ms \
                --metrics-file textfile/halfopen.prom >events 2>errors.watch &
            await 'query "halfopen_sockets{verdict=\\"current\\"}" | grep -q "=> 5 @"'
            await '[ -z "$(firing)" ]'
            replace after.json
            await '[ "$(firing)" = "alertname=\\"HalfopenConnectionConfirmed\\"" ]'
            query 'sum(halfopen_candidates{verdict="replaced",confidence="confirmed"})' | grep -o '=> 3 @'
            nsenter --net=\(namespace.path) ss -HK -t dst 10.244.0.1 >killed 2>&1
            await '[ -z "$(firing)" ]'
            query 'sum(halfopen_sockets)' | grep -o '=> 2 @'
            promtool check metrics <textfile/halfopen.prom && echo clean
            grep -c cleared events
            cat errors.watch
            """,
            in: session
        )
        #expect(output == "=> 3 @\n=> 2 @\nclean\n3\n")
    }

    @Test func `Prometheus scrapes a watch itself, and its report can be read`() throws {
        let output = try run(
            """
            cp good.json pods.json
            halfopen watch -s pods.json --interval 200ms --web.listen-address :9471 >events 2>err &
            watch=$!
            await 'query "halfopen_scan_success{job=\\"watch\\"}" | grep -q "=> 1 @"'
            query 'halfopen_build_info' | grep -o 'version="[^"]*"' | grep -c .
            get() { curl -sS --max-time 5 -w '%{http_code} %{content_type}\n' "http://127.0.0.1:9471$1"; }
            get /metrics | sed '$d' | promtool check metrics && echo clean
            get /metrics | tail -n 1
            get /report | tail -n 1
            get /report | sed '$d' | jq -r .schema
            get /report | sed '$d' >report.json
            get /healthz
            get /other
            curl -sS -X POST -o /dev/null -w '%{http_code}\n' http://127.0.0.1:9471/metrics
            cd '\(Command.root.path)' && /usr/bin/python3 Tests/ReportingTests/validate.py \
                Sources/Reporting/JSON/report-v1.schema.json '#' "$OLDPWD/report.json"
            kill "$watch" && wait "$watch"
            echo "status $?"
            cat "$OLDPWD/err"
            """,
            in: Session()
        )
        #expect(
            output == """
                1
                clean
                200 text/plain; version=0.0.4; charset=utf-8
                200 application/json
                halfopen.report/v1
                ok
                200 text/plain; charset=utf-8
                not found: there are /metrics, /report and /healthz
                404 text/plain; charset=utf-8
                405
                status 0

                """
        )
    }

    /// What a watch would write when something is wrong, as edits of what one writes when all is well.
    struct Trouble: CustomTestStringConvertible {
        var testDescription: String
        /// Shell commands that make it so.
        var script: String
        /// The alerts that it sets off, and no others.
        var alerts: [String]
    }

    private static let troubles = [
        Trouble(
            testDescription: "stale connections that fail requests, and a reap that fails",
            script: """
                while sleep 0.2; do failed=$((failed + 1)); istio "$failed"; done 2>failing &
                failing=$!
                publish 's/^(halfopen_candidates.*"replaced".*"confirmed".*) 0$/\\1 2/' \
                    's/^(halfopen_candidates.*"deleted".*"suspected".*) 0$/\\1 1/' \
                    's/^(halfopen_reap_refused) 0$/\\1 1/' \
                    's/^(halfopen_reaped_connections_total.*"refused".*) 0$/\\1 3/'
                """,
            alerts: [
                "HalfopenConnectionConfirmed", "HalfopenConnectionSuspected", "HalfopenReapFailing",
                "HalfopenReapRefused", "HalfopenRequestsFailing",
            ]
        ),
        Trouble(
            testDescription: "no proxy, by an incomplete scan",
            script: """
                publish 's/^(halfopen_targets|halfopen_sockets.*) [0-9]+$/\\1 0/' \
                    's/^(halfopen_scan_complete) 1$/\\1 0/'
                """,
            alerts: ["HalfopenNoProxy", "HalfopenScanIncomplete"]
        ),
        Trouble(
            testDescription: "no connection, long ago and by an old snapshot",
            script: """
                publish 's/^(halfopen_sockets.*) [0-9]+$/\\1 0/' \
                    's/^(halfopen_snapshot_age_seconds) .*/\\1 300/' \
                    "s/^(halfopen_last_scan_timestamp_seconds) .*/\\1 $(($(date +%s) - 400))/"
                """,
            alerts: ["HalfopenBlind", "HalfopenScanStopped", "HalfopenSnapshotStale"]
        ),
        Trouble(
            testDescription: "no metrics",
            script: "rm textfile/halfopen.prom",
            alerts: ["HalfopenAbsent", "HalfopenScanGone"]
        ),
    ]

    /// A node whose scan has a proxy, connections, and what reap did.
    private static let well = Result {
        try TestNode().run(
            """
            stand-in pilot-agent
            hold 10.244.0.1,15008,5
            inside env POD_NAME=waypoint-x2 POD_NAMESPACE=shop ./pilot-agent proxy waypoint
            settle
            halfopen reap -q -s good.json --discover -o prometheus
            """
        ).output
    }

    /// Extracts the command of each alert, and runs it as it would be pasted.
    private static let paste = """
        import json, re, subprocess
        for alert in json.load(open("alerts.json"))["data"]["alerts"]:
            if alert["state"] == "firing":
                (command,) = re.findall("`([^`]*)`", alert["annotations"]["description"])
                run = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
                words = ("invalid", "not found", "Usage", "unknown")
                if run.returncode not in (0, 1, 2) or any(word in run.stderr for word in words):
                    print(command, run.returncode, run.stderr)
        """

    @Test(arguments: troubles)
    func `Each alert fires and is resolved, and its command can be pasted`(
        trouble: Trouble
    ) throws {
        let session = try Session()
        try session.write(Self.well.get(), to: "well.prom")
        try session.write(Self.paste, to: "paste.py")
        let output = try run(
            """
            sed -i 's/\\[5m\\]/[4s]/; s/\\[1[05]m\\]/[6s]/' rules.yml
            # Writes what the watch would, with edits.
            publish() {
                sed -E "s/^(halfopen_last_scan_timestamp_seconds) .*/\\1 $(date +%s)/" well.prom |
                    sed -E "${@/#/-e}" >new && mv new textfile/halfopen.prom
            }
            istio() {
                printf '%s\\n' 'istio_build{component="ztunnel"} 1' \
                    'istio_requests_total{namespace="shop",pod="waypoint-x2",response_code="503",response_flags="UC"} '"$1" >new.istio
                mv new.istio textfile/istio.prom
            }
            alerts() { curl -s http://127.0.0.1:9090/api/v1/alerts; }
            firing() { alerts | jq -r '.data.alerts[] | select(.state == "firing") | .labels.alertname' | sort -u; }
            mkdir bin
            printf '#!/bin/sh\\nexec "$@"\\n' >bin/sudo
            printf '#!/bin/sh\\n[ "$1 $2" = "--no-pager status" ] || exit 64\\n' >bin/systemctl
            chmod +x bin/*
            export PATH="$PWD/bin:$PATH"
            failed=0 failing=''
            istio 0
            publish b
            await 'query halfopen_scan_success | grep -q "=> 1 @" && [ -z "$(firing)" ]'
            \(trouble.script)
            await '[ "$(firing | tr "\\n" " ")" = "\(trouble.alerts.joined(separator: " ")) " ]'
            alerts >alerts.json
            jq -r '.data.alerts[].annotations | select(.summary == "" or (.runbook_url | startswith("man:") | not))' alerts.json
            python3 paste.py
            [ -z "$failing" ] || kill "$failing"
            publish b
            await '[ -z "$(firing)" ]'
            # Pending is not resolved.
            await '[ "$(alerts | jq ".data.alerts | length")" = 0 ]'
            echo resolved
            """,
            in: session,
            within: 150
        )
        #expect(output == "resolved\n")
    }

    @Test func `Every expression of the dashboard finds its metrics`() throws {
        let output = try run(
            """
            cp good.json pods.json
            echo 'istio_requests_total{namespace="a",pod="b",response_code="503",response_flags="UC"} 1' \
                >textfile/istio.prom
            halfopen watch -s pods.json --interval 200ms --metrics-file textfile/halfopen.prom --reap \
                >events &
            await 'query halfopen_scan_success | grep -q "=> 1 @"'
            await 'query "rate(istio_requests_total[5m]) or increase(halfopen_reap_left[5m])" | grep -q "=> 0 @"'
            await 'query "increase(halfopen_reaped_connections_total[5m])" | grep -q "=> 0 @"'
            cat >ask.py <<'END'
            import json, re, sys, urllib.parse, urllib.request
            dashboard = json.load(open(sys.argv[1]))
            targets = [target for panel in dashboard["panels"] for target in panel["targets"]]
            targets = [target for target in targets if target["datasource"]["type"] == "prometheus"]
            for target in targets:
                expression = re.sub(r'"[$][a-z]+"', '".*"', target["expr"])
                query = urllib.parse.urlencode({"query": expression})
                with urllib.request.urlopen(f"http://127.0.0.1:9090/api/v1/query?{query}") as answer:
                    result = json.load(answer)["data"]["result"]
                if not result:
                    print("no data:", expression)
            print(len(targets) > 15)
            END
            python3 ask.py '\(Command.root.path)/scripts/grafana/halfopen.json'
            """,
            in: Session()
        )
        #expect(output == "True\n")
    }
}
