import Foundation
import KernelTestSupport
import TestSupport
import Testing

/// `halfopen watch` as it is run: started in a shell, looked at while it goes on, and ended.
@Suite(.enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)))
struct WatchTests {
    /// Shell functions for what a watch does in its own time.
    private static let prelude = """
        await() {
            for _ in $(seq 300); do
                if eval "$1"; then return; fi
                sleep 0.1
            done
            echo "never: $1"
            exit 1
        }
        replace() { cp "$1" pods.new && mv pods.new pods.json; }
        watch() {
            : >out >err
            halfopen watch -s pods.json "$@" >out 2>err & watch=$!
        }
        finish() { kill "$watch" && wait "$watch"; echo "status $?"; }
        trap 'kill "$watch" 2>/dev/null' EXIT
        cp good.json pods.json

        """

    private func run(_ script: String, in session: borrowing Session) throws -> String {
        let answer = try session.run(Self.prelude + script)
        #expect(answer.errors == "")
        return answer.output
    }

    private func run(_ script: String) throws -> String {
        try run(script, in: Session())
    }

    @Test func `Events tell what becomes of a connection as its address changes hands`()
        async throws
    {
        let namespace = try SocketNamespace(["10.244.0.1,15008,2"])
        let heard = Date()
        try await Task.sleep(for: .seconds(5))
        let session = try Session()
        var snapshot = SnapshotText()
        for (number, name) in ["old", "new", "newer"].enumerated() {
            var pod = SnapshotText.Pod.old(name, "10.244.0.1")
            if number > 0 {
                pod.start = heard.addingTimeInterval(2 + Double(number))
                pod.networkTransition = pod.start
            }
            snapshot.pods = [pod]
            try session.write(snapshot.compact, to: "\(name).json")
        }
        let output = try run(
            """
            replace old.json
            watch -N \(namespace.path) --clock-skew 1s --interval 100ms
            await '[ -s out ]'
            replace new.json && await '[ "$(grep -c appeared out)" = 2 ]'
            replace newer.json && await '[ "$(grep -c changed out)" = 2 ]'
            replace old.json && await '[ "$(grep -c cleared out)" = 2 ]'
            finish
            cat err
            jq -r '[.type, .verdict, .process.command, .owners[0].name, .before.verdict, .pid]
                | map(. // "-") | join(" ")' out
            jq -r '.netns.path // empty' out | uniq
            cd '\(Command.root.path)' && /usr/bin/python3 Tests/ReportingTests/validate.py \
                Sources/Reporting/JSON/report-v1.schema.json '#/$defs/line' "$OLDPWD/out"
            """,
            in: session
        )
        let event = "netns-sockets"
        #expect(
            output == """
                status 0
                summary - - - - -
                appeared replaced \(event) new - -
                appeared replaced \(event) new - -
                changed replaced \(event) newer replaced -
                changed replaced \(event) newer replaced -
                cleared replaced \(event) newer - -
                cleared replaced \(event) newer - -
                \(namespace.path)

                """
        )
    }

    @Test func `Of a snapshot that is gone, cut, empty or none the last good one serves`() throws {
        let output = try run(
            """
            warnings() { tail -n 1 out | jq -r '.warnings[]'; }
            unserved() { expected=$1; await '[[ $(warnings) == "$expected"* ]]'; }
            served() { await '[ -s out ] && [ -z "$(warnings)" ]'; }
            watch --interval 50ms
            served
            rm pods.json
            unserved "cannot read snapshot 'pods.json': ENOENT (No such file or directory); "
            head -c 99 good.json >cut.json
            replace cut.json
            unserved "snapshot 'pods.json' is not complete: line 1, byte 99: it ends in the middle"
            : >pods.json
            unserved "snapshot 'pods.json' is not a snapshot: line 1, byte 0: it is empty; "
            echo '{"kind":"List","items":[]}' >pods.json
            unserved "snapshot 'pods.json' has no items; until it is fixed, the last good \
            snapshot is used, of "
            mkfifo pipe && mv pipe pods.json
            unserved "cannot read snapshot 'pods.json': ESPIPE (Illegal seek); a watch reads it "
            replace good.json
            served
            jq -c '[.type, .complete, .snapshots[0].pods]' out | sort -u
            grep -c 'until it is fixed, the last good snapshot is used, of 20' err
            finish
            """
        )
        #expect(
            output == """
                ["summary",true,13]
                5
                status 0

                """
        )
    }

    @Test func `Once the last good snapshot is too old, a scan is incomplete, and recovers`() throws
    {
        let output = try run(
            """
            complete() { grep -sqx "halfopen_scan_complete $1" metrics.prom; }
            fresh() {
                now=$(date -u +%FT%TZ)
                sed "s/\\"capturedAt\\":\\"[^\\"]*\\"/\\"capturedAt\\":\\"$now\\"/" good.json \
                >new.json
                replace new.json
            }
            watch --interval 50ms --max-age 2s --metrics-file metrics.prom
            await 'fresh && complete 1'
            rm pods.json
            await 'complete 0'
            await 'fresh && complete 1'
            finish
            grep -q 'is .* old, more than --max-age 2s; take a new one' err && echo told
            """
        )
        #expect(output == "status 0\ntold\n")
    }

    @Test func `A hangup makes it read what looks unchanged, and scan at once`() throws {
        let output = try run(
            """
            watch --interval 1h -v
            await '[ "$(grep -c "read in" err)" = 1 ] && grep -q "scanned in" err'
            touch -r pods.json stamp && sed -i 's/"web"/"wob"/' pods.json && touch -r stamp \
            pods.json
            kill -HUP "$watch"
            await '[ "$(grep -c "read in" err)" = 2 ] && [ "$(grep -c "scanned in" err)" = 2 ]'
            finish
            """
        )
        #expect(output == "status 0\n")
    }

    @Test(arguments: ["TERM", "INT"])
    func `A signal ends it at once, in the middle of a wait`(signal: String) throws {
        let output = try run(
            """
            halfopen watch -s pods.json --interval 1h >out & watch=$!
            await '[ -s out ]'
            began=$(date +%s%N)
            kill -\(signal) "$watch" && wait "$watch"
            echo "status $?, $(( ($(date +%s%N) - began) / 2000000000 )) times two seconds"
            """
        )
        #expect(output == "status 0, 0 times two seconds\n")
    }

    @Test func `A reader that does not read does not keep it from ending`() throws {
        let namespace = try SocketNamespace(["10.244.0.1,15008,200"])
        let output = try run(
            """
            mkfifo pipe && exec 7<>pipe
            halfopen watch -s pods.json -N \(namespace.path) -a >pipe 2>err & watch=$!
            read -rn 1 -u 7 && sleep 0.5
            finish
            """
        )
        #expect(output == "status 0\n")
    }

    @Test func `A reader that is gone ends it, and nothing is said of it`() throws {
        let output = try run(
            """
            halfopen watch -s pods.json --interval 1h | head -n 1 | jq -r .type
            echo "${PIPESTATUS[@]}"
            """
        )
        #expect(output == "summary\n0 0 0\n")
    }

    @Test(arguments: ["socket", "@halfopen-\(UUID())"])
    func `The service manager hears that it is ready, alive and stopping`(name: String) throws {
        let output = try run(
            """
            name='\(name)'
            [ "$name" != socket ] || name=$PWD/socket
            python3 -c '
            import socket, sys
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            listener.bind(sys.argv[1].replace("@", "\\0"))
            print("bound", flush=True)
            text = ""
            while text != "STOPPING=1":
                text = listener.recv(4096).decode()
                print(text.replace("\\n", "|"), flush=True)
            ' "$name" >told & listener=$!
            await '[ -s told ]'
            export NOTIFY_SOCKET=$name WATCHDOG_USEC=200000
            watch --interval 1h
            await '[ "$(grep -c "^WATCHDOG=1" told)" -ge 4 ]'
            kill -HUP "$watch"
            await 'grep -q RELOADING=1 told && [ "$(grep -c READY=1 told)" = 2 ]'
            finish
            wait "$listener"
            grep -v WATCHDOG told
            cat err
            """
        )
        let ready =
            "READY=1|STATUS=no connection to :15008 in the current network namespace (inode "
        let told = output.split(separator: "\n").map { $0.prefix(ready.count) }
        #expect(told == ["status 0", "bound", ready[...], "RELOADING=1", ready[...], "STOPPING=1"])
    }

    @Test func `Another process's watchdog is none of its business`() throws {
        let output = try run(
            """
            export NOTIFY_SOCKET=$PWD/nobody WATCHDOG_USEC=20000 WATCHDOG_PID=1
            watch --interval 1h
            await '[ -s err ]'
            sleep 0.5
            finish
            cat err
            """
        )
        let message = "halfopen: cannot notify the service manager: ENOENT"
        #expect(output.split(separator: "\n").count { $0.hasPrefix(message) } == 2)
    }

    @Test func `A number that is given to another process names the first one no more`() throws {
        let answer = try TestNode().run(
            Self.prelude + """
                # Gives a number to a process that waits, in the network namespace of this shell.
                reuse() {
                    for _ in $(seq 200); do
                        echo "$(($1 - 1))" >/proc/sys/kernel/ns_last_pid
                        sleep 60 & other=$!
                        [ "$other" = "$1" ] && return
                        kill "$other"
                    done
                    echo 'the number was not reused'
                }
                value() { grep "^$1[ {]" m.prom | grep -v ' 0$' || echo "$1 0"; }
                hold 192.0.2.1,15008,2
                watch -p "$held" --interval 50ms --metrics-file m.prom -a
                await '[ "$(grep -c appeared out)" = 2 ]'
                value halfopen_sockets
                # The namespace lives on with its connections.
                nsenter -t "$held" -n sleep 60 & keeper=$!
                await '[ "$(readlink /proc/$keeper/ns/net)" = "$(readlink /proc/$held/ns/net)" ]'
                helper=$(pgrep -P "$watch")
                kill -STOP "$watch" "$helper"
                kill -KILL "$held"
                await '! [ -e /proc/$held ]'
                reuse "$held"
                kill -CONT "$watch" "$helper"
                await 'grep -q "^halfopen_scan_complete 0" m.prom'
                value halfopen_sockets
                grep -c cleared out
                # Before the process ends, of which the next scan would speak.
                sed "s/process $held/process N/" err
                kill "$keeper" "$other"
                """
        )
        #expect(
            answer.output == """
                halfopen_sockets{verdict="exempt"} 2
                halfopen_sockets{verdict="exempt"} 2
                0
                halfopen: cannot scan the network namespace of process N: the process with this \
                PID has ended; give the PID of the new proxy (-p PID), or find it with --discover

                """
        )
    }

    @Test func `A snapshot that could not be opened is tried again although it is the same file`()
        throws
    {
        let output = try run(
            """
            chmod 755 . && chmod 644 pods.json && cp good.json new
            unshare -n setpriv --reuid=65534 --regid=65534 --clear-groups \
                "$(type -P halfopen)" watch -s pods.json --interval 50ms >out 2>err & watch=$!
            await '[ -s out ]'
            chmod 000 new && mv new pods.json
            await 'grep -q EACCES err'
            chmod 644 pods.json
            await '[ "$(tail -n 1 out | jq -c .warnings)" = "[]" ]'
            finish
            """
        )
        #expect(output == "status 0\n")
    }

    @Test func `Metrics say that the state could not be kept`() throws {
        let output = try run(
            """
            watch --state none/state --interval 50ms --metrics-file m.prom
            await '[ -s m.prom ]'
            finish
            grep '^halfopen_scan_[cs]' m.prom
            """
        )
        #expect(
            output == "status 0\nhalfopen_scan_success 1\nhalfopen_scan_complete 0\n"
        )
    }

    @Test func `No namespace is held between scans`() throws {
        let output = try run(
            """
            cat >inside <<'END'
            unshare -n sleep 60 & holder=$!
            await '[ "$(readlink /proc/$holder/ns/net)" != "$(readlink /proc/$$/ns/net)" ]'
            ip link add out type veth peer name in netns "$holder"
            watch -p "$holder" --interval 1h
            await '[ -s out ]'
            ip link show out >/dev/null && kill "$holder"
            await '! ip link show out >/dev/null 2>&1'
            finish
            END
            export -f await watch finish
            unshare -n bash inside
            """
        )
        #expect(output == "status 0\n")
    }

    @Test func `Memory and descriptors stay the same from scan to scan`() throws {
        let namespace = try SocketNamespace(["10.244.0.1,15008,50"])
        let output = try run(
            """
            usage() { awk '/VmRSS/ { print $2 }' "/proc/$watch/status"; }
            descriptors() { ls "/proc/$watch/fd" | wc -l; }
            scans() { await "[ \\"\\$(grep -c 'scanned in' err)\\" -ge $1 ]"; }
            watch -N \(namespace.path) --interval 1ms -v -a --metrics-file metrics.prom
            scans 100
            before=$(usage) open=$(descriptors)
            scans 300
            after=$(usage)
            [ $((after - before)) -le 1024 ] || echo "from $before to $after kB"
            # One scan's may be open while they are counted.
            [ "$(descriptors)" -le $((open + 3)) ] || echo "descriptors"
            finish
            """
        )
        #expect(output == "status 0\n")
    }

    @Test func `Whoever reads the metrics file finds a whole one`() throws {
        let output = try run(
            """
            watch --interval 1ms --metrics-file metrics.prom
            await '[ -e metrics.prom ]'
            for _ in $(seq 300); do
                case $(cat metrics.prom) in *'halfopen_build_info{version="'*'"} 1') ;; *) echo \
                cut ;; esac
            done
            finish
            stat -c %a metrics.prom
            ls
            """
        )
        #expect(
            output
                == "status 0\n644\nerr\nerrors\ngood.json\nmetrics.prom\nout\noutput\npods.json\n"
        )
    }
}

