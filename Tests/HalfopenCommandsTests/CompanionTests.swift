import Foundation
import KernelTestSupport
import TestSupport
import Testing

/// The process that keeps the privileges, and the one that parses: what becomes of either without the
/// other, and of both in a hostile place.
@Suite(.enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)))
struct CompanionTests {
    /// Starts the program so that it reads its snapshot when it is told to; `$helper` is its companion.
    private static let prelude = """
        mkfifo pipe
        begin() {
            unshare -n "$@" -s - <pipe >out 2>err & program=$!
            exec 8>pipe
            head -c 300000 /dev/zero | tr '\\0' ' ' >&8
            helper=$(pgrep -x halfopen-helper --parent $program)
        }
        finish() {
            cat good.json >&8
            exec 8>&-
            wait $program
            echo "status $?"
        }
        gone() {
            for _ in $(seq 500); do
                [ -e "/proc/$1" ] || return
                grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null && return
                sleep 0.01
            done
            echo "process $1 is there still"
        }

        """

    private func run(_ script: String) throws -> Command {
        try Session().run(Self.prelude + script)
    }

    @Test(arguments: [
        ("halfopen -a -o json", 2), ("halfopen --state state", 2),
        ("halfopen check --state state", 3),
    ])
    func `Where it needs its companion and that is gone, it ends by its contract and says why`(
        command: String,
        status: Int
    ) throws {
        let namespace = try SocketNamespace(["10.244.0.1,15008,1"])
        let answer = try run(
            """
            begin \(command) -N \(namespace.path)
            kill -KILL $helper; finish; cat err out
            """
        )
        #expect(answer.output.hasPrefix("status \(status)\n"), "\(answer.output)")
        if status == 3 {
            #expect(answer.output.contains("HALFOPEN UNKNOWN"))
        } else {
            #expect(answer.output.contains("privileges"), "\(answer.output)")
        }
        #expect(answer.errors == "")
    }

    @Test func `A watch whose companion has ended cannot go on`() throws {
        let answer = try Session().run(
            """
            unshare -n halfopen watch -s good.json --interval 50ms >out 2>err & watch=$!
            until [ -s out ]; do sleep 0.01; done
            kill -KILL $(pgrep -P $watch)
            wait $watch; echo "status $?"
            cat err
            """
        )
        #expect(
            answer.output == """
                status 2
                halfopen: the process that keeps the privileges has ended; run again

                """
        )
    }

    @Test func `A watch whose companion has ended leaves metrics that say so`() throws {
        let namespace = try SocketNamespace(["10.244.0.1,15008,3"])
        let answer = try Session().run(
            """
            # Killed between two scans: while it replaces the file, a new one is left beside it.
            halfopen watch -s good.json --interval 2s -N \(namespace.path) --metrics-file m \\
                >out 2>err & watch=$!
            until grep -q '^halfopen_scan_success 1$' m; do sleep 0.01; done 2>/dev/null
            kill -KILL $(pgrep -x halfopen-helper --parent $watch)
            wait $watch; echo "status $?"
            grep -o '^halfopen_[a-z_]*\\(success\\|complete\\|sockets\\|candidates\\) .*' m
            grep -c '^halfopen_last_scan_timestamp_seconds [0-9]' m
            ls -A | grep -c 'm[.]new'
            cat err
            """
        )
        #expect(
            answer.output == """
                status 2
                halfopen_scan_success 0
                halfopen_scan_complete 0
                1
                0
                halfopen: the process that keeps the privileges has ended; run again

                """
        )
    }

    @Test func `Without the program the companion ends, and leaves no half of a file`() throws {
        let answer = try run(
            """
            begin halfopen -o json
            kill -KILL $program; gone $helper
            mkfifo records
            # Nobody reads what it says, so it waits.
            unshare -n halfopen capture -v --output-file f 2>records & program=$!
            exec 7<>records
            until [ "$(ls f.new.* 2>/dev/null)" ] || [ -e f ]; do sleep 0.001; done
            helper=$(pgrep -x halfopen-helper --parent $program)
            kill -KILL $program
            [ -z "$helper" ] || gone $helper
            ls -A | grep -c 'f[.]new'
            """
        )
        #expect(answer.output == "0\n")
    }

    @Test func `Signals to the whole group end neither the companion nor the look-up`() throws {
        let namespace = try SocketNamespace(["10.244.0.1,15008,2"])
        let answer = try run(
            """
            begin halfopen -a -o json -N \(namespace.path)
            kill -HUP $helper; kill -INT $helper; kill -TERM $helper; kill -QUIT $helper
            finish
            grep -o '"command":"[a-z-]*"' out | sort | uniq -c
            cat err
            """
        )
        #expect(
            answer.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                == #"status 0 2 "command":"netns-sockets""#
        )
    }

    @Test(arguments: ["ABRT", "SEGV", "BUS", "ILL", "TRAP", "FPE"])
    func `A fault of the program is a status and a message, and never a signal`(
        signal: String
    ) throws {
        let answer = try run(
            """
            begin halfopen check; kill -\(signal) $program; finish; cat out
            begin halfopen list; kill -\(signal) $program; finish; cat err
            """
        )
        let lines = answer.output.split(separator: "\n")
        try #require(lines.count == 4, "\(answer.output)")
        #expect(lines[0] == "status 3")
        #expect(lines[1].hasPrefix("HALFOPEN UNKNOWN: the program cannot go on: "))
        #expect(lines[2] == "status 2")
        #expect(lines[3].hasPrefix("halfopen: the program cannot go on: "))
    }

    @Test func `Where the first process waits for no stranger, no run leaves a zombie`() throws {
        let answer = try Session().run(
            """
            # It waits for one process, and sleeps.
            cat >first <<'END'
            import glob, subprocess
            subprocess.run(["/bin/bash", "-c", '''
                for output in json ndjson wide; do
                    unshare -n halfopen -s good.json -o $output -q --state state
                done
                unshare -n halfopen capture --output-file f
            '''])
            states = [open(f, errors="replace").read() for f in glob.glob("/proc/[0-9]*/status")]
            print(sum("Name:\\thalfopen" in state for state in states))
            END
            unshare --pid --fork --mount-proc python3 first | tail -n 1
            """
        )
        #expect(answer.output == "0\n", "\(answer.errors)")
    }

    @Test func `Where close_range is refused, nothing holds standard output either`() throws {
        let answer = try Session().run(
            """
            cat >refuse <<'END'
            # Runs a command to which close_range(2), number 436, answers ENOSYS.
            import ctypes, errno, os, struct, sys
            load, equal, give = 0x20, 0x15, 0x06
            code = b"".join(
                struct.pack("HBBI", *line)
                for line in [
                    (load, 0, 0, 0),
                    (equal, 0, 1, 436),
                    (give, 0, 0, 0x00050000 | errno.ENOSYS),
                    (give, 0, 0, 0x7FFF0000),
                ]
            )
            room = ctypes.create_string_buffer(code)
            filter = ctypes.create_string_buffer(struct.pack("HP", 4, ctypes.addressof(room)))
            libc = ctypes.CDLL(None)
            assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, filter, 0, 0) == 0
            os.execvp(sys.argv[1], sys.argv[1:])
            END
            timeout 20 unshare -n python3 refuse halfopen -s good.json -o json | jq .complete
            """
        )
        #expect(answer.output == "true\n")
        #expect(answer.errors == "")
    }

    @Test func `A service manager that does not read does not stop a watch`() throws {
        let answer = try Session().run(
            """
            python3 -c '
            import socket, time
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            listener.bind("notify")
            time.sleep(60)
            ' & listener=$!
            until [ -S notify ]; do sleep 0.01; done
            NOTIFY_SOCKET=$PWD/notify WATCHDOG_USEC=2000 unshare -n \\
                halfopen watch -s good.json --interval 100ms -v >out 2>err & watch=$!
            until [ "$(grep -c 'scanned in' err)" -ge 10 ]; do sleep 0.05; done
            kill $watch; wait $watch; echo "status $?"
            kill $listener
            grep -c 'cannot notify the service manager: EAGAIN' err | grep -qx '[1-9][0-9]\\?' && echo said
            """
        )
        #expect(answer.output == "status 0\nsaid\n")
    }
}