@Suite struct WatchWithoutScanTests {
    @Test(
        arguments: [
            Mistake(
                "standard input",
                "halfopen watch -s - </dev/null",
                64,
                "option --snapshot: a watch cannot read standard input again; give a file"
                    + " (see 'halfopen watch --help')"
            ),
            Mistake(
                "no interval",
                "halfopen watch -s good.json --interval 0",
                64,
                "option --interval: '0' is not a duration above 0 (see 'halfopen watch --help')"
            ),
            Mistake(
                "a snapshot that is not there",
                "halfopen watch -s missing.json",
                2,
                "cannot read snapshot 'missing.json': ENOENT (No such file or directory);"
                    + " check the path"
            ),
            Mistake(
                "a snapshot that is a pipe",
                "mkfifo pipe; halfopen watch -s pipe",
                2,
                "cannot read snapshot 'pipe': ESPIPE (Illegal seek); a watch reads it repeatedly:"
                    + " give a file"
            ),
        ]
    )
    func `A watch that cannot begin says why`(mistake: Mistake) throws {
        try mistake.check()
    }

    @Test func `Metrics that cannot be written at first end it`() throws {
        let answer = try Session().run("halfopen watch -s good.json --metrics-file no/metrics.prom")
        #expect(answer.status == 2)
        #expect(
            answer.errors == """
                halfopen: cannot write 'no/metrics.prom': ENOENT (No such file or directory); \
                name a file in a writable directory (--metrics-file)

                """
        )
    }

    @Test func `Without a first snapshot the metrics say that nothing could be judged`() throws {
        let answer = try Session().run(
            "halfopen watch -s missing.json --metrics-file metrics.prom; grep -v '^#' metrics.prom"
        )
        let names = answer.output.split(separator: "\n").map { $0.prefix { !"{ ".contains($0) } }
        #expect(
            names == [
                "halfopen_scan_success", "halfopen_scan_complete", "halfopen_scan_duration_seconds",
                "halfopen_last_scan_timestamp_seconds", "halfopen_build_info",
            ]
        )
        #expect(answer.output.hasPrefix("halfopen_scan_success 0\n"))
    }
}
